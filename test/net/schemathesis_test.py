"""The description of the interface against the real server: schemathesis makes requests that fit it and requests that do not, and finds no answer that it does not allow."""

import os
import re
import subprocess
import sys
from pathlib import Path

import httpx
import pytest
from serving import MODEL, started
from small_model import write_small_model

HERE = Path(__file__).resolve().parent
SEED = 20261123
EXAMPLES = int(os.environ.get("HAWSER_SCHEMATHESIS_EXAMPLES", "12"))  # of each endpoint, in each phase


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory):
    folder = tmp_path_factory.mktemp("described")
    model = folder / "small.gguf"
    write_small_model(MODEL, model)
    with started(folder / "log", "--context", "2048", "--set", "limits.default_max_tokens=64", model=model) as (url, _):
        yield url
    model.unlink()


def test_nothing_is_found(server: str, tmp_path: Path):
    description = httpx.get(f"{server}/openapi.json")
    operations = [method for path in description.json()["paths"].values() for method in path]
    file = tmp_path / "openapi.json"  # of an address it would leave out the description's own
    file.write_bytes(description.content)
    made = httpx.post(f"{server}/v1/responses", json={"input": "Remember this.", "max_output_tokens": 2}, timeout=60)
    environment = os.environ | {"HAWSER_REMEMBERED": made.json()["id"], "SCHEMATHESIS_HOOKS": "schemathesis_hooks", "PYTHONPATH": str(HERE)}
    command = [sys.executable, "-m", "schemathesis.cli", "run", str(file), "--url", server, "--checks", "all", "--mode", "all",
               "--phases", "examples,coverage,fuzzing,stateful", "--max-examples", str(EXAMPLES), "--seed", str(SEED),
               "--continue-on-failure", "--request-timeout", "30", "--no-color", "--generation-database", "none"]
    ran = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=280)
    print(ran.stdout[-20000:], ran.stderr[-4000:])
    assert ran.returncode == 0
    tested = re.search(r"Tested: (\d+)", ran.stdout)
    made = re.search(r"(\d+) generated, (\d+) passed", ran.stdout)
    assert tested and int(tested[1]) == len(operations), ran.stdout[-3000:]
    assert made and made[1] == made[2] and int(made[1]) > 3000
