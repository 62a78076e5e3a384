# SPDX-License-Identifier: Apache-2.0
"""The machine that must not stop: two Linux guests, one that counts, and one
that tries everything, while one of the Linux guests forks itself to death."""

import re

from machine import LINUX_PROMPT, needs_linux
from test_life import guest, ticks


def state(console, name):
    return next(line.split()[2] for line in console.shell("vm list").splitlines()
                if name in line.split())


def linux_asked(console, name, command):
    """A command in a Linux guest that is at its prompt."""
    console.to_shell()
    console.switch_to(name)
    console.send("\n")
    console.expect(LINUX_PROMPT)
    out = console.linux(command)
    console.to_shell()
    return out


def counted(console):
    """Ticks of the guest that counts; none is lost."""
    console.to_shell()
    found = ticks(console, "counter")[0]
    console.to_shell()
    assert found[0] >= found[1]
    return found[0]


@needs_linux
def test_side_by_side(arch, boot, tmp_path):
    counter = guest(arch.board, tmp_path, "counter", 9, sets=(0xf,), key=False)
    counter.write_text(counter.read_text() + "[sched]\npriority = 20\n")
    console = boot(arch.board(smp=4, mem="2G"), "-kernel", arch.image(
        arch.vm("linux"), arch.vm("linux", smp=2), counter,
        arch.vm("hostile", smp=3)))
    console.to_linux()  # the first is shown
    console.to_shell()
    console.switch_to("linux-smp2")
    console.to_linux()
    before = counted(console)

    # a guest that forks until nothing is left
    console.switch_to("linux-smp1")
    console.send("\n")
    console.expect(LINUX_PROMPT)
    console.send("f() { f | f & }; f\n")
    console.expect(r"(?i)can't fork|out of memory|oom|cannot allocate")
    console.to_shell()

    assert linux_asked(console, "linux-smp2", "nproc").split()[-1] == "2"
    assert state(console, "linux-smp1") == "Running"
    assert re.search(r"linux-smp1/0 ", console.shell("top"))
    assert counted(console) > before

    # one command brings it back as it was, the others go on
    console.shell("vm restart -f linux-smp1")
    console.switch_to("linux-smp1")
    console.to_linux()
    console.to_shell()
    assert linux_asked(console, "linux-smp1", "nproc").split()[-1] == "1"
    assert linux_asked(console, "linux-smp2", "nproc").split()[-1] == "2"
    assert counted(console) > before
