"""`hawser quantize` on files made here, read back by the Python package of the format. No model is needed."""

import json
import os
import resource
import subprocess
from collections.abc import Iterator
from pathlib import Path

import gguf
import numpy as np
import pytest
from gguf.constants import GGMLQuantizationType as Kind
from hawser_command import BINARY, hawser

REFERENCE = ["q8_0", "q4_0", "q4_1", "q5_0", "q5_1"]
K_QUANTS = ["q4_k", "q5_k", "q6_k"]
FLOATS = ["f16", "bf16", "f32"]
# Of a K-quant, the type of as many bits that the reference can make: a block scale of its own must not be worse.
SAME_BITS = {"q4_k": Kind.Q4_1, "q5_k": Kind.Q5_1, "q6_k": Kind.Q5_1}
FILE_TYPES = {"f32": 0, "f16": 1, "q4_0": 2, "q4_1": 3, "q8_0": 7, "q5_0": 8, "q5_1": 9, "q4_k": 14, "q5_k": 16, "q6_k": 18,
              "bf16": 32}


def matrices() -> dict[str, np.ndarray]:
    chance = np.random.default_rng(11)
    return {
        "token_embd.weight": chance.normal(0, 0.1, (24, 512)).astype(np.float32),
        "output.weight": chance.standard_t(4, (24, 512)).astype(np.float32) * np.float32(0.05),
        "blk.0.ffn_down.weight": chance.laplace(0, 0.02, (40, 768)).astype(np.float32),
        "blk.0.attn_q.weight": chance.normal(0, 0.1, (16, 96)).astype(np.float32),
        "blk.0.attn_norm.weight": chance.normal(1, 0.1, 512).astype(np.float32),
    }


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_source(tmp_path_factory.mktemp("source") / "source.gguf", matrices())


def write_source(path: Path, tensors: dict[str, np.ndarray], alignment: int = 64) -> Path:
    writer = gguf.GGUFWriter(path, "llama")
    writer.add_custom_alignment(alignment)
    writer.add_file_type(0)
    writer.add_name("a small one")
    writer.add_block_count(1)
    writer.add_rope_freq_base(10000.0)
    writer.add_token_list(["a", "b", "ü"])
    writer.add_token_scores([0.5, -1.0, 2.0])
    writer.add_array("test.flags", [True, False])
    writer.add_uint64("test.large", 1 << 40)
    for name, values in tensors.items():
        if name == "blk.0.attn_q.weight":
            writer.add_tensor(name, values.astype(np.float16))
        else:
            writer.add_tensor(name, values)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    return path


def read(path: Path) -> gguf.GGUFReader:
    return gguf.GGUFReader(path)


def floats(tensor: gguf.ReaderTensor) -> np.ndarray:
    shape = [int(d) for d in reversed(tensor.shape)]
    return gguf.quants.dequantize(tensor.data, tensor.tensor_type).reshape(shape)


def metadata(reader: gguf.GGUFReader) -> dict[str, object]:
    return {name: field.contents() for name, field in reader.fields.items() if not name.startswith("GGUF.")}


def error(values: np.ndarray, found: np.ndarray) -> float:
    return float(np.sqrt(np.mean((values - found) ** 2, dtype=np.float64)))


@pytest.mark.parametrize("name", REFERENCE)
def test_types_with_a_reference_are_bit_equal_to_it(name: str, source: Path, tmp_path: Path) -> None:
    out = tmp_path / "out.gguf"
    ran = hawser("quantize", source, out, "--type", name)
    assert ran.code == 0, ran.said
    kind = Kind[name.upper()]
    made = {t.name: t for t in read(out).tensors}
    for tensor, values in matrices().items():
        if values.ndim == 1:
            assert made[tensor].tensor_type == Kind.F32
            assert np.array_equal(made[tensor].data, values)
            continue
        if tensor == "blk.0.attn_q.weight":
            values = values.astype(np.float16).astype(np.float32)
        assert made[tensor].tensor_type == kind
        assert np.array_equal(made[tensor].data, gguf.quants.quantize(values, kind)), tensor


