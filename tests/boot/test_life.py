# SPDX-License-Identifier: Apache-2.0
"""Lives of VMs: every command, cold starts, time over a suspend, policies."""

import re
import time

import pexpect
import pytest
from machine import (HANG_S, IRQ_PASSED, Builder, full, needs_linux,
                     without_log)

TOML = """\
# The life guest of a test.
[base]
id = {id}
name = "{name}"
vm_type = 1
cpu_num = {cpus}
phys_cpu_sets = {sets}
{base}
{kernel}cmdline = "{cmdline}"
memory_regions = [
  [{ram:#x}, 0x40_0000, 0x7, 0],
  {memory}
]
[devices]
interrupt_mode = "{mode}"
emu_devices = [
{chips}{devices}
]
"""
# of an exception that the vectors' own absence makes
VECTOR = {"aarch64": 0x200, "riscv64": 0}
COLD = r"life: cold start, (image 0x\w+, tree 0x\w+)\r*\n"


def guest(board, folder, name, vm_id, sets=(2,), cmdline="-", base="",
          key=True, mode="emulated", memory=""):
    """Writes a guest file for the life guest."""
    toml = folder / f"{name}.toml"
    toml.write_text(TOML.format(
        id=vm_id, name=name, cpus=len(sets), sets=list(sets), base=base,
        kernel=board.kernel("life"), ram=board.ram, cmdline=cmdline,
        chips=board.chips(len(sets)), devices=board.key if key else "",
        mode=mode, memory=memory.format(board.ram + 0x2000_0000)))
    return toml


@pytest.fixture(scope="module")
def files(arch, tmp_path_factory):
    """Two guests to play with, one that counts beside them, and others."""
    folder, board = tmp_path_factory.mktemp("life"), arch.board
    return [
        guest(board, folder, "first", 1, sets=(2, 3)),
        guest(board, folder, "second", 2, base='suspend_time = "runs"'),
        guest(board, folder, "counter", 3, sets=(1,), key=False),
        guest(board, folder, "mortal", 4, cmdline="life=die", sets=(1,),
              base='on_exit = "restart"\nrestart_limit = 3'),
        # loading it takes a while
        guest(board, folder, "heavy", 5, memory="[{:#x}, 0x2000_0000, 7, 0],"),
    ]


def said(console, command):
    """What a command says, without what is logged meanwhile."""
    lines = without_log(console.shell(command)).split("\n")
    return "\n".join(line for line in lines if line.strip())


def ask(console, name, key, pattern):
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


@pytest.fixture(scope="module")
def checked(arch, tmp_path_factory):
    """Images that check the order of locks, and panic when it is broken."""
    return Builder(tmp_path_factory.mktemp("checked"),
                   arch.board.defconfig).configure("CONFIG_DEBUG_LOCKS=y")


def names(console):
    """Every VM of `vm list` and its state."""
    return {line.split()[1]: line.split()[2] for line in
            console.shell("vm list").splitlines() if line[:1].isdigit()}


# From a state that the console can hold: a command, what it says, the state
# then. tests/unit/virt/test_vm_life.c has the rest of the table.
COMMANDS = [
    ("Running", "vm start first", "is Running already", "Running"),
    ("Running", "vm resume first", "is Running already", "Running"),
    ("Running", "vm delete first",
     "cannot be deleted, it is Running: `vm stop` it first", "Running"),
    ("Running", "vm create first", "exists, it is Running", "Running"),
    ("Running", "vm restart first", "", "Running"),
    ("Running", "vm restart -f first", "", "Running"),
    ("Running", "vm suspend first", "", "Suspended"),
    ("Suspended", "vm suspend first", "is Suspended already", "Suspended"),
    ("Suspended", "vm start first",
     "cannot start, it is Suspended: `vm resume`", "Suspended"),
    ("Suspended", "vm stop -g first",
     "cannot be asked to stop, it is Suspended: `vm resume`", "Suspended"),
    ("Suspended", "vm delete first",
     "cannot be deleted, it is Suspended", "Suspended"),
    ("Suspended", "vm resume first", "", "Running"),
    ("Running", "vm suspend first", "", "Suspended"),
    ("Suspended", "vm restart first", "", "Running"),
    ("Running", "vm suspend first", "", "Suspended"),
    ("Suspended", "vm stop first", "", "Stopped"),
    ("Stopped", "vm stop first", "is Stopped already", "Stopped"),
    ("Stopped", "vm stop -g first", "is Stopped already", "Stopped"),
    ("Stopped", "vm suspend first",
     "cannot be suspended, it is Stopped: `vm start`", "Stopped"),
    ("Stopped", "vm resume first",
     "cannot be resumed, it is Stopped: `vm start`", "Stopped"),
    ("Stopped", "vm create first", "exists, it is Stopped", "Stopped"),
    ("Stopped", "vm restart first", "", "Running"),
    ("Running", "vm stop -f first", "", "Stopped"),
    ("Stopped", "vm delete --keep-data first", "", None),
    (None, "vm start first", "first", None),
    (None, "vm create vms/first.toml", "cannot be created, error -2", None),
    (None, "vm create frist", "no VM of this name is built in", None),
    (None, "vm create first", "", "Loaded"),
    ("Loaded", "vm stop first", "is Loaded already", "Loaded"),
    ("Loaded", "vm suspend first", "cannot be suspended, it is Loaded",
     "Loaded"),
    ("Loaded", "vm resume first", "cannot be resumed, it is Loaded", "Loaded"),
    ("Loaded", "vm create first", "exists, it is Loaded", "Loaded"),
    ("Loaded", "vm delete first", "", None),
    (None, "vm create first", "", "Loaded"),
    ("Loaded", "vm start -d -c first", "", "Running"),
    ("Running", "vm stop -f -g first", "usage:", "Running"),
    ("Running", "vm stop -t 5 first", "usage:", "Running"),
    ("Running", "vm stop -g --timeout 0 first", "--timeout", "Running"),
    ("Running", "vm delete -f first second", "", None),
    (None, "vm create first second", "", "Loaded"),
    ("Loaded", "vm start", "", "Running"),
]


