#!/usr/bin/env python3
"""A crowd of clients: whole answers, streams, long prompts, and clients that leave in the middle, at random.

crowd.py --url http://127.0.0.1:8000 [--clients 64] [--seconds 60] [--pid PID] prints one JSON object: what the clients saw, and
with --pid the server's memory (MB) and threads at the start, in the middle and at the end. Exits with 1 when an answer was
not ended once, or was an error other than 503."""

import argparse
import json
import random
import secrets
import sys
import threading
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

import httpx


@dataclass
class Crowd:
    url: str
    seed: int
    patience: float = 0.5
    counts: Counter = field(default_factory=Counter)
    wrong: list = field(default_factory=list)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def run(self, clients: int, seconds: float) -> None:
        end = time.monotonic() + seconds
        with ThreadPoolExecutor(clients) as pool:
            list(pool.map(lambda number: self._client(number, end), range(clients)))

    def _saw(self, what: str, wrong: str = "") -> None:
        with self._lock:
            self.counts[what] += 1
            if wrong:
                self.wrong.append(f"{what}: {wrong[:300]}")

    def _client(self, number: int, end: float) -> None:
        chance = random.Random(f"{self.seed}-{number}")
        with httpx.Client(base_url=self.url, timeout=300) as http:
            while True:  # at least once, however late its thread begins
                kind = chance.choice([self._whole, self._whole, self._stream, self._stream, self._leave, self._long])
                try:
                    kind(http, chance)
                except httpx.TransportError as lost:
                    self._saw("lost", repr(lost))
                if time.monotonic() >= end:
                    return

    def _whole(self, http: httpx.Client, chance: random.Random) -> None:
        self._judge("whole", http.post("/predict", json={"text": f"Number {chance.random()}", "max_tokens": chance.randint(1, 16)}))

    def _long(self, http: httpx.Client, chance: random.Random) -> None:
        self._judge("long", http.post("/v1/completions", json={"prompt": "word " * chance.randint(100, 300), "max_tokens": 2}))

    def _judge(self, what: str, answer: httpx.Response) -> None:
        if answer.status_code == 503:
            return self._refused(answer)
        used = answer.json().get("completion_tokens") or answer.json().get("usage", {}).get("completion_tokens")
        self._saw(what, "" if answer.status_code == 200 and used else f"{answer.status_code} {answer.text}")

    def _refused(self, answer: httpx.Response) -> None:
        """Nobody comes back at once, and these clients are too few to wait for as long as they are told."""
        said = answer.headers.get("retry-after", "")
        self._saw("refused", "" if said.isdigit() else "no Retry-After")
        time.sleep(min(int(said or 0), self.patience))

    def _stream(self, http: httpx.Client, chance: random.Random) -> None:
        body = {"messages": [{"role": "user", "content": f"Tell {chance.random()}"}], "max_tokens": chance.randint(1, 16), "stream": True}
        with http.stream("POST", "/v1/chat/completions", json=body) as answer:
            text = answer.read().decode()
        if answer.status_code == 503:
            return self._refused(answer)
        ends = text.count('"finish_reason":"')
        whole = answer.status_code == 200 and ends == 1 and text.count("data: [DONE]") == 1 and text.endswith("data: [DONE]\n\n")
        self._saw("stream", "" if whole else text[-300:])

    def _leave(self, http: httpx.Client, chance: random.Random) -> None:
        """Closes the connection after some pieces, or, with a plain answer, before it came."""
        body = {"text": f"A very long story of {chance.random()}:", "max_tokens": 400, "ignore_eos": True, "stream": chance.random() < 0.7}
        try:
            with http.stream("POST", "/predict", json=body, timeout=httpx.Timeout(300, read=30 if body["stream"] else 0.2)) as answer:
                if answer.status_code == 503:
                    return self._refused(answer)
                pieces = chance.randint(0, 6)
                for _, _piece in zip(range(pieces), answer.iter_raw(), strict=False):
                    pass
        except httpx.ReadTimeout:
            pass
        self._saw("left")


@dataclass
class Process:
    """What the system says of a process: resident memory in MB and the number of threads."""

    pid: int

    def look(self) -> tuple[float, int]:
        said = dict(line.split(":", 1) for line in Path(f"/proc/{self.pid}/status").read_text().splitlines())
        return int(said["VmRSS"].split()[0]) / 1024, int(said["Threads"])


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--url", default="http://127.0.0.1:8000")
    parser.add_argument("--clients", type=int, default=64)
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--seed", type=int, default=secrets.randbelow(2**31))
    parser.add_argument("--pid", type=int)
    args = parser.parse_args()
    crowd = Crowd(args.url, args.seed)
    looks = []
    for _ in range(2):
        if args.pid:
            looks.append(Process(args.pid).look())
        crowd.run(args.clients, args.seconds / 2)
    if args.pid:
        looks.append(Process(args.pid).look())
    print(json.dumps({"seed": args.seed, "seen": crowd.counts, "wrong": crowd.wrong[:10], "memory_and_threads": looks}))
    return 1 if crowd.wrong else 0


if __name__ == "__main__":
    sys.exit(main())
