# SPDX-License-Identifier: Apache-2.0
"""The host comes up: CPUs, load addresses, U-Boot's three ways."""

import os
import re
import subprocess

import pytest
from machine import SHELL_PROMPT, UBOOT, Board

IDLE = "vms/idle-aarch64-qemu-smp1.toml"
CPUS = ["cortex-a55", "cortex-a57", "cortex-a72", "cortex-a76", "max"]


def to_prompt(console):
    console.expect(r"idle guest: asleep")
    console.to_shell()


@pytest.mark.parametrize("cpu", CPUS)
def test_cpu_models(builder, boot, cpu):
    """Every CPU model boots, and both CPUs take part."""
    console = boot(Board(cpu=cpu), "-kernel", builder.image(IDLE))
    to_prompt(console)
    assert re.search(r"idle\s.*running", console.shell("vm list"), re.I)


@pytest.mark.parametrize("smp", [1, 4])
def test_cpu_counts(builder, boot, smp):
    console = boot(Board(smp=smp), "-kernel", builder.image(IDLE))
    console.expect(rf"{smp} CPUs?")
    to_prompt(console)


@pytest.mark.parametrize("mem,address", [
    ("1G", 0x40200000), ("1G", 0x5a200000), ("6G", 0x140000000)])
def test_load_addresses(builder, boot, tmp_path, mem, address):
    """The Image runs where it is put; one place lies above 4 GiB."""
    image = builder.image(IDLE)
    # a stub in place of firmware: x0 = QEMU's tree at the start of RAM
    board = Board(mem=mem)
    stub = tmp_path / "stub.bin"
    source = tmp_path / "stub.S"
    source.write_text(f"ldr x0, =0x40000000\nldr x1, ={address:#x}\nbr x1\n")
    obj = tmp_path / "stub.o"
    subprocess.run(["aarch64-linux-gnu-gcc", "-c", "-o", obj, source], check=True)
    subprocess.run(["aarch64-linux-gnu-objcopy", "-O", "binary", obj, stub],
                   check=True)
    console = boot(board, "-bios", stub, "-device",
                   f"loader,file={image},addr={address:#x},force-raw=on")
    to_prompt(console)


def test_poweroff_of_host_without_tree(builder, boot, tmp_path):
    """No device tree: the Image must stop by itself, not run wild."""
    image = builder.image(IDLE)
    console = boot(Board(), "-device",
                   f"loader,file={image},addr=0x41000000,force-raw=on",
                   "-device", "loader,addr=0x41000000,cpu-num=0")
    # x0 is 0: the tree at 0x40000000 is not named, nothing may be printed,
    # but QEMU must still run (no reset loop)
    with pytest.raises(AssertionError):
        console.expect(r"cvisor \d", timeout=5)


@pytest.mark.parametrize("way", ["extlinux", "script", "fit"])
def test_uboot(builder, boot, tmp_path, way):
    """U-Boot boots the disk (extlinux), a script and a FIT."""
    if way == "extlinux":
        disk = builder.sdimage(IDLE)
    else:
        disk = tmp_path / "disk.img"
        script = tmp_path / "boot.cmd"
        payload = builder.image(IDLE) if way == "script" else builder.fit(IDLE)
        script.write_text(
            "load ${devtype} ${devnum}:${distro_bootpart} ${kernel_addr_r} payload\n"
            + ("booti ${kernel_addr_r} - ${fdtcontroladdr}\n"
               if way == "script" else
               "setenv loadaddr 0x50000000\n"
               "load ${devtype} ${devnum}:${distro_bootpart} ${loadaddr} payload\n"
               "bootm ${loadaddr}#cvisor - ${fdtcontroladdr}\n"))
        make_disk(tmp_path, disk, script, payload)
    console = boot(Board(), "-bios", UBOOT, "-drive",
                   f"if=none,file={disk},format=raw,id=d0,snapshot=on",
                   "-device", "virtio-blk-device,drive=d0")
    to_prompt(console)


def make_disk(tmp_path, disk, script, payload):
    """One FAT partition with boot.scr and the payload; no root, no mount."""
    scr = tmp_path / "boot.scr"
    subprocess.run(["mkimage", "-A", "arm64", "-O", "linux", "-T", "script",
                    "-C", "none", "-d", script, scr], check=True,
                   stdout=subprocess.DEVNULL)
    size_mib = os.path.getsize(payload) // (1 << 20) + 40
    with open(disk, "wb") as file:
        file.truncate(size_mib << 20)
    subprocess.run(["sfdisk", "-q", disk], input="2048,,c,*\n", text=True,
                   check=True)
    subprocess.run(["mkfs.vfat", "-F", "32", "--offset", "2048", disk,
                    str((size_mib - 2) << 10)], check=True,
                   stdout=subprocess.DEVNULL)
    for source, name in ((scr, "boot.scr"), (payload, "payload")):
        subprocess.run(["mcopy", "-i", f"{disk}@@1M", source, f"::{name}"],
                       check=True)


def test_shell(builder, boot):
    """The commands of the first release, and a clear word for the others."""
    console = boot(Board(), "-kernel", builder.image(IDLE))
    to_prompt(console)
    assert "vm list" in console.shell("help")
    assert re.search(r"cvisor .*aarch64", console.shell("uname -a"))
    assert "aarch64" in console.shell("uname -m")
    shown = console.shell("vm show idle")
    assert "0x40000000" in shown
    assert '"idle"' in console.shell("vm list --format json")
    assert "nonsense" in console.shell("nonsense")
    assert console.shell("vm show 99").strip()
    console.shell("log info")
    assert re.search(SHELL_PROMPT, "cvisor:$ ")
