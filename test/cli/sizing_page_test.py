"""docs/sizing.md says of the two models what `hawser inspect` says."""

import json
import re
import subprocess
from pathlib import Path

import pytest

from hawser_command import BINARY, GEMMA3, SMOLLM2

PAGE = (Path(__file__).resolve().parents[2] / "docs" / "sizing.md").read_text()


def row(start: str) -> list[str]:
    (line,) = [line for line in PAGE.splitlines() if line.startswith(f"| {start} |")]
    return [cell.strip() for cell in line.strip("|").split("|")]


@pytest.mark.parametrize(("model", "column"), [(SMOLLM2, 2), (GEMMA3, 3)])
def test_bytes_of_a_token_and_a_stream(model: Path, column: int) -> None:
    about = json.loads(subprocess.run([BINARY, "inspect", model, "--json"], capture_output=True, text=True, check=True).stdout)["decoder"]
    each = 2 * about["kv_heads"] * about["head_dim"] * 2
    assert about["kv_bytes_per_token"] == about["layers"] * each
    assert row("keys and values, a token")[column].startswith(f"{about['kv_bytes_per_token']:,} bytes")
    narrow = about["windowed_layers"]
    for tokens in (1000, 8192):
        seen = min(tokens, about["sliding_window"]) if narrow else 0
        held = each * ((about["layers"] - narrow) * tokens + narrow * seen)
        said = re.match(r"(\d+) MB", row(f"a stream of {tokens:,} tokens")[column])
        assert said and abs(int(said[1]) - held / 1e6) < 1
