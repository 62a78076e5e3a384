# SPDX-License-Identifier: Apache-2.0
"""A guest of RISC-V cannot stop the host, read it, or disturb its neighbour;
and whatever it tries, it sees what a hart without H would show."""

import os
import re
import time

import pexpect
import pytest
from machine import ROOT, Builder, RiscvBoard, full, without_log
from test_hostile import neighbour_round, state
from test_riscv64_aia import AiaBoard

HOSTILE = "vms/hostile-riscv64-qemu-smp3.toml"
ENDS = "tests/vms/hostile-ends-riscv64.toml"
NEIGHBOUR = "vms/neighbour-riscv64-qemu-smp1.toml"
STEPS = 16


@pytest.fixture(scope="module")
def riscv(tmp_path_factory):
    """Checked locks; one build folder for all."""
    return Builder(tmp_path_factory.mktemp("riscv64-hostile"),
                   "qemu-riscv64_defconfig").configure("CONFIG_DEBUG_LOCKS=y")


@pytest.fixture(scope="module")
def fetching(tmp_path_factory):
    """The same, and every emulated load and store is fetched."""
    return Builder(tmp_path_factory.mktemp("riscv64-fetching"),
                   "qemu-riscv64_defconfig").configure(
                       "CONFIG_DEBUG_LOCKS=y", "CONFIG_RISCV64_IGNORE_HTINST=y")


def started(riscv, boot, board, hostile=HOSTILE):
    """A machine whose two guests run, at its shell."""
    console = boot(board, "-kernel", riscv.image(hostile, NEIGHBOUR))
    console.expect(r"neighbour: started")
    console.to_shell()
    return console


def memory_of(console):
    """What is in use; the heap may have got its pages in another order."""
    return [line for line in console.shell("mem").splitlines()
            if not re.match(r"heap|free|host total", line)]


def memory_is(console, wanted):
    """Who has just ended may be in the midst of it, on another CPU."""
    deadline = time.monotonic() + 20
    while memory_of(console) != wanted and time.monotonic() < deadline:
        time.sleep(0.5)
    assert memory_of(console) == wanted


def said(console, lines=400):
    """What the guest has said last; leaves the shell shown."""
    console.send(f"vm console hostile -n {lines}\r")
    console.expect(r"\[console: hostile")
    console.qemu.expect(pexpect.TIMEOUT, timeout=1)
    text = without_log(console.qemu.before)
    console.to_shell()
    return text


@pytest.mark.parametrize("build,board", [
    pytest.param("riscv", RiscvBoard("rv64", 4), marks=full),
    pytest.param("fetching", RiscvBoard("rv64,sstc=off", 1), marks=full),
    ("riscv", RiscvBoard("max", 2))], ids=str)
def test_hostile_guest(request, boot, build, board):
    """Each answer is the specification's; neighbour and host go on."""
    console = started(request.getfixturevalue(build), boot, board)
    memory = memory_of(console)
    verdict = neighbour_round(console)
    assert verdict[0] == "intact"

    console.to_shell()
    deadline = time.monotonic() + 900
    while "end by which key?" not in said(console, 5):
        # the shell answers all the while, whoever burns the CPUs
        assert console.shell("uname -s").split() == ["cvisor"]
        assert state(console, "hostile") == "Running"
        assert time.monotonic() < deadline, said(console)
        time.sleep(2)
    text = said(console)
    assert "hostile: done, wrong in all 0" in text, text
    tried = [int(n) for n in re.findall(r": tried (\d+), wrong 0", text)]
    assert len(tried) == STEPS and min(tried) >= 3, text

    assert neighbour_round(console) == verdict
    console.to_shell()
    console.shell("vm stop hostile")
    console.shell("vm start hostile")
    memory_is(console, memory)
    # nothing of its life before is left
    console.show("hostile", r"a hart that starts: tried \d+, wrong 0")


# Keys of its last step, and what `vm show` says of it then.
ENDS_BY = [
    ("v", r"Stopped, fault: vcpu2: no memory at its exception vectors, pc 0x0"),
    ("w", r"Stopped, fault: vcpu0: no memory .*, pc 0x10000000"),
    ("p", r"Stopped, fault: vcpu0: no memory at its exception vectors"),
    ("i", r"Running"),
    ("s", r"Running"),
    ("l", r"Stopped, system down: powered off by its guest"),
    ("o", r"Stopped, system down: powered off by its guest"),
]


@pytest.mark.parametrize("smp", [1, 4])
def test_ends(riscv, boot, smp):
    """What ends it ends nothing else, and it can be started again."""
    console = started(riscv, boot, RiscvBoard(smp=smp), ENDS)
    memory = memory_of(console)
    verdict = neighbour_round(console)
    for key, says in ENDS_BY:
        console.show("hostile", r"end by which key\?")
        console.send(key)
        time.sleep(1)
        console.to_shell()
        shown = console.shell("vm show hostile")
        assert re.search(says, shown), (key, shown)
        assert neighbour_round(console) == verdict
        console.to_shell()
        if "Running" in says:
            console.shell("vm stop hostile")
        console.shell("vm start hostile")
        memory_is(console, memory)
    # its own reset begins anew
    console.show("hostile", r"end by which key\?")
    console.send("r")
    console.expect(r"hostile: started")
    console.expect(r"end by which key\?")
    console.to_shell()
    memory_is(console, memory)
    assert neighbour_round(console) == verdict


