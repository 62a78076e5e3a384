# SPDX-License-Identifier: Apache-2.0
"""Lives of VMs: every command, cold starts, time over a suspend, policies."""

import re
import time

import pytest
from machine import Board

TOML = """\
# The life guest of a test.
[base]
id = {id}
name = "{name}"
vm_type = 1
cpu_num = {cpus}
phys_cpu_sets = {sets}
{base}
[kernel]
entry_point = 0x4008_0000
image_location = "memory"
kernel_path = "images/life-aarch64.bin"
kernel_load_addr = 0x4008_0000
cmdline = "{cmdline}"
memory_regions = [
  [0x4000_0000, 0x40_0000, 0x7, 0],
]
[devices]
interrupt_mode = "{mode}"
emu_devices = [
  ["gicd", 0x0800_0000, 0x1_0000, 0, 0x21, []],
  ["gicr", 0x080a_0000, {gicr}, 0, 0x20, [{cpus}, 0x2_0000, 0]],
  ["uart", 0x0900_0000, 0x1000, 33, 0x2, []],
  {devices}
]
"""
KEY = '["key", 0x0903_0000, 0x1000, 39, 0x40, []],'
COLD = r"life: cold start, (image 0x\w+, tree 0x\w+)\r*\n"


def guest(folder, name, vm_id, sets=(2,), cmdline="-", base="", devices=KEY,
          mode="emulated"):
    """Writes a guest file for the life guest."""
    toml = folder / f"{name}.toml"
    toml.write_text(TOML.format(
        id=vm_id, name=name, cpus=len(sets), sets=list(sets), base=base,
        gicr=hex(0x20000 * len(sets)), cmdline=cmdline, devices=devices,
        mode=mode))
    return toml


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    """Two guests to play with, one beside them that counts, one that dies."""
    folder = tmp_path_factory.mktemp("life")
    return [
        guest(folder, "first", 1, sets=(2, 3)),
        guest(folder, "second", 2, base='suspend_time = "runs"', devices=KEY),
        guest(folder, "counter", 3, sets=(1,), devices=KEY),
        guest(folder, "mortal", 4, cmdline="life=die", sets=(1,), devices=KEY,
              base='on_exit = "restart"\nrestart_limit = 3'),
    ]


def state(console, name):
    """As `vm list` has it; None when there is no such VM."""
    for line in console.shell("vm list").splitlines():
        if name in line.split():
            return line.split()[2]
    return None


def ask(console, name, key, pattern, times=6):
    """Types a key at a guest's console and waits for what it says."""
    console.switch_to(name)
    console.send(key)
    return console.expect(pattern)


def ticks(console, name):
    """Of each CPU: ticks, due ones, moves of the counters, apart by ms."""
    console.switch_to(name)
    console.send("t")
    console.expect(r"life: end of report")
    found = re.findall(r"cpu\d ticks: (\d+) of (\d+), counters moved (\d+) "
                       r"times, apart by (\d+) ms", console.qemu.before)
    assert "LOST" not in console.qemu.before, console.qemu.before
    assert found, console.qemu.before
    return [tuple(map(int, one)) for one in found]


def test_try(builder, boot, files):
    console = boot(Board(), "-kernel", builder.image(*files))
    console.expect(r"counter: started")
    console.to_shell()
    for command in ("vm list", "vm suspend first", "vm list", "vm resume first", "mem"):
        print(console.shell(command))
    print(ticks(console, "first"))
    console.to_shell()
    print(console.shell("vm restart first"))
    console.show("first", COLD)
    ask(console, "first", "D", COLD)
    console.to_shell()
    print(console.shell("vm stop -g first"))
    print(console.shell("vm show first"))
