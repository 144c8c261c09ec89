#!/usr/bin/env python3
"""Code that a page quotes from an example must stand there: a line `<!-- from examples/NAME -->` before a block of code
says where, and the block must be consecutive lines of that file, but for their indentation. Prints each breach as file:line
and exits 1 if there is one."""

import re
import sys
import textwrap
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
QUOTE = re.compile(r"<!-- from (\S+) -->\n```\w*\n(.*?)```", re.DOTALL)


def stands_in(snippet: str, source: list[str]) -> bool:
    wanted = textwrap.dedent(snippet).splitlines()
    for start in range(len(source) - len(wanted) + 1):
        if textwrap.dedent("\n".join(source[start : start + len(wanted)])).splitlines() == wanted:
            return True
    return False


def breaches(page: Path) -> list[str]:
    text = page.read_text(encoding="utf-8")
    found = []
    for match in QUOTE.finditer(text):
        number = text.count("\n", 0, match.start()) + 1
        source = ROOT / match.group(1)
        if not source.is_file():
            found.append(f"{page.relative_to(ROOT)}:{number}: there is no {match.group(1)}")
        elif not stands_in(match.group(2), source.read_text(encoding="utf-8").splitlines()):
            found.append(f"{page.relative_to(ROOT)}:{number}: this is not what {match.group(1)} says")
    return found


def main() -> int:
    found = [breach for page in sorted((ROOT / "docs").glob("*.md")) for breach in breaches(page)]
    print("\n".join(found) or "the pages quote what the examples say")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
