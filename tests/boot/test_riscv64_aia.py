# SPDX-License-Identifier: Apache-2.0
"""riscv64 machines with AIA: an APLIC, with IMSICs and without."""

import dataclasses
import os
import re

import pytest
from machine import ROOT, SHELL_PROMPT, Builder, RiscvBoard, full
from test_riscv64_guests import needs_linux

DEFCONFIG = "qemu-riscv64_defconfig"
LINUX_SMP2 = "vms/linux-riscv64-qemu-smp2.toml"


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


def exits_of(console, each=False):
    """Exits of the only VM by reason: of all vCPUs, or of each of them."""
    console.to_shell()
    stat = console.shell("vm stat")
    return {name: counts if each else sum(counts) for name, counts in
            ((name, list(map(int, counts.split()))) for name, counts in
             re.findall(r"(?m)^  ([a-z-]+)((?: +\d+)+)$", stat))}


AIA_GUEST = "vms/aia-riscv64-qemu-smp2.toml"
# What an interrupt file and an APLIC do, checked by the guest.
FILES = [AiaBoard(smp=3, guests=guests) for guests in (0, 1, 3)] + [
    AiaBoard("max", 3, guests=1), AiaBoard("max", 3, imsic=False)]


@pytest.mark.parametrize("board", FILES, ids=map(str, FILES))
def test_files(riscv, boot, board):
    """All that the guest looks at; 1,000 messages, to a hart's file with no
    exit, asleep or not."""
    console = boot(board, "-kernel", riscv.image(AIA_GUEST))
    console.expect(r"(?m)^aia guest\b")
    console.expect(r"aia guest: done")
    said = console.qemu.before
    assert "FAIL" not in said, said
    # a line may be shown again when the console is, or when the host's log has
    # cut it
    passed = set(re.findall(r"pass ([^\r\n]+)", said))
    cut = {a for a in passed for b in passed if a != b and b.startswith(a)}
    assert len(passed - cut) == 22, said
    before = exits_of(console, each=True)
    console.switch_to("aia")
    console.send("g")
    assert console.expect(r"(\d+) messages taken").group(1) == "1000"
    after = exits_of(console, each=True)
    assert after["mmio"][0] > before["mmio"][0]
    if board.guests:
        # the second hart takes and sends; the first types, too
        assert ([counts[1] for counts in after.values()] ==
                [counts[1] for counts in before.values()])
        assert "imsic" not in after
    else:
        assert after["imsic"][1] >= before["imsic"][1] + 1000


@pytest.mark.parametrize("board", [
    AiaBoard(smp=3, guests=1), AiaBoard(smp=3), AiaBoard("max", 3, imsic=False)],
    ids=str)
def test_host_device(riscv, boot, tmp_path, board):
    """A level of the host's APLIC ends when the guest asks for it again, and
    comes as often as it should, after a restart as well."""
    with open(os.path.join(ROOT, AIA_GUEST), encoding="utf-8") as shipped:
        text = shipped.read()
    toml = tmp_path / "rtc.toml"
    toml.write_text(text.replace("passthrough_devices = []",
                                 'passthrough_devices = [["/soc/rtc@101000"]]'))
    console = boot(board, "-kernel", riscv.image(toml))
    console.expect(r"aia guest: done")
    console.send("r")
    assert console.expect(r"(\d+) alarms taken").group(1) == "50"
    console.to_shell()
    line = re.search(r"(?m)^11 .*$", console.shell("irq")).group(0)
    # QEMU's direct mode interrupts twice, see the guest
    assert (50 <= sum(map(int, line.split()[1:4])) <=
            (50 if board.imsic else 100)), line
    console.shell("vm restart aia")
    console.switch_to("aia")
    console.expect(r"aia guest: done")
    console.send("r")
    assert console.expect(r"(\d+) alarms taken").group(1) == "50"


