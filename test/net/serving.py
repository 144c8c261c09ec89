"""Where the server is that tests of clients talk to."""

import contextlib
import os
import re
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
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


def wait_ready(url: str, process: subprocess.Popen, **how) -> None:
    """`how`: what httpx needs beside the address."""
    deadline = time.monotonic() + READY_WITHIN
    while time.monotonic() < deadline:
        assert process.poll() is None, f"the server ended with {process.returncode} before it was ready"
        try:
            if httpx.get(f"{url}/ready", timeout=2, **how).status_code == 200:
                return
        except httpx.TransportError:
            pass
        time.sleep(0.1)
    raise AssertionError(f"the server was not ready within {READY_WITHIN} s")


@contextlib.contextmanager
def started(log: Path, *flags: str, scheme: str = "http", model: Path = MODEL, **how) -> Iterator[tuple[str, subprocess.Popen]]:
    """A server of its own, with these flags, that must end well."""
    port = free_port()
    url = f"{scheme}://127.0.0.1:{port}"
    with log.open("w") as out:
        process = subprocess.Popen([BINARY, "serve", model, "--port", str(port), *flags], stdout=out, stderr=out)
    try:
        wait_ready(url, process, **how)
        yield url, process
        assert process.poll() is None, f"the server ended by itself: {log.read_text()[-2000:]}"
        process.send_signal(signal.SIGTERM)
        assert process.wait(60) == 0, log.read_text()[-2000:]
    finally:
        if process.poll() is None:
            process.kill()
            process.wait(10)
        print(log.read_text()[-2000:])


def wait_for_line(log: Path, text: str) -> None:
    deadline = time.monotonic() + 20
    while text not in log.read_text():
        assert time.monotonic() < deadline, f"{text!r} is not in: {log.read_text()[-2000:]}"
        time.sleep(0.02)


def connect(url: str) -> socket.socket:
    at = urlsplit(url)
    return socket.create_connection((at.hostname, at.port), timeout=120)


def metric(http: httpx.Client, pattern: str) -> float | None:
    """The sum of the samples whose name matches."""
    values = [float(line.rsplit(" ", 1)[1]) for line in http.get("/metrics").text.splitlines()
              if not line.startswith("#") and re.match(pattern, line)]
    return sum(values) if values else None
