# SPDX-License-Identifier: Apache-2.0
"""Watching it from outside: trace, vm stat, irq, top."""

import json
import os
import re
import subprocess
import sys
import time

import pytest
from machine import HANG_S, ROOT, SHELL_PROMPT, Console

sys.path.insert(0, os.path.join(ROOT, "tests/tool"))

from pftrace import by_name, read_trace, slices  # noqa: E402

# Where the hart's timer is not the guest's own, more of it is seen.
CPUS = {"aarch64": "cortex-a57", "riscv64": "rv64,sstc=off"}
# Exits of which the bench guest has a thousand and more, then the hypercall's
# and its syndrome's name for that; interrupts: the timer, to itself, from the
# other vCPU, as the trace numbers them.
WORDS = {
    "aarch64": {
        "exits": ("hvc", "vgic-mmio", "sgi", "vtimer", "kick"),
        "call": "hvc", "syndrome": lambda value: value >> 26 == 0x16,
        "interrupts": {27: 2200, 1: 1100, 3: 1100}, "timer": 27,
        "kinds": {"irq", "kick", "wfx", "hvc", "sysreg", "mmio"},
        "costs": ("hvc", "sgi", "vtimer", "vgic-mmio", "mmio"),
        "irqs": ("guest timer", "virtual GIC"),
        # columns of `irq`, and what is in them at least: kicks, timer
        "columns": ((1, 1100), (2, 2200)),
    },
    "riscv64": {
        "exits": ("sbi", "plic-mmio", "sbi-ipi", "sbi-timer", "timer-irq",
                  "soft-irq"),
        "call": "sbi", "syndrome": lambda value: value == 10,
        "interrupts": {1029: 2200, 1025: 2200}, "timer": 1029,
        "kinds": {"soft-irq", "timer-irq", "external-irq", "wfi", "sbi",
                  "sbi-timer", "mmio"},
        "costs": ("sbi", "sbi-ipi", "sbi-timer", "plic-mmio", "mmio"),
        "irqs": ("timer",),
        # a sleeper is woken without an exit
        "columns": ((0, 1100), (1, 1100)),
    },
}


@pytest.fixture(scope="module", name="words")
def fixture_words(arch):
    return WORDS[arch.name]


@pytest.fixture(scope="module", name="console")
def fixture_console(arch, tmp_path_factory):
    """One machine for all: a guest that goes on, one that has ended."""
    path = tmp_path_factory.mktemp("trace") / "console.log"
    with open(path, "w", encoding="utf-8") as log, Console(
            arch.board(cpu=CPUS[arch.name], smp=3), "-kernel",
            arch.image(arch.vm("neighbour"), arch.vm("bench", smp=2)),
            log=log) as console:
        console.to_shell()
        wait_stopped(console)
        yield console


@pytest.fixture(autouse=True)
def fixture_off(console):
    """What a test that fails left on does not fail the next."""
    yield
    console.shell("trace off")
    console.shell("trace off")
    console.shell("vm stat --cost off")


def wait_stopped(console):
    """Until the bench guest has powered off."""
    for _ in range(HANG_S):
        if re.search(r"bench +Stopped", console.shell("vm list")):
            return
        time.sleep(0.5)
    raise AssertionError("the bench guest does not end")


def until(look, wanted):
    """Looks until it is as wanted; returns what was seen."""
    for _ in range(HANG_S):
        seen = look()
        if wanted(seen):
            return seen
        time.sleep(0.5)
    raise AssertionError(f"it stays {seen}")


def start_bench(console):
    console.shell("vm start bench")
    wait_stopped(console)


def free_kib(console):
    return int(re.search(r"free +(\d+) KiB", console.shell("mem")).group(1))


