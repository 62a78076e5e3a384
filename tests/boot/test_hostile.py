# SPDX-License-Identifier: Apache-2.0
"""A guest cannot stop the host, read it, or disturb its neighbour."""

from machine import Board

HOSTILE = "vms/hostile-aarch64-qemu-smp3.toml"
NEIGHBOUR = "vms/neighbour-aarch64-qemu-smp1.toml"


def test_hostile_guest(builder, boot):
    """Whatever the hostile guest tries, its neighbour and the host go on."""
    console = boot(Board(), "-kernel", builder.image(HOSTILE, NEIGHBOUR))
    console.to_shell()
    before = console.shell("mem")
    console.show(r"neighbour: round")
    first = console.expect(r"intact, checksum (\w+)").group(1)
    console.show(r"hostile: ")
    console.expect(r"hostile: done", timeout=900)
    console.show(r"neighbour: round")
    assert console.expect(r"(intact|DAMAGED), checksum (\w+)").groups() == (
        "intact", first)
    console.to_shell()
    assert console.shell("mem") == before
