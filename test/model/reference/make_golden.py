"""Makes test/model/golden/: what the reference forward pass (forward.py) answers, for the tests of every backend.

    python3 test/model/reference/make_golden.py [tiny] [real]

golden/tiny_models.json: {"models": [...]}, random models that the test makes itself (tiny_model.hpp), each
    name, spec     the fields of tiny_spec (those that are missing have its defaults; types by name)
    file           FNV-1a (64 bits, hexadecimal) of the file's bytes: the C++ makes the same ones
    prompt         token ids
    logits         {position in the prompt: [vocabulary values]}
    embedding      mean over the prompt of the final normed hidden state [width], not normalised
    last_state     that of the prompt's last token [width]
    greedy         tokens that follow the prompt, each the largest logit
    gaps           for each of them, how far its logit is above the second best

golden/NAME.json for a real model, found in $HAWSER_MODELS or ~/.cache/hawser/models
{"file": its name, "cases": [...]}, each
    text, prompt   what the prompt says, and its token ids
    top            {position: [[id, log-probability] x 20, best first]}
    score          log-probability of prompt[i + 1] after prompt[0 .. i]
    mean, last     of the final normed hidden states: over the prompt, and of its last token [width]
    greedy, gaps   as above

A backend that computes with int8 activations differs by its own rounding: compare logits with a tolerance, and demand a greedy
token where its gap is larger than that.
"""

import json
import os
import pathlib
import sys
import tempfile

import numpy as np

import forward
import tiny_model

GOLDEN = pathlib.Path(__file__).resolve().parent.parent / "golden"

TEXT = b"the hawser holds the ship and the wind is in the sails"
PROMPT = [1, *(tiny_model.FIRST_BYTE + b for b in TEXT[:22]), 259, 2, 262, 290, 36]

TINY = {
    "llama": {"layers": 3, "rope_factors": True, "tied": False, "types": ["Q4_1", "Q8_0", "F32"], "seed": 11},
    "llama, one kv head for each": {"kv_heads": 4, "types": ["F32"], "seed": 12},
    "llama with a window": {"window": 8, "rope_factor": 2.0, "types": ["Q4_0", "F16"], "seed": 13},
    "llama, K types": {
        "width": 256, "heads": 4, "head_dim": 64, "feed_forward": 256,
        "types": ["Q4_K", "Q5_K", "Q6_K"], "seed": 14,
    },  # fmt: skip
    "qwen2": {
        "family": "qwen2", "width": 96, "heads": 6, "feed_forward": 160, "rope_base": 1e6,
        "types": ["Q5_0", "Q5_1", "BF16"], "seed": 15,
    },  # fmt: skip
    "qwen3": {
        "family": "qwen3", "kv_heads": 1, "head_dim": 32, "rope_base": 1e6, "tied": False,
        "types": ["Q8_0", "Q4_0"], "seed": 16,
    },  # fmt: skip
    "gemma3": {
        "family": "gemma3", "layers": 7, "kv_heads": 1, "head_dim": 32, "feed_forward": 96, "window": 8,
        "rope_base": 1e6, "rope_factor": 8.0, "logit_soft_cap": 3.0, "types": ["Q8_0", "Q5_0"], "seed": 17,
    },  # fmt: skip
    "gemma3, K types": {
        "family": "gemma3", "layers": 6, "width": 256, "kv_heads": 2, "head_dim": 64, "feed_forward": 256, "window": 6,
        "rope_base": 1e6, "types": ["Q6_K", "Q4_K", "Q8_0"], "seed": 18,
    },  # fmt: skip
}

ROPE = "A hawser is a thick rope that is used to"
COUNT = "1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16"  # what follows is clear: every gap is large

GEMMA_DIGITS = [236771, 236770, 236778, 236800, 236812, 236810, 236825, 236832, 236828, 236819]


def counted(digits, space, first=()):
    """The tokens of COUNT where each character is one."""
    return [*first, *(space if c == " " else digits[int(c)] for c in COUNT)]


