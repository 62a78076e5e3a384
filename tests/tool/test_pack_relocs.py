# SPDX-License-Identifier: Apache-2.0
"""scripts/pack_relocs.py: every pointer relocated, none else, or refused."""

import os
import random
import struct
import subprocess
import sys

import pytest

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
TOOL = os.path.join(ROOT, "scripts/pack_relocs.py")
RELATIVE = 1027


def pack(tmp_path, size, relocations):
    """Runs the tool on an Image of size bytes and a table behind them."""
    raw, image = tmp_path / "raw", tmp_path / "Image"
    table = b"".join(struct.pack("<QQq", *r) for r in relocations)
    raw.write_bytes(b"\xa5" * size + table + bytes(16))
    done = subprocess.run(
        [sys.executable, TOOL, raw, image], check=False, text=True,
        input=f"{size:016x} D __rela_start\n{size + len(table):016x} D __rela_end\n",
        stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    return done, image


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
    want = [8 * i for i in range(1, size // 8) if random.random() < density]
    shuffled = random.sample(want, len(want))
    done, image = pack(tmp_path, size,
                       [(at, RELATIVE, at ^ 0x1234) for at in shuffled])
    assert done.returncode == 0, done.stderr
    data = image.read_bytes()
    words = struct.unpack(f"<{(len(data) - size) // 8}Q", data[size:])
    assert places(words) == want
    untouched = struct.unpack("<q", b"\xa5" * 8)[0]
    pointers = set(want)
    for at in range(0, size, 8):
        value = struct.unpack_from("<q", data, at)[0]
        assert value == (at ^ 0x1234 if at in pointers else untouched)


@pytest.mark.parametrize("relocation, words", [
    ((12, RELATIVE, 0), "not aligned"),
    ((64, RELATIVE, 0), "behind the table"),
    ((8, 1025, 0), "type 1025"),
])
def test_refused(tmp_path, relocation, words):
    done, image = pack(tmp_path, 64, [relocation])
    assert done.returncode == 1 and words in done.stderr
    assert not image.exists()
