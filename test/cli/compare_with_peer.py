#!/usr/bin/env python3
"""Compares hawser with a llama.cpp build on the same model file, in the same run: tokens, greedy continuations,
perplexity, speed. Not part of the tests: the peer is not installed there.

    test/cli/compare_with_peer.py --peer DIR [--build build/release] [--model FILE] [--only tokenize,generate,...]

DIR holds the peer's programs (llama-tokenize, llama-server, llama-perplexity, llama-batched-bench). Speeds are medians of
`--runs`, with hawser and the peer taking turns. Prints a table, then one JSON object."""

import argparse
import json
import os
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path

TEXTS = [
    "The capital of France is",
    "Once upon a time, in a harbour town,",
    "def fibonacci(n):\n",
    "Die Hauptstadt von Deutschland ist",
    "1 + 1 = 2, 2 + 2 = 4, 3 + 3 =",
    "测试一下这个模型",
    "Ünïcödé — “quotes”, emoji 🙂🙃, tabs\tand   spaces",
    "<|im_start|>user\nSay hi<|im_end|>\n<|im_start|>assistant\n",
]


TOP = 8  # alternatives that are asked for
# Both round activations to 8 bits, each in its own way: logprobs of a pair of tokens differ by some tenths. Where answers part
# by more, one of the two is wrong.
NEAR_TIE = 0.5


def disagreement(ours: dict[int, float], theirs: dict[int, float], our_choice: int, their_choice: int) -> float:
    """How differently the two see the gap between the tokens that they chose; infinite when one is not among the other's best."""
    lowest = float("-inf")
    return (ours[our_choice] - ours.get(their_choice, lowest)) + (theirs[their_choice] - theirs.get(our_choice, lowest))


def output_of(*command: object) -> str:
    return subprocess.run([*map(str, command)], check=True, capture_output=True).stdout.decode(errors="replace")


