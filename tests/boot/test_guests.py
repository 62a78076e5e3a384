# SPDX-License-Identifier: Apache-2.0
"""Guests: Linux at work, two side by side, AxVisor's shapes, the hostile one."""

import os
import re

import pytest
from machine import GUEST_READY, LINUX_PROMPT, ROOT, Board

SMP1 = "vms/linux-aarch64-qemu-smp1.toml"
SMP2 = "vms/linux-aarch64-qemu-smp2.toml"
HOSTILE = "vms/hostile-aarch64-qemu-smp2.toml"
NEIGHBOUR = "vms/neighbour-aarch64-qemu-smp1.toml"

pytestmark = pytest.mark.skipif(
    not os.path.exists(os.path.join(ROOT, "images/linux-aarch64.Image")),
    reason="no guest kernel: run `make guests`")


def to_linux(console):
    console.expect(GUEST_READY)
    console.send("\n")
    console.expect(LINUX_PROMPT)


WORK = [
    # files
    "dd if=/dev/urandom of=/tmp/a bs=64k count=32 2>/dev/null",
    "cp /tmp/a /tmp/b && cmp /tmp/a /tmp/b",
    # pipes
    "test $(seq 1 2000 | tr -d '\\n' | wc -c) = 6893",
    # every CPU busy at once, and waited for
    "for c in 0 1; do taskset $((1 << c)) md5sum /tmp/a & done; wait",
    # timers
    "sleep 1 && usleep 1000",
    "test $(nproc) = 2",
]


@pytest.mark.parametrize("cpu,smp", [
    ("cortex-a57", 2), ("cortex-a76", 4), ("max", 2)])
def test_linux_two_vcpus(builder, boot, cpu, smp):
    """Linux with two vCPUs works, reboots from cold, powers off."""
    console = boot(Board(cpu=cpu, smp=smp), "-kernel", builder.image(SMP2))
    to_linux(console)
    for command in WORK:
        console.linux(command)
    interrupts = console.linux("cat /proc/interrupts")
    assert re.search(r"arch_timer", interrupts)
    console.send("reboot -f\n")
    to_linux(console)
    assert "missing" in console.linux(
        "test -e /tmp/a && echo present || echo missing")
    console.send("poweroff -f\n")
    console.to_shell()
    assert re.search(r"linux\S*\s.*stopped", console.shell("vm list"), re.I)


def test_linux_one_host_cpu(builder, boot):
    """Two vCPUs on one CPU."""
    console = boot(Board(smp=1), "-kernel", builder.image(SMP2))
    to_linux(console)
    assert console.linux("nproc").strip() == "2"


@pytest.mark.parametrize("smp", [1, 2])
def test_two_linux_side_by_side(builder, boot, smp):
    """Two Linux guests, each reached by Ctrl+X; also on one CPU."""
    console = boot(Board(smp=smp), "-kernel", builder.image(SMP1, SMP2))
    to_linux(console)
    first = console.linux("nproc").strip()
    seen = {first}
    for _ in range(3):
        console.send("\x18]")
        console.send("\n")
        if console.qemu.expect([LINUX_PROMPT, r"cvisor:\S*\$ "],
                               timeout=120) == 0:
            seen.add(console.linux("nproc").strip())
    assert seen == {"1", "2"}


AXVISOR_LINUX = """\
# Linux as AxVisor's users write it for QEMU.
[base]
id = 1
name = "linux-qemu"
vm_type = 1
cpu_num = 1
phys_cpu_ids = [0]
[kernel]
entry_point = 0x8020_0000
image_location = "memory"
kernel_path = "images/linux-aarch64.Image"
kernel_load_addr = 0x8020_0000
ramdisk_path = "images/initramfs-aarch64.cpio.gz"
ramdisk_load_addr = 0x8a00_0000
dtb_load_addr = 0x8000_0000
cmdline = "console=ttyAMA0"
memory_regions = [
  [0x8000_0000, 0x1000_0000, 0x7, {map_type}],
]
[devices]
passthrough_devices = [["/"],]
passthrough_addresses = []
excluded_devices = [["/pcie@10000000"],]
emu_devices = []
interrupt_mode = "{mode}"
"""


@pytest.mark.parametrize("map_type,mode", [
    (1, "passthrough"), (1, "emulated"), (0, "passthrough")])
def test_axvisor_shapes(builder, boot, tmp_path, map_type, mode):
    """Identical memory, everything passed through, both interrupt modes."""
    text = AXVISOR_LINUX.format(map_type=map_type, mode=mode)
    if map_type == 1:
        # an identical region moves; the ramdisk's address is found, not given
        text = re.sub(r"ramdisk_load_addr.*\n", "", text)
    toml = tmp_path / "linux-aarch64-qemu-smp1.toml"
    toml.write_text(text)
    console = boot(Board(mem="2G"), "-kernel", builder.image(toml))
    to_linux(console)
    assert console.linux("nproc").strip() == "1"
    assert "virtio_mmio" in console.linux("ls /sys/bus/platform/devices") or \
        "virtio" in console.linux("ls /proc/device-tree")


def test_hostile_guest(builder, boot):
    """Whatever the hostile guest tries, its neighbour and the host go on."""
    console = boot(Board(), "-kernel", builder.image(HOSTILE, NEIGHBOUR))
    console.to_shell()
    before = console.shell("mem")
    show(console, r"neighbour: round")
    first = console.expect(r"intact, checksum (\w+)").group(1)
    show(console, r"hostile: ")
    console.expect(r"hostile: done", timeout=900)
    show(console, r"neighbour: round")
    assert console.expect(r"(intact|DAMAGED), checksum (\w+)").groups() == (
        "intact", first)
    console.to_shell()
    assert console.shell("mem") == before


def show(console, pattern):
    """Ctrl+X ] until a console prints the pattern."""
    for _ in range(6):
        console.send("\x18]")
        if console.qemu.expect([pattern, r"cvisor:\S*\$ ", "\x00"],
                               timeout=60) == 0:
            return
    raise AssertionError(f"no console shows {pattern!r}")
