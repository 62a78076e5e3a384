# SPDX-License-Identifier: Apache-2.0
"""A guest cannot stop the host, read it, or disturb its neighbour."""

import re
import time

import pytest
from machine import Board

HOSTILE = "vms/hostile-aarch64-qemu-smp3.toml"
NEIGHBOUR = "vms/neighbour-aarch64-qemu-smp1.toml"


def started(builder, boot, board):
    """A machine whose two guests run, at its shell."""
    console = boot(board, "-kernel", builder.image(HOSTILE, NEIGHBOUR))
    console.expect(r"neighbour: started")
    console.to_shell()
    return console


def neighbour_round(console):
    """What the neighbour says of its memory next."""
    console.show("neighbour", r"neighbour: round")
    return console.expect(r" (intact|DAMAGED), checksum (\w+)\s").groups()


def state(console, name):
    for line in console.shell("vm list").splitlines():
        if name in line.split():
            return line.split()[2]
    return None


@pytest.mark.parametrize("board", [
    Board(), Board(smp=1), Board(cpu="max")], ids=str)
def test_hostile_guest(builder, boot, board):
    """Whatever the hostile guest tries, its neighbour and the host go on."""
    console = started(builder, boot, board)
    memory = console.shell("mem")
    listed = console.shell("vm list")
    assert "host total" in memory
    verdict = neighbour_round(console)
    assert verdict[0] == "intact"

    console.to_shell()
    deadline = time.monotonic() + 900
    while state(console, "hostile") == "Running":
        # the shell answers all the while, whoever burns the CPUs
        assert console.shell("uname -s").split() == ["cvisor"]
        assert time.monotonic() < deadline
        time.sleep(2)
    # its last step; one that ends it earlier is not among the others
    assert ("vcpu2: no memory at its exception vectors"
            in console.shell("vm show hostile"))
    console.show("hostile", r"hostile: done")
    console.to_shell()

    assert neighbour_round(console) == verdict
    console.to_shell()
    console.shell("vm start hostile")
    assert console.shell("mem") == memory
    assert console.shell("vm list") == listed


def test_stop_at_any_moment(builder, boot):
    """`vm stop` works whatever the guest is at, and gives everything back."""
    console = started(builder, boot, Board())
    running = console.shell("mem")
    console.shell("vm stop hostile")
    stopped = console.shell("mem")
    for tenths in (0, 1, 2, 3, 5, 8, 13, 21, 34, 55, 0, 0, 1, 1, 2, 4, 7, 11,
                   18, 29):
        console.shell("vm start hostile")
        assert state(console, "hostile") == "Running"
        assert console.shell("mem") == running
        time.sleep(tenths / 10)
        console.shell("vm stop hostile")
        assert state(console, "hostile") == "Stopped"
        assert console.shell("mem") == stopped
    assert neighbour_round(console)[0] == "intact"


def run_ms(console, name):
    """CPU time of each vCPU that is on, so far."""
    return {int(vcpu): int(ms) for vcpu, ms in re.findall(
        r"vcpu(\d) .* on cpu\d+, (\d+) ms", console.shell(f"vm show {name}"))}


def test_fair_shares(builder, boot):
    """Whoever faults without end has one CPU no longer than in his turns."""
    console = started(builder, boot, Board(smp=1))
    before = run_ms(console, "hostile")
    time.sleep(6)
    gained = {vcpu: ms - before[vcpu]
              for vcpu, ms in run_ms(console, "hostile").items()}
    # the first halts now and then, which is its own loss; the second never
    assert gained[0] > 1000 and gained[1] > 1000
    assert gained[0] < 1.05 * gained[1]
    assert gained[1] < 2 * gained[0]
