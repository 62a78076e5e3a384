#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""make bench: what cvisor costs, in instructions, beside its peers.

Runs the bare-metal benchmark guest and a Linux boot under QEMU -icount, where
one counter tick is one instruction of guest and hypervisor together, and
writes bench.json into the build folder. Documentation/performance.md says
what each figure means.

usage: bench.py BUILD_DIR [--quick]    (--quick leaves the Linux boots out)
"""

import argparse
import gzip
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))

CPU = "cortex-a57,cntfrq=1000000000"
COUNTING = [
    "-icount", "shift=0,sleep=off", "-seed", "1",
    "-rtc", "base=2026-01-01,clock=vm", "-nic", "none",
]
HANG_LIMIT_S = 900

# PEERS.md: floor, Bao, Xen 4.17, Xvisor, Minos, KVM nVHE, and the first
# release's target.
PEERS = {
    "hypercall": ("48", "189", "471", "397", "483", "1696", 150),
    "mmio_gicd_typer": ("65", "225", "610", "719", "547", "2436", 190),
    "mmio_gicd_isenabler_read": ("65", "1290", "689", "1403", "547", "4292", 250),
    "mmio_gicd_isenabler_write": ("65", "3563", "740", "1268", "602", "2453", 250),
    "sgi_self": ("65", "781", "1102", "lost", "1225", "3080", 450),
    "vtimer": ("48", "202", "1086", "2178", "1006", "3000", 190),
    "vtimer_wfi": ("48", "202", "37400", "3206", "-", "2405", 190),
    "ipi_pingpong": ("22", "1596", "3357", "9613", "7618", "11562", 1200),
    "entry_to_guest": ("-", "446000", "23.5 M", "17.0 M", "196 M", "919 M", 2_000_000),
    "image_bytes": ("-", "65 KB", "1.0 MB", "1.93 MB", "322 KB", "-", 256 << 10),
    "ram_bytes": ("-", "-", "-", "-", "-", "-", 4 << 20),
    "linux_boot_percent": ("-", "1.2", "20", "-", "-", "21", 2),
}
HEADINGS = ("operation", "cvisor", "min", "max", "target",
            "floor", "Bao", "Xen", "Xvisor", "Minos", "KVM")


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


def run(arguments, until, feed=()):
    """Runs QEMU until a line matches; returns all it printed.

    feed: pairs (pattern, text) typed once the pattern was printed, in order.
    """
    import pexpect  # here, so that --help works without it

    qemu = pexpect.spawn("qemu-system-aarch64", [
        "-M", "virt,virtualization=on,gic-version=3", "-cpu", CPU,
        "-nographic", *COUNTING, *arguments], timeout=HANG_LIMIT_S,
        encoding="utf-8", codec_errors="replace")
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


def measure_operations(work, build):
    image = build_image(build, ["vms/bench-aarch64-qemu-smp2.toml",
                                "vms/idle-aarch64-qemu-smp1.toml"],
                        os.path.join(work, "Image-bench"))
    printed = run(["-m", "1G", "-smp", "3", "-kernel", image],
                  r"BENCH (done|failed)[^\n]*\n")
    found = re.findall(r"BENCH (\w+) (\d+) (\d+) (\d+)", printed)
    if "BENCH failed" in printed or not found:
        fail(f"the benchmark guest failed:\n{printed}")
    return {name: tuple(map(int, values)) for name, *values in found}


# A round trip through a channel, and messages of 4 KiB one after the other:
# woken by the doorbell, or spinning on the page.
IVC_ROWS = ("ivc_roundtrip", "ivc_polled_roundtrip",
            "ivc_bytes_per_1000_instructions",
            "ivc_polled_bytes_per_1000_instructions")


def measure_ivc(work, build):
    # the one that reports first: its console is shown
    image = build_image(build, ["vms/ivcbench-b-aarch64-qemu-smp1.toml",
                                "vms/ivcbench-a-aarch64-qemu-smp1.toml"],
                        os.path.join(work, "Image-ivc"))
    printed = run(["-m", "1G", "-smp", "3", "-kernel", image],
                  r"BENCH (done|failed)[^\n]*\n")
    found = dict((name, tuple(map(int, values))) for name, *values in
                 re.findall(r"BENCH (\w+) (\d+) (\d+) (\d+)", printed))
    if "BENCH failed" in printed or set(found) != set(IVC_ROWS):
        fail(f"the guests with a channel failed:\n{printed}")
    return found


def measure_ram(work, build):
    """Bytes that the host itself holds with one idle VM, from `mem`."""
    image = build_image(build, ["vms/idle-aarch64-qemu-smp1.toml"],
                        os.path.join(work, "Image-idle"))
    printed = run(["-m", "1G", "-smp", "3", "-kernel", image],
                  r"host total\s+\d+ KiB",
                  feed=((r"idle guest: asleep", "\x18]"),
                        (r"cvisor:\S*\$ ", "mem\r")))
    return int(re.search(r"host total\s+(\d+) KiB", printed).group(1)) << 10


SHARE_TOML = """\
# One of several guests that share a CPU, for the measurement of that.
[base]
id = {id}
name = "{name}"
cpu_num = 1
phys_cpu_sets = [1]

