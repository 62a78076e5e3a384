# SPDX-License-Identifier: Apache-2.0
"""toml2c as its users meet it: files in, findings, tables and pictures out.

TOML2C names the program (default build/host/toml2c).
"""

import json
import os
import pathlib
import re
import subprocess
import xml.dom.minidom

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
TOOL = os.environ.get("TOML2C", str(ROOT / "build/host/toml2c"))
VMS = ROOT / "tests/vms"
AXVISOR = ROOT.parent / "shared/axvisor-vms"


@pytest.fixture(name="folder")
def fixture_folder(tmp_path):
    """A project with images and our sample files."""
    (tmp_path / "kernel.bin").write_bytes(b"k" * 0x10000)
    (tmp_path / "ramdisk.bin").write_bytes(b"r" * 0x8000)
    (tmp_path / "images").mkdir()
    for file in VMS.glob("*.toml"):
        text = file.read_text()
        (tmp_path / file.name).write_text(text)
        # guests that are built when an Image is: tests/guests
        for image in re.findall(r'"(images/[a-z]+-[a-z0-9]+\.bin)"', text):
            (tmp_path / image).write_bytes(b"g" * 0x2000)
    return tmp_path


@pytest.fixture(name="dtb", scope="session")
def fixture_dtb(tmp_path_factory):
    """QEMU's tree, as the board's configuration has it."""
    out = tmp_path_factory.mktemp("dtb") / "board.dtb"
    source = ROOT / "configs/qemu-aarch64.dts"
    subprocess.run(["dtc", "-q", "-O", "dtb", "-o", out, source], check=True)
    return out


@pytest.fixture(name="rv_dtb", scope="session")
def fixture_rv_dtb(tmp_path_factory):
    """The same of riscv64."""
    out = tmp_path_factory.mktemp("rv-dtb") / "board.dtb"
    source = ROOT / "configs/qemu-riscv64.dts"
    subprocess.run(["dtc", "-q", "-O", "dtb", "-o", out, source], check=True)
    return out


def run(folder, *args, **options):
    return subprocess.run(
        [TOOL, "--root", folder, *map(str, args)],
        capture_output=True,
        text=True,
        cwd=options.get("cwd", folder),
        check=False,
    )


def check(folder, *args):
    return run(folder, "--check", *args)


@pytest.mark.parametrize("file", sorted(f.name for f in VMS.glob("*.toml")))
def test_samples_pass(folder, file):
    result = check(folder, file)
    assert result.returncode == 0, result.stderr
    assert "error" not in result.stderr
    name = re.search(r'name = "(.*)"', (folder / file).read_text()).group(1)
    assert f'"{name}"' in result.stdout


def test_samples_pass_on_the_board(folder, dtb):
    result = check(
        folder, "--dtb", dtb, "identical-all.toml", "reserved-board.toml"
    )
    assert result.returncode == 0, result.stderr
    kept = [line for line in result.stderr.splitlines() if "stays with" in line]
    assert any("pl011@9000000" in line for line in kept), result.stderr


@pytest.mark.parametrize("aia", ["none", "aplic", "aplic-imsic"])
def test_riscv64_shapes_together(folder, aia):
    """All three on each of QEMU's machines: the console and the interrupt
    controller, which two of them name, go to none; a device does not."""
    tree = folder / "board.dtb"
    subprocess.run(["qemu-system-riscv64", "-smp", "4", "-m", "2G", "-display",
                    "none", "-M", f"virt,aia={aia},dumpdtb={tree}"],
                   check=True, capture_output=True)
    names = ["linux.toml", "arceos.toml", "nimbos.toml"]
    for name in names:
        (folder / name).write_text((VMS / "riscv64" / name).read_text())
    result = check(folder, "--dtb", tree, *names)
    assert result.returncode == 0, result.stderr
    for name, entry in (("linux", 0), ("nimbos", 1)):
        assert (f"{name}.toml: warning: devices.passthrough_devices[{entry}]: "
                '"/soc/serial@10000000" (console) stays with the host'
                in result.stderr), result.stderr
    # and by paths, and a device that is no host's
    arceos = (folder / "arceos.toml").read_text()
    for devices, says in (
            ('["/soc/serial@10000000"]', None),
            ('["d", 0x1000_8000, 0x1000_8000, 0x1000, 0]',
             r'overlaps "/soc/virtio_mmio@10008000", given to linux\.toml'),
            ('["d", 0x1000_0000, 0x1000_0000, 0x9000, 0]', "one VM")):
        (folder / "arceos.toml").write_text(arceos.replace(
            "passthrough_devices = []", f"passthrough_devices = [{devices}]"))
        result = check(folder, "--dtb", tree, *names)
        assert result.returncode == bool(says), result.stderr
        assert not says or re.search(f"arceos.toml: error: .*{says}",
                                     result.stderr), result.stderr


