# SPDX-License-Identifier: Apache-2.0
"""The boards' own builds. No board stands here: they run on QEMU's machine."""

import dataclasses
import os
import re
import time

import pytest

from machine import HANG_S, ROOT, Board, Builder, full
from soc import (BAD_AT, BAD_SCMI, BAD_SIZE, SOC_3568, SOC_3588, Registers,
                 bad_nodes, replies_put)
from test_board_shapes import (IDLE, NEIGHBOUR, RAM_MIB, ram_arguments,
                               shaped_tree)
from test_boot import UBOOT, load, loader_stub, variant

SHIPPED = ("vms/linux-aarch64-orangepi-5-plus-smp2.toml",
           "vms/neighbour-aarch64-orangepi-5-plus-smp1.toml")


PAGE = "Documentation/boards/orangepi-5-plus.md"


def page_lines():
    """{line of the log that the page tells of: pattern of it}; numbers and
    nodes are the machine's."""
    with open(os.path.join(ROOT, PAGE), encoding="utf-8") as file:
        text = re.search(r"(?s)## What you should see\n(.*?)\n## ",
                         file.read()).group(1)
    lines = {}
    for line in re.findall(r"(?m)^    \[ .*?\] (\w .*?)(?: {3}.*)?$", text):
        pattern = re.sub(r"/[\w-]+(@\w+)?", "/NODE", line)
        pattern = re.sub(r"\d+", r"\\d+", re.escape(pattern))
        lines[line] = (pattern.replace("…", r"\S+")
                       .replace("/NODE", r"/\S+"))
    return lines


def missing_lines(console_log, *elsewhere):
    """Lines of the page that were not printed, without those that have one of
    these words."""
    text = console_log.read_text()
    lines = page_lines()
    assert len(lines) > 10
    for word in elsewhere:
        assert any(word in line for line in lines), word
    return [line for line, pattern in lines.items()
            if not any(word in line for word in elsewhere)
            and not re.search(pattern, text)]


@pytest.fixture(scope="module")
def orangepi(tmp_path_factory):
    return Builder(tmp_path_factory.mktemp("orangepi"),
                   "orangepi-5-plus_defconfig")


def started(boot, orangepi, **machine):
    """The card that a user writes, under QEMU's U-Boot, which has no tree of
    the board's name and passes its own on."""
    return boot(Board(**machine), "-bios", UBOOT, "-drive",
                f"if=none,file={orangepi.sdimage(*SHIPPED)},format=raw,id=d0,"
                "snapshot=on", "-device", "virtio-blk-device,drive=d0")


def test_card(orangepi, boot, tmp_path):
    """One arm64 Image boots on every board. What this one lacks, the memory
    for Linux, is said; the guest beside it runs, on the CPU of its file."""
    console = started(boot, orangepi, smp=8)
    console.expect(r"8 CPUs")
    console.expect(r"linux-aarch64-orangepi-5-plus-smp2.toml: "
                   r"memory_regions\[0\]: .* not enough free host memory")
    console.to_shell()
    listed = console.shell("vm list")
    assert "neighbour" in listed and "linux" not in listed
    console.show("neighbour", r"neighbour: round \d+.* intact")
    # those of its card's controllers, and of devices of Linux
    assert not missing_lines(tmp_path / "console0.log", "mmcblk",
                             "W vdev", "passthrough:", "linux: started")


@full
def test_page(orangepi, boot, tmp_path):
    """With 10 GiB: what the page says, but for the card."""
    console = boot(Board(smp=8, mem="10G"), "-kernel",
                   orangepi.image(*SHIPPED))
    console.expect(r"linux: started")
    console.expect(r"neighbour: started")
    console.to_shell()
    assert not missing_lines(tmp_path / "console0.log", "mmcblk")


def test_missing_cpus(orangepi, boot):
    """On a machine of four CPUs there is none of those it is to have."""
    console = started(boot, orangepi, smp=4)
    console.expect(r"neighbour-aarch64-orangepi-5-plus-smp1.toml is refused")
    console.to_shell()
    assert "neighbour" not in console.shell("vm list")


def guests(tmp_path, soc, size=0x1_0000):
    """A guest with the network controller, and the shipped neighbour."""
    idle, neighbour = soc.shape.guests
    return (variant(tmp_path / "nic.toml", IDLE, name='"nic"',
                    phys_cpu_sets=f"[{1 << idle:#x}]",
                    passthrough_devices=f'[["nic", {soc.device:#x}, '
                    f"{soc.device:#x}, {size:#x}, 0]]"),
            variant(tmp_path / "neighbour.toml", NEIGHBOUR,
                    phys_cpu_sets=f"[{1 << neighbour:#x}]"))


