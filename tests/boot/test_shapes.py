# SPDX-License-Identifier: Apache-2.0
"""Guest files as AxVisor's users write them boot Linux."""

import re
import shutil
import socket
import subprocess

import pytest
from machine import Board, needs_linux

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


def uart_shell(console, tmp_path):
    """A socket to a shell that the guest runs on its second UART."""
    uart = socket.socket(socket.AF_UNIX)
    uart.connect(str(tmp_path / "uart"))
    uart.settimeout(60)
    console.linux(
        "setsid sh -c 'exec sh </dev/ttyAMA1 >/dev/ttyAMA1 2>&1' & true")
    read_until(uart, b"# ")
    return uart


@pytest.mark.parametrize("map_type,mode", [
    (1, "passthrough"), (0, "emulated")])
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

    with uart_shell(console, tmp_path) as uart:
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
    # away from an address that QEMU has not, the ramdisk's is reserved. The
    # GIC's place is in the middle of QEMU's RAM.
    "board": guest(
        "board", 1, base="vm_type = 1\nphys_cpu_ids = [0x00]",
        kernel="entry_point = 0x2_4020_0000\n"
        "kernel_load_addr = 0x2_4020_0000\ndtb_load_addr = 0x2_4000_0000\n"
        "ramdisk_load_addr = 0x7000_0000\n",
        regions="[0x6000_0000, 0x0200_0000, 0x7, 2],\n"
        "[0x7000_0000, 0x0200_0000, 0x7, 2],\n"
        "[0x2_4000_0000, 0x0800_0000, 0x7, 1],",
        devices='interrupt_mode = "passthrough"\nemu_devices = [\n'
        '["gppt-gicd", 0xbe60_0000, 0x1_0000, 0, 0x21, []],\n'
        '["gppt-gicr", 0xbe68_0000, 0x2_0000, 0, 0x20, [1, 0x2_0000, 0]],\n'
        ']\npassthrough_devices = [["/"]]\n'
        'excluded_devices = [["/pcie@10000000"]]'),
    # Everything somewhere else, RAM far up, more CPUs than the machine has.
    "many": guest(
        "many", 2, base="cpu_num = 3\nvm_type = 2",
        kernel="entry_point = 0x20_4020_0000\n"
        "kernel_load_addr = 0x20_4020_0000\ndtb_load_addr = 0x20_4000_0000\n",
        regions="[0x20_4000_0000, 0x0800_0000, 0x7, 0],\n"
        "[0x4000_0000, 0x0200_0000, 0x7, 0],",
        devices='interrupt_mode = "emulated"\nemu_devices = [\n'
        '["gicd", 0x3000_0000, 0x1_0000, 0, 0x21, []],\n'
        '["gicr", 0x3010_0000, 0xc_0000, 0, 0x20, [3, 0x4_0000, 0]],\n'
        '["uart", 0x2000_0000, 0x1000, 50, 0x2, []],\n]'),
    # NimbOS and Zephyr: raw images in 16 MiB, a CPU number that is not 0.
    "small": guest(
        "small", 3, base="phys_cpu_ids = [1]",
        kernel="entry_point = 0x4000_0000\n"
        'kernel_load_addr = 0x4000_0000\n'
        'kernel_path = "images/idle-aarch64.bin"\n',
        regions="[0x4000_0000, 0x100_0000, 0x7, 0],",
        devices='interrupt_mode = "passthrough"\n'
        f"emu_devices = [\n{GIC}{UART}\n]"),
    # Its tree is damaged: refused, and nobody else notices.
    "damaged": guest(
        "damaged", 4,
        kernel="entry_point = 0x4000_0000\nkernel_load_addr = 0x4000_0000\n"
        'kernel_path = "images/idle-aarch64.bin"\n'
        'dtb_path = "DAMAGED"\ndtb_load_addr = 0x4080_0000\n',
        regions="[0x4000_0000, 0x100_0000, 0x7, 0],",
        devices=f"emu_devices = [\n{GIC}{UART}\n]"),
}


def compiled_tree(path, source):
    """A .dtb file."""
    subprocess.run(["dtc", "-q", "-O", "dtb", "-o", str(path)],
                   input=source.encode(), check=True)
    return path


def damage(image, tree):
    """Spoils a tree's structure inside an Image: toml2c takes whole ones."""
    with open(image, "r+b") as f:
        content = f.read()
        assert content.count(tree) == 1
        structure = int.from_bytes(tree[8:12], "big")
        f.seek(content.index(tree) + structure + 8)
        f.write(b"\xff" * 8)


