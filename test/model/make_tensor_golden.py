"""Makes data/tensors.json: what the Python package `gguf` makes of blocks of each tensor type, and of floats to quantize.

    python3 test/model/make_tensor_golden.py

{"dequantize": [{"type", "bytes", "floats"}], "quantize": [{"type", "floats", "bytes"}]}, all in hexadecimal as they lie in memory.
"""

import json
import pathlib

import gguf
import numpy as np

# type: offsets of its halves
BLOCKS = {
    "F32": [],
    "F16": [],
    "BF16": [],
    "Q8_0": [0],
    "Q4_0": [0],
    "Q4_1": [0, 2],
    "Q5_0": [0],
    "Q5_1": [0, 2],
    "Q4_K": [0, 2],
    "Q5_K": [0, 2],
    "Q6_K": [208],
}


def random_blocks(kind, chance):
    """Blocks of random bits whose floats and halves are finite: ordinary, tiny (subnormal) and negative scales, and one of zeros."""
    values, size = gguf.GGML_QUANT_SIZES[gguf.GGMLQuantizationType[kind]]
    if values == 1:
        numbers = np.concatenate([chance.normal(size=28), [0.0, -0.0, 1e-6, -6e4]]).astype(np.float32)
        return gguf.quants.quantize(numbers.reshape(1, -1), gguf.GGMLQuantizationType[kind]).view(np.uint8)
    blocks = chance.integers(0, 256, (4, size), dtype=np.uint8)
    for at in BLOCKS[kind]:
        halves = np.array([0.0123, -0.25, 3e-7, 0.0], np.float16) * chance.uniform(0.5, 2.0, 4).astype(np.float16)
        blocks[:, at : at + 2] = halves.view(np.uint8).reshape(-1, 2)
    blocks[3] = 0
    return blocks


def dequantized(kind, chance):
    blocks = random_blocks(kind, chance)
    floats = gguf.quants.dequantize(blocks.reshape(1, -1), gguf.GGMLQuantizationType[kind])
    return {"type": kind, "bytes": blocks.tobytes().hex(), "floats": floats.astype("<f4").tobytes().hex()}


def quantized(kind, chance):
    rows = [
        chance.normal(size=32),
        chance.normal(size=32) * 1e-3,
        np.zeros(32),
        np.arange(32) * 0.5 - 8.0,  # many exact halves between two steps
        chance.uniform(-1, 1, 32) * 2.0 ** chance.integers(-30, 14, 32),
        np.array([65504.0, 65519.0, 65520.0, -7e4, 2.0**-24, 2.0**-25, 3 * 2.0**-26, -(2.0**-14), *np.ones(24)]),
    ]
    floats = np.concatenate(rows).astype("<f4")
    with np.errstate(over="ignore"):
        data = gguf.quants.quantize(floats.reshape(1, -1), gguf.GGMLQuantizationType[kind])
    return {"type": kind, "floats": floats.tobytes().hex(), "bytes": data.tobytes().hex()}


def main():
    chance = np.random.default_rng(20240607)
    golden = {
        "dequantize": [dequantized(kind, chance) for kind in BLOCKS],
        "quantize": [quantized(kind, chance) for kind in ("F32", "F16", "BF16", "Q8_0", "Q4_0", "Q4_1", "Q5_0", "Q5_1")],
    }
    path = pathlib.Path(__file__).resolve().parent / "data" / "tensors.json"
    path.write_text(json.dumps(golden, indent=0) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
