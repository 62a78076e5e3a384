# SPDX-License-Identifier: Apache-2.0
"""Guest files as AxVisor's users write them boot Linux."""

import re
import shutil
import socket
import subprocess

import pytest
from machine import full, needs_linux
from shapes import SHAPES, axvisor_qemu, given, policy, zoo

pytestmark = needs_linux


@pytest.fixture(name="shapes")
def fixture_shapes(arch):
    return SHAPES[arch.name]


def disk_and_uart(shapes, tmp_path):
    """QEMU's arguments for a disk and a second UART on a socket."""
    disk = tmp_path / "disk.img"
    disk.write_bytes(b"cvisor disk\n".ljust(1 << 20, b"\0"))
    return ("-drive", f"if=none,file={disk},format=raw,id=d0",
            "-device", "virtio-blk-device,drive=d0",
            *(word.format(tmp_path / "uart") for word in shapes.qemu_uart))


def read_until(uart, text):
    got = b""
    while text not in got:
        more = uart.recv(4096)
        assert more, got
        got += more


def uart_answers(console, shapes, tmp_path):
    """A shell that the guest runs on its second UART: a socket here."""
    with socket.socket(socket.AF_UNIX) as uart:
        uart.connect(str(tmp_path / "uart"))
        uart.settimeout(120)
        console.linux(f"setsid sh -c 'exec sh </dev/{shapes.uart} "
                      f">/dev/{shapes.uart} 2>&1' & true")
        read_until(uart, b"# ")  # what comes before it is open is dropped
        uart.sendall(b"echo answer-$((6*7))\n")
        read_until(uart, b"answer-42")
    assert re.search(shapes.uart_irq, console.linux("cat /proc/interrupts"))


def disk_works(console, shapes):
    """It is read and written, by interrupts."""
    console.linux("modprobe virtio_mmio && modprobe virtio_blk")
    assert "cvisor disk" in console.linux("head -n 1 /dev/vda")
    console.linux("dd if=/bin/busybox of=/dev/vda bs=4k count=50 seek=9")
    console.linux("sync; echo 3 >/proc/sys/vm/drop_caches")
    console.linux("dd if=/dev/vda of=/tmp/a bs=4k count=50 skip=9")
    console.linux("cmp -n 204800 /tmp/a /bin/busybox")
    assert re.search(shapes.disk_irq, console.linux("cat /proc/interrupts"))


def host_keeps_its_own(shapes, shown):
    """`vm show` of a guest that is given all: but for these addresses."""
    passed = [(int(at, 16), int(size, 16)) for size, at in re.findall(
        r"passed \w+ \+ (\w+) at host (\w+)", shown)]
    assert passed
    for kept in shapes.host_keeps:
        assert not any(at <= kept < at + size for at, size in passed), shown


@pytest.mark.parametrize("arch,map_type,mode", [
    ("aarch64", 1, "passthrough"), ("aarch64", 0, "emulated"),
    ("riscv64", 1, "passthrough"),
    pytest.param("riscv64", 0, "emulated", marks=full)], indirect=["arch"])
def test_axvisor_qemu(arch, shapes, boot, tmp_path, map_type, mode):
    """All but the host's devices: a disk and a UART work, by interrupts."""
    toml = tmp_path / f"linux-{arch}-qemu-smp1.toml"
    toml.write_text(axvisor_qemu(shapes, map_type, mode))
    console = boot(
        arch.board(mem="2G", extra=disk_and_uart(shapes, tmp_path)),
        "-kernel", arch.image(toml))
    console.expect(f"host keeps {shapes.kept_uart}, "
                   "an emulated one stands there")
    # there is no cmdline: the tree says where the console is
    console.to_linux()
    assert console.linux("nproc").strip() == "1"
    assert shapes.console_in_iomem in console.linux("cat /proc/iomem")
    uart_answers(console, shapes, tmp_path)

    if map_type == 1:  # only there does a device's DMA meet the guest's RAM
        disk_works(console, shapes)
    console.to_shell()
    shown = console.shell("vm show linux-qemu")
    assert re.search(shapes.forwarded, shown), shown
    assert re.search(shapes.passed, shown), shown
    host_keeps_its_own(shapes, shown)


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


def all_in(patterns, text):
    for pattern in patterns:
        assert re.search(pattern, text), (pattern, text)


def test_zoo(arch, shapes, boot, tmp_path):
    """Guests of very different shapes, side by side."""
    tree = compiled_tree(tmp_path / "damaged.dtb",
                         "/dts-v1/; / { zoo { tree; }; };")
    tomls = []
    for name, text in zoo(shapes, tree).items():
        tomls.append(tmp_path / f"{name}.toml")
        tomls[-1].write_text(text)
    image = shutil.copy(arch.image(*tomls), tmp_path)
    damage(image, tree.read_bytes())
    console = boot(arch.board(mem="2G"), "-kernel", image)
    for line in shapes.small_boot:
        console.expect(line)
    console.expect("damaged: .*tree")
    console.expect("damaged.toml is refused")
    console.to_linux()
    assert console.linux("nproc") == "1\n"
    all_in(shapes.board_iomem, console.linux("cat /proc/iomem"))
    console.switch_to("many")
    console.to_linux()
    assert console.linux("nproc") == "3\n"
    all_in(shapes.many_iomem, console.linux("cat /proc/iomem"))
    console.to_shell()
    console.show("small", "idle guest: asleep")
    console.to_shell()
    all_in(shapes.board_shown, console.shell("vm show board"))
    shown = console.shell("vm show small")
    all_in(("hwid 0x1", *shapes.small_shown), shown)
    assert "passed" not in shown and "forwarded" not in shown, shown
    assert "damaged" not in console.shell("vm list")


def devmem(console, address):
    return int(console.linux(f"busybox devmem {address:#x} 32"), 16)


def test_given_tree(arch, shapes, boot, tmp_path):
    """A tree of the user's, devices at other addresses, and all addresses."""
    tree = compiled_tree(tmp_path / "given.dtb", shapes.tree)
    tomls = [tmp_path / "given.toml", tmp_path / "policy.toml"]
    tomls[0].write_text(given(shapes, tree))
    tomls[1].write_text(policy(shapes))
    console = boot(
        arch.board(mem="1G", extra=disk_and_uart(shapes, tmp_path)),
        "-kernel", arch.image(*tomls))
    console.to_linux()
    assert "given by the user" in console.linux("cat /proc/device-tree/model")
    if arch.name == "aarch64":
        uart_answers(console, shapes, tmp_path)
    else:
        disk_works(console, shapes)
    ram = shapes.given_ram[0]
    all_in((f"{ram:x}-{ram + 0x7ff_ffff:x} : System RAM", shapes.far_iomem),
           console.linux("cat /proc/iomem"))
    for address, value in shapes.reads.items():
        assert devmem(console, address) == value, hex(address)
    console.switch_to("policy")
    console.to_linux()
    for address, value in shapes.policy_reads.items():
        assert devmem(console, address) == value, hex(address)
    # the host's own interrupt controller and UART are not "all addresses"
    assert shapes.console_in_iomem in console.linux("cat /proc/iomem")
    console.to_shell()
    shown = console.shell("vm show given")
    assert re.search(r"passed 0x000b000000 .* at host "
                     f"0x{shapes.far[0]:010x}", shown), shown
    shown = console.shell("vm show policy")
    host_keeps_its_own(shapes, shown)
