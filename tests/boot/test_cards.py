# SPDX-License-Identifier: Apache-2.0
"""Emulated cards, by the drivers of Debian's own kernel for the boards."""

import hashlib
import json
import pathlib
import random
import re
import struct
import subprocess

import pytest
from machine import ROOT, SHELL_PROMPT, Board, Builder, needs_linux

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
    """Images with Phytium's."""
    return Builder(tmp_path_factory.mktemp("cards")).configure(
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
def test_linux(builder, boot, tmp_path):
    """Linux finds both by its tree, reads one's content, copies it to the
    other, and finds it there again after a restart from cold."""
    content = disk_image()
    whole = content + bytes((3 << 20) - DISK_BYTES)
    disk = tmp_path / "disk.img"
    disk.write_bytes(content)
    toml = tmp_path / "linux.toml"
    toml.write_text(LINUX.format(disk=disk))
    console = boot(Board(), "-kernel", builder.image(toml))
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


# A machine's disk: a FAT that is the root, and a partition for the guest.
PART_MIB = 3
PART_AT = 65 << 20


def host_disk(path, files=None):
    """{name in the FAT: bytes}; the partition has noise."""
    fat = path.with_suffix(".fat")
    fat.unlink(missing_ok=True)
    subprocess.run(["mkfs.vfat", "-C", "-F", "32", fat, str(64 << 10)],
                   check=True, stdout=subprocess.DEVNULL)
    for name, what in (files or {}).items():
        file = path.with_suffix(".file")
        file.write_bytes(what)
        subprocess.run(["mcopy", "-i", fat, file, f"::/{name}"], check=True)
    with open(path, "wb") as disk:
        disk.truncate(PART_AT + (PART_MIB << 20))
    subprocess.run(["/usr/sbin/sfdisk", "-q", path], check=True, text=True,
                   input="label: dos\nstart=1MiB,size=64MiB,bootable\n"
                         f"start=65MiB,size={PART_MIB}MiB\n")
    with open(path, "r+b") as disk:
        disk.seek(1 << 20)
        disk.write(fat.read_bytes())
        disk.seek(PART_AT)
        disk.write(random.Random(7).randbytes(PART_MIB << 20))
    return path


def part_of(path):
    """What the guest's partition has, seen from outside."""
    with open(path, "rb") as disk:
        disk.seek(PART_AT)
        return disk.read(PART_MIB << 20)


def file_of(path, name):
    """What a file of the FAT has, and that the FAT is well."""
    fat = path.with_suffix(".fat")
    with open(path, "rb") as disk:
        disk.seek(1 << 20)
        fat.write_bytes(disk.read(64 << 20))
    subprocess.run(["fsck.fat", "-n", "-a", fat], check=False,
                   stdout=subprocess.DEVNULL)
    return subprocess.run(["mcopy", "-n", "-i", fat, f"::/{name}", "-"],
                          check=True, stdout=subprocess.PIPE).stdout


def drive(path):
    return ["-drive", f"if=none,file={path},format=raw,id=d0",
            "-device", "virtio-blk-device,drive=d0"]


def guest_writes(console, name, content):
    """From place to place, in large and in small pieces; what is there then."""
    mixed = bytearray(content)
    for count, skip, seek in ((700, 100, 1300), (1, 3, 2047), (33, 77, 2901)):
        console.linux(f"dd if=/dev/{name} of=/tmp/x bs=1k skip={skip}"
                      f" count={count}")
        console.linux(f"dd if=/tmp/x of=/dev/{name} bs=1k seek={seek}"
                      " conv=fsync")
        mixed[seek << 10:(seek + count) << 10] = \
            mixed[skip << 10:(skip + count) << 10]
    return bytes(mixed)


def linux_on(tmp_path, disk, **changes):
    """The guest file, with what a test wants otherwise."""
    text = LINUX.format(disk=disk)
    for what, by in changes.items():
        text = re.sub(rf"(?m)^{what} = .*", f"{what} = {by}", text)
    toml = tmp_path / "linux.toml"
    toml.write_text(text)
    return toml


@needs_linux("boards")
def test_partition(builder, boot, tmp_path):
    """The card is a partition: what the guest writes is on the host's disk when
    it has been told so, is there after the machine is turned off by force, and
    nobody else gets at it meanwhile."""
    disk = host_disk(tmp_path / "disk.img")
    content = part_of(disk)
    image = builder.image(linux_on(tmp_path, "/dev/vda2"))
    console = boot(Board(), "-kernel", image, *drive(disk))
    console.to_linux()
    sd = disk_of(console, "sd")
    assert f"{sd}: mmc" in console.linux("dmesg")
    assert checksum(console, f"/dev/{sd}") \
        == hashlib.sha256(content).hexdigest()
    wanted = guest_writes(console, sd, content)
    assert part_of(disk) == wanted
    console.to_shell()
    assert "not written singly" in console.shell("disk write vda 139000 x")
    console.qemu.close(force=True)
    assert part_of(disk) == wanted

    console = boot(Board(), "-kernel", image, *drive(disk))
    console.to_linux()
    assert disk_of(console, "sd") == sd
    assert checksum(console, f"/dev/{sd}") == hashlib.sha256(wanted).hexdigest()
    # a guest that rests leaves it to others, and takes it again
    console.to_shell()
    console.shell("vm restart -f linux")
    console.switch_to("linux")
    console.to_linux()
    assert checksum(console, f"/dev/{disk_of(console, 'sd')}") \
        == hashlib.sha256(wanted).hexdigest()
    console.to_shell()
    console.shell("vm stop -f linux")
    assert "cannot" not in console.shell("disk read vda 139000")
    console.shell("vm start linux")
    console.switch_to("linux")
    console.to_linux()
    assert checksum(console, f"/dev/{disk_of(console, 'sd')}") \
        == hashlib.sha256(wanted).hexdigest()
    console.to_shell()
    console.shell("vm delete -f linux")


@needs_linux("boards")
def test_file(builder, boot, tmp_path):
    """The card is a file of the host's FAT, which stays well whenever the
    machine is turned off, and which nobody else writes meanwhile."""
    content = random.Random(8).randbytes(3 << 20)
    images = pathlib.Path(ROOT, "images")
    toml = linux_on(
        tmp_path, "/card.img", image_location='"fs"', kernel_path='"/kernel"',
        ramdisk_path='"/initrd"')
    second = toml.read_text().replace("id = 1", "id = 2").replace(
        '"linux"', '"second"')
    disk = host_disk(tmp_path / "disk.img", {
        "kernel": (images / "linux-boards.Image").read_bytes(),
        "initrd": (images / "initramfs-boards.cpio.gz").read_bytes(),
        "card.img": content, "second.toml": second.encode()})
    image = builder.image(toml)
    console = boot(Board(), "-kernel", image, *drive(disk))
    console.to_linux()
    sd = disk_of(console, "sd")
    assert checksum(console, f"/dev/{sd}") \
        == hashlib.sha256(content).hexdigest()
    wanted = guest_writes(console, sd, content)
    console.to_shell()
    assert "card.img: is open" in console.shell("echo x > /card.img")
    assert "card.img: is open" in console.shell("rm /card.img")
    said = console.shell("vm create /second.toml")
    assert re.search(r"second: kernel\.disk_path: /card\.img: is being written,"
                     r" or is open", said)
    console.qemu.close(force=True)
    assert file_of(disk, "card.img") == wanted

    console = boot(Board(), "-kernel", image, *drive(disk))
    console.to_linux()
    assert checksum(console, f"/dev/{disk_of(console, 'sd')}") \
        == hashlib.sha256(wanted).hexdigest()
    console.to_shell()
    # at rest it is a file as others are
    console.shell("vm stop -f linux")
    assert "open" not in console.shell("cp /card.img /copy.img")
    assert "open" not in console.shell("rm /card.img")
    assert "no such file" in console.shell("vm start linux")
    console.shell("vm delete -f linux")
    console.qemu.close(force=True)
    assert file_of(disk, "copy.img") == wanted


@needs_linux("boards")
def test_disk_fails(builder, boot, tmp_path):
    """What the host's disk cannot do is an I/O error of the guest's card, and
    the rest goes on."""
    disk = host_disk(tmp_path / "disk.img")
    content = part_of(disk)
    bad = PART_AT // BLOCK + 4000
    console = boot(Board(), "-kernel",
                   builder.image(linux_on(tmp_path, "/dev/vda2")),
                   "-blockdev", json.dumps({
                       "driver": "raw", "node-name": "d0", "file": {
                           "driver": "blkdebug", "inject-error": [
                               {"event": "none", "iotype": kind, "sector": bad,
                                "errno": 5, "once": False}
                               for kind in ("read", "write")],
                           "image": {"driver": "file",
                                     "filename": str(disk)}}}),
                   "-device", "virtio-blk-device,drive=d0")
    console.to_linux()
    sd = disk_of(console, "sd")
    assert "error" in console.linux(
        f"dd if=/dev/{sd} of=/dev/null bs=512 skip=4000 count=1 2>&1;"
        " true")
    console.linux(f"! dd if=/dev/zero of=/dev/{sd} bs=512 seek=4000 count=1"
                  " conv=fsync")
    assert "I/O error" in console.linux("dmesg")
    # its neighbours are there
    wanted = bytearray(content)
    wanted[4008 * BLOCK:4016 * BLOCK] = bytes(8 * BLOCK)
    console.linux(f"dd if=/dev/zero of=/dev/{sd} bs=4k seek=501 count=1"
                  " conv=fsync")
    assert part_of(disk) == bytes(wanted)
    console.to_shell()
    said = console.shell("disk list")
    assert re.search(r"vda .* ready", said)
    console.shell("vm stop -f linux")
    console.shell("vm start linux")
    console.switch_to("linux")
    console.to_linux()
    console.to_shell()
    console.shell("vm delete -f linux")
    log = (tmp_path / "console0.log").read_text()
    assert log.count("the host's disk failed") == 1
