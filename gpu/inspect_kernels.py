#!/usr/bin/env python3
"""Compiles the kernels for devices and holds the machine code against gpu/kernels/rules.toml (what must and must not be in it) and
gpu/kernels/inspected.txt (registers, shared memory and telling instructions of each kernel; --write makes it anew). Exits with 77 where
there is no compiler or no disassembler, which gpu/requirements.txt names."""

import argparse
import difflib
import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
import sysconfig
import tempfile
import tomllib
from collections import Counter, defaultdict
from pathlib import Path

ROOM = Path(__file__).resolve().parent
TABLE = ROOM / "kernels" / "inspected.txt"
RULES = ROOM / "kernels" / "rules.toml"
RELEASE = ("75", "80", "86", "89", "90", "100", "120")
SKIPPED = 77

# kernel -> architecture -> {"registers", "stack", "shared", "code": {instruction: times}}
Facts = dict[str, dict[str, dict]]


def tool(name: str) -> str | None:
    wheel = Path(sysconfig.get_path("purelib"), "nvidia", "cu13", "bin")
    return shutil.which(name) or shutil.which(name, path=str(wheel)) or shutil.which(name, path="/usr/local/cuda/bin")


def read_resources(text: str, facts: Facts) -> None:
    architecture = kernel = ""
    for line in text.splitlines():
        if m := re.match(r"arch = sm_(\d+)", line):
            architecture = m[1]
        elif m := re.match(r" Function (\w+):", line):
            kernel = m[1]
        elif m := re.match(r"  REG:(\d+) STACK:(\d+) SHARED:(\d+) LOCAL:(\d+)", line):
            registers, stack, shared, local = map(int, m.groups())
            facts[kernel][architecture] = {"registers": registers, "stack": stack + local, "shared": shared, "code": Counter()}


def read_code(lines, facts: Facts) -> None:
    architecture = kernel = ""
    instruction = re.compile(r"\s+/\*[0-9a-f]{4,}\*/\s+(?:@!?U?P\w+\s+)?([A-Z][\w.]*)")
    for line in lines:
        if m := instruction.match(line):
            facts[kernel][architecture]["code"][m[1]] += 1
        elif m := re.match(r"\s+Function : (\w+)", line):
            kernel = m[1]
        elif m := re.match(r"\s+code for sm_(\d+)", line):
            architecture = m[1]


def inspect(image: Path) -> Facts:
    disassembler, folder = tool("cuobjdump"), str(Path(tool("nvdisasm")).parent)
    environment = os.environ | {"PATH": folder + os.pathsep + os.environ["PATH"]}
    facts: Facts = defaultdict(dict)
    resources = subprocess.run([disassembler, "--dump-resource-usage", image], check=True, capture_output=True, text=True, env=environment)
    read_resources(resources.stdout, facts)
    with subprocess.Popen([disassembler, "-sass", image], stdout=subprocess.PIPE, text=True, env=environment) as dump:
        read_code(dump.stdout, facts)
    if dump.returncode != 0:
        sys.exit(f"{disassembler} -sass failed with {dump.returncode}")
    return dict(facts)


def matches(instruction: str, pattern: str) -> bool:
    """LDG.128 stands for LDG.E.128.SYS and the like: the first part, then the others in order."""
    parts, wanted = instruction.split("."), pattern.split(".")
    rest = iter(parts)
    return parts[0] == wanted[0] and all(part in rest for part in wanted)


def times(code: dict[str, int], pattern: str) -> int:
    return sum(n for instruction, n in code.items() if matches(instruction, pattern))


def break_rules(facts: Facts, rules: dict) -> list[str]:
    """A sentence for each rule that a kernel breaks, and for each that speaks of no kernel."""
    broken = []
    for rule in rules["rule"]:
        named = [kernel for kernel in facts if re.fullmatch(rule["kernels"], kernel)]
        if not named:
            broken.append(f"no kernel is called {rule['kernels']}")
        for kernel in named:
            for architecture, fact in facts[kernel].items():
                who = f"{kernel}, sm_{architecture}:"
                if not rule.get("from", 0) <= int(architecture) <= rule.get("to", 1000):
                    continue
                broken += [f"{who} needs {p}, has none" for p in rule.get("needs", []) if times(fact["code"], p) == 0]
                broken += [f"{who} has {p} {n} times" for p in rule.get("never", []) if (n := times(fact["code"], p))]
                broken += [f"{who} {what} {fact[what]} is more than {rule[what]}" for what in ("registers", "stack", "shared")
                           if fact[what] > rule.get(what, fact[what])]
    return broken


