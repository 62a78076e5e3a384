# SPDX-License-Identifier: Apache-2.0
"""Linux that owns its CPU and takes its interrupts without the host, where the
host's interrupt controller has that."""

import re
import time

from machine import IRQ_PASSED, LINUX_PROMPT, ROOT, Board, needs_linux

pytestmark = needs_linux

LINUX = """\
# Linux alone on its CPUs, its interrupts passed through.
[base]
id = 5
name = "linux-pt"
vm_type = 2
cpu_num = {cpus}
phys_cpu_sets = {sets}
[kernel]
entry_point = 0x6020_0000
image_location = "memory"
kernel_path = "images/linux-{arch}.Image"
kernel_load_addr = 0x6020_0000
ramdisk_path = "images/initramfs-{arch}.cpio.gz"
ramdisk_load_addr = 0x6800_0000
dtb_load_addr = 0x6000_0000
cmdline = "console={tty}"
memory_regions = [[0x6000_0000, 0x1000_0000, 0x7, 0],]
[devices]
interrupt_mode = "passthrough"
passthrough_devices = []
excluded_devices = [["/pcie@10000000"],]
emu_devices = [{uart}]
"""


def guest(tmp_path, sets=(2,), board=Board):
    toml = tmp_path / f"linux-{board.arch}-qemu-smp{len(sets)}.toml"
    toml.write_text(LINUX.format(
        arch=board.arch, cpus=len(sets), sets=list(sets), tty=board.tty,
        uart=board.chips().splitlines()[-1]))
    return toml


def exits(console):
    """All exits of the VM so far, by reason."""
    found = {}
    for line in re.findall(r"exits: (.*)", console.shell("vm show 5")):
        for reason, count in re.findall(r"([a-z-]+) (\d+)", line):
            found[reason] = found.get(reason, 0) + int(count)
    return found


def to_guest(console):
    console.switch_to("linux-pt")
    console.send("\n")
    console.expect(LINUX_PROMPT)


def start_again(console):
    console.shell("vm start 5")
    console.switch_to("linux-pt")
    console.to_linux()


def interrupts(console, name):
    """How often the guest took an interrupt, all its CPUs together."""
    line = re.search(rf"^ *\w+:((?: +\d+)+) .*{name}",
                     console.linux("cat /proc/interrupts"), re.M)
    return sum(map(int, line.group(1).split()))


def spent_while_ticking(console, seconds=5):
    """Exits and timer interrupts while the console is silent."""
    console.send("while :; do usleep 10000; done &\n")
    console.expect(LINUX_PROMPT)
    ticks = interrupts(console, "arch_timer")
    console.to_shell()
    before = exits(console)
    time.sleep(seconds)
    after = exits(console)
    to_guest(console)
    ticks = interrupts(console, "arch_timer") - ticks
    console.linux("kill %1 || kill $!")
    return {reason: after[reason] - before.get(reason, 0)
            for reason in after}, ticks


def test_no_exits(builder, boot, tmp_path):
    """The timer's interrupts cost no exits; the guest works else."""
    console = boot(Board(smp=2), "-kernel", builder.image(guest(tmp_path)))
    console.expect("linux-pt: " + IRQ_PASSED["aarch64"])
    console.to_linux()
    console.linux("dd if=/dev/urandom of=/tmp/a bs=64k count=16 2>/dev/null"
                  " && cp /tmp/a /tmp/b && cmp /tmp/a /tmp/b")
    spent, ticks = spent_while_ticking(console)
    assert ticks > 100
    assert sum(spent.values()) < 20, (spent, ticks)


def test_life(builder, boot, tmp_path):
    """Stopped, started, reset and powered off, again and again."""
    console = boot(Board(smp=2), "-kernel", builder.image(guest(tmp_path)))
    console.to_linux()
    console.send("while :; do :; done &\n")  # and once while it sleeps
    for _ in range(2):
        console.to_shell()
        console.shell("vm stop 5")
        assert re.search(r"linux-pt\s.*stopped", console.shell("vm list"),
                         re.I)
        start_again(console)
    console.send("reboot -f\n")
    console.to_linux()
    console.send("poweroff -f\n")
    console.expect("powered off by its guest")
    console.to_shell()
    assert re.search(r"linux-pt\s.*stopped", console.shell("vm list"), re.I)
    start_again(console)


def test_two_vcpus(arch, boot, tmp_path):
    """IPIs between its CPUs, one of which goes and comes back; a neighbour on
    CPU 0."""
    neighbour = tmp_path / "linux-neighbour.toml"
    with open(f"{ROOT}/{arch.vm('linux')}", encoding="utf-8") as file:
        neighbour.write_text(file.read().replace(
            "cpu_num = 1", "cpu_num = 1\nphys_cpu_sets = [1]"))
    console = boot(arch.board(smp=3), "-kernel", arch.image(
        guest(tmp_path, (2, 4), arch.board), neighbour))
    console.expect("linux-pt: " + IRQ_PASSED[arch.name])
    console.to_linux()
    console.switch_to("linux-pt")
    console.send("\n")
    console.expect(LINUX_PROMPT)
    for command in (
            "for c in 1 2; do taskset $c md5sum /init & done; wait",
            "echo 0 > /sys/devices/system/cpu/cpu1/online",
            "test $(nproc) = 1",
            "echo 1 > /sys/devices/system/cpu/cpu1/online",
            "test $(nproc) = 2"):
        console.linux(command)
    assert interrupts(console, "Function call") > 0
    console.to_shell()
    console.shell("vm stop 5")
    listing = console.shell("vm list")
    assert re.search(r"linux-pt\s.*stopped", listing, re.I)
    assert re.search(r"linux-smp1\s.*running", listing, re.I)


def test_fallback(builder, boot, tmp_path):
    """Without CPUs of its own it is told so, and boots."""
    console = boot(Board(smp=2), "-kernel",
                   builder.image(guest(tmp_path, (1,))))
    console.expect(r"linux-pt: interrupts are emulated.*CPU 0 stays")
    console.to_linux()
    assert interrupts(console, "arch_timer") > 0
