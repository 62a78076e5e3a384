# SPDX-License-Identifier: Apache-2.0
"""scripts/sdimage: what is on the card, read back."""

import pathlib
import subprocess

import pytest

ROOT = pathlib.Path(__file__).parents[2]
SECTOR = 512
FDTFILE = "rockchip/rk3588-orangepi-5-plus.dtb"


@pytest.fixture
def files(tmp_path):
    """One of each, none like another."""
    for number, (name, size) in enumerate({
            "Image": 3 << 20, "board.dtb": 70000, "idbloader.img": 200000,
            "u-boot.itb": 1 << 20, "u-boot-rockchip.bin": 9 << 20}.items()):
        (tmp_path / name).write_bytes(bytes([number + 1]) * size)
    return tmp_path


def sdimage(files, *options):
    return subprocess.run(
        [ROOT / "scripts/sdimage", files / "Image", files / "sd.img", *options],
        text=True, capture_output=True, check=False)


def made(files, *options):
    result = sdimage(files, *options)
    assert result.returncode == 0, result.stderr
    return (files / "sd.img").read_bytes()


def on_card(files, path, first_mib):
    return subprocess.run(
        ["mtype", "-i", f"{files}/sd.img@@{first_mib}M", f"::{path}"],
        capture_output=True, check=True).stdout


def test_plain(files):
    disk = made(files)
    assert disk[510:512] == b"\x55\xaa"
    start = int.from_bytes(disk[454:458], "little")
    assert disk[446] == 0x80 and disk[450] == 0x0c and start == 2048
    assert on_card(files, "/Image", 1) == (files / "Image").read_bytes()
    assert b"LINUX /Image" in on_card(files, "/extlinux/extlinux.conf", 1)
    assert b"FDT" not in on_card(files, "/extlinux/extlinux.conf", 1)
    assert b"booti ${kernel_addr_r}" in on_card(files, "/boot.scr", 1)
    assert made(files) == disk  # the same bytes


@pytest.mark.parametrize("loaders", [
    [("--idbloader", "idbloader.img", 64), ("--uboot", "u-boot.itb", 16384)],
    [("--loader", "u-boot-rockchip.bin", 64)],
    [],
], ids=["two", "one", "none"])
def test_rockchip(files, loaders):
    options = [word for option, name, _ in loaders
               for word in (option, files / name)]
    disk = made(files, "--rockchip", "--dtb",
                f"{FDTFILE}={files / 'board.dtb'}", *options)
    assert int.from_bytes(disk[454:458], "little") == 32768
    for _, name, sector in loaders:
        loader = (files / name).read_bytes()
        assert disk[sector * SECTOR:][:len(loader)] == loader
    # the partition table is whole, and the space behind it as it should be
    assert disk[510:512] == b"\x55\xaa"
    assert not any(disk[SECTOR:64 * SECTOR])
    assert on_card(files, "/Image", 16) == (files / "Image").read_bytes()
    assert on_card(files, f"/dtb/{FDTFILE}", 16) == \
        (files / "board.dtb").read_bytes()
    assert b"FDTDIR /dtb" in on_card(files, "/extlinux/extlinux.conf", 16)


@pytest.mark.parametrize("options, says", [
    (["--idbloader", "idbloader.img"], "CONFIG_SD_ROCKCHIP"),
    (["--rockchip", "--uboot", "u-boot.itb"], "needs idbloader.img"),
    (["--rockchip", "--idbloader", "missing.img"], "no file"),
    (["--rockchip", "--idbloader", "u-boot-rockchip.bin",
      "--uboot", "u-boot.itb"], "does not fit between sectors 64 and 16384"),
    (["--dtb", "x.dtb=missing.dtb"], "no file"),
    (["--what"], "no option --what"),
])
def test_refused(files, options, says):
    words = [str(files / o) if o.endswith((".img", ".itb", ".bin")) else o
             for o in options]
    result = sdimage(files, *words)
    assert result.returncode == 1
    assert says in result.stderr
    assert not (files / "sd.img").exists()
