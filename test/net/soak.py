#!/usr/bin/env python3
"""Very many requests at one server, and its memory beside them.

soak.py [--requests 100000] [--clients 48] [--seed N] [--csv FILE] [--svg FILE] starts a server, sends it the crowd of crowd.py, writes a
line each second (seconds, requests, resident MB, threads) and a plot, and prints one JSON object. `growth_percent` compares the
median of the last quarter of the requests with that of the second: a server that leaks grows with its requests. Interrupted, it
says what it saw until then. Exits with 1 when an answer was wrong, something is left, or memory grew by more than 2 %."""

import argparse
import json
import secrets
import signal
import statistics
import subprocess
import sys
import threading
import time
from dataclasses import astuple, dataclass, fields
from pathlib import Path

from crowd import Crowd, Process, left_over
from serving import BINARY, MODEL, free_port, wait_ready

GROWTH = 2.0  # percent


@dataclass
class Look:
    seconds: float
    requests: int
    resident_mb: float
    threads: int


def growth(looks: list[Look]) -> float:
    """In percent, from the second quarter of the requests to the last."""
    most = looks[-1].requests
    part = lambda least, until: [one.resident_mb for one in looks if least * most <= one.requests <= until * most]  # noqa: E731
    early, late = part(0.25, 0.5), part(0.75, 1)
    return 100 * (statistics.median(late) / statistics.median(early) - 1) if early and late else 0.0


def plot(looks: list[Look]) -> str:
    """Resident memory over the requests, from zero up."""
    width, height, left, low = 900, 320, 60, 40
    most, top = max(looks[-1].requests, 1), max(one.resident_mb for one in looks) * 1.15
    at = lambda one: f"{left + (width - left - 20) * one.requests / most:.1f},{height - low - (height - low - 20) * one.resident_mb / top:.1f}"  # noqa: E731
    marks = []
    for share in (0, 0.25, 0.5, 0.75, 1):
        x, y = left + (width - left - 20) * share, height - low - (height - low - 20) * share
        marks.append(f'<text x="{x:.0f}" y="{height - low + 20}" text-anchor="middle">{most * share:,.0f}</text>')
        marks.append(f'<text x="{left - 8}" y="{y + 4:.0f}" text-anchor="end">{top * share:.0f}</text>')
        marks.append(f'<line x1="{left}" x2="{width - 20}" y1="{y:.0f}" y2="{y:.0f}" stroke="#ddd"/>')
    return (f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" font-family="sans-serif" font-size="12">\n'
            f'<rect width="{width}" height="{height}" fill="white"/>\n' + "\n".join(marks) +
            f'\n<text x="{left}" y="14">resident memory (MB) over requests</text>\n'
            f'<polyline fill="none" stroke="#1f6feb" stroke-width="2" points="{" ".join(map(at, looks))}"/>\n</svg>\n')


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--requests", type=int, default=100_000)
    parser.add_argument("--clients", type=int, default=48)
    parser.add_argument("--seed", type=int, default=secrets.randbelow(2**31))
    parser.add_argument("--csv", type=Path)
    parser.add_argument("--svg", type=Path)
    args = parser.parse_args()
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    server = subprocess.Popen([BINARY, "serve", MODEL, "--port", str(port)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    looks: list[Look] = []
    crowd = Crowd(url, args.seed)
    try:
        wait_ready(url, server)
        begun = time.monotonic()
        over = threading.Event()
        signal.signal(signal.SIGINT, lambda *_: over.set())

        def send() -> None:
            while not over.is_set() and (missing := args.requests - sum(crowd.counts.values())) > 0:
                crowd.run(args.clients, 0, min(missing, 1000))
            over.set()

        sender = threading.Thread(target=send)
        sender.start()
        while True:
            last = over.wait(1)
            memory, threads = Process(server.pid).look()
            looks.append(Look(round(time.monotonic() - begun, 1), sum(crowd.counts.values()), round(memory, 1), threads))
            if last and not sender.is_alive():
                break
        held = left_over(url)
    finally:
        server.send_signal(signal.SIGTERM)
        server.wait(60)
    if args.csv:
        lines = [",".join(f.name for f in fields(Look))] + [",".join(map(str, astuple(one))) for one in looks]
        args.csv.write_text("\n".join(lines) + "\n")
    if args.svg:
        args.svg.write_text(plot(looks))
    grown = growth(looks)
    print(json.dumps({"seed": args.seed, "seconds": looks[-1].seconds, "requests": looks[-1].requests, "seen": crowd.counts, "wrong": crowd.wrong[:10],
                      "held": held, "threads": max(one.threads for one in looks), "resident_mb": [looks[0].resident_mb, looks[-1].resident_mb],
                      "growth_percent": round(grown, 2)}))
    return 1 if crowd.wrong or any(held.values()) or grown > GROWTH else 0


if __name__ == "__main__":
    sys.exit(main())
