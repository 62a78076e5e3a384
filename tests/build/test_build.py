# SPDX-License-Identifier: Apache-2.0
"""The build: exact, reproducible, and clear about what is wrong."""

import hashlib
import json
import os
import pathlib
import re
import shutil
import struct
import subprocess

import pexpect
import pytest

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(
    os.path.abspath(__file__))))
IDLE = "vms/idle-aarch64-qemu-smp1.toml"
IMAGE = "images/idle-aarch64.bin"
JOBS = f"-j{os.cpu_count()}"
# Under "make check" the outer make's O= and jobs are not these builds'.
ENVIRONMENT = {name: value for name, value in os.environ.items()
               if name not in ("MAKEFLAGS", "MFLAGS", "MAKELEVEL",
                               "MAKEOVERRIDES", "O", "VMS", "V")}


def run(*arguments, cwd=ROOT, fails=False):
    done = subprocess.run(["make", *map(str, arguments)], cwd=cwd, text=True,
                          env=ENVIRONMENT, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, check=False)
    assert (done.returncode != 0) == fails, done.stdout[-3000:]
    return done.stdout


def steps(text):
    """What was made: (tag, target) of each line the build printed."""
    return re.findall(r"(?m)^  ([A-Z0-9]+) +(\S+)$", text)


@pytest.fixture(scope="module")
def tree(tmp_path_factory):
    """A copy of the project of its own: what is touched here is nobody's."""
    copy = tmp_path_factory.mktemp("tree") / "a"
    names = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, check=True,
                           stdout=subprocess.PIPE, text=True).stdout
    for name in filter(None, names.split("\0")):
        if os.path.exists(os.path.join(ROOT, name)):
            (copy / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(os.path.join(ROOT, name), copy / name)
    os.symlink(os.path.join(ROOT, "third_party"), copy / "third_party")
    (copy / "images").mkdir()
    run("qemu-aarch64_defconfig", cwd=copy)
    run(JOBS, f"VMS={IDLE}", cwd=copy)
    return copy


def build(tree, *arguments):
    return run(f"VMS={IDLE}", *arguments, cwd=tree)


def touched(tree, path):
    """The objects that a changed file makes anew."""
    file = tree / path
    file.write_text(file.read_text() + "\n")
    return {t for tag, t in steps(build(tree, JOBS)) if tag in ("CC", "AS")}


def test_no_change_no_work(tree):
    assert not steps(build(tree))


def users(tree, header):
    """Objects whose recorded inputs name a header."""
    found = set()
    for folder, _, files in os.walk(tree / "build"):
        for name in files:
            if name.endswith(".o.dep") and "/host" not in folder:
                with open(os.path.join(folder, name), encoding="utf-8") as dep:
                    if re.search(rf"\s{re.escape(header)}\b", dep.read()):
                        found.add(os.path.relpath(os.path.join(
                            folder, name[1:-len(".dep")]), tree / "build"))
    return found


def test_header_makes_its_users(tree):
    header = "include/mm/heap.h"
    expected = users(tree, header)
    everything = users(tree, "")
    assert 2 < len(expected) < len(everything)
    made = touched(tree, header)
    # toml2c includes it as well, and what a new toml2c writes is made anew
    assert {o for o in made if not o.startswith("generated/")} == expected


def test_source_makes_its_object(tree):
    assert touched(tree, "mm/heap.c") - {"generated/symbols.o"} == {
        "mm/heap.o"}
    assert not steps(build(tree))


def test_option_makes_its_users(tree):
    config = tree / "build/.config"
    old = config.read_text()
    new, count = re.subn(r"CONFIG_PANIC_REBOOT_S=\d+",
                         "CONFIG_PANIC_REBOOT_S=7", old)
    assert count == 1
    try:
        config.write_text(new)
        made = {t for tag, t in steps(build(tree, JOBS)) if tag == "CC"}
        assert "core/panic.o" in made
        assert len(made) <= 3, made
    finally:
        config.write_text(old)
        build(tree, JOBS)


def test_guest_file_and_image(tree):
    """A TOML, or a guest's image: the table and the link, no source."""
    for path in (IDLE, IMAGE):
        with open(tree / path, "ab") as file:
            file.write(b"\n")
        made = steps(build(tree, JOBS))
        assert made
        objects = {t for tag, t in made if tag in ("CC", "AS")}
        assert objects and all(o.startswith("generated/") for o in objects)
        assert ("OBJCOPY", "Image") in made
        assert not steps(build(tree))


GIVEN = """
[base]
id = 1
name = "given"
cpu_num = 1
[kernel]
entry_point = 0x4020_0000
kernel_load_addr = 0x4020_0000
kernel_path = "kernel"
image_location = "memory"
dtb_path = "guest.dtb"
dtb_load_addr = 0x4000_0000
ramdisk_path = "ramdisk"
ramdisk_load_addr = 0x4100_0000
memory_regions = [[0x4000_0000, 0x0200_0000, 0x7, 0]]
"""


def test_every_file_of_a_guest(tree, tmp_path):
    """Kernel, tree, ramdisk, and the board's tree: no source is compiled."""
    guest = tmp_path / "guest.toml"
    guest.write_text(GIVEN)
    for name in ("kernel", "ramdisk"):
        (tmp_path / name).write_bytes(b"k" * 1000)
    source = '/dts-v1/; / { model = "%s"; cpus { }; };'
    out = f"O={tmp_path}/out"
    board = tree / "configs/qemu-aarch64.dts"
    kept = board.read_text()

    def make_tree(model):
        subprocess.run(["dtc", "-q", "-O", "dtb", "-o",
                        tmp_path / "guest.dtb"], check=True, text=True,
                       input=source % model)

    def append(path):
        with open(path, "a", encoding="utf-8") as file:
            file.write("\n")

    def made():
        return steps(run(out, JOBS, f"VMS={guest}", cwd=tree))

    make_tree("one")
    run(out, "qemu-aarch64_defconfig", cwd=tree)
    assert made() and not made()
    try:
        for change in (lambda: append(tmp_path / "kernel"),
                       lambda: append(tmp_path / "ramdisk"),
                       lambda: make_tree("two"),
                       lambda: append(board)):
            change()
            again = made()
            assert ("OBJCOPY", "Image") in again
            assert all(t.startswith("generated/") for tag, t in again
                       if tag in ("CC", "AS"))
            assert not made()
    finally:
        board.write_text(kept)


def test_same_bytes_anywhere_any_day(tree):
    """Another folder, other dates, another O=: the same Image and disk."""
    goals = ("all", "sdimage", "fit")
    build(tree, JOBS, *goals)
    other = tree.parent / "b" / "deeper"
    shutil.copytree(tree, other, symlinks=True,
                    ignore=shutil.ignore_patterns("build"))
    for folder, _, files in os.walk(other):
        for name in files:
            if not os.path.islink(os.path.join(folder, name)):
                os.utime(os.path.join(folder, name), (10**9, 10**9))
    out = tree.parent / "elsewhere"
    run(f"O={out}", "qemu-aarch64_defconfig", cwd=other)
    run(f"O={out}", f"VMS={IDLE}", JOBS, *goals, cwd=other)
    for name in ("Image", "System.map", "sd.img", "cvisor.itb"):
        assert (hashlib.sha256((tree / "build" / name).read_bytes()).digest()
                == hashlib.sha256((out / name).read_bytes()).digest()), name
    assert not (other / "build").exists()


def test_image_header(tree):
    """booti's header, Linux Documentation/arch/arm64/booting.rst."""
    image = (tree / "build/Image").read_bytes()
    _, _, offset, size, flags = struct.unpack_from("<IIQQQ", image)
    assert image[56:60] == b"ARM\x64"
    assert offset == 0
    assert flags == 0xa
    symbols = dict(reversed(line.split()[::2]) for line in
                   (tree / "build/System.map").read_text().splitlines())
    assert size == int(symbols["__image_end"], 16) >= len(image)


def test_image_size_and_table(tree):
    text = build(tree)
    assert re.search(r"(?m)^layer +text +rodata +data +bss$", text)
    found = re.search(r"Image: (\d+) bytes, (\d+) without guests", text)
    assert int(found.group(1)) == (tree / "build/Image").stat().st_size
    assert int(found.group(2)) <= 384 * 1024


# Who reaches into the cold part, which is not there until cold_load(): each of
# these calls that before, or has what only cold code hands out.
COLD_DOORS = {
    "drivers/mmc/sdhci_pci.o": {"mmc_attach", *(f"sdhci_{name}" for name in (
        "abort", "command", "has_card", "init", "irq", "is_protected", "reset",
        "set_clock", "set_width"))},
    "shell/main.o": {"fs_start", "shell_run"},
    "virt/image.o": {"fs_discard", "fs_mounted", "fs_open", "fs_path_join",
                     "fs_size"},
    "virt/unpack.o": {"fs_pread", "unpack_lz4", "unpack_zstd"},
    "virt/loader.o": {"vm_vdisks_load"},
    "virt/vm.o": {"vm_file_free", "vm_vdisks_wipe"},
    "virt/vm_devices.o": {"vdisk_destroy"},
    "virt/vm_life.o": {"vm_vdisks_release"},
    "virt/vmm.o": {"vm_files_boot"},
}


def symbols_of(path):
    """(kind, name) of each of an object's symbols."""
    text = subprocess.run(["nm", path], check=True, text=True,
                          stdout=subprocess.PIPE).stdout
    return [tuple(line.split()[-2:]) for line in text.splitlines()]


def test_cold_part_has_few_doors(tree):
    build(tree)
    script = (tree / "build/core/cvisor.lds").read_text()
    cold = set(re.search(r"EXCLUDE_FILE\((.*?)\)", script).group(1).split())
    found = {path: symbols_of(tree / path)
             for layer in ("arch", "lib", "mm", "core", "drivers", "fs",
                           "virt", "shell")
             for path in map(str, (pathlib.Path("build") / file.relative_to(
                 tree / "build") for file in
                 (tree / "build" / layer).rglob("*.o")))}
    assert "build/shell/shell.o" in cold and cold <= set(found)
    theirs = {name for path in cold for kind, name in found[path]
              if kind in "TDRV"}
    reached = {path.removeprefix("build/"): {
        name for kind, name in found[path] if kind == "U" and name in theirs}
        for path in set(found) - cold}
    assert {path: names for path, names in reached.items() if names} \
        == COLD_DOORS


def test_system_map_is_sorted(tree):
    addresses = [int(line.split()[0], 16) for line in
                 (tree / "build/System.map").read_text().splitlines()]
    assert len(addresses) > 500
    assert addresses == sorted(addresses)


def test_disk_reads_back(tree, tmp_path):
    """One bootable FAT partition; the Image inside is the Image."""
    build(tree, "sdimage")
    disk = tree / "build/sd.img"
    table = json.loads(subprocess.run(
        ["/usr/sbin/sfdisk", "--json", disk], check=True, text=True,
        stdout=subprocess.PIPE).stdout)["partitiontable"]
    (part,) = table["partitions"]
    assert table["label"] == "dos" and part["bootable"]
    assert part["start"] == 2048 and part["type"] == "c"
    for name, want in (("Image", (tree / "build/Image").read_bytes()),
                       ("extlinux/extlinux.conf", None)):
        out = tmp_path / os.path.basename(name)
        subprocess.run(["mcopy", "-i", f"{disk}@@1M", f"::{name}", out],
                       check=True)
        assert want is None or out.read_bytes() == want
    assert "LINUX /Image" in (tmp_path / "extlinux.conf").read_text()


def test_fit_hash(tree):
    build(tree, "fit")
    fit = tree / "build/cvisor.itb"

    def prop(name, *options):
        return subprocess.run(
            ["fdtget", *options, fit, "/images/kernel" + name[0], name[1]],
            check=True, stdout=subprocess.PIPE, text=True).stdout

    digest = "".join(f"{int(word, 16):08x}" for word in
                     prop(("/hash-1", "value"), "-tx").split())
    image = (tree / "build/Image").read_bytes()
    assert digest == hashlib.sha256(image).hexdigest()
    assert prop(("", "load"), "-tx") == prop(("", "entry"), "-tx")


def test_verbose_shows_commands(tree):
    os.utime(tree / "mm/heap.c")
    assert re.search(r"aarch64-linux-gnu-gcc .* mm/heap\.c",
                     build(tree, "V=1"))


def test_cross_compile_is_used(tree, tmp_path):
    for tool in ("gcc", "ld", "ar", "nm", "objcopy"):
        os.symlink(f"/usr/bin/aarch64-linux-gnu-{tool}",
                   tmp_path / f"mine-{tool}")
    out = tmp_path / "out"
    run(f"O={out}", "qemu-aarch64_defconfig", cwd=tree)
    text = run(f"O={out}", "V=1", f"CROSS_COMPILE={tmp_path}/mine-",
               "mm/heap.o", cwd=tree)
    assert f"{tmp_path}/mine-gcc " in text
    text = run(f"O={out}", "CROSS_COMPILE=absent-", "mm/heap.o", cwd=tree,
               fails=True)
    assert "absent-gcc does not run" in text


def test_defconfigs_are_minimal(tree, tmp_path):
    """savedefconfig of each board's file gives the file; nothing is new."""
    names = [n for n in os.listdir(tree / "configs")
             if n.endswith("_defconfig")]
    assert names
    for name in names:
        run(f"O={tmp_path}", name, cwd=tree)
        run(f"O={tmp_path}", "savedefconfig", cwd=tree)
        want = [line for line in (tree / "configs" / name).read_text()
                .splitlines() if line.startswith("CONFIG_")]
        assert (tmp_path / "defconfig").read_text().splitlines() == want
        assert "CONFIG_" not in run(f"O={tmp_path}", "listnewconfig",
                                    cwd=tree)


def test_menuconfig_ticks_a_guest(tree, tmp_path):
    """Its help is the file's comment; the tick goes into .config."""
    out = f"O={tmp_path}"
    run(out, "qemu-aarch64_defconfig", cwd=tree)
    menu = pexpect.spawn("make", [out, "menuconfig"], cwd=str(tree),
                         env={**ENVIRONMENT, "TERM": "xterm"}, timeout=120,
                         encoding="utf-8", dimensions=(40, 120))
    menu.expect("Guests")
    menu.send("/")
    menu.expect("Jump to")
    menu.send("VM_IDLE")
    menu.expect(r"idle-aarch64-qemu-smp1")
    menu.send("\r")
    menu.expect(r"idle-aarch64-qemu-smp1[\s\S]*Toggle")
    menu.send("?")
    menu.expect("A guest that sleeps for ever")
    menu.send("q")  # back from the help
    menu.expect("Toggle")
    menu.send(" ")
    menu.send("q")
    menu.expect("Save")
    menu.send("y")
    menu.expect(pexpect.EOF)
    menu.close()
    assert menu.exitstatus == 0
    ticked = (tmp_path / ".config").read_text()
    assert "CONFIG_VM_IDLE_AARCH64_QEMU_SMP1=y" in ticked
    assert "CONFIG_VM_LINUX_AARCH64_QEMU_SMP1=y" in ticked


def test_new_option_is_listed(tree, tmp_path):
    run(f"O={tmp_path}", "qemu-aarch64_defconfig", cwd=tree)
    config = tmp_path / ".config"
    config.write_text(re.sub(r"(?m)^CONFIG_PANIC_REBOOT_S=.*\n", "",
                             config.read_text()))
    assert "CONFIG_PANIC_REBOOT_S=" in run(f"O={tmp_path}", "listnewconfig",
                                           cwd=tree)


def test_vms_from_anywhere(tree, tmp_path):
    mine = tmp_path / "mine.toml"
    text = (tree / IDLE).read_text()
    mine.write_text(text.replace('name = "idle"', 'name = "mine"'))
    assert "mine" in run(f"VMS={mine}", "vmcheck", cwd=tree)
    absent = tmp_path / "absent.toml"
    for goals in ([], ["vmcheck"]):
        text = run(f"VMS={absent}", *goals, cwd=tree, fails=True)
        assert "absent.toml" in text
    mine.write_text(text.replace("cpu_num", "cpu_nam"))
    run(f"VMS={mine}", "vmcheck", cwd=tree, fails=True)


def test_compile_commands(tree):
    build(tree, JOBS, "compile_commands.json")
    commands = json.loads((tree / "build/compile_commands.json").read_text())
    files = {os.path.relpath(os.path.join(c["directory"], c["file"]), tree)
             for c in commands}
    assert {"mm/heap.c", "arch/aarch64/boot.c", "virt/vmm.c"} <= files
    for entry in commands:
        assert os.path.exists(os.path.join(entry["directory"], entry["file"]))


def test_board_not_there(tree):
    assert "qemu-aarch64_defconfig" in run("nosuch_defconfig", cwd=tree,
                                           fails=True)
    assert "run \"make <board>_defconfig\" first" in run(
        f"O={tree.parent}/unconfigured", cwd=tree, fails=True)


LARGEST = {
    "within 1 MiB": (8, 32, 32, 16384, 64),
    "of all": (64, 64, 4096, 65536, 4096),
}


@pytest.mark.parametrize("sizes", LARGEST.values(), ids=LARGEST)
def test_largest_tables(tree, tmp_path, sizes):
    """What one instruction reaches must not depend on the options; and
    without what is optional."""
    run(f"O={tmp_path}", "qemu-aarch64_defconfig", cwd=tree)
    names = ("MAX_CPUS", "TASK_STACK_KIB", "LOG_RING_KIB",
             "CONSOLE_LOG_BYTES", "CONSOLE_SCROLLBACK_KIB")
    with open(tmp_path / ".config", "a", encoding="utf-8") as config:
        for name, size in zip(names, sizes):
            config.write(f"CONFIG_{name}={size}\n")
        wanted = "y" if sizes[0] == 8 else "n"
        config.write(f"CONFIG_TRACE={wanted}\nCONFIG_DEBUG_LOCKS={wanted}\n"
                     f"CONFIG_VDEV_SP805={wanted}\n")
    run(f"O={tmp_path}", "olddefconfig", cwd=tree)
    tiny = "CONFIG_CODE_MODEL_TINY=y" in (tmp_path / ".config").read_text()
    assert tiny == (sizes[0] == 8)
    run(f"O={tmp_path}", JOBS, f"VMS={IDLE}", cwd=tree)


def test_board_tree_already_compiled(tree, tmp_path):
    """A .dtb in place of a .dts, where the .dts was before."""
    config = tree / "build/.config"
    old = config.read_text()
    dtb = tmp_path / "board.dtb"
    shutil.copy(tree / "build/generated/board.dtb", dtb)
    new, count = re.subn(r'CONFIG_BOARD_DTS=".*"',
                         f'CONFIG_BOARD_DTS="{dtb}"', old)
    assert count == 1
    try:
        config.write_text(new)
        made = steps(build(tree, JOBS))
        assert "generated/vm_table.c" in {t for _, t in made}
        assert "DTC" not in {tag for tag, _ in made}
        assert not steps(build(tree))
    finally:
        config.write_text(old)
        build(tree, JOBS)


def test_mrproper_leaves_nothing(tree, tmp_path):
    out = tmp_path / "out"
    run(f"O={out}", "qemu-aarch64_defconfig", cwd=tree)
    run(f"O={out}", f"VMS={IDLE}", JOBS, "all", "fit", "sdimage",
        "compile_commands.json", "vmcheck", cwd=tree)
    # what the other goals leave, and guests built anew
    (tree / IMAGE).unlink()
    run(f"O={out}", f"VMS={IDLE}", cwd=tree)
    for name in ("fuzz/toml", "boot/log", "check-build/a", "lint/flags",
                 "unit/log", "bench.json", "flags"):
        (out / name).parent.mkdir(exist_ok=True)
        (out / name).touch()
    run(f"O={out}", "savedefconfig", "mrproper", cwd=tree)
    left = [os.path.join(f, n) for f, _, names in os.walk(out) for n in names]
    assert not left
    assert not out.exists()