def dump(console, tmp_path, *options):
    """`trace dump` and the script: (tracks, events), what the script said."""
    log = tmp_path / "dump.log"
    log.write_text(console.shell(" ".join(["trace dump", *options])))
    out = tmp_path / "dump.pftrace"
    done = subprocess.run(
        [os.path.join(ROOT, "scripts/trace2perfetto"), log, "-o", out],
        capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return *read_trace(out.read_bytes()), done.stdout


def test_trace(arch, words, console, tmp_path):
    """Everything of a guest's life, from its start to its end."""
    free = free_kib(console)
    assert console.shell("trace status").strip() == "off"
    assert "trace on starts it" in console.shell("trace dump")
    assert console.shell("trace on --size 1024").strip() == ""
    assert free_kib(console) == free - 3 * 1024
    assert "on already" in console.shell("trace on")
    start_bench(console)
    status = console.shell("trace status")
    assert re.search(r"on, 1024 KiB for each CPU\ncpu0  \d+ events, 0 older",
                     status)
    tracks, events, said = dump(console, tmp_path)
    assert "overwritten" not in said

    # a row for each CPU, VM and vCPU
    assert sorted(t[0] for t in tracks.values()) == [
        "CPU 0", "CPU 1", "CPU 2", "CPUs", "bench", "neighbour",
        "vCPU 0", "vCPU 0", "vCPU 1"]
    cpus = {f"CPU {n}": by_name(tracks, f"CPU {n}") for n in range(3)}
    bench, neighbour = by_name(tracks, "bench"), by_name(tracks, "neighbour")

    # time goes forward, on every row
    for track in tracks:
        times = [e["ns"] for e in events if e["track"] == track]
        assert times == sorted(times)
        spans = [s for s in slices(events, track)]
        assert all(begin <= end for begin, end, _ in spans)

    # the VM was started and has ended
    states = [name for _, _, name in slices(events, bench)]
    assert states == ["Stopped", "Loading", "Running", "Stopping",
                      "Stopped"]
    # its vCPUs ran on their own CPUs, and nowhere else
    for vcpu, cpu in ((0, 1), (1, 2)):
        for name, track in cpus.items():
            ran = [s for s in slices(events, track)
                   if s[2] == f"bench/{vcpu}"]
            assert bool(ran) == (name == f"CPU {cpu}")
        begin = min(s[0] for s in slices(events, cpus[f"CPU {cpu}"])
                    if s[2] == f"bench/{vcpu}")
        row = by_name(tracks, f"vCPU {vcpu}", bench)
        on = next(e for e in events
                  if e["track"] == row and e["name"] == "vcpu-on")
        assert on["ns"] >= begin
        assert all(e["args"]["cpu"] == cpu for e in events
                   if e["track"] == row and "cpu" in e["args"])

    # what the guest did a thousand times each, and what it was given
    row = by_name(tracks, "vCPU 0", bench)
    count = {}
    for event in (e for e in events if e["track"] == row):
        count[event["name"]] = count.get(event["name"], 0) + 1
    for name in words["exits"]:
        assert count[name] >= 1000, (name, count)
    for virq, least in words["interrupts"].items():
        assert count[f"interrupt {virq}"] >= least, (virq, count)
    assert "exit" not in count           # each has its reason
    call = next(e for e in events if e["track"] == row
                and e["name"] == words["call"])
    assert words["syndrome"](call["args"]["syndrome"])
    assert 0 <= call["args"]["pc"] - arch.board.ram < 0x10000000
    # guest and exits follow each other without a gap
    spans = [s for s in slices(events, row)
             if s[2] not in ("asleep", "waits for a CPU")]
    assert all(a[1] == b[0] for a, b in zip(spans, spans[1:]))

    # the other one did not notice
    row = by_name(tracks, "vCPU 0", neighbour)
    assert any(e["name"] == f"interrupt {words['timer']}" for e in events
               if e["track"] == row)
    # somebody woke the shell, and it ran
    wakes = {e["flow"][0] for e in events if e["flow"]}
    woken = {e["flow_end"][0] for e in events
             if e["flow_end"] and e["name"] == "shell"}
    assert woken and woken <= wakes

    # a later dump goes on
    again, events2, _ = dump(console, tmp_path)
    assert len(events2) > len(events) and len(again) == len(tracks)
    # off, what was recorded is there
    assert console.shell("trace off").strip() == ""
    assert free_kib(console) == free - 3 * 1024
    status = console.shell("trace status")
    assert status.startswith("off, 1024 KiB for each CPU")
    _, events3, _ = dump(console, tmp_path)
    assert len(events3) >= len(events2)
    assert console.shell("trace status") == status
    # until it is freed, or begun anew
    assert console.shell("trace on --size 4").strip() == ""
    assert free_kib(console) == free - 3 * 4
    assert console.shell("trace off").strip() == ""
    assert console.shell("trace off").strip() == ""
    assert console.shell("trace off").strip() == ""
    assert free_kib(console) == free
    assert console.shell("trace status").strip() == "off"


def test_trace_wraps(console, tmp_path):
    """A ring overwrites its oldest; one VM alone; only the newest."""
    for size in ("3", "65537", "0", "x", "9999999", "-4"):
        assert "is no number from 4 to 65536" in console.shell(
            f"trace on --size={size}")
    assert "no such VM" in console.shell("trace on --vm nobody")
    console.shell("trace on --size 4 --vm bench")
    start_bench(console)
    status = console.shell("trace status")
    assert "VM 30 only" in status
    lost = [int(n) for n in re.findall(r"128 events, (\d+) older", status)]
    assert lost and max(lost) > 1000
    tracks, events, said = dump(console, tmp_path)
    assert "were overwritten" in said
    assert "bench" in [t[0] for t in tracks.values()]
    row = by_name(tracks, "vCPU 0", by_name(tracks, "neighbour"))
    assert not [e for e in events if e["track"] == row and e["args"]]
    text = console.shell("trace dump --last 5")
    assert [int(n) for n in re.findall(r"@cpu \d (\d+)", text)] == [5, 5, 5]
    assert "is no number from 1" in console.shell("trace dump --last 0")
    console.shell("trace off")


def stat(console, *words):
    return json.loads(console.shell(
        " ".join(["vm stat --format json", *words])))


VCPU = {"id": int, "state": str, "cpu": (int, type(None)), "cpus": list,
        "cpu_ms": int, "cpu_permille": int, "steal_ms": int,
        "injected": dict, "exits": dict, "costs": dict}
VM = {"id": int, "name": str, "state": str, "stop_reason": str,
      "stop_detail": str, "uptime_ms": int, "vcpus": list}


def check_members(value, members):
    assert list(value) == list(members)
    for name, kind in members.items():
        assert isinstance(value[name], kind), (name, value[name])


def test_vm_stat_json(words, console):
    """What Documentation/shell.md says of it."""
    vms = stat(console)
    assert [vm["name"] for vm in vms] == ["neighbour", "bench"]
    for vm in vms:
        check_members(vm, VM)
        for number, vcpu in enumerate(vm["vcpus"]):
            check_members(vcpu, VCPU)
            assert vcpu["id"] == number
            assert 0 <= vcpu["cpu_permille"] <= 1000
            assert list(vcpu["injected"]) == ["timer", "other"]
            assert words["kinds"] <= set(vcpu["exits"])
            assert all(isinstance(n, int) for n in vcpu["exits"].values())
    neighbour, bench = vms
    assert neighbour["state"] == "Running" and neighbour["uptime_ms"] > 0
    assert neighbour["stop_reason"] == "none"
    assert neighbour["vcpus"][0]["cpu"] in neighbour["vcpus"][0]["cpus"]
    assert (bench["state"], bench["stop_reason"], bench["stop_detail"]) == (
        "Stopped", "system down", "powered off by its guest")
    assert bench["uptime_ms"] == 0
    assert [v["cpu"] for v in bench["vcpus"]] == [None, None]
    assert [v["cpus"] for v in bench["vcpus"]] == [[1], [2]]
    # more is counted as time goes on
    before = stat(console, "neighbour")[0]["vcpus"][0]
    after = until(lambda: stat(console, "33")[0]["vcpus"][0], lambda now:
                  now["injected"]["timer"] > before["injected"]["timer"])
    assert after["cpu_ms"] > before["cpu_ms"]
    # the shell has had its turns beside it
    assert after["steal_ms"] >= before["steal_ms"]
    assert "no such VM" in console.shell("vm stat nobody")


def test_vm_stat_cost(words, console):
    """Measured while it is on, forgotten when it begins again."""
    assert stat(console)[1]["vcpus"][0]["costs"] == {}
    assert console.shell("vm stat --cost on").strip() == ""
    start_bench(console)
    assert console.shell("vm stat --cost off").strip() == ""
    costs = stat(console, "bench")[0]["vcpus"][0]["costs"]
    for name in words["costs"]:
        check_members(costs[name],
                      {"count": int, "mean_ns": int, "worst_ns": int})
        assert costs[name]["mean_ns"] <= costs[name]["worst_ns"]
    assert costs[words["call"]]["count"] >= 1100
    table = console.shell("vm stat bench")
    assert re.search(r"cost +measured +mean ns +worst ns", table)
    assert re.search(rf"\n  {words['call']} +\d+ +\d+ +\d+\n", table)
    # off: nothing is added
    start_bench(console)
    assert stat(console, "bench")[0]["vcpus"][0]["costs"] == costs
    console.shell("vm stat --cost on")
    assert stat(console, "bench")[0]["vcpus"][0]["costs"] == {}
    # beside the trace, each ends for itself
    console.shell("trace on --size 4")
    console.shell("vm stat --cost off")
    start_bench(console)
    assert stat(console, "bench")[0]["vcpus"][0]["costs"] == {}
    assert re.search(r"[1-9]\d+ older", console.shell("trace status"))
    console.shell("trace off")


def test_watch(console):
    """Again each second, until a key, which the command line does not get."""
    for command, head in (("vm stat --watch neighbour", r"neighbour \(id 33\)"),
                          ("top --watch", r"TASK +CPU +PRIO")):
        console.send(command + "\r")
        for _ in range(3):
            console.expect(r"\x1b\[2J\x1b\[H")
            console.expect(head)
        console.send("q")
        console.expect(SHELL_PROMPT)
        assert console.shell("uname").strip() == "cvisor"


def test_top(console):
    """Shares of CPUs and tasks since the last look."""
    console.shell("top")
    time.sleep(2)
    text = console.shell("top")
    cpus = re.findall(r"cpu(\d+) +idle +(\d+)\.(\d) %, busy +(\d+)\.(\d) %",
                      text)
    assert [int(c[0]) for c in cpus] == [0, 1, 2]
    for _, idle, idle10, busy, busy10 in cpus:
        assert int(idle + idle10) + int(busy + busy10) == 1000
    tasks = {name: float(share) for name, share in re.findall(
        r"\n(\S+) +\d+ +\d+ +\w+ +\d+ +(\d+\.\d) %", text)}
    assert {"neighbour/0", "shell", "console", "vmm"} <= set(tasks)
    # the guest that reckons all the time is the first of them
    assert next(iter(tasks)) == "neighbour/0" and tasks["neighbour/0"] > 5


def test_irq(words, console):
    """Interrupts by source, CPU and owner."""

    def counts():
        text = console.shell("irq")
        host = {what: [int(n) for n in numbers.split()]
                for numbers, what in re.findall(
                    r"\n\d+ +((?:\d+ +)+) (\S[^\n]*)", text)}
        guests = dict(re.findall(r"\n(\w+) +((?:\d+ *)+)", text))
        return host, {name: [int(n) for n in row.split()]
                      for name, row in guests.items() if not name.isdigit()}

    host, guests = counts()
    assert len(host["console"]) == 3 and host["console"][0] > 0
    assert "timer" in host and "ipi: kick" in host
    assert set(guests) == {"neighbour", "bench"}
    # the timer goes on in one, the other has ended
    timer = words["columns"][1][0]
    host2, guests2 = until(counts, lambda now: (
        now[1]["neighbour"][timer] > guests["neighbour"][timer]))
    assert sum(host2["console"]) > sum(host["console"])
    assert guests2["bench"] == guests["bench"]
    for column, least in words["columns"]:
        assert guests["bench"][column] >= least
    everything = console.shell("irq --all")
    assert all(name in everything for name in words["irqs"])
