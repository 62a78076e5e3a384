# SPDX-License-Identifier: Apache-2.0
"""Host devices in riscv64 guests: registers, interrupts, memory for DMA."""

import dataclasses
import os
import re
import subprocess

import pytest
from machine import ROOT, SHELL_PROMPT, Builder, RiscvBoard

pytestmark = pytest.mark.skipif(
    not os.path.exists(os.path.join(ROOT, "images/linux-riscv64.Image")),
    reason="no guest kernel: see Documentation/boards/qemu-riscv64.md")

# AxVisor's file for Linux on QEMU, with RAM that Debian's kernel fits in.
LINUX = """\
[base]
id = 1
name = "linux-qemu"
vm_type = 1
cpu_num = 1
{base}
[kernel]
entry_point = 0x9020_0000
image_location = "memory"
kernel_path = "images/linux-riscv64.Image"
kernel_load_addr = 0x9020_0000
ramdisk_path = "images/initramfs-riscv64.cpio.gz"
ramdisk_load_addr = 0x9800_0000
dtb_load_addr = 0x9300_0000
{kernel}
memory_regions = [[0x9000_0000, 0x1000_0000, 0x7, 1]]
[devices]
interrupt_mode = "passthrough"
{devices}
emu_devices = [["plic", 0x0c00_0000, 0x60_0000, 0, 0x30, [2]]]
"""
NAMED = """\
passthrough_devices = [
  ["/soc/serial@10000000"],
  ["/soc/virtio_mmio@10007000"],
  ["/soc/virtio_mmio@10008000"],
]
passthrough_addresses = [[0x1000_0000, 0x1000], [0x1000_1000, 0x8000]]
"""
ALL = """\
passthrough_devices = [["/"]]
excluded_devices = [["/soc/pci@30000000"], ["/fw-cfg@10100000"]]
"""


@pytest.fixture(scope="module")
def riscv(tmp_path_factory):
    """Checked locks; one build folder for all."""
    return Builder(tmp_path_factory.mktemp("riscv64-passthrough"),
                   "qemu-riscv64_defconfig").configure(
                       "CONFIG_DEBUG_LOCKS=y")


def guest(tmp_path, devices, base="", kernel=""):
    toml = tmp_path / "linux-riscv64-qemu-smp1.toml"
    toml.write_text(LINUX.format(base=base, kernel=kernel, devices=devices))
    return toml


def disk_and_rng(tmp_path):
    """QEMU's arguments: the last two transports have a disk and entropy."""
    disk = tmp_path / "disk.img"
    disk.write_bytes(b"cvisor disk\n".ljust(1 << 20, b"\0"))
    return ("-drive", f"if=none,file={disk},format=raw,id=d0",
            "-device", "virtio-blk-device,drive=d0",
            "-device", "virtio-rng-device")


def use_disk(console):
    console.linux("modprobe virtio_mmio && modprobe virtio_blk"
                  " && modprobe virtio-rng")
    assert "cvisor disk" in console.linux("head -n 1 /dev/vda")
    console.linux("dd if=/bin/busybox of=/dev/vda bs=4k count=50 seek=9")
    console.linux("sync; echo 3 >/proc/sys/vm/drop_caches")
    console.linux("dd if=/dev/vda of=/tmp/a bs=4k count=50 skip=9")
    console.linux("cmp -n 204800 /tmp/a /bin/busybox")
    console.linux("dd if=/dev/hwrng of=/tmp/b bs=64 count=4"
                  " && test $(wc -c </tmp/b) = 256")
    seen = console.linux("cat /proc/interrupts")
    for device in ("8 Edge +virtio0", "7 Edge +virtio1"):
        assert re.search(rf"[1-9]\d*(?: +\d+)* +SiFive PLIC +{device}", seen), seen


def start_again(console, command):
    console.to_shell()
    console.shell(command)
    console.switch_to("linux-qemu")
    console.to_linux()


def test_virtio(riscv, boot, tmp_path):
    """A disk and entropy by interrupts, over suspends and from start to start;
    the UART that the host keeps has a stand-in."""
    console = boot(RiscvBoard(mem="2G", extra=disk_and_rng(tmp_path)),
                   "-kernel", riscv.image(guest(tmp_path, NAMED)))
    console.expect("host keeps /soc/serial@10000000, an emulated one stands")
    console.to_linux()
    use_disk(console)
    console.to_shell()
    shown = console.shell("vm show linux-qemu")
    assert re.search(r"forwarded interrupts: 7, 8\n", shown), shown
    assert re.search(r"passed 0x0010001000 .* at host 0x0010001000", shown)
    # those that come while the guest is suspended wait for it
    console.switch_to("linux-qemu")
    console.send("\n")
    console.linux("echo 4 >/proc/sys/vm/drop_caches")  # not logged from here
    console.linux("(while :; do echo 3 >/proc/sys/vm/drop_caches; "
                  "cat /dev/vda >/dev/null; done) & sleep 1")
    for _ in range(5):
        console.to_shell()
        console.shell("vm suspend linux-qemu")
        assert "Suspended" in console.shell("vm list")
        console.shell("vm resume linux-qemu")
        console.switch_to("linux-qemu")
        console.send("\n")
        console.linux("usleep 100000")
    # an interrupt that the guest leaves open is the host's to end
    console.to_shell()
    for command in ("stop -f", "delete", "create"):
        console.shell(f"vm {command} linux-qemu")
    start_again(console, "vm start linux-qemu")
    use_disk(console)
    console.send("reboot -f\n")
    console.to_linux()
    use_disk(console)


