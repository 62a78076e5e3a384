#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""nm cvisor.elf | pack_relocs.py RAW IMAGE: relocations in a tenth of the room.

RAW ends in an ELF64 RELA table, 24 bytes a pointer, between __rela_start and
__rela_end. In IMAGE each pointer holds its addend, and the table is as in
ELF's SHT_RELR: an even word is the offset of a pointer; an odd one, bit n set,
says that the n-th of the 63 words behind the last place is a pointer. A zero
word ends it. The machine's head.S applies it.
"""

import struct
import sys

RELATIVE = {183: 1027, 243: 3, 62: 8}.values()  # aarch64, riscv64, x86_64


def fail(text):
    sys.exit(f"pack_relocs: {text}")


def symbols(lines):
    return {f[2]: int(f[0], 16) for f in map(str.split, lines) if len(f) == 3}


def encode(offsets):
    """SHT_RELR's words for sorted offsets."""
    words, i = [], 0
    while i < len(offsets):
        words.append(offsets[i])
        base = offsets[i] + 8
        i += 1
        while i < len(offsets) and offsets[i] - base < 63 * 8:
            bits = 0
            while i < len(offsets) and offsets[i] - base < 63 * 8:
                bits |= 1 << (offsets[i] - base) // 8
                i += 1
            words.append(bits << 1 | 1)
            base += 63 * 8
    return words


def main():
    raw_path, image_path = sys.argv[1:]
    where = symbols(sys.stdin)
    with open(raw_path, "rb") as f:
        image = bytearray(f.read())
    start, end = where["__rela_start"], where["__rela_end"]
    if not start <= end <= len(image):
        fail("the relocation table is not the last that is loaded")
    offsets = []
    for place, info, addend in struct.iter_unpack("<QQq", image[start:end]):
        if not info:
            continue
        if info not in RELATIVE:
            fail(f"0x{place:x} has a relocation of type {info}; only "
                 "relative ones can be applied where the Image lies")
        if place % 8 or place + 8 > start:
            fail(f"the pointer at 0x{place:x} is not aligned, or behind the "
                 "table")
        struct.pack_into("<q", image, place, addend)
        offsets.append(place)
    words = encode(sorted(offsets)) + [0]
    packed = struct.pack(f"<{len(words)}Q", *words)
    if start + len(packed) > len(image):
        fail("the packed table is longer than the room for it")
    with open(image_path, "wb") as f:
        f.write(image[:start] + packed)


if __name__ == "__main__":
    main()
