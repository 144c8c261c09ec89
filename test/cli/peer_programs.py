"""hawser and a llama.cpp build as two programs that do the same work: speeds, start, memory."""

import contextlib
import json
import signal
import socket
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path


def output_of(*command: object) -> str:
    return subprocess.run([*map(str, command)], check=True, capture_output=True, timeout=900).stdout.decode(errors="replace")


@contextlib.contextmanager
def busy_processes(count: int) -> Iterator[None]:
    """Processes of ordinary priority that compute without end, ended here by their ids."""
    loops = [subprocess.Popen(["sh", "-c", "while :; do :; done"]) for _ in range(count)]
    try:
        yield
    finally:
        for loop in loops:
            loop.kill()
            loop.wait()


@dataclass
class Served:
    ready: float  # seconds from the start of the process
    resident: float  # bytes after one request


def resident_bytes(process: int) -> float:
    for line in Path(f"/proc/{process}/status").read_text().splitlines():
        if line.startswith("VmRSS:"):
            return float(line.split()[1]) * 1024
    raise SystemExit(f"process {process} says nothing of its memory")


def answers(url: str, body: bytes | None = None) -> bool:
    request = urllib.request.Request(url, body, {"content-type": "application/json"})
    try:
        with urllib.request.urlopen(request, timeout=60) as answer:
            answer.read()
            return True
    except (urllib.error.HTTPError, OSError):
        return False


class Programs:
    def __init__(self, hawser: Path, peer: Path, threads: int) -> None:
        self.hawser, self.peer, self.threads = hawser, peer, threads

    def speed(self, who: str, file: Path, prompt: int, generate: int, streams: int) -> tuple[float, float]:
        """Tokens a second: of the prompts, of the answers."""
        if who == "hawser":
            got = json.loads(output_of(self.hawser, "bench", file, "--prompt", prompt, "--generate", generate, "--batch", streams,
                                       "--threads", self.threads, "--json"))["results"][0]
            return got["prefill_tokens_per_second"], got["decode_tokens_per_second"]
        lines = output_of(self.peer / "llama-batched-bench", "-m", file, "-c", streams * (prompt + generate), "-b", 2048, "-ub", 512,
                          "-npp", prompt, "-ntg", generate, "-npl", streams, "-t", self.threads, "--output-format", "jsonl")
        one = next(json.loads(line) for line in lines.splitlines() if line.startswith("{"))
        return one["speed_pp"], one["speed_tg"]

    def served(self, who: str, file: Path) -> Served:
        """Starts a server on a warm page cache, asks it once, and ends it."""
        with file.open("rb") as stream:
            while stream.read(1 << 24):
                pass
        with socket.socket() as s:
            s.bind(("127.0.0.1", 0))
            port = s.getsockname()[1]
        if who == "hawser":
            command, path, ask = [self.hawser, "serve", file, "--port", port, "--set", f"cpu.threads={self.threads}"], "ready", "v1/completions"
        else:
            command, path, ask = [self.peer / "llama-server", "-m", file, "--port", port, "-t", self.threads], "health", "v1/completions"
        started = time.monotonic()
        server = subprocess.Popen([*map(str, command)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            url = f"http://127.0.0.1:{port}/"
            while not answers(url + path):
                if server.poll() is not None or time.monotonic() - started > 120:
                    raise SystemExit(f"{command[0]} did not become ready")
                time.sleep(0.005)
            ready = time.monotonic() - started
            answers(url + ask, json.dumps({"prompt": "A rope is", "max_tokens": 16}).encode())
            return Served(ready, resident_bytes(server.pid))
        finally:
            server.send_signal(signal.SIGKILL)
            server.wait()

    def arithmetic_ratio(self, file: Path, longer: int, shorter: int) -> float:
        """Instructions of the longer prompt by those of the shorter: products grow with the length, attention with its square.

        A register of 64 bytes holds 64 numbers of a product's 8 bits, but 32 of the 16 bits of keys and values: a multiply-add of
        attention counts as two.
        """
        about = json.loads(output_of(self.hawser, "inspect", file, "--json"))["decoder"]
        q, kv = about["heads"] * about["head_dim"], about["kv_heads"] * about["head_dim"]
        products = about["layers"] * about["width"] * (2 * q + 2 * kv + 3 * about["feed_forward"])
        attention = 2 * about["layers"] * q  # q.k and p.v, of the half that a position sees
        return longer * (products + attention * longer) / (shorter * (products + attention * shorter))
