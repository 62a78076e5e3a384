# SPDX-License-Identifier: Apache-2.0
"""Files: the shell's commands on real file systems, and disks that fail."""

import re
import subprocess

import pytest

from machine import SHELL_PROMPT, rebooting
from test_disk import devices, drive, guest, node, start


def run(*words):
    return subprocess.run([str(word) for word in words], check=True,
                          stdout=subprocess.PIPE, timeout=60).stdout


def fat(tmp_path, size_kib=8192, bits=16):
    """An empty FAT with one file, /hello."""
    path = tmp_path / "fat.img"
    run("mkfs.fat", "-F", bits, "-s", 1, "-C", path, size_kib)
    (tmp_path / "hello").write_text("hello from outside\r\n", encoding="ascii")
    run("mcopy", "-i", path, tmp_path / "hello", "::hello")
    return path


def ext4(tmp_path):
    tree = tmp_path / "tree"
    (tree / "dir").mkdir(parents=True)
    (tree / "dir" / "file").write_text("of ext4\n", encoding="ascii")
    (tree / "ring").symlink_to(".")
    path = tmp_path / "ext4.img"
    run("mkfs.ext4", "-q", "-d", tree, path, "8M")
    return path


def content(path, name):
    return run("mtype", "-i", path, f"::{name}")


def says(console, command, *expected):
    """The lines that a command prints."""
    assert console.shell(command).split("\n")[:-1] == list(expected)


def off(console):
    console.send("poweroff -f\r")
    console.expect("Powering off.")


def test_session(arch, boot, tmp_path):
    """Made, read, written, moved, removed; still so after a reboot, and what
    the host's tools find."""
    path = fat(tmp_path)
    second = ["-drive", f"if=none,file={ext4(tmp_path)},format=raw,id=d1",
              "-device", "virtio-blk-pci,drive=d1"]
    console = boot(rebooting(arch.board)(), "-kernel", arch.image(),
                   *drive(path), *devices("mmio"), *second)
    console.expect(SHELL_PROMPT)
    assert console.qemu.after == "cvisor:/$ "
    says(console, "ls", "hello", "mnt/")
    says(console, "cat hello", "hello from outside")
    says(console, "mkdir -p guest/vm_default/old")
    says(console, "echo 'id = 1' > guest/vm_default/a.toml")
    says(console, "echo id = 2 >> guest/vm_default/a.toml")
    says(console, "cp hello guest/vm_default/old")
    says(console, "mv guest/vm_default/old /kept")
    says(console, "cp -r /mnt/vdb/dir copy")
    assert "is left out" in console.shell("cp -r /mnt/vdb all")
    assert "file system is read-only" in console.shell("rm -r /mnt/vdb/dir")
    assert "mounted on it" in console.shell("rm -rf /")
    console.send("cd gu\t\t")
    console.expect(r"cd guest/vm_default/")
    console.send("\r")
    console.expect(r"cvisor:/guest/vm_default\$ ")
    says(console, "cat a.toml", "id = 1", "id = 2")
    says(console, "rm ../../hello")
    console.send("reboot -f\r")
    console.expect("Rebooting.")
    console.expect(SHELL_PROMPT)
    assert console.qemu.after == "cvisor:/$ "
    says(console, "ls", "all/", "copy/", "guest/", "kept/", "mnt/")
    says(console, "ls -l guest/vm_default",
         "-rw           14 2026-01-01 00:00  a.toml")
    says(console, "cat kept/hello copy/file", "hello from outside", "of ext4")
    says(console, "rm -r all")
    # neither the root's disk nor the other is written behind its files' back
    for disk in ("vda", "vdb"):
        assert "has a mounted file system" in console.shell(
            f"disk write {disk} 0 x")
    assert re.search(r"vdb +ext4 .* read-only +/mnt/vdb", console.shell("df"))
    off(console)
    run("fsck.fat", "-n", path)
    assert content(path, "guest/vm_default/a.toml") == b"id = 1\nid = 2\n"
    assert content(path, "kept/hello") == b"hello from outside\r\n"
    assert content(path, "copy/file") == b"of ext4\n"
    assert b"ALL" not in run("mdir", "-i", path).upper()


