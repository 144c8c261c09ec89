#!/usr/bin/env python3
"""Writes data/sampling.json: small sampling problems and what a plain, sorting reference chooses for them.

The reference follows model/sampling.hpp word by word in double precision, with its own Philox4x32-10.
"""
import json
import math
import pathlib
import random


def philox(key, counter):
    k0, k1 = key
    c = list(counter)
    for _ in range(10):
        a, b = 0xD2511F53 * c[0], 0xCD9E8D57 * c[2]
        c = [(b >> 32) ^ c[1] ^ k0, b & 0xFFFFFFFF, (a >> 32) ^ c[3] ^ k1, a & 0xFFFFFFFF]
        k0, k1 = (k0 + 0x9E3779B9) & 0xFFFFFFFF, (k1 + 0xBB67AE85) & 0xFFFFFFFF
    return c


def uniform(seed, draw):
    w = philox((seed & 0xFFFFFFFF, seed >> 32), (draw & 0xFFFFFFFF, draw >> 32, 0, 0))
    return ((w[1] << 32 | w[0]) >> 11) / 2.0**53


def choose(case):
    x = list(case["logits"])
    p = case["params"]
    for token, bias in p["logit_bias"]:
        x[token] += bias
    rep = p["repetition_penalty"]
    for token in set(case["prompt"]) | set(case["answer"]):
        x[token] = x[token] / rep if x[token] > 0 else x[token] * rep
    for token in set(case["answer"]):
        x[token] -= p["presence_penalty"] + p["frequency_penalty"] * case["answer"].count(token)
    top = max(x)
    log_sum = top + math.log(sum(math.exp(v - top) for v in x))
    logprobs = [v - log_sum for v in x]
    order = sorted((i for i in range(len(x)) if i not in case["banned"]), key=lambda i: (-x[i], i))
    if p["temperature"] == 0:
        return order[0], logprobs, order[:1]
    if p["top_k"] > 0:
        order = order[: p["top_k"]]
    w = {i: math.exp((x[i] - x[order[0]]) / p["temperature"]) for i in order}
    total, kept, mass = sum(w.values()), [], 0.0
    for i in order:
        kept.append(i)
        mass += w[i]
        if mass >= p["top_p"] * total:
            break
    kept = sorted(i for i in kept if w[i] >= p["min_p"])
    target, running = uniform(p["seed"], case["draw"]) * sum(w[i] for i in kept), 0.0
    for i in kept:
        running += w[i]
        if running > target:
            return i, logprobs, kept
    return kept[-1], logprobs, kept


def main():
    rng = random.Random(20)
    cases = []
    for _ in range(160):
        n = rng.choice([5, 17, 40])
        some = lambda most: [rng.randrange(n) for _ in range(rng.randrange(most))]
        params = {
            "temperature": rng.choice([0, 0.3, 0.7, 1.0, 1.7]),
            "top_k": rng.choice([0, 0, 1, 3, 12, 100]),
            "top_p": rng.choice([1.0, 1.0, 0.95, 0.5, 0.0]),
            "min_p": rng.choice([0.0, 0.0, 0.05, 0.4]),
            "repetition_penalty": rng.choice([1.0, 1.0, 1.3, 0.8]),
            "presence_penalty": rng.choice([0.0, 0.0, 0.7, -0.5]),
            "frequency_penalty": rng.choice([0.0, 0.0, 0.25, -0.1]),
            "logit_bias": [[t, rng.choice([-100.0, -2.5, 1.25, 4.0])] for t in some(4)],
            "seed": rng.randrange(2**63),
        }
        case = {
            "logits": [round(rng.gauss(0, 2.5), 3) for _ in range(n)],
            "prompt": some(8),
            "answer": some(6),
            "banned": sorted(set(some(6)) - {0}),
            "draw": rng.randrange(1000),
            "params": params,
        }
        token, logprobs, _ = choose(case)
        case["want"] = {"token": token, "logprobs": [round(v, 5) for v in logprobs]}
        cases.append(case)
    numbers = [[s, d, uniform(s, d)] for s, d in [(0, 0), (0, 1), (1, 0), (2**64 - 1, 2**64 - 1), (42, 2**40)]]
    out = pathlib.Path(__file__).parent / "data" / "sampling.json"
    lines = ",\n".join(json.dumps(c, separators=(",", ":")) for c in cases)
    out.write_text('{"uniform":' + json.dumps(numbers) + ',\n"cases":[\n' + lines + "\n]}\n")


if __name__ == "__main__":
    main()