def test_riscv64_shapes(folder, rv_dtb):
    """AxVisor's three shapes: warnings for what is cut out."""
    files = [VMS / "riscv64" / name
             for name in ("linux.toml", "arceos.toml", "nimbos.toml")]
    for file in files:
        (folder / file.name).write_text(file.read_text())
    result = check(folder, "--dtb", rv_dtb, "linux.toml", "arceos.toml")
    assert result.returncode == 0, result.stderr
    assert result.stderr.splitlines() == [
        'linux.toml: warning: devices.passthrough_devices[0]: '
        '"/soc/serial@10000000" (console) stays with the host and is cut out']
    # memory maps: what the tree says of each path
    assert re.search(r"0x0090000000-0x0093ffffff +64 MiB +RAM, identical",
                     result.stdout)
    assert "/soc/virtio_mmio@10008000  0x10008000+0x1000  irq 8" in result.stdout
    result = check(folder, "--dtb", rv_dtb, "nimbos.toml")
    assert result.returncode == 0, result.stderr
    assert "dummy on a GIC" not in result.stdout
    warned = result.stderr
    assert '"/soc/plic@c000000" (interrupt controller) stays with' in warned
    assert '"/soc/serial@10000000" (console) stays with the host' in warned
    assert re.search(r'"UART@10000000": interrupt 1 is "/soc/virtio_mmio@'
                     r'10001000"\'s, which is elsewhere: taken for a dummy',
                     warned), warned


# of riscv64's shapes: what is replaced, by what, what the error must name
RISCV_BAD = [
    ("0x60_0000, 0, 0x30", "0x20_0000, 0, 0x30",
     ['emu_devices[0] "plic"', "0x200000", "0x202000"]),
    ("[0x9000_0000, 0x0400_0000, 0x7, 1]",
     "[0x9000_0000, 0x0400_0000, 0x7, 1], [0x0c10_0000, 0x1000, 0x7, 0]",
     ['emu_devices[0] "plic"', "memory_regions[1]", "0xc100000"]),
    ("0x0c00_0000, 0x60_0000", "0x0d00_0000, 0x60_0000",
     ["memory_regions[1] (0xd100000-0xd100fff)", "emu_devices[0]"]),
    ('["plic",', '["uart", 0x2000_0000, 0x1000, 96, 2, []],\n  ["plic",',
     ['emu_devices[0] "uart"', "interrupt 96", "the PLIC's are 1 to 95"]),
    ("/soc/virtio_mmio@10001000", "/soc/virtio_mmio@1000100",
     ["passthrough_devices[1]", "/soc/virtio_mmio@1000100", "meant"]),
    ("phys_cpu_ids = [0]", "phys_cpu_ids = [9]",
     ["base.phys_cpu_ids[0]", "0x9", "no such CPU"]),
    ("0x60_0000, 0, 0x30", "0x4000, 0, 0x42",
     ['emu_devices[0] "plic"', "0x4000", "an APLIC", "0x5000"]),
    ("0x60_0000, 0, 0x30", "0x60_0000, 0, 0x43",
     ['emu_devices[0] "plic"', "IMSICs need an APLIC", "0x42"]),
    ('["plic",', '["aplic", 0x0d00_0000, 0x8000, 0, 0x42, []],\n  ["plic",',
     ['emu_devices[0] "aplic"', "a PLIC (type 0x30)", "leave one"]),
    ('["plic",', '["plic2", 0x1c00_0000, 0x60_0000, 0, 0x30, []],\n  ["plic",',
     ['emu_devices[1] "plic"', "emu_devices[0] is of type 0x30", "has one"]),
    ("entry_point = 0x9020_0000", "entry_point = 0x9020_0001",
     ["kernel.entry_point", "0x90200001", "multiple of 2"]),
]  # fmt: skip


