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
# What the log says of a VM that owns its CPU and asks for its interrupts: they
# are its own, or linked to those of a controller that has nothing for guests.
IRQ_PASSED = {"aarch64": "interrupts are passed through",
              "riscv64": "interrupts are emulated and linked to the hardware's,"
                         " not passed through: a PLIC interrupts no guest"}
# Limits against hangs, not measures: two slow cores, no KVM.
HANG_S = int(os.environ.get("HANG", 240))
LOG_LINE = re.compile(r"\[ *\d+\.\d{6}\] [EWIDT] ([^:]+): .+")


def without_log(text):
    """A console's lines without those of the log. The screen says again, from
    its beginning, a line that the log broke: it stays once."""
    lines, broken = [], False
    for line in text.replace("\r", "").split("\n"):
        if LOG_LINE.fullmatch(line):
            broken = bool(lines)
            continue
        if broken and line.startswith(lines[-1]):
            lines.pop()
        broken = False
        lines.append(line)
    return "\n".join(lines)


# What is shown only while an Image of the test's architecture has Linux.
needs_linux = pytest.mark.needs_linux
# More combinations than one needs each time: make check-full
full = pytest.mark.full
# What measures time, of which every other test takes some.
alone = pytest.mark.alone


@dataclasses.dataclass(frozen=True)
class Board:
    """One QEMU machine: what stands after its program's name; and how guests
    for its architecture are written."""

    program = "qemu-system-aarch64"
    machine = "virt,virtualization=on,gic-version=3"
    cpu: str = "cortex-a57"
    smp: int = 2
    mem: str = "1G"
    extra: tuple = ()

    arch = "aarch64"
    defconfig = "qemu-aarch64_defconfig"
    uboot = "/usr/lib/u-boot/qemu_arm64/u-boot.bin"
    # bare-metal guests' RAM and entry, Linux' entry and console
    ram = 0x4000_0000
    entry = 0x4008_0000
    linux_entry = 0x4020_0000
    tty = "ttyAMA0"
    # the counter where instructions are counted
    counted_cpu = "cortex-a57,cntfrq=1000000000"
    counted_hz = 1_000_000_000
    uart_at = 0x0900_0000
    key = '["power-key", 0x0903_0000, 0x1000, 39, 0x40, []],'
    doorbell = '["doorbell", 0x0a00_0000, 0x1000, 40, 0xa, []],'

    @staticmethod
    def chips(cpus=1):
        """emu_devices of every guest: interrupts and a console."""
        return (
            '["gicd", 0x0800_0000, 0x1_0000, 0, 0x21, []],\n'
            f'["gicr", 0x080a_0000, {0x20000 * cpus:#x}, 0, 0x20, [{cpus}, 0x2_0000, 0]],\n'
            '["uart", 0x0900_0000, 0x1000, 33, 0x2, []],\n')

    @classmethod
    def counted(cls):
        """One CPU; an instruction takes a nanosecond, whatever else runs."""
        return cls(cpu=cls.counted_cpu, smp=1,
                   extra=("-icount", "shift=0,sleep=off", "-rtc", "clock=vm"))

    @classmethod
    def kernel(cls, name):
        """[kernel] of a bare-metal guest, without its memory."""
        return (f"[kernel]\nentry_point = {cls.entry:#x}\n"
                'image_location = "memory"\n'
                f'kernel_path = "images/{name}-{cls.arch}.bin"\n'
                f"kernel_load_addr = {cls.entry:#x}\n")

    @classmethod
    def linux_kernel(cls):
        """[kernel] of Linux with 256 MiB."""
        return (f"[kernel]\nentry_point = {cls.linux_entry:#x}\n"
                'image_location = "memory"\n'
                f'kernel_path = "images/linux-{cls.arch}.Image"\n'
                f"kernel_load_addr = {cls.linux_entry:#x}\n"
                f'ramdisk_path = "images/initramfs-{cls.arch}.cpio.gz"\n'
                f"ramdisk_load_addr = {cls.ram + 0x800_0000:#x}\n"
                f'cmdline = "console={cls.tty}"\n'
                f"memory_regions = [[{cls.ram:#x}, 0x1000_0000, 0x7, 0]]\n")

    @classmethod
    def vm(cls, name, smp=1):
        """The shipped guest file of this name."""
        return f"vms/{name}-{cls.arch}-qemu-smp{smp}.toml"

    def arguments(self):
        return ["-M", self.machine, "-cpu", self.cpu,
                "-smp", str(self.smp), "-m", self.mem, "-nographic",
                "-nic", "none", "-no-reboot", *self.extra]

    def __str__(self):
        return "-".join([self.cpu, f"{self.smp}cpu",
                         *(word.removeprefix("virt,") for word in self.extra
                           if word.startswith("virt,"))])


@dataclasses.dataclass(frozen=True)
class RiscvBoard(Board):
    """The same of riscv64; its firmware is QEMU's own."""

    program = "qemu-system-riscv64"
    machine = "virt"
    cpu: str = "rv64"

    arch = "riscv64"
    defconfig = "qemu-riscv64_defconfig"
    uboot = "/usr/lib/u-boot/qemu-riscv64_smode/u-boot.bin"
    ram = 0x8000_0000
    entry = 0x8020_0000
    linux_entry = 0x8020_0000
    tty = "ttyS0"
    counted_cpu = "rv64"
    counted_hz = 10_000_000  # QEMU's machine has no other
    uart_at = 0x1000_0000
    key = '["power-key", 0x1001_1000, 0x1000, 41, 0x40, []],'
    doorbell = '["doorbell", 0x1001_0000, 0x1000, 40, 0xa, []],'

    @staticmethod
    def chips(cpus=1):  # pylint: disable=unused-argument
        return ('["plic", 0x0c00_0000, 0x60_0000, 0, 0x30, []],\n'
                '["uart", 0x1000_0000, 0x1000, 10, 0x2, []],\n')


BOARDS = {board.arch: board for board in (Board, RiscvBoard)}


def rebooting(board):
    """The same kind of machine; a reset starts it again and ends no QEMU."""

    class Rebooting(board):
        def arguments(self):
            return [word for word in super().arguments()
                    if word != "-no-reboot"]

    return Rebooting


class Arch:
    """What a boot test of both architectures takes: boards and Images."""

    def __init__(self, board, folder):
        self.name = board.arch
        self.board = board
        self.builder = Builder(folder, board.defconfig)
        self.image = self.builder.image
        self.vm = board.vm

    def __str__(self):
        return self.name


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
        # what is typed before the shell reads is echoed twice
        out = self.qemu.before.replace("\r", "").rpartition(
            "echo status=$?\n")[2]
        self.expect(LINUX_PROMPT)
        assert status == "0", f"{command!r} in the guest gave {status}:\n{out}"
        return out


class MakeRun(Console):
    """A Console whose QEMU is make's child, with 3 CPUs and 700 MiB."""

    def __init__(self, goal, builder, log, *arguments):  # pylint: disable=W0231
        self.qemu = pexpect.spawn(
            "make", ["-C", ROOT, f"O={builder.build}", goal, "SMP=3",
                     "MEM=700M", *arguments],
            timeout=HANG_S, encoding="utf-8", codec_errors="replace")
        self.qemu.logfile_read = log
        self.qemu.delaybeforesend = None


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
