# SPDX-License-Identifier: Apache-2.0
"""The last report and the reboot after it; a build that checks its locks."""

import re

import pytest
from machine import Builder, full, needs_linux, rebooting
from test_console import chatters

NEIGHBOUR = "neighbour"


@pytest.fixture(scope="module")
def debug_builder(arch, tmp_path_factory):
    """Images with the `panic` command, checked locks and a quick reboot."""
    return Builder(
        tmp_path_factory.mktemp("debug"), arch.board.defconfig).configure(
            "CONFIG_SHELL_PANIC=y", "CONFIG_DEBUG_LOCKS=y",
            "CONFIG_PANIC_REBOOT_S=1")


def to_prompt(console):
    console.expect(r"neighbour: started")
    console.to_shell()


# How each architecture says it.
WORDS = {
    "aarch64": {"fault": "BRK", "write": "data abort",
                "execute": "instruction abort",
                "registers": r"pc +[0-9a-f]{16} +sp +[0-9a-f]{16}",
                "last": r"x30 [0-9a-f]{16}"},
    "riscv64": {"fault": "breakpoint", "write": "store page fault",
                "execute": "instruction page fault",
                "registers": r"pc +[0-9a-f]{16} +cause [0-9a-f]+",
                "last": r"t6 +[0-9a-f]{16}"},
}


@pytest.mark.parametrize("command, why, function", [
    ("panic", "asked for by the shell", "panic_run"),
    ("panic fault", "fault", "panic_run"),
    ("panic stack", "stack overflow", "overflow"),
])
def test_panic(arch, debug_builder, boot, command, why, function):
    """Both CPUs' registers and functions, then the machine starts again."""
    console = boot(rebooting(arch.board)(),
                   "-kernel", debug_builder.image(arch.vm(NEIGHBOUR)))
    to_prompt(console)
    console.send(command + "\r")
    report = report_of(console, WORDS[arch.name].get(why, why))
    check_report(arch, report, function)
    to_prompt(console)
    assert "neighbour" in console.shell("vm list")


def report_of(console, why):
    console.qemu.expect(r"\*\*\* panic: " + why)
    console.qemu.expect(r"Rebooting in 1 s")
    return console.qemu.before.replace("\r", "")


def check_report(arch, report, function):
    """Both CPUs, whole, and nothing in between."""
    assert "in the report" not in report
    per_cpu = re.split(r"(?m)^cpu(\d), task (\S+):$", report)
    assert sorted(per_cpu[1::3]) == ["0", "1"]
    for text in per_cpu[3::3]:
        assert re.search(WORDS[arch.name]["registers"], text)
        assert re.search(WORDS[arch.name]["last"], text)
        assert re.search(r"(?m)^  [0-9a-f]{16} \w+\+0x[0-9a-f]+$", text)
        # down to where the CPU's task began; an overflow is too deep for that
        assert re.search(r" (task_trampoline|sched_idle)\+0x", text) or (
            function == "overflow" and " overflow+0x" in text)
    assert f" {function}+0x" in report


def test_panic_in_a_flood(arch, debug_builder, boot):
    """Two guests flood one UART: the report is whole, the locks are in order."""
    console = boot(rebooting(arch.board)(),
                   "-kernel", debug_builder.image(*chatters(arch)))
    console.expect(r"chatter: at your service")
    console.send("f\x182f\x18m\x18s")
    console.expect(r"chat-a\| chatter: flood")
    console.expect(r"chat-b\| chatter: flood")
    console.send("panic\r")
    report = report_of(console, "asked for by the shell")
    assert "chatter" not in report
    check_report(arch, report, "panic_run")
    console.expect(r"chatter: at your service")


def test_write_or_execute(arch, debug_builder, boot):
    """The host's code cannot be written, its data not be run."""
    console = boot(rebooting(arch.board)(),
                   "-kernel", debug_builder.image(arch.vm(NEIGHBOUR)))
    for command in ("write", "execute"):
        to_prompt(console)
        console.send(f"panic {command}\r")
        console.qemu.expect(r"\*\*\* panic: ([^\r\n]*)[\r\n]")
        assert WORDS[arch.name][command] in console.qemu.match.group(1)
        console.qemu.expect(r"Rebooting in 1 s")
        assert " shell_run+0x" in console.qemu.before


# test_riscv64_hostile.py checks locks in all it does
@pytest.mark.parametrize("arch", [
    "aarch64", pytest.param("riscv64", marks=full)], indirect=True)
def test_locks_with_hostile_guest(arch, debug_builder, boot):
    """No lock is taken against its rank, whatever a guest does."""
    console = boot(arch.board(), "-kernel",
                   debug_builder.image(arch.vm("hostile", smp=3),
                                       arch.vm(NEIGHBOUR)))
    to_prompt(console)
    console.show("hostile", r"hostile: \w+ \w+")
    console.expect(r"hostile: done", timeout=900)
    console.show("neighbour", r"neighbour: round")
    console.expect(r"intact, checksum")
    console.to_shell()
    for _ in range(3):
        console.shell("vm start hostile")
        console.shell("vm stop hostile")


@needs_linux
def test_locks_with_linux(arch, debug_builder, boot):
    """Nor while Linux boots, works and powers off."""
    console = boot(arch.board(), "-kernel",
                   debug_builder.image(arch.vm("linux", smp=2)))
    console.to_linux()
    assert console.linux("nproc").split() == ["2"]
    console.linux("cat /proc/interrupts | wc")
    console.send("poweroff -f\n")
    console.expect(r"powered off by its guest")
