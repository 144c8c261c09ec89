"""The same small random models as test/model/tiny_model.cpp, byte for byte; see tiny_model.hpp for what they are.

A spec is a dict with the fields of tiny_spec; those that are missing have the defaults of the C++.
"""

import struct

import numpy as np

DEFAULTS = {
    "family": "llama",
    "layers": 2,
    "width": 64,
    "heads": 4,
    "kv_heads": 2,
    "head_dim": 16,
    "feed_forward": 128,
    "vocabulary": 320,
    "context": 512,
    "window": 0,
    "rope_base": 10000.0,
    "rope_factor": 1.0,
    "rope_factors": False,
    "tied": True,
    "logit_soft_cap": 0.0,
    "types": ["Q8_0"],
    "seed": 1,
}

# name: (number in the format, values in a block, bytes of a block)
TYPES = {
    "F32": (0, 1, 4),
    "F16": (1, 1, 2),
    "Q4_0": (2, 32, 18),
    "Q4_1": (3, 32, 20),
    "Q5_0": (6, 32, 22),
    "Q5_1": (7, 32, 24),
    "Q8_0": (8, 32, 34),
    "Q4_K": (12, 256, 144),
    "Q5_K": (13, 256, 176),
    "Q6_K": (14, 256, 210),
    "BF16": (30, 1, 2),
}

# name: (offset of the scale, its size at deviation 1, offset of the minimum or None, its size)
SCALES = {
    "Q8_0": (0, 1.0 / 73.0, None, 0.0),
    "Q4_0": (0, 1.0 / 4.6, None, 0.0),
    "Q4_1": (0, 1.0 / 4.6, 2, -7.5 / 4.6),
    "Q5_0": (0, 1.0 / 9.2, None, 0.0),
    "Q5_1": (0, 1.0 / 9.2, 2, -15.5 / 9.2),
    "Q4_K": (0, 1.0 / 240.0, 2, 7.5 / 240.0),
    "Q5_K": (0, 1.0 / 480.0, 2, 15.5 / 480.0),
    "Q6_K": (208, 1.0 / 1366.0, None, 0.0),
}

MERGES = (
    "t h,Ġ t,h e,Ġt he,i n,e r,a n,Ġ a,o n,r e,Ġ s,n d,"
    "Ġ w,o u,a t,i t,Ġ o,e n,i s,o r,Ġ b,e s,Ġa nd,in g"
).split(",")

CHAT_TEMPLATE = (
    "{% for message in messages %}{{'<|im_start|>' + message['role'] + '\n' + message['content'] + '<|im_end|>' + '\n'}}"
    "{% endfor %}{% if add_generation_prompt %}{{ '<|im_start|>assistant\n' }}{% endif %}"
)

FIRST_BYTE = 3
FIRST_MERGE = FIRST_BYTE + 256
FIRST_FILLER = FIRST_MERGE + len(MERGES)
MASK = (1 << 64) - 1


def random_bits(seed, first, count):
    """SplitMix64, numbers first .. first + count - 1 of the stream."""
    with np.errstate(over="ignore"):
        index = np.arange(first + 1, first + 1 + count, dtype=np.uint64)
        z = np.uint64(seed) + index * np.uint64(0x9E3779B97F4A7C15)
        z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        return z ^ (z >> np.uint64(31))


def random_signed(seed, count):
    return (random_bits(seed, 0, count) >> np.uint64(11)).astype(np.float64) * 2.0**-52 - 1.0


def fnv1a(data):
    value = 0xCBF29CE484222325
    for byte in data:
        value = ((value ^ byte) * 0x100000001B3) & MASK
    return value


def printable_bytes():
    """GPT-2's alphabet: a printable character for every byte."""
    own = [b for b in range(256) if 33 <= b <= 126 or 161 <= b <= 172 or b >= 174]
    others = iter(range(256, 512))
    return [chr(b) if b in own else chr(next(others)) for b in range(256)]


