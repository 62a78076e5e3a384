# SPDX-License-Identifier: Apache-2.0
"""Guests whose images are files on a disk."""

import gzip
import json
import os
import re
import shutil
import subprocess

import pytest

from machine import ROOT, full, needs_linux

MIB = 1 << 20
FS_KERNEL = 'image_location = "fs"\n'


def image(name):
    return os.path.join(ROOT, "images", name)


def pack(path, kind):
    """A kernel as its users pack it; the new file's name."""
    packed = f"{path}.{kind}"
    if kind == "gz":
        with open(path, "rb") as raw, gzip.open(packed, "wb", 1) as out:
            shutil.copyfileobj(raw, out)
    elif kind == "zst":
        subprocess.run(["zstd", "-q", "-f", "-3", path, "-o", packed],
                       check=True)
    else:
        old = ["-l"] if kind == "lz4l" else []
        subprocess.run(["lz4", "-q", "-f", *old, path, packed], check=True)
    return packed


def make_disk(path, files, kind="fat", mib=96):
    """One file system without partitions: {path there: path here, or text}."""
    folder = path.parent / (path.name + ".d")
    shutil.rmtree(folder, ignore_errors=True)
    for name, what in files.items():
        to = folder / name.lstrip("/")
        to.parent.mkdir(parents=True, exist_ok=True)
        if isinstance(what, bytes):
            to.write_bytes(what)
        elif "\n" in str(what):
            to.write_text(what)
        else:
            os.symlink(what, to)
    with open(path, "wb") as disk:
        disk.truncate(mib * MIB)
    if kind == "fat":
        subprocess.run(["mkfs.vfat", "-F", "32", path], check=True,
                       stdout=subprocess.DEVNULL)
        for top in os.listdir(folder):
            subprocess.run(["mcopy", "-s", "-i", path, folder / top, "::/"],
                           check=True)
    else:
        real = path.parent / (path.name + ".real")
        shutil.copytree(folder, real, dirs_exist_ok=True)
        subprocess.run(["mkfs.ext4", "-q", "-d", real, path], check=True)
        shutil.rmtree(real)
    return path


def drive(path):
    return ["-drive", f"if=none,file={path},format=raw,id=d0",
            "-device", "virtio-blk-device,drive=d0"]


def linux_toml(board, kernel, ident=1, name="linux", extra=""):
    """Linux from files of the disk."""
    text = board.linux_kernel()
    text = re.sub(r"image_location = .*\n", FS_KERNEL, text)
    text = re.sub(r"kernel_path = .*", f'kernel_path = "{kernel}"', text)
    text = re.sub(r"ramdisk_path = .*", 'ramdisk_path = "/boot/initrd"', text)
    return (f'[base]\nid = {ident}\nname = "{name}"\nvm_type = 2\ncpu_num = 1\n'
            f"{text}{extra}\n[devices]\nemu_devices = [\n{board.chips()}]\n"
            'interrupt_mode = "emulated"\n')


def bare_toml(board, guest="/guest/idle.bin", ident=1, name="idle"):
    """A bare-metal guest from a file."""
    text = re.sub(r"image_location = .*\n", FS_KERNEL, board.kernel("idle"))
    text = re.sub(r"kernel_path = .*", f'kernel_path = "{guest}"', text)
    return (f'[base]\nid = {ident}\nname = "{name}"\nvm_type = 1\ncpu_num = 1\n'
            f"{text}memory_regions = [[{board.ram:#x}, 0x40_0000, 0x7, 0]]\n"
            f"[devices]\nemu_devices = [\n{board.chips()}]\n"
            'interrupt_mode = "emulated"\n')


def linux_files(arch, kernel):
    return {"/boot/kernel": kernel,
            "/boot/initrd": image(f"initramfs-{arch}.cpio.gz")}


@needs_linux
@pytest.mark.parametrize("kind,pack_as", [
    ("fat", None), ("ext4", "gz"), ("ext4", "zst"),
    *(pytest.param(kind, pack_as, marks=full) for kind, pack_as in [
        ("ext4", None), ("fat", "lz4"), ("fat", "lz4l")])])