REAL = {
    "smollm2-135m-q4_1": {
        "file": "SmolLM2-135M-Instruct.Q4_1.gguf",
        "cases": [
            {"text": ROPE, "prompt": [49, 22443, 3761, 314, 253, 4943, 18606, 338, 314, 804, 288]},
            {"text": COUNT, "prompt": counted(range(32, 42), 216)},
        ],
    },
    "gemma-3-270m-q4_k_m": {
        "file": "gemma-3-270m-q4_k_m.gguf",
        "cases": [
            {"text": ROPE, "prompt": [2, 236776, 41934, 1347, 563, 496, 7497, 25516, 600, 563, 1456, 531]},
            {"text": COUNT, "prompt": counted(GEMMA_DIGITS, 236743, [2])},
        ],
    },
}


def short(values, digits=7):
    return [float(f"{v:.{digits}g}") for v in np.asarray(values).ravel()]


def greedy(model, logits, count):
    """Continues after `logits`; the tokens and their gaps."""
    tokens, gaps = [], []
    for _ in range(count):
        second, first = np.argpartition(logits, -2)[-2:]
        tokens.append(int(first))
        gaps.append(logits[first] - logits[second])
        logits = model.logits(model.run([int(first)]))[0]
    return tokens, short(gaps, 4)


def tiny_golden(name, spec):
    data = tiny_model.make_tiny_model(spec)
    with tempfile.NamedTemporaryFile(suffix=".gguf") as file:
        file.write(data)
        file.flush()
        model = forward.Model(file.name)
        hidden = model.run(PROMPT)
        logits = model.logits(hidden)
        positions = [0, 11, len(PROMPT) - 1]
        tokens, gaps = greedy(model, logits[-1], 16)
    return {
        "name": name,
        "spec": spec,
        "file": f"{tiny_model.fnv1a(data):016x}",
        "prompt": PROMPT,
        "logits": {str(p): short(logits[p]) for p in positions},
        "embedding": short(hidden.mean(axis=0)),
        "last_state": short(hidden[-1]),
        "greedy": tokens,
        "gaps": gaps,
    }


def real_golden(path, case):
    model = forward.Model(path)
    prompt = case["prompt"]
    hidden = model.run(prompt)
    logits = model.logits(hidden)
    logprobs = forward.log_softmax(logits)
    top = {}
    for position in (0, len(prompt) // 2, len(prompt) - 1):
        best = np.argsort(-logprobs[position])[:20]
        top[str(position)] = [[int(i), float(f"{logprobs[position, i]:.7g}")] for i in best]
    score = [logprobs[i, prompt[i + 1]] for i in range(len(prompt) - 1)]
    tokens, gaps = greedy(model, logits[-1], 24)
    pooled = {"mean": short(hidden.mean(axis=0), 5), "last": short(hidden[-1], 5)}
    return {**case, "top": top, "score": short(score), **pooled, "greedy": tokens, "gaps": gaps}


def real_goldens(model):
    folder = os.environ.get("HAWSER_MODELS") or os.path.expanduser("~/.cache/hawser/models")
    path = os.path.join(folder, model["file"])
    return {"file": model["file"], "cases": [real_golden(path, case) for case in model["cases"]]}


def write(name, value):
    GOLDEN.mkdir(exist_ok=True)
    text = json.dumps(value, separators=(",", ":"), ensure_ascii=False)
    (GOLDEN / f"{name}.json").write_text(text.replace('},{"name"', '},\n{"name"') + "\n", encoding="utf-8")


def main():
    wanted = sys.argv[1:] or ["tiny", "real"]
    if "tiny" in wanted:
        write("tiny_models", {"models": [tiny_golden(name, spec) for name, spec in TINY.items()]})
    if "real" in wanted:
        for name, case in REAL.items():
            write(name, real_goldens(case))


if __name__ == "__main__":
    main()
