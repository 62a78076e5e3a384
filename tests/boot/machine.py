# SPDX-License-Identifier: Apache-2.0
"""Machines to boot cvisor on, and Images to boot: what every boot test uses."""

import dataclasses
import os
import re
import shutil
import subprocess

import pexpect
import pytest

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
UBOOT = "/usr/lib/u-boot/qemu_arm64/u-boot.bin"
SHELL_PROMPT = r"cvisor:\S*\$ "
GUEST_READY = r"cvisor guest ready"
LINUX_PROMPT = r"(?:/root|~) # "  # by its busybox
# Limits against hangs, not measures: two slow cores, no KVM.
HANG_S = 240


needs_linux = pytest.mark.skipif(
    not os.path.exists(os.path.join(ROOT, "images/linux-aarch64.Image")),
    reason="no guest kernel: run `make guests`")


@dataclasses.dataclass(frozen=True)
class Board:
    """One QEMU machine: what stands after its program's name."""

    program = "qemu-system-aarch64"
    machine = "virt,virtualization=on,gic-version=3"
    cpu: str = "cortex-a57"
    smp: int = 2
    mem: str = "1G"
    extra: tuple = ()

    def arguments(self):
        return ["-M", self.machine, "-cpu", self.cpu,
                "-smp", str(self.smp), "-m", self.mem, "-nographic",
                "-nic", "none", "-no-reboot", *self.extra]

    def __str__(self):
        return f"{self.cpu}-{self.smp}cpu"


@dataclasses.dataclass(frozen=True)
class RiscvBoard(Board):
    """The same of riscv64; its firmware is QEMU's own."""

    program = "qemu-system-riscv64"
    machine = "virt"
    cpu: str = "rv64"


class Console:
    """A running QEMU and its serial console."""

    def __init__(self, board, *arguments, log=None):
        self.qemu = pexpect.spawn(
            board.program, [*board.arguments(), *map(str, arguments)],
            timeout=HANG_S, encoding="utf-8", codec_errors="replace")
        self.qemu.logfile_read = log
        self.qemu.delaybeforesend = None

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.qemu.close(force=True)

    def expect(self, pattern, timeout=HANG_S):
        """Waits for a pattern; fails at once when the host panics."""
        found = self.qemu.expect(
            [pattern, r"\*\*\* (?:panic|cannot boot)[^\n]*\n", pexpect.EOF], timeout=timeout)
        assert found == 0, (
            f"waiting for {pattern!r}: the host "
            + ("panicked" if found == 1 else "ended")
            + f":\n{self.qemu.before[-4000:]}{self.qemu.after}")
        return self.qemu.match

    def send(self, text):
        self.qemu.send(text)

    def switch(self, key="]"):
        """Ctrl+X and a key; returns the name that the host announces.

        What was printed before is dropped first: an announcement may be in
        it, because a VM that ends gives the console back by itself.
        """
        self.qemu.expect([r"(?s).+", pexpect.TIMEOUT], timeout=0.5)
        self.send("\x18" + key)
        # to its end: a read may stop in the middle of the name
        return self.expect(r"\[console: ([^;\]]+)[;\]]").group(1)

    def to_shell(self):
        """Shows the shell, whichever guest is shown now, at a new prompt."""
        for _ in range(8):
            if self.switch("s") == "cvisor":
                break
        else:
            raise AssertionError("the shell did not come up by Ctrl+X s")
        self.expect(SHELL_PROMPT)
        self.send("\r")
        self.expect(SHELL_PROMPT)

    def switch_to(self, name):
        """Shows the console of this name."""
        for _ in range(8):
            if self.switch() == name:
                return
        raise AssertionError(f"no console {name!r} by Ctrl+X ]")

    def show(self, name, pattern):
        """Shows a console and waits for what it prints."""
        self.switch_to(name)
        self.expect(pattern)

    def to_linux(self):
        """Waits until the shown Linux guest takes commands."""
        self.expect(GUEST_READY)
        self.send("\n")
        self.expect(LINUX_PROMPT)
        # the guest's line editor breaks echoed lines at the screen's width
        self.send("stty cols 1000\n")
        self.expect(r"1000\r*\n")
        self.expect(LINUX_PROMPT)

    def shell(self, command):
        """Runs one shell command; returns what it printed."""
        self.send(command + "\r")
        self.expect(re.escape(command) + r"\r*\n")
        self.expect(SHELL_PROMPT)
        return self.qemu.before.replace("\r", "")

    def linux(self, command):
        """Runs one command in the shown Linux guest; returns its output."""
        self.send(command + "; echo status=$?\n")
        self.expect(r"echo status=\$\?\r*\n")
        status = self.expect(r"status=(\d+)\r*\n").group(1)
        out = self.qemu.before.replace("\r", "")
        self.expect(LINUX_PROMPT)
        assert status == "0", f"{command!r} in the guest gave {status}:\n{out}"
        return out


class Builder:
    """Makes Images in one build folder; keeps each set of guests' own."""

    def __init__(self, folder, defconfig="qemu-aarch64_defconfig"):
        self.folder = str(folder)
        self.defconfig = defconfig
        self.build = os.path.join(self.folder, "build")
        self.made = {}
        self.configured = False

    def make(self, *arguments, build=None):
        done = subprocess.run(
            ["make", "-C", ROOT, f"O={build or self.build}",
             f"-j{os.cpu_count()}", *arguments],
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
            check=False)
        assert done.returncode == 0, (
            f"make {' '.join(arguments)}:\n{done.stdout[-4000:]}")
        return done.stdout

    def configure(self, *options):
        """The defconfig with these lines on top: "CONFIG_X=y"."""
        self.make(self.defconfig)
        with open(os.path.join(self.build, ".config"), "a",
                  encoding="utf-8") as config:
            config.write("".join(f"{option}\n" for option in options))
        self.make("olddefconfig")
        self.configured = True
        return self

    def _goal(self, goal, result, vms):
        if not self.configured:
            self.configure()
        key = (goal, tuple(vms))
        if key not in self.made:
            self.make("VMS=" + " ".join(map(str, vms)),
                      *([goal] if goal else []))
            kept = os.path.join(self.folder, f"{len(self.made)}-{result}")
            shutil.copy(os.path.join(self.build, result), kept)
            self.made[key] = kept
        return self.made[key]

    def image(self, *vms):
        """Path of an Image that embeds these guest files."""
        return self._goal("", "Image", vms)

    def sdimage(self, *vms):
        """Path of a disk that U-Boot boots by extlinux."""
        return self._goal("sdimage", "sd.img", vms)

    def fit(self, *vms):
        """Path of a FIT."""
        return self._goal("fit", "cvisor.itb", vms)