def test_linux_from_disk(arch, boot, tmp_path, kind, pack_as):
    """A plain or packed kernel, its ramdisk, from FAT and ext4."""
    kernel = tmp_path / "Image"
    os.symlink(image(f"linux-{arch}.Image"), kernel)
    disk = make_disk(tmp_path / "disk.img", linux_files(
        arch, pack(kernel, pack_as) if pack_as else kernel), kind)
    toml = tmp_path / "linux.toml"
    toml.write_text(linux_toml(arch.board, "/boot/kernel"))
    console = boot(arch.board(), "-kernel", arch.image(toml), *drive(disk))
    console.expect("linux: started")
    console.switch_to("linux")
    console.to_linux()
    assert "Linux" in console.linux("uname -a")


def test_elf_from_disk(arch, boot, tmp_path):
    """Its segment goes where the file says, and it starts where it says."""
    elf = tmp_path / "idle.elf"
    subprocess.run([arch.name + "-linux-gnu-ld", "-b", "binary",
                    f"-Tdata={arch.board.entry:#x}", "-e",
                    hex(arch.board.entry), "-o", elf,
                    image(f"idle-{arch}.bin")], check=True)
    disk = make_disk(tmp_path / "disk.img", {"/guest/idle.elf": elf})
    toml = tmp_path / "idle.toml"
    toml.write_text(re.sub(r"(entry_point|kernel_load_addr) = .*",
                           rf"\1 = {arch.board.ram + 0x1000:#x}",
                           bare_toml(arch.board, "/guest/idle.elf")))
    console = boot(arch.board(), "-kernel", arch.image(toml), *drive(disk))
    console.expect("idle guest: asleep")


def booted(arch, boot, image_file, disk, until=r"cvisor:\S*\$ "):
    """At the shell, when the log has said that boot is done."""
    console = boot(arch.board(), "-kernel", image_file, *drive(disk))
    console.expect(until)
    if "cvisor" not in until:
        console.to_shell()
    return console


def test_default_files_replace_the_images_vms(arch, boot, tmp_path):
    """By their names; a bad one says where, and the others start."""
    board = arch.board
    good = bare_toml(board, name="first")
    second = bare_toml(board, ident=2, name="second")
    disk = make_disk(tmp_path / "disk.img", {
        "/guest/idle.bin": image(f"idle-{arch}.bin"),
        "/guest/vm_default/a.toml": good,
        "/guest/vm_default/b.toml": good.replace("cpu_num = 1",
                                                 "cpu_num = 1\ncpu_nun = 1"),
        "/guest/vm_default/c.toml": second,
        # the number of the first, which is there already
        "/guest/vm_default/d.toml": bare_toml(board, name="third"),
        "/guest/vm_default/e.toml": bare_toml(board, "/guest/none", 5, "fifth"),
        "/guest/vm_default/notes.txt": "no guest\n file",
    })
    embedded = tmp_path / "embedded.toml"
    embedded.write_text(bare_toml(board, name="embedded"))
    console = booted(arch, boot, arch.image(embedded), disk,
                     until="e.toml: is refused")
    log = (tmp_path / "console0.log").read_text("utf-8")
    vms = json.loads(console.shell("vm list --format json").strip())
    names = re.findall(r'"name": ?"(\w+)"', json.dumps(vms))
    assert names == ["first", "second"], vms
    assert re.search(r"b\.toml:6: error: base\.cpu_nun: unknown key", log)
    assert re.search(r"d\.toml: error: base\.id: 1 is already", log)
    assert re.search(r"fifth: kernel\.kernel_path: /guest/none: no such file, "
                     r"error -2", log)
    # and by hand, with all memory back
    before = console.shell("mem")
    assert "error" not in console.shell("vm stop first")
    console.shell("vm delete first")
    console.shell("vm create /guest/vm_default/a.toml")
    assert "Loaded" in console.shell("vm show first")
    console.shell("vm start first")
    assert "Running" in console.shell("vm show first")
    console.shell("vm stop first")
    console.shell("vm delete first")
    for _ in range(3):
        console.shell("vm create /guest/vm_default/a.toml")
        once = console.shell("mem")
        console.shell("vm delete first")
    console.shell("vm create /guest/vm_default/a.toml")
    assert console.shell("mem") == once
    assert before
    assert "no such file" in console.shell("vm create /none.toml")


