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

# Applets the shell session wants by name; the rest is "busybox APPLET".
APPLETS = """
[ ash awk basename cat chgrp chmod chown clear cmp cp cttyhack cut date dd df
dmesg du echo env expr false fdisk find free grep gunzip gzip halt head
hexdump hostname id ifconfig insmod ip kill killall less ln ls lsmod md5sum
mkdir mkfifo mknod modprobe more mount mv nc nproc od ping poweroff printf ps
pwd readlink reboot rm rmdir rmmod route sed seq setsid sh sha256sum sleep
sort stat stty sync tail tar taskset tee test time timeout top touch tr true
tty umount uname uniq uptime usleep vi wc wget which xargs yes zcat
""".split()

# virtio-mmio disks and network cards handed to a guest; not loaded by itself.
MODULES = [
    "kernel/drivers/virtio/virtio.ko",
    "kernel/drivers/virtio/virtio_ring.ko",
    "kernel/drivers/virtio/virtio_mmio.ko",
    "kernel/drivers/block/virtio_blk.ko",
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


def add_modules(cpio, root):
    base = os.path.basename(root)
    top = f"lib/modules/{base}"
    present = [m for m in MODULES if os.path.exists(os.path.join(root, m))]
    if not present:
        return
    for name in ("lib", "lib/modules", top):
        cpio.directory(name)
    for module in present:
        cpio.file(f"{top}/{os.path.basename(module)}",
                  os.path.join(root, module), 0o644)
    # Each needs those before it: more than the truth, and always enough.
    names = [os.path.basename(m) for m in present]
    deps = "".join(f"{n}: {' '.join(reversed(names[:i]))}".rstrip() + "\n"
                   for i, n in enumerate(names))
    cpio.add(f"{top}/modules.dep", stat.S_IFREG | 0o644, deps.encode())


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--busybox", required=True)
    parser.add_argument("--modules")
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
    for name in sorted(os.listdir(opts.tree)):
        cpio.file(name, os.path.join(opts.tree, name), 0o755)
    if opts.modules:
        add_modules(cpio, opts.modules)
    with open(opts.out, "wb") as out:
        out.write(gzip.compress(cpio.bytes(), 9, mtime=0))


if __name__ == "__main__":
    main()