def test_zoo(builder, boot, tmp_path):
    """Guests of very different shapes, side by side."""
    tree = compiled_tree(tmp_path / "damaged.dtb",
                         "/dts-v1/; / { zoo { tree; }; };")
    tomls = []
    for name, text in ZOO.items():
        tomls.append(tmp_path / f"{name}.toml")
        tomls[-1].write_text(text.replace("DAMAGED", str(tree)))
    image = shutil.copy(builder.image(*tomls), tmp_path)
    damage(image, tree.read_bytes())
    console = boot(Board(mem="2G"), "-kernel", image)
    console.expect("damaged: .*tree")
    console.expect("damaged.toml is refused")
    console.to_linux()
    assert console.linux("nproc") == "1\n"
    seen = console.linux("cat /proc/iomem")
    assert re.search(r"^60000000-61ffffff : System RAM", seen, re.M)
    assert "be600000-be60ffff : GICD" in seen
    console.send("\x18]")
    console.to_linux()
    assert console.linux("nproc") == "3\n"
    seen = console.linux("cat /proc/iomem")
    assert "2040000000-2047ffffff : System RAM" in seen
    assert "30000000-3000ffff : GICD" in seen
    console.send("\x18]")
    console.expect("idle guest: asleep")
    console.to_shell()
    shown = console.shell("vm show board")
    assert re.search(r"0x0060000000 .* reserved", shown), shown
    assert re.search(r"0x00be600000 .* gic distributor", shown), shown
    assert "hwid 0x1" in console.shell("vm show small")
    assert "damaged" not in console.shell("vm list")


# A whole tree of the user's: the second UART stands at an address of its own.
GIVEN_TREE = """/dts-v1/;
/ {
	#address-cells = <2>; #size-cells = <2>;
	interrupt-parent = <&gic>;
	model = "given by the user";
	compatible = "linux,dummy-virt";
	cpus {
		#address-cells = <1>; #size-cells = <0>;
		cpu@0 {
			device_type = "cpu"; compatible = "arm,cortex-a57";
			reg = <0>; enable-method = "psci";
		};
	};
	psci { compatible = "arm,psci-1.0"; method = "smc"; };
	memory@1000 { device_type = "memory"; reg = <0 0x1000 0 0x1000>; };
	timer {
		compatible = "arm,armv8-timer"; always-on;
		interrupts = <1 13 4>, <1 14 4>, <1 11 4>, <1 10 4>;
	};
	clock: clock { compatible = "fixed-clock"; #clock-cells = <0>;
		       clock-frequency = <24000000>; };
	gic: intc@8000000 {
		compatible = "arm,gic-v3"; interrupt-controller;
		#interrupt-cells = <3>;
		reg = <0 0x08000000 0 0x10000>, <0 0x080a0000 0 0x20000>;
	};
	far: serial@b000000 {
		compatible = "arm,pl011", "arm,primecell";
		reg = <0 0x0b000000 0 0x1000>; interrupts = <0 8 4>;
		clocks = <&clock>, <&clock>; clock-names = "uartclk", "apb_pclk";
	};
	aliases { serial1 = &far; };
	chosen { };
};
"""
GIVEN = guest(
    "given", 1, base="vm_type = 2",
    kernel="entry_point = 0x8020_0000\nkernel_load_addr = 0x8020_0000\n"
    'dtb_path = "GIVEN"\ndtb_load_addr = 0x8000_0000\n',
    regions="[0x8000_0000, 0x0800_0000, 0x7, 0],",
    devices='interrupt_mode = "emulated"\n'
    f"emu_devices = [\n{GIC}{UART}\n]\n"
    'passthrough_devices = [\n'
    '["far", 0x0b00_0000, 0x0904_0000, 0x1000, 40],\n'
    '["dummy", 0x0b01_0000, 0x0a00_3000, 0x1000, 0x17],\n]\n'
    "passthrough_addresses = [[0x0901_0000, 0x1000]]")
POLICY = guest(
    "policy", 2, base="vm_type = 2",
    kernel="entry_point = 0x8020_0000\nkernel_load_addr = 0x8020_0000\n",
    regions="[0x8000_0000, 0x0800_0000, 0x7, 0],",
    devices='address_space_policy = "passthrough"')


def devmem(console, address):
    return int(console.linux(f"busybox devmem {address:#x} 32"), 16)


def test_given_tree(builder, boot, tmp_path):
    """A tree of the user's, devices at other addresses, and all addresses."""
    tree = compiled_tree(tmp_path / "given.dtb", GIVEN_TREE)
    tomls = [tmp_path / "given.toml", tmp_path / "policy.toml"]
    tomls[0].write_text(GIVEN.replace("GIVEN", str(tree)))
    tomls[1].write_text(POLICY)
    console = boot(Board(mem="1G", extra=disk_and_uart(tmp_path)),
                   "-kernel", builder.image(*tomls))
    console.to_linux()
    assert "given by the user" in console.linux("cat /proc/device-tree/model")
    seen = console.linux("cat /proc/iomem")
    assert "80000000-87ffffff : System RAM" in seen
    assert "b000000-b000fff : serial@b000000" in seen.replace("0b", "b")
    with uart_shell(console, tmp_path) as uart:
        uart.sendall(b"echo answer-$((6*7))\n")
        read_until(uart, b"answer-42")
    # the last of QEMU's virtio transports, the clock's identification
    assert devmem(console, 0xb010e00) == 0x74726976
    assert devmem(console, 0x9010fe0) == 0x31
    console.send("\x18]")
    console.to_linux()
    assert devmem(console, 0x9010fe4) == 0x10
    # the host's own GIC is no part of "all addresses", nor is its UART
    assert "pl011@9000000" in console.linux("cat /proc/iomem")
    console.to_shell()
    shown = console.shell("vm show given")
    assert re.search(r"passed 0x000b000000 .* at host 0x0009040000", shown)
    shown = console.shell("vm show policy")
    assert not re.search(r"passed .* at host 0x000(8000000|9000000)", shown)