def on_board(boot, tmp_path, soc, image, more=""):
    """A console, and the registers."""
    board = Board("cortex-a76", soc.shape.qemu_cpus, f"{RAM_MIB}M")
    tree = shaped_tree(tmp_path, board, soc.shape, soc.nodes + more)
    registers = Registers(tmp_path / "ram", soc)
    stub = loader_stub(tmp_path, soc.shape.fdt, soc.shape.image)
    replies_put(stub)
    return boot(board, "-bios", stub, *ram_arguments(tmp_path / "ram"),
                *load(image, soc.shape.image),
                *load(tree, soc.shape.fdt)), registers


def device_is_turned_on(console, registers, soc):
    """First its power does not come on, and nothing else is touched."""
    console.expect(rf"domain {soc.domain} does not come on: error -\d+")
    console.expect(rf"nic: ethernet@{soc.device:x} has no power")
    console.expect(r"neighbour: started")
    console.show("neighbour", r"neighbour: round \d+.* intact")
    console.to_shell()
    assert registers[soc.power[0]] == soc.power[1]
    reset, bit = soc.reset
    assert not any(registers[at] for at in (*soc.gates, reset))
    registers[soc.state[0]] = soc.state[2]
    for command in ("stop -f", "delete", "create", "start"):
        console.shell(f"vm {command} nic")
    console.show("nic", "idle guest: asleep")
    assert {at: registers[at] for at in soc.gates} == soc.gates
    assert registers[reset] == 0x10000 << bit
    console.to_shell()


def device_is_reset(console, registers, soc):
    """It is in its reset as long as its guest is stopped."""
    reset, bit = soc.reset
    for _ in range(2):
        console.shell("vm stop -f nic")
        assert registers[reset] == 0x10001 << bit
        console.shell("vm start nic")
        assert registers[reset] == 0x10000 << bit
    registers[reset] = 0
    console.shell("vm restart -f nic")
    assert registers[reset] == 0x10000 << bit
    console.shell("vm stop -f nic")
    assert registers[reset] == 0x10001 << bit
    console.shell("vm delete nic")
    assert registers[reset] == 0x10000 << bit


def test_soc_rk3588(orangepi, boot, tmp_path):
    """What the host does for a guest's device, seen from outside. It has no
    watchdog in this build."""
    soc = SOC_3588
    console, registers = on_board(
        boot, tmp_path, soc, orangepi.image(*guests(tmp_path, soc)))
    console.expect(r"8 CPUs")
    device_is_turned_on(console, registers, soc)
    device_is_reset(console, registers, soc)
    assert registers[soc.watchdog] == 0


def test_soc_rk3568(orangepi, boot, tmp_path):
    """The same on RK3568, and its watchdog is fed."""
    soc = SOC_3568
    builder = Builder(tmp_path, "roc-rk3568-pc_defconfig")
    builder.build, orangepi.configured = orangepi.build, False
    builder.configure("CONFIG_DW_WDT=y")
    console, registers = on_board(
        boot, tmp_path, soc, builder.image(*guests(tmp_path, soc)))
    console.expect(r"resets the machine when it hangs for 22369 ms")
    console.expect(r"4 CPUs")
    device_is_turned_on(console, registers, soc)
    # WDT_TORR, WDT_CR, WDT_CRR
    assert registers[soc.watchdog + 4] == 0xdd
    assert registers[soc.watchdog] == 1
    registers[soc.watchdog + 12] = 0
    deadline = time.monotonic() + HANG_S
    while registers[soc.watchdog + 12] != 0x76:
        assert time.monotonic() < deadline
        time.sleep(0.2)


def test_bad_tree(orangepi, boot, tmp_path):
    """Whatever a tree says of clocks, domains, resets, pins and firmware: the
    host says what it does not do, and guests run."""
    nodes, reserved, said = bad_nodes()
    soc = dataclasses.replace(
        SOC_3588, device=BAD_AT, nodes=SOC_3588.nodes + nodes,
        shape=dataclasses.replace(SOC_3588.shape, reserved=reserved),
        state=(*SOC_3588.state[:1], 0xffff_ffff, 0))
    for call, at, *_ in BAD_SCMI.values():
        if at and at >> 24 == 0xf6:
            soc.steady[at + 4] = 1
    console, registers = on_board(boot, tmp_path, soc, orangepi.image(
        *guests(tmp_path, soc, BAD_SIZE)))
    console.expect(r"nic: started")
    console.expect(r"neighbour: started")
    console.show("nic", "idle guest: asleep")
    console.show("neighbour", r"neighbour: round \d+.* intact")
    text = (tmp_path / "console0.log").read_text()
    missing = [line for line in said if not re.search(line, text)]
    assert not missing, missing
    console.to_shell()
    console.shell("vm restart -f nic")
    assert re.search(r"nic\s.*running", console.shell("vm list"), re.I)
