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
        power-domain@2 {{ reg = <21>; power-domains = <&power 22>;
            power-domain@3 {{ reg = <22>; power-domains = <&power 21>;
                power-domain@4 {{ reg = <21>; }}; }}; }};
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


# A tree of bad ideas: devices of a guest, what the host says of each
BAD_AT, BAD_SIZE = 0xf800_0000, 0x10_0000
PARTS = """
self: clk-self { compatible = "fixed-factor-clock"; #clock-cells = <0>;
    clocks = <&self>; clock-div = <1>; clock-mult = <1>; };
one: clk-one { compatible = "fixed-factor-clock"; #clock-cells = <0>;
    clocks = <&two>; clock-div = <1>; clock-mult = <0xffffffff>; };
two: clk-two { compatible = "fixed-factor-clock"; #clock-cells = <0>;
    clocks = <&one>; clock-div = <0>; clock-mult = <1>; };
never: clk-never { compatible = "fixed-clock"; #clock-cells = <0>;
    clock-frequency = <0>; };
fast: clk-fast { compatible = "fixed-clock"; #clock-cells = <0>;
    clock-frequency = <0xffffffff>; };
faster: clk-faster { compatible = "fixed-factor-clock"; #clock-cells = <0>;
    clocks = <&fast>; clock-div = <1>; clock-mult = <0xffffffff>; };
pair: clk-pair { compatible = "fixed-clock"; #clock-cells = <2>;
    clock-frequency = <1>; };
huge: clk-huge { compatible = "fixed-clock"; #clock-cells = <0x100000>; };
plain: clk-plain { compatible = "fixed-clock"; };
short: clock-controller@f7000000 { compatible = "rockchip,rk3588-cru";
    reg = <0 0xf7000000 0 0x1000>; #clock-cells = <1>; #reset-cells = <1>; };
power-management@f7100000 { reg = <0 0xf7100000 0 0x400>;
    other: power-controller { compatible = "rockchip,rk3588-power-controller";
        #power-domain-cells = <1>; #address-cells = <1>; #size-cells = <0>;
        power-domains = <&other 8>;
        power-domain@8 { reg = <8>; power-domains = <&power 34>; }; }; };
"""
LOST = r"clock 0: error -\d+, left as it is"
UNDONE = r"assigned-clocks, 0: cannot be done"
BAD_CLOCKS = {
    "self": ("clocks = <&self>;", LOST),
    "each-other": ("clocks = <&one>;", LOST),
    "id": ("clocks = <&cru 0xffffffff>;",
           r"clock 4294967295 of clock-controller@\w+ is not known here"),
    "pair": ("clocks = <&pair 1 2>;", LOST),
    "huge": ("clocks = <&huge 1>;", LOST),
    "plain": ("clocks = <&plain>;", LOST),
    "cut": ("clocks = <&cru>;", LOST),
    "nobody": ("clocks = <0x7777 1>;", LOST),
    "many": ("clocks = <" + "&never " * 1000 + ">;", None),
    "odd": ('clocks = "odd";', None),
    "short": ("clocks = <&short 1>;", LOST),
    "pll": ("assigned-clocks = <&cru 6>; assigned-clock-rates = <1>;", UNDONE),
    "slow": ("assigned-clocks = <&cru 300>; assigned-clock-rates = <1>;",
             UNDONE),
    "quick": ("assigned-clocks = <&cru 300>;"
              "assigned-clock-rates = <0xffffffff>;", None),
    "round": ("assigned-clocks = <&cru 300>; assigned-clock-parents = <&one>;",
              UNDONE),
    "never": ("assigned-clocks = <&never>; assigned-clock-rates = <1>;",
              UNDONE),
    "faster": ("clocks = <&faster>; assigned-clocks = <&faster>;"
               "assigned-clock-rates = <0xffffffff>;", UNDONE),
    "itself": ("assigned-clocks = <&cru 300>;"
               "assigned-clock-parents = <&cru 300>;", UNDONE),
}
BAD_REST = {
    "nested": ("power-domains = <&power 21>, <&power 22>;", None),
    "number": ("power-domains = <&power 0xffffffff>;",
               "domain 4294967295 is not known"),
    "second": ("power-domains = <&other 8>;",
               r"power-domains, 0: left as it is"),
    "no-power": ("power-domains = <&cru 8>;",
                 r"power-domains, 0: left as it is"),
    "reset": ("resets = <&cru 374>, <&cru 0xffffffff>;",
              r"reset 1: error -\d+, left as it is"),
    "no-reset": ("resets = <&never>;", r"reset 0: error -\d+, left as it is"),
    "pin": ("pinctrl-0 = <0x7777>;", r"pinctrl-0, group 0: left as it is"),
    "pins": ("pinctrl-0 = <&cru>;", r"pinctrl-0, group 0: left as it is"),
}
# PSCI's AFFINITY_INFO of CPU 0 answers 0, as firmware does that looks
LOOKED = 0x8400_0004
NO_CHANNEL = "arm,smc-id and shmem make no channel"
NO_PROTOCOL = r"firmware has no protocol 0x14 \(error -\d+\)"
# SMC, address of the memory, under which node; what the host says
BAD_SCMI = {
    "scmi-missing": (LOOKED, None, None, NO_CHANNEL),
    "scmi-outside": (LOOKED, 0x40_0000_0000, "reserved-memory", NO_CHANNEL),
    "scmi-ours": (LOOKED, 0x6000_0000, "/", NO_CHANNEL),
    "scmi-sram": (LOOKED, 0x6000_0000, "sram", NO_CHANNEL),
    "scmi-unknown": (0x8200_fffe, 0xf600_0000, "reserved-memory", NO_PROTOCOL),
    "scmi-silent": (LOOKED, 0xf600_1000, "reserved-memory",
                    "firmware does not answer; nothing more is asked of it"),
    "scmi-taken": (LOOKED, 0xf600_0000, "reserved-memory", NO_CHANNEL),
}
# In flash, which keeps what it says whatever is written: length, header, status
BAD_REPLIES = ((0, 0x4000, 1), (10, 0x4000, 1), (0xffff_fffc, 0x4000, 1),
               (0x100, 0x4000, 1), (12, 0x4400, 1), (12, 0x4000, 3),
               (12, 0x4000, 1))