[kernel]
entry_point = 0x4008_0000
image_location = "memory"
kernel_path = "images/share-aarch64.bin"
kernel_load_addr = 0x4008_0000
cmdline = "{role}"
memory_regions = [
  [0x4000_0000, 0x100_0000, 0x7, 0],
]

[devices]
interrupt_mode = "emulated"
emu_devices = [
  ["gicd", 0x0800_0000, 0x1_0000, 0, 0x21, []],
  ["gicr", 0x080a_0000, 0x2_0000, 0, 0x20, [1, 0x2_0000, 0]],
  ["uart", 0x0900_0000, 0x1000, 33, 0x2, []],
]

[sched]
{sched}
"""
BURN = "role=burn"
SLICE_TICKS = 1_000_000
SAID = r"worked (\d+) second \d+ at (\d+) gaps \d+ median (\d+) most (\d+)"


def run_sharing(work, build, guests, until, feed=()):
    """Runs guests (name, role, [sched]) that have one CPU together."""
    files = []
    for number, (name, role, sched) in enumerate(guests, 60):
        files.append(os.path.join(work, f"{name}.toml"))
        with open(files[-1], "w", encoding="utf-8") as file:
            file.write(SHARE_TOML.format(id=number, name=name, role=role,
                                         sched=sched))
    image = build_image(build, files, os.path.join(work, "Image-share"))
    return run(["-m", "1G", "-smp", "1", "-kernel", image], until, feed)


def share_permille(printed):
    said = [(int(a), int(b)) for a, b, *_ in re.findall(SAID, printed)]
    (work, at), (more, then) = said[0], said[-1]
    return round(1000 * (more - work) / (then - at))


def measure_sharing(work, build):
    """Switches, shares, wake-ups and the shell, each beside a busy guest."""
    values = {}
    turns = "slice_us = 1_000"
    printed = run_sharing(work, build, [
        ("one", BURN, turns), ("two", BURN, turns),
    ], r"at [2-9]\d{8} gaps \d+ median \d+ most \d+")
    gap = int(re.findall(SAID, printed)[-1][2])
    values["vcpu_switch"] = (gap - SLICE_TICKS) // 2

    second = r"at 1\d{9} gaps \d+ median \d+ most \d+"
    printed = run_sharing(work, build, [
        ("capped", BURN,
         "priority = 20\nbudget_us = 2_000\nperiod_us = 10_000"),
        ("one", BURN, turns), ("two", BURN, turns),
    ], second, feed=((second, "\x18]"),))
    capped, turned = printed.split("[console: one")
    values["share_budget_permille"] = share_permille(capped)
    values["share_turns_permille"] = share_permille(turned)

    # a minute of guest time
    printed = run_sharing(work, build, [
        ("awake", "role=wake period=1000 rounds=60000", "priority = 20"),
        ("busy", "role=spin", "priority = 8"),
    ], r"woken p50 \d+ p99 \d+ max \d+ of \d+\s")
    found = re.search(r"woken p50 (\d+) p99 (\d+) max (\d+)", printed)
    for name, value in zip(("p50", "p99", "max"), found.groups()):
        values[f"wake_{name}"] = int(value)

    printed = run_sharing(
        work, build, [("busy", BURN, "priority = 23")],
        SAID + r"\s",
        feed=((SAID + r"\s", "\x18]"), (r"cvisor:\S*\$ ", "x"),
              *((r"x", "x") for _ in range(60)), (r"x", "\x03"),
              (r"cvisor:\S*\$ ", "\x18]"), (r"console: busy", "")))
    values["shell_echo"] = int(re.findall(SAID, printed)[-1][2])
    return values


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


def boot_initramfs(work):
    init = os.path.join(work, "init")
    subprocess.run(["aarch64-linux-gnu-gcc", "-O2", "-nostdlib", "-static",
                    "-ffreestanding", "-fno-stack-protector", "-o", init,
                    os.path.join(ROOT, "tests/bench/init.c")], check=True)
    with open(init, "rb") as file:
        data = file.read()
    path = os.path.join(work, "boot.cpio.gz")
    with open(path, "wb") as file:
        file.write(gzip.compress(cpio_newc(
            [("dev", 0o040755, b""), ("init", 0o100755, data)]), mtime=0))
    return path


# QEMU's tree has a seed for KASLR, a guest's has none: the same work for both.
LINUX_COMMAND = "nokaslr console=ttyAMA"

LINUX_TOML = """\
# Linux for the boot measurement; its console is {console}.
[base]
id = 40
name = "boot"
vm_type = 2
cpu_num = 1
phys_cpu_sets = [2]

