"""docs/errors.md has every code, limit and exit code that the sources have, and names no configuration key that does not exist."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs" / "errors.md").read_text()


def sources(*rooms: str) -> str:
    return "\n".join(path.read_text() for room in rooms for path in sorted((ROOT / room).glob("*.cpp")))


def rows(title: str) -> set[str]:
    """What stands in backticks, or as a number, in the first column of the table below a title."""
    table = PAGE.split(f"## {title}")[1].split("\n## ")[0]
    cells = re.findall(r"^\| ([^|]+) \|", table, re.MULTILINE)
    return {name for cell in cells for name in re.findall(r"`(\w+)`|^(\d+)$", cell.strip()) for name in name if name}


def test_every_code_of_a_refusal() -> None:
    text = sources("net", "embed")
    codes = set(re.findall(r'\bcode = "([a-z_]+)"', text))
    codes |= set(re.findall(r'unavailable\([^;]*?"([a-z_]+)",\s*(?:event|seconds|std|\{)', text))
    codes |= set(re.findall(r'"(extension_[a-z]+)"', text))
    codes |= set(re.findall(r'made\([^;]*?_error", "([a-z_]+)"\)', text))
    assert len(codes) > 15
    assert codes | {"null"} == rows("By code")


def test_every_limit() -> None:
    text = (ROOT / "actors" / "admission.cpp").read_text().split("limit_names{")[1].split("};")[0]
    limits = set(re.findall(r'"([a-z_]+)"', text))
    assert len(limits) > 8
    assert limits == rows("By limit")


def test_every_exit_code() -> None:
    numbers = re.findall(r"^  \w+ = (\d+),", (ROOT / "cli" / "failure.hpp").read_text(), re.MULTILINE)
    assert len(numbers) > 8
    assert set(numbers) == rows("By exit code")


@pytest.mark.parametrize("page", sorted((ROOT / "docs").glob("*.md")), ids=lambda page: page.name)
def test_pages_name_keys_that_exist(page: Path) -> None:
    known = set(re.findall(r"^### `([a-z_.]+)`", (ROOT / "docs" / "configuration.md").read_text(), re.MULTILINE))
    sections = {key.split(".")[0] for key in known if "." in key}
    named = set(re.findall(r"`([a-z]+\.[a-z_]+)(?: = [^`]*)?`", page.read_text()))
    files = {"py", "hpp", "cpp", "json", "toml", "md", "sh", "so", "service", "socket", "name"}
    wrong = {one for one in named if one.split(".")[0] in sections and one not in known and one.split(".")[1] not in files - {"name"}}
    assert not wrong