FLASH = 0x1_0000
BAD_SCMI |= {f"scmi-liar{n}": (LOOKED, FLASH + 0x1000 * n, "reserved-memory",
                               NO_PROTOCOL) for n in range(len(BAD_REPLIES))}


def replies_put(firmware):
    """Into what QEMU has in its flash."""
    with open(firmware, "r+b") as file:
        for n, (length, header, status) in enumerate(BAD_REPLIES):
            file.seek(FLASH + 0x1000 * n)
            file.write(struct.pack("<8I", 0, status, 0, 0, 0, length, header,
                                   0).ljust(0x1000, b"\0"))


def scmi_nodes():
    """(nodes of the root, nodes of reserved-memory)"""
    nodes, reserved = "firmware {\n", []
    for n, (name, (call, at, place, _)) in enumerate(BAD_SCMI.items()):
        shmem = f"shmem = <&mem{n}>;" if place else ""
        nodes += (f'{name} {{ compatible = "arm,scmi-smc"; {shmem}\n'
                  f"arm,smc-id = <{call:#x}>; #address-cells = <1>;\n"
                  f"#size-cells = <0>; clk{n}: protocol@14 {{ reg = <0x14>;\n"
                  "#clock-cells = <1>; }; };\n")
        if place == "reserved-memory":
            reserved.append((f"mem{n}: shmem-{n}", at, 0x80,
                             'compatible = "arm,scmi-shmem"; no-map;'))
    nodes += "};\n"
    for n, (_, at, place, _) in enumerate(BAD_SCMI.values()):
        memory = f'compatible = "arm,scmi-shmem"; reg = <0 {at or 0:#x} 0 0x80>;'
        if place == "/":
            nodes += f"mem{n}: shmem-{n} {{ {memory} }};\n"
        elif place == "sram":
            nodes += (f'sram@{at:x} {{ compatible = "mmio-sram"; ranges;\n'
                      "#address-cells = <2>; #size-cells = <2>;\n"
                      f"mem{n}: shmem-{n} {{ {memory} }}; }};\n")
    return nodes, reserved


def bad_nodes():
    """(nodes of the root, of reserved-memory, what the host says)"""
    scmi, reserved = scmi_nodes()
    devices = {**BAD_CLOCKS, **BAD_REST,
               **{name: (f"clocks = <&clk{n} 0>, <&clk{n} 0xffffffff>;", LOST)
                  for n, name in enumerate(BAD_SCMI)}}
    text, said = PARTS + scmi, []
    for n, (name, (properties, line)) in enumerate(devices.items()):
        at = BAD_AT + 0x1000 * n
        text += (f"{name}@{at:x} {{ reg = <0 {at:#x} 0 0x100>;\n"
                 f"{properties} }};\n")
        if line:
            said.append(rf"{name}@{at:x}: {line}")
    said += [f"{name}: {line}" for name, (*_, line) in BAD_SCMI.items()]
    return text, reserved, said


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
