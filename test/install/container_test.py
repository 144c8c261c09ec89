"""The Dockerfile, without a daemon: the steps of the images that are shipped are done in a folder, with the packages of this
build, and the server is run there as the image says. The stage that compiles is read and not run: its commands are those of
`make build` and of package_test.py. Says so at its end."""

import json
import os
import shutil
import signal
import socket
import subprocess
import time
from pathlib import Path

import pytest
from dockerfile import Image, Stage, read
from package_test import BUILD, ROOT, make

MODEL = Path(os.environ.get("HAWSER_MODEL", Path.home() / ".cache/hawser/models/SmolLM2-135M-Instruct.Q4_1.gguf"))
STAGES = {stage.name: stage for stage in read((ROOT / "deploy/container/Dockerfile").read_text())}


def steps(stage: Stage, word: str) -> list[str]:
    return [rest for each, rest in stage.steps if each == word]


def test_the_images_are_what_they_should_be() -> None:
    assert list(STAGES) == ["build", "base", "cuda", "cpu"], "the last one is built when none is named"
    assert (STAGES["cuda"].base, STAGES["cpu"].base) == ("base", "base")
    for name in ("base", "cuda"):
        assert steps(STAGES[name], "USER")[-1] == "65532:65532"
    assert steps(STAGES["base"], "HEALTHCHECK")[0].endswith('CMD ["hawser", "health"]')
    assert not any(secret in rest.lower() for stage in STAGES.values() for _, rest in stage.steps for secret in ("password", "token="))


def test_what_is_not_known_is_refused() -> None:
    with pytest.raises(ValueError, match="ONBUILD"):
        read("FROM a AS b\nONBUILD RUN true\n")


def test_the_stage_that_compiles_names_what_exists() -> None:
    presets = json.loads((ROOT / "CMakePresets.json").read_text())
    (compiled,) = [rest for rest in steps(STAGES["build"], "RUN") if "cmake" in rest]
    assert "release" in {each["name"] for each in presets["buildPresets"]}
    for target in ("hawser", "hawser_gpu_plugin"):
        assert target in compiled.split()
    assert (ROOT / "tools/setup.sh").exists()


def base_image(where: Path) -> None:
    """debian:12-slim, near enough: a minimal Debian 12 from the archive that this machine uses."""
    kept = BUILD / "container-base.tar"
    if not kept.exists():
        sources = "\n".join(file.read_text() for file in [*Path("/etc/apt/sources.list.d").glob("*.sources")])
        archive = [line.split()[1] for line in sources.splitlines() if line.startswith("URIs:")][:1]
        fresh = where.with_name("fresh")
        subprocess.run(["debootstrap", "--variant=minbase", "bookworm", fresh, *archive], check=True, timeout=400,
                       stdout=subprocess.DEVNULL)
        subprocess.run(["tar", "-C", fresh, "-cf", kept.with_suffix(".part"), "."], check=True)
        kept.with_suffix(".part").rename(kept)
        shutil.rmtree(fresh)
    where.mkdir()
    subprocess.run(["tar", "-C", where, "-xf", kept], check=True)
    # How the archive is reached from here.
    (where / "etc/apt/sources.list").unlink(missing_ok=True)
    shutil.copytree("/etc/apt", where / "etc/apt", dirs_exist_ok=True)
    shutil.copy("/etc/resolv.conf", where / "etc/resolv.conf")


@pytest.fixture(scope="module")
def image(tmp_path_factory: pytest.TempPathFactory) -> Image:
    if os.geteuid() != 0 or not shutil.which("debootstrap"):
        pytest.skip("without a daemon it takes root and debootstrap; the Dockerfile was only read")
    folder = tmp_path_factory.mktemp("container")
    make(folder / "build/packages")
    made = Image(folder / "root")
    base_image(made.root)
    for name in ("base", "cpu"):
        made.build(STAGES[name], {"build": folder / "build"})
    return made


def isolated(image: Image, command: list[str], extra: dict[str, str] | None = None) -> list[str]:
    """With /proc, and a root that cannot be written."""
    root = str(image.root)
    script = f"mount --bind {root} {root} && mount -t proc proc {root}/proc && mount -o remount,bind,ro {root} && exec \"$@\""
    return ["unshare", "-m", "sh", "-c", script, "-", *image.start(command, extra)]


def test_it_serves_as_nobody_within_a_root_that_is_read_only(image: Image, tmp_path: Path) -> None:
    assert image.user == "65532:65532"
    models = image.root / "models"
    shutil.copy(MODEL, models / "small.gguf")
    (models / "small.gguf").chmod(0o644)
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    extra = {"HAWSER_SERVER_PORT": str(port), "HAWSER_MODEL": "/models/small.gguf"}
    within = isolated(image, [*image.entrypoint, *image.command], extra)
    log = tmp_path / "log"
    with log.open("w") as out:
        process = subprocess.Popen(within, stdout=out, stderr=out)
    try:
        deadline = time.monotonic() + 60
        asked = None
        while time.monotonic() < deadline and process.poll() is None:
            asked = subprocess.run(image.start(image.health, extra), capture_output=True, text=True, check=False)
            if asked.returncode == 0:
                break
            time.sleep(0.1)
        assert asked is not None
        assert (asked.returncode, asked.stdout.split()[0]) == (0, "200"), log.read_text()
        about = Path(f"/proc/{process.pid}/status").read_text()
        assert "Uid:\t65532\t65532\t65532\t65532" in about
        mounts = Path(f"/proc/{process.pid}/mountinfo").read_text().splitlines()
        assert [line.split()[5].split(",")[0] for line in mounts if line.split()[4] == "/"] == ["ro"]
        process.send_signal(getattr(signal, image.signal))
        assert process.wait(60) == 0
        assert subprocess.run(image.start(image.health, extra), capture_output=True, check=False).returncode == 1
    finally:
        if process.poll() is None:
            process.kill()
            process.wait(10)
    lines = log.read_text().splitlines()
    assert any(json.loads(line)["message"].startswith("ready on") for line in lines)
    print("container: the steps of base and cpu were run in a folder (chroot), not by a daemon")


def test_the_image_for_gpus_has_what_they_need(image: Image) -> None:
    image.build(STAGES["cuda"], {"build": image.root.parent / "build"})
    assert image.user == "65532:65532"
    assert image.environment["NVIDIA_DRIVER_CAPABILITIES"] == "compute,utility"
    said = subprocess.run(isolated(image, ["hawser", "devices"]), capture_output=True, text=True, check=False)
    assert said.returncode == 0, said.stderr
    assert (image.root / "usr/lib/hawser/libhawser_gpu.so").exists()
    assert "GPU library cannot be loaded" not in said.stdout
    assert not (image.root / "packages").exists()
