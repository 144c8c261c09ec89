"""gpu/inspect_kernels.py finds what is wrong with machine code: in copies of the kernels with bugs in them, by the real compiler."""

import importlib.util
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
SPEC = importlib.util.spec_from_file_location("inspect_kernels", ROOT / "gpu" / "inspect_kernels.py")
assert SPEC and SPEC.loader
inspect_kernels = importlib.util.module_from_spec(SPEC)
SPEC.loader.exec_module(inspect_kernels)

no_compiler = not all(inspect_kernels.tool(name) for name in ("nvcc", "cuobjdump", "nvdisasm"))
compiles = pytest.mark.skipif(no_compiler, reason="no nvcc, cuobjdump or nvdisasm: see gpu/requirements.txt")


def plant(folder: Path, bugs: list[tuple[str, str, str]]) -> tuple[int, str]:
    """Inspects a copy of the kernels with these changes, of one type of weights, for one architecture."""
    shutil.copytree(ROOT / "gpu", folder / "gpu")
    kept = [(f"HAWSER_OF_TYPE({t})\n", "") for t in "f32 f16 bf16 q4_0 q4_1 q5_0 q5_1 q4_k q5_k q6_k".split()]
    for file, before, after in bugs + [("products.cuh", *each) for each in kept]:
        path = folder / "gpu" / "kernels" / file
        text = path.read_text(encoding="utf-8")
        assert text.count(before) == 1, f"{file}: {before!r} is not there (once)"
        path.write_text(text.replace(before, after), encoding="utf-8")
    done = subprocess.run([sys.executable, folder / "gpu" / "inspect_kernels.py", "--cache", folder / "cache"], capture_output=True, text=True,
                          env=os.environ | {"HAWSER_CUDA_ARCHITECTURES": "90"}, timeout=240, check=False)
    return done.returncode, done.stdout + done.stderr


@compiles
def test_slow_instructions_and_too_many_registers_break_rules(tmp_path):
    code, said = plant(tmp_path, [
        ("products.cuh", "low = __dp4a(static_cast<int>(w.words[i]), static_cast<int>(first_half.word[i]), low);",
         "low += static_cast<int>(w.words[i] & 255u) * static_cast<int>(first_half.word[i]);"),
        ("products.cuh", "high = __dp4a(static_cast<int>(w.words[4 + i]), static_cast<int>(last_half.word[i]), high);",
         "high += static_cast<int>(w.words[4 + i] >> 8) * static_cast<int>(last_half.word[i]);"),
        ("rows.cuh", "row[i] = cap * tanhf(row[i] / cap);", "row[i] = static_cast<float>(static_cast<double>(row[i]) * cap + 1e-9);"),
    ])
    assert code == 1, said
    assert "hawser_product_q8_0, sm_90: needs IDP.4A, has none" in said
    assert "hawser_soft_cap, sm_90: has DFMA" in said


@compiles
def test_a_spill_does_not_compile(tmp_path):
    code, said = plant(tmp_path, [("products.cuh", "__launch_bounds__(product_threads, 3)", "__launch_bounds__(product_threads, 16)")])
    assert code == 1, said
    assert "Registers are spilled" in said


def test_an_instruction_is_named_by_parts_in_their_order():
    assert inspect_kernels.matches("LDG.E.128.SYS", "LDG.128")
    assert inspect_kernels.matches("IDP.4A.S8.S8", "IDP")
    assert not inspect_kernels.matches("LDG.E.64", "LDG.128")
    assert not inspect_kernels.matches("LDGSTS.E.128", "LDG.128")
    assert not inspect_kernels.matches("LDG.E", "LD")


def facts(**of) -> dict:
    return {"k": {a: {"registers": 32, "stack": 0, "shared": 0, "code": {"LDG.E.128": 2}} | of for a in inspect_kernels.RELEASE}}


def test_rules_bind_the_architectures_that_they_name():
    rule = {"kernels": "k", "needs": ["HMMA"], "from": 100}
    assert inspect_kernels.break_rules(facts(), {"rule": [rule]}) == ["k, sm_100: needs HMMA, has none", "k, sm_120: needs HMMA, has none"]
    assert inspect_kernels.break_rules(facts(stack=8), {"rule": [{"kernels": "k", "stack": 0, "to": 75}]}) == ["k, sm_75: stack 8 is more than 0"]
    assert inspect_kernels.break_rules(facts(), {"rule": [{"kernels": "gone"}]}) == ["no kernel is called gone"]


def test_the_table_shows_one_number_or_one_for_each():
    varied = facts()
    varied["k"]["120"]["registers"] = 40
    lines = inspect_kernels.render(varied, ["LDG.128", "HMMA"], "13.0.88").splitlines()
    assert lines[-1] == "k registers 32/32/32/32/32/32/40 LDG.128 2"
