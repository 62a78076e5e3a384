# SPDX-License-Identifier: Apache-2.0
"""riscv64's host half: it boots to the shell."""

import os
import re
import subprocess

import pexpect
import pytest
from machine import SHELL_PROMPT, Builder, MakeRun, RiscvBoard
from test_boot import MIB, cells, host_tree, make_disk

DEFCONFIG = "qemu-riscv64_defconfig"
UBOOT = "/usr/lib/u-boot/qemu-riscv64_smode/u-boot.bin"


class RebootingBoard(RiscvBoard):
    """A machine that a reset starts again instead of ending QEMU."""

    def arguments(self):
        return [word for word in super().arguments() if word != "-no-reboot"]


@pytest.fixture(scope="module")
def riscv(tmp_path_factory):
    """One build folder for all: what differs is made of the same objects."""
    return Builder(tmp_path_factory.mktemp("riscv64"), DEFCONFIG)


@pytest.fixture(scope="module")
def image(riscv):
    return riscv.image()


@pytest.fixture(scope="module")
def debug_image(tmp_path_factory):
    """With the `panic` command, checked locks and a quick reboot."""
    return Builder(tmp_path_factory.mktemp("debug"), DEFCONFIG).configure(
        "CONFIG_SHELL_PANIC=y", "CONFIG_DEBUG_LOCKS=y",
        "CONFIG_PANIC_REBOOT_S=1").image()


def to_prompt(console):
    console.expect(r"virt: (?:sv\d+x4|no guests here)", timeout=60)
    console.expect(SHELL_PROMPT)


# Numbers of harts, sizes of RAM; what satp takes; with and without Sstc, Zicbom
# and Zicboz.
MACHINES = [
    (RiscvBoard(smp=1, mem="128M"), r"sv57, timer at 10000000 Hz by stimecmp"),
    (RiscvBoard(smp=2, mem="6G"), r"sv57, .* by stimecmp"),
    (RiscvBoard("max", 4, "512M"), r"sv57, Svpbmt, .* by stimecmp"),
    (RiscvBoard("rva23s64", 2), r"sv39, Svpbmt, .* by stimecmp"),
    (RiscvBoard("rv64,sv57=off", 4), r"sv48, .* by stimecmp"),
    (RiscvBoard("rv64,sv57=off,sv48=off", 4, "6G"), r"sv39, .* by stimecmp"),
    (RiscvBoard("rv64,sstc=off,zicbom=off,zicboz=off", 4), r"sv57, .* by SBI"),
    (RiscvBoard("rv64,h=off", 8), r"sv57, .* by stimecmp"),
]


@pytest.mark.parametrize("board,says", MACHINES,
                         ids=[str(board) for board, _ in MACHINES])
def test_machines(image, boot, board, says):
    console = boot(board, "-kernel", image)
    console.expect(says, timeout=60)
    found = console.expect(r"(\d+) CPUs?, (\d+) of (\d+) MiB RAM free")
    size = int(board.mem[:-1]) * (1024 if board.mem[-1] == "G" else 1)
    cpus, free, total = map(int, found.groups())
    assert cpus == board.smp
    assert size - 4 <= total <= size
    assert total - free <= 4
    to_prompt(console)
    # each is up and has been idle
    idle = re.findall(r"(?m)^cpu(\d+) +idle", console.shell("top"))
    assert idle == [str(cpu) for cpu in range(board.smp)]


def test_more_harts_than_built_for(image, boot):
    """Harts beyond the limit stay off and are named."""
    console = boot(RiscvBoard(smp=9), "-kernel", image)
    console.expect(r"cpu@\d is left off: built for 8 CPUs")
    console.expect(r"8 CPUs")
    to_prompt(console)


def at_address(tmp_path, image, address):
    """An ELF of the Image alone: QEMU enters it at its lowest address."""
    elf = tmp_path / "image.elf"
    subprocess.run(["riscv64-linux-gnu-ld", "-n", "-b", "binary",
                    f"-Tdata={address:#x}", f"-e{address:#x}", "-o", elf, image],
                   check=True)
    return elf


@pytest.mark.parametrize("address", [0x80200000, 0x9a200000, 0x140000000])
def test_load_addresses(image, boot, tmp_path, address):
    """The Image runs where it is put; one place lies above 4 GiB."""
    console = boot(RiscvBoard(mem="6G"),
                   "-kernel", at_address(tmp_path, image, address))
    to_prompt(console)


