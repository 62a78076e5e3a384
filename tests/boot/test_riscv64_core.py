# SPDX-License-Identifier: Apache-2.0
"""What riscv64's harts keep for their guests while the host works for them."""

import re

import pytest
from machine import SHELL_PROMPT, Builder, RiscvBoard

CORE = "vms/core-riscv64-qemu-smp1.toml"
TESTS = 5


@pytest.fixture(scope="module")
def riscv(tmp_path_factory):
    return Builder(tmp_path_factory.mktemp("riscv64-core"),
                   "qemu-riscv64_defconfig").configure("CONFIG_DEBUG_LOCKS=y")


@pytest.mark.parametrize("cpu", ["rv64", "max"])
def test_core(riscv, boot, cpu):
    console = boot(RiscvBoard(cpu, 1), "-kernel", riscv.image(CORE))
    console.expect(r"core: powered off by its guest", timeout=60)
    console.send("\r")
    console.expect(SHELL_PROMPT)
    console.send("vm console core -n 60\r")
    console.expect(r"core guest\r")
    console.expect(r"core guest: done")
    said = console.qemu.before
    assert "FAIL" not in said, said
    assert len(re.findall(r"(?m)^pass ", said)) == TESTS, said
