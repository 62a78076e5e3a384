# SPDX-License-Identifier: Apache-2.0
"""riscv64 guest files as AxVisor's users write them, of small kernels.

Linux of that shape is in test_riscv64_passthrough.py.
"""

import re

import pytest
from machine import ROOT, SHELL_PROMPT, Builder, RiscvBoard


@pytest.fixture(scope="module")
def riscv(tmp_path_factory):
    """Checked locks."""
    return Builder(tmp_path_factory.mktemp("riscv64-shapes"),
                   "qemu-riscv64_defconfig").configure(
                       "CONFIG_DEBUG_LOCKS=y")


def shape(tmp_path, name, kernel):
    """tests/vms' file with a kernel that is there."""
    with open(f"{ROOT}/tests/vms/riscv64/{name}.toml",
              encoding="utf-8") as file:
        text = file.read()
    toml = tmp_path / f"{name}-riscv64-qemu-smp1.toml"
    toml.write_text(text.replace('"kernel.bin"', f'"images/{kernel}"'))
    return toml


def test_small_kernels(riscv, boot, tmp_path):
    """No device at all: a console by SBI. PLIC and UART by tuples: the
    host's stay, virtual ones stand there."""
    tomls = [shape(tmp_path, "arceos", "sbicon-riscv64.bin"),
             shape(tmp_path, "nimbos", "idle-riscv64.bin")]
    console = boot(RiscvBoard(smp=2), "-kernel", riscv.image(*tomls))
    console.expect(r"nimbos: the host keeps /soc/serial@10000000, an emulated"
                   " one stands there")
    console.expect(r"nimbos: 0xc000000 .*\(plic@c000000\) stays with the host")
    console.to_shell()
    console.switch_to("nimbos")
    console.expect("idle guest: asleep")
    console.switch_to("arceos")
    console.send("abc")
    console.expect("ABC")
    console.send("q")
    console.expect("sbi guest: again")
    console.send("xyz")
    console.expect("XYZ")
    console.to_shell()
    shown = console.shell("vm show nimbos")
    assert re.search(r"device 0x000c000000 .* PLIC", shown), shown
    assert re.search(r"device 0x0010000000 .* interrupt 10", shown), shown
    assert "passed" not in shown and "forwarded" not in shown, shown
    assert re.search(r"ram +0x0080000000 \+ 0x004000000",
                     console.shell("vm show arceos"))
    console.switch_to("arceos")
    console.send("q")
    console.expect("sbi guest: done")
    console.expect(r"arceos: Stopped \(system down\)")
    # a second start has the console, and nothing typed before
    console.send("\r")
    console.expect(SHELL_PROMPT)
    console.send("vm start -c arceos\r")
    console.expect("sbi guest: type")
    console.send("d")
    console.expect("D")
