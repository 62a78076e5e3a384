# SPDX-License-Identifier: Apache-2.0
"""What is measured on riscv64."""

import os
import re
import statistics

import disk
from common import ROOT, Machine, build_image, without

MACHINE = Machine("riscv64", "qemu-system-riscv64",
                  ("-M", "virt", "-cpu", "rv64"), 0x8000_0000)
EPOCH_NS = 1767225600 * 10**9  # where common.COUNTING has the RTC begin
NS_PER_TICK = 100
SEEDS = range(1, 8)

# PEERS.md: floor, KVM, the bare machine under OpenSBI; the target: 2.5 times
# the floor, 4 times for an emulated device.
HEADINGS = ("floor", "KVM", "bare")
PEERS = {
    "hypercall": ("120", "1742", "304", 300),
    "mmio_plic": ("121", "6404", "-", 484),
    "sbi_ipi_self": ("-", "-", "3241", "-"),
    "vtimer": ("-", "-", "2", "-"),
    "vtimer_wfi": ("-", "-", "2", "-"),
    "ipi_pingpong": ("-", "-", "7344", "-"),
    "entry_to_guest": ("-", "-", "-", 2_000_000),
    "image_bytes": ("-", "-", "-", 384 << 10),
    "ram_bytes": ("-", "-", "-", 4 << 20),
    "linux_boot_percent": ("-", "-", "-", 2),
}

LINUX_COMMAND = "nokaslr console=ttyS0"
CHIPS = ('["plic", 0x0c00_0000, 0x60_0000, 0, 0x30, []], '
         '["uart", 0x1000_0000, 0x1000, 10, 0x2, []],')
# What the guest is not given.
NOT_GIVEN = ("virtio_mmio@", "pci@", "rtc@", "flash@", "fw-cfg@", "test@",
             "poweroff", "reboot", "platform-bus@", "pmu")


def firmware(*arguments):
    """Instructions until OpenSBI enters what it boots."""
    figures = MACHINE.figures(
        *arguments, "-kernel", os.path.join(ROOT, "images/bench-riscv64.bin"))
    return figures["entry_to_guest"][0] - EPOCH_NS


def measure_entry(work, build):
    """On one hart: QEMU counts all harts together, and gives one that waits for
    another by looking a whole turn of tens of millions of instructions."""
    toml = os.path.join(work, "bench-one.toml")
    with open(os.path.join(ROOT, MACHINE.vm("bench-qemu-smp2")),
              encoding="utf-8") as shipped:
        text = shipped.read()
    with open(toml, "w", encoding="utf-8") as file:
        file.write(re.sub("phys_cpu_sets.*", "phys_cpu_sets = [1, 1]", text))
    image = build_image(build, [toml], os.path.join(work, "Image-one"))
    machine = ("-m", "1G", "-smp", "1")
    figures = MACHINE.figures(*machine, "-kernel", image)
    return figures["entry_to_guest"][0] - EPOCH_NS - firmware(*machine)


def measure_linux(work, build):
    """Medians: what the kernel waits for is counted, and differs by its seed."""
    ramdisk = MACHINE.initramfs(work)
    machine = ("-m", "256", "-smp", "1")
    tree = without(MACHINE.tree(work, *machine, "-serial", "null"), NOT_GIVEN)
    toml = MACHINE.linux_toml(work, ramdisk=ramdisk, cmdline=LINUX_COMMAND,
                              emulated=CHIPS)
    image = build_image(build, [toml], os.path.join(work, "Image-boot"))
    counts = {"bare": [], "guest": []}
    for seed in SEEDS:
        counts["bare"].append(MACHINE.until_init(
            *machine, "-dtb", tree,
            "-kernel", os.path.join(ROOT, "images/linux-riscv64.Image"),
            "-initrd", ramdisk, "-append", LINUX_COMMAND,
            seed=seed) * NS_PER_TICK - firmware(*machine))
        counts["guest"].append(MACHINE.until_init(
            "-m", "1G", "-smp", "2", "-kernel", image,
            seed=seed) * NS_PER_TICK)
    bare, guest = (statistics.median(counts[of]) for of in counts)
    percent = 100 * (guest - bare) / bare
    print("Linux to /init, by seed: "
          + "; ".join(f"{of} {' '.join(map(str, each))}"
                      for of, each in counts.items())
          + f"; medians {percent:+.2f} %")
    return percent


def measure(work, build, quick):
    """Figures as they come: {name: value, or (median, least, most)}."""
    yield MACHINE.operations(work, build)
    yield {"entry_to_guest": measure_entry(work, build)}
    yield {"image_bytes": MACHINE.image_bytes(work, build)}
    yield {"ram_bytes": MACHINE.ram(work, build)}
    yield from disk.measure(MACHINE, MACHINE, work, build)
    if not quick:
        yield {"linux_boot_percent": round(measure_linux(work, build), 2)}
