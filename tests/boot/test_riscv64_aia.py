# SPDX-License-Identifier: Apache-2.0
"""riscv64 machines with AIA: an APLIC, with IMSICs and without."""

import dataclasses
import re

import pytest
from machine import SHELL_PROMPT, Builder, RiscvBoard

DEFCONFIG = "qemu-riscv64_defconfig"


@dataclasses.dataclass(frozen=True)
class AiaBoard(RiscvBoard):
    """QEMU's virt with aia=; guests: interrupt files of each hart for those."""

    imsic: bool = True
    guests: int = 0

    def arguments(self):
        words = super().arguments()
        aia = (f"aplic-imsic,aia-guests={self.guests}" if self.imsic
               else "aplic")
        words[words.index("virt")] = f"virt,aia={aia}"
        return words

    def __str__(self):
        return (f"{super().__str__()}-"
                + (f"imsic{self.guests}" if self.imsic else "direct"))


@pytest.fixture(scope="module")
def riscv(tmp_path_factory):
    """One build folder for all; checked locks."""
    return Builder(tmp_path_factory.mktemp("riscv64-aia"),
                   DEFCONFIG).configure("CONFIG_DEBUG_LOCKS=y")


HOSTS = [
    (AiaBoard(smp=1), "by messages, to 1 CPUs"),
    (AiaBoard(smp=3, guests=3), "by messages, to 3 CPUs"),
    (AiaBoard("max", 4, guests=1), "by messages, to 4 CPUs"),
    (AiaBoard(smp=1, imsic=False), "directly, to 1 CPUs"),
    (AiaBoard("max", 4, imsic=False), "directly, to 4 CPUs"),
]


@pytest.mark.parametrize("board,says", HOSTS,
                         ids=[str(board) for board, _ in HOSTS])
def test_host(riscv, boot, board, says):
    """The shell is typed at by interrupts of the UART."""
    console = boot(board, "-kernel", riscv.image())
    console.expect(SHELL_PROMPT, timeout=60)
    assert says in console.shell("dmesg")
    before = int(re.search(r"(?m)^10 +(\d+) .*console$",
                           console.shell("irq")).group(1))
    console.shell("uname")
    after = int(re.search(r"(?m)^10 +(\d+) .*console$",
                          console.shell("irq")).group(1))
    assert after > before