@pytest.mark.parametrize("name", K_QUANTS)
def test_k_quants_are_better_than_plain_types_of_their_bits(name: str, source: Path, tmp_path: Path) -> None:
    out = tmp_path / "out.gguf"
    ran = hawser("quantize", source, out, "--type", name, "--json")
    assert ran.code == 0, ran.said
    made = {t.name: t for t in read(out).tensors}
    for tensor in ("token_embd.weight", "output.weight", "blk.0.ffn_down.weight"):
        values = matrices()[tensor]
        assert made[tensor].tensor_type == Kind[name.upper()]
        plain = gguf.quants.dequantize(gguf.quants.quantize(values, SAME_BITS[name]), SAME_BITS[name])
        assert error(values, floats(made[tensor])) < error(values, plain)
    fallback = {"q4_k": "Q5_0", "q5_k": "Q5_1", "q6_k": "Q8_0"}[name]
    assert made["blk.0.attn_q.weight"].tensor_type == Kind[fallback]
    assert json.loads(ran.out)["fallbacks"] == [{"asked": name.upper(), "type": fallback, "row": 96, "tensors": 1}]
    again = hawser("quantize", source, out, "--type", name, "--force")
    assert f"1 tensor with rows of 96 cannot be {name.upper()}, which needs a multiple of 256: {fallback} instead" in again.out


@pytest.mark.parametrize("name", [*REFERENCE, *K_QUANTS, *FLOATS])
def test_metadata_and_alignment_are_kept(name: str, source: Path, tmp_path: Path) -> None:
    out = tmp_path / "out.gguf"
    assert hawser("quantize", source, out, "--type", name).code == 0
    before, after = read(source), read(out)
    changed = {"general.file_type": FILE_TYPES[name], "general.quantization_version": 2}
    assert metadata(after) == metadata(before) | changed
    assert [t.name for t in after.tensors] == [t.name for t in before.tensors]
    assert all((t.data_offset % 64) == 0 for t in after.tensors)
    assert [list(t.shape) for t in after.tensors] == [list(t.shape) for t in before.tensors]
    assert out.stat().st_size % 64 == 0


def test_requantizing_starts_from_what_the_file_holds(source: Path, tmp_path: Path) -> None:
    eight, four, floats_again = tmp_path / "8.gguf", tmp_path / "4.gguf", tmp_path / "f32.gguf"
    assert hawser("quantize", source, eight, "--type", "q8_0").code == 0
    assert hawser("quantize", eight, four, "--type", "q4_1").code == 0
    assert hawser("quantize", eight, floats_again, "--type", "f32").code == 0
    held = {t.name: floats(t) for t in read(eight).tensors}
    for tensor in read(four).tensors:
        if tensor.tensor_type == Kind.Q4_1:
            assert np.array_equal(tensor.data, gguf.quants.quantize(held[tensor.name], Kind.Q4_1))
    for tensor in read(floats_again).tensors:
        assert np.array_equal(floats(tensor), held[tensor.name])


def test_head_embedding_and_named_tensors_have_their_own_types(source: Path, tmp_path: Path) -> None:
    out = tmp_path / "out.gguf"
    ran = hawser("quantize", source, out, "--type", "q4_0", "--output-type", "q6_k", "--embedding-type", "q8_0",
                 "--keep", "attn_q=f16", "--keep", "ffn_(up|down)=q5_k", "--threads", 1)
    assert ran.code == 0, ran.said
    kinds = {t.name: t.tensor_type for t in read(out).tensors}
    assert kinds == {"token_embd.weight": Kind.Q8_0, "output.weight": Kind.Q6_K, "blk.0.ffn_down.weight": Kind.Q5_K,
                     "blk.0.attn_q.weight": Kind.F16, "blk.0.attn_norm.weight": Kind.F32}


