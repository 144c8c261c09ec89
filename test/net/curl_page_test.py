"""docs/curl.md: each example is run, and what comes back looks like what the page shows."""

import json
import re
import subprocess
from pathlib import Path

import pytest

PAGE = Path(__file__).parents[2] / "docs/curl.md"
# An example, and what it answers: JSON of that shape, or text where "..." stands for anything.
EXAMPLE = re.compile(r"```sh\n(.*?)```\n+```(json|text)\n(.*?)```", re.DOTALL)
EXAMPLES = EXAMPLE.findall(PAGE.read_text(encoding="utf-8"))


def shape(value):
    """Names and kinds; of lists what their members have in common is what the first one is."""
    if isinstance(value, dict):
        return {name: shape(one) for name, one in value.items()}
    if isinstance(value, list):
        return [shape(one) for one in value[:1]]
    return float if type(value) is int else type(value)


def test_each_example_has_an_answer():
    assert len(EXAMPLES) == PAGE.read_text(encoding="utf-8").count("```sh\n") > 15


@pytest.mark.parametrize("number", range(len(EXAMPLES)))
def test_an_example(url: str, number: int):
    command, kind, shown = EXAMPLES[number]
    assert "localhost:8000" in command
    command = command.replace("localhost:8000", url.removeprefix("http://"))
    ran = subprocess.run(["bash", "-c", "curl() { command curl -sS --max-time 60 \"$@\"; }\n" + command], capture_output=True, text=True, timeout=90)
    assert ran.returncode == 0, ran.stderr
    if kind == "json":
        assert shape(json.loads(ran.stdout)) == shape(json.loads(shown)), ran.stdout
    else:
        pattern = ".*".join(re.escape(part) for part in shown.rstrip("\n").split("..."))
        assert re.fullmatch(pattern + r"\s*", ran.stdout, re.DOTALL), ran.stdout
