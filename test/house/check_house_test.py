"""check_house must find what it is there to find: each rule is broken once in a copy of nothing but that breach."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

CHECK = Path(__file__).with_name("check_house.py")

BREACHES = {
    "direction": ("model/a.hpp", '#pragma once\n#include "actors/b.hpp"\n', "model may not include actors"),
    "mail only": ("net/a.cpp", '#include "actors/batcher.hpp"\n', "only the actors' mail"),
    "simulation": ("net/a.cpp", '#include "simulation/b.hpp"\n', "net may not include simulation"),
    "embed": ("embed/a.cpp", '#include "cli/b.hpp"\n', "embed may not include cli"),
    "blocking": ("actors/a.cpp", "void f() { std::this_thread::sleep_for(x); }\n", "blocks"),
    "size": ("cpu/a.cpp", "\n" * 700, "at most 600"),
    "guard": ("cpu/a.hpp", "\n", "no #pragma once"),
    "machine": ("docs/a.md", "see /ho" + "me/somebody/notes\n", "a path of one machine"),
    "left out": ("conf/a.cpp", "\n", "conf/a.cpp: not in git"),
    "cycle": ("model/a.hpp", '#pragma once\n#include "model/a.hpp"\n', "include cycle"),
}


@pytest.mark.parametrize("name", BREACHES)
def test_a_breach_is_found(name: str, tmp_path: Path) -> None:
    file, text, expected = BREACHES[name]
    script = tmp_path / "test" / "house" / CHECK.name
    script.parent.mkdir(parents=True)
    shutil.copy(CHECK, script)
    target = tmp_path / file
    target.parent.mkdir(parents=True, exist_ok=True)
    subprocess.run(["git", "init", "-q", str(tmp_path)], check=True)
    subprocess.run(["git", "-C", str(tmp_path), "add", "-A"], check=True)
    clean = subprocess.run([sys.executable, script], capture_output=True, text=True, check=False)
    assert clean.returncode == 0, clean.stdout
    target.write_text(text, encoding="utf-8")
    broken = subprocess.run([sys.executable, script], capture_output=True, text=True, check=False)
    assert broken.returncode == 1
    assert expected in broken.stdout
