#!/usr/bin/env python3
"""entries.py STUB SOURCE OUT: the entries of the toolkit's stub of libcuda that SOURCE does not define, as a list of ENTRY(name)."""

import re
import subprocess
import sys
from pathlib import Path


def main() -> int:
    stub, source, out = sys.argv[1:]
    defined = set(re.findall(r"^int (cu\w+)\(", Path(source).read_text(encoding="utf-8"), re.MULTILINE))
    listed = subprocess.run(["nm", "-D", "--defined-only", stub], check=True, capture_output=True, text=True).stdout.splitlines()
    entries = sorted({words[2] for words in map(str.split, listed) if len(words) == 3 and words[1] == "T" and words[2].startswith("cu")})
    if not entries:
        sys.exit(f"{stub} has no entries: is it the stub of libcuda?")
    Path(out).write_text("".join(f"ENTRY({name})\n" for name in entries if name not in defined), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