[kernel]
entry_point = 0x4020_0000
image_location = "memory"
kernel_path = "images/linux-aarch64.Image"
kernel_load_addr = 0x4020_0000
ramdisk_path = "{ramdisk}"
ramdisk_load_addr = 0x4a00_0000
cmdline = "{cmdline}"
memory_regions = [
  [0x4000_0000, 0x1000_0000, 0x7, 0],
]

[devices]
interrupt_mode = "emulated"
passthrough_devices = [{passthrough}]
emu_devices = [{emulated}]
"""


def two_uart_tree(work):
    """The device tree of a machine with a second UART, for the checker."""
    path = os.path.join(work, "two-uarts.dtb")
    subprocess.run(
        ["qemu-system-aarch64", "-M",
         f"virt,virtualization=on,gic-version=3,dumpdtb={path}", "-cpu", CPU,
         "-m", "1G", "-smp", "2", "-display", "none", "-nic", "none",
         "-serial", "null", "-serial", "null"],
        check=True, stderr=subprocess.DEVNULL, timeout=60)
    source = os.path.join(work, "two-uarts.dts")
    subprocess.run(["dtc", "-q", "-I", "dtb", "-O", "dts", "-o", source, path],
                   check=True)
    return source


def linux_boot(work, build, ramdisk, console):
    toml = os.path.join(work, f"boot-{console}.toml")
    passed = console == "passthrough"
    with open(toml, "w", encoding="utf-8") as file:
        file.write(LINUX_TOML.format(
            console=console, ramdisk=ramdisk,
            # the host tree's alias makes the second UART number 1
            cmdline=LINUX_COMMAND + ("1" if passed else "0"),
            passthrough='["/pl011@9040000"]' if passed else "",
            emulated="" if passed else
            '["uart", 0x0900_0000, 0x1000, 33, 0x2, []]'))
    image = build_image(build, [toml], os.path.join(work, "Image-" + console),
                        "CONFIG_BOARD_DTS=" + two_uart_tree(work))
    serial = ["-serial", "null", "-serial", "mon:stdio"] if passed else []
    printed = run(["-m", "1G", "-smp", "2", "-kernel", image, *serial],
                  r"BENCH init \d+\s")
    return int(re.search(r"BENCH init (\d+)", printed).group(1))


# What the passed-through guest is not given: without it a bare kernel has as
# little to probe.
NOT_GIVEN = ("virtio_mmio@", "pcie@", "pl061@", "pl031@", "flash@", "fw-cfg@",
             "gpio-keys", "platform-bus@", "pmu")


def guest_like_tree(work):
    """The bare machine's tree, with the devices that the guest gets."""
    path = os.path.join(work, "bare.dtb")
    subprocess.run(
        ["qemu-system-aarch64", "-M",
         f"virt,virtualization=off,gic-version=3,its=off,dumpdtb={path}",
         "-cpu", CPU, "-m", "256", "-smp", "1", "-display", "none",
         "-nic", "none", "-serial", "null"],
        check=True, stderr=subprocess.DEVNULL, timeout=60)
    nodes = subprocess.run(["fdtget", "-l", path, "/"], check=True,
                           stdout=subprocess.PIPE, text=True).stdout.split()
    for node in nodes:
        if node.startswith(NOT_GIVEN):
            subprocess.run(["fdtput", "-r", path, "/" + node], check=True)
    return path


