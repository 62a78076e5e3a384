# SPDX-License-Identifier: Apache-2.0
"""Channels between VMs: two guests that talk, and what disturbs them."""

import re
import time

import pytest
from machine import HANG_S, IRQ_PASSED, ROOT, Board, RiscvBoard, full

A, B, WILD = "ivc-a", "ivc-b", "ivcwild"


def ends(console):
    """The rows of `ivc`: (publisher, key, state, end, VM)."""
    return sorted(
        (int(row[0]), int(row[1], 0), *row[2:5])
        for row in map(str.split, console.shell("ivc").splitlines())
        if row and row[0].isdigit())


def shared_kib(console):
    return int(re.search(r"(?m)^ivc +0 KiB(?: \+ (\d+) KiB guest RAM)?",
                         console.shell("mem")).group(1) or 0)


OPEN_A = (50, 0x10, "open", "publisher", "ivc-a")
OPEN_B = (50, 0x10, "open", "subscriber", "ivc-b")
DEAD_B = (50, 0x10, "dead", "subscriber", "ivc-b")


@pytest.mark.parametrize("arch,board", [
    (board.arch, board) for board in (
        Board(), Board(smp=1), Board(cpu="max", smp=4),
        RiscvBoard(), RiscvBoard(cpu="rv64,sstc=off", smp=1),
        RiscvBoard(cpu="max", smp=4))], ids=str, indirect=["arch"])
def test_channel(arch, boot, board):
    """A pair talks on whatever a third does, and over its publisher's deaths."""
    console = boot(board, "-kernel", arch.image(*map(arch.vm, (A, B, WILD))))
    console.expect(r"ivcwild: started")
    console.to_shell()
    console.show("ivc-b", r"500 questions answered")
    console.expect(r"ivc: writing")
    console.show("ivcwild", r"wild calls succeeded")
    console.expect(r"ivcwild: flooded the neighbours")
    console.expect(r"ivcwild: done")
    console.to_shell()
    for _ in range(HANG_S):
        shown = console.shell("vm show ivcwild")
        if "Stopped" in shown:
            break
        time.sleep(0.5)
    assert "Stopped, system down: powered off by its guest" in shown
    # all that it had of channels went with it
    assert ends(console) == [OPEN_A, OPEN_B]
    # 3 MiB, and what the subscriber will see when the publisher is gone
    assert shared_kib(console) == 6 * 1024

    # the publisher dies while its subscriber writes
    for _ in range(3):
        console.shell("vm stop ivc-a")
        console.show("ivc-b", r"ivc: the publisher died, zeros")
        console.to_shell()
        assert ends(console) == []
        assert shared_kib(console) == 0
        console.shell("vm start ivc-a")
        console.show("ivc-b", r"500 questions answered")
        console.expect(r"ivc: writing")
        console.to_shell()
        assert ends(console) == [OPEN_A, OPEN_B]
    # and the other way round
    console.shell("vm stop ivc-b")
    assert ends(console) == [OPEN_A]
    console.shell("vm start ivc-b")
    console.show("ivc-b", r"500 questions answered")
    console.to_shell()
    for name in ("ivc-a", "ivc-b"):
        assert "Running" in console.shell(f"vm show {name}")
    console.shell("vm stop ivc-b")
    console.shell("vm stop ivc-a")
    assert shared_kib(console) == 0
    assert console.shell("ivc").strip() == "no channels"


def edited(arch, folder, name, *edits):
    """A guest file with some of its text exchanged."""
    with open(f"{ROOT}/{arch.vm(name)}", encoding="utf-8") as file:
        text = file.read()
    for pattern, new in edits:
        text, count = re.subn(pattern, new, text)
        assert count == 1, pattern
    path = folder / f"{len(list(folder.iterdir()))}.toml"
    path.write_text(text)
    return path


@pytest.mark.parametrize("arch", [
    "aarch64", pytest.param("riscv64", marks=full)], indirect=True)
def test_subscriber_out_of_reach(arch, boot, tmp_path):
    """The publisher of a VM that owns its CPU, and its interrupts where it can,
    dies."""
    owner = edited(arch, tmp_path, B, (r"cpu_num = 1\n", "cpu_num = 1\nphys_cpu_sets = [2]\n"),
                   (r'"emulated"', '"passthrough"'))
    other = edited(arch, tmp_path, A, (r"cpu_num = 1\n", "cpu_num = 1\nphys_cpu_sets = [1]\n"))
    console = boot(arch.board(), "-kernel", arch.image(other, owner))
    console.expect("ivc-b: " + IRQ_PASSED[arch.name])
    console.expect(r"ivc-b: started")
    console.to_shell()
    console.show("ivc-b", r"500 questions answered")
    console.expect(r"ivc: writing")
    console.to_shell()
    for _ in range(3):
        console.shell("vm stop ivc-a")
        console.show("ivc-b", r"ivc: the publisher died, zeros")
        console.to_shell()
        console.shell("vm start ivc-a")
        console.show("ivc-b", r"ivc: writing")
        console.to_shell()
    assert ends(console) == [OPEN_A, OPEN_B]


def test_permissions(arch, boot, tmp_path):
    """Who is not in the table gets nothing, and the host says so."""
    stranger = edited(arch, tmp_path, B, (r"\[\[50, 0x10\]\]", "[[50, 0x11]]"))
    console = boot(arch.board(), "-kernel", arch.image(arch.vm(A), stranger))
    console.expect(r"bytes published")  # the first is shown
    console.expect(r"ivc: ivc-b: may not subscribe to VM 50's key 0x10")
    console.to_shell()
    assert ends(console) == [OPEN_A]


def test_axvisor_window(arch, boot, tmp_path):
    """Channels are shown where a line of AxVisor's form says."""
    window = (arch.board.doorbell
              + '\n  ["ivc", 0x7000_0000, 0x80_0000, 0x1, 0xa, []],')
    placed = [edited(arch, tmp_path, name, (r'\["doorbell".*', window))
              for name in (A, B)]
    console = boot(arch.board(), "-kernel", arch.image(*placed))
    console.expect(r"ivc-b: started")
    console.to_shell()
    console.show("ivc-b", r"500 questions answered")
    console.to_shell()
    assert console.shell("ivc").count(" 0x70000000 ") == 2
