"""Where the server is that tests of clients talk to."""

import os
import re
import socket
import subprocess
import time
from pathlib import Path
from urllib.parse import urlsplit

import httpx

ROOT = Path(__file__).resolve().parents[2]
BUILD = Path(os.environ.get("HAWSER_BUILD", ROOT / "build" / "release"))
BINARY = Path(os.environ.get("HAWSER_BIN", BUILD / "hawser"))
MODEL = Path(os.environ.get("HAWSER_MODEL", Path.home() / ".cache/hawser/models/SmolLM2-135M-Instruct.Q4_1.gguf"))
READY_WITHIN = 120.0


def free_port() -> int:
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def wait_ready(url: str, process: subprocess.Popen) -> None:
    deadline = time.monotonic() + READY_WITHIN
    while time.monotonic() < deadline:
        assert process.poll() is None, f"the server ended with {process.returncode} before it was ready"
        try:
            if httpx.get(f"{url}/ready", timeout=2).status_code == 200:
                return
        except httpx.TransportError:
            pass
        time.sleep(0.1)
    raise AssertionError(f"the server was not ready within {READY_WITHIN} s")


def connect(url: str) -> socket.socket:
    at = urlsplit(url)
    return socket.create_connection((at.hostname, at.port), timeout=120)


def metric(http: httpx.Client, pattern: str) -> float | None:
    """The sum of the samples whose name matches."""
    values = [float(line.rsplit(" ", 1)[1]) for line in http.get("/metrics").text.splitlines()
              if not line.startswith("#") and re.match(pattern, line)]
    return sum(values) if values else None