def test_riscv64_aia(folder, rv_dtb):
    """A guest of IMSICs, on a board that has none and on one that has."""
    text = (ROOT / "vms/aia-riscv64-qemu-smp2.toml").read_text()
    (folder / "aia.toml").write_text(re.sub(
        r'image_location = .*\nkernel_path = .*',
        'image_location = "memory"\nkernel_path = "Image"', text))
    (folder / "Image").write_bytes(b"\x13\0\0\0")
    result = check(folder, "--dtb", rv_dtb, "aia.toml")
    assert result.returncode == 0, result.stderr
    assert re.search(r'(?m)^aia\.toml: warning: devices\.emu_devices\[1\] '
                     r'"imsic": not every hart of the board\'s tree has Ssaia',
                     result.stderr), result.stderr
    source = (ROOT / "configs/qemu-riscv64.dts").read_text()
    able = folder / "able.dtb"
    subprocess.run(["dtc", "-q", "-O", "dtb", "-o", able, "-"], check=True,
                   text=True, input=source.replace(
                       r"\0sstc\0", r"\0ssaia\0sstc\0").replace(
                       "_sstc_", "_ssaia_sstc_"))
    result = check(folder, "--dtb", able, "aia.toml")
    assert (result.returncode, result.stderr) == (0, ""), result.stderr


@pytest.mark.parametrize("old, new, parts", RISCV_BAD)
def test_riscv64_errors(folder, rv_dtb, old, new, parts):
    text = (VMS / "riscv64/linux.toml").read_text()
    if "0x0d00_0000" in new:
        text = text.replace("0x7, 1],", "0x7, 1],\n[0x0d10_0000, 0x1000, 0x7, 0],")
    assert old in text
    (folder / "bad.toml").write_text(text.replace(old, new))
    result = check(folder, "--dtb", rv_dtb, "bad.toml")
    assert result.returncode == 1, result.stderr
    lines = [x for x in result.stderr.splitlines() if ": error: " in x]
    assert any(
        all(part in line for part in ["bad.toml", *parts]) for line in lines
    ), result.stderr


def test_one_device_for_two(folder, rv_dtb):
    """By path and path, by path and address, by "/" and path."""
    text = (VMS / "riscv64/linux.toml").read_text()
    other = (VMS / "riscv64/arceos.toml").read_text()
    (folder / "a.toml").write_text(text)
    for devices, verdict in (
            ('["/soc/virtio_mmio@10008000"]',
             r'error: .*"/soc/virtio_mmio@10008000" is already given to a\.toml'),
            ('["d", 0x1000_8000, 0x1000_8000, 0x1000, 0]',
             r"error: .*overlap.*a device belongs to one VM"),
            ('["d", 0x2000_0000, 0x2000_0000, 0x1000, 8]',
             r'warning: .*interrupt 8 is "/soc/virtio_mmio@10008000"'),
            ('["/"]', r'warning: .*"/soc/virtio_mmio@10008000" is cut out of')):
        (folder / "b.toml").write_text(other.replace(
            "passthrough_devices = []", f"passthrough_devices = [{devices}]"))
        result = check(folder, "--dtb", rv_dtb, "a.toml", "b.toml")
        assert result.returncode == ("error" in verdict), result.stderr
        assert re.search(rf"(?m)^[ab]\.toml: {verdict}", result.stderr), result.stderr


def kernel(magic):
    """The first bytes of a kernel, as far as they tell what it is."""
    return b"MZ".ljust(56, b"\0") + magic + b"\0" * 0x1000


@pytest.mark.parametrize("file, magic, board, names", [
    ("riscv64/linux.toml", b"ARM\x64", "rv", ["arm64", "riscv64"]),
    ("identical-all.toml", b"RSC\x05", "arm", ["riscv64", "arm64"]),
])
def test_kernel_of_another_machine(folder, dtb, rv_dtb, file, magic, board,
                                   names):
    tree = rv_dtb if board == "rv" else dtb
    (folder / "a.toml").write_text((VMS / file).read_text())
    assert check(folder, "--dtb", tree, "a.toml").returncode == 0
    (folder / "kernel.bin").write_bytes(kernel(magic))
    result = check(folder, "--dtb", tree, "a.toml")
    assert result.returncode == 1
    assert re.search(
        rf'a\.toml: error: kernel\.kernel_path: "kernel\.bin" is a kernel for '
        rf"{names[0]}, and the board is {names[1]}", result.stderr
    ), result.stderr