def on_harts(console, irq):
    """How often each of the host's CPUs took an interrupt."""
    row = re.search(rf"(?m)^{irq}((?: +\d+)+) +VM linux-qemu",
                    console.shell("irq"))
    return [int(n) for n in row.group(1).split()]


def test_two_vcpus(riscv, boot, tmp_path):
    """All but what the host keeps; interrupts follow their vCPU's hart."""
    toml = guest(tmp_path, ALL, "phys_cpu_sets = [2, 4]")
    toml.write_text(toml.read_text().replace("cpu_num = 1", "cpu_num = 2"))
    console = boot(RiscvBoard(smp=4, mem="2G", extra=disk_and_rng(tmp_path)),
                   "-kernel", riscv.image(toml))
    console.to_linux()
    assert console.linux("nproc").strip() == "2"
    use_disk(console)
    # the machine's power switch is not the guest's
    iomem = console.linux("cat /proc/iomem")
    assert "rtc@101000" in iomem and "10100000" not in iomem
    assert "test@100000" not in console.linux("ls /proc/device-tree/soc")
    irq = re.search(r"(?m)^ *(\d+): .* virtio0",
                    console.linux("cat /proc/interrupts")).group(1)
    for vcpu, hart in ((1, 2), (0, 1)):
        console.linux(f"echo {1 << vcpu} >/proc/irq/{irq}/smp_affinity")
        console.linux("dd if=/dev/vda of=/dev/null bs=4k count=9; "
                      "echo 3 >/proc/sys/vm/drop_caches")
        console.to_shell()
        before = on_harts(console, 8)
        console.switch_to("linux-qemu")
        console.send("\n")
        console.linux("dd if=/dev/vda of=/dev/null bs=4k count=90")
        console.to_shell()
        after = on_harts(console, 8)
        grown = [n - m for n, m in zip(after, before)]
        assert grown[hart] > 0 and sum(grown) == grown[hart], grown
        console.switch_to("linux-qemu")
        console.send("\n")
    # its end is its own
    console.send("poweroff -f\n")
    console.expect(r"linux-qemu: Stopped \(system down\)")
    console.to_shell()


RTC = """\
[base]
id = 2
name = "rtc"
cpu_num = 1
phys_cpu_sets = [{cpu}]
[kernel]
entry_point = 0x8020_0000
image_location = "memory"
kernel_path = "images/rtc-riscv64.bin"
kernel_load_addr = 0x8020_0000
memory_regions = [[0x8000_0000, 0x80_0000, 0x7, 0]]
[devices]
interrupt_mode = "emulated"
passthrough_devices = [{device}]
emu_devices = [
  ["plic", 0x0c00_0000, 0x60_0000, 0, 0x30, []],
  ["uart", 0x1000_0000, 0x1000, 10, 0x2, []],
]
"""


@pytest.mark.parametrize("cpu,device", [
    (2, '["/soc/rtc@101000"]'),
    (1, '["rtc", 0x10_1000, 0x10_1000, 0x1000, 11]')])
def test_clock(riscv, boot, tmp_path, cpu, device):
    """An alarm's interrupt, on the host's own hart and on another; each run
    leaves one open, and the next one has none of it."""
    toml = tmp_path / "rtc-riscv64-qemu-smp1.toml"
    toml.write_text(RTC.format(cpu=cpu, device=device))
    console = boot(RiscvBoard(smp=2), "-kernel", riscv.image(toml))
    for run in range(3):
        console.expect("rtc guest: done")
        said = console.qemu.before
        assert "FAIL" not in said, said
        assert len(re.findall(r"(?m)^pass ", said)) == 9, said
        console.expect(r"rtc: Stopped \(system down\)")
        console.send("\r")
        console.expect(SHELL_PROMPT)
        if run < 2:
            console.send("vm start -c rtc\r")


def board_tree(tmp_path, board, change):
    """QEMU's own tree of a machine, changed; the machine with it."""
    blob = tmp_path / "board.dtb"
    subprocess.run([board.program, *board.arguments(),
                    "-M", f"{board.machine},dumpdtb={blob}"],
                   check=True, capture_output=True)
    source = subprocess.run(["dtc", "-q", "-O", "dts", blob], check=True,
                            capture_output=True, text=True).stdout
    changed = change(source)
    assert changed != source
    subprocess.run(["dtc", "-q", "-O", "dtb", "-o", blob], check=True,
                   input=changed, text=True)
    return dataclasses.replace(board, extra=(*board.extra, "-dtb", str(blob)))


def test_uart(riscv, boot, tmp_path):
    """The machine's 16550 itself. The tree calls it by a name that neither
    firmware nor host knows, Linux does: the guest is all that is seen."""
    board = board_tree(
        tmp_path, RiscvBoard(mem="2G"),
        lambda source: source.replace('"ns16550a"', '"ns16450"'))
    toml = guest(tmp_path, 'passthrough_devices = [["/soc/serial@10000000"]]',
                 kernel='cmdline = "console=ttyS0"')
    console = boot(board, "-kernel", riscv.image(toml))
    console.to_linux()
    seen = console.linux("cat /proc/interrupts")
    assert re.search(r"[1-9]\d* +SiFive PLIC +10 Edge +ttyS0", seen), seen
    lines = console.linux("seq 1 500").split()
    assert lines == [str(n) for n in range(1, 501)]
    console.send("reboot -f\n")
    console.to_linux()
