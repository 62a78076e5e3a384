# SPDX-License-Identifier: Apache-2.0
"""Emulated cards, by the drivers of Debian's own kernel for the boards."""

import hashlib
import random
import struct

import pytest
from machine import SHELL_PROMPT, Board, Builder, needs_linux

LINUX = """\
[base]
id = 1
name = "linux"
vm_type = 2
cpu_num = 1
phys_cpu_sets = [0x2]
[kernel]
entry_point = 0x4020_0000
image_location = "memory"
kernel_path = "images/linux-boards.Image"
kernel_load_addr = 0x4020_0000
ramdisk_path = "images/initramfs-boards.cpio.gz"
ramdisk_load_addr = 0x4800_0000
cmdline = "console=ttyAMA0 loglevel=3"
disk_path = "{disk}"
memory_regions = [[0x4000_0000, 0x1000_0000, 0x7, 0]]
[devices]
interrupt_mode = "emulated"
emu_devices = [
  ["gicd", 0x0800_0000, 0x1_0000, 0, 0x21, []],
  ["gicr", 0x080a_0000, 0x2_0000, 0, 0x20, [1, 0x2_0000, 0]],
  ["uart", 0x0900_0000, 0x1000, 33, 0x2, []],
  ["sd", 0x0a10_0000, 0x4000, 44, 0x44, []],
  ["emmc", 0x0a20_0000, 0x1_0000, 45, 0x45, [5]],
]
"""
MCI = """\
[base]
id = 1
name = "mci"
cpu_num = 1
phys_cpu_sets = [0x2]
[kernel]
entry_point = 0x4008_0000
image_location = "memory"
kernel_path = "images/mci-aarch64.bin"
kernel_load_addr = 0x4008_0000
disk_path = "{disk}"
memory_regions = [[0x4000_0000, 0x80_0000, 0x7, 0]]
[devices]
interrupt_mode = "emulated"
emu_devices = [
  ["gicd", 0x0800_0000, 0x1_0000, 0, 0x21, []],
  ["gicr", 0x080a_0000, 0x2_0000, 0, 0x20, [1, 0x2_0000, 0]],
  ["uart", 0x0900_0000, 0x1000, 33, 0x2, []],
  ["mci", 0x0a30_0000, 0x1000, 46, 0x46, [2]],
]
"""
BLOCK = 512
DISK_BYTES = (2 << 20) + 5 * BLOCK  # the card has 3 MiB
MODULES = "modprobe mmc_block; modprobe {}"


def disk_image():
    """A disk of two partitions, and noise everywhere else."""
    data = bytearray(random.Random(6).randbytes(DISK_BYTES))
    data[446:512] = bytes(66)
    for n, (first, count) in enumerate([(1024, 2048), (3072, 1024)]):
        data[446 + 16 * n:462 + 16 * n] = struct.pack(
            "<B3sB3sII", 0, b"\xfe\xff\xff", 0x83, b"\xfe\xff\xff", first, count)
    data[510:512] = b"\x55\xaa"
    return bytes(data)


@pytest.fixture(scope="module")
def cards(tmp_path_factory):
    """Images with emulated cards."""
    return Builder(tmp_path_factory.mktemp("cards")).configure(
        "CONFIG_VDEV_DW_MSHC=y", "CONFIG_VDEV_DWCMSHC=y",
        "CONFIG_VDEV_PHYTIUM_MCI=y")


def disk_of(console, controller):
    """Loads its driver; the name of the disk that it has found."""
    driver, device = {"sd": ("dw_mmc-rockchip", "a100000.mmc"),
                      "emmc": ("sdhci-of-dwcmshc", "a200000.mmc")}[controller]
    console.linux(MODULES.format(driver))
    # its card is looked for behind the driver's back
    return console.linux(
        "i=0; until basename"
        f" /sys/bus/platform/devices/{device}/mmc_host/mmc*/mmc*:*/block/mmcblk*"
        " | grep -v '\\*'; do usleep 100000; i=$((i+1)); [ $i -lt 100 ] || break;"
        " done").strip()


def checksum(console, path):
    """What the card has, not what the guest remembers."""
    return console.linux("echo 3 >/proc/sys/vm/drop_caches;"
                         f" sha256sum {path}").split()[0]


