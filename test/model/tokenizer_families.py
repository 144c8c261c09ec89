"""The pre-tokenizers of the model families as the package `tokenizers` has them, by the name that a file gives in
tokenizer.ggml.pre: the reference that hawser's own cuts are held against."""

from tokenizers import Regex
from tokenizers.pre_tokenizers import ByteLevel, Digits, Sequence, Split

GPT2 = r"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+"
WORDS = (
    r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}NUMBERS"
    r"| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"
)
CASED = (
    r"[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]*[\p{Ll}\p{Lm}\p{Lo}\p{M}]+CONTRACTION"
    r"|[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]+[\p{Ll}\p{Lm}\p{Lo}\p{M}]*CONTRACTION"
    r"|\p{N}NUMBERS| ?[^\s\p{L}\p{N}]+[\r\n/]*|\s*[\r\n]+|\s+(?!\S)|\s+"
)
CONTRACTION = r"(?i:'s|'t|'re|'ve|'m|'ll|'d)?"
DEEPSEEK3 = (
    r"[!\"#$%&'()*+,\-./:;<=>?@\[\\\]^_`{|}~][A-Za-z]+|[^\r\n\p{L}\p{P}\p{S}]?[\p{L}\p{M}]+"
    r"| ?[\p{P}\p{S}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"
)
HAN_LESS = CASED.replace(r"[\r\n/]*", r"[\r\n]*").replace(r"\p{M}]", r"\p{M}&&[^\p{Han}]]")
CASED_LETTERS = (
    "A-Za-z\u00b5\u00c0-\u00d6\u00d8-\u00f6\u00f8-\u01ba\u01bc-\u01bf\u01c4-\u0293\u0295-\u02af\u0370-\u0373"
    "\u0376\u0377\u037b-\u037d\u037f\u0386\u0388-\u038a\u038c\u038e-\u03a1\u03a3-\u03f5\u03f7-\u0481"
    "\u048a-\u052f\u0531-\u0556\u10a0-\u10c5\u13a0-\u13f5\u13f8-\u13fd\u1c90-\u1cba\u1cbd-\u1cbf\u1d00-\u1d2b"
    "\u1d6b-\u1d77\u1d79-\u1d9a\u1e00-\u1f15\u1f18-\u1f1d\u1f20-\u1f45\u1f48-\u1f4d\u1f50-\u1f57\u1f59\u1f5b"
    "\u1f5d\u1f5f-\u1f7d\u1f80-\u1fb4\u1fb6-\u1fbc\u1fbe\u1fc2-\u1fc4\u1fc6-\u1fcc\u1fd0-\u1fd3\u1fd6-\u1fdb"
    "\u1fe0-\u1fec\u1ff2-\u1ff4\u1ff6-\u1ffc\u2102\u2107\u210a-\u2113\u2115\u2119-\u211d\u2124\u2126\u2128"
    "\u212a-\u212d\u212f-\u2134\u2139\u213c-\u213f\u2145-\u2149\u214e\u2183\u2184\u2c00-\u2c7b\u2c7e-\u2ce4"
    "\u2ceb-\u2cee\u2cf2\u2cf3\ua640-\ua66d\ua680-\ua69b\ua722-\ua76f\ua771-\ua787\ua78b-\ua78e\uab70-\uabbf"
    "\ufb00-\ufb06\ufb13-\ufb17\uff21-\uff3a\uff41-\uff5a\U00010400-\U0001044f\U000104b0-\U000104d3"
    "\U000104d8-\U000104fb\U00010c80-\U00010cb2\U00010cc0-\U00010cf2\U000118a0-\U000118df"
    "\U0001e900-\U0001e943"
)


def split(expression):
    return Split(Regex(expression), "isolated", invert=False)


def bytes_only():
    return ByteLevel(add_prefix_space=False, use_regex=False)


def gpt2():
    return [split(GPT2), bytes_only()]


def words(numbers, expression=WORDS):
    return [split(expression.replace("NUMBERS", numbers)), bytes_only()]


def cased(contraction, numbers, expression=CASED):
    return [split(expression.replace("CONTRACTION", contraction).replace("NUMBERS", numbers)), bytes_only()]


CJK3 = "[一-龥぀-ゟ゠-ヿ]+"
CJK = "[一-龥ࠀ-一가-퟿]+"

