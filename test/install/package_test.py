"""The Debian packages: made twice, the same bytes; installed into an empty root, upgraded, removed, purged there."""

import hashlib
import os
import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
BUILD = Path(os.environ.get("HAWSER_BUILD", ROOT / "build" / "release"))
FILES = {
    "hawser": {"usr/bin/hawser", "etc/hawser/hawser.toml", "usr/lib/systemd/system/hawser.service",
               "usr/lib/systemd/system/hawser.socket", "usr/share/man/man1/hawser.1",
               "usr/share/bash-completion/completions/hawser", "usr/share/zsh/vendor-completions/_hawser",
               "usr/share/fish/vendor_completions.d/hawser.fish", "usr/share/doc/hawser/copyright"},
    "hawser-gpu": {"usr/lib/hawser/libhawser_gpu.so", "usr/lib/systemd/system/hawser-gpu.service",
                   "usr/share/doc/hawser-gpu/copyright"},
}


def run(*command: object, **how) -> str:
    ran = subprocess.run(list(map(str, command)), capture_output=True, text=True, check=False, timeout=120, **how)
    assert ran.returncode == 0, ran.stdout + ran.stderr
    return ran.stdout


def make(folder: Path, epoch: int = 1_700_000_000) -> dict[str, Path]:
    run("cpack", "-G", "DEB", "-B", folder, "--config", BUILD / "CPackConfig.cmake", cwd=BUILD,
        env=os.environ | {"SOURCE_DATE_EPOCH": str(epoch)})
    return {file.name.split("_")[0]: file for file in folder.glob("*.deb")}


@pytest.fixture(scope="module")
def packages(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    return make(tmp_path_factory.mktemp("first"))


class TestRoot:
    """A root of its own, with nothing in it but dpkg's records. Scripts of packages are run from outside of it."""

    __test__ = False

    def __init__(self, where: Path):
        self.where = where
        for folder in ("var/lib/dpkg/info", "var/lib/dpkg/updates", "var/lib/dpkg/triggers"):
            (where / folder).mkdir(parents=True)
        for file in ("status", "available"):
            (where / "var/lib/dpkg" / file).touch()

    def dpkg(self, *what: object) -> str:
        # Its libraries are those of the machine.
        return run("dpkg", f"--root={self.where}", "--force-not-root", "--force-script-chrootless", "--force-depends",
                   "--force-confold", f"--log={self.where}/dpkg.log", *what)

    def files(self) -> set[str]:
        return {str(file.relative_to(self.where)) for top in ("usr", "etc") for file in (self.where / top).rglob("*")
                if not file.is_dir()}


@pytest.fixture
def root(tmp_path: Path) -> TestRoot:
    return TestRoot(tmp_path / "root")


def test_there_are_two_and_they_hold_what_they_should(packages: dict[str, Path]) -> None:
    assert packages.keys() == FILES.keys()
    for name, file in packages.items():
        listed = re.findall(r"^([-l]\S+) root/root .* \./(\S+)$", run("dpkg-deb", "-c", file), re.MULTILINE)
        assert {path for _, path in listed} == FILES[name]
        for mode, path in listed:
            assert mode == ("-rwxr-xr-x" if path == "usr/bin/hawser" else "-rw-r--r--"), path


def test_they_know_their_version_and_what_they_stand_on(packages: dict[str, Path]) -> None:
    version = run(BUILD / "hawser", "version").split()[1]
    for name, file in packages.items():
        assert run("dpkg-deb", "-f", file, "Version").strip() == version, name
        assert "libc6" in run("dpkg-deb", "-f", file, "Depends")
    assert f"hawser (= {version})" in run("dpkg-deb", "-f", packages["hawser-gpu"], "Depends")
    assert run("dpkg-deb", "-I", packages["hawser"], "conffiles").split() == ["/etc/hawser/hawser.toml"]


def test_the_same_build_gives_the_same_packages(packages: dict[str, Path], tmp_path: Path) -> None:
    again = make(tmp_path / "again")
    for name, file in packages.items():
        assert again[name].name == file.name
        assert hashlib.sha256(again[name].read_bytes()).digest() == hashlib.sha256(file.read_bytes()).digest(), name


def test_installed_changed_upgraded_removed_and_purged(packages: dict[str, Path], root: TestRoot) -> None:
    root.dpkg("-i", packages["hawser"], packages["hawser-gpu"])
    assert root.files() == FILES["hawser"] | FILES["hawser-gpu"]
    binary = root.where / "usr/bin/hawser"
    config = root.where / "etc/hawser/hawser.toml"
    clean = {k: v for k, v in os.environ.items() if not k.startswith("HAWSER_")}
    assert run(binary, "version", env=clean) == run(BUILD / "hawser", "version", env=clean)
    assert "port = 8000  # file" in run(binary, "check", config, env=clean)

    config.write_text("[server]\nport = 8001\n")
    root.dpkg("-i", packages["hawser"])
    assert config.read_text() == "[server]\nport = 8001\n"

    root.dpkg("-r", "hawser-gpu", "hawser")
    assert root.files() == {"etc/hawser/hawser.toml"}
    root.dpkg("-P", "hawser-gpu", "hawser")
    assert root.files() == set()


def test_cmake_installs_the_same_below_any_prefix(tmp_path: Path) -> None:
    for component in ("program", "gpu"):
        run("cmake", "--install", BUILD, "--prefix", tmp_path / "p", "--component", component)
    assert run(tmp_path / "p/bin/hawser", "version") == run(BUILD / "hawser", "version")
    assert (tmp_path / "p/etc/hawser/hawser.toml").read_text() == (ROOT / "deploy/hawser.toml").read_text()


def test_the_page_and_the_completions_name_every_command(packages: dict[str, Path]) -> None:
    listing = run(BUILD / "hawser", "--help").split("Subcommands:")[1].split("\n\n")[0]
    commands = [line.split()[0] for line in listing.strip().splitlines()]
    page = (ROOT / "deploy/man/hawser.1").read_text()
    assert [name for name in commands if f".B {name}\n" not in page] == []
    script = f"PATH={BUILD}:$PATH; . {ROOT}/deploy/completions/hawser.bash; COMP_CWORD=$1; shift; COMP_WORDS=(\"$@\"); _hawser; echo ${{COMPREPLY[@]}}"
    assert run("bash", "-c", script, "-", 1, "hawser", "").split() == commands
    assert run("bash", "-c", script, "-", 2, "hawser", "serve", "--po").split() == ["--port"]
