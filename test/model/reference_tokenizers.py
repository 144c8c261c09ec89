"""The tokenizers of the packages `tokenizers` and `sentencepiece`, made from the vocabulary of a GGUF file: functions
from a text to its token ids, without begin and end tokens."""

import sentencepiece
from gguf import GGUFReader
from tokenizers import AddedToken, Tokenizer, models

from tokenizer_families import pre_tokenizer

NORMAL, UNKNOWN, CONTROL, USER_DEFINED = 1, 2, 3, 4
IGNORE_MERGES = {"llama-bpe", "tekken"}
ALIASES = {"mpt": "gpt-2", "refact": "starcoder", "llama3": "llama-bpe"}


class Vocabulary:
    def __init__(self, path):
        self.fields = GGUFReader(path).fields
        self.texts = self.get("tokens")
        self.kinds = self.get("token_type", [NORMAL] * len(self.texts))

    def get(self, key, default=None):
        field = self.fields.get("tokenizer.ggml." + key)
        return default if field is None else field.contents()

    def special_texts(self):
        return [t for t, k in zip(self.texts, self.kinds) if k in (UNKNOWN, CONTROL, USER_DEFINED)]


def byte_pair_reference(path, parse_special=True):
    words = Vocabulary(path)
    name = words.get("pre", "default")
    merges = [tuple(m.split(" ", 1)) for m in words.get("merges")]
    model = models.BPE(
        {t: i for i, t in enumerate(words.texts)}, merges, ignore_merges=name in IGNORE_MERGES
    )
    made = Tokenizer(model)
    made.pre_tokenizer = pre_tokenizer(ALIASES.get(name, name))
    for text, kind in zip(words.texts, words.kinds):
        if kind in (UNKNOWN, CONTROL):
            made.add_special_tokens([AddedToken(text, normalized=False, special=True)])
    made.add_tokens([AddedToken(t, normalized=False) for t, k in zip(words.texts, words.kinds) if k == USER_DEFINED])
    made.encode_special_tokens = not parse_special
    return lambda text: made.encode(text, add_special_tokens=False).ids


def varint(number):
    out = bytearray()
    while number > 0x7F:
        out.append(number & 0x7F | 0x80)
        number >>= 7
    out.append(number)
    return bytes(out)


def field(number, payload):
    """A protobuf field: bytes are length-delimited, numbers varints."""
    if isinstance(payload, bytes):
        return varint(number << 3 | 2) + varint(len(payload)) + payload
    return varint(number << 3) + varint(payload)


def sentence_piece_reference(path):
    """Control tokens are plain text to it."""
    import struct

    words = Vocabulary(path)
    unknown = words.get("unknown_token_id", 0)
    proto = bytearray()
    for i, (text, score, kind) in enumerate(zip(words.texts, words.get("scores"), words.kinds)):
        # Files write user-defined runs of spaces with plain spaces.
        piece = field(1, text.replace(" ", "\u2581").encode()) + varint(2 << 3 | 5) + struct.pack("<f", score)
        proto += field(1, piece + field(3, UNKNOWN if i == unknown else int(kind)))
    BYTE_PAIRS = 2
    trainer = field(3, BYTE_PAIRS) + field(35, 1) + field(40, unknown) + field(45, words.texts[unknown].encode())
    prefix = 1 if words.get("add_space_prefix", True) else 0
    normalizer = field(1, b"identity") + field(3, prefix) + field(4, 0) + field(5, 1)
    proto += field(2, trainer) + field(3, normalizer)
    made = sentencepiece.SentencePieceProcessor()
    made.LoadFromSerializedProto(bytes(proto))
    return lambda text: made.encode(text)
