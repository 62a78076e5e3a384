# SPDX-License-Identifier: Apache-2.0
"""Every combination of CPU, number of CPUs, timer and way to boot: guests that
look at what they stand on. By make check-full."""

import itertools
import re

import pytest
from machine import Board, RiscvBoard, full

pytestmark = full


def matrix():
    """(arch, board, boot loader) of all combinations."""
    for cpu, sstc, smp, way in itertools.product(
            ("rv64", "max", "rva23s64"), ("", ",sstc=off"), (1, 2, 3, 4),
            ("bare", "uboot")):
        # Debian 12's U-Boot ends itself on all that max has (ENOSPC)
        if (cpu, way) != ("max", "uboot"):
            yield "riscv64", RiscvBoard(cpu + sstc, smp), way
    # the guests' files say PLIC: on a machine that has none
    for cpu, smp, aia in itertools.product(
            ("rv64", "max"), (1, 2, 3, 4),
            ("aplic", "aplic-imsic,aia-guests=3")):
        yield "riscv64", RiscvBoard(
            cpu, smp, extra=("-M", f"virt,aia={aia}")), "bare"
    for cpu, smp, way in itertools.product(
            ("cortex-a57", "cortex-a76", "max"), (1, 2, 3, 4),
            ("bare", "uboot")):
        yield "aarch64", Board(cpu, smp), way


def start(arch, boot, board, way, guests):
    """By QEMU's -kernel, or by U-Boot from a disk."""
    if way == "bare":
        return boot(board, "-kernel", arch.image(*guests))
    disk = arch.builder.sdimage(*guests)
    loader = "-bios" if arch.name == "aarch64" else "-kernel"
    return boot(board, loader, board.uboot, "-drive",
                f"if=none,file={disk},format=raw,id=d0,snapshot=on",
                "-device", "virtio-blk-device,drive=d0")


@pytest.mark.parametrize("arch,board,way", matrix(), ids=str,
                         indirect=["arch"])
def test_combination(arch, boot, board, way):
    """Interrupts, timers, IPIs, faults, a channel and memory of its own."""
    guests = [arch.vm("neighbour"), arch.vm("ivc-a"), arch.vm("ivc-b")]
    if arch.name == "riscv64":
        guests.append(arch.vm("hart", smp=2))
    console = start(arch, boot, board, way, guests)
    found = console.expect(r"(\d+) CPUs?, \d+ of \d+ MiB RAM free")
    assert int(found.group(1)) == board.smp
    console.expect(r"ivc-b: started")
    if arch.name == "riscv64":
        timer = "SBI" if "sstc=off" in board.cpu else "Sstc"
        assert f"timer by {timer}" in console.qemu.before
        console.expect(r"hart: powered off by its guest")
    console.to_shell()
    console.show("ivc-b", r"500 questions answered")
    console.show("neighbour", r"round \d+ (?:intact|DAMAGED)")
    assert console.qemu.after.endswith("intact")
    if arch.name == "aarch64":
        return
    console.to_shell()
    console.send("vm console hart -n 40\r")
    console.expect(r"hart guest: by the debug console")
    console.expect(r"hart guest: done")
    said = console.qemu.before
    assert "FAIL" not in said, said
    assert len(re.findall(r"(?m)^pass ", said)) == 11, said
