# SPDX-License-Identifier: Apache-2.0
"""scripts/pack_image.py: every pointer relocated, none else, or refused; the cold
part comes back."""

import os
import random
import struct
import subprocess
import sys
import zlib

import pytest

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
TOOL = os.path.join(ROOT, "scripts/pack_image.py")
RELATIVE = 1027


RECORD = 8  # where cold_record lies


def pack(tmp_path, size, relocations, cold=bytes(64), code_bytes=0):
    """Runs the tool on an Image of size bytes, a table and a cold part behind
    them. Return: what it said, the Image, where the cold part begins."""
    raw, image = tmp_path / "raw", tmp_path / "Image"
    table = b"".join(struct.pack("<QQq", *r) for r in relocations)
    begin = size + len(table) + 16
    raw.write_bytes(b"\xa5" * size + table + bytes(16) + cold)
    places = {"__rela_start": size, "__rela_end": size + len(table),
              "cold_record": RECORD, "__cold_text": begin,
              "__cold_rodata": begin + code_bytes,
              "__cold_end": begin + len(cold)}
    done = subprocess.run(
        [sys.executable, TOOL, raw, image], check=False, text=True,
        input="".join(f"{at:016x} D {name}\n" for name, at in places.items()),
        stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    return done, image, begin


def places(words):
    """What head.S does with the table."""
    at, found = 0, []
    for word in words:
        if not word:
            return found
        if not word & 1:
            found.append(word)
            at = word + 8
            continue
        for bit in range(63):
            if word >> (bit + 1) & 1:
                found.append(at + 8 * bit)
        at += 63 * 8
    raise AssertionError("the table has no end")


@pytest.mark.parametrize("density", [0.0, 0.001, 0.05, 0.5, 1.0])
def test_every_pointer_once(tmp_path, density):
    size = 1 << 16
    random.seed(int(density * 1000))
    inside = range(RECORD + 16, size, 8)
    want = [at for at in inside if random.random() < density]
    cold = random.randbytes(4096) + bytes(4096)
    count = min(len(want), 100)
    begin = size + 24 * (len(want) + count) + 16
    want_cold = [begin + 8 * i for i in range(count)]
    shuffled = random.sample(want + want_cold, len(want) + count)
    done, image, at = pack(tmp_path, size,
                           [(at, RELATIVE, at ^ 0x1234) for at in shuffled],
                           cold)
    assert done.returncode == 0, done.stderr
    assert at == begin
    data = image.read_bytes()
    second, packed, packed_bytes, crc = struct.unpack_from("<4I", data, RECORD)
    assert packed + packed_bytes == len(data) <= begin + len(cold)
    words = struct.unpack(f"<{(packed - size) // 8}Q", data[size:packed])
    assert places(words) == want
    assert places(words[(second - size) // 8:]) == want_cold
    unpacked = zlib.decompress(data[packed:], -15)
    assert len(unpacked) == len(cold) and zlib.crc32(unpacked) == crc
    untouched = b"\xa5" * size + data[size:begin].ljust(begin - size) + cold
    whole = data[:size].ljust(begin) + unpacked
    pointers = set(want + want_cold)
    for at in (*inside, *range(begin, begin + len(cold), 8)):
        value = struct.unpack_from("<q", whole, at)[0]
        assert value == (at ^ 0x1234 if at in pointers else
                         struct.unpack_from("<q", untouched, at)[0])


@pytest.mark.parametrize("relocation, words", [
    ((12, RELATIVE, 0), "not aligned"),
    ((64, RELATIVE, 0), "neither before the table nor in the cold"),
    ((64 + 24 + 16 + 64, RELATIVE, 0), "neither before the table nor in the cold"),
    ((8, 1025, 0), "type 1025"),
])
def test_refused(tmp_path, relocation, words):
    done, image, _ = pack(tmp_path, 64, [relocation])
    assert done.returncode == 1 and words in done.stderr
    assert not image.exists()


def code_back(code, at):
    """What arch_code_unpack() does."""
    words = list(struct.unpack(f"<{len(code) // 4}I", code))
    for i, word in enumerate(words):
        if word & 0xfc000000 == 0x94000000:
            words[i] = 0x94000000 | (word - (at // 4 + i)) % (1 << 26)
        if word & 0x9f000000 == 0x10000000:
            imm = (word >> 5 & 0x7ffff) << 2 | word >> 29 & 3
            imm = (imm - at - 4 * i) % (1 << 21)
            words[i] = (0x10000000 | word & 31 | (imm >> 2) << 5
                        | (imm & 3) << 29)
    return struct.pack(f"<{len(words)}I", *words)


def test_code(tmp_path):
    """Calls of one function are the same bytes, of any distance and sign, and
    come back; what is no code stays."""
    def bl(distance):
        return 0x94000000 | distance // 4 % (1 << 26)

    def adr(distance):
        return (0x10000003 | (distance // 4 % (1 << 19)) << 5
                | (distance & 3) << 29)

    for relative in (RELATIVE, 3):
        size, count = 1 << 12, 1024
        begin = size + 24 + 16
        target = begin - 0x800
        code = [bl(target - begin - 4 * i) if i % 2 else
                adr(target + 1 - begin - 4 * i) for i in range(count)]
        code += [0x14000001, 0x90000000, 0xffffffff, 0]
        code = struct.pack(f"<{len(code)}I", *code)
        rest = code[:64] + bytes(8192)
        done, image, at = pack(tmp_path, size, [(64, relative, 0)],
                               code + rest, len(code))
        assert done.returncode == 0, done.stderr
        assert at == begin
        data = image.read_bytes()
        _, packed, packed_bytes, crc = struct.unpack_from("<4I", data, RECORD)
        assert (packed_bytes < 300) == (relative == RELATIVE)
        unpacked = zlib.decompress(data[packed:], -15)
        if relative == RELATIVE:
            assert len({unpacked[8 * i + 4:8 * i + 8]
                        for i in range(count // 2)}) == 1
            unpacked = code_back(unpacked[:len(code)], begin) \
                + unpacked[len(code):]
        assert unpacked == code + rest and zlib.crc32(unpacked) == crc


def test_no_packer(tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", "/nonexistent")
    done, image, _ = pack(tmp_path, 64, [])
    assert done.returncode == 1 and "install" in done.stderr
    assert not image.exists()


def test_incompressible(tmp_path):
    """What would reach past the cold part's end, over what is zero at first."""
    random.seed(1)
    done, image, _ = pack(tmp_path, 64, [], random.randbytes(4096))
    assert done.returncode == 1 and "longer than it was" in done.stderr
    assert not image.exists()