def test_what_masters_the_bus(folder, dtb, rv_dtb):
    """One line for each entry of the file; none where RAM is identical."""
    rv = (VMS / "riscv64/linux.toml").read_text()
    rv_moved = rv.replace("0x7, 1]", "0x7, 0]")
    arm_moved = GOOD
    arm = GOOD.replace("0x7, 0]", "0x7, 1]")
    for tree, good, moved, first in (
            (rv_dtb, rv, rv_moved, "/soc/virtio_mmio@10008000"),
            (dtb, arm, arm_moved, r'/\S+" and \d+ more')):
        (folder / "a.toml").write_text(good)
        result = check(folder, "--dtb", tree, "a.toml")
        assert result.returncode == 0, result.stderr
        assert "by host addresses" not in result.stderr
        (folder / "a.toml").write_text(moved)
        result = check(folder, "--dtb", tree, "a.toml")
        assert result.returncode == 0, result.stderr
        assert re.search(
            rf'a\.toml: warning: devices\.passthrough_devices\[\d\]: "{first}.*'
            r"by host addresses.*memory_regions\[0\]", result.stderr
        ), result.stderr


GOOD = (VMS / "identical-all.toml").read_text().replace(
    "[0x6000_0000, 0x0400_0000, 0x7, 1]", "[0x6000_0000, 0x0400_0000, 0x7, 0]"
).replace("dtb_load_addr = 0x6000_0000", "dtb_load_addr = 0x6100_0000")

REGION = "[0x6000_0000, 0x0400_0000, 0x7, 0]"
FAR = "[0x7000_0000, 0x1000, 0x7, 0]"


@pytest.mark.parametrize("regions, note", [
    (REGION, ""),
    (REGION[:-2] + "1]", " (moves with the first region)"),
    (f"{FAR}, {REGION[:-2]}1]", " (moves with its region)"),
    # another region lies over the identical one's written place
    (f"{FAR}, {REGION[:-2]}1], {REGION}", ""),
])
def test_entry_says_whether_it_moves(folder, regions, note):
    (folder / "a.toml").write_text(GOOD.replace(REGION, regions))
    result = check(folder, "a.toml")
    assert result.returncode == 0, result.stderr
    assert f"entry 0x60200000{note}\n" in result.stdout


# what is replaced, by what, and what the error's one line must name
BAD = [
    ("cpu_num = 1", "cpus = 1", ["bad.toml:6", "base.cpus", "unknown"]),
    ("cpu_num = 1", 'cpu_num = "one"', ["bad.toml:6", "base.cpu_num", '"one"']),
    ("cpu_num = 1", "cpu_num = 3", ["base.phys_cpu_ids", "cpu_num = 3"]),
    ("id = 1", "id = ", ["bad.toml:3", "value"]),
    ('"kernel.bin"', '"nowhere.bin"', ["kernel.kernel_path", '"nowhere.bin"']),
    ("0x0400_0000, 0x7", "0x0020_8000, 0x7", ["kernel.kernel_path", "0x8000"]),
    ("0x0400_0000, 0x7", "0x0400_0800, 0x7", ["memory_regions[0]", "misaligned"]),
    ("entry_point = 0x6020_0000", "entry_point = 0x10",
     ["kernel.entry_point", "0x10", "outside"]),
    ("dtb_load_addr = 0x6100_0000", "dtb_load_addr = 0x6020_1000",
     ["kernel.dtb_load_addr", "0x60201000"]),
    ("phys_cpu_ids = [0]", "phys_cpu_sets = [0x100]",
     ["base.phys_cpu_sets[0]", "0x100"]),
    ("phys_cpu_ids = [0]", "phys_cpu_ids = [0x900]",
     ["base.phys_cpu_ids[0]", "0x900"]),
    ('["/"],', '["/virtio_mmio@a000010"],',
     ["passthrough_devices[0]", "/virtio_mmio@a000010", "meant"]),
    ("emu_devices = []", 'emu_devices = [["u", 0x6000_0000, 0x1000, 0, 2, []]]',
     ['emu_devices[0] "u"', "memory_regions[0]"]),
    ("[0x6000_0000, 0x0400_0000, 0x7, 0]",
     "[0x6000_0000, 0x0400_0000, 0x7, 0], [0x4_0000_0000, 0x1000, 0x7, 2]",
     ["memory_regions[1]", "0x400000000", "RAM"]),
]  # fmt: skip