def render(facts: Facts, telling: list[str], compiler: str) -> str:
    def for_each(of) -> str:
        numbers = [str(of(facts[kernel][a])) if a in facts[kernel] else "-" for a in RELEASE]
        return numbers[0] if len(set(numbers)) == 1 else "/".join(numbers)

    lines = [f"# Compiled by nvcc {compiler} for sm_{' '.join(RELEASE)}: one number for all of them, or one for each.",
             "# Made by gpu/inspect_kernels.py --write"]
    for kernel in sorted(facts):
        said = {name: for_each(lambda f, n=name: f[n]) for name in ("registers", "shared")}
        said |= {p: for_each(lambda f, p=p: times(f["code"], p)) for p in telling}
        lines.append(" ".join([kernel, *(f"{name} {numbers}" for name, numbers in said.items() if numbers != "0")]))
    return "\n".join(lines) + "\n"


def compiled(cache: Path, architectures: tuple[str, ...], compiler: str) -> Facts:
    """Facts of this very text, compiler and list of devices, from the cache where they are there."""
    texts = sorted((ROOM / "kernels").glob("*.[ch]*")) + [ROOM / "compile_kernels.sh", Path(__file__)]
    digest = hashlib.sha256(f"{compiler} {architectures}".encode())
    for text in texts:
        digest.update(text.read_bytes())
    kept = cache / f"kernels-{digest.hexdigest()[:20]}.json"
    if kept.exists():
        return json.loads(kept.read_text(encoding="utf-8"))
    with tempfile.TemporaryDirectory() as folder:
        image = Path(folder, "kernels.fatbin")
        subprocess.run([ROOM / "compile_kernels.sh", image], check=True)
        facts = inspect(image)
    cache.mkdir(parents=True, exist_ok=True)
    for old in cache.glob("kernels-*.json"):
        old.unlink()
    kept.write_text(json.dumps(facts), encoding="utf-8")
    return facts


def main() -> int:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--write", action="store_true", help="write the table instead of comparing it")
    arguments.add_argument("--cache", type=Path, default=ROOM.parent / "build" / "kernel-facts", help="folder for what was found")
    asked = arguments.parse_args()
    compiler = os.environ.get("NVCC") or tool("nvcc")
    for name, found in (("nvcc", compiler), ("cuobjdump", tool("cuobjdump")), ("nvdisasm", tool("nvdisasm"))):
        if not found:
            print(f"not inspected: there is no {name}; pip install -r gpu/requirements.txt brings it")
            return SKIPPED
    os.environ["NVCC"] = compiler
    version = re.search(r"V([\d.]+)", subprocess.run([compiler, "--version"], check=True, capture_output=True, text=True).stdout)[1]
    architectures = tuple(os.environ.get("HAWSER_CUDA_ARCHITECTURES", "").split()) or RELEASE
    try:
        facts = compiled(asked.cache, architectures, version)
    except subprocess.CalledProcessError as e:
        print(f"{e.cmd[0]} failed: a warning, a spill or local memory, see above")
        return 1
    rules = tomllib.loads(RULES.read_text(encoding="utf-8"))
    broken = break_rules(facts, rules)
    print(*broken, sep="\n", end="\n" if broken else "")
    now = render(facts, rules["telling"], version)
    before = TABLE.read_text(encoding="utf-8") if TABLE.exists() else ""
    if architectures != RELEASE or (before and not asked.write and f" nvcc {version} " not in before):
        print(f"nvcc {version}, {' '.join(architectures)}: the table speaks of others and was not compared")
    elif asked.write:
        TABLE.write_text(now, encoding="utf-8")
    elif now != before:
        print(*difflib.unified_diff(before.splitlines(), now.splitlines(), "inspected.txt", "now", lineterm="", n=0), sep="\n")
        print("If that is meant: gpu/inspect_kernels.py --write")
        return 1
    print(f"{len(facts)} kernels for {len(architectures)} architectures, nvcc {version}: {len(broken)} rules broken")
    return 1 if broken else 0


if __name__ == "__main__":
    sys.exit(main())
