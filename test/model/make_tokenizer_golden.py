#!/usr/bin/env python3
"""Write what the reference tokenizers make of hard texts, for the C++ tests.

data/pre_tokenizers.json: the lengths in bytes of the pieces that each family of pre-tokenizers cuts (`tokenizers`).
data/tokenizer_smollm2.json, data/tokenizer_gemma3.json: tokens of the two real models (`tokenizers`, `sentencepiece`).

Usage: make_tokenizer_golden.py [folder of the models]
"""

import json
import os
import sys

from random_texts import fixed_texts, random_texts
from reference_tokenizers import byte_pair_reference, sentence_piece_reference
from tokenizer_families import FAMILIES, pieces

HERE = os.path.dirname(os.path.abspath(__file__))
MODELS = sys.argv[1] if len(sys.argv) > 1 else os.path.expanduser("~/.cache/hawser/models")


def write(name, value):
    with open(os.path.join(HERE, "data", name), "w", encoding="ascii") as out:
        json.dump(value, out, separators=(",", ":"))
        out.write("\n")


def write_pre_tokenizers():
    texts = [t for t in fixed_texts() if t and len(t) < 120] + random_texts(20, 40)
    families = {}
    for name in FAMILIES:
        families[name] = [[len(p.encode()) for p in pieces(name, text)] for text in texts]
    # Families that cut alike are written once.
    first = {}
    same = {}
    for name, lengths in families.items():
        key = json.dumps(lengths)
        if key in first:
            same[name] = first[key]
        else:
            first[key] = name
    cuts = {name: families[name] for name in families if name not in same}
    write("pre_tokenizers.json", {"texts": texts, "cuts": cuts, "same": same})


def write_model(name, texts, reference):
    write(name, [{"text": text, "ids": reference(text)} for text in texts])


def main():
    write_pre_tokenizers()
    texts = fixed_texts() + random_texts(30, 120)
    write_model("tokenizer_smollm2.json", texts, byte_pair_reference(f"{MODELS}/SmolLM2-135M-Instruct.Q4_1.gguf"))
    write_model("tokenizer_gemma3.json", texts, sentence_piece_reference(f"{MODELS}/gemma-3-270m-q4_k_m.gguf"))


main()
