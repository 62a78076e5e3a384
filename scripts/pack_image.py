#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""nm cvisor.elf | pack_image.py RAW IMAGE: what is loaded, in half of the room.

RAW holds an ELF64 RELA table, 24 bytes a pointer, between __rela_start and
__rela_end, and ends in the cold part, from __cold_text to __cold_end.

In IMAGE each pointer holds its addend, and where the table was there are two,
one of the pointers before it and one of the cold part's, each as ELF's SHT_RELR:
an even word is the offset of a pointer; an odd one, bit n set, says that the
n-th of the 63 words behind the last place is a pointer. A zero word ends it.
The machine's head.S applies the first one. Behind them comes the cold part,
packed by DEFLATE (zopfli); core/cold.c unpacks it where RAW has it, and applies the
second one. Of aarch64's code in it, what BL and ADR hold is relative to the
Image's start there, which packs better: arch_code_unpack() undoes that. It finds both by four words of 32 bits at cold_record: where the
second table and the packed part are, the packed part's bytes, and the CRC-32
of the unpacked one.
"""

import array
import struct
import subprocess
import sys
import tempfile
import zlib

AARCH64 = 1027
RELATIVE = (AARCH64, 3, 8)  # riscv64, x86_64


def fail(text):
    sys.exit(f"pack_image: {text}")


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


def table(offsets):
    words = encode(sorted(offsets)) + [0]
    return struct.pack(f"<{len(words)}Q", *words)


def from_start(code, at):
    """aarch64's BL and ADR with what they hold relative to the Image's start;
    the code lies at @at there."""
    words = array.array("I", code)
    for i, word in enumerate(words):
        pc = at + 4 * i
        if word >> 26 == 0x25:
            words[i] = word & 0xfc000000 | (word + pc // 4) & 0x3ffffff
        elif word & 0x9f000000 == 0x10000000:
            imm = (word >> 3 & 0x1ffffc | word >> 29 & 3) + pc
            words[i] = (word & 0x9f00001f | (imm & 0x1ffffc) << 3
                        | (imm & 3) << 29)
    return words.tobytes()


def deflate(data):
    """A raw DEFLATE stream, RFC 1951."""
    with tempfile.NamedTemporaryFile() as file:
        file.write(data)
        file.flush()
        try:
            packed = subprocess.run(
                ["zopfli", "--deflate", "-c", "--i5", file.name],
                check=True, stdout=subprocess.PIPE).stdout
        except FileNotFoundError:
            fail("zopfli does not run: install it (scripts/install-deps does)")
        except subprocess.CalledProcessError as error:
            fail(f"zopfli: {error}")
    if zlib.decompress(packed, -15) != data:
        fail("zopfli has packed it wrongly")
    return packed


def main():
    raw_path, image_path = sys.argv[1:]
    where = symbols(sys.stdin)
    cold, cold_end = where["__cold_text"], where["__cold_end"]
    with open(raw_path, "rb") as f:
        image = bytearray(f.read())
    start, end = where["__rela_start"], where["__rela_end"]
    if not start <= end <= cold <= cold_end:
        fail("the cold part must lie behind the relocation table, and both "
             "behind all else that is loaded")
    # objcopy leaves out what is empty at the end
    image += bytes(cold_end - len(image))
    offsets, kinds = [], set()
    for place, info, addend in struct.iter_unpack("<QQq", image[start:end]):
        if not info:
            continue
        if info not in RELATIVE:
            fail(f"0x{place:x} has a relocation of type {info}; only "
                 "relative ones can be applied where the Image lies")
        if place % 8 or not (place + 8 <= start
                             or cold <= place <= cold_end - 8):
            fail(f"the pointer at 0x{place:x} is not aligned, or neither "
                 "before the table nor in the cold part")
        struct.pack_into("<q", image, place, addend)
        kinds.add(info)
        offsets.append(place)
    first = table(place for place in offsets if place < start)
    second = table(place for place in offsets if place >= start)
    crc = zlib.crc32(image[cold:cold_end])
    if AARCH64 in kinds:
        code_end = where["__cold_rodata"]
        image[cold:code_end] = from_start(bytes(image[cold:code_end]), cold)
    packed = deflate(bytes(image[cold:cold_end]))
    begin = start + len(first) + len(second)
    if begin > cold:
        fail("the packed tables are longer than the room for them")
    if begin + len(packed) > cold_end:
        fail("the packed cold part is longer than it was")
    struct.pack_into("<4I", image, where["cold_record"], start + len(first),
                     begin, len(packed), crc)
    with open(image_path, "wb") as f:
        f.write(image[:start] + first + second + packed)


if __name__ == "__main__":
    main()
