# SPDX-License-Identifier: Apache-2.0
"""What riscv64's harts keep for their guests while the host works for them."""

import re

import pytest
from machine import SHELL_PROMPT, Builder, RiscvBoard

CORE = "vms/core-riscv64-qemu-smp1.toml"
TESTS = 15


@pytest.fixture(scope="module")
def riscv(tmp_path_factory):
    return Builder(tmp_path_factory.mktemp("riscv64-core"),
                   "qemu-riscv64_defconfig").configure("CONFIG_DEBUG_LOCKS=y")


@pytest.mark.parametrize("cpu", ["rv64", "max", "rva23s64"])
def test_core(riscv, boot, cpu):
    console = boot(RiscvBoard(cpu, 1), "-kernel", riscv.image(CORE))
    console.expect(r"core: powered off by its guest", timeout=60)
    console.send("\r")
    console.expect(SHELL_PROMPT)
    console.send("vm console core -n 60\r")
    console.expect(r"core guest\r")
    console.expect(r"core guest: done")
    said = console.qemu.before
    assert "FAIL" not in said, said
    assert len(re.findall(r"(?m)^pass ", said)) == TESTS, said


FP_GUEST = """\
[base]
id = {id}
name = "{name}"
vm_type = 1
cpu_num = 1

[kernel]
entry_point = 0x8020_0000
image_location = "memory"
kernel_path = "images/fp-riscv64.bin"
kernel_load_addr = 0x8020_0000
cmdline = "role={role}"
memory_regions = [
  [0x8000_0000, 0x800000, 0x7, 0],
]

[devices]
interrupt_mode = "emulated"
passthrough_devices = []
emu_devices = [
  ["plic", 0x0c00_0000, 0x60_0000, 0, 0x30, []],
  ["uart", 0x1000_0000, 0x1000, 10, 0x2, []],
]
"""


def until_done(console, name):
    """Shows a guest until it is done; what it has said."""
    console.send(f"vm console {name} -n 20\r")
    console.expect(r"\[console: " + name)
    console.expect(r"guest: done")
    said = console.qemu.before
    console.to_shell()
    return said


def fp_exits(console, name):
    found = re.search(r"\bfp\s+(\d+)", console.shell(f"vm show -s {name}"))
    return int(found.group(1)) if found else 0


@pytest.mark.parametrize("cpu,smp", [("rv64", 1), ("max", 2)])
def test_fp(riscv, boot, tmp_path, cpu, smp):
    """Three guests share a hart's registers; one of them never needs any."""
    tomls = []
    for number, name in enumerate(["first", "second", "none"]):
        tomls.append(tmp_path / f"{name}.toml")
        tomls[-1].write_text(FP_GUEST.format(
            id=50 + number, name=name,
            role="none" if name == "none" else "use"))
    console = boot(RiscvBoard(cpu, smp), "-kernel", riscv.image(*tomls))
    console.expect(r"vmm: none: started")
    console.to_shell()
    for name, passes in (("first", 4), ("second", 4), ("none", 1)):
        said = until_done(console, name)
        assert "FAIL" not in said, said
        assert len(re.findall(r"(?m)^pass ", said)) == passes, said
    assert fp_exits(console, "none") == 0
    assert fp_exits(console, "first") > 0
    assert fp_exits(console, "second") > 0
