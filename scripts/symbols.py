#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""nm -n on standard input -> the table that lib/symbols.c reads, as assembly.

Names are compressed by byte pairs: a byte of 128 or more stands for the two
bytes that symbol_pairs holds for it, which may be such bytes again.

With --check FILE: the table made now must equal FILE, else adding it moved
the text and backtraces would lie.
"""

import sys
from collections import Counter

FIRST_CODE = 128
STEP = 4  # bytes, as in lib/symbols.c


def read_symbols(lines):
    """Text symbols as (offset from the start of the Image, name)."""
    base, symbols = None, {}
    for line in lines:
        fields = line.split()
        if len(fields) != 3:
            continue
        address, kind, name = int(fields[0], 16), fields[1], fields[2]
        if name == "_start":
            base = address
        if kind in "tTwW" and name[0] not in "$.":
            symbols.setdefault(address, name)
    if base is None:
        return []
    return sorted((a - base, n) for a, n in symbols.items() if a >= base)


def compress(names):
    """Replace the most frequent pair by a new code, 128 times at most."""
    texts = [list(n.encode("ascii")) for n in names]
    pairs = []
    for code in range(FIRST_CODE, 256):
        count = Counter()
        for text in texts:
            count.update(zip(text, text[1:]))
        if not count:
            break
        # Ties by value, not by insertion, so that equal input gives equal
        # bytes everywhere.
        pair, uses = max(count.items(), key=lambda item: (item[1], item[0]))
        if uses < 4:
            break
        pairs.append(pair)
        for i, text in enumerate(texts):
            texts[i] = replace(text, pair, code)
    return pairs, texts


def replace(text, pair, code):
    out, i = [], 0
    while i < len(text):
        if i + 1 < len(text) and (text[i], text[i + 1]) == pair:
            out.append(code)
            i += 2
        else:
            out.append(text[i])
            i += 1
    return out


def assembly(symbols):
    pairs, texts = compress([name for _, name in symbols])
    lines = [
        "/* Made of the first link's symbols by scripts/symbols.py. */",
        '\t.section .rodata.symbols, "a"',
        "\t.balign 4",
    ]

    def label(name):
        lines.extend([f"\t.globl {name}", f"\t.hidden {name}", f"{name}:"])

    label("symbol_count")
    lines.append(f"\t.4byte {len(symbols)}")
    # Instructions from one to the next: half the room of offsets.
    label("symbol_steps")
    steps, last = [], 0
    for offset, _ in symbols:
        steps.append((offset - last) // STEP)
        last += steps[-1] * STEP
    if max(steps, default=0) > 0xffff:
        sys.exit("symbols.py: two functions lie too far apart for 16 bits")
    lines.extend(f"\t.2byte {step:#x}" for step in steps)
    label("symbol_pairs")
    lines.extend(f"\t.byte {a}, {b}" for a, b in pairs)
    label("symbol_names")
    for text in texts:
        lines.append("\t.byte " + ", ".join(map(str, text + [0])))
    lines.append('\t.section .note.GNU-stack, "", %progbits')
    return "\n".join(lines) + "\n"


def main():
    text = assembly(read_symbols(sys.stdin))
    if len(sys.argv) == 3 and sys.argv[1] == "--check":
        with open(sys.argv[2], encoding="ascii") as made:
            if made.read() != text:
                sys.exit("symbols.py: the table of symbols moved the text; "
                         ".rodata must come after .text in cvisor.lds.S")
    else:
        sys.stdout.write(text)


if __name__ == "__main__":
    main()
