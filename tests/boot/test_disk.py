# SPDX-License-Identifier: Apache-2.0
"""Disks: found, read, written; and those that fail, hang and disappear."""

import json
import os
import random
import re
import zlib

import pytest

from machine import ROOT, full

BLOCKS = 16384  # of 512: 8 MiB
# name: QEMU's devices for drive d0, the disk's name, its driver
DISKS = {
    "mmio-legacy": (("virtio-blk-device,drive=d0",), "vda", "virtio-mmio"),
    "mmio": (("virtio-blk-device,drive=d0",), "vda", "virtio-mmio"),
    "pci": (("virtio-blk-pci,drive=d0",), "vda", "virtio-pci"),
    "bridge": (("pcie-root-port,id=rp,chassis=1",
                "pcie-pci-bridge,id=br,bus=rp",
                "virtio-blk-pci,drive=d0,bus=br,addr=3"),
               "vda", "virtio-pci"),
    "nvme": (("nvme,serial=1,drive=d0",), "nvme0n1", "nvme"),
    "sd": (("sdhci-pci", "sd-card,drive=d0"), "mmcblk0", "sdhci-pci"),
}


def devices(kind):
    words = ["-global", "virtio-mmio.force-legacy=false"] \
        if kind == "mmio" else []
    for device in DISKS[kind][0]:
        words += ["-device", device]
    return words


def image(tmp_path, name="disk.img"):
    path = tmp_path / name
    path.write_bytes(random.Random(name).randbytes(BLOCKS * 512))
    return path


def drive(path, *options):
    return ["-drive", ",".join([f"if=none,file={path},format=raw,id=d0",
                                *options])]


def node(path, *faults, **options):
    """The image behind faults that are injected."""
    return ["-blockdev", json.dumps({
        "driver": "raw", "node-name": "d0", **options, "file": {
            "driver": "blkdebug", "inject-error": faults,
            "image": {"driver": "file", "filename": str(path)}}})]


def start(arch, boot, *arguments):
    console = boot(arch.board(), "-kernel", arch.image(), *arguments)
    console.expect(r"cvisor:\S*\$ ")
    return console


def check(console, *words):
    """What `disk check` says: blocks, bad ones, CRC."""
    said = console.shell(" ".join(("disk check", *map(str, words))))
    found = re.search(r"(\d+) blocks, (\d+) bad, CRC-32 ([0-9a-f]{8})", said)
    assert found, said
    return int(found.group(1)), int(found.group(2)), int(found.group(3), 16)


@pytest.mark.parametrize("kind", DISKS)
def test_reads_and_writes(arch, boot, tmp_path, kind):
    """All that the host file has; a block that is written is in it."""
    _, name, driver = DISKS[kind]
    path = image(tmp_path)
    console = start(arch, boot, *drive(path), *devices(kind))
    assert re.search(rf"{name} +8192 KiB +512 {driver} +0 ready",
                     console.shell("disk list"))
    before = path.read_bytes()
    assert check(console, name) == (BLOCKS, 0, zlib.crc32(before))
    assert check(console, name, 77, 1001) == (
        1001, 0, zlib.crc32(before[77 * 512:1078 * 512]))
    first = " ".join(f"{byte:02x}" for byte in before[-512:-496])
    assert first in console.shell(f"disk read {name} {BLOCKS - 1}")

    console.shell(f"disk write {name} 4711 'was here'")
    block = b"was here".ljust(512, b"\0")
    assert " 77 61 73 20 68 65 72 65 00" in console.shell(
        f"disk read {name} 4711")
    after = path.read_bytes()
    assert after == before[:4711 * 512] + block + before[4712 * 512:]
    assert check(console, name) == (BLOCKS, 0, zlib.crc32(after))
    assert "no such disk" in console.shell("disk read nonsense 0")
    assert "is no number" in console.shell(f"disk read {name} {BLOCKS}")
    console.send(f"disk ch\t{name[:2]}\t0 1\r")
    console.expect(r"\n1 blocks, 0 bad")


@pytest.mark.parametrize("kind", ["mmio-legacy", "pci", "nvme"])
def test_blocks_of_4096(arch, boot, tmp_path, kind):
    name = DISKS[kind][1]
    path = image(tmp_path)
    words = devices(kind)
    words[-1] += ",logical_block_size=4096,physical_block_size=4096"
    console = start(arch, boot, *drive(path), *words)
    assert re.search(rf"{name} +8192 KiB +4096 ", console.shell("disk list"))
    assert check(console, name) == (BLOCKS // 8, 0,
                                    zlib.crc32(path.read_bytes()))
    console.shell(f"disk write {name} 9 end")
    assert path.read_bytes()[9 * 4096:10 * 4096] == b"end".ljust(4096, b"\0")


def test_read_only(arch, boot, tmp_path):
    path = image(tmp_path)
    console = start(arch, boot, *drive(path, "readonly=on"),
                    *devices("mmio"))
    before = path.read_bytes()
    assert "read-only" in console.shell("disk list")
    assert "it is read-only" in console.shell("disk write vda 0 x")
    assert check(console, "vda") == (BLOCKS, 0, zlib.crc32(before))
    assert path.read_bytes() == before


