#!/usr/bin/env python3
"""A crowd of clients: whole answers, streams, several choices, long prompts, hurry, and clients that leave in the middle, at random.

crowd.py --url http://127.0.0.1:8000 [--clients 64] [--seconds 60 | --requests 10000] [--pid PID] prints one JSON object: what the
clients saw, what the server holds when all is over, and with --pid its memory (MB) and threads at the start, in the middle and
at the end. Exits with 1 when an answer was not ended once, or was an error other than 503, or when pages or requests are left."""

import argparse
import json
import random
import re
import secrets
import socket
import struct
import sys
import threading
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

import httpx


@dataclass
class Crowd:
    url: str
    seed: int
    patience: float = 0.5
    counts: Counter = field(default_factory=Counter)
    wrong: list = field(default_factory=list)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def run(self, clients: int, seconds: float, requests: int = 0) -> None:
        """For so long, or, with `requests`, until there were so many."""
        end = sum(self.counts.values()) + requests if requests else time.monotonic() + seconds
        self._over = (lambda: sum(self.counts.values()) >= end) if requests else (lambda: time.monotonic() >= end)
        with ThreadPoolExecutor(clients) as pool:
            list(pool.map(self._client, range(clients)))

    def _saw(self, what: str, wrong: str = "") -> None:
        with self._lock:
            self.counts[what] += 1
            if wrong:
                self.wrong.append(f"{what}: {wrong[:300]}")

    def _client(self, number: int) -> None:
        chance = random.Random(f"{self.seed}-{number}")
        kinds = [self._whole, self._whole, self._stream, self._stream, self._leave, self._long, self._vanish, self._hurry, self._choices]
        with httpx.Client(base_url=self.url, timeout=300) as http:
            while True:  # at least once, however late its thread begins
                kind = chance.choice(kinds)
                try:
                    kind(http, chance)
                except httpx.TransportError as lost:
                    self._saw("lost", repr(lost))
                if self._over():
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

    def _vanish(self, _http: httpx.Client, chance: random.Random) -> None:
        """Gone after a part of its request, or some time after all of it; by a reset every other time."""
        body = json.dumps({"prompt": f"Gone {chance.random()} " * chance.randint(1, 60), "max_tokens": 200, "ignore_eos": True,
                           "stream": chance.random() < 0.5}).encode()
        request = (b"POST /v1/completions HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s"
                   % (len(body), body))
        at = urlsplit(self.url)
        with socket.create_connection((at.hostname, at.port), timeout=60) as sock:
            if chance.random() < 0.3:
                sock.sendall(request[:chance.randrange(len(request))])
            else:
                sock.sendall(request)
                time.sleep(chance.choice([0, 0.01, 0.1, 0.5]))
            if chance.random() < 0.5:
                sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self._saw("vanished")

    def _hurry(self, http: httpx.Client, chance: random.Random) -> None:
        """Has little time: an answer, the part of one that there was time for, or a refusal."""
        answer = http.post("/predict", json={"text": f"Quick {chance.random()}", "max_tokens": 100, "ignore_eos": True,
                                             "timeout": round(chance.uniform(0.01, 1), 3)})
        self._saw("hurried", "" if answer.status_code in (200, 503, 504) else f"{answer.status_code} {answer.text}")

    def _choices(self, http: httpx.Client, chance: random.Random) -> None:
        many = chance.randint(2, 5)
        answer = http.post("/v1/completions", json={"prompt": "many " * chance.randint(1, 80), "n": many, "max_tokens": 6,
                                                    "temperature": 1, "seed": chance.randrange(2**31)})
        if answer.status_code == 503:
            return self._refused(answer)
        self._saw("choices", "" if answer.status_code == 200 and len(answer.json()["choices"]) == many else answer.text)


def left_over(url: str, within: float = 20) -> dict[str, float]:
    """Requests that run or wait and pages that they hold, when all clients are gone: nothing, as soon as the server has noticed."""
    names = r"(vllm:num_requests_running|hawser_requests_queued|vllm:kv_cache_usage_perc)\{[^}]*\} ([0-9.e+-]+)"
    deadline = time.monotonic() + within
    while True:
        held = {name: float(value) for name, value in re.findall(names, httpx.get(f"{url}/metrics", timeout=60).text)}
        assert len(held) == 3, held
        if not any(held.values()) or time.monotonic() > deadline:
            return held
        time.sleep(0.1)


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
    parser.add_argument("--requests", type=int, default=0)
    parser.add_argument("--seed", type=int, default=secrets.randbelow(2**31))
    parser.add_argument("--pid", type=int)
    args = parser.parse_args()
    crowd = Crowd(args.url, args.seed)
    looks = []
    for _ in range(2):
        if args.pid:
            looks.append(Process(args.pid).look())
        crowd.run(args.clients, args.seconds / 2, args.requests // 2)
    held = left_over(args.url)
    if args.pid:
        looks.append(Process(args.pid).look())
    print(json.dumps({"seed": args.seed, "seen": crowd.counts, "wrong": crowd.wrong[:10], "held": held, "memory_and_threads": looks}))
    return 1 if crowd.wrong or any(held.values()) else 0


if __name__ == "__main__":
    sys.exit(main())
