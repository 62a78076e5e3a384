# SPDX-License-Identifier: Apache-2.0
"""Linux at work: two vCPUs, one CPU, two guests side by side."""

import os
import re

import pytest
from machine import (LINUX_PROMPT, ROOT, SHELL_PROMPT, UBOOT, Board,
                     needs_linux)

SMP1 = "vms/linux-aarch64-qemu-smp1.toml"
SMP2 = "vms/linux-aarch64-qemu-smp2.toml"

pytestmark = needs_linux


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
    console.to_linux()
    for command in WORK:
        console.linux(command)
    interrupts = console.linux("cat /proc/interrupts")
    assert re.search(r"arch_timer", interrupts)
    console.send("reboot -f\n")
    console.to_linux()
    assert "missing" in console.linux(
        "test -e /tmp/a && echo present || echo missing")
    console.send("poweroff -f\n")
    # a VM that ends gives the console back by itself
    console.expect(r"\[console: cvisor\]")
    console.send("\r")
    console.expect(SHELL_PROMPT)
    assert re.search(r"linux\S*\s.*stopped", console.shell("vm list"), re.I)


@pytest.fixture(scope="module")
def unpinned(tmp_path_factory):
    """The two-vCPU guest on whatever CPUs there are."""
    toml = tmp_path_factory.mktemp("unpinned") / "linux-smp2.toml"
    with open(os.path.join(ROOT, SMP2), encoding="utf-8") as file:
        text = file.read()
    toml.write_text(re.sub(r"(?m)^phys_cpu_sets.*\n", "", text))
    return toml


def test_linux_one_host_cpu(builder, boot, unpinned):
    """Two vCPUs on one CPU."""
    console = boot(Board(smp=1), "-kernel", builder.image(unpinned))
    console.to_linux()
    assert console.linux("nproc").strip() == "2"


@pytest.mark.parametrize("smp", [1, 2])
def test_two_linux_side_by_side(builder, boot, unpinned, smp):
    """Two Linux guests, each reached by Ctrl+X; also on one CPU."""
    console = boot(Board(smp=smp), "-kernel", builder.image(SMP1, unpinned))
    console.to_linux()
    first = console.linux("nproc").strip()
    seen = {first}
    for _ in range(3):
        console.send("\x18]")
        console.send("\n")
        if console.qemu.expect([LINUX_PROMPT, r"cvisor:\S*\$ "],
                               timeout=120) == 0:
            seen.add(console.linux("nproc").strip())
    assert seen == {"1", "2"}


UBOOT_GUEST = f"""\
[base]
id = 7
name = "u-boot"
cpu_num = 1
[kernel]
entry_point = 0x0
image_location = "memory"
kernel_path = "{UBOOT}"
kernel_load_addr = 0x0
dtb_load_addr = 0x4000_0000
memory_regions = [
  [0x0, 0x0800_0000, 0x7, 0],
  [0x4000_0000, 0x0800_0000, 0x7, 0],
]
[devices]
interrupt_mode = "emulated"
emu_devices = [
  ["gicd", 0x0800_0000, 0x1_0000, 0, 0x21, []],
  ["gicr", 0x080a_0000, 0x2_0000, 0, 0x20, [1, 0x2_0000, 0]],
  ["uart", 0x0900_0000, 0x1000, 33, 0x2, []],
]
"""


def test_uboot_as_a_guest(builder, boot, tmp_path):
    """A boot loader that was built for the bare machine: it reads its flash's
    place, its own tree, the counter; it resets and turns itself off."""
    toml = tmp_path / "u-boot.toml"
    toml.write_text(UBOOT_GUEST)
    console = boot(Board(), "-kernel", builder.image(toml))

    def to_prompt():
        console.expect("Hit any key to stop autoboot")
        console.send(" ")
        console.expect(r"(?m)^=> ")

    def command(text):
        console.send(text + "\r")
        console.expect(re.escape(text) + r"\s+")
        console.expect(r"(?m)^=> ")
        return console.qemu.before

    to_prompt()
    assert "arm,pl011" in command("fdt addr 0x40000000; fdt print /pl011@9000000")
    assert "psci-sysreset" in command("dm tree")
    command("mw.b 41000000 55 100000")
    assert "0026d5fb" in command("crc32 41000000 100000")
    command("sleep 1")
    console.send("reset\r")
    to_prompt()
    console.send("poweroff\r")
    console.expect("u-boot: powered off by its guest")