def test_stop_at_any_moment(riscv, boot):
    """`vm stop` works whatever the guest is at, and gives everything back."""
    console = started(riscv, boot, RiscvBoard())
    running = memory_of(console)
    console.shell("vm stop hostile")
    stopped = memory_of(console)
    for tenths in (0, 1, 2, 3, 5, 8, 13, 21, 34, 55, 89, 144, 200, 0, 1, 1, 2,
                   4, 7, 11, 18, 29):
        console.shell("vm start hostile")
        assert state(console, "hostile") == "Running"
        memory_is(console, running)
        time.sleep(tenths / 10)
        console.shell("vm stop hostile")
        assert state(console, "hostile") == "Stopped"
        memory_is(console, stopped)
    assert neighbour_round(console)[0] == "intact"


# Documentation/boards/qemu-riscv64.md says why: counters, vectors (V),
# what Smstateen, Sscofpmf, Sscsrind, Ssccfg and AIA add; htimedelta is no
# S-mode register, but OpenSBI answers for it.
HIDDEN = {0xc00, *range(0xc02, 0xc20), 0x008, 0x009, 0x00a, 0x00f, 0xc20,
          0xc21, 0xc22, 0x10c, 0x120, 0x150, 0x151, 0xda0, 0xdb0, 0x605}
# Bits of a register that are hidden: sie.LCOFIE
HIDDEN_BITS = {0x104: 1 << 13}


# Numbers from 0x10000 on are siselect's: counters that S-mode was given, and
# Ssctr's.
HIDDEN |= {*range(0x10040, 0x10060), *range(0x10200, 0x10220)}
# AIA's priorities of a hart's own interrupts are zero in a guest (AIA 6.3.1
# leaves them to the hypervisor).
HIDDEN_BITS.update({0x10000 + select: (1 << 64) - 1
                    for select in range(0x30, 0x40)})


def csrs(text):
    """{(mode, number): bits that can be written} of the guest's list."""
    return {(mode, int(number, 16)): int(mask or "0", 16)
            for mode, number, mask in re.findall(
                r"csr (V[SU]) (0x\w+)(?: 0x\w+)?(?: (0x\w+))?\s", text)}


def insns(text):
    """{(mode, instruction): does it run} of those that a machine may lack."""
    return {(mode, int(insn, 16)): verdict
            for mode, insn, verdict in re.findall(
                r"insn (V[SU]) (0x\w+) (runs|traps)\s", text)}


def bare_says(boot, board):
    """What the guest says as the machine's own kernel, which then ends."""
    bare = boot(board, "-kernel",
                os.path.join(ROOT, "images/hostile-riscv64.bin"))
    bare.expect(r"VS and from VU: tried \d+, wrong 0")
    text = bare.qemu.before
    bare.expect(r"another mode's: tried \d+")
    return text + bare.qemu.before


def compare(seen, there):
    """A guest's CSRs, with the bits that it can write, are the machine's."""
    assert not set(seen) - set(there)
    gone = {number for _, number in set(there) - set(seen)}
    assert not gone - HIDDEN, [hex(number) for number in gone - HIDDEN]
    for which, mask in seen.items():
        assert mask == there[which] & ~HIDDEN_BITS.get(which[1], 0), which


@pytest.mark.parametrize("cpu", ["rv64", "max", "rv64,svinval=on"])
def test_csrs_as_bare(riscv, boot, cpu):
    """What a guest finds among the CSRs, and of instructions that a machine may
    lack, is what S-mode finds on the machine without H, but for what is hidden
    on purpose."""
    image = riscv.image(HOSTILE, NEIGHBOUR)
    guest = boot(RiscvBoard(cpu), "-kernel", image)
    guest.show("hostile", r"another mode's: tried")
    guest.to_shell()
    text = said(guest)
    seen = csrs(text)
    bare = bare_says(boot, RiscvBoard(cpu + ",h=off", 1))
    there = csrs(bare)

    assert insns(text) == insns(bare)
    svinval = "runs" if cpu != "rv64" else "traps"
    assert insns(text)["VS", 0x16000073] == svinval
    assert len(seen) > 15 and ("VS", 0x180) in seen
    assert ("VS", 0xc00) in there and ("VS", 0xc00) not in seen
    compare(seen, there)


@pytest.mark.parametrize("cpu,guests", [("rv64", 1), ("rv64", 0), ("max", 1)])
def test_aia_csrs_as_bare(riscv, boot, tmp_path, cpu, guests):
    """The same of AIA's, and of all that siselect names: in a guest that has an
    interrupt file of the hart's, and in one whose file is in memory."""
    with open(os.path.join(ROOT, HOSTILE), encoding="utf-8") as shipped:
        text, count = re.subn(
            r'(?m)^  \["plic", .*$',
            '  ["aplic", 0x0d00_0000, 0x8000, 0, 0x42, []],\n'
            '  ["imsic", 0x2800_0000, 0x4000, 0, 0x43, []],', shipped.read())
    assert count == 1
    file = tmp_path / "hostile-aia.toml"
    file.write_text(text)
    guest = boot(AiaBoard(cpu, 2, guests=guests), "-kernel",
                 riscv.image(str(file)))
    guest.show("hostile", r"VS and from VU: tried \d+, wrong 0")
    guest.to_shell()
    seen = csrs(said(guest, 1000))
    there = csrs(bare_says(boot, AiaBoard(cpu + ",h=off", 1)))
    for csr in (0x150, 0x15c, 0xdb0, 0x10070, 0x10072, 0x10080, 0x100c0):
        assert ("VS", csr) in seen, hex(csr)
    if not guests:
        # As AIA 3.8 has it, and QEMU has not: identities that there are not
        # read as zero, and the threshold has no more bits than they need.
        none = set(seen) - set(there)
        assert none and all(0x10088 <= csr < 0x10100 for _, csr in none), none
        assert not any(seen.pop(which) for which in none)
        assert seen["VS", 0x10072] == 0xff
        seen["VS", 0x10072] = there["VS", 0x10072]
    compare(seen, there)
