# SPDX-License-Identifier: Apache-2.0
"""The last report and the reboot after it; a build that checks its locks."""

import os
import re

import machine
import pytest
from machine import Board

HOSTILE = "vms/hostile-aarch64-qemu-smp3.toml"
NEIGHBOUR = "vms/neighbour-aarch64-qemu-smp1.toml"
CHATTERS = ("tests/vms/chatter-a.toml", "tests/vms/chatter-b.toml")
LINUX = "vms/linux-aarch64-qemu-smp2.toml"


class RebootingBoard(Board):
    """A machine that a reset starts again instead of ending QEMU."""

    def arguments(self):
        return [word for word in super().arguments() if word != "-no-reboot"]


@pytest.fixture(scope="module")
def debug_builder(tmp_path_factory):
    """Images with the `panic` command, checked locks and a quick reboot."""
    made = machine.Builder(tmp_path_factory.mktemp("debug"))
    made.make("qemu-aarch64_defconfig")
    with open(os.path.join(made.build, ".config"), "a",
              encoding="utf-8") as config:
        config.write("CONFIG_SHELL_PANIC=y\nCONFIG_DEBUG_LOCKS=y\n"
                     "CONFIG_PANIC_REBOOT_S=1\n")
    made.make("olddefconfig")
    made.configured = True
    return made


def to_prompt(console):
    console.expect(r"neighbour: started")
    console.to_shell()


@pytest.mark.parametrize("command, why, function", [
    ("panic", "asked for by the shell", "panic_run"),
    ("panic fault", "BRK", "panic_run"),
    ("panic stack", "stack overflow", "overflow"),
])
def test_panic(debug_builder, boot, command, why, function):
    """Both CPUs' registers and functions, then the machine starts again."""
    console = boot(RebootingBoard(),
                   "-kernel", debug_builder.image(NEIGHBOUR))
    to_prompt(console)
    console.send(command + "\r")
    report = report_of(console, why)
    check_report(report, function)
    to_prompt(console)
    assert "neighbour" in console.shell("vm list")


def report_of(console, why):
    console.qemu.expect(r"\*\*\* panic: " + why)
    console.qemu.expect(r"Rebooting in 1 s")
    return console.qemu.before.replace("\r", "")


def check_report(report, function):
    """Both CPUs, whole, and nothing in between."""
    assert "in the report" not in report
    per_cpu = re.split(r"(?m)^cpu(\d), task (\S+):$", report)
    assert sorted(per_cpu[1::3]) == ["0", "1"]
    for text in per_cpu[3::3]:
        assert re.search(r"pc +[0-9a-f]{16} +sp +[0-9a-f]{16}", text)
        assert re.search(r"x30 [0-9a-f]{16}", text)
        assert re.search(r"(?m)^  [0-9a-f]{16} \w+\+0x[0-9a-f]+$", text)
        # down to where the CPU's task began; an overflow is too deep for that
        assert re.search(r" (task_trampoline|sched_idle)\+0x", text) or (
            function == "overflow" and " overflow+0x" in text)
    assert f" {function}+0x" in report


def test_panic_in_a_flood(debug_builder, boot):
    """Two guests flood one UART: the report is whole, the locks are in order."""
    console = boot(RebootingBoard(),
                   "-kernel", debug_builder.image(*CHATTERS))
    console.expect(r"chatter: at your service")
    console.send("f\x182f\x18m\x18s")
    console.expect(r"chat-a\| chatter: flood")
    console.expect(r"chat-b\| chatter: flood")
    console.send("panic\r")
    report = report_of(console, "asked for by the shell")
    assert "chatter" not in report
    check_report(report, "panic_run")
    console.expect(r"chatter: at your service")


def test_write_or_execute(debug_builder, boot):
    """The host's code cannot be written, its data not be run."""
    console = boot(RebootingBoard(),
                   "-kernel", debug_builder.image(NEIGHBOUR))
    for command, why in (("write", "data abort"),
                         ("execute", "instruction abort")):
        to_prompt(console)
        console.send(f"panic {command}\r")
        console.qemu.expect(r"\*\*\* panic: ([^\r\n]*)[\r\n]")
        assert why in console.qemu.match.group(1)
        console.qemu.expect(r"Rebooting in 1 s")
        assert " shell_run+0x" in console.qemu.before


def test_locks_with_hostile_guest(debug_builder, boot):
    """No lock is taken against its rank, whatever a guest does."""
    console = boot(Board(), "-kernel", debug_builder.image(HOSTILE, NEIGHBOUR))
    to_prompt(console)
    console.show("hostile", r"hostile: \w+ \w+")
    console.expect(r"hostile: done", timeout=900)
    console.show("neighbour", r"neighbour: round")
    console.expect(r"intact, checksum")
    console.to_shell()
    for _ in range(3):
        console.shell("vm start hostile")
        console.shell("vm stop hostile")


@machine.needs_linux
def test_locks_with_linux(debug_builder, boot):
    """Nor while Linux boots, works and powers off."""
    console = boot(Board(), "-kernel", debug_builder.image(LINUX))
    console.to_linux()
    assert console.linux("nproc").split() == ["2"]
    console.linux("cat /proc/interrupts | wc")
    console.send("poweroff -f\n")
    console.expect(r"powered off by its guest")