def until(console, name, wanted):
    """Waits for a state that comes by itself."""
    deadline = time.monotonic() + HANG_S
    while (now := names(console).get(name)) != wanted:
        assert time.monotonic() < deadline, f"{name} stays {now}"
        time.sleep(0.1)


def commands(console):
    """Every command from every state that stays."""
    for before, command, says, after in COMMANDS:
        assert names(console).get("first") == before, command
        if "-c" in command.split():
            console.send(command + "\r")
            console.expect(r"\[console: first\]")
            console.to_shell()
            answer = ""
        else:
            answer = said(console, command)
        assert says in answer and bool(says) == bool(answer), (
            command, answer)
        until(console, "first", after)


def cold_starts(console):
    """However it ends, the next start is like the first one."""
    console.shell("vm restart first")
    seen = {ask(console, "first", "", COLD).group(1)}
    seen.add(ask(console, "first", "D", COLD).group(1))
    seen.add(ask(console, "first", "r", COLD).group(1))
    for command in ("vm restart first", "vm stop first; vm start first",
                    "vm suspend first; vm stop first; vm start first",
                    "vm delete -f first; vm create first; vm start first"):
        ask(console, "first", "d", r"life: overwriting everything")
        console.to_shell()
        for part in command.split("; "):
            assert not said(console, part), part
        seen.add(ask(console, "first", "", COLD).group(1))
    assert len(seen) == 1, seen
    console.send("o")
    console.expect(r"\[console: cvisor\]")
    console.to_shell()
    assert "Stopped, system down: powered off by its guest" in console.shell(
        "vm show first")
    console.shell("vm start first")


def time_over_a_suspend(console, arch):
    """It stands still on both CPUs, or runs on, as the file says."""
    began = time.monotonic()
    before = ticks(console, "first"), ticks(console, "second")
    console.to_shell()
    console.shell("vm suspend first second")
    suspended = time.monotonic()
    console.switch_to("first")
    console.send("t")
    assert console.qemu.expect([r"life:", pexpect.TIMEOUT], timeout=2) == 1
    console.to_shell()
    away = time.monotonic() - suspended
    console.shell("vm resume first second")
    console.switch_to("first")
    console.expect("life: end of report") # what was asked meanwhile
    after = ticks(console, "first"), ticks(console, "second")
    for was, now in zip(before[0], after[0]):
        # of all the time that has passed, it had less
        assert 10 * (now[1] - was[1]) < 1000 * (
            time.monotonic() - began - away) + 100
        if arch.name == "aarch64":  # it has a clock that went on
            assert now[2] == was[2] + 1
            assert now[3] >= was[3] + 2000
    assert abs(after[0][0][3] - after[0][1][3]) <= 1
    for was, now in zip(before[1], after[1]):
        assert now[2:] == was[2:]
        assert now[0] >= was[0] + 200
    console.to_shell()


