# SPDX-License-Identifier: Apache-2.0
"""Guest files as AxVisor's users write them boot Linux."""

import re
import socket

import pytest
from machine import LINUX_PROMPT, Board, needs_linux

pytestmark = needs_linux

LINUX = 'kernel_path = "images/linux-aarch64.Image"\n'
RAMDISK = 'ramdisk_path = "images/initramfs-aarch64.cpio.gz"\n'


def guest(name, vm_id, *, base="", kernel, regions, devices):
    """A guest file; the kernel is Linux unless `kernel` names another."""
    if "kernel_path" not in kernel:
        kernel += LINUX + RAMDISK
    cpus = "" if "cpu_num" in base else "cpu_num = 1\n"
    return (f'[base]\nid = {vm_id}\nname = "{name}"\n{cpus}{base}\n'
            f'[kernel]\nimage_location = "memory"\n{kernel}\n'
            f"memory_regions = [\n  {regions}\n]\n[devices]\n{devices}\n")


def axvisor_qemu(map_type, mode):
    """AxVisor's own file for QEMU, and a file system in RAM."""
    return guest(
        "linux-qemu", 1, base="vm_type = 1\nphys_cpu_ids = [0]",
        kernel="entry_point = 0x8020_0000\nkernel_load_addr = 0x8020_0000\n"
        "dtb_load_addr = 0x8000_0000\n",
        regions=f"[0x8000_0000, 0x1000_0000, 0x7, {map_type}],",
        devices='passthrough_devices = [["/"],]\npassthrough_addresses = []\n'
        'excluded_devices = [["/pcie@10000000"],]\nemu_devices = []\n'
        f'interrupt_mode = "{mode}"')


def disk_and_uart(tmp_path):
    """QEMU's arguments for a disk and a second UART on a socket."""
    disk = tmp_path / "disk.img"
    disk.write_bytes(b"cvisor disk\n".ljust(1 << 20, b"\0"))
    return ("-drive", f"if=none,file={disk},format=raw,id=d0",
            "-device", "virtio-blk-device,drive=d0", "-serial", "mon:stdio",
            "-serial", f"unix:{tmp_path}/uart,server=on,wait=off")


def read_until(uart, text):
    got = b""
    while text not in got:
        more = uart.recv(4096)
        assert more, got
        got += more


@pytest.mark.parametrize("map_type,mode", [
    (1, "passthrough"), (1, "emulated"), (0, "passthrough")])
def test_axvisor_qemu(builder, boot, tmp_path, map_type, mode):
    """All but the host's devices: a disk and a UART work, by interrupts."""
    toml = tmp_path / "linux-aarch64-qemu-smp1.toml"
    toml.write_text(axvisor_qemu(map_type, mode))
    console = boot(Board(mem="2G", extra=disk_and_uart(tmp_path)),
                   "-kernel", builder.image(toml))
    console.expect("host keeps /pl011@9000000, an emulated one stands there")
    # there is no cmdline: the tree says where the console is
    console.to_linux()
    assert console.linux("nproc").strip() == "1"
    assert "pl011@9000000" in console.linux("cat /proc/iomem")

    uart = socket.socket(socket.AF_UNIX)
    uart.connect(str(tmp_path / "uart"))
    uart.settimeout(60)
    console.linux(
        "setsid sh -c 'exec sh </dev/ttyAMA1 >/dev/ttyAMA1 2>&1' & true")
    read_until(uart, b"# ")
    uart.sendall(b"echo answer-$((6*7))\n")
    read_until(uart, b"answer-42")

    if map_type == 1:  # only there does a device's DMA meet the guest's RAM
        console.linux("modprobe virtio_mmio && modprobe virtio_blk")
        assert "cvisor disk" in console.linux("head -n 1 /dev/vda")
        console.linux("dd if=/bin/busybox of=/dev/vda bs=4k count=50 seek=9")
        console.linux("sync; echo 3 >/proc/sys/vm/drop_caches")
        console.linux("dd if=/dev/vda of=/tmp/a bs=4k count=50 skip=9")
        console.linux("cmp -n 204800 /tmp/a /bin/busybox")
        assert re.search(r"[1-9]\d* +GICv3 +\d+ +Edge +virtio0",
                         console.linux("cat /proc/interrupts"))
    console.to_shell()
    shown = console.shell("vm show linux-qemu")
    assert re.search(r"forwarded interrupts:.* 40\b", shown), shown
    assert re.search(r"passed 0x0009040000 .* at host 0x0009040000", shown)
    assert not re.search(r"passed 0x000(8|900)", shown), shown