class Comparison:
    def __init__(self, args: argparse.Namespace) -> None:
        self.args = args
        self.hawser = args.build / "hawser"
        self.rows: list[tuple[str, float, float]] = []
        self.checks: list[tuple[str, bool, str]] = []

    def peer(self, name: str) -> Path:
        return self.args.peer / name

    def speed(self, name: str, ours: float, theirs: float) -> None:
        self.rows.append((name, ours, theirs))

    def check(self, name: str, passed: bool, note: str = "") -> None:
        self.checks.append((name, passed, note))

    def tokenize(self) -> None:
        same = 0
        for text in TEXTS:
            ours = json.loads(output_of(self.hawser, "tokenize", self.args.model, "-p", text))
            theirs = json.loads(output_of(self.peer("llama-tokenize"), "-m", self.args.model, "-p", text, "--ids",
                                          "--no-escape", "--log-disable"))
            same += ours == theirs
            if ours != theirs:
                print(f"tokens differ on {text!r}: {ours} and {theirs}", file=sys.stderr)
        self.check("same tokens", same == len(TEXTS), f"{same} of {len(TEXTS)} texts")

    def generate(self) -> None:
        with socket.socket() as s:
            s.bind(("127.0.0.1", 0))
            port = s.getsockname()[1]
        server = subprocess.Popen(
            [self.peer("llama-server"), "-m", self.args.model, "--port", str(port), "-t", str(self.args.threads), "-c", "2048"],
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            self.wait_for(f"http://127.0.0.1:{port}/health")
            same, worst, apart = 0, 0.0, 0.0
            for text in TEXTS:
                ours = json.loads(output_of(self.hawser, "generate", self.args.model, "-p", text, "--max-tokens", self.args.tokens,
                                            "--json", "--logprobs", TOP, "--threads", self.args.threads))
                ids, logprobs, tops = self.peer_answer(port, text)
                length = min(len(ids), len(ours["ids"]))
                agree = next((i for i in range(length) if ids[i] != ours["ids"][i]), length)
                same += agree == length
                mine = [one["logprob"] for one in ours["logprobs"]]
                worst = max([worst, *(abs(a - b) for a, b in zip(mine[:agree], logprobs[:agree], strict=True))])
                if agree < length:
                    mine_first = {one["id"]: one["logprob"] for one in ours["logprobs"][agree]["top"]}
                    gap = disagreement(mine_first, tops[agree], ours["ids"][agree], ids[agree])
                    apart = max(apart, gap)
                    print(f"answers to {text!r} part at token {agree} of {length}: {gap:.3f} apart", file=sys.stderr)
            self.check("greedy answers part at near ties only", apart < NEAR_TIE,
                       f"{same} of {len(TEXTS)} prompts alike, {self.args.tokens} tokens each; where they part, at most {apart:.3f}")
            self.check("logprobs of the same tokens", worst < 0.5, f"largest difference {worst:.3f}")
        finally:
            server.kill()
            server.wait()

    @staticmethod
    def wait_for(url: str) -> None:
        for _ in range(600):
            try:
                with urllib.request.urlopen(url, timeout=2):
                    return
            except OSError:
                time.sleep(0.1)
        raise SystemExit(f"{url} did not answer")

    def peer_answer(self, port: int, text: str) -> tuple[list[int], list[float], list[dict[int, float]]]:
        body = {"prompt": text, "n_predict": self.args.tokens, "temperature": 0, "n_probs": TOP, "return_tokens": True,
                "cache_prompt": False}
        request = urllib.request.Request(f"http://127.0.0.1:{port}/completion", json.dumps(body).encode(),
                                         {"content-type": "application/json"})
        with urllib.request.urlopen(request, timeout=600) as answer:
            got = json.load(answer)
        chosen = got["completion_probabilities"]
        tops = [{top["id"]: top["logprob"] for top in one["top_logprobs"]} for one in chosen]
        return [one["id"] for one in chosen], [one["logprob"] for one in chosen], tops

    def perplexity(self) -> None:
        text = self.args.text
        ours = output_of(self.hawser, "perplexity", self.args.model, "--file", text, "--context", 512, "--threads",
                         self.args.threads, "--chunks", self.args.chunks)
        theirs = subprocess.run([self.peer("llama-perplexity"), "-m", self.args.model, "-f", text, "-c", "512", "-t",
                                 str(self.args.threads), "--chunks", str(self.args.chunks)], check=True, capture_output=True)
        said = (theirs.stdout + theirs.stderr).decode(errors="replace")
        mine = float(ours.split()[-1])
        other = float(said.split("Final estimate: PPL = ")[1].split()[0])
        self.check("perplexity within 0.5 %", abs(mine / other - 1) < 0.005,
                   f"{mine:.4f} and {other:.4f}: {100 * (mine / other - 1):+.2f} %")

    def bench(self) -> None:
        batches = [int(b) for b in self.args.batch.split(",")]
        ours: dict[tuple[int, str], list[float]] = {}
        theirs: dict[tuple[int, str], list[float]] = {}
        context = max(batches) * (self.args.prompt + self.args.generate)
        for _ in range(self.args.runs):
            got = json.loads(output_of(self.hawser, "bench", self.args.model, "--prompt", self.args.prompt, "--generate",
                                       self.args.generate, "--batch", self.args.batch, "--threads", self.args.threads, "--json"))
            for one in got["results"]:
                ours.setdefault((one["batch"], "prefill"), []).append(one["prefill_tokens_per_second"])
                ours.setdefault((one["batch"], "decode"), []).append(one["decode_tokens_per_second"])
            lines = output_of(self.peer("llama-batched-bench"), "-m", self.args.model, "-c", context, "-b", 2048, "-ub", 512,
                              "-npp", self.args.prompt, "-ntg", self.args.generate, "-npl", self.args.batch, "-t",
                              self.args.threads, "--output-format", "jsonl")
            for one in (json.loads(line) for line in lines.splitlines() if line.startswith("{")):
                theirs.setdefault((one["pl"], "prefill"), []).append(one["speed_pp"])
                theirs.setdefault((one["pl"], "decode"), []).append(one["speed_tg"])
        for key, values in ours.items():
            self.speed(f"{key[1]}, batch {key[0]}", statistics.median(values), statistics.median(theirs[key]))

    def report(self) -> int:
        if self.rows:
            print(f"\n{'tokens/s':24} {'hawser':>10} {'peer':>10} {'ratio':>7}")
            for name, ours, theirs in self.rows:
                print(f"{name:24} {ours:10.1f} {theirs:10.1f} {ours / theirs:7.2f}")
            print()
        for name, passed, note in self.checks:
            print(f"{'yes' if passed else 'NO ':4} {name}: {note}")
        print(json.dumps({
            "model": self.args.model.name,
            "threads": self.args.threads,
            "speeds": [{"what": n, "hawser": a, "peer": b, "ratio": a / b} for n, a, b in self.rows],
            "checks": [{"what": n, "passed": p, "note": t} for n, p, t in self.checks],
        }))
        return 0 if all(passed for _, passed, _ in self.checks) else 1


def main() -> int:
    root = Path(__file__).resolve().parents[2]
    models = Path(os.environ.get("HAWSER_MODELS", Path.home() / ".cache/hawser/models"))
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--peer", type=Path, required=True, help="folder of the peer's programs")
    parser.add_argument("--build", type=Path, default=root / "build" / "release")
    parser.add_argument("--model", type=Path, default=models / "SmolLM2-135M-Instruct.Q4_1.gguf")
    parser.add_argument("--only", default="tokenize,generate,perplexity,bench")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--tokens", type=int, default=48, help="length of the greedy answers")
    parser.add_argument("--text", type=Path, help="for the perplexity; left out: the project's own pages")
    parser.add_argument("--chunks", type=int, default=0, help="windows of the perplexity; 0: all")
    parser.add_argument("--batch", default="1,8,32")
    parser.add_argument("--prompt", type=int, default=512)
    parser.add_argument("--generate", type=int, default=64)
    parser.add_argument("--runs", type=int, default=3)
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        if args.text is None:
            args.text = Path(folder) / "text"
            pages = [root / "README.md", root / "ARCHITECTURE.md", *sorted((root / "docs").glob("*.md"))]
            args.text.write_text("\n".join(page.read_text() for page in pages))
        args.chunks = args.chunks or 1 << 20
        comparison = Comparison(args)
        for part in args.only.split(","):
            getattr(comparison, part)()
    return comparison.report()


if __name__ == "__main__":
    sys.exit(main())