def test_memory_holes(image, boot, tmp_path):
    """RAM in two banks, and reserved: what is not cvisor's stays as it is."""
    ram_at = 0x80000000
    banks = [(ram_at, 16 * MIB), (0x88000000, 24 * MIB)]
    kept = (0x88c00000, 2 * MIB)
    board = RiscvBoard(mem="256M")
    tree = host_tree(
        tmp_path, board,
        ["-tx", "/memory@80000000", "reg",
         *cells(*(v for bank in banks for v in bank))],
        ["-c", "/reserved-memory"],
        ["-tx", "/reserved-memory", "#address-cells", "2"],
        ["-tx", "/reserved-memory", "#size-cells", "2"],
        ["/reserved-memory", "ranges"],
        ["-c", "/reserved-memory/secure"],
        ["-tx", "/reserved-memory/secure", "reg", *cells(*kept)],
        ["/reserved-memory/secure", "no-map"])
    foreign = [kept, (0x81000000, 4 * MIB), (0x87c00000, 4 * MIB),
               (0x89800000, 4 * MIB)]
    pattern = bytes(range(1, 129)) * (MIB // 128)
    ram = tmp_path / "ram"
    with open(ram, "wb") as file:
        file.truncate(256 * MIB)
        for start, size in foreign:
            file.seek(start - ram_at)
            file.write(pattern * (size // MIB))
    console = boot(
        board, "-dtb", tree, "-kernel", image,
        "-object", f"memory-backend-file,id=ram,size=256M,mem-path={ram},"
        "share=on", "-machine", "memory-backend=ram")
    found = console.expect(r"(\d+) of (\d+) MiB RAM free")
    assert 34 <= int(found.group(1)) <= int(found.group(2)) <= 40 - 2
    to_prompt(console)
    with open(ram, "rb") as file:
        for start, size in foreign:
            file.seek(start - ram_at)
            assert file.read(size) == pattern * (size // MIB), hex(start)


def test_shell(image, boot):
    """Commands that need no guest, and a plain word where one would."""
    console = boot(RiscvBoard(smp=4), "-kernel", image)
    to_prompt(console)
    assert re.search(r"cvisor .*riscv64", console.shell("uname -a"))
    assert re.search(r"(?m)^RAM +\d+ KiB", console.shell("mem"))
    assert re.search(r"(?m)^shell +0 .*running", console.shell("top"))
    # typed characters come by the PLIC, time by the hart itself
    irqs = console.shell("irq")
    for name in ("console", "timer"):
        count = re.search(rf"(?m)^\d+ +(\d+) .* {name}$", irqs).group(1)
        assert int(count) > 0, irqs
    cpus = console.shell("dt /cpus")
    assert len(re.findall(r"cpu@\d", cpus)) == 4
    assert "stimecmp" in console.shell("dmesg")
    listed = console.shell("vm list").strip().splitlines()
    assert len(listed) == 1 and listed[0].startswith("ID")


def test_power(image, boot):
    """reboot starts anew, poweroff ends the machine: both by SBI."""
    console = boot(RebootingBoard(), "-kernel", image)
    to_prompt(console)
    console.send("reboot\r")
    to_prompt(console)
    console.send("poweroff\r")
    console.qemu.expect(pexpect.EOF, timeout=30)


PANICS = [
    ("panic", "asked for by the shell", "panic_run"),
    ("panic fault", "breakpoint", "panic_run"),
    ("panic stack", "stack overflow", "overflow"),
    ("panic write", "store page fault", "panic_run"),
    ("panic execute", "instruction page fault", "shell_run"),
]


@pytest.mark.parametrize("command,why,function", PANICS)
def test_panic(debug_image, boot, command, why, function):
    """Both CPUs' registers and functions, then the machine starts again."""
    console = boot(RebootingBoard(), "-kernel", debug_image)
    to_prompt(console)
    console.send(command + "\r")
    console.qemu.expect(r"\*\*\* panic: " + why)
    console.qemu.expect(r"Rebooting in 1 s")
    report = console.qemu.before.replace("\r", "")
    assert "in the report" not in report
    per_cpu = re.split(r"(?m)^cpu(\d), task (\S+):$", report)
    assert sorted(per_cpu[1::3]) == ["0", "1"]
    for text in per_cpu[3::3]:
        assert re.search(r"pc +[0-9a-f]{16} +cause [0-9a-f]+", text)
        assert re.search(r"t6 +[0-9a-f]{16}", text)
        assert re.search(r"(?m)^  [0-9a-f]{16} \w+\+0x[0-9a-f]+$", text)
        # down to where the CPU's task began; an overflow is too deep for that
        assert re.search(r" (task_trampoline|sched_idle)\+0x", text) or (
            function == "overflow" and " overflow+0x" in text)
    assert f" {function}+0x" in report
    to_prompt(console)


# What cvisor, guests or a device cannot do without: a CPU, a change of the tree,
# what is said.
REFUSED = {
    "no controller": (
        "rv64", ["-ts", "/soc/plic@c000000", "compatible", "a,stranger"],
        r"ns16550: no interrupt \(-22\): output only, and polled"),
    "no RAM": (
        "rv64", ["-ts", "/memory@80000000", "device_type", "none"],
        r"cannot boot: the device tree names no memory"),
    "no H": (
        "rv64,h=off", None,
        r"no guests here: [^\n]*hypervisor extension \(h in riscv,isa\)"),
}


@pytest.mark.parametrize("what", REFUSED)
def test_refused(image, boot, tmp_path, what):
    """A machine that will not do: one line says what it must have."""
    cpu, edit, says = REFUSED[what]
    board = RiscvBoard(cpu)
    tree = ["-dtb", host_tree(tmp_path, board, edit)] if edit else []
    console = boot(board, *tree, "-kernel", image)
    console.qemu.expect(says, timeout=60)
    assert "panic" not in console.qemu.before
    if "cannot boot" not in says:
        console.expect(SHELL_PROMPT)


def test_no_tree(riscv, boot, tmp_path):
    """U-Boot's `go` gives words where a tree should be."""
    disk = make_disk(
        tmp_path, riscv.image(),
        "load ${devtype} ${devnum}:${distro_bootpart} 0x90000000 payload\n"
        "go 0x90000000\n", "riscv")
    console = boot(RiscvBoard(), "-kernel", UBOOT, "-drive",
                   f"if=none,file={disk},format=raw,id=d0,snapshot=on",
                   "-device", "virtio-blk-device,drive=d0")
    console.qemu.expect(r"cannot boot: the loader gave no usable device tree")


@pytest.mark.parametrize("way", ["extlinux", "script", "fit"])
def test_uboot(riscv, boot, tmp_path, way):
    """U-Boot in S-mode boots by the disk, a script and a FIT."""
    at = "setenv at 0x90000000\n" \
        "load ${devtype} ${devnum}:${distro_bootpart} ${at} payload\n"
    if way == "extlinux":
        disk = riscv.sdimage()
    elif way == "script":
        disk = make_disk(tmp_path, riscv.image(),
                         at + "booti ${at} - ${fdtcontroladdr}\n", "riscv")
    else:
        disk = make_disk(tmp_path, riscv.fit(),
                         at + "bootm ${at}#conf - ${fdtcontroladdr}\n", "riscv")
    console = boot(RiscvBoard(smp=2), "-kernel", UBOOT, "-drive",
                   f"if=none,file={disk},format=raw,id=d0,snapshot=on",
                   "-device", "virtio-blk-device,drive=d0")
    if way == "fit":
        console.expect(r"sha256\+ OK")
    console.expect(r"2 CPUs")
    to_prompt(console)


@pytest.mark.parametrize("goal", ["run", "run-uboot"])
def test_make_run(riscv, tmp_path, goal):
    """make run and run-uboot take the terminal, SMP= and MEM=."""
    riscv.image()
    with open(tmp_path / "console.log", "w", encoding="utf-8") as log, \
            MakeRun(goal, riscv, log, "VMS=") as console:
        console.expect(r"3 CPUs, \d+ of (?:69[789]|700) MiB RAM free")
        to_prompt(console)
        console.send("\x01x")
        console.qemu.expect(pexpect.EOF)


def test_llvm(boot, tmp_path):
    """What clang and lld build boots, too."""
    llvm = Builder(tmp_path, DEFCONFIG).configure()
    llvm.make("LLVM=1", "VMS=")
    console = boot(RiscvBoard(), "-kernel", os.path.join(llvm.build, "Image"))
    to_prompt(console)