def test_binary_is_harmless(arch, boot, tmp_path):
    """What would steer the terminal is not printed."""
    path = fat(tmp_path)
    (tmp_path / "bytes").write_bytes(bytes(range(256)) * 64)
    run("mcopy", "-i", path, tmp_path / "bytes", "::bytes")
    console = start(arch, boot, *drive(path), *devices("mmio"))
    said = console.shell("cat bytes")
    assert said.count("ABCDEFG") == 64
    assert not re.search(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]", said.replace(
        "\n", ""))
    says(console, "cp bytes copy")
    assert content(path, "copy") == bytes(range(256)) * 64


def test_ctrl_c(arch, boot, tmp_path):
    """A long output ends when the user says so."""
    path = fat(tmp_path)
    (tmp_path / "long").write_text("a line of many\n" * 200000,
                                   encoding="ascii")
    run("mcopy", "-i", path, tmp_path / "long", "::long")
    console = start(arch, boot, *drive(path), *devices("mmio"))
    console.send("cat long\r")
    console.expect("a line of many")
    console.send("\x03")
    console.expect(r"\^C\r*\ncat: stopped\r*\n")
    console.expect(SHELL_PROMPT)
    says(console, "echo on", "on")


def test_full(arch, boot, tmp_path):
    """No room: what is there stays, and there is room again."""
    path = fat(tmp_path, 1024, 12)
    console = start(arch, boot, *drive(path), *devices("mmio"))
    says(console, "cp hello a")
    for _ in range(20):
        said = console.shell("cat a a a a > b") + console.shell("cp b a")
        if said:
            break
    assert "no room; `df` shows how full the disk is" in said
    says(console, "cat hello", "hello from outside")
    says(console, "rm a b")
    says(console, "cp hello c")
    off(console)
    run("fsck.fat", "-n", path)
    assert content(path, "c") == b"hello from outside\r\n"


def test_read_only(arch, boot, tmp_path):
    path = fat(tmp_path)
    before = path.read_bytes()
    console = start(arch, boot, *drive(path, "readonly=on"),
                    *devices("mmio"))
    says(console, "cat hello", "hello from outside")
    for command in ("touch x", "echo x > hello", "rm hello", "mkdir d",
                    "mv hello x"):
        assert "file system is read-only" in console.shell(command)
    says(console, "ls", "hello")
    off(console)
    assert path.read_bytes() == before


@pytest.mark.parametrize("iotype", ["read", "write"])
def test_disk_fails(arch, boot, tmp_path, iotype):
    """Errors from the moment on that a block of a file's is asked for."""
    path = fat(tmp_path)
    (tmp_path / "big").write_bytes(b"x" * (1 << 20))
    run("mcopy", "-i", path, tmp_path / "big", "::big")
    sector = path.read_bytes().index(b"x" * 4096) // 512 + 100
    fault = {"event": "none", "iotype": iotype, "errno": 5}
    if iotype == "read":
        fault["sector"] = sector
    console = start(arch, boot, *node(path, fault), *devices("mmio"))
    said = console.shell("cp big copy")
    assert "cp: /" in said and "the disk fails or is damaged" in said
    says(console, "cat hello", "hello from outside")
    said = console.shell("ls")
    assert "big" in said and "copy" not in said
    said = console.shell("echo text > new")
    if iotype == "write":
        assert said
    else:
        assert not said
        says(console, "cat new", "text")
    off(console)


def test_stays_with_host(arch, boot, tmp_path):
    """A disk that is mounted does not go to a guest that wants all."""
    path = fat(tmp_path)
    toml = guest(arch, tmp_path, 'passthrough_devices = [["/"],]')
    console = boot(arch.board(), "-kernel", arch.image(toml), *drive(path),
                   *devices("mmio"))
    console.expect("idle guest: asleep")
    console.to_shell()
    says(console, "cat hello", "hello from outside")


def test_no_disk(arch, boot):
    """Everything is as it is without file systems."""
    console = boot(arch.board(), "-kernel", arch.image())
    console.expect(SHELL_PROMPT)
    assert console.qemu.after == "cvisor:$ "
    assert "no file system is mounted" in console.shell("ls")
    assert "no file system is mounted" in console.shell("echo x > y")
    says(console, "echo x", "x")
