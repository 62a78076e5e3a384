# SPDX-License-Identifier: Apache-2.0
"""Linux at work: two vCPUs, one CPU, two guests side by side."""

import os
import re

import pytest
from machine import LINUX_PROMPT, ROOT, SHELL_PROMPT, Board, needs_linux

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
