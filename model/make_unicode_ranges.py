#!/usr/bin/env python3
"""Write unicode_ranges.cpp: the character classes that pre-tokenizers speak of, as the regular expressions
of the Python package `tokenizers` see them (its Unicode version is the one that the vocabularies are cut with).

Usage: make_unicode_ranges.py > unicode_ranges.cpp   (needs the package tokenizers)
"""

import sys

from tokenizers import Regex, pre_tokenizers

# The order is that of enum character_kind in unicode.hpp; a code point belongs to the first that matches.
KINDS = [
    r"\s", r"\p{Lu}", r"\p{Ll}", r"\p{Lt}", r"\p{Lm}", r"\p{Lo}", r"\p{M}",
    r"\p{Nd}", r"\p{N}", r"\p{Pc}", r"\p{P}", r"\p{S}",
]
HAN = r"\p{Han}"
WORD = r"\w"
CODES = [c for c in range(0x110000) if not 0xD800 <= c < 0xE000]
BLOCK = 4096


def members(expression):
    """The code points that match: what a split that removes them does not give back."""
    split = pre_tokenizers.Split(Regex(expression), "removed")
    found = set()
    for at in range(0, len(CODES), BLOCK):
        block = CODES[at : at + BLOCK]
        kept = {ord(c) for piece, _ in split.pre_tokenize_str("".join(map(chr, block))) for c in piece}
        found.update(c for c in block if c not in kept)
    return found


def main():
    kind_of = {}
    for number, expression in enumerate(KINDS, start=1):
        for code in members(expression):
            kind_of.setdefault(code, number)
    han, word = members(HAN), members(WORD)
    entries, last = [], None
    for code in range(0x110000):
        value = kind_of.get(code, 0) | (16 if code in han else 0) | (32 if code in word else 0)
        if value != last:
            entries.append(f"0x{code << 8 | value:x}")
            last = value
    out = sys.stdout
    out.write("// Made by make_unicode_ranges.py; each entry is (first code point << 8) | word << 5 | han << 4 | kind.\n")
    out.write('#include "model/unicode.hpp"\n\nnamespace hawser::model {\n\n')
    out.write("namespace {\n\n// clang-format off\n")
    out.write("constexpr std::uint32_t ranges[] = {\n")
    line = " "
    for entry in entries:
        if len(line) + len(entry) + 2 > 118:
            out.write(line + "\n")
            line = " "
        line += f" {entry},"
    out.write(line + "\n};\n// clang-format on\n\n}  // namespace\n\n")
    out.write("std::span<const std::uint32_t> unicode_ranges() noexcept { return ranges; }\n\n")
    out.write("}  // namespace hawser::model\n")


main()
