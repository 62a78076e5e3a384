# SPDX-License-Identifier: Apache-2.0
"""Linux's driver for channels: two Linux guests, and one that is none."""

import os
import re
import stat
import subprocess
import sys

import pytest
from machine import ROOT, needs_linux

sys.path.insert(0, os.path.join(ROOT, "scripts"))

import mkinitramfs  # noqa: E402  pylint: disable=wrong-import-position

pytestmark = needs_linux


@pytest.fixture(scope="module", name="ramdisk")
def fixture_ramdisk(arch, tmp_path_factory):
    """The shipped initramfs, with the module and the example program."""
    folder = tmp_path_factory.mktemp("ivc-linux")
    done = subprocess.run(
        ["make", "-s", "-C", f"{ROOT}/guests/linux", "cross", f"OUT={folder}",
         f"GUEST={arch}"],
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
    assert done.returncode == 0, done.stdout
    cpio = mkinitramfs.Cpio()
    for name in ("bin", "lib"):
        cpio.directory(name)
    cpio.file("lib/cvisor_ivc.ko", folder / "cvisor_ivc.ko", 0o644)
    cpio.file("bin/ivc", folder / "ivc", 0o755)
    path = folder / "initramfs.cpio.gz"
    # the kernel unpacks one archive after the other
    with open(f"{ROOT}/images/initramfs-{arch}.cpio.gz", "rb") as shipped:
        path.write_bytes(shipped.read() + mkinitramfs.gzip.compress(
            cpio.bytes(), 9, mtime=0))
    assert stat.S_ISREG(path.stat().st_mode)
    return path


def linux(arch, folder, ramdisk, number, name):
    """A Linux guest with a doorbell."""
    with open(f"{ROOT}/{arch.vm('linux')}", encoding="utf-8") as file:
        text = file.read()
    for pattern, new in (
            (r"(?m)^id = .*", f"id = {number}"),
            (r"(?m)^name = .*", f'name = "{name}"'),
            (r"(?m)^ramdisk_path = .*", f'ramdisk_path = "{ramdisk}"'),
            (r'(?m)^(\s*\["uart",.*)',
             f"\\1\n  {arch.board.doorbell}")):
        text, count = re.subn(pattern, new, text)
        assert count == 1, pattern
    path = folder / f"{name}.toml"
    path.write_text(text)
    return path


def test_linux_channels(arch, boot, ramdisk, tmp_path):
    """Messages with poll() between Linux and Linux, Linux and bare metal."""
    first, second = (linux(arch, tmp_path, ramdisk, n, name)
                     for n, name in ((1, "linux-a"), (2, "linux-b")))
    console = boot(arch.board(), "-kernel",
                   arch.image(first, second, arch.vm("ivc-a")))
    console.to_linux()
    console.linux("insmod /lib/cvisor_ivc.ko")
    assert "channels of VM 1" in console.linux("dmesg | grep cvisor-ivc")
    console.linux("(ivc serve 7 > /tmp/served 2>&1 &) ; sleep 1; cat /tmp/served")

    console.switch_to("linux-b")
    console.to_linux()
    console.linux("insmod /lib/cvisor_ivc.ko")
    assert "answer: HELLO OVER THERE" in console.linux("ivc ask 1 7 'hello over there'")
    assert "200 questions answered" in console.linux("ivc count 1 7 200")
    # the program slept in poll(), and was woken by the doorbell
    count = re.search(r": +(\d+) .*cvisor-ivc", console.linux("cat /proc/interrupts"))
    assert int(count.group(1)) > 100
    # the same program with a guest that is no Linux
    assert "200 questions answered" in console.linux("ivc count 50 0x10 200")
    # refusals reach the program
    console.linux("ivc ask 1 8 x 2>/dev/null & sleep 1; kill $!; true")

    console.linux("ivc watch 1 7 > /tmp/watched 2>&1 & "
                  "while ! grep -q writing /tmp/watched; do usleep 10000; done")
    console.to_shell()
    assert console.shell("ivc").count(" subscriber ") == 1
    console.shell("vm stop linux-a")
    console.switch_to("linux-b")
    console.send("\n")
    assert "publisher gone, header 0 0x0, question 0" in console.linux(
        "wait; cat /tmp/watched")
    # all works on without it
    assert "50 questions answered" in console.linux("ivc count 50 0x10 50")
    console.linux("rmmod cvisor_ivc")
    console.to_shell()
    listed = console.shell("ivc")
    assert listed.count(" publisher ") == 1 and " subscriber " not in listed
