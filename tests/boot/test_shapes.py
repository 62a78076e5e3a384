# SPDX-License-Identifier: Apache-2.0
"""Guest files as AxVisor's users write them boot Linux."""

import re

import pytest
from machine import Board, needs_linux

pytestmark = needs_linux

AXVISOR_LINUX = """\
# Linux as AxVisor's users write it for QEMU.
[base]
id = 1
name = "linux-qemu"
vm_type = 1
cpu_num = 1
phys_cpu_ids = [0]
[kernel]
entry_point = 0x8020_0000
image_location = "memory"
kernel_path = "images/linux-aarch64.Image"
kernel_load_addr = 0x8020_0000
ramdisk_path = "images/initramfs-aarch64.cpio.gz"
ramdisk_load_addr = 0x8a00_0000
dtb_load_addr = 0x8000_0000
cmdline = "console=ttyAMA0"
memory_regions = [
  [0x8000_0000, 0x1000_0000, 0x7, {map_type}],
]
[devices]
passthrough_devices = [["/"],]
passthrough_addresses = []
excluded_devices = [["/pcie@10000000"],]
emu_devices = []
interrupt_mode = "{mode}"
"""


@pytest.mark.parametrize("map_type,mode", [
    (1, "passthrough"), (1, "emulated"), (0, "passthrough")])
def test_axvisor_shapes(builder, boot, tmp_path, map_type, mode):
    """Identical memory, everything passed through, both interrupt modes."""
    text = AXVISOR_LINUX.format(map_type=map_type, mode=mode)
    if map_type == 1:
        # an identical region moves; the ramdisk's address is found, not given
        text = re.sub(r"ramdisk_load_addr.*\n", "", text)
    toml = tmp_path / "linux-aarch64-qemu-smp1.toml"
    toml.write_text(text)
    console = boot(Board(mem="2G"), "-kernel", builder.image(toml))
    console.to_linux()
    assert console.linux("nproc").strip() == "1"
    assert "virtio_mmio" in console.linux("ls /sys/bus/platform/devices") or \
        "virtio" in console.linux("ls /proc/device-tree")