@pytest.mark.parametrize("kind", ["mmio", "pci", "nvme"])
def test_bad_block(arch, boot, tmp_path, kind):
    """One block that cannot be read takes no other along."""
    name = DISKS[kind][1]
    path = image(tmp_path)
    console = start(
        arch, boot, *node(path, {"event": "none", "iotype": "read",
                                 "sector": 1234, "errno": 5}),
        *devices(kind))
    whole = path.read_bytes()
    blocks, bad, crc = check(console, name)
    assert (blocks, bad) == (BLOCKS, 1)
    assert crc == zlib.crc32(whole[:1234 * 512] + whole[1235 * 512:])
    assert "cannot read: the disk reports an error" in console.shell(
        f"disk read {name} 1234")
    assert "0000 " in console.shell(f"disk read {name} 1233")
    assert re.search(rf"{name} .* [1-9]\d* ready", console.shell("disk list"))


@pytest.mark.parametrize("kind", ["mmio", "nvme"])
def test_write_fails(arch, boot, tmp_path, kind):
    name = DISKS[kind][1]
    path = image(tmp_path)
    before = path.read_bytes()
    console = start(
        arch, boot, *node(path, {"event": "none", "iotype": "write",
                                 "errno": 5}),
        *devices(kind))
    assert "cannot write: the disk reports an error" in console.shell(
        f"disk write {name} 3 x")
    assert path.read_bytes() == before
    assert check(console, name) == (BLOCKS, 0, zlib.crc32(before))


@pytest.mark.parametrize("kind", ["mmio", "pci", "nvme"])
def test_taken_away(arch, boot, tmp_path, kind):
    """What stands behind the disk is taken away while it is used."""
    name = DISKS[kind][1]
    path = image(tmp_path)
    console = start(arch, boot, *drive(path), *devices(kind))
    check(console, name)
    console.send("\x01c")
    console.expect(r"\(qemu\) ")
    console.send("drive_del d0\n")
    console.expect(r"\(qemu\) ")
    console.send("\x01c")
    console.send("\r")
    console.expect(r"cvisor:\S*\$ ")
    assert "disk: " in console.shell(f"disk read {name} 9999")
    assert re.search(rf"{name} .* [1-9]\d* (ready|gone)",
                     console.shell("disk list"))


@pytest.mark.parametrize("kind", [pytest.param("mmio", marks=full), "nvme"])
def test_hangs(arch, boot, tmp_path, kind):
    """Requests without an answer end; a second time the disk is given up."""
    name = DISKS[kind][1]
    path = image(tmp_path)
    console = start(arch, boot,
                    *drive(path, "throttling.bps-total=1"), *devices(kind))
    for _ in range(4):  # the first ones are free
        said = console.shell(f"disk check {name} 0 512")
        if "does not answer" in said or "gone" in said:
            break
    assert "does not answer" in said or "gone" in said, said
    assert "Image" in console.shell("mem")


SLOT = {"aarch64": "/virtio_mmio@a003e00",
        "riscv64": "/soc/virtio_mmio@10008000"}


def guest(arch, tmp_path, devices):
    """A guest that sleeps, and the disk's registers."""
    toml = tmp_path / f"idle-{arch.name}-qemu-smp1.toml"
    with open(os.path.join(ROOT, arch.vm("idle")), encoding="utf-8") as shipped:
        toml.write_text(shipped.read().replace("passthrough_devices = []",
                                               devices))
    return toml


def start_beside(arch, boot, tmp_path, devices):
    console = boot(arch.board(), "-kernel",
                   arch.image(guest(arch, tmp_path, devices)),
                   *drive(image(tmp_path)), *DISK_ARGUMENTS)
    console.expect("idle guest: asleep")
    log = console.qemu.before
    console.to_shell()
    return console, log


DISK_ARGUMENTS = ("-device", "virtio-blk-device,drive=d0")


def test_named_by_guest(arch, boot, tmp_path):
    """What a guest file names by its path, the host does not look at."""
    console, log = start_beside(
        arch, boot, tmp_path, f'passthrough_devices = [["{SLOT[arch.name]}"],]')
    assert "vda" not in log
    assert "vda" not in console.shell("disk list")


def test_goes_to_guest(arch, boot, tmp_path):
    """With "/" the guest has the disk, and the host no more."""
    console, log = start_beside(
        arch, boot, tmp_path, 'passthrough_devices = [["/"],]')
    assert "vda: virtio-mmio" in log
    assert "vda: goes to a guest" in log
    assert re.search(r"vda .* 0 gone", console.shell("disk list"))
    assert "it is gone" in console.shell("disk read vda 0")


def test_stays_with_host(arch, boot, tmp_path):
    """A guest that asks for nothing leaves it to the host."""
    console, log = start_beside(arch, boot, tmp_path, "")
    assert "goes to a guest" not in log
    assert check(console, "vda")[:2] == (BLOCKS, 0)


@pytest.mark.parametrize("kind", ["mmio-legacy", "pci", "nvme"])
def test_after_firmware(arch, boot, kind):
    """U-Boot boots from the disk: on PCI, it placed its registers."""
    if (arch.name, kind) == ("riscv64", "nvme"):
        pytest.skip("that U-Boot does not boot from NVMe")
    path = arch.builder.sdimage()
    firmware = "-bios" if arch.name == "aarch64" else "-kernel"
    console = boot(arch.board(), firmware, arch.board.uboot,
                   *drive(path, "snapshot=on"), *devices(kind))
    console.expect(r"cvisor:\S*\$ ")
    with open(path, "rb") as file:
        crc = zlib.crc32(file.read(1 << 20))
    assert check(console, DISKS[kind][1], 0, 2048) == (2048, 0, crc)
