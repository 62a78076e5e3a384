# SPDX-License-Identifier: Apache-2.0
"""Linux at work: two vCPUs, one CPU, two guests side by side."""

import os
import re

import pytest
from machine import (LINUX_PROMPT, ROOT, SHELL_PROMPT, Board, RiscvBoard, full,
                     needs_linux)

pytestmark = needs_linux

TIMER = {"aarch64": r"arch_timer", "riscv64": r"riscv-timer"}


WORK = [
    # files
    "dd if=/dev/urandom of=/tmp/a bs=64k count=32 2>/dev/null",
    "cp /tmp/a /tmp/b && cmp /tmp/a /tmp/b",
    # pipes
    "test $(seq 1 2000 | tr -d '\\n' | wc -c) = 6893",
    # every CPU busy at once, and waited for
    "for c in 0 1; do taskset $((1 << c)) md5sum /tmp/a & done; wait",
    # timers
    "sleep 1 && usleep 1000",
    "test $(nproc) = 2",
]


MACHINES = [
    Board("cortex-a57", 2), Board("cortex-a76", 4), Board("max", 2),
    RiscvBoard("rv64", 2), RiscvBoard("rv64,sstc=off", 4),
    pytest.param(RiscvBoard("max", 2), marks=full),
    pytest.param(RiscvBoard("rva23s64", 3), marks=full),
    pytest.param(RiscvBoard("rva23s64,sstc=off", 2), marks=full),
]


def of_arch(board):
    """A row of parameters ("arch", "board")."""
    if isinstance(board, (Board, RiscvBoard)):
        return pytest.param(board.arch, board)
    return pytest.param(board.values[0].arch, *board.values, marks=board.marks)


@pytest.mark.parametrize("arch,board", map(of_arch, MACHINES), ids=str,
                         indirect=["arch"])
def test_linux_two_vcpus(arch, boot, board):
    """Linux with two vCPUs works, reboots from cold, powers off."""
    console = boot(board, "-kernel", arch.image(arch.vm("linux", smp=2)))
    console.to_linux()
    for command in WORK:
        console.linux(command)
    interrupts = console.linux("cat /proc/interrupts")
    assert re.search(TIMER[arch.name], interrupts)
    console.send("reboot -f\n")
    console.to_linux()
    assert "missing" in console.linux(
        "test -e /tmp/a && echo present || echo missing")
    console.send("poweroff -f\n")
    # a VM that ends gives the console back by itself
    console.expect(r"\[console: cvisor\]")
    console.send("\r")
    console.expect(SHELL_PROMPT)
    assert re.search(r"linux\S*\s.*stopped", console.shell("vm list"), re.I)


@pytest.fixture(scope="module")
def unpinned(arch, tmp_path_factory):
    """The two-vCPU guest on whatever CPUs there are."""
    toml = tmp_path_factory.mktemp("unpinned") / "linux-smp2.toml"
    with open(os.path.join(ROOT, arch.vm("linux", smp=2)), encoding="utf-8") as file:
        text = file.read()
    toml.write_text(re.sub(r"(?m)^phys_cpu_sets.*\n", "", text))
    return toml


def test_linux_one_host_cpu(arch, boot, unpinned):
    """Two vCPUs on one CPU."""
    console = boot(arch.board(smp=1), "-kernel", arch.image(unpinned))
    console.to_linux()
    assert console.linux("nproc").strip() == "2"


@pytest.mark.parametrize("smp", [1, 2])
def test_two_linux_side_by_side(arch, boot, unpinned, smp):
    """Two Linux guests, each reached by Ctrl+X; also on one CPU."""
    console = boot(arch.board(smp=smp), "-kernel",
                   arch.image(arch.vm("linux"), unpinned))
    console.to_linux()
    first = console.linux("nproc").strip()
    seen = {first}
    for _ in range(3):
        console.send("\x18]")
        console.send("\n")
        if console.qemu.expect([LINUX_PROMPT, r"cvisor:\S*\$ "],
                               timeout=120) == 0:
            seen.add(console.linux("nproc").strip())
    assert seen == {"1", "2"}


UBOOT_GUEST = {"aarch64": """\
[base]
id = 7
name = "u-boot"
cpu_num = 1
[kernel]
entry_point = 0x0
image_location = "memory"
kernel_path = "UBOOT"
kernel_load_addr = 0x0
dtb_load_addr = 0x4000_0000
memory_regions = [
  [0x0, 0x0800_0000, 0x7, 0],
  [0x4000_0000, 0x0800_0000, 0x7, 0],
]
[devices]
interrupt_mode = "emulated"
emu_devices = [
  ["gicd", 0x0800_0000, 0x1_0000, 0, 0x21, []],
  ["gicr", 0x080a_0000, 0x2_0000, 0, 0x20, [1, 0x2_0000, 0]],
  ["uart", 0x0900_0000, 0x1000, 33, 0x2, []],
]
""", "riscv64": """\
[base]
id = 7
name = "u-boot"
cpu_num = 1
[kernel]
entry_point = 0x8020_0000
image_location = "memory"
kernel_path = "UBOOT"
kernel_load_addr = 0x8020_0000
dtb_load_addr = 0x8700_0000
memory_regions = [
  [0x8000_0000, 0x0800_0000, 0x7, 0],
]
[devices]
interrupt_mode = "emulated"
emu_devices = [
  ["plic", 0x0c00_0000, 0x60_0000, 0, 0x30, []],
  ["uart", 0x1000_0000, 0x1000, 10, 0x2, []],
]
"""}
# What it finds in its tree, drives, and where free memory is.
UBOOT_SEES = {
    "aarch64": ("0x40000000", "/pl011@9000000", "arm,pl011", "psci-sysreset",
                "41000000"),
    "riscv64": ("0x87000000", "/serial@10000000", "ns16550", "sbi-sysreset",
                "82000000"),
}


def test_uboot_as_a_guest(arch, boot, tmp_path):
    """A boot loader that was built for the bare machine: it reads its flash's
    place, its own tree, the counter; it resets and turns itself off."""
    toml = tmp_path / "u-boot.toml"
    toml.write_text(UBOOT_GUEST[arch.name].replace("UBOOT", arch.board.uboot))
    console = boot(arch.board(), "-kernel", arch.image(toml))

    def to_prompt():
        console.expect("Hit any key to stop autoboot")
        console.send(" ")
        console.expect(r"(?m)^=> ")

    def command(text):
        console.send(text + "\r")
        console.expect(re.escape(text) + r"\s+")
        console.expect(r"(?m)^=> ")
        return console.qemu.before

    to_prompt()
    tree, node, uart, sysreset, free = UBOOT_SEES[arch.name]
    assert uart in command(f"fdt addr {tree}; fdt print {node}")
    assert sysreset in command("dm tree")
    command(f"mw.b {free} 55 100000")
    assert "0026d5fb" in command(f"crc32 {free} 100000")
    command("sleep 1")
    console.send("reset\r")
    to_prompt()
    console.send("poweroff\r")
    console.expect("u-boot: powered off by its guest")