def with_chips(tmp_path, kind, cpus=None, sets=None):
    """The shipped Linux guest with these interrupt controllers."""
    with open(os.path.join(ROOT, LINUX_SMP2), encoding="utf-8") as shipped:
        text = shipped.read()
    text, found = re.subn(r'(?m)^ *\["plic".*\n', CHIPS[kind], text)
    assert found == 1
    if cpus:
        text = text.replace("cpu_num = 2", f"cpu_num = {cpus}")
    if sets is not None:
        text = re.sub("phys_cpu_sets.*\n", sets, text)
    toml = tmp_path / f"linux-{kind}.toml"
    toml.write_text(text)
    return toml


# What emu_devices says; "" is what the machine has.
CHIPS = {
    "": "",
    "plic": '["plic", 0x0c00_0000, 0x60_0000, 0, 0x30, []],\n',
    "direct": '["aplic", 0x0d00_0000, 0x8000, 0, 0x42, []],\n',
    "imsic": '["aplic", 0x0d00_0000, 0x8000, 0, 0x42, []],\n'
             '["imsic", 0x2800_0000, 0x2000, 0, 0x43, []],\n',
}

# The machine, the guest's kind, what Linux calls its UART's controller.
LINUX = [
    (AiaBoard(guests=0), "", "APLIC-MSI"),
    (AiaBoard("max", guests=1), "", "APLIC-MSI"),
    (AiaBoard(guests=3), "direct", "APLIC-DIRECT"),
    (AiaBoard("max", guests=3), "plic", "SiFive PLIC"),
    (AiaBoard("max", imsic=False), "", "APLIC-DIRECT"),
    (RiscvBoard(), "direct", "APLIC-DIRECT"),
    (RiscvBoard("max"), "imsic", "APLIC-MSI"),
]


@needs_linux
@pytest.mark.parametrize(
    "board,kind,says", LINUX,
    ids=[f"{board}-{kind or 'own'}" for board, kind, _ in LINUX])
def test_linux(riscv, boot, tmp_path, board, kind, says):
    """Two vCPUs bound to CPUs; its UART by whichever controllers it has."""
    console = boot(board, "-kernel",
                   riscv.image(with_chips(tmp_path, kind)))
    console.to_linux()
    assert console.linux("nproc").strip() == "2"
    line = re.search(rf"(?m)^.*{says}.*ttyS0$",
                     console.linux("cat /proc/interrupts")).group(0)
    assert re.search(r": +[1-9]", line), line
    isa = console.linux("grep ^isa /proc/cpuinfo")
    assert ("ssaia" in isa) == (says == "APLIC-MSI")
    assert "smaia" not in isa
    exits = exits_of(console)
    # a hart's own file needs none; nobody but an IMSIC has any
    soft = says == "APLIC-MSI" and not getattr(board, "guests", 0)
    assert bool(exits.get("imsic")) == soft, exits
    assert bool(exits.get("plic-mmio")) == (says == "SiFive PLIC"), exits


@needs_linux
@pytest.mark.parametrize("guests", [pytest.param(0, marks=full), 1,
                                    pytest.param(3, marks=full)])
def test_linux_moves(riscv, boot, tmp_path, guests):
    """Three vCPUs wander over two harts that have fewer files, or enough."""
    toml = with_chips(tmp_path, "", 3, "")
    console = boot(AiaBoard(guests=guests), "-kernel", riscv.image(toml))
    console.to_linux()
    assert console.linux("nproc").strip() == "3"
    sums = console.linux(
        "for cpu in 0 1 2; do (i=0; while [ $i -lt 20 ]; do"
        " taskset -c $cpu sha256sum /bin/busybox; i=$((i+1)); done) & done"
        "; wait")
    assert len(set(re.findall(r"[0-9a-f]{64}", sums))) == 1
    assert len(re.findall(r"[0-9a-f]{64}", sums)) == 60
    # while a file moves, messages to it come by its page
    assert (exits_of(console).get("imsic", 0) > 500) == (guests < 3)
