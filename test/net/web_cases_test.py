"""All cases of the Autobahn test suite but those of compression (12 and 13), against a server that says back what it hears."""

import asyncio
import os
import subprocess
from pathlib import Path

import autobahn
import pytest
from serving import BUILD, ROOT

PACKAGE = Path(os.environ.get("HAWSER_AUTOBAHN", ROOT / ".venv" / "autobahn" / "autobahntestsuite-25.10.1.tar.gz"))


@pytest.fixture(scope="module")
def port():
    with subprocess.Popen([BUILD / "test" / "net" / "net_web_echo"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as echo:
        try:
            yield int(echo.stdout.readline())
        finally:
            echo.stdin.close()
            assert echo.wait(30) == 0


def test_every_case_outside_compression(port: int, tmp_path: Path):
    assert PACKAGE.exists(), f"{PACKAGE} is not there: tools/setup.sh test fetches it"
    cases = [case for case in autobahn.load(PACKAGE, tmp_path) if not autobahn.number_of(case).startswith(("12.", "13."))]
    assert len(cases) == 301
    found = asyncio.run(autobahn.run_all(cases, "127.0.0.1", port, "/echo"))
    wrong = {number: what for number, what in found.items()
             if what[0] not in ("OK", "NON-STRICT", "INFORMATIONAL") or what[1] not in ("OK", "INFORMATIONAL")}
    assert not wrong and len(found) == 301, wrong