def test_what_a_restart_takes(arch, boot, tmp_path):
    """The files as they are at that time; without one the VM has failed."""
    disk = make_disk(tmp_path / "disk.img", {
        "/guest/idle.bin": image(f"idle-{arch}.bin"),
        "/guest/vm_default/a.toml": bare_toml(arch.board)})
    console = booted(arch, boot, arch.image(), disk, until="idle: started")
    assert "Running" in console.shell("vm show idle")
    assert "rror" not in console.shell("mv /guest/idle.bin /guest/saved.bin")
    said = console.shell("vm restart idle")
    assert "idle: kernel.kernel_path: /guest/idle.bin: no such file, " \
        "error -2" in said
    assert "Failed" in console.shell("vm show idle")
    console.shell("cp /guest/saved.bin /guest/idle.bin")
    console.shell("vm start idle")
    assert "Running" in console.shell("vm show idle")


def test_disk_fails_in_the_middle(arch, boot, tmp_path):
    """The VM is refused by a line that says all; the host goes on."""
    board = arch.board
    big = tmp_path / "big.bin"
    big.write_bytes(os.urandom(8 * MIB))
    disk = make_disk(tmp_path / "disk.img", {
        "/guest/big.bin": big,
        "/vm.toml": bare_toml(board, "/guest/big.bin", name="big")
        .replace("0x40_0000, 0x7", "0x100_0000, 0x7")}, "ext4", 32)
    data = disk.read_bytes()
    at = data.find(big.read_bytes()[5 * MIB:5 * MIB + 64]) // 512
    assert at > 0
    fault = {"event": "read_aio", "errno": 5, "sector": at, "once": False}
    console = boot(board(), "-kernel", arch.image(), "-blockdev", json.dumps({
        "driver": "raw", "node-name": "d0", "file": {
            "driver": "blkdebug", "inject-error": [fault],
            "image": {"driver": "file", "filename": str(disk)}}}),
        "-device", "virtio-blk-device,drive=d0")
    console.expect(r"cvisor:\S*\$ ")
    console.shell("vm create /vm.toml")
    said = console.shell("vm start big")
    assert re.search(r"big: kernel\.kernel_path: /guest/big\.bin: the disk "
                     r"failed, error -5", said)
    assert "Failed" in console.shell("vm show big")
    console.shell("vm delete big")
    assert "vda" in console.shell("disk list")


SUITE = os.path.join(ROOT, "tests/vms/suite")


def test_the_same_findings_as_toml2c(arch, boot, tmp_path):
    """One suite of good and bad guest files, by the build and at run time."""
    if arch.name != "aarch64":
        pytest.skip("the suite's guests are for aarch64")
    names = sorted(os.listdir(SUITE))
    disk = make_disk(tmp_path / "disk.img", {
        "/guest/idle.bin": image("idle-aarch64.bin"),
        **{f"/s/{name}": os.path.join(SUITE, name) for name in names}})
    console = booted(arch, boot, arch.image(), disk)
    tree = tmp_path / "host.dtb"
    subprocess.run(
        ["qemu-system-aarch64", "-M",
         f"virt,virtualization=on,gic-version=3,dumpdtb={tree}", "-cpu",
         "cortex-a57", "-smp", "2", "-m", "1G", "-display", "none",
         "-nic", "none"],
        check=True, stderr=subprocess.DEVNULL)
    bad = 0
    for name in names:
        done = subprocess.run(
            [os.path.join(arch.builder.build, "host/toml2c"), "--check",
             "--dtb", tree, "--root", SUITE, os.path.join(SUITE, name)],
            stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True,
            check=False)
        wanted = [line for line in done.stderr.splitlines()
                  if re.match(rf"{re.escape(name)}[:0-9]*: (error|warning)",
                              line)]
        said = console.shell(f"vm create /s/{name}")
        # lines longer than the log's go on in the next one
        said = re.sub(r"\n[^\n]*?guests: \.\.\.", "", said)
        found = [line[line.index("/s/") + 3:] for line in said.splitlines()
                 if re.search(r"/s/\S+ (error|warning): ", line)]
        assert found == wanted, name
        created = "cannot be created" not in said
        assert created == (done.returncode == 0), (name, said)
        bad += not created
        if created:
            ident = re.search(r'name = "(\w+)"', open(
                os.path.join(SUITE, name), encoding="utf-8").read()).group(1)
            console.shell(f"vm delete {ident}")
    assert 0 < bad < len(names)