@pytest.mark.parametrize("old, new, parts", BAD)
def test_errors_name_file_key_and_value(folder, dtb, old, new, parts):
    assert old in GOOD
    (folder / "good.toml").write_text(GOOD)
    assert check(folder, "--dtb", dtb, "good.toml").returncode == 0
    (folder / "bad.toml").write_text(GOOD.replace(old, new))
    result = check(folder, "--dtb", dtb, "bad.toml")
    assert result.returncode == 1
    lines = [x for x in result.stderr.splitlines() if ": error: " in x]
    assert any(
        all(part in line for part in ["bad.toml", *parts]) for line in lines
    ), result.stderr


def test_device_where_the_ram_is(folder, dtb):
    """A device that is named; below "/" it is left out."""
    ram = GOOD.replace(REGION, f"{REGION}, [0x0, 0x0100_0000, 0x7, 0]")
    (folder / "a.toml").write_text(ram)
    assert check(folder, "--dtb", dtb, "a.toml").returncode == 0
    (folder / "a.toml").write_text(ram.replace('["/"],', '["/"], ["/flash@0"],'))
    result = check(folder, "--dtb", dtb, "a.toml")
    assert result.returncode == 1
    assert re.search(
        r'a\.toml: error: devices\.passthrough_devices\[1\] "/flash@0": .* 0x0, '
        r".*memory_regions\[1\]", result.stderr), result.stderr


def test_two_files_with_one_identity(folder):
    (folder / "a.toml").write_text(GOOD)
    (folder / "b.toml").write_text(GOOD)
    result = check(folder, "a.toml", "b.toml")
    assert result.returncode == 1
    assert re.search(r"b\.toml: error: base\.id: 1 .*a\.toml", result.stderr)
    assert re.search(r"b\.toml: error: base\.name: .*a\.toml", result.stderr)


def test_unreadable_file(folder):
    result = check(folder, "absent.toml")
    assert result.returncode == 1
    assert "absent.toml: error: cannot be read" in result.stderr


def test_wrong_use(folder):
    for args in ([], ["--nonsense"], ["--check", "--format", "html"]):
        result = run(folder, *args)
        assert result.returncode == 2
        assert "usage" in result.stderr


def test_fs_embeds_nothing(folder):
    """Its paths are the machine's, whatever this one has under them."""
    text = GOOD.replace('image_location = "memory"', 'image_location = "fs"')
    for path in ("kernel.bin", "/guest/none"):
        (folder / "fs.toml").write_text(text.replace("kernel.bin", path))
        result = check(folder, "fs.toml")
        assert result.returncode == 0
        assert "kernel_path" not in result.stderr
        run(folder, "--out-dir", ".", "fs.toml")
        assert ".incbin" not in (folder / "vm_images.S").read_text()


def test_paths_are_tried_at_root_then_beside_the_file(folder):
    sub = folder / "sub"
    sub.mkdir()
    (sub / "a.toml").write_text(GOOD)
    assert check(folder, "sub/a.toml").returncode == 0
    (sub / "beside.bin").write_bytes(b"x")
    (sub / "a.toml").write_text(GOOD.replace("kernel.bin", "beside.bin"))
    assert check(folder, "sub/a.toml").returncode == 0
    absolute = str(folder / "kernel.bin")
    (sub / "a.toml").write_text(GOOD.replace("kernel.bin", absolute))
    assert check(folder, "sub/a.toml").returncode == 0


def outputs(folder, *files):
    out = folder / "out"
    out.mkdir(exist_ok=True)
    result = run(folder, "--out-dir", out, *files)
    assert result.returncode == 0, result.stderr
    return [(out / x).read_text() for x in ("vm_table.c", "vm_images.S", "vm_table.d")]


