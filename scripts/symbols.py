#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""nm -n on standard input -> the table that lib/symbols.c reads, as assembly.

Names, each with a NUL behind it, are one text, compressed by byte pairs: of the
values that no character has, each stands for the two bytes that symbol_pairs
holds for it, which may be such values again; a character stands for itself. What
is of the cold part's functions lies in the cold part, too.

With --check FILE: FILE must have been made of these very symbols, else adding
it moved the text and backtraces would lie.
"""

import hashlib
import sys
from collections import Counter

STEPS_MAX = 0x7fff  # this and what follows as in lib/symbols.c
DEPTH_MAX = 32
USES_MIN = 4  # of a pair that gets a code


def read_symbols(lines):
    """Text symbols as (offset from the beginning of its text, name): of the
    text, and of the cold part's, which lies elsewhere."""
    base, cold, symbols = None, None, {}
    for line in lines:
        fields = line.split()
        if len(fields) != 3:
            continue
        address, kind, name = int(fields[0], 16), fields[1], fields[2]
        if name == "__text_start":
            base = address
        if name == "__cold_text":
            cold = address
        if kind in "tTwW" and not name.startswith(
                ("$", ".", "__text_", "__image_", "__cold_")):
            symbols.setdefault(address, name)
    if base is None:
        return [], []
    found = sorted(a for a in symbols if a >= base)
    return ([(a - base, symbols[a]) for a in found if not cold or a < cold],
            [(a - cold, symbols[a]) for a in found if cold and a >= cold])


def characters(names):
    return b"".join(name.encode("ascii") + b"\0" for name in names)


def compress(names, more):
    """What each code stands for, chosen for names; the text of them, and of more
    names."""
    text, rest = characters(names), characters(more)
    pairs = {c: (c, c) for c in text + rest}
    depth = dict.fromkeys(pairs, 0)
    for code in sorted(set(range(256)) - set(pairs)):
        # Ties by value, not by insertion, so that equal input gives equal
        # bytes everywhere.
        _, pair = max(
            ((n, pair) for pair, n in Counter(zip(text, text[1:])).items()
             if n >= USES_MIN and max(depth[c] for c in pair) < DEPTH_MAX),
            default=(0, None))
        if not pair:
            break
        pairs[code] = pair
        depth[code] = 1 + max(depth[c] for c in pair)
        text = text.replace(bytes(pair), bytes([code]))
        rest = rest.replace(bytes(pair), bytes([code]))
    return pairs, text, rest


def step_of(symbols):
    """Bytes that functions are aligned to: RISC-V's may be short."""
    return 4 if all(offset % 4 == 0 for offset, _ in symbols) else 2


def steps_between(symbols, size):
    """Steps from one to the next: a byte below 128, else two."""
    out, last = [], 0
    for offset, _ in symbols:
        step = (offset - last) // size
        last += step * size
        if step > STEPS_MAX:
            sys.exit("symbols.py: two functions lie too far apart for 15 bits")
        out.extend([step] if step < 128 else [step >> 8 | 128, step & 0xff])
    return out


def title(warm, cold):
    """The first line, which says what the table was made of."""
    digest = hashlib.sha256(repr((warm, cold)).encode()).hexdigest()
    return f"/* By scripts/symbols.py, of the first link's {digest}. */"


def assembly(warm, cold):
    pairs, text, rest = compress([name for _, name in warm],
                                 [name for _, name in cold])
    lines = [
        title(warm, cold),
        '\t.section .rodata.symbols, "a"',
        "\t.balign 4",
    ]

    def table(name, values, directive=".byte", row=16):
        lines.extend([f"\t.globl {name}", f"\t.hidden {name}", f"{name}:"])
        for i in range(0, len(values), row):
            lines.append(f"\t{directive} "
                         + ", ".join(map(str, values[i:i + row])))

    table("symbol_count", [len(warm)], ".4byte")
    table("symbol_cold_count", [len(cold)], ".4byte")
    step = step_of(warm + cold)
    table("symbol_step", [step], ".4byte")
    table("symbol_steps", steps_between(warm, step))
    table("symbol_pairs",
          [b for code in range(256) for b in pairs.get(code, (code, code))])
    table("symbol_names", text)
    lines.append('\t.section .cold_symbols, "a"')
    table("symbol_cold_steps", steps_between(cold, step))
    table("symbol_cold_names", rest)
    lines.append('\t.section .note.GNU-stack, "", %progbits')
    return "\n".join(lines) + "\n"


def main():
    symbols = read_symbols(sys.stdin)
    if len(sys.argv) == 3 and sys.argv[1] == "--check":
        with open(sys.argv[2], encoding="ascii") as made:
            if made.readline().rstrip("\n") != title(*symbols):
                sys.exit("symbols.py: the table of symbols moved the text; "
                         ".rodata must come after .text in cvisor.lds.S")
    else:
        sys.stdout.write(assembly(*symbols))


if __name__ == "__main__":
    main()
