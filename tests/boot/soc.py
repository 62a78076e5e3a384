# SPDX-License-Identifier: Apache-2.0
"""Rockchip's system part on QEMU's machine: the nodes of it in a tree, and its
registers at their own addresses, in a part of QEMU's RAM that the tree does not
call memory. They keep what is written last, and nothing follows from it: the
test is the hardware.

Numbers: the boards' trees; RK3568 TRM part 1 and RK3588 TRM part 1, "Address
Mapping", "CRU", "PMU".
"""

import dataclasses
import mmap
import struct

from test_board_shapes import A55, RAM, RAM_MIB, RK3568, RK3588
from test_boot import MIB

# Real addresses: RAM below 1 GiB is not there, the SoC has its last 256 MiB.
HOLE = 0xf000_0000, 0x1_0000_0000
BANKS = (0x4020_0000, HOLE[0]), (HOLE[1], 0x1_4000_0000)


@dataclasses.dataclass(frozen=True)
class Soc:
    """One; @gates, @reset: of its network controller."""

    shape: object
    nodes: str
    device: int
    domain: int
    power: tuple  # register, what is written to it
    state: tuple  # register, off, on
    steady: dict  # what hardware says all the time
    gates: dict
    reset: tuple  # register, bit
    watchdog: int


def controllers(soc, cru, cru_size, pmu, pmu_size):
    return f"""
cru: clock-controller@{cru:x} {{ compatible = "rockchip,{soc}-cru";
    reg = <0 {cru:#x} 0 {cru_size:#x}>;
    #clock-cells = <1>; #reset-cells = <1>; }};
power-management@{pmu:x} {{
    compatible = "rockchip,{soc}-pmu", "syscon", "simple-mfd";
    reg = <0 {pmu:#x} 0 {pmu_size:#x}>;
    power: power-controller {{
        compatible = "rockchip,{soc}-power-controller";
        #power-domain-cells = <1>; #address-cells = <1>; #size-cells = <0>;
        power-domain@0 {{ reg = <33>; #power-domain-cells = <0>; }};
        power-domain@1 {{ reg = <15>; #power-domain-cells = <0>; }};
    }};
}};
"""


SOC_3588 = Soc(
    # QEMU is slow with CPUs by the board's numbers: 105 more stay off
    dataclasses.replace(RK3588, cpus=tuple((n, *A55) for n in range(8)),
                        banks=BANKS, reserved=(), kept=(HOLE,)),
    controllers("rk3588", 0xfd7c_0000, 0x5_c000, 0xfd8d_8000, 0x400) + """
ioc: syscon@fd5f0000 { compatible = "rockchip,rk3588-ioc", "syscon";
    reg = <0 0xfd5f0000 0 0x10000>; };
pinctrl { compatible = "rockchip,rk3588-pinctrl"; rockchip,grf = <&ioc>;
    up: up { bias-pull-up; };
    pins: pins { rockchip,pins = <1 13 8 &up>; }; };
ethernet@fe1c0000 { compatible = "rockchip,rk3588-gmac";
    reg = <0 0xfe1c0000 0 0x10000>;
    clocks = <&cru 310>, <&cru 311>, <&cru 345>, <&cru 350>, <&cru 309>;
    power-domains = <&power 33>; pinctrl-names = "default";
    pinctrl-0 = <&pins>; resets = <&cru 292>; };
watchdog@feaf0000 { compatible = "rockchip,rk3588-wdt", "snps,dw-wdt";
    reg = <0 0xfeaf0000 0 0x100>; clocks = <&cru 100>, <&cru 99>;
    clock-names = "tclk", "pclk"; };
""",
    device=0xfe1c_0000, domain=33,
    # PMU_PWR_GATE_SFTCON1, 6; its memories are off, then repaired
    power=(0xfd8d_8150, 0x40_0000), state=(0xfd8d_8290, 0, 1 << 21),
    steady={0xfd8d_81f8: 0xffff_ffff},
    # CRU_GATE_CON32, 34, 35; BUS_IOC_GPIO1B_IOMUX_SEL_H, its pull
    gates={0xfd7c_0880: 1 << 27, 0xfd7c_0888: 1 << 27, 0xfd7c_088c: 1 << 22,
           0xfd5f_802c: 0xf0_0080, 0xfd5f_9114: 0xc00_0c00},
    reset=(0xfd7c_0a80, 11), watchdog=0xfeaf_0000)
SOC_3568 = Soc(
    dataclasses.replace(
        RK3568, banks=(BANKS[0], (0x1_3000_0000, BANKS[1][1])), reserved=(),
        kept=((HOLE[0], 0x1_3000_0000),)),
    controllers("rk3568", 0xfdd2_0000, 0x1000, 0xfdd9_0000, 0x1000) + """
ethernet@fe2a0000 { compatible = "rockchip,rk3568-gmac";
    reg = <0 0xfe2a0000 0 0x10000>;
    clocks = <&cru 386>, <&cru 389>, <&cru 184>, <&cru 180>, <&cru 181>;
    power-domains = <&power 15>; resets = <&cru 215>; };
watchdog@fe600000 { compatible = "rockchip,rk3568-wdt", "snps,dw-wdt";
    reg = <0 0xfe600000 0 0x100>; clocks = <&cru 278>, <&cru 277>;
    clock-names = "tclk", "pclk"; };
""",
    device=0xfe2a_0000, domain=15,
    # PMU_PWR_GATE_SFTCON, 8; PMU_PWR_GATE_STS
    power=(0xfdd9_00a0, 0x100_0000), state=(0xfdd9_0098, 1 << 8, 0),
    steady={},
    # CRU_GATE_CON15
    gates={0xfdd2_033c: 1 << 22},
    reset=(0xfdd2_0434, 7), watchdog=0xfe60_0000)


class Registers:
    """QEMU's RAM, by physical addresses."""

    def __init__(self, path, soc):
        with open(path, "wb+") as file:
            file.truncate(RAM_MIB * MIB)
            self.ram = mmap.mmap(file.fileno(), 0)
        for address, value in soc.steady.items():
            self[address] = value
        self[soc.state[0]] = soc.state[1]

    def __getitem__(self, address):
        return struct.unpack_from("<I", self.ram, address - RAM)[0]

    def __setitem__(self, address, value):
        struct.pack_into("<I", self.ram, address - RAM, value)
