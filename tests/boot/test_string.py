# SPDX-License-Identifier: Apache-2.0
"""memcpy() and memmove() of arch/aarch64/string.S, on the bare machine."""

import os
import re
import subprocess

import pytest
from machine import HANG_S, ROOT


@pytest.mark.parametrize("cpu", ["cortex-a57", "max"])
def test_copies(tmp_path, cpu):
    """Every small size, alignment and overlap, against copies by bytes."""
    image = tmp_path / "string-aarch64.bin"
    subprocess.run(
        ["make", "-s", "-C", os.path.join(ROOT, "tests/guests"),
         f"OUT={tmp_path}", str(image)], check=True)
    said = subprocess.run(
        ["qemu-system-aarch64", "-M", "virt", "-cpu", cpu, "-m", "64",
         "-nographic", "-nic", "none", "-kernel", str(image)],
        timeout=HANG_S, check=True, text=True, stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE).stdout
    cases = re.search(r"string: all right, cases (\d+)", said)
    assert cases, said
    assert int(cases.group(1)) > 400000