UART = '["uart", 0x0900_0000, 0x1000, 33, 0x2, []],'
GIC = ('["gicd", 0x0800_0000, 0x1_0000, 0, 0x21, []],\n'
       '["gicr", 0x080a_0000, 0x2_0000, 0, 0x20, [1, 0x2_0000, 0]],\n')
ZOO = {
    # As for the Orange Pi 5 Plus: the kernel's region is the last, moves
    # away from an address that QEMU has not, the ramdisk's is reserved.
    "board": guest(
        "board", 1, base="vm_type = 1\nphys_cpu_ids = [0x00]",
        kernel="entry_point = 0x2_4020_0000\n"
        "kernel_load_addr = 0x2_4020_0000\ndtb_load_addr = 0x2_4000_0000\n"
        "ramdisk_load_addr = 0x7000_0000\n",
        regions="[0x6000_0000, 0x0800_0000, 0x7, 2],\n"
        "[0x7000_0000, 0x0800_0000, 0x7, 2],\n"
        "[0x2_4000_0000, 0x1000_0000, 0x7, 1],",
        devices='interrupt_mode = "passthrough"\nemu_devices = [\n'
        '["gppt-gicd", 0xfe60_0000, 0x1_0000, 0, 0x21, []],\n'
        '["gppt-gicr", 0xfe68_0000, 0x2_0000, 0, 0x20, [1, 0x2_0000, 0]],\n'
        ']\npassthrough_devices = [["/"]]\n'
        'excluded_devices = [["/pcie@10000000"]]'),
    # Everything somewhere else, and more CPUs than the machine has.
    "eight": guest(
        "eight", 2, base="cpu_num = 8\nvm_type = 2",
        kernel="entry_point = 0x4020_0000\nkernel_load_addr = 0x4020_0000\n",
        regions="[0x4000_0000, 0x0800_0000, 0x7, 0],\n"
        "[0x20_4000_0000, 0x0800_0000, 0x7, 0],",
        devices='interrupt_mode = "emulated"\nemu_devices = [\n'
        '["gicd", 0x3000_0000, 0x1_0000, 0, 0x21, []],\n'
        '["gicr", 0x3010_0000, 0x20_0000, 0, 0x20, [8, 0x4_0000, 0]],\n'
        '["uart", 0x2000_0000, 0x1000, 50, 0x2, []],\n]'),
    # RAM far up, a CPU number that is not 0, the tree at the very start.
    "high": guest(
        "high", 3, base="vm_type = 0\nphys_cpu_ids = [1]",
        kernel="entry_point = 0x20_4020_0000\n"
        "kernel_load_addr = 0x20_4020_0000\ndtb_load_addr = 0x20_4000_0000\n",
        regions="[0x20_4000_0000, 0x1000_0000, 0x7, 0],",
        devices=f"emu_devices = [\n{GIC}{UART}\n]"),
    # NimbOS and Zephyr: raw images in 16 MiB, entered inside.
    "small": guest(
        "small", 4, kernel="entry_point = 0x4000_0000\n"
        'kernel_load_addr = 0x4000_0000\n'
        'kernel_path = "images/idle-aarch64.bin"\n',
        regions="[0x4000_0000, 0x100_0000, 0x7, 0],",
        devices='interrupt_mode = "passthrough"\n'
        f"emu_devices = [\n{GIC}{UART}\n]"),
}


def test_zoo(builder, boot, tmp_path):
    """Guests of very different shapes, side by side."""
    tomls = []
    for name, text in ZOO.items():
        tomls.append(tmp_path / f"{name}.toml")
        tomls[-1].write_text(text)
    console = boot(Board(mem="3G"), "-kernel", builder.image(*tomls))
    seen = {}
    for i, name in enumerate(ZOO):
        if i:
            console.send("\x18]")
            console.expect(rf"console: {name}")
        if name == "small":
            console.expect("idle guest: asleep")
            continue
        console.send("\n")
        console.expect(LINUX_PROMPT)
        seen[name] = console.linux("nproc; cat /proc/iomem")
    assert seen["board"].startswith("1\n")
    assert re.search(r"^60000000-67ffffff : System RAM", seen["board"], re.M)
    assert "fe600000-fe60ffff : GICD" in seen["board"]
    assert seen["eight"].startswith("8\n")
    assert "2040000000-2047ffffff : System RAM" in seen["eight"]
    assert "30000000-3000ffff : GICD" in seen["eight"]
    assert "2040000000-204fffffff : System RAM" in seen["high"]
    console.to_shell()
    shown = console.shell("vm show board")
    assert re.search(r"0x0060000000 .* reserved", shown), shown
    assert re.search(r"0x00fe600000 .* gic distributor", shown), shown
    assert "hwid 0x1" in console.shell("vm show high")
