# SPDX-License-Identifier: Apache-2.0
"""What the benchmarks of all architectures do the same way."""

import dataclasses
import gzip
import os
import re
import shutil
import subprocess
import sys

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))

COUNTING = ["-icount", "shift=0,sleep=off",
            "-rtc", "base=2026-01-01,clock=vm", "-nic", "none"]
HANG_LIMIT_S = 900


LINUX_TOML = """\
# Linux for the boot measurement; its console is {console}.
[base]
id = 40
name = "boot"
vm_type = 2
cpu_num = 1
phys_cpu_sets = [2]

[kernel]
entry_point = {entry:#x}
image_location = "memory"
kernel_path = "images/linux-{arch}.Image"
kernel_load_addr = {entry:#x}
ramdisk_path = "{ramdisk}"
ramdisk_load_addr = {ramdisk_at:#x}
cmdline = "{cmdline}"
memory_regions = [
  [{ram:#x}, 0x1000_0000, 0x7, 0],
]

[devices]
interrupt_mode = "emulated"
passthrough_devices = [{passthrough}]
emu_devices = [{emulated}]
"""


def fail(text):
    sys.exit(f"bench: {text}")


def make(build, *arguments):
    """Runs make for a build folder; its output is shown only on failure."""
    done = subprocess.run(
        ["make", "-C", ROOT, f"O={build}", f"-j{os.cpu_count()}", *arguments],
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
    if done.returncode:
        fail(f"make {' '.join(arguments)} failed:\n{done.stdout[-4000:]}")


def build_image(build, vms, to, *arguments):
    make(build, "VMS=" + " ".join(vms), *arguments)
    shutil.copy(os.path.join(build, "Image"), to)
    return to


@dataclasses.dataclass(frozen=True)
class Machine:
    """QEMU's virt machine of one architecture, and what runs on it."""

    arch: str
    program: str
    arguments: tuple
    ram_base: int

    def run(self, arguments, until, feed=(), counting=True, seed=1):
        """Runs QEMU until a line matches; returns all it printed.

        feed: pairs (pattern, text) typed once the pattern was printed, in order.
        """
        import pexpect  # here, so that --help works without it

        qemu = pexpect.spawn(
            self.program,
            [*self.arguments, "-nographic",
             "-seed", str(seed),
             *(COUNTING if counting else ["-nic", "none"]), *arguments],
            timeout=HANG_LIMIT_S, encoding="utf-8", codec_errors="replace")
        printed = ""
        try:
            for pattern, text in feed:
                qemu.expect(pattern)
                printed += qemu.before + qemu.after
                qemu.send(text)
            qemu.expect(until)
            printed += qemu.before + qemu.after
        except (pexpect.TIMEOUT, pexpect.EOF):
            fail(f"QEMU did not come to {until!r}; it printed:\n"
                 f"{printed}{qemu.before}")
        finally:
            qemu.close(force=True)
        return printed

    def vm(self, name):
        """Its file of a shipped guest, without the architecture's name."""
        return f"vms/{name.replace('-qemu-', f'-{self.arch}-qemu-')}.toml"

    def figures(self, *arguments):
        """Runs guests that report: {name: (median, least, most)}."""
        printed = self.run(arguments, r"BENCH (done|failed)[^\n]*\n")
        found = re.findall(r"BENCH (\w+) (\d+) (\d+) (\d+)", printed)
        if "BENCH failed" in printed or not found:
            fail(f"the benchmark guest failed:\n{printed}")
        return {name: tuple(map(int, values)) for name, *values in found}

    def image_bytes(self, work, build):
        """Of the Image that embeds no guest."""
        return os.path.getsize(
            build_image(build, [], os.path.join(work, "Image-none")))

    def operations(self, work, build):
        """What the benchmark guest measures, an idle VM beside it."""
        image = build_image(build, [self.vm("bench-qemu-smp2"),
                                    self.vm("idle-qemu-smp1")],
                            os.path.join(work, "Image-bench"))
        return self.figures("-m", "1G", "-smp", "3", "-kernel", image)

    def ram(self, work, build):
        """Bytes that the host itself holds with one idle VM, from `mem`."""
        image = build_image(build, [self.vm("idle-qemu-smp1")],
                            os.path.join(work, "Image-idle"))
        printed = self.run(["-m", "1G", "-smp", "3", "-kernel", image],
                           r"host total\s+\d+ KiB",
                           feed=((r"idle guest: asleep", "\x18]"),
                                 (r"cvisor:\S*\$ ", "mem\r")),
                           # a RISC-V hart without a timer has it at the end of
                           # time, and QEMU's counting goes there when all sleep
                           counting=False)
        return int(re.search(r"host total\s+(\d+) KiB", printed).group(1)) << 10

    def until_init(self, *arguments, seed=1):
        """Boots Linux; what its /init says."""
        printed = self.run(arguments, r"BENCH init \d+\s", seed=seed)
        return int(re.search(r"BENCH init (\d+)", printed).group(1))

    def tree(self, work, *arguments):
        """The machine's device tree with these arguments, a file."""
        path = os.path.join(work, f"{self.arch}.dtb")
        fixed = list(self.arguments)
        fixed[fixed.index("-M") + 1] += f",dumpdtb={path}"
        subprocess.run([self.program, *fixed, "-display", "none", "-nic",
                        "none", *arguments], check=True,
                       stderr=subprocess.DEVNULL, timeout=60)
        return path

    def linux_toml(self, work, console="emulated", passthrough="", **words):
        """The guest file of the boot measurement, with its ramdisk, cmdline
        and emulated devices."""
        path = os.path.join(work, f"boot-{console}.toml")
        with open(path, "w", encoding="utf-8") as file:
            file.write(LINUX_TOML.format(
                arch=self.arch, ram=self.ram_base, console=console,
                entry=self.ram_base + 0x20_0000,
                ramdisk_at=self.ram_base + 0xa00_0000,
                passthrough=passthrough, **words))
        return path

    def initramfs(self, work):
        """One program: tests/bench/init.c."""
        init = os.path.join(work, "init")
        subprocess.run([f"{self.arch}-linux-gnu-gcc", "-O2", "-nostdlib",
                        "-static", "-ffreestanding", "-fno-stack-protector",
                        "-o", init, os.path.join(ROOT, "tests/bench/init.c")],
                       check=True)
        with open(init, "rb") as file:
            data = file.read()
        path = os.path.join(work, f"boot-{self.arch}.cpio.gz")
        with open(path, "wb") as file:
            file.write(gzip.compress(cpio_newc(
                [("dev", 0o040755, b""), ("init", 0o100755, data)]), mtime=0))
        return path


def cpio_newc(entries):
    """A newc archive of (name, mode, bytes)."""
    out = bytearray()
    for ino, (name, mode, data) in enumerate(
            [*entries, ("TRAILER!!!", 0, b"")], start=1):
        fields = (ino, mode, 0, 0, 1, 0, len(data), 0, 0, 0, 0, len(name) + 1, 0)
        out += b"070701" + b"".join(b"%08X" % f for f in fields)
        out += name.encode() + b"\0"
        out += b"\0" * (-len(out) % 4) + data
        out += b"\0" * (-len(out) % 4)
    return bytes(out)


def without(tree, names):
    """Removes the nodes, paths or their beginnings, from a tree; same file."""
    for parent in ("/", "/soc"):
        nodes = subprocess.run(["fdtget", "-l", tree, parent], check=False,
                               stdout=subprocess.PIPE, text=True,
                               stderr=subprocess.DEVNULL).stdout.split()
        for node in nodes:
            if node.startswith(names):
                subprocess.run(["fdtput", "-r", tree,
                                f"{parent.rstrip('/')}/{node}"], check=True)
    return tree
