# SPDX-License-Identifier: Apache-2.0
"""What reading disks and loading guests from them costs, in instructions a byte.

Counted by a plugin of QEMU's (count.c), not by -icount, whose clock goes on
while all CPUs sleep for a disk. Each figure is the difference between two runs
that differ in how much is read, so that what both do is not in it.
"""

import os
import random
import re
import subprocess

from common import HANG_LIMIT_S, ROOT, build_image, fail

MIB = 1 << 20
DISK_MIB = 512
# What is read in the two runs, in MiB; far more by `disk check`, where every
# key that is typed costs as much as two requests.
LESS, MORE, MORE_CHECKED = 1, 33, 257
REQUEST_BYTES = 256 << 10  # of `disk check`
DISK = ("-global", "virtio-mmio.force-legacy=false", "-drive",
        "if=none,file={},format=raw,id=d0,file.locking=off", "-device",
        "virtio-blk-device,drive=d0")

TOML = """\
# A guest whose kernel is loaded, for the measurement of that.
[base]
id = 50
name = "loaded"
cpu_num = 1

[kernel]
entry_point = {entry:#x}
image_location = "{location}"
kernel_path = "{kernel}"
kernel_load_addr = {entry:#x}
memory_regions = [
  [{ram:#x}, 0x400_0000, 0x7, 0],
]

[devices]
interrupt_mode = "emulated"
emu_devices = [
{chips}
]
"""
CHIPS = {
    "aarch64": '["gicd", 0x0800_0000, 0x1_0000, 0, 0x21, []],\n'
    '["gicr", 0x080a_0000, 0x2_0000, 0, 0x20, [1, 0x2_0000, 0]],\n'
    '["uart", 0x0900_0000, 0x1000, 33, 0x2, []],',
    "riscv64": '["plic", 0x0c00_0000, 0x60_0000, 0, 0x30, []],\n'
    '["uart", 0x1000_0000, 0x1000, 10, 0x2, []],'}
ENTRY = {"aarch64": 0x8_0000, "riscv64": 0x20_0000}  # from RAM's beginning


class Disks:
    """Counts runs of one machine, with a disk."""

    def __init__(self, machine, bare, work, build):
        self.machine, self.bare = machine, bare
        self.work, self.build = work, build
        self.plugin = os.path.join(work, "count.so")
        self.guests = os.path.join(work, "guests")
        subprocess.run(["make", "-s", "-C", os.path.join(ROOT, "tests/guests"),
                        f"OUT={self.guests}", *map(self.guest, (
                            "blkread", "idle"))], check=True)
        subprocess.run(["gcc", "-O2", "-shared", "-fPIC", "-fvisibility=hidden",
                        "-o", self.plugin,
                        os.path.join(ROOT, "tests/bench/count.c")], check=True)

    def guest(self, name):
        """A bare-metal guest's image."""
        return os.path.join(self.guests, f"{name}-{self.machine.arch}.bin")

    def count(self, machine, arguments, disk, feed=()):
        """Runs QEMU until it ends by itself. Return: instructions, output."""
        import pexpect  # here, so that --help works without it

        result = os.path.join(self.work, "count")
        qemu = pexpect.spawn(
            machine.program,
            [*machine.arguments, "-nographic", "-no-reboot", "-m", "1G",
             "-smp", "1", "-nic", "none", "-plugin",
             f"{self.plugin},to={result}",
             *(word.format(disk) for word in DISK), *arguments],
            timeout=HANG_LIMIT_S, encoding="utf-8", codec_errors="replace")
        printed = ""
        try:
            for pattern, text in feed:
                qemu.expect(pattern)
                printed += qemu.before + qemu.after
                qemu.send(text)
            qemu.expect(pexpect.EOF)
            printed += qemu.before
        except (pexpect.TIMEOUT, pexpect.EOF):
            fail(f"QEMU did not end; it printed:\n{printed}{qemu.before}")
        finally:
            qemu.close(force=True)
        with open(result, encoding="utf-8") as file:
            return int(file.read()), printed

    def raw(self, disk, mib, total):
        """By the bare-metal reader. Return: instructions, the CRC-32."""
        counted, printed = self.count(
            self.bare,
            ["-kernel", self.guest("blkread"),
             "-append", f"mib={mib} request={REQUEST_BYTES} sum={total}"], disk)
        found = re.search(r"read (\d+) bytes, CRC-32 0x(\w+)", printed)
        if not found or int(found.group(1)) != mib * MIB:
            fail(f"the reading guest failed:\n{printed}")
        return counted, int(found.group(2), 16)

    def check(self, image, disk, mib):
        """By the shell's `disk check`. Return: instructions, the CRC-32."""
        prompt = r"cvisor:\S*\$ "
        counted, printed = self.count(
            self.machine, ["-kernel", image], disk,
            feed=((prompt, f"disk check vda 0 {mib * MIB // 512}\r"),
                  (prompt, "poweroff -f\r")))
        found = re.search(r"(\d+) blocks, 0 bad, CRC-32 (\w+)", printed)
        if not found or int(found.group(1)) != mib * MIB // 512:
            fail(f"disk check failed:\n{printed}")
        return counted, int(found.group(2), 16)

    def load(self, image, disk):
        """To a guest's first words, and off."""
        counted, _ = self.count(
            self.machine, ["-kernel", image], disk,
            feed=((r"idle guest: asleep", "\x18s"),
                  (r"cvisor:\S*\$ ", "poweroff -f\r")))
        return counted


