"""Reads a Dockerfile, and does its steps in a folder: for machines that have no daemon. Knows what ours uses, and refuses the
rest."""

import glob
import json
import os
import shlex
import shutil
import subprocess
from dataclasses import dataclass, field
from pathlib import Path

KNOWN = {"ARG", "CMD", "COPY", "ENTRYPOINT", "ENV", "EXPOSE", "HEALTHCHECK", "RUN", "STOPSIGNAL", "USER", "WORKDIR"}


@dataclass
class Stage:
    name: str
    base: str
    steps: list[tuple[str, str]] = field(default_factory=list)


def read(text: str) -> list[Stage]:
    stages: list[Stage] = []
    logical = ""
    for line in text.splitlines():
        if line.lstrip().startswith("#") or not line.strip():
            continue
        logical += line.rstrip("\\")
        if line.endswith("\\"):
            continue
        word, _, rest = logical.strip().partition(" ")
        logical = ""
        if word == "FROM":
            base, _, name = rest.partition(" AS ")
            stages.append(Stage(name.strip(), base.strip()))
            continue
        if word not in KNOWN:
            raise ValueError(f"a step that is not known: {word}")
        stages[-1].steps.append((word, rest.strip()))
    return stages


@dataclass
class Image:
    """What a container begins with."""

    root: Path
    environment: dict[str, str] = field(default_factory=lambda: {"PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"})
    user: str = "0:0"
    folder: str = "/"
    entrypoint: list[str] = field(default_factory=list)
    command: list[str] = field(default_factory=list)
    health: list[str] = field(default_factory=list)
    signal: str = ""

    def start(self, command: list[str], extra: dict[str, str] | None = None) -> list[str]:
        """The command line that does it within."""
        variables = [f"{k}={v}" for k, v in (self.environment | (extra or {})).items()]
        inner = f"cd {shlex.quote(self.folder)} && exec {shlex.join(command)}"
        return ["chroot", f"--userspec={self.user}", str(self.root), "/usr/bin/env", "-i", *variables, "/bin/sh", "-c", inner]

    def build(self, stage: Stage, others: dict[str, Path]) -> None:
        """`others`: the folders of the stages that it copies from."""
        for word, rest in stage.steps:
            if word == "RUN":
                subprocess.run(self.start(["/bin/sh", "-c", rest], {"DEBIAN_FRONTEND": "noninteractive"}), check=True, timeout=240,
                               capture_output=True)
            elif word == "COPY":
                self._copy(rest, others)
            elif word == "ENV":
                name, _, value = rest.partition("=")
                self.environment[name] = value
            elif word == "USER":
                self.user = rest
            elif word == "WORKDIR":
                self.folder = rest
                (self.root / rest.lstrip("/")).mkdir(parents=True, exist_ok=True)
            elif word == "ENTRYPOINT":
                self.entrypoint = json.loads(rest)
            elif word == "CMD":
                self.command = json.loads(rest)
            elif word == "HEALTHCHECK":
                self.health = json.loads(rest.partition(" CMD ")[2])
            elif word == "STOPSIGNAL":
                self.signal = rest

    def _copy(self, rest: str, others: dict[str, Path]) -> None:
        origin, *sources, to = rest.split()
        base = others[origin.removeprefix("--from=")]
        target = self.root / to.lstrip("/")
        target.mkdir(parents=True, exist_ok=True)
        for pattern in sources:
            found = glob.glob(str(base) + pattern)
            assert found, f"{pattern} is not in stage {origin}"
            for file in found:
                shutil.copy(file, target / os.path.basename(file))
