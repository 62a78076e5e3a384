# SPDX-License-Identifier: Apache-2.0
"""The host comes up: CPUs, load addresses, trees, U-Boot's ways, make run."""

import os
import re
import subprocess
import time

import pexpect
import pytest
from machine import (ROOT, UBOOT, Board, Builder, MakeRun,
                     needs_linux)

IDLE = "vms/idle-aarch64-qemu-smp1.toml"
LINUX = "vms/linux-aarch64-qemu-smp1.toml"
MIB = 1 << 20


def variant(path, source, **values):
    """Writes a copy of a guest file with other values for some keys."""
    with open(os.path.join(ROOT, source), encoding="utf-8") as file:
        text = file.read()
    for key, value in values.items():
        text, count = re.subn(rf"(?m)^{key} = .*$", f"{key} = {value}", text)
        assert count == 1, key
    path.write_text(text)
    return path


@pytest.fixture(scope="module")
def idle0(tmp_path_factory):
    """The idle guest on the first CPU, for machines that have no other."""
    return variant(tmp_path_factory.mktemp("vms") / "idle0.toml", IDLE,
                   phys_cpu_sets="[1]")


def to_prompt(console):
    """The idle guest runs and the shell answers."""
    console.expect(r"vmm: idle: started", timeout=60)
    console.to_shell()
    assert re.search(r"idle\s.*running", console.shell("vm list"), re.I)


# Each CPU model, each number of CPUs, sizes of RAM and forms of the machine.
MACHINES = [
    Board("cortex-a55", 1, "256M"),
    Board("cortex-a57", 4, "2G"),
    Board("cortex-a72", 2, "1G", ("-machine", "highmem=off")),
    Board("cortex-a76", 8, "6G"),
    Board("max", 4, "512M", ("-machine", "secure=on,gic-version=4")),
]


@pytest.mark.parametrize("board", MACHINES, ids=str)
def test_machines(builder, boot, idle0, board):
    image = builder.image(IDLE if board.smp > 1 else idle0)
    console = boot(board, "-kernel", image)
    found = console.expect(r"(\d+) CPUs?, (\d+) of (\d+) MiB RAM free")
    size = int(board.mem[:-1]) * (1024 if board.mem[-1] == "G" else 1)
    cpus, free, total = map(int, found.groups())
    assert cpus == board.smp
    assert size - 1 <= total <= size
    assert total - free <= 4
    to_prompt(console)


def test_damaged_image(arch, boot, tmp_path):
    """A bit is wrong of what is unpacked for who looks at the shell: guests run."""
    with open(arch.image(arch.vm("neighbour")), "rb") as file:
        image = bytearray(file.read())
    image[-1000] ^= 0x10
    (tmp_path / "Image").write_bytes(image)
    console = boot(arch.board(), "-kernel", tmp_path / "Image")
    console.expect(r"neighbour: round \d+ intact")
    console.send("\x18s")
    console.expect("cannot be unpacked: the Image is damaged; write it anew")
    console.send("\x18]")
    for _ in range(2):
        console.expect(r"neighbour: round \d+ intact")


def test_more_cpus_than_built_for(builder, boot):
    """CPUs beyond the limit stay off and are named."""
    console = boot(Board(smp=9), "-kernel", builder.image(IDLE))
    console.expect(r"cpu@8 is left off: built for 8 CPUs")
    console.expect(r"8 CPUs")
    to_prompt(console)


def loader_stub(tmp_path, tree, image):
    """What stands in for firmware: jump to image with x0 = tree."""
    source, obj, stub = (tmp_path / f"stub.{e}" for e in ("S", "o", "bin"))
    source.write_text(f"ldr x0, ={tree:#x}\nldr x1, ={image:#x}\nbr x1\n")
    subprocess.run(["aarch64-linux-gnu-gcc", "-c", "-o", obj, source],
                   check=True)
    subprocess.run(["aarch64-linux-gnu-objcopy", "-O", "binary", obj, stub],
                   check=True)
    return stub


def load(path, address):
    return ["-device", f"loader,file={path},addr={address:#x},force-raw=on"]


@pytest.mark.parametrize("mem,address", [
    ("1G", 0x40200000), ("1G", 0x5a200000), ("6G", 0x140000000)])
def test_load_addresses(builder, boot, tmp_path, mem, address):
    """The Image runs where it is put; one place lies above 4 GiB."""
    # QEMU leaves its tree at the start of RAM
    stub = loader_stub(tmp_path, 0x40000000, address)
    console = boot(Board(mem=mem), "-bios", stub,
                   *load(builder.image(IDLE), address))
    to_prompt(console)


