"""A decoder's forward pass in NumPy and double precision, as plainly as it can be written.

It is the reference that the backends are held against: written from the papers and the models' own code, apart from the C++,
over tensors that the Python package `gguf` dequantizes.
"""

import gguf
import numpy as np

# What the files do not say.
FAMILIES = {
    "llama": {},
    "qwen2": {"halves": True},
    "qwen3": {"halves": True},
    "gemma3": {"halves": True, "gelu": True, "scaled": True, "full_every": 6, "local_base": 10000.0},
}


def rms_norm(x, weight, epsilon):
    return x / np.sqrt(np.mean(x * x, axis=-1, keepdims=True) + epsilon) * weight


def silu(x):
    return x / (1.0 + np.exp(-x))


def gelu_tanh(x):
    return 0.5 * x * (1.0 + np.tanh(np.sqrt(2.0 / np.pi) * (x + 0.044715 * x**3)))


def softmax(x):
    e = np.exp(x - x.max(axis=-1, keepdims=True))
    return e / e.sum(axis=-1, keepdims=True)


def log_softmax(x):
    shifted = x - x.max(axis=-1, keepdims=True)
    return shifted - np.log(np.exp(shifted).sum(axis=-1, keepdims=True))


class Model:
    """`kv` holds the keys and values of the positions that run() has seen."""

    def __init__(self, path):
        reader = gguf.GGUFReader(path)
        self.meta = {name: field.contents() for name, field in reader.fields.items()}
        self.family = self.meta["general.architecture"]
        self.facts = FAMILIES[self.family]
        self.tensors = {t.name: t for t in reader.tensors}
        self.cached = {}
        self.output = None
        self.layers = self.key("block_count")
        self.width = self.key("embedding_length")
        self.heads = self.key("attention.head_count")
        self.kv_heads = self.key("attention.head_count_kv", self.heads)
        self.head_dim = self.key("attention.key_length", self.width // self.heads)
        self.epsilon = self.key("attention.layer_norm_rms_epsilon")
        self.window = self.key("attention.sliding_window", 0)
        self.cap = self.key("final_logit_softcapping", 0.0)
        self.kv = [None] * self.layers
        self.seen = 0

    def key(self, name, default=None):
        value = self.meta.get(f"{self.family}.{name}", default)
        assert value is not None, name
        return value

    def tensor(self, name):
        """[rows, columns] in doubles, or None."""
        if name not in self.tensors:
            return None
        if name not in self.cached:
            t = self.tensors[name]
            self.cached[name] = gguf.quants.dequantize(t.data, t.tensor_type).astype(np.float64)
        return self.cached[name]

    def rows(self, name, index):
        t = self.tensors[name]
        return gguf.quants.dequantize(t.data[index], t.tensor_type).astype(np.float64)

    def is_local(self, layer):
        if not self.window:
            return False
        every = self.facts.get("full_every", 0)
        return not every or layer % every != every - 1

    def rope(self, x, positions, layer):
        """x is [positions, heads, head_dim]."""
        dims = self.key("rope.dimension_count", self.head_dim)
        base = self.key("rope.freq_base", 10000.0)
        scale = 1.0 / self.key("rope.scaling.factor", 1.0)
        if self.is_local(layer) and "local_base" in self.facts:
            base, scale = self.facts["local_base"], 1.0
        frequency = scale * np.float64(base) ** (-np.arange(0, dims, 2) / dims)
        factors = self.tensor("rope_freqs.weight")
        if factors is not None:
            frequency = frequency / factors
        angle = np.asarray(positions)[:, None, None] * frequency
        cos, sin = np.cos(angle), np.sin(angle)
        out = x.copy()
        if self.facts.get("halves"):
            first, second = slice(0, dims // 2), slice(dims // 2, dims)
        else:
            first, second = slice(0, dims, 2), slice(1, dims, 2)
        a, b = x[..., first], x[..., second]
        out[..., first] = a * cos - b * sin
        out[..., second] = a * sin + b * cos
        return out

    def attention(self, layer, x, positions):
        p = f"blk.{layer}."

        def project(part, heads):
            y = x @ self.tensor(p + f"attn_{part}.weight").T
            bias = self.tensor(p + f"attn_{part}.bias")
            if bias is not None:
                y = y + bias
            y = y.reshape(len(x), heads, self.head_dim)
            norm = self.tensor(p + f"attn_{part}_norm.weight")
            return y if norm is None else rms_norm(y, norm, self.epsilon)

        q = self.rope(project("q", self.heads), positions, layer)
        k = self.rope(project("k", self.kv_heads), positions, layer)
        v = project("v", self.kv_heads)
        if self.kv[layer] is not None:
            k = np.concatenate([self.kv[layer][0], k])
            v = np.concatenate([self.kv[layer][1], v])
        self.kv[layer] = (k, v)

        distance = np.asarray(positions)[:, None] - np.arange(len(k))[None, :]
        hidden = distance < 0
        if self.is_local(layer):
            hidden |= distance >= self.window
        out = np.empty_like(q)
        for head in range(self.heads):
            group = head // (self.heads // self.kv_heads)
            scores = q[:, head] @ k[:, group].T / np.sqrt(self.head_dim)
            scores[hidden] = -np.inf
            out[:, head] = softmax(scores) @ v[:, group]
        return out.reshape(len(x), -1) @ self.tensor(p + "attn_output.weight").T

    def feed_forward(self, layer, x):
        p = f"blk.{layer}.ffn_"
        act = gelu_tanh if self.facts.get("gelu") else silu
        gate, up = x @ self.tensor(p + "gate.weight").T, x @ self.tensor(p + "up.weight").T
        return (act(gate) * up) @ self.tensor(p + "down.weight").T

    def norm(self, name, x):
        weight = self.tensor(name)
        return x if weight is None else rms_norm(x, weight, self.epsilon)

    def run(self, tokens):
        """Runs the tokens after those that were run before; the normed hidden states [tokens, width]."""
        positions = np.arange(self.seen, self.seen + len(tokens))
        x = self.rows("token_embd.weight", tokens)
        if self.facts.get("scaled"):
            x = x * np.sqrt(self.width)
        for layer in range(self.layers):
            p = f"blk.{layer}."
            y = self.attention(layer, self.norm(p + "attn_norm.weight", x), positions)
            x = x + self.norm(p + "post_attention_norm.weight", y)
            y = self.feed_forward(layer, self.norm(p + "ffn_norm.weight", x))
            x = x + self.norm(p + "post_ffw_norm.weight", y)
        self.seen += len(tokens)
        return self.norm("output_norm.weight", x)

    def logits(self, hidden):
        """[tokens, vocabulary]. The output matrix can be large: it is kept in floats and turned into doubles in pieces."""
        name = "output.weight" if "output.weight" in self.tensors else "token_embd.weight"
        if self.output is None:
            t = self.tensors[name]
            self.output = gguf.quants.dequantize(t.data, t.tensor_type)
        piece = 16384
        parts = [hidden @ self.output[i : i + piece].astype(np.float64).T for i in range(0, len(self.output), piece)]
        out = np.concatenate(parts, axis=-1)
        return self.cap * np.tanh(out / self.cap) if self.cap else out
