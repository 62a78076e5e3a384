# SPDX-License-Identifier: Apache-2.0
"""riscv64's guests: what a hart must do, and Linux."""

import re

import machine
import pytest
from machine import ROOT, SHELL_PROMPT, Builder, RiscvBoard

DEFCONFIG = "qemu-riscv64_defconfig"
HART = "vms/hart-riscv64-qemu-smp2.toml"

LINUX = "vms/linux-riscv64-qemu-smp1.toml"

needs_linux = machine.needs_linux("riscv64")


@pytest.fixture(scope="module")
def riscv(tmp_path_factory):
    """Checked locks; one build folder for all."""
    return Builder(tmp_path_factory.mktemp("riscv64-guests"),
                   DEFCONFIG).configure("CONFIG_DEBUG_LOCKS=y")


# Numbers of harts, with and without Sstc, widths of hgatp.
MACHINES = [
    (RiscvBoard(smp=2), r"sv57x4, .* by Sstc"),
    (RiscvBoard(smp=1), r"sv57x4, .* by Sstc"),
    (RiscvBoard("rv64,sstc=off", 1), r"sv57x4, .* by SBI"),
    (RiscvBoard("rv64,sstc=off", 4), r"sv57x4, .* by SBI"),
    (RiscvBoard("rv64,sv57=off"), r"sv48x4"),
    (RiscvBoard("rv64,sv57=off,sv48=off"), r"sv39x4"),
    (RiscvBoard("max"), r"sv57x4"),
    (RiscvBoard("rva23s64"), r"sv39x4"),
    (RiscvBoard("rv64,svpbmt=on,svadu=off,zicbom=off"), r"sv57x4"),
]


@pytest.mark.parametrize("board,says", MACHINES,
                         ids=[str(board) for board, _ in MACHINES])
def test_hart(riscv, boot, board, says):
    """Everything that the test guest looks at is as on a bare hart."""
    console = boot(board, "-kernel", riscv.image(HART))
    console.expect("virt: " + says, timeout=60)
    console.expect(r"hart: powered off by its guest", timeout=60)
    console.send("\r")
    console.expect(SHELL_PROMPT)
    console.send("vm console hart -n 40\r")
    console.expect(r"hart guest: by the debug console")
    console.expect(r"hart guest: done")
    said = console.qemu.before
    assert "FAIL" not in said, said
    assert len(re.findall(r"(?m)^pass ", said)) == 11, said


def test_no_hypervisor_extension(riscv, boot):
    """Guests are refused with the reason; the shell is there."""
    console = boot(RiscvBoard("rv64,h=off"), "-kernel", riscv.image(HART))
    console.expect(r"no guests here: .*\(h in riscv,isa\)", timeout=60)
    console.expect(SHELL_PROMPT)


def test_no_device(riscv, boot, tmp_path):
    """ArceOS' file, no device at all: a console by SBI."""
    with open(f"{ROOT}/tests/vms/riscv64/arceos.toml",
              encoding="utf-8") as file:
        text = file.read()
    toml = tmp_path / "arceos-riscv64-qemu-smp1.toml"
    toml.write_text(text.replace("kernel.bin", "images/sbicon-riscv64.bin"))
    console = boot(RiscvBoard(), "-kernel", riscv.image(toml))
    console.expect("sbi guest: type")
    console.send("abc")
    console.expect("ABC")
    console.send("q")
    console.expect("sbi guest: again")
    console.send("xyz")
    console.expect("XYZ")
    console.to_shell()
    assert re.search(r"ram +0x0080000000 \+ 0x004000000",
                     console.shell("vm show arceos"))
    console.switch_to("arceos")
    console.send("q")
    console.expect("sbi guest: done")
    console.expect(r"arceos: Stopped \(system down\)")
    # a second start has the console, and nothing typed before
    console.send("\r")
    console.expect(SHELL_PROMPT)
    console.send("vm start -c arceos\r")
    console.expect("sbi guest: type")
    console.send("d")
    console.expect("D")


@needs_linux
@pytest.mark.parametrize("cpu", ["rv64", "rv64,sstc=off", "max"])
def test_linux(riscv, boot, cpu):
    """To its prompt, its console typed at, its end by SBI."""
    console = boot(RiscvBoard(cpu), "-kernel", riscv.image(LINUX))
    console.to_linux()
    assert console.linux("nproc").strip() == "1"
    isa = re.search(r"(?m)^isa\s*: rv64(\w*)",
                    console.linux("cat /proc/cpuinfo")).group(1)
    assert not set("hv") & set(isa.split("_")[0]), isa
    assert "riscv-timer" in console.linux("cat /proc/interrupts")
    console.send("poweroff -f\n")
    console.expect(r"\[console: cvisor\]")
    console.send("\r")
    console.expect(SHELL_PROMPT)
    assert re.search(r"linux\S*\s.*stopped", console.shell("vm list"), re.I)
