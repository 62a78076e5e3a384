# SPDX-License-Identifier: Apache-2.0
"""The boards' own builds. No board stands here: they run on QEMU's machine."""

import pytest

from machine import Board, Builder
from test_boot import UBOOT

SHIPPED = ("vms/linux-aarch64-orangepi-5-plus-smp2.toml",
           "vms/neighbour-aarch64-orangepi-5-plus-smp1.toml")


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


def test_card(orangepi, boot):
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


def test_missing_cpus(orangepi, boot):
    """On a machine of four CPUs there is none of those it is to have."""
    console = started(boot, orangepi, smp=4)
    console.expect(r"neighbour-aarch64-orangepi-5-plus-smp1.toml is refused")
    console.to_shell()
    assert "neighbour" not in console.shell("vm list")
