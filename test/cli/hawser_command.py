"""The built program, run as a person runs it."""

import os
import subprocess
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
BUILD = Path(os.environ.get("HAWSER_BUILD", ROOT / "build" / "release"))
BINARY = Path(os.environ.get("HAWSER_BIN", BUILD / "hawser"))
MODELS = Path(os.environ.get("HAWSER_MODELS", Path.home() / ".cache/hawser/models"))
SMOLLM2 = MODELS / "SmolLM2-135M-Instruct.Q4_1.gguf"
GEMMA3 = MODELS / "gemma-3-270m-q4_k_m.gguf"


@dataclass
class Ran:
    code: int
    out: str
    said: str


def hawser(*args: object, stdin: str = "", environment: dict[str, str] | None = None, timeout: float = 120) -> Ran:
    clean = {k: v for k, v in os.environ.items() if not k.startswith("HAWSER_")}
    ran = subprocess.run([BINARY, *map(str, args)], input=stdin.encode(), capture_output=True, timeout=timeout,
                         env=clean | (environment or {}), check=False)
    return Ran(ran.returncode, ran.stdout.decode(), ran.stderr.decode())