@needs_linux("boards")
def test_linux(cards, boot, tmp_path):
    """Linux finds both by its tree, reads one's content, copies it to the
    other, and finds it there again after a restart from cold."""
    content = disk_image()
    whole = content + bytes((3 << 20) - DISK_BYTES)
    disk = tmp_path / "disk.img"
    disk.write_bytes(content)
    toml = tmp_path / "linux.toml"
    toml.write_text(LINUX.format(disk=disk))
    console = boot(Board(), "-kernel", cards.image(toml))
    console.to_linux()
    sd = disk_of(console, "sd")
    emmc = disk_of(console, "emmc")
    said = console.linux("dmesg")
    assert f"{sd}: p1 p2" in said
    assert f"{sd}: mmc1:5344 CVISO 3.00 MiB" in said
    assert "new high speed SD card" in said
    assert "new high speed MMC card" in said
    assert checksum(console, f"/dev/{sd}") == hashlib.sha256(whole).hexdigest()
    assert checksum(console, f"/dev/{sd}p2") == hashlib.sha256(
        content[3072 * BLOCK:4096 * BLOCK]).hexdigest()
    # an empty one has nothing but zeros
    zeros = hashlib.sha256(bytes(5 << 20)).hexdigest()
    assert checksum(console, f"/dev/{emmc}") == zeros

    # from card to card, in large and in small pieces, at odd places
    console.linux(f"dd if=/dev/{sd} of=/dev/{emmc} bs=1M conv=fsync")
    console.linux(f"dd if=/dev/{sd} of=/dev/{emmc} bs=512 skip=77 seek=7001"
                  " count=33 conv=fsync")
    console.linux(f"dd if=/dev/{emmc} of=/dev/{sd} bs=1k seek=1300 skip=900"
                  " count=1501 conv=fsync")
    both = bytearray(whole + bytes(2 << 20))
    both[7001 * BLOCK:7034 * BLOCK] = whole[77 * BLOCK:110 * BLOCK]
    mixed = bytearray(whole)
    mixed[1300 << 10:2801 << 10] = both[900 << 10:2401 << 10]
    wanted = {emmc: hashlib.sha256(both).hexdigest(),
              sd: hashlib.sha256(mixed).hexdigest()}
    for name, digest in wanted.items():
        assert checksum(console, f"/dev/{name}") == digest
    assert "error" not in console.linux("dmesg | grep -i mmc")
    # not by looking again and again
    interrupts = console.linux("grep -e mmc -e dw-mci"
                                " /proc/interrupts").splitlines()
    assert len(interrupts) == 2
    assert all(int(line.split()[1]) > 20 for line in interrupts)

    # all that was written outlives the guest
    console.to_shell()
    console.shell("vm restart -f linux")
    console.switch_to("linux")
    console.to_linux()
    assert disk_of(console, "sd") == sd
    assert disk_of(console, "emmc") == emmc
    # the copy's partitions were there when its driver looked
    assert f"{emmc}: p1 p2" in console.linux("dmesg")
    for name, digest in wanted.items():
        assert checksum(console, f"/dev/{name}") == digest


def test_mci(cards, boot, tmp_path):
    """Debian has no driver of Phytium's MCI: a bare-metal guest reads, writes
    and damages its descriptors; what it wrote outlives it."""
    disk = tmp_path / "disk.img"
    disk.write_bytes(b"text of the first block".ljust(2 * BLOCK, b"."))
    toml = tmp_path / "mci.toml"
    toml.write_text(MCI.format(disk=disk))
    console = boot(Board(), "-kernel", cards.image(toml))
    for found in ("copied", "the copy was there"):
        console.expect("mci: done")
        said = console.qemu.before.replace("\r", "")
        assert "mci: text of the first block...." in said
        assert f"mci: {found}\n" in said
        for name in ("chain outside of RAM", "chain above 4 GiB",
                     "data outside of RAM", "loop"):
            assert f"mci: {name}: refused\n" in said
        console.expect(r"mci: Stopped \(system down\)")
        console.send("\r")
        console.expect(SHELL_PROMPT)
        if found == "copied":
            console.send("vm start -c mci\r")