class Maker:
    def __init__(self, spec):
        self.spec = {**DEFAULTS, **spec}
        self.metadata = []
        self.tensors = []
        self.matrices = 0

    def put(self, key, kind, payload):
        self.metadata.append(string(key) + struct.pack("<I", kind) + payload)

    def put_u32(self, key, value):
        self.put(key, 4, struct.pack("<I", value))

    def put_f32(self, key, value):
        self.put(key, 6, struct.pack("<f", value))

    def put_string(self, key, value):
        self.put(key, 8, string(value))

    def put_strings(self, key, values):
        self.put(key, 9, struct.pack("<IQ", 8, len(values)) + b"".join(map(string, values)))

    def hyperparameters(self):
        s = self.spec
        a = s["family"] + "."
        self.put_string("general.architecture", s["family"])
        self.put_string("general.name", "tiny " + s["family"])
        self.put_u32(a + "context_length", s["context"])
        self.put_u32(a + "embedding_length", s["width"])
        self.put_u32(a + "block_count", s["layers"])
        self.put_u32(a + "feed_forward_length", s["feed_forward"])
        self.put_u32(a + "attention.head_count", s["heads"])
        self.put_u32(a + "attention.head_count_kv", s["kv_heads"])
        self.put_u32(a + "attention.key_length", s["head_dim"])
        self.put_u32(a + "attention.value_length", s["head_dim"])
        self.put_f32(a + "attention.layer_norm_rms_epsilon", 1e-5)
        self.put_u32(a + "rope.dimension_count", s["head_dim"])
        self.put_f32(a + "rope.freq_base", s["rope_base"])
        if s["rope_factor"] != 1.0:
            self.put_string(a + "rope.scaling.type", "linear")
            self.put_f32(a + "rope.scaling.factor", s["rope_factor"])
        if s["window"]:
            self.put_u32(a + "attention.sliding_window", s["window"])
        if s["logit_soft_cap"]:
            self.put_f32(a + "final_logit_softcapping", s["logit_soft_cap"])

    def vocabulary(self):
        texts = ["<|endoftext|>", "<|im_start|>", "<|im_end|>", *printable_bytes()]
        texts += [pair.replace(" ", "") for pair in MERGES]
        kinds = [3] * 3 + [1] * (len(texts) - 3)
        while len(texts) < self.spec["vocabulary"]:
            texts.append(f"<|unused_{len(texts)}|>")
            kinds.append(5)
        self.put_string("tokenizer.ggml.model", "gpt2")
        self.put_string("tokenizer.ggml.pre", "gpt-2")
        self.put_strings("tokenizer.ggml.tokens", texts)
        self.put("tokenizer.ggml.token_type", 9, struct.pack(f"<IQ{len(kinds)}i", 5, len(kinds), *kinds))
        self.put_strings("tokenizer.ggml.merges", MERGES)
        self.put_u32("tokenizer.ggml.bos_token_id", 0)
        self.put_u32("tokenizer.ggml.eos_token_id", 2)
        self.put("tokenizer.ggml.add_bos_token", 7, b"\0")
        self.put_string("tokenizer.chat_template", CHAT_TEMPLATE)

    def stream(self, name):
        return fnv1a(name.encode()) ^ self.spec["seed"]

    def vector(self, name, size, middle, reach):
        values = (middle + reach * random_signed(self.stream(name), size)).astype("<f4")
        self.tensors.append((name, "F32", [size], values.tobytes()))

    def matrix(self, name, columns, rows, is_vocabulary=False):
        types = self.spec["types"]
        kind = types[self.matrices % len(types)]
        self.matrices += 1
        if columns % TYPES[kind][1]:
            kind = "F16"
        deviation = np.full(rows, 1.0 / np.sqrt(np.float64(columns)))
        if is_vocabulary:
            token = np.arange(rows)
            plain = (token >= FIRST_BYTE + 32) & (token <= FIRST_BYTE + 126)
            loud = plain | ((token >= FIRST_MERGE) & (token < FIRST_FILLER))
            deviation[~loud] /= 64.0
        fill = self.floats if TYPES[kind][1] == 1 else self.blocks
        self.tensors.append((name, kind, [columns, rows], fill(kind, self.stream(name), columns, rows, deviation)))

    @staticmethod
    def floats(kind, stream, columns, rows, deviation):
        reach = deviation * np.sqrt(np.float64(3.0))
        values = (reach[:, None] * random_signed(stream, rows * columns).reshape(rows, columns)).astype("<f4")
        if kind == "F32":
            return values.tobytes()
        if kind == "F16":
            return values.astype("<f2").tobytes()
        bits = values.view("<u4").astype(np.uint64)
        return ((bits + 0x7FFF + ((bits >> np.uint64(16)) & np.uint64(1))) >> np.uint64(16)).astype("<u2").tobytes()

    @staticmethod
    def blocks(kind, stream, columns, rows, deviation):
        _, values, size = TYPES[kind]
        row_bytes = columns // values * size
        total = rows * row_bytes
        raw = np.frombuffer(random_bits(stream, 0, (total + 7) // 8).astype("<u8").tobytes()[:total], np.uint8).copy()
        block = raw.reshape(-1, size)
        scale_at, scale, minimum_at, minimum = SCALES[kind]
        spread = 0.75 + (block[:, scale_at] & 15).astype(np.float64) / 32.0
        amount = np.repeat(deviation, columns // values) * spread
        put_half(block, scale_at, amount * scale)
        if minimum_at is not None:
            put_half(block, minimum_at, amount * minimum)
        if kind == "Q8_0":
            block[:, 2:][block[:, 2:] == 0x80] = 0x81
        return block.tobytes()

    def layer(self, p):
        s = self.spec
        gemma = s["family"] == "gemma3"
        width, q_width, kv_width = s["width"], s["heads"] * s["head_dim"], s["kv_heads"] * s["head_dim"]
        self.vector(p + "attn_norm.weight", width, 1.0, 0.2)
        self.matrix(p + "attn_q.weight", width, q_width)
        self.matrix(p + "attn_k.weight", width, kv_width)
        self.matrix(p + "attn_v.weight", width, kv_width)
        if s["family"] == "qwen2":
            self.vector(p + "attn_q.bias", q_width, 0.0, 0.5)
            self.vector(p + "attn_k.bias", kv_width, 0.0, 0.5)
            self.vector(p + "attn_v.bias", kv_width, 0.0, 0.5)
        if s["family"] in ("qwen3", "gemma3"):
            self.vector(p + "attn_q_norm.weight", s["head_dim"], 1.0, 0.2)
            self.vector(p + "attn_k_norm.weight", s["head_dim"], 1.0, 0.2)
        self.matrix(p + "attn_output.weight", q_width, width)
        if gemma:
            self.vector(p + "post_attention_norm.weight", width, 1.0, 0.2)
        self.vector(p + "ffn_norm.weight", width, 1.0, 0.2)
        self.matrix(p + "ffn_gate.weight", width, s["feed_forward"])
        self.matrix(p + "ffn_up.weight", width, s["feed_forward"])
        self.matrix(p + "ffn_down.weight", s["feed_forward"], width)
        if gemma:
            self.vector(p + "post_ffw_norm.weight", width, 1.0, 0.2)

    def make(self):
        s = self.spec
        self.hyperparameters()
        self.vocabulary()
        self.matrix("token_embd.weight", s["width"], s["vocabulary"], True)
        self.vector("output_norm.weight", s["width"], 1.0, 0.2)
        if not s["tied"]:
            self.matrix("output.weight", s["width"], s["vocabulary"], True)
        if s["rope_factors"]:
            self.vector("rope_freqs.weight", s["head_dim"] // 2, 4.0, 3.0)
        for i in range(s["layers"]):
            self.layer(f"blk.{i}.")
        out = b"GGUF" + struct.pack("<IQQ", 3, len(self.tensors), len(self.metadata)) + b"".join(self.metadata)
        offset = 0
        for name, kind, dims, data in self.tensors:
            out += string(name) + struct.pack(f"<I{len(dims)}QIQ", len(dims), *dims, TYPES[kind][0], offset)
            offset += (len(data) + 31) // 32 * 32
        for _, _, _, data in self.tensors:
            out += b"\0" * (-len(out) % 32) + data
        return out


def string(text):
    data = text.encode()
    return struct.pack("<Q", len(data)) + data


def put_half(block, at, values):
    block[:, at : at + 2] = values.astype(np.float32).astype("<f2").view(np.uint8).reshape(-1, 2)


def make_tiny_model(spec):
    """The bytes of a whole GGUF file."""
    return Maker(spec).make()