def test_outputs(folder):
    table, images, depend = outputs(
        folder, "identical-all.toml", "reserved-board.toml"
    )
    assert images.count(".incbin") == 2  # the kernel is shared
    assert str(folder) not in table
    assert "_Static_assert" in table
    for name in ("identical-all.toml", "kernel.bin", "ramdisk.bin"):
        assert name in depend


def test_outputs_do_not_depend_on_the_folder(folder, tmp_path_factory):
    other = tmp_path_factory.mktemp("elsewhere")
    for file in folder.iterdir():
        if file.is_file():
            (other / file.name).write_bytes(file.read_bytes())
    here = outputs(folder, "reserved-board.toml")
    there = outputs(other, str(other / "reserved-board.toml"))
    assert here[0] == there[0]
    assert here[1].replace(str(folder), "") == there[1].replace(str(other), "")


@pytest.mark.parametrize("other", ["-riscv64", "-aarch64"])
def test_outputs_compile(folder, other):
    """All samples together, but for another architecture's twins."""
    outputs(folder, *sorted(f.name for f in VMS.glob("*.toml")
                            if not f.stem.endswith(other)))
    subprocess.run(
        ["cc", "-std=gnu11", "-Wall", "-Wextra", "-Werror", "-c",
         "-DCONFIG_VM_MAX_VCPUS=8", f"-I{ROOT}/include", "-o", "t.o",
         "out/vm_table.c"],
        cwd=folder, check=True)  # fmt: skip
    subprocess.run(["cc", "-c", "-o", "i.o", "out/vm_images.S"], cwd=folder, check=True)


def test_sched(folder):
    table, _, _ = outputs(folder, "shares-cpu.toml", "reserved-board.toml")
    assert "{8, 5000, 0, 0},\n\t{20, 5000, 2000, 10000}," in table
    assert table.count(".sched = ") == 1
    result = check(folder, "shares-cpu.toml")
    assert ("0 on 0x1 at priority 8 in slices of 5000 us, 1 on 0x2 at priority "
            "20 in slices of 5000 us for 2000 of 10000 us") in result.stdout  # fmt: skip
    result = check(folder, "--format", "json", "shares-cpu.toml", "reserved-board.toml")
    shares, board = json.loads(result.stdout)["vms"]
    assert shares["sched"][1] == {
        "priority": 20, "slice_us": 5000, "budget_us": 2000, "period_us": 10000,
    }  # fmt: skip
    assert shares["sched"][0]["budget_us"] == 0 and board["sched"] is None


def test_policy(folder):
    text = (folder / "reserved-board.toml").read_text()
    (folder / "policy.toml").write_text(text.replace(
        "[base]", '[base]\non_exit = "restart"\nrestart_limit = 2\n'
        'watchdog_s = 9\nsuspend_time = "runs"'))
    table, _, _ = outputs(folder, "policy.toml")
    for member in ("on_exit = 1", "restart_limit = 2", "watchdog_s = 9",
                   "suspend_time = 1"):
        assert f"\t.{member},\n" in table
    for file, wanted in (("policy.toml", ("restart", 2, 9, "runs")),
                         ("reserved-board.toml", ("stop", 5, 0, "stops"))):
        vm, = json.loads(check(folder, "--format", "json", file).stdout)["vms"]
        assert wanted == (vm["on_exit"], vm["restart_limit"],
                          vm["watchdog_s"], vm["suspend_time"])


def test_cards(folder):
    """A disk's image is embedded for the card that shows it, and only then."""
    (folder / "disk.img").write_bytes(b"d" * 0x9000)
    text = GOOD.replace("[kernel]", '[kernel]\ndisk_path = "disk.img"')
    (folder / "card.toml").write_text(text)
    table, images, _ = outputs(folder, "card.toml")
    assert '\t.disk = {.path = "disk.img", .load' in table
    assert "disk.img" not in images
    assert "no card shows it" in check(folder, "card.toml").stderr
    (folder / "card.toml").write_text(text.replace(
        "emu_devices = []",
        'emu_devices = [["sd", 0x0a10_0000, 0x4000, 44, 0x44, []]]'))
    table, images, _ = outputs(folder, "card.toml")
    assert re.search(r'disk.img", .data = vm_image_\d, .size_bytes = 0x9000', table)
    assert "disk.img" in images
    result = check(folder, "card.toml")
    assert 'emulated SD card "sd"  irq 44  content disk.img' in result.stdout
    vm, = json.loads(check(folder, "--format", "json", "card.toml").stdout)["vms"]
    assert vm["images"][-1] == {
        "kind": "disk", "path": "disk.img", "size": 0x9000, "load": None}


