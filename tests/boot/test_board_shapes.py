# SPDX-License-Identifier: Apache-2.0
"""QEMU's machine with a tree of a board's shape: CPUs by the board's MPIDRs,
banks and holes where the board has them, what firmware keeps, the GIC's cells.

The facts are those of tests/unit/boards/boards.c and of the boards' trees.
QEMU's RAM begins at 1 GiB: Rockchip's addresses, which begin at 0, are moved
there. QEMU gives each sixteenth CPU the next Aff1; the others are not in the
tree, and stay off.
"""

import dataclasses
import re
import subprocess

import pytest
from machine import Board, Builder
from test_boot import MIB, load, loader_stub, variant

RAM = 0x4000_0000
RAM_MIB = 4096
PATTERN = bytes(range(1, 129)) * (MIB // 128)
IDLE = "vms/idle-aarch64-qemu-smp1.toml"
NEIGHBOUR = "vms/neighbour-aarch64-orangepi-5-plus-smp1.toml"


@dataclasses.dataclass(frozen=True)
class Shape:
    """A board. CPUs are (MPIDR, compatible, capacity), in the tree's order."""

    name: str
    cpus: tuple
    clusters: tuple  # of numbers of CPUs
    cpu_cells: int
    banks: tuple  # (start, end)
    reserved: tuple  # (name, start, size, more properties)
    # (start, end) in no bank; QEMU writes a tree into its first MiB
    kept: tuple
    irq_cells: int
    image: int
    fdt: int
    guests: tuple  # the numbers of two guests' CPUs

    @property
    def qemu_cpus(self):
        """So many that the last of them is there."""
        last = max(mpidr for mpidr, *_ in self.cpus)
        return (last >> 8) * 16 + (last & 0xff) + 1


A55 = "arm,cortex-a55", 530
A76 = "arm,cortex-a76", 1024
FTC310 = 'phytium,ftc310", "arm,armv8', 2850
FTC664 = 'phytium,ftc664", "arm,armv8', 5660

RK3588 = Shape(
    "rk3588",
    tuple((n << 8, *(A55 if n < 4 else A76)) for n in range(8)),
    ((0, 1, 2, 3), (4, 5), (6, 7)), 1,
    banks=((0x4020_0000, 0x4840_0000), (0x4940_0000, 0x1_2000_0000),
           (0x1_3000_0000, 0x1_3c00_0000), (0x1_3c50_0000, 0x1_3ff0_0000)),
    reserved=(("shmem@4010f000", 0x4010_f000, 0x100,
               'compatible = "arm,scmi-shmem"; no-map;'),
              ("ramoops@40110000", 0x4011_0000, 0xf_0000,
               'compatible = "ramoops";'),
              ("video@50000000", 0x5000_0000, 0x80_0000, ""),
              ("npu@138a01000", 0x1_38a0_1000, 0x20_5000, "no-map;")),
    kept=((0x4010_0000, 0x4010_f000), (0x4840_0000, 0x4940_0000),
          (0x1_2000_0000, 0x1_2100_0000), (0x1_2f00_0000, 0x1_3000_0000),
          (0x1_3c00_0000, 0x1_3c50_0000), (0x1_3ff0_0000, 0x1_4000_0000)),
    irq_cells=4, image=0x4200_0000, fdt=0x5200_0000, guests=(1, 6))
RK3568 = Shape(
    "rk3568", tuple((n << 8, *A55) for n in range(4)), ((0, 1, 2, 3),), 2,
    banks=((0x4020_0000, 0x4840_0000), (0x4940_0000, 0x1_3000_0000),
           # and its third bank nearer
           (0x1_3800_0000, 0x1_4000_0000)),
    reserved=(("shmem@4010f000", 0x4010_f000, 0x100, "no-map;"),
              ("ramoops@40110000", 0x4011_0000, 0xf_0000,
               'compatible = "ramoops";')),
    kept=((0x4010_0000, 0x4010_f000), (0x4840_0000, 0x4940_0000),
          (0x1_3000_0000, 0x1_3800_0000)),
    irq_cells=3, image=0x4200_0000, fdt=0x4a00_0000, guests=(1, 3))
E2000Q = Shape(
    "e2000q",
    ((0x200, *FTC310), (0x201, *FTC310), (0, *FTC664), (0x100, *FTC664)),
    ((2,), (3,), (0, 1)), 2,
    # and its second bank nearer
    banks=((0x8000_0000, 0xfc00_0000), (0x1_0000_0000, 0x1_4000_0000)),
    reserved=(("dsp@b0000000", 0xb000_0000, 0x20_0000, "no-map;"),),
    kept=((0x4010_0000, 0x4100_0000), (0x7f00_0000, 0x8000_0000),
          (0xfc00_0000, 0x1_0000_0000)),
    irq_cells=3, image=0x9020_0000, fdt=0x9000_0000, guests=(1, 3))


def pair(value):
    return f"{value >> 32:#x} {value & 0xffff_ffff:#x}"


def cpu_nodes(shape):
    """cpus, cpu-map first, as the boards' trees have it."""
    text = (f"cpus {{ #address-cells = <{shape.cpu_cells}>;\n"
            "#size-cells = <0>;\ncpu-map {\n")
    for number, members in enumerate(shape.clusters):
        cores = "".join(f"core{n} {{ cpu = <&cpu{cpu}>; }};\n"
                        for n, cpu in enumerate(members))
        text += f"cluster{number} {{ {cores} }};\n"
    text += "};\n"
    for number, (mpidr, compatible, capacity) in enumerate(shape.cpus):
        reg = "0 " * (shape.cpu_cells - 1) + hex(mpidr)
        text += (f'cpu{number}: cpu@{mpidr:x} {{ device_type = "cpu";\n'
                 f'compatible = "{compatible}"; reg = <{reg}>;\n'
                 'enable-method = "psci";\n'
                 f"capacity-dmips-mhz = <{capacity}>; }};\n")
    return text + "};\n"


def memory_nodes(shape):
    banks = ", ".join(f"<{pair(start)} {pair(end - start)}>"
                      for start, end in shape.banks)
    text = (f'memory@{shape.banks[0][0]:x} {{ device_type = "memory";\n'
            f"reg = {banks}; }};\nreserved-memory {{ #address-cells = <2>;\n"
            "#size-cells = <2>; ranges;\n")
    for name, start, size, more in shape.reserved:
        text += f"{name} {{ reg = <{pair(start)} {pair(size)}>; {more} }};\n"
    return text + "};\n"


def cut(source, node):
    """Text without a node of the root."""
    text, count = re.subn(rf"(?ms)^\t{node} {{\n.*?^\t}};\n", "", source)
    assert count == 1, node
    return text


def wider(match):
    """Interrupts with a fourth cell: no partition of a PPI."""
    words = match.group(2).split()
    assert len(words) % 3 == 0
    return match.group(1) + "<" + " ".join(
        " ".join((*words[i:i + 3], "0")) for i in range(0, len(words), 3)) + ">"


def shaped_tree(tmp_path, board, shape, more=""):
    """QEMU's own, with the board's CPUs, memory and cells, and more nodes."""
    plain, tree = tmp_path / "qemu.dtb", tmp_path / "host.dtb"
    subprocess.run([board.program, *board.arguments(),
                    "-machine", f"dumpdtb={plain}"], check=True,
                   stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    source = subprocess.run(["dtc", "-q", "-I", "dtb", "-O", "dts", plain],
                            check=True, stdout=subprocess.PIPE,
                            text=True).stdout
    for node in ("cpus", r"memory@\w+", r"pcie@\w+"):
        source = cut(source, node)
    if shape.irq_cells == 4:
        source = re.sub(r"(\binterrupts = )<([^>]*)>", wider, source)
        source, count = re.subn(r"(#interrupt-cells = )<0x03>", r"\1<4>",
                                source)
        assert count == 1
    end = source.rindex("};")
    source = (source[:end] + cpu_nodes(shape) + memory_nodes(shape) + more
              + "};\n")
    subprocess.run(["dtc", "-q", "-O", "dtb", "-o", tree], input=source,
                   check=True, text=True)
    return tree


def kept_ranges(shape):
    """What cvisor may not write: holes and what is reserved."""
    return [*shape.kept, *((start, start + size)
                           for _, start, size, _ in shape.reserved)]


def ram_arguments(path):
    """QEMU's RAM is a file."""
    return ("-object", f"memory-backend-file,id=ram,size={RAM_MIB}M,"
            f"mem-path={path},share=on", "-machine", "memory-backend=ram")


def ram_file(path, shape):
    """RAM with a pattern in all that is not cvisor's, else zeros."""
    with open(path, "wb") as file:
        file.truncate(RAM_MIB * MIB)
        for start, end in kept_ranges(shape):
            for at in range(start, end, MIB):
                file.seek(at - RAM)
                file.write(PATTERN[:min(MIB, end - at)])
    return path


def assert_kept(path, shape):
    with open(path, "rb") as file:
        for start, end in kept_ranges(shape):
            for at in range(start, end, MIB):
                size = min(MIB, end - at)
                file.seek(at - RAM)
                assert file.read(size) == PATTERN[:size], hex(at)


@pytest.fixture(scope="module")
def any_board(tmp_path_factory):
    """Images whose guests are checked on the machine, not for QEMU's tree."""
    return Builder(tmp_path_factory.mktemp("any-board")).configure(
        'CONFIG_BOARD_DTS=""')


@pytest.mark.parametrize("shape", (RK3588, RK3568, E2000Q), ids=lambda s: s.name)
def test_board_shape(any_board, boot, tmp_path, shape):
    """All CPUs and all of the banks, nothing else; guests on the CPUs that
    they name as on the board."""
    board = Board("cortex-a76", shape.qemu_cpus, f"{RAM_MIB}M")
    tomls = []
    for name, source, cpu in zip(("idle", "neighbour"), (IDLE, NEIGHBOUR),
                                 shape.guests):
        tomls.append(variant(
            tmp_path / f"{name}.toml", source,
            phys_cpu_sets=f"[{1 << cpu:#x}]\n"
            f"phys_cpu_ids = [{shape.cpus[cpu][0]:#x}]"))
    ram = ram_file(tmp_path / "ram", shape)
    image = any_board.image(*tomls)
    console = boot(
        board, "-bios", loader_stub(tmp_path, shape.fdt, shape.image),
        *ram_arguments(ram), *load(image, shape.image),
        *load(shaped_tree(tmp_path, board, shape), shape.fdt))
    found = console.expect(r"(\d+) CPUs, (\d+) of (\d+) MiB RAM free")
    cpus, free, total = map(int, found.groups())
    assert cpus == len(shape.cpus)
    banks = sum(end - start for start, end in shape.banks) // MIB
    inside = sum(size for _, start, size, _ in shape.reserved
                 if any(a <= start < b for a, b in shape.banks)) // MIB
    assert banks - inside - 3 <= total <= banks - inside
    assert total - free <= 4
    console.to_shell()
    for name, cpu in zip(("idle", "neighbour"), shape.guests):
        shown = console.shell(f"vm show {name}")
        assert re.search(rf"vcpu0  hwid {shape.cpus[cpu][0]:#x}, \w+ "
                         rf"on cpu{cpu},", shown), shown
    console.show("idle", "idle guest: asleep")
    console.show("neighbour", r"neighbour: round \d+.* intact")
    assert_kept(ram, shape)