def graceful(console):
    """-g presses the key; who does not listen is stopped by force."""
    assert "by force, it did not power off within 2 s" in said(
        console, "vm stop -g -t 2 second")
    assert "forced" in console.shell("vm show second")
    console.shell("vm start second")
    ask(console, "second", "k", "watching the power key")
    console.to_shell()
    assert not said(console, "vm stop -g second")
    shown = console.shell("vm show second")
    assert "Stopped, system down: powered off by its guest" in shown
    assert "has no power key" in console.shell("vm stop -g counter")
    console.shell("vm start second")


def vectors(arch):
    """Where an exception goes once the life guest has died."""
    return 0x7f000000 + VECTOR[arch.name]


def policy(console, arch):
    """A guest that dies is restarted, but not for ever."""
    until(console, "mortal", "Failed")
    shown = console.shell("vm show mortal")
    assert re.search(r"Failed, fault: vcpu0: no memory at its exception "
                     rf"vectors, pc {vectors(arch):#x}; restarted 3 times",
                     shown)
    assert "starts 4, restarted after its end 3 times of 3" in shown
    console.shell("vm start mortal")
    until(console, "mortal", "Failed")
    assert "starts 8," in console.shell("vm show mortal")


def kills(console):
    """Commands that come before the last one is over."""
    console.shell("vm create heavy")
    for command, after in [
            ("vm start -d heavy\rvm suspend heavy", "Running"),
            ("vm stop -f heavy\rvm start -d heavy\rvm stop heavy", "Stopped"),
            ("vm start -d heavy\rvm restart heavy", "Running"),
            ("vm suspend heavy\rvm delete -f heavy", None),
            ("vm create heavy\rvm start -d heavy\rvm delete -f heavy", None),
            ("vm create heavy\rvm start -d heavy\rvm delete heavy", "Running"),
            ("vm restart -f heavy\rvm suspend heavy\rvm restart -f heavy\r"
             "vm delete -f heavy", None)]:
        for part in command.split("\r"):
            console.shell(part)
        until(console, "heavy", after)


def capsule(console, arch):
    """A death leaves registers, callers, exits and the console's tail."""
    ask(console, "second", "x", "life: about to die")
    console.to_shell()
    until(console, "second", "Stopped")
    shown = console.shell("vm show --crash second")
    assert re.search(r"second died \d+ s ago, after \d+ ms: vcpu0: no memory "
                     r"at its exception vectors", shown)
    assert re.search(rf"pc  {vectors(arch):016x}  \w+", shown)
    assert re.search(r"(vbar|vstvec) +000000007f000000", shown)
    # the jump, what made it, who called that, and the main loop
    callers = re.search(r"called from: (.*)", shown).group(1).split(" < ")
    assert len(callers) >= 4, callers
    entry = arch.board.entry
    assert all(entry <= int(pc, 16) < entry + 0x10000 for pc in callers[1:])
    assert re.search(rf"exit: unmapped {vectors(arch):#x} at pc "
                     rf"{vectors(arch):#x}, \d+ us", shown)
    assert re.search(rf"exit: read 0x{arch.board.uart_at >> 12:x}\w\w\w at pc "
                     rf"0x{entry >> 16:x}", shown)
    assert re.search(r"(?m)^    life: about to die$", shown)
    # it stays through what the policy does, until somebody starts it
    assert "mortal died" in console.shell("vm show --crash mortal")
    console.shell("vm start second")
    assert "has not died since" in console.shell("vm show --crash second")
    assert "has not died since" in console.shell("vm show --crash counter")


def owners(console):
    """Of `mem`: what each holds. Slabs that are kept count as free."""
    kib = {}
    for line in console.shell("mem").splitlines():
        found = re.match(r"(.*?)  +(\d+) KiB", line)
        if found:
            kib[found.group(1)] = int(found.group(2))
        elif line.startswith("live heap"):
            kib["live heap"] = line
    kib["free"] += kib.pop("heap")
    return kib


def returned(console, memory):
    """All is as it was, once the tasks that end have ended."""
    deadline = time.monotonic() + HANG_S
    while (now := owners(console)) != memory:
        assert time.monotonic() < deadline, (now, memory)
        time.sleep(0.2)


def test_life(arch, checked, boot, files):
    """One machine, every transition; the counter beside loses no tick."""
    console = boot(arch.board(), "-kernel", checked.image(*files))
    console.expect(r"heavy: started")
    console.to_shell()
    commands(console)
    cold_starts(console)
    time_over_a_suspend(console, arch)
    graceful(console)
    policy(console, arch)
    capsule(console, arch)
    console.shell("vm delete -f heavy")
    memory = owners(console)
    kills(console)
    console.shell("vm delete -f first second")
    console.shell("vm create first second")
    console.shell("vm start first second")
    returned(console, memory)
    assert ticks(console, "counter")[0][2] == 0
    assert len(ticks(console, "first")) == 2