def linux_bare(ramdisk, *arguments):
    printed = run(["-M", "virt,virtualization=off,its=off", "-m", "256",
                   "-smp", "1", *arguments,
                   "-kernel", os.path.join(ROOT, "images/linux-aarch64.Image"),
                   "-initrd", ramdisk, "-append", LINUX_COMMAND + "0"],
                  r"BENCH init \d+\s")
    return int(re.search(r"BENCH init (\d+)", printed).group(1))


def measure_linux(work, build):
    ramdisk = boot_initramfs(work)
    print(f"Linux to /init bare, with all of QEMU's devices: "
          f"{linux_bare(ramdisk)}")
    bare = linux_bare(ramdisk, "-dtb", guest_like_tree(work))
    counts = {c: linux_boot(work, build, ramdisk, c)
              for c in ("passthrough", "emulated")}
    percent = {c: 100 * (n - bare) / bare for c, n in counts.items()}
    print(f"Linux to /init: bare with the guest's devices {bare}; "
          + "; ".join(f"console {c} {counts[c]} ({percent[c]:+.2f} %)"
                      for c in counts))
    return percent["passthrough"]


def print_table(values, ranges):
    rows = [HEADINGS]
    for name, (*peers, target) in PEERS.items():
        if name not in values:
            continue
        low, high = ranges.get(name, ("", ""))
        rows.append((name, str(values[name]), str(low), str(high),
                     f"<= {target}", *peers))
    widths = [max(len(row[i]) for row in rows) for i in range(len(HEADINGS))]
    for row in rows:
        print("  ".join(cell.ljust(width) if i == 0 else cell.rjust(width)
                        for i, (cell, width) in enumerate(zip(row, widths))))


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("build", help="configured build folder")
    parser.add_argument("--quick", action="store_true",
                        help="leave the Linux boots out")
    options = parser.parse_args()
    build = os.path.abspath(options.build)

    values, ranges = {}, {}
    with tempfile.TemporaryDirectory() as work:
        # a build folder of our own: the user's keeps the VMs it was made with
        own = os.path.join(build, "bench")
        os.makedirs(own, exist_ok=True)
        make(own, "qemu-aarch64_defconfig")
        values["image_bytes"] = os.path.getsize(
            build_image(own, [], os.path.join(work, "Image-none")))
        for name, (median, low, high) in measure_operations(work, own).items():
            if name in PEERS:
                values[name] = median
                ranges[name] = (low, high)
        del ranges["entry_to_guest"]  # there is one entry
        values["ram_bytes"] = measure_ram(work, own)
        for name, (median, low, high) in measure_ivc(work, own).items():
            values[name] = median
            ranges[name] = (low, high)
        sharing = measure_sharing(work, own)
        if not options.quick:
            values["linux_boot_percent"] = round(measure_linux(work, own), 2)

    print_table(values, ranges)
    for name in IVC_ROWS:
        low, high = ranges[name]
        print(f"{name:40} {values[name]:>6}  ({low} to {high})")
    for name, value in sharing.items():
        print(f"{name:26}{value:10}")
    values |= sharing
    path = os.path.join(build, "bench.json")
    with open(path, "w", encoding="utf-8") as file:
        json.dump({"aarch64": values}, file, indent=2)
        file.write("\n")
    print(f"written to {path}")


if __name__ == "__main__":
    main()