def host_tree(tmp_path, board, *edits):
    """QEMU's tree of a board, changed by fdtput's arguments."""
    tree = tmp_path / "host.dtb"
    subprocess.run([board.program, *board.arguments(),
                    "-machine", f"dumpdtb={tree}"], check=True,
                   stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    for edit in edits:
        options = [e for e in edit if e.startswith("-")]
        subprocess.run(["fdtput", *options, tree,
                        *(e for e in edit if not e.startswith("-"))],
                       check=True)
    return tree


def cells(*values):
    """Addresses and sizes as fdtput -tx takes them, two cells each."""
    return [f"{part:x}" for v in values for part in (v >> 32, v & 0xffffffff)]


def test_memory_holes(builder, boot, tmp_path):
    """RAM in two banks, and reserved: what is not cvisor's stays as it is."""
    banks = [(0x40000000, 16 * MIB), (0x48000000, 24 * MIB)]
    kept = [(0x48c00000, 2 * MIB), (0x48e00000, 2 * MIB)]
    board = Board(mem="256M")
    tree = host_tree(
        tmp_path, board,
        ["-tx", "/memory@40000000", "reg",
         *cells(*(v for bank in banks for v in bank))],
        ["-c", "/reserved-memory"],
        ["-tx", "/reserved-memory", "#address-cells", "2"],
        ["-tx", "/reserved-memory", "#size-cells", "2"],
        ["/reserved-memory", "ranges"],
        ["-c", "/reserved-memory/used"],
        ["-tx", "/reserved-memory/used", "reg", *cells(*kept[0])],
        ["-c", "/reserved-memory/secure"],
        ["-tx", "/reserved-memory/secure", "reg", *cells(*kept[1])],
        ["/reserved-memory/secure", "no-map"])
    # RAM is a file; everything that is not cvisor's holds a pattern
    foreign = [*kept, (0x41000000, 4 * MIB), (0x47c00000, 4 * MIB),
               (0x49800000, 4 * MIB)]
    pattern = bytes(range(1, 129)) * (MIB // 128)
    ram = tmp_path / "ram"
    with open(ram, "wb") as file:
        file.truncate(256 * MIB)
        for start, size in foreign:
            file.seek(start - 0x40000000)
            file.write(pattern * (size // MIB))
    # two guests' RAM leaves little of either bank
    second = variant(tmp_path / "second.toml", IDLE, id=32, name='"second"')
    image, at = builder.image(IDLE, second), 0x40200000
    console = boot(
        board, "-bios", loader_stub(tmp_path, banks[1][0], at),
        "-object", f"memory-backend-file,id=ram,size=256M,mem-path={ram},"
        "share=on", "-machine", "memory-backend=ram",
        *load(image, at), *load(tree, banks[1][0]))
    found = console.expect(r"(\d+) of (\d+) MiB RAM free")
    assert int(found.group(2)) <= 40 - 2
    assert 30 <= int(found.group(1)) <= 40 - 4
    to_prompt(console)
    assert re.search(r"second\s.*running", console.shell("vm list"), re.I)
    with open(ram, "rb") as file:
        for start, size in foreign:
            file.seek(start - 0x40000000)
            assert file.read(size) == pattern * (size // MIB), hex(start)


def test_redistributor_regions(builder, boot, tmp_path):
    """Four CPUs' redistributors in one region, four in another."""
    board = Board(smp=8)
    tree = host_tree(
        tmp_path, board,
        ["-tx", "/intc@8000000", "#redistributor-regions", "2"],
        ["-tx", "/intc@8000000", "reg", *cells(
            0x08000000, 0x10000, 0x080a0000, 0x80000, 0x08120000, 0x80000)])
    console = boot(board, "-dtb", tree, "-kernel", builder.image(IDLE))
    console.expect(r"8 CPUs")
    to_prompt(console)


# What cvisor cannot run on: QEMU's arguments, what it says.
REFUSED = {
    "gicv2": (["-machine", "gic-version=2"],
              r"GICv2 or older: not supported.*"
              r"cannot boot: no interrupt controller[^\n]*gic-version=3"),
    "el1": (["-machine", "virtualization=off"],
            r"not started at EL2\.[^\n]*virtualization=on"),
}


@pytest.mark.parametrize("what", REFUSED)
def test_refused(builder, boot, what):
    """A machine that will not do: one line says what it must have."""
    arguments, says = REFUSED[what]
    console = boot(Board(), *arguments, "-kernel", builder.image(IDLE))
    console.qemu.expect(r"(?s)" + says, timeout=60)
    assert "panic" not in console.qemu.before


def test_no_tree(builder, boot, tmp_path):
    """No device tree, so nowhere to say it: no exception, no output."""
    log, at = tmp_path / "exceptions", 0x41000000
    console = boot(Board(smp=1), "-d", "int", "-D", log,
                   "-bios", loader_stub(tmp_path, 0, at),
                   *load(builder.image(IDLE), at))
    # beyond the deadline of the reboot that nobody could do
    time.sleep(12)
    assert console.qemu.isalive()
    assert "Taking exception" not in log.read_text()


def uboot(boot, disk):
    return boot(Board(), "-bios", UBOOT, "-drive",
                f"if=none,file={disk},format=raw,id=d0,snapshot=on",
                "-device", "virtio-blk-device,drive=d0")


@pytest.fixture(scope="module")
def two_kernels(tmp_path_factory):
    """Guest files that put two different kernels into one Image."""
    folder = tmp_path_factory.mktemp("kernels")
    with open(os.path.join(ROOT, "images/linux-aarch64.Image"), "rb") as file:
        kernel = file.read()
    (folder / "Image").write_bytes(kernel + b"\0")
    second = variant(folder / "second.toml", LINUX, id=32, name='"second"',
                     kernel_path=f'"{folder}/Image"')
    return LINUX, second


@needs_linux
@pytest.mark.parametrize("way", ["extlinux", "script", "fit"])
def test_uboot(builder, boot, tmp_path, two_kernels, way):
    """U-Boot boots 67 MB by the disk and a script, 34 MB by a FIT."""
    if way == "extlinux":
        disk = builder.sdimage(*two_kernels)
    elif way == "script":
        disk = make_disk(
            tmp_path, builder.image(*two_kernels),
            "load ${devtype} ${devnum}:${distro_bootpart} "
            "${kernel_addr_r} payload\n"
            "booti ${kernel_addr_r} - ${fdtcontroladdr}\n")
    else:
        # clear of where bootm puts the Image: 0x4100_0000 and 34 MB on. Not
        # both kernels: bootm takes 64 MiB (U-Boot's CONFIG_SYS_BOOTM_LEN).
        disk = make_disk(
            tmp_path, builder.fit(LINUX),
            "setenv at 0x50000000\n"
            "load ${devtype} ${devnum}:${distro_bootpart} ${at} payload\n"
            "bootm ${at}#conf - ${fdtcontroladdr}\n")
    console = uboot(boot, disk)
    if way == "fit":
        console.expect(r"sha256\+ OK")
    console.expect(r"vmm: linux-smp1: started")
    # the first guest runs while the second is still being loaded
    if way != "fit":
        console.expect(r"(?s)(?=.*second: started)(?=.*cvisor guest ready)")
    console.to_linux()
    assert console.linux("nproc").strip() == "1"


def make_disk(tmp_path, payload, commands, arch="arm64"):
    """One FAT partition with boot.scr and the payload; no root, no mount."""
    script, scr, disk = (tmp_path / name for name in (
        "boot.cmd", "boot.scr", "disk.img"))
    script.write_text(commands)
    subprocess.run(["mkimage", "-A", arch, "-O", "linux", "-T", "script",
                    "-C", "none", "-d", script, scr], check=True,
                   stdout=subprocess.DEVNULL)
    size_mib = os.path.getsize(payload) // MIB + 40
    with open(disk, "wb") as file:
        file.truncate(size_mib * MIB)
    environment = {**os.environ, "PATH": os.environ["PATH"] + ":/usr/sbin:/sbin"}
    subprocess.run(["sfdisk", "-q", disk], input="2048,,c,*\n", text=True,
                   check=True, env=environment)
    subprocess.run(["mkfs.vfat", "-F", "32", "--offset", "2048", disk,
                    str((size_mib - 2) * 1024)], check=True, env=environment,
                   stdout=subprocess.DEVNULL)
    for source, name in ((scr, "boot.scr"), (payload, "payload")):
        subprocess.run(["mcopy", "-i", f"{disk}@@1M", source, f"::{name}"],
                       check=True)
    return disk


@pytest.mark.parametrize("goal", ["run", "run-uboot"])
def test_make_run(builder, tmp_path, goal):
    """make run and run-uboot take the terminal, SMP=, MEM=, QEMU_EXTRA=."""
    builder.image(IDLE)
    with open(tmp_path / "console.log", "w", encoding="utf-8") as log, \
            MakeRun(
                goal, builder, log, f"VMS={IDLE}",
                "QEMU_EXTRA=-name extra,process=extra -no-reboot") as console:
        console.expect(r"3 CPUs, \d+ of (?:699|700|667|668) MiB RAM free")
        processes = subprocess.run(["ps", "-A", "-o", "comm"], text=True,
                                   check=True, stdout=subprocess.PIPE)
        assert "extra" in processes.stdout.split()
        to_prompt(console)
        console.send("\x01x")
        console.qemu.expect(pexpect.EOF)
        console.qemu.close()
        assert console.qemu.exitstatus == 0


def test_llvm(boot, tmp_path):
    """What clang and lld build boots, too."""
    llvm = Builder(tmp_path)
    llvm.make("qemu-aarch64_defconfig")
    llvm.make("LLVM=1", f"VMS={IDLE}")
    console = boot(Board(), "-kernel", os.path.join(llvm.build, "Image"))
    to_prompt(console)


def test_shell(builder, boot):
    """The commands of the first release, and a clear word for the others."""
    console = boot(Board(), "-kernel", builder.image(IDLE))
    to_prompt(console)
    assert re.search(r"(?m)^ +vm ", console.shell("help"))
    assert re.search(r"cvisor .*aarch64", console.shell("uname -a"))
    assert "aarch64" in console.shell("uname -m")
    shown = console.shell("vm show idle")
    assert re.search(r"(?m)^idle \(id 31\): Running", shown)
    assert "vms/idle-aarch64-qemu-smp1.toml" in shown
    assert '"idle"' in console.shell("vm list --format json")
    assert "nonsense" in console.shell("nonsense")
    assert console.shell("vm show 99").strip()
    console.shell("log info")