def starts(console, name):
    """How often a VM has started."""
    return int(re.search(r"starts (\d+)",
                         console.shell(f"vm show {name}")).group(1))


def test_soak(arch, boot, tmp_path):
    """A thousand restarts cost nobody anything; fifty VMs come and go."""
    board = arch.board
    storm = guest(board, tmp_path, "storm", 1, cmdline="life=storm")
    counter = guest(board, tmp_path, "counter", 2)
    others = [guest(board, tmp_path, f"vm{i}", i, sets=(3,))
              for i in range(3, 51)]
    console = boot(board(), "-kernel", arch.image(storm, counter, *others))
    console.expect(r"vm50: started")
    console.to_shell()
    console.shell("log off")
    assert len(names(console)) == 50
    console.shell("vm stop storm")
    console.shell("vm delete -f " + " ".join(f"vm{i}" for i in range(3, 27)))
    console.shell("vm delete -f " + " ".join(f"vm{i}" for i in range(27, 51)))
    memory = owners(console)
    before = starts(console, "storm")
    console.shell("vm start storm")
    deadline = time.monotonic() + 3 * HANG_S
    while starts(console, "storm") < before + 1000:
        assert time.monotonic() < deadline
        time.sleep(1)
    console.shell("vm stop storm")
    assert names(console) == {"storm": "Stopped", "counter": "Running"}
    returned(console, memory)
    lived = ticks(console, "counter")[0]
    assert lived[0] >= 100 and lived[2] == 0
    console.to_shell()
    console.shell("vm create " + " ".join(f"vm{i}" for i in range(3, 27)))
    console.shell("vm create " + " ".join(f"vm{i}" for i in range(27, 51)))
    assert len(names(console)) == 50
    console.shell("vm delete " + " ".join(f"vm{i}" for i in range(3, 27)))
    console.shell("vm delete " + " ".join(f"vm{i}" for i in range(27, 51)))
    returned(console, memory)


@pytest.mark.parametrize("arch", [
    "aarch64", pytest.param("riscv64", marks=full)], indirect=True)
def test_passthrough_interrupts(arch, boot, tmp_path):
    """A guest that takes its interrupts itself is stopped all the same."""
    image = arch.image(
        guest(arch.board, tmp_path, "first", 1, sets=(2,), mode="passthrough"),
        guest(arch.board, tmp_path, "counter", 2, sets=(1,)))
    console = boot(arch.board(), "-kernel", image)
    console.expect("first: " + IRQ_PASSED[arch.name])
    console.expect(r"counter: started")
    console.to_shell()
    before = ticks(console, "first")[0]
    for _ in range(3):
        console.to_shell()
        assert not said(console, "vm suspend first")
        time.sleep(1)
        assert not said(console, "vm resume first")
    after = ticks(console, "first")[0]
    if arch.name == "aarch64":  # it has a clock that went on
        assert after[2] == before[2] + 3 and after[3] >= before[3] + 3000
    seen = {ask(console, "first", "D", COLD).group(1)}
    for command in ("vm restart first", "vm suspend first; vm restart first",
                    "vm delete -f first; vm create first; vm start first"):
        ask(console, "first", "d", r"life: overwriting everything")
        console.to_shell()
        for part in command.split("; "):
            assert not said(console, part), part
        seen.add(ask(console, "first", "", COLD).group(1))
    assert len(seen) == 1, seen
    assert ticks(console, "counter")[0][2] == 0


@needs_linux
def test_linux(arch, boot):
    """Linux on two vCPUs does not notice a suspend, and restarts from cold."""
    console = boot(arch.board(), "-kernel",
                   arch.image(arch.vm("linux", smp=2)))
    console.to_linux()
    console.linux("(while :; do usleep 1000; done) & touch /tmp/there")
    for _ in range(3):
        console.to_shell()
        assert not said(console, "vm suspend linux-smp2")
        time.sleep(2)
        assert not said(console, "vm resume linux-smp2")
        console.switch_to("linux-smp2")
        console.linux("for c in 0 1; do taskset $((1 << c)) usleep 1000; done")
    assert console.linux("dmesg | grep -c -i -E 'stall|lockup|unstable|hung|"
                         "backwards' || true").strip() == "0"
    console.to_shell()
    assert not said(console, "vm suspend linux-smp2")
    assert not said(console, "vm restart linux-smp2")
    console.switch_to("linux-smp2")
    console.to_linux()
    assert "missing" in console.linux("test -e /tmp/there || echo missing")