def test_threads_do_not_change_a_byte(source: Path, tmp_path: Path) -> None:
    for threads in (1, 3):
        assert hawser("quantize", source, tmp_path / f"{threads}.gguf", "--type", "q5_k", "--threads", threads).code == 0
    assert (tmp_path / "1.gguf").read_bytes() == (tmp_path / "3.gguf").read_bytes()


@pytest.fixture()
def folder(tmp_path: Path) -> Iterator[Path]:
    """Nothing but what the test put there may be left in it."""
    place = tmp_path / "out"
    place.mkdir()
    yield place
    assert not list(place.glob("*partial*"))


def refused(code: int, part: str, *args: object) -> None:
    ran = hawser("quantize", *args)
    assert ran.code == code, ran.said
    assert ran.said.startswith("hawser: ") and ran.said.count("\n") == 1, ran.said
    assert part in ran.said


def test_nothing_is_replaced_unasked(source: Path, folder: Path) -> None:
    out = folder / "out.gguf"
    out.write_text("precious")
    refused(2, "exists already: name another file, or replace it with --force", source, out)
    assert out.read_text() == "precious"
    assert hawser("quantize", source, out, "--force").code == 0
    assert read(out).tensors
    link = folder / "link.gguf"
    link.symlink_to(source)
    for target in (source, link):
        refused(2, "is the file that is read", source, target, "--force")
    refused(2, "is no regular file", source, folder, "--force")
    refused(2, "is no regular file", source, "/dev/null", "--force")


def test_wrong_flags_are_one_sentence(source: Path, folder: Path) -> None:
    out = folder / "out.gguf"
    refused(2, 'unknown type "q3_k", expected q8_0', source, out, "--type", "q3_k")
    refused(2, "expected REGEX=TYPE", source, out, "--keep", "attn_q")
    refused(2, "is no regular expression", source, out, "--keep", "attn(=q8_0")
    refused(2, "--output-type", source, out, "--output-type", "x")
    refused(2, "OUT", source)
    refused(66, "does not exist", folder / "none.gguf", out)
    refused(73, "cannot be written: No such file or directory", source, folder / "none" / "out.gguf")
    assert not out.exists()


def test_damaged_input_leaves_nothing_behind(source: Path, folder: Path) -> None:
    cut = folder / "cut.gguf"
    cut.write_bytes(source.read_bytes()[:-20000])
    refused(66, "truncated or damaged", cut, folder / "out.gguf")
    tensors = matrices()
    tensors["output.weight"][3, 5] = np.nan
    broken = write_source(folder / "nan.gguf", tensors, 32)
    for kind in ("q8_0", "q4_k", "f16"):
        refused(66, 'tensor "output.weight" holds nan in row 3', broken, folder / "out.gguf", "--type", kind)
    tensors["output.weight"][3, 5] = 7e4
    large = write_source(folder / "large.gguf", tensors, 32)
    refused(66, "holds 70000.000000 in row 3, which type F16 cannot hold", large, folder / "out.gguf", "--type", "f16")
    assert not (folder / "out.gguf").exists()
    assert hawser("quantize", large, folder / "out.gguf", "--type", "bf16").code == 0
    assert hawser("quantize", broken, folder / "again.gguf", "--type", "f32").code == 0


def test_a_full_disk_leaves_what_was_there(source: Path, folder: Path) -> None:
    out = folder / "out.gguf"
    out.write_text("precious")
    # Ignored, the signal of a file that grows past its limit becomes the error of a write that fails.
    ran = subprocess.run([BINARY, "quantize", source, out, "--force", "--type", "f32"], capture_output=True, check=False,
                         restore_signals=False, preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (65536, 65536)))
    assert ran.returncode == 73
    assert b"cannot be written" in ran.stderr
    assert ran.stderr.count(b"\n") == 1
    assert out.read_text() == "precious"
    assert os.listdir(folder) == ["out.gguf"]