def kernel(work, idle, mib):
    """The idle guest with something behind it, that long: a file."""
    with open(idle, "rb") as file:
        data = file.read()
    path = os.path.join(work, f"{mib}.bin")
    with open(path, "wb") as file:
        file.write(data + random.Random(mib).randbytes(mib * MIB - len(data)))
    return path


def file_systems(work, kernels):
    """A FAT and an ext4 that hold these files: {kind: path}."""
    disks = {kind: os.path.join(work, kind + ".img")
             for kind in ("fat", "ext4")}
    for path in disks.values():
        with open(path, "wb") as file:
            file.truncate(DISK_MIB * MIB)
    folder = os.path.join(work, "files")
    os.mkdir(folder)
    for path in kernels:
        os.link(path, os.path.join(folder, os.path.basename(path)))
    quiet = {"check": True, "stdout": subprocess.DEVNULL}
    subprocess.run(["mkfs.fat", "-F", "32", "-s", "8", disks["fat"]], **quiet)
    subprocess.run(["mcopy", "-i", disks["fat"], *kernels, "::/"], **quiet)
    subprocess.run(["mkfs.ext4", "-q", "-d", folder, disks["ext4"]], **quiet)
    return disks


def vm_image(disks, location, mib):
    """An Image with a guest whose kernel is that long."""
    machine, work = disks.machine, disks.work
    embedded = location == "memory"
    toml = os.path.join(work, f"{location}-{mib}.toml")
    with open(toml, "w", encoding="utf-8") as file:
        file.write(TOML.format(
            entry=machine.ram_base + ENTRY[machine.arch],
            location=location, ram=machine.ram_base,
            kernel=f"{work}/{mib}.bin" if embedded else f"/{mib}.bin",
            chips=CHIPS[machine.arch]))
    return build_image(disks.build, [toml],
                       os.path.join(work, f"Image-{location}-{mib}"))


def measure(machine, bare, work, build):
    """{figure: instructions a byte}, one after the other.

    bare: the machine that the bare-metal reader takes
    """
    disks = Disks(machine, bare, work, build)
    kernels = [kernel(work, disks.guest("idle"), mib) for mib in (LESS, MORE)]
    files = file_systems(work, kernels)

    def a_byte(run, most=MORE):
        return (run(most) - run(LESS)) / ((most - LESS) * MIB)

    def figure(name, value):
        return {f"{name}_per_byte": round(value, 4)}

    images = {(location, mib): vm_image(disks, location, mib)
              for location in ("memory", "fs") for mib in (LESS, MORE)}
    none = build_image(build, [], os.path.join(work, "Image-no-vm"))
    if disks.raw(files["fat"], 2, 1)[1] != disks.check(none, files["fat"], 2)[1]:
        fail("the bare reader and cvisor read different bytes")
    raw = a_byte(lambda mib: disks.raw(files["fat"], mib, 0)[0])
    yield figure("disk_raw", raw)
    # `disk check` is reading and a CRC-32, the same code in the bare reader
    crc = a_byte(lambda mib: disks.raw(files["fat"], mib, 1)[0]) - raw
    read = a_byte(lambda mib: disks.check(none, files["fat"], mib)[0],
                  MORE_CHECKED) - crc
    yield figure("disk_read", read)
    yield figure("load_memory", a_byte(
        lambda mib: disks.load(images["memory", mib], files["fat"])))
    for kind, disk in files.items():
        yield figure(f"load_{kind}", a_byte(
            lambda mib, disk=disk: disks.load(images["fs", mib], disk)))
