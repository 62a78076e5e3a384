#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Write a busybox initramfs: the same inputs give the same bytes.

A cpio archive of its own making: needs neither root for the device nodes nor
a cpio program, and carries no times, owners or inode numbers of this machine.
"""

import argparse
import gzip
import os
import stat
import subprocess

# Applets the shell session wants by name; the rest is "busybox APPLET".
APPLETS = """
[ acpid ash awk basename cat chgrp chmod chown clear cmp cp cttyhack cut date dd df
dmesg du echo env expr false fdisk find free grep gunzip gzip halt head
hexdump hostname id ifconfig insmod ip kill killall less ln ls lsmod md5sum
mkdir mkfifo mknod modprobe more mount mv nc nproc od ping poweroff printf ps
pwd readlink reboot rm rmdir rmmod route sed seq setsid sh sha256sum sleep
sort stat stty sync tail tar taskset tee test time timeout top touch tr true
tty umount uname uniq uptime usleep vi watchdog wc wget which xargs yes zcat
""".split()

# In each group, every module needs those before it: more than the truth at
# times, and always enough.
MODULES = [
    # virtio-mmio disks and entropy handed to a guest; not loaded by themselves
    ["kernel/drivers/virtio/virtio.ko",
     "kernel/drivers/virtio/virtio_ring.ko",
     "kernel/drivers/virtio/virtio_mmio.ko",
     "kernel/drivers/block/virtio_blk.ko",
     "kernel/drivers/char/hw_random/virtio-rng.ko"],
    # the power key and the watchdog that cvisor plays; init loads them
    ["kernel/drivers/input/evdev.ko",
     "kernel/drivers/input/keyboard/gpio_keys.ko"],
    ["kernel/drivers/watchdog/sp805_wdt.ko"],
]
# Cards, flash and watchdog of the boards.
BOARD_MODULES = [
    ["kernel/drivers/mmc/core/mmc_core.ko",
     "kernel/drivers/mmc/core/mmc_block.ko",
     "kernel/drivers/mmc/host/sdhci.ko",
     "kernel/drivers/mmc/host/sdhci-pltfm.ko",
     "kernel/drivers/mmc/host/cqhci.ko",
     "kernel/drivers/mmc/host/sdhci-of-dwcmshc.ko",
     "kernel/drivers/mmc/host/dw_mmc.ko",
     "kernel/drivers/mmc/host/dw_mmc-pltfm.ko",
     "kernel/drivers/mmc/host/dw_mmc-rockchip.ko"],
    ["kernel/drivers/watchdog/dw_wdt.ko"],
]


class Cpio:
    """The "newc" format, see cpio(5)."""

    def __init__(self):
        self.parts = []
        self.inode = 0

    def add(self, name, mode, data=b"", rdev=(0, 0)):
        self.inode += 1
        encoded = name.encode() + b"\0"
        links = 2 if stat.S_ISDIR(mode) else 1
        fields = [self.inode, mode, 0, 0, links, 0, len(data), 0, 0,
                  rdev[0], rdev[1], len(encoded), 0]
        header = b"070701" + b"".join(b"%08X" % f for f in fields)
        self.parts += [self.pad(header + encoded), self.pad(data)]

    @staticmethod
    def pad(data):
        return data + b"\0" * (-len(data) % 4)

    def directory(self, name, mode=0o755):
        self.add(name, stat.S_IFDIR | mode)

    def file(self, name, path, mode):
        with open(path, "rb") as f:
            self.add(name, stat.S_IFREG | mode, f.read())

    def link(self, name, target):
        self.add(name, stat.S_IFLNK | 0o777, target.encode())

    def bytes(self):
        self.inode = -1
        self.add("TRAILER!!!", 0)
        return b"".join(self.parts)


def applets_of(busybox):
    """Those of APPLETS whose name the program carries."""
    with open(busybox, "rb") as f:
        text = f.read()
    return [a for a in APPLETS if b"\0" + a.encode() + b"\0" in text]


def read_module(path):
    """Its bytes, as the kernel loads them; None where there is none."""
    if os.path.exists(path):
        with open(path, "rb") as file:
            return file.read()
    if os.path.exists(path + ".xz"):
        return subprocess.run(["xz", "-dc", path + ".xz"], check=True,
                              stdout=subprocess.PIPE).stdout
    return None


def add_modules(cpio, root, groups):
    top = f"lib/modules/{os.path.basename(root)}"
    for name in ("lib", "lib/modules", top):
        cpio.directory(name)
    deps = ""
    for group in groups:
        before = []
        for module in group:
            data = read_module(os.path.join(root, module))
            if data is None:
                continue  # built in, or not this kernel's
            name = os.path.basename(module)
            cpio.add(f"{top}/{name}", stat.S_IFREG | 0o644, data)
            deps += " ".join([name + ":", *before]) + "\n"
            before.insert(0, name)
    cpio.add(f"{top}/modules.dep", stat.S_IFREG | 0o644, deps.encode())


def add_tree(cpio, tree):
    """Every file of a folder, executable, and the folders they are in."""
    for folder, folders, files in os.walk(tree):
        folders.sort()
        inside = os.path.relpath(folder, tree)
        if inside not in (".", "etc"):
            cpio.directory(inside)
        for name in sorted(files):
            path = os.path.join(folder, name)
            cpio.file(os.path.relpath(path, tree), path, 0o755)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--busybox", required=True)
    parser.add_argument("--modules")
    parser.add_argument("--board", action="store_true",
                        help="with drivers of the boards' own devices")
    parser.add_argument("--tree", required=True,
                        help="folder whose files go to /, executable")
    parser.add_argument("out")
    opts = parser.parse_args()

    cpio = Cpio()
    for name in ("bin", "dev", "etc", "proc", "root", "run", "sys"):
        cpio.directory(name)
    cpio.directory("tmp", 0o1777)
    # The kernel opens it for init before devtmpfs is mounted.
    cpio.add("dev/console", stat.S_IFCHR | 0o600, rdev=(5, 1))
    cpio.add("dev/null", stat.S_IFCHR | 0o666, rdev=(1, 3))
    cpio.file("bin/busybox", opts.busybox, 0o755)
    cpio.add("etc/passwd", stat.S_IFREG | 0o644,
             b"root::0:0:root:/root:/bin/sh\n")
    for applet in applets_of(opts.busybox):
        cpio.link(f"bin/{applet}", "busybox")
    cpio.link("sbin", "bin")
    add_tree(cpio, opts.tree)
    if opts.modules:
        add_modules(cpio, opts.modules,
                    MODULES + (BOARD_MODULES if opts.board else []))
    with open(opts.out, "wb") as out:
        out.write(gzip.compress(cpio.bytes(), 9, mtime=0))


if __name__ == "__main__":
    main()
