# SPDX-License-Identifier: Apache-2.0
"""Guest files against the boards' own trees, with the memory that firmware adds."""

import os
import pathlib
import re
import subprocess

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
TOOL = os.environ.get("TOML2C", str(ROOT / "build/host/toml2c"))
AXVISOR = ROOT.parent / "shared/axvisor-vms"
# the console that the host keeps; AxVisor's files for it
BOARDS = {
    "orangepi-5-plus": ("/serial@feb50000", "0.5/orangepi-5-plus/*.toml"),
    "evm3588": ("/serial@feb50000", "0.5/orangepi-5-plus/*.toml"),
    "roc-rk3568-pc": ("/serial@fe660000", "0.3/*rk3568*.toml"),
    "phytium-pi": ("/soc/uart@2800d000", "0.3/*e2000*.toml"),
}
KEEPS = (r'"(.*)" \((timer|interrupt controller|console)\) '
         r"stays with the host and is cut out")


@pytest.fixture(scope="module", params=BOARDS)
def board(request, tmp_path_factory):
    """A board, its tree as `make` lays it together, its console's path."""
    name = request.param
    config = (ROOT / f"configs/{name}_defconfig").read_text()
    parts = re.search(r'CONFIG_BOARD_DTS="(.*)"', config).group(1).split()
    out = tmp_path_factory.mktemp(name) / "board.dtb"
    subprocess.run([ROOT / "scripts/board-dtb", out, *parts], cwd=ROOT,
                   check=True)
    return name, out, *BOARDS[name]


def check(folder, tree, *files):
    return subprocess.run(
        [TOOL, "--check", "--root", folder, "--dtb", tree, *files],
        cwd=folder, text=True, capture_output=True, check=False)


def with_images(folder, file, name):
    """The file with images that are there."""
    (folder / "kernel.bin").write_bytes(b"k" * 0x10000)
    (folder / name).write_text(
        re.sub(r'(?m)^(\s*\w+_path\s*=\s*)".*$', r'\1"kernel.bin"',
               file.read_text()))
    return name


def change(file, pattern, text):
    """Exactly one place of it."""
    new, count = re.subn(pattern, text, file.read_text())
    assert count == 1, pattern
    file.write_text(new)


def problems(result):
    """Lines that do not say what the host keeps, or how images are embedded."""
    return [line for line in result.stderr.splitlines()
            if not re.search(KEEPS, line) and '"fs"' not in line]


def test_shipped(board, tmp_path):
    name, tree, console, _ = board
    files = [with_images(tmp_path, file, file.name)
             for file in sorted(ROOT.glob(f"vms/*-aarch64-{name}-*.toml"))]
    assert len(files) == 2
    result = check(tmp_path, tree, *files)
    assert result.returncode == 0, result.stderr
    kept = {path for path, _ in re.findall(KEEPS, result.stderr)}
    assert console in kept and len(kept) == 3
    assert not problems(result)


@pytest.mark.skipif(not AXVISOR.is_dir(), reason="no AxVisor files here")
def test_axvisor(board, tmp_path):
    """Each of AxVisor's, as it is and with excluded devices and addresses."""
    _, tree, console, pattern = board
    for file in sorted(AXVISOR.glob(pattern)):
        result = check(tmp_path, tree, with_images(tmp_path, file, "a.toml"))
        assert result.returncode == 0, result.stderr
        assert f'"{console}" (console) stays with the host' in result.stderr
        assert not problems(result)
        text = (tmp_path / "a.toml").read_text()
        text = re.sub(r"(?s)excluded_devices = \[.*?\n\]",
                      f'excluded_devices = [["{console}"]]', text)
        (tmp_path / "a.toml").write_text(text)
        result = check(tmp_path, tree, "a.toml")
        assert result.returncode == 0, result.stderr
        assert "(console) stays with the host" not in result.stderr
        (tmp_path / "a.toml").write_text(
            text.replace(console, "/no/such@device"))
        assert "/no/such@device" in check(tmp_path, tree, "a.toml").stderr


@pytest.mark.skipif(not AXVISOR.is_dir(), reason="no AxVisor files here")
def test_axvisor_together(board, tmp_path):
    """Linux and ArceOS beside each other; a device that both name, an error."""
    name, tree, _, pattern = board
    files = sorted(AXVISOR.glob(pattern))
    if len(files) < 2:
        pytest.skip("there is one file for this board")
    both = [with_images(tmp_path, file, f"{i}.toml")
            for i, file in enumerate(files)]
    for i, each in enumerate(both):
        change(tmp_path / each, r"(?m)^id = .*$", f"id = {i + 1}")
    result = check(tmp_path, tree, *both)
    assert result.returncode == 0, result.stderr
    assert "which asks for all as well" in result.stderr
    device = {"phytium-pi": "/soc/mmc@28001000"}.get(name, "/mmc@fe2c0000")
    for each in both:
        change(tmp_path / each, r"(?s)passthrough_devices = \[.*?\n\]",
               f'passthrough_devices = [["{device}"]]')
    result = check(tmp_path, tree, *both)
    assert result.returncode == 1
    assert f'"{device}"' in result.stderr and "one VM" in result.stderr
