#!/usr/bin/env python3
"""Measures hawser and a llama.cpp build in turns, on the same files, threads and machine, against the targets that the
project has set itself. `tools/bench_peers.sh BUILD` prepares everything and runs this.

    test/cli/bench_peers.py --peer DIR --best FILE --models DIR [--build DIR] [--only NAME,...] [--runs 3]

Prints a table (medians of --runs), then one JSON object. Quiet the machine first: every other program shows."""

import argparse
import json
import statistics
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from peer_programs import Programs, busy_processes

SMOLLM2 = "SmolLM2-135M-Instruct.Q4_1.gguf"
GEMMA3 = "gemma-3-270m-q4_k_m.gguf"


@dataclass
class Work:
    """A thing that both do. `measure` answers with a figure of one program on one file."""

    name: str
    unit: str
    file: Path
    measure: Callable[[str, Path], float]
    targets: dict[str, float]  # how many times better than the peer on that file
    less_is_better: bool = False


@dataclass
class Figures:
    ours: list[float]
    theirs: dict[str, list[float]]


class Bench:
    def __init__(self, args: argparse.Namespace) -> None:
        self.args = args
        self.programs = Programs(args.build / "hawser", args.peer, args.threads)
        self.smollm2 = args.models / SMOLLM2
        self.gemma3 = args.models / GEMMA3
        self.best = args.best

    def works(self) -> list[Work]:
        speed = self.programs.speed
        same, best = str(self.smollm2), str(self.best)

        def prompt(length: int) -> Callable[[str, Path], float]:
            return lambda who, file: speed(who, file, length, 1, 1)[0]

        def decode(streams: int, length: int = 64) -> Callable[[str, Path], float]:
            return lambda who, file: speed(who, file, length, 64, streams)[1]

        tokens = "tokens/s"
        gemma = str(self.gemma3)
        return [
            Work("prompt-512", tokens, self.smollm2, prompt(512), {same: 8, best: 3}),
            Work("prompt-4096", tokens, self.smollm2, prompt(4096), {best: 3}),
            Work("decode-1", tokens, self.smollm2, decode(1, 512), {same: 2}),
            Work("decode-8", tokens, self.smollm2, decode(8), {same: 5, best: 4}),
            Work("decode-32", tokens, self.smollm2, decode(32), {same: 5, best: 4}),
            Work("gemma-prompt-512", tokens, self.gemma3, prompt(512), {gemma: 4}),
            Work("gemma-decode-1", tokens, self.gemma3, decode(1, 512), {gemma: 1.5}),
            Work("gemma-decode-32", tokens, self.gemma3, decode(32), {gemma: 4}),
            Work("busy-decode-1", tokens, self.smollm2, self.beside_others, {best: 1}),
            Work("start", "s", self.smollm2, lambda who, file: self.programs.served(who, file).ready, {same: 1}, True),
            Work("resident", "MB", self.smollm2, lambda who, file: self.programs.served(who, file).resident / 1e6, {same: 1}, True),
        ]

    def beside_others(self, who: str, file: Path) -> float:
        with busy_processes(2):
            return self.programs.speed(who, file, 16, 16, 1)[1]

    def run(self) -> dict[str, tuple[Work, Figures]]:
        wanted = self.args.only.split(",") if self.args.only else None
        works = [w for w in self.works() if wanted is None or w.name in wanted]
        if wanted and len(works) != len(wanted):
            raise SystemExit(f"--only takes {', '.join(w.name for w in self.works())}")
        found = {w.name: (w, Figures([], {file: [] for file in w.targets})) for w in works}
        for turn in range(self.args.runs):
            for work, figures in found.values():
                print(f"run {turn + 1} of {self.args.runs}: {work.name}", file=sys.stderr)
                figures.ours.append(work.measure("hawser", work.file))
                for file in work.targets:
                    figures.theirs[file].append(work.measure("peer", Path(file)))
        return found


def row_of(work: Work, figures: Figures, file: str) -> dict[str, object]:
    ours, theirs = statistics.median(figures.ours), statistics.median(figures.theirs[file])
    ratio = theirs / ours if work.less_is_better else ours / theirs
    return {"work": work.name, "unit": work.unit, "hawser_file": work.file.name, "peer_file": Path(file).name, "hawser": ours,
            "peer": theirs, "ratio": ratio, "target": work.targets[file], "reached": ratio >= work.targets[file]}


def limit_rows(found: dict[str, tuple[Work, Figures]], bench: Bench) -> list[dict[str, object]]:
    """Targets that are no ratio to the peer."""

    def middle(name: str) -> float:
        return statistics.median(found[name][1].ours)

    rows: list[dict[str, object]] = []

    def add(name: str, value: float, most: float, unit: str) -> None:
        rows.append({"limit": name, "value": value, "most": most, "unit": unit, "reached": value <= most})

    if "start" in found:
        add("start to ready", middle("start"), 0.5, "s")
    if "resident" in found:
        add("resident beside the weights", middle("resident") - bench.smollm2.stat().st_size / 1e6, 60, "MB")
    if {"prompt-512", "prompt-4096"} <= found.keys():
        measured = 8 * middle("prompt-512") / middle("prompt-4096")
        add("time of prompt 4096 / 512", measured, bench.programs.arithmetic_ratio(bench.smollm2, 4096, 512), "x")
    if "busy-decode-1" in found:
        quiet = statistics.median(bench.programs.speed("hawser", bench.smollm2, 16, 64, 1)[1] for _ in range(3))
        add("decode speed lost beside two busy processes", 1 - middle("busy-decode-1") / quiet, 2 / 3, "of 1")
    return rows


def report(found: dict[str, tuple[Work, Figures]], bench: Bench) -> None:
    rows = [row_of(work, figures, file) for work, figures in found.values() for file in work.targets]
    limits = limit_rows(found, bench)
    print(f"\n{'work':18} {'peer on':34} {'hawser':>9} {'peer':>9} {'':8} {'ratio':>6} {'target':>6}")
    for row in rows:
        print(f"{row['work']:18} {row['peer_file']:34} {row['hawser']:9.2f} {row['peer']:9.2f} {row['unit']:8} {row['ratio']:6.2f} "
              f"{row['target']:6.1f} {'yes' if row['reached'] else 'NO'}")
    print()
    for row in limits:
        print(f"{row['limit']:46} {row['value']:8.2f} {row['unit']:5} at most {row['most']:6.2f} {'yes' if row['reached'] else 'NO'}")
    print(json.dumps({"threads": bench.args.threads, "runs": bench.args.runs, "ratios": rows, "limits": limits}))


def main() -> int:
    root = Path(__file__).resolve().parents[2]
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--peer", type=Path, required=True, help="folder of the peer's programs")
    parser.add_argument("--best", type=Path, required=True, help="SmolLM2 in the type that the peer is fastest with")
    parser.add_argument("--models", type=Path, required=True)
    parser.add_argument("--build", type=Path, default=root / "build" / "release")
    parser.add_argument("--only", default="", help="names of works, separated by commas")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--runs", type=int, default=3)
    args = parser.parse_args()
    bench = Bench(args)
    report(bench.run(), bench)
    return 0


if __name__ == "__main__":
    sys.exit(main())