FAMILIES = {
    "gpt-2": gpt2(),
    "smollm": [Digits(individual_digits=True)] + gpt2(),
    "starcoder": [Digits(individual_digits=True)] + gpt2(),
    "command-r": [Digits(individual_digits=True)] + gpt2(),
    "llama-bpe": words("{1,3}"),
    "dbrx": words("{1,3}"),
    "qwen2": words(""),
    "qwen35": words("", WORDS.replace(r"?\p{L}+|", r"?[\p{L}\p{M}]+|").replace(r"[^\s\p{L}\p{N}]", r"[^\s\p{L}\p{M}\p{N}]")),
    "ufakzeka": words("", WORDS.split("|", 7)[-1]),
    "seed-coder": words("", WORDS.replace(r"\p{N}]+[\r\n]*", r"\p{N}\r\n]+")),
    "bailingmoe": words(
        "",
        r"'(?i:[sdmt]|ll|ve|re)|[^\r\n\p{L}\p{N}]?+\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]++[\r\n]*|\s*[\r\n]|\s+(?!\S)|\s+",
    ),
    "exaone-moe": words(
        "",
        WORDS.replace(r"?\p{L}+|", r"?(?:\p{L}\p{M}*(?: \p{L}\p{M}*)*)+|").replace(r"+[\r\n]*|", r"+[\r\n/]?|"),
    ),
    "jais-2": words(
        "{1,3}",
        WORDS.replace(
            r"|\s+(?!\S)|\s+",
            "".join(rf"|\s{{{n}}}(?!\S)" for n in (512, 256, 128, 64, 32, 16, 8, 4)) + r"|\s{1,2}(?!\S)|\s{1}",
        ),
    ),
    "minicpm5": [split(r"\p{N}{1,3}")] + words("+"),
    "laguna": [split(r"[^\n]+|[\n]+")] + words(""),
    "gpt-4o": cased(CONTRACTION, "{1,3}"),
    "tekken": cased("", ""),
    "kimi-k2": cased(CONTRACTION, "{1,3}", r"[\p{Han}]+|" + HAN_LESS),
    "tiny_aya": [split(r"\d{1,3}(?=(?:\d{3})*\b)")] + cased(CONTRACTION, "{1,3}"),
    "youtu": [
        split("[가-힣ㄱ-ㆎ]+|[！…“”‘’—：；，、-〿︰-﹏]+|[ㄅ-ㄯ]+|[一-龥぀-ゟ゠-ヿ]+"),
    ]
    + cased(CONTRACTION, ""),
    "deepseek-llm": [
        split("[\r\n]"),
        split(rf"\s?[{CASED_LETTERS}]+"),
        split(r"\s?[!-/:-~！-／：-～‘-‟　-。]+"),
        split(r"\s+$"),
        split(CJK),
        Digits(individual_digits=True),
        bytes_only(),
    ],
    "deepseek-coder": [
        split("[\r\n]"),
        split(r"\s?\p{L}+"),
        split(r"\s?\p{P}+"),
        split(CJK),
        Digits(individual_digits=True),
        bytes_only(),
    ],
    "deepseek-v3": [split(r"\p{N}{1,3}"), split(CJK3), split(DEEPSEEK3), bytes_only()],
    "spark2_5": [
        split(r"\p{N}{1,3}"),
        split(CJK3),
        split(DEEPSEEK3.replace(r"+[\r\n]*|\s*[\r\n]+|", r"+|[\r\n]|")),
        split(r"\p{N}"),
        bytes_only(),
    ],
    "falcon": [split(r"[\p{P}\$\+<=>\^~\|`]+"), split(GPT2), split("[0-9][0-9][0-9]"), bytes_only()],
    "default": [
        split(r"[\p{P}\$\+<=>\^~\|]+"),
        split(GPT2),
        split(r"\p{N}+"),
        split("[0-9][0-9][0-9]"),
        bytes_only(),
    ],
    "bloom": [split(r" ?[^(\s|[.,!?…。，、।۔،])]+"), bytes_only()],
    "viking": [split(r" ?[^(\s|[.,!?…。，、।۔،])]+"), Digits(individual_digits=True), bytes_only()],
    "superbpe": [split(r"\p{N}+"), split(r"(?=(\d{3})+(?!\d))"), bytes_only()],
    "chameleon": [
        split(r"<sentinel:[0-9]+>"),
        split(r"(IMGIMG)((A|B|C|D|E|F|G|H|I){1,4})Z"),
        split(r"([\t\n]|    |  )"),
        Digits(individual_digits=True),
        split(r"[\p{P}!-/:-@\[-`{-~]"),
    ]
    + gpt2(),
}


def pre_tokenizer(name):
    return Sequence(FAMILIES[name])


def pieces(name, text):
    """The pieces of a text, in characters."""
    return [piece for piece, _ in Sequence(FAMILIES[name][:-1]).pre_tokenize_str(text)]