def test_no_files_give_an_empty_table(folder):
    table, images, _ = outputs(folder)
    assert "vm_config_count = 0" in table
    assert ".incbin" not in images


def test_errors_write_nothing(folder):
    out = folder / "out"
    out.mkdir()
    (folder / "bad.toml").write_text("x")
    assert run(folder, "--out-dir", out, "bad.toml").returncode == 1
    assert not list(out.iterdir())


def test_json(folder):
    result = check(folder, "--format", "json", "reserved-board.toml", "ports-x86.toml")
    assert result.returncode == 0, result.stderr
    data = json.loads(result.stdout)
    assert data["format"] == 1
    board, ports = data["vms"]
    assert board["name"] == "reserved" and board["phys_cpu_sets"] == [1, 2]
    assert board["memory"][0] == {
        "gpa": 0x48000000, "size": 0x2000000, "flags": 7, "map_type": "reserved",
    }  # fmt: skip
    assert board["images"][0]["size"] == 0x10000
    assert board["emulated"][1]["cfg"] == [2, 0x20000, 0]
    assert ports["passthrough_ports"][0] == {"base": 0x60, "size": 1}


def test_ivc(folder):
    """Permissions reach every output; without a table there is null."""
    result = check(folder, "--format", "json", "ivc.toml", "reserved-board.toml")
    assert result.returncode == 0, result.stderr
    channels, other = json.loads(result.stdout)["vms"]
    assert channels["ivc"] == {
        "publish": [0x10, 0x11], "subscribe": [{"vm": 9, "key": 0x10}],
    }  # fmt: skip
    assert channels["emulated"][0]["kind"] == "IVC channel"
    assert other["ivc"] is None
    text = check(folder, "ivc.toml").stdout
    assert "publishes 0x11" in text and "subscribes to VM 9, 0x10" in text
    picture = check(folder, "--format", "svg", "ivc.toml").stdout
    assert "publishes key 0x10" in picture
    out = folder / "out"
    out.mkdir()
    assert run(folder, "--out-dir", out, "ivc.toml", "reserved-board.toml").returncode == 0
    table = (out / "vm_table.c").read_text()
    assert table.count(".has_ivc = true") == 1
    assert "{0x9, 0x10}" in table
    subprocess.run(
        ["gcc", "-std=gnu11", "-Wall", "-Werror", "-fsyntax-only", f"-I{ROOT}/include",
         "-DCONFIG_VM_MAX_VCPUS=8", out / "vm_table.c"], check=True)


def test_svg(folder):
    result = check(folder, "--format", "svg", "reserved-board.toml", "ports-x86.toml")
    assert result.returncode == 0, result.stderr
    picture = xml.dom.minidom.parseString(result.stdout)
    texts = [t.firstChild.data for t in picture.getElementsByTagName("text")]
    assert any("reserved" in t for t in texts)
    assert any("ports 0x60" in t for t in texts)


@pytest.mark.skipif(not AXVISOR.is_dir(), reason="no AxVisor files here")
@pytest.mark.parametrize("file", sorted(AXVISOR.rglob("*.toml")), ids=str)
def test_axvisor_files_pass(folder, dtb, rv_dtb, file):
    text = re.sub(
        r'(?m)^(\s*\w+_path\s*=\s*).*$', r'\1"kernel.bin"', file.read_text()
    )
    (folder / "given.toml").write_text(text)
    board = []
    if "qemu" in str(file):
        board = (["--dtb", dtb] if "aarch64" in str(file) else
                 ["--dtb", rv_dtb] if "riscv64" in str(file) else [])
    result = check(folder, *board, "given.toml")
    assert result.returncode == 0, result.stderr
    assert ": error: " not in result.stderr
