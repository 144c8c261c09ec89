"""Random texts that tokenizers find hard: every script, emoji, marks, spaces of all kinds, digits, contractions, code."""

import random

SCRIPTS = [
    "The quick brown fox can't won't I'LL they'Re we'd've. HTTPServer getURLFor iPhone McDonald",
    "Größe naïve café Ångström ŒUVRE straße ÉTÉÉtéÉTé ǅungla ǈ ﬁn ſhe'ſ",
    "Привет, мир! ПРИВЕТмир Ёлки", "Γειά σου Κόσμε ΑΒΓαβγ", "שלום עולם וְהָאָרֶץ", "مرحبا بالعالم، كيف؟ ٱلْعَرَبِيَّة",
    "नमस्ते दुनिया क्षत्रिय।", "বাংলা ভাষা কেমন", "தமிழ் மொழி", "తెలుగు భాష", "ಕನ್ನಡ", "മലയാളം", "ไทยภาษาสวัสดี", "ລາວ",
    "မြန်မာဘာသာ", "ខ្មែរ", "ქართული ႠႡ Ა", "Հայերեն ԲարեւԵզ", "አማርኛ ሰላም", "ᏣᎳᎩ ꮳꮃꭹ", "你好，世界！測試一下〇々", "こんにちは世界カタカナー",
    "한국어 테스트 ㄱㄴㄷ 값", "ㄅㄆㄇ 注音", "ᠮᠣᠩᠭᠣᠯ", "𐐀𐐁𐐨𐐩 𝒜𝓑𝔠 𝟘𝟙𝟚", "Việt Nam tiếng Việt ệ", "e\u0301a\u0308o\u0302\u0323 n\u0303",
    "👍🏽👩‍👩‍👧‍👦🇩🇪🇯🇵🏳️‍🌈❤️1️⃣", "😀😃🦙🫠", "½¾²³⁴₅ⅧⅫ①②٣٤५६", "∑∏√∞≠€£¥$¢+<=>^~|`", "“quoted” ‘single’ don’t it＇s «»—–…",
    "!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~", "！＂＃／：～。、『』【】", "def f(x):\n\treturn x**2  # ok\n", "for (int i=0;i<n;++i) {\r\n    a[i]+=1;\r\n}\n\n",
    "<html><body>&amp;</body></html>", "https://example.org/a_b?c=d&e=%20#f", "SELECT * FROM t WHERE x='1''2';", "\\frac{1}{2}\\alpha",
    "3.14159 1,234,567 2024-01-31 12:34:56 0x1F 1e-9 1234567890123", "<sentinel:12>IMGIMGABCZ IMGIMGJZ", "a/b//\n/\r\n///", "a b c d  e f",
]
BLANKS = [" ", "  ", "   ", "\n", "\n\n", "\r\n", "\r", "\t", "\t\t", " \n", "\n ", "\u00a0", "\u3000", "\u2003", "\u2028", "\u0085", "\v", "\f",
          "\u200b", "\u200d", "\ufeff", "\u00ad", " " * 7, " " * 33, "\n" * 9, "\t" * 12, " \n \n", "\u1680", "\u202f"]
ODD = ["\0", "\x01", "\x1b", "\x7f", "\u0301", "\u20e3", "\ufe0f", "\ufffd", "\uffff", "\ue000", "\U0010ffff", "\U000e0041", "'", "''", "'s", "'S",
       "'T", "'re", "'VE", "'m", "'lL", "'d", "'ſ", "’s", "ʼs", " 's", "_", "__", "‿", "▁", "▁▁", "Ġ", "Ċ", "<0x0A>", "<s>", "</s>", "<unk>", "<pad>"]


def some_character(r):
    kind = r.random()
    if kind < 0.25:
        return chr(r.randrange(0x20, 0x7F))
    if kind < 0.5:
        return chr(r.randrange(0x0, 0x700))
    while True:
        code = r.randrange(0x700, 0x10000) if kind < 0.85 else r.randrange(0x10000, 0x110000 if kind > 0.97 else 0x1FB00)
        if not 0xD800 <= code < 0xE000:
            return chr(code)


def some_part(r):
    kind = r.random()
    if kind < 0.35:
        script = r.choice(SCRIPTS)
        start = r.randrange(len(script))
        return script[start : start + r.randrange(1, 14)]
    if kind < 0.55:
        return r.choice(BLANKS)
    if kind < 0.7:
        return r.choice(ODD)
    if kind < 0.78:
        return "".join(r.choice("0123456789") for _ in range(r.randrange(1, 9)))
    if kind < 0.86:
        return "".join(some_character(r) for _ in range(r.randrange(1, 4)))
    if kind < 0.9:
        return some_character(r) * r.randrange(1, 20)
    return "".join(r.choice("abcXYZ 'sSlL\n-._éÉß") for _ in range(r.randrange(1, 8)))


def random_texts(seed, count):
    """`count` texts from a seed; each is of 1 to 24 parts."""
    r = random.Random(seed)
    return ["".join(some_part(r) for _ in range(r.randrange(1, 25))) for _ in range(count)]


def fixed_texts():
    """Texts that every run should see, whole scripts and blanks among them."""
    return SCRIPTS + BLANKS + ODD + ["", " Hello", "Hello  world ", "x" * 300, "\n".join(SCRIPTS), " ".join(SCRIPTS)]
