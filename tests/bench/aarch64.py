# SPDX-License-Identifier: Apache-2.0
"""What is measured on aarch64."""

import os
import re
import subprocess

import disk
from common import ROOT, Machine, build_image, fail, without

MACHINE = Machine("aarch64", "qemu-system-aarch64", (
    "-M", "virt,virtualization=on,gic-version=3",
    "-cpu", "cortex-a57,cntfrq=1000000000"), 0x4000_0000)
run = MACHINE.run

# PEERS.md: floor, Bao, Xen 4.17, Xvisor, Minos, KVM nVHE, and the first
# release's target.
HEADINGS = ("floor", "Bao", "Xen", "Xvisor", "Minos", "KVM")
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
    "image_bytes": ("-", "65 KB", "1.0 MB", "1.93 MB", "322 KB", "-", 384 << 10),
    "ram_bytes": ("-", "-", "-", "-", "-", "-", 4 << 20),
    "linux_boot_percent": ("-", "1.2", "20", "-", "-", "21", 2),
}

# A round trip through a channel, and messages of 4 KiB one after the other:
# woken by the doorbell, or spinning on the page.
IVC_ROWS = ("ivc_roundtrip", "ivc_polled_roundtrip",
            "ivc_bytes_per_1000_instructions",
            "ivc_polled_bytes_per_1000_instructions")


def measure_ivc(work, build):
    # the one that reports first: its console is shown
    image = build_image(build, [MACHINE.vm("ivcbench-b-qemu-smp1"),
                                MACHINE.vm("ivcbench-a-qemu-smp1")],
                        os.path.join(work, "Image-ivc"))
    found = MACHINE.figures("-m", "1G", "-smp", "3", "-kernel", image)
    if set(found) != set(IVC_ROWS):
        fail(f"the guests with a channel report {sorted(found)}")
    return found


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
    turns = "slice_us = 1_000"
    printed = run_sharing(work, build, [
        ("one", BURN, turns), ("two", BURN, turns),
    ], r"at [2-9]\d{8} gaps \d+ median \d+ most \d+")
    gap = int(re.findall(SAID, printed)[-1][2])
    yield {"vcpu_switch": (gap - SLICE_TICKS) // 2}

    second = r"at 1\d{9} gaps \d+ median \d+ most \d+"
    printed = run_sharing(work, build, [
        ("capped", BURN,
         "priority = 20\nbudget_us = 2_000\nperiod_us = 10_000"),
        ("one", BURN, turns), ("two", BURN, turns),
    ], second, feed=((second, "\x18]"),))
    capped, turned = printed.split("[console: one")
    yield {"share_budget_permille": share_permille(capped),
           "share_turns_permille": share_permille(turned)}

    # a minute of guest time
    printed = run_sharing(work, build, [
        ("awake", "role=wake period=1000 rounds=60000", "priority = 20"),
        ("busy", "role=spin", "priority = 8"),
    ], r"woken p50 \d+ p99 \d+ max \d+ of \d+\s")
    found = re.search(r"woken p50 (\d+) p99 (\d+) max (\d+)", printed)
    yield {f"wake_{name}": int(value)
           for name, value in zip(("p50", "p99", "max"), found.groups())}

    printed = run_sharing(
        work, build, [("busy", BURN, "priority = 23")],
        # 412 gaps are of unpacking the shell; the median is of the last 256
        SAID.replace(r"gaps \d+", r"gaps (?:[7-9]\d\d|\d{4})") + r"\s",
        feed=((SAID + r"\s", "\x18]"), (r"cvisor:\S*\$ ", "x"),
              *5 * (*((r"x", "x") for _ in range(60)), (r"x", "\x03"),
                    (r"cvisor:\S*\$ ", "x")), (r"x", "\x03"),
              (r"cvisor:\S*\$ ", "\x18]"), (r"console: busy", "")))
    yield {"shell_echo": int(re.findall(SAID, printed)[-1][2])}


# QEMU's tree has a seed for KASLR, a guest's has none: the same work for both.
LINUX_COMMAND = "nokaslr console=ttyAMA"


def two_uart_tree(work):
    """The device tree of a machine with a second UART, for the checker."""
    path = MACHINE.tree(work, "-m", "1G", "-smp", "2", "-serial", "null",
                        "-serial", "null")
    source = os.path.join(work, "two-uarts.dts")
    subprocess.run(["dtc", "-q", "-I", "dtb", "-O", "dts", "-o", source, path],
                   check=True)
    return source


def linux_boot(work, build, ramdisk, console):
    passed = console == "passthrough"
    toml = MACHINE.linux_toml(
        work, console, ramdisk=ramdisk,
        # the host tree's alias makes the second UART number 1
        cmdline=LINUX_COMMAND + ("1" if passed else "0"),
        passthrough='["/pl011@9040000"]' if passed else "",
        emulated="" if passed else '["uart", 0x0900_0000, 0x1000, 33, 0x2, []]')
    image = build_image(build, [toml], os.path.join(work, "Image-" + console),
                        "CONFIG_BOARD_DTS=" + two_uart_tree(work))
    serial = ["-serial", "null", "-serial", "mon:stdio"] if passed else []
    return MACHINE.until_init("-m", "1G", "-smp", "2", "-kernel", image, *serial)


# What the passed-through guest is not given: without it a bare kernel has as
# little to probe.
NOT_GIVEN = ("virtio_mmio@", "pcie@", "pl061@", "pl031@", "flash@", "fw-cfg@",
             "gpio-keys", "platform-bus@", "pmu")
BARE = Machine("aarch64", MACHINE.program, (
    "-M", "virt,virtualization=off,gic-version=3,its=off",
    *MACHINE.arguments[2:]), MACHINE.ram_base)


def linux_bare(ramdisk, *arguments):
    return BARE.until_init(
        "-m", "256", "-smp", "1", *arguments,
        "-kernel", os.path.join(ROOT, "images/linux-aarch64.Image"),
        "-initrd", ramdisk, "-append", LINUX_COMMAND + "0")


def measure_linux(work, build):
    ramdisk = MACHINE.initramfs(work)
    print(f"Linux to /init bare, with all of QEMU's devices: "
          f"{linux_bare(ramdisk)}")
    tree = without(BARE.tree(work, "-m", "256", "-smp", "1", "-serial", "null"),
                   NOT_GIVEN)
    bare = linux_bare(ramdisk, "-dtb", tree)
    counts = {c: linux_boot(work, build, ramdisk, c)
              for c in ("passthrough", "emulated")}
    percent = {c: 100 * (n - bare) / bare for c, n in counts.items()}
    print(f"Linux to /init: bare with the guest's devices {bare}; "
          + "; ".join(f"console {c} {counts[c]} ({percent[c]:+.2f} %)"
                      for c in counts))
    return percent["passthrough"]


def measure(work, build, quick):
    """Figures as they come: {name: value, or (median, least, most)}."""
    yield MACHINE.operations(work, build)
    yield measure_ivc(work, build)
    yield {"image_bytes": MACHINE.image_bytes(work, build)}
    yield {"ram_bytes": MACHINE.ram(work, build)}
    yield from measure_sharing(work, build)
    yield from disk.measure(MACHINE, BARE, work, build)
    if not quick:
        yield {"linux_boot_percent": round(measure_linux(work, build), 2)}
