"""gpu/verify_on_device.sh runs to its end and says the truth: without a device, on the stand-in runtime, and with a model that is none."""

import os
import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
BUILD = Path(os.environ["HAWSER_BUILD"])
SECTIONS = "build device compile kernels memcheck racecheck synccheck initcheck bridge tokens speed llama.cpp".split()


def verify(tmp_path: Path, *flags: str) -> tuple[int, dict[str, tuple[str, str]], str]:
    """Exit code, section -> (result, what was found), and the log."""
    done = subprocess.run([ROOT / "gpu" / "verify_on_device.sh", "--build", BUILD, "--log", tmp_path, *flags], capture_output=True, text=True,
                          env=os.environ | {"HAWSER_MODELS": str(tmp_path)}, timeout=240, check=False)
    logs = list(tmp_path.glob("20??-??-??-??????.md"))
    assert len(logs) == 1, done.stdout + done.stderr
    log = logs[0].read_text(encoding="utf-8")
    rows = {m[1]: (m[2], m[3]) for m in re.finditer(r"^\| (\S+) \| (passed|failed|not run) \| (.+) \|$", log, re.MULTILINE)}
    assert list(rows) == SECTIONS, log
    return done.returncode, rows, log


def test_without_a_device_nothing_is_run_and_each_section_says_why(tmp_path):
    if subprocess.run([BUILD / "gpu_device_check", "device", "--code", "/dev/null"], capture_output=True, check=False).returncode == 0:
        pytest.skip("there is a device")
    code, rows, _ = verify(tmp_path)
    assert code == 4
    assert {result for result, _ in rows.values()} == {"not run"}
    assert "hawser needs driver 580 or newer" in rows["device"][1]
    assert rows["speed"][1] == "there is no device"


def test_on_the_stand_in_every_program_runs_and_the_log_is_no_evidence(tmp_path):
    code, rows, log = verify(tmp_path, "--stand-in")
    assert code == 0, log
    passed = {section for section, (result, _) in rows.items() if result == "passed"}
    assert passed == {"device", "kernels", "bridge", "tokens", "speed"}
    assert re.match(r"\d+ checks of \d+ kernels", rows["kernels"][1])
    assert re.search(r"median [\d.]+, p99 [\d.]+ us", rows["bridge"][1])
    assert "6 of 6 greedy tokens" in rows["tokens"][1]
    assert "**On the stand-in runtime: no evidence.**" in log


def test_what_fails_is_called_failed_and_the_others_run_on(tmp_path):
    broken = tmp_path / "broken.gguf"
    broken.write_bytes(b"none")
    code, rows, log = verify(tmp_path, "--stand-in", "--model", str(broken))
    assert code == 1, log
    assert {section for section, (result, _) in rows.items() if result == "failed"} == {"tokens", "speed"}
    assert rows["bridge"][0] == "passed"


def test_wrong_use_is_told(tmp_path):
    for flags in (["--fast"], ["--model"]):
        done = subprocess.run([ROOT / "gpu" / "verify_on_device.sh", *flags], capture_output=True, text=True, timeout=20, check=False)
        assert done.returncode == 2
        assert done.stderr
