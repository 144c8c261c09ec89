#!/usr/bin/env python3
"""Hold tokenizer_probe against the reference tokenizers on random texts; prints the shortest text that differs, exit 1.

Usage: compare_tokenizers.py PROBE [--seed N] [--count N] [--families] [GGUF ...]

--families checks each pre-tokenizer with a made-up vocabulary in which any two bytes merge, in a random order: nearly
every cut in another place gives other tokens. Files are checked with their own vocabulary and special tokens.
Without --seed each run takes a new one, and says which.
"""

import argparse
import json
import os
import random
import secrets
import struct
import subprocess
import sys
import tempfile

import gguf
from random_texts import fixed_texts, random_texts, some_part
from reference_tokenizers import Vocabulary, byte_pair_reference, sentence_piece_reference
from tokenizer_families import FAMILIES, pre_tokenizer
from tokenizers import Tokenizer, models
from tokenizers.pre_tokenizers import ByteLevel


def probed(probe, path, texts, *flags):
    data = b"".join(struct.pack("<I", len(t.encode())) + t.encode() for t in texts)
    run = subprocess.run([probe, path, *flags], input=data, capture_output=True, check=True)
    return [json.loads(line)["ids"] for line in run.stdout.splitlines()]


def differences(name, texts, found, reference):
    wrong = [(t, f, r) for t, f, r in ((t, f, reference(t)) for t, f in zip(texts, found)) if f != r]
    print(f"{name}: {len(texts)} texts, {len(wrong)} differ")
    if wrong:
        text, ours, theirs = min(wrong, key=lambda w: len(w[0]))
        print(f"  {ascii(text)}\n  hawser    {ours}\n  reference {theirs}")
    return len(wrong)


def write_sharp(path):
    """The vocabulary in which any two bytes merge, as a file and as the reference without a pre-tokenizer."""
    letters = sorted(ByteLevel.alphabet())
    pairs = [(a, b) for a in letters for b in letters]
    random.Random(5).shuffle(pairs)
    tokens = letters + [a + b for a, b in pairs]
    out = gguf.GGUFWriter(path, "llama")
    out.add_tokenizer_model("gpt2")
    out.add_tokenizer_pre("?")
    out.add_token_list(tokens)
    out.add_token_merges([f"{a} {b}" for a, b in pairs])
    out.write_header_to_file()
    out.write_kv_data_to_file()
    out.close()
    return Tokenizer(models.BPE({t: i for i, t in enumerate(tokens)}, pairs))


def renamed(file, name):
    """The file's bytes with another tokenizer.ggml.pre."""
    key = b"tokenizer.ggml.pre" + struct.pack("<I", 8)  # a string
    return file.replace(key + struct.pack("<Q", 1) + b"?", key + struct.pack("<Q", len(name)) + name.encode())


def check_families(probe, texts):
    wrong = 0
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "sharp.gguf")
        reference = write_sharp(path)
        with open(path, "rb") as made:
            file = made.read()
        for name in FAMILIES:
            with open(path, "wb") as out:
                out.write(renamed(file, name))
            reference.pre_tokenizer = pre_tokenizer(name)
            found = probed(probe, path, texts, "--no-special")
            wrong += differences(name, texts, found, lambda text: reference.encode(text).ids)
    return wrong


def check_file(probe, path, texts, seed):
    words = Vocabulary(path)
    if words.get("model") == "llama":
        found = probed(probe, path, texts, "--no-special", "--no-parse")
        return differences(os.path.basename(path), texts, found, sentence_piece_reference(path))
    r = random.Random(seed)
    special = words.special_texts() or [""]
    texts = texts + [
        "".join(r.choice(special)[: r.choice([99, 99, 4])] if r.random() < 0.4 else some_part(r) for _ in range(8))
        for _ in range(len(texts) // 4)
    ]
    wrong = 0
    for parse, flags in ((True, ["--no-special"]), (False, ["--no-special", "--no-parse"])):
        found = probed(probe, path, texts, *flags)
        wrong += differences(os.path.basename(path), texts, found, byte_pair_reference(path, parse))
    return wrong


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("probe")
    parser.add_argument("files", nargs="*")
    parser.add_argument("--seed", type=int, default=secrets.randbelow(2**31))
    parser.add_argument("--count", type=int, default=500)
    parser.add_argument("--families", action="store_true")
    options = parser.parse_intermixed_args()
    print(f"seed {options.seed}")
    texts = fixed_texts() + random_texts(options.seed, options.count)
    wrong = check_families(options.probe, texts) if options.families else 0
    for path in options.files:
        wrong += check_file(options.probe, path, texts, options.seed)
    sys.exit(1 if wrong else 0)


main()
