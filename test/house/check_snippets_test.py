"""check_snippets must find what it is there to find."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

CHECK = Path(__file__).with_name("check_snippets.py")


def says(tmp_path: Path, page: str) -> tuple[int, str]:
    script = tmp_path / "test" / "house" / CHECK.name
    script.parent.mkdir(parents=True)
    shutil.copy(CHECK, script)
    (tmp_path / "docs").mkdir()
    (tmp_path / "examples").mkdir()
    (tmp_path / "examples" / "a.cpp").write_text("int main() {\n  if (x) {\n    y();\n  }\n}\n", encoding="utf-8")
    (tmp_path / "docs" / "page.md").write_text(page, encoding="utf-8")
    done = subprocess.run([sys.executable, script], capture_output=True, text=True, check=False)
    return done.returncode, done.stdout


@pytest.mark.parametrize(("code", "expected"), [
    ("if (x) {\n  y();\n}\n", 0),
    ("  if (x) {\n    y();\n  }\n", 0),
    ("if (x) {\n  z();\n}\n", 1),
    ("if (x) {\n}\n", 1),
])
def test_a_quote_must_stand_in_its_source(tmp_path: Path, code: str, expected: int) -> None:
    result, said = says(tmp_path, f"# Page\n\n<!-- from examples/a.cpp -->\n```cpp\n{code}```\n")
    assert result == expected, said
    assert expected == 0 or "docs/page.md:3: this is not what examples/a.cpp says" in said


def test_a_source_must_be_there(tmp_path: Path) -> None:
    result, said = says(tmp_path, "<!-- from examples/b.cpp -->\n```cpp\nx\n```\n")
    assert result == 1
    assert "there is no examples/b.cpp" in said
