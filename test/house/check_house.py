#!/usr/bin/env python3
"""The rules of the house that a compiler does not check: who may include whom, no cycles, nothing that blocks a
strand, sizes of files, no trace of a developer's machine. Prints each breach as file:line and exits 1 if there is one."""

import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]

# A room may include itself, these, and nothing else of ours.
MAY_INCLUDE = {
    "runtime": set(),
    "model": set(),
    "conf": set(),
    "cpu": {"model", "runtime"},
    "gpu": {"model", "runtime"},
    "actors": {"runtime", "model"},
    "net": {"actors", "runtime", "conf"},
    "simulation": {"runtime", "model", "conf", "actors", "net", "embed"},
    "embed": {"runtime", "model", "conf", "cpu", "gpu", "actors", "net"},
    "cli": {"runtime", "model", "conf", "cpu", "gpu", "actors", "net", "simulation", "embed"},
}
# Of actors, net sees only the mail.
NET_SEES_OF_ACTORS = re.compile(r"actors/[a-z_]*mail\.hpp$")

# Nothing of this may run on a strand. Files that own a thread, or run before or after the strands, are listed.
BLOCKING = re.compile(
    r"std::this_thread::sleep|\b(?:usleep|nanosleep|sleep)\s*\(|std::condition_variable|\.wait_for\s*\(|std::future\b"
    r"|cudaDeviceSynchronize|cudaStreamSynchronize|cudaEventSynchronize|std::ifstream|std::fopen"
)
MAY_BLOCK = re.compile(r"^(cli/|conf/|embed/memory_plan|cpu/team\.|cpu/core_count\.|cpu/topology\.|gpu/stand_in/|gpu/stream_bridge\.|model/gguf)")
# The kernel answers these from memory.
FROM_MEMORY = re.compile(r'"/proc/self/')

MOST_LINES = 600
INCLUDE = re.compile(r'^\s*#\s*include\s*"([^"]+)"')
# A private path of somebody's machine has no place in the project.
MACHINE = re.compile(r"/(?:home|root|work|farm|Users)/[a-z]")


def tracked(*patterns: str) -> list[Path]:
    listed = subprocess.run(
        ["git", "-C", str(ROOT), "ls-files", "--cached", "--others", "--exclude-standard", *patterns],
        check=True, capture_output=True, text=True,
    ).stdout
    return [Path(line) for line in listed.splitlines() if (ROOT / line).exists()]


def left_out() -> list[str]:
    """What builds here and would be missing in a clone: sources in a room that git was never told of."""
    rooms = sorted(room for room in [*MAY_INCLUDE, "test", "examples", "bench"] if (ROOT / room).is_dir())
    listed = subprocess.run(["git", "-C", str(ROOT), "ls-files", "--others", "--exclude-standard", *rooms],
                            check=True, capture_output=True, text=True).stdout
    return [f"{line}: not in git: a clone would lack it" for line in listed.splitlines()]


def include_breaches(path: Path, lines: list[str], edges: dict[str, set[str]]) -> list[str]:
    room = path.parts[0]
    found = []
    for number, line in enumerate(lines, 1):
        match = INCLUDE.match(line)
        if not match:
            continue
        target = match.group(1)
        other = target.split("/")[0]
        if other not in MAY_INCLUDE and other not in {"test", "examples"}:
            continue
        edges.setdefault(str(path), set()).add(target)
        if room not in MAY_INCLUDE or other == room:
            continue
        if other not in MAY_INCLUDE[room]:
            found.append(f"{path}:{number}: {room} may not include {other}")
        elif room == "net" and other == "actors" and not NET_SEES_OF_ACTORS.search(target):
            found.append(f"{path}:{number}: net may include only the actors' mail, not {target}")
    return found


def cycles(edges: dict[str, set[str]]) -> list[str]:
    state: dict[str, int] = {}
    found: list[str] = []

    def visit(node: str, trail: list[str]) -> None:
        state[node] = 1
        for target in sorted(edges.get(node, ())):
            if state.get(target) == 1:
                found.append("include cycle: " + " -> ".join([*trail[trail.index(target):], target])
                             if target in trail else f"include cycle at {target}")
            elif target not in state:
                visit(target, [*trail, target])
        state[node] = 2

    for node in sorted(edges):
        if node not in state:
            visit(node, [node])
    return found


def main() -> int:
    breaches: list[str] = left_out()
    edges: dict[str, set[str]] = {}
    for path in tracked("*.cpp", "*.hpp", "*.cu", "*.cuh"):
        lines = (ROOT / path).read_text(encoding="utf-8").splitlines()
        breaches += include_breaches(path, lines, edges)
        if len(lines) > MOST_LINES:
            breaches.append(f"{path}: {len(lines)} lines, at most {MOST_LINES}: split it")
        if path.parts[0] in MAY_INCLUDE and not MAY_BLOCK.match(str(path)):
            breaches += [f"{path}:{n}: blocks: {line.strip()}" for n, line in enumerate(lines, 1)
                         if BLOCKING.search(line.split("//")[0]) and not FROM_MEMORY.search(line)]
        if path.suffix in {".hpp", ".cuh"} and "#pragma once" not in lines:
            breaches.append(f"{path}: no #pragma once")
    breaches += cycles({k: v for k, v in edges.items() if k.split("/")[0] in MAY_INCLUDE})
    for path in tracked():
        if path == Path(__file__).resolve().relative_to(ROOT) or path.suffix in {".json", ".txt"}:
            continue
        try:
            text = (ROOT / path).read_text(encoding="utf-8")
        except UnicodeDecodeError:
            breaches.append(f"{path}: not a text file")
            continue
        breaches += [f"{path}:{n}: a path of one machine: {line.strip()}" for n, line in enumerate(text.splitlines(), 1)
                     if MACHINE.search(line)]
    print("\n".join(breaches) or "the house is in order")
    return 1 if breaches else 0


if __name__ == "__main__":
    sys.exit(main())
