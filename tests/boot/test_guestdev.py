# SPDX-License-Identifier: Apache-2.0
"""The power key and the watchdog, by the drivers of Linux's own kernel."""

import re
import time

import pytest
from machine import Board, Builder, needs_linux
from shapes import Aarch64
from test_shapes import compiled_tree

NEIGHBOUR = "vms/neighbour-aarch64-qemu-smp1.toml"
LINUX = """\
[base]
id = 1
name = "linux"
vm_type = 2
cpu_num = 1
phys_cpu_sets = [0x2]
on_exit = "restart"
watchdog_s = 120
[kernel]
entry_point = 0x4020_0000
image_location = "memory"
kernel_path = "images/linux-aarch64.Image"
kernel_load_addr = 0x4020_0000
ramdisk_path = "images/initramfs-aarch64.cpio.gz"
ramdisk_load_addr = 0x4800_0000
cmdline = "console=ttyAMA0"
memory_regions = [[0x4000_0000, 0x1000_0000, 0x7, 0]]
[devices]
interrupt_mode = "emulated"
emu_devices = [
  ["gicd", 0x0800_0000, 0x1_0000, 0, 0x21, []],
  ["gicr", 0x080a_0000, 0x2_0000, 0, 0x20, [1, 0x2_0000, 0]],
  ["uart", 0x0900_0000, 0x1000, 33, 0x2, []],
  ["power-key", 0x0903_0000, 0x1000, 39, 0x40, []],
]
"""
# One that knows of no watchdog, and of no key.
IDLE = """\
[base]
id = {id}
name = "{name}"
cpu_num = 1
phys_cpu_sets = [0x1]
{base}
{kernel}memory_regions = [[{ram:#x}, 0x40_0000, 0x7, 0]]
[devices]
interrupt_mode = "emulated"
emu_devices = [
{chips}]
"""


def neighbour_round(console):
    """What the neighbour says of its memory next."""
    console.show("neighbour", r"neighbour: round")
    return console.expect(r" (intact|DAMAGED), checksum (\w+)\s").groups()


def shown(console, name):
    """The first line of `vm show`."""
    return console.shell(f"vm show {name}").splitlines()[0]


@needs_linux
def test_linux(builder, boot, tmp_path):
    """Linux feeds its watchdog until it is stopped from that, and starts
    again; the power key turns it off; its neighbour sees nothing of it."""
    toml = tmp_path / "linux.toml"
    toml.write_text(LINUX)
    console = boot(Board(), "-kernel", builder.image(toml, NEIGHBOUR))
    console.expect(r"neighbour: started")
    verdict = neighbour_round(console)
    assert verdict[0] == "intact"

    # the kernel feeds the one that runs already, by its limit
    console.switch_to("linux")
    console.to_linux()
    dog = "/sys/class/watchdog/watchdog0/"
    assert console.linux(f"cat {dog}identity").strip() == "sp805-wdt"
    assert console.linux(f"cat {dog}timeout").strip() == "120"
    # then a daemon does, each second
    console.linux("watchdog -t 1 -T 6 /dev/watchdog; sleep 10")
    assert console.linux(f"cat {dog}state").strip() == "active"
    # nobody in a suspended VM can, and need not
    console.to_shell()
    console.shell("vm suspend linux")
    time.sleep(8)
    assert "Suspended" in shown(console, "linux")
    console.shell("vm resume linux")
    console.switch_to("linux")
    assert console.linux(f"sleep 10; cat {dog}state").strip() == "active"
    # then nobody does
    console.send("killall -9 watchdog\n")
    console.expect(r"linux: its watchdog was not fed")
    console.to_linux()
    assert "sp805_wdt" in console.linux("lsmod")
    assert neighbour_round(console) == verdict

    console.to_shell()
    assert "Running" in shown(console, "linux")
    console.shell("vm stop -g linux")
    assert "Stopped" in shown(console, "linux")
    assert "powered off by its guest" in shown(console, "linux")
    assert neighbour_round(console) == verdict


@needs_linux
def test_given_tree(builder, boot, tmp_path):
    """A tree of the user's that knows none of them: they are added."""
    source = re.sub(r"\tfar: .*?\n\t};\n|\taliases .*?\n", "", Aarch64.tree,
                    flags=re.S)
    tree = compiled_tree(tmp_path / "given.dtb", source)
    toml = tmp_path / "linux.toml"
    toml.write_text(LINUX.replace("[kernel]\n", (
        f'[kernel]\ndtb_path = "{tree}"\ndtb_load_addr = 0x4000_0000\n'
    )).replace("emu_devices = [\n", (
        'emu_devices = [\n  ["doorbell", 0x0a00_0000, 0x1000, 40, 0xa, []],\n')))
    console = boot(Board(), "-kernel", builder.image(toml))
    console.to_linux()
    assert "given by the user" in console.linux("cat /proc/device-tree/model")
    bell = console.linux("cat /proc/device-tree/*@a000000/compatible")
    assert "cvisor,ivc" in bell
    assert console.linux(
        "cat /sys/class/watchdog/watchdog0/identity").strip() == "sp805-wdt"
    console.to_shell()
    console.shell("vm stop -g linux")
    assert "powered off by its guest" in shown(console, "linux")


@pytest.fixture(scope="module")
def soc(tmp_path_factory):
    """Images with what the boards' SoCs have."""
    return Builder(tmp_path_factory.mktemp("soc")).configure(
        "CONFIG_VDEV_DW_WDT=y", "CONFIG_VDEV_RK_CRU=y",
        "CONFIG_VDEV_RK_PMU=y", "CONFIG_VDEV_RK_IOC=y", "CONFIG_VDEV_SCMI=y")


def on_soc(soc, boot, tmp_path, device, kernel=""):
    """The boards' kernel, with that device, at its prompt."""
    toml = tmp_path / "linux.toml"
    toml.write_text(LINUX.replace("watchdog_s = 120\n", "").replace(
        "linux-aarch64", "linux-boards").replace(
        "initramfs-aarch64", "initramfs-boards").replace(
        "emu_devices = [\n", f"emu_devices = [\n  {device},\n").replace(
        "[kernel]\n", f"[kernel]\n{kernel}"))
    console = boot(Board(), "-kernel", soc.image(toml))
    console.to_linux()
    console.linux("mount -t debugfs debugfs /sys/kernel/debug")
    return console


@needs_linux("boards")
def test_boards_watchdog(soc, boot, tmp_path):
    """The boards' own kind, by the boards' kernel: fed, not needed while the
    VM is suspended, and its end when nobody feeds it."""
    console = on_soc(soc, boot, tmp_path,
                     '["dog", 0x0905_0000, 0x1000, 49, 0x47, []]')
    console.linux("modprobe dw_wdt")
    dog = "/sys/class/watchdog/watchdog0/"
    assert console.linux(
        f"cat {dog}identity").strip() == "Synopsys DesignWare Watchdog"
    assert console.linux(f"cat {dog}state").strip() == "inactive"
    assert "GICv3  49" in console.linux("grep 9050000 /proc/interrupts")
    console.linux("watchdog -t 1 -T 6 /dev/watchdog; sleep 15")
    assert console.linux(f"cat {dog}state").strip() == "active"
    # the next that there is: 2 to the power of 28 at 24 MHz
    assert console.linux(f"cat {dog}timeout").strip() == "11"
    registers = dict(re.findall(r"(\w+) = (0x\w+)", console.linux(
        "cat /sys/kernel/debug/9050000.watchdog/registers")))
    assert registers["cr"] == "0x00000001"
    assert registers["torr"] == "0x000000cc"
    assert 0 < int(registers["ccvr"], 0) < 1 << 28
    assert registers["type"] == "0x44570120"
    console.to_shell()
    console.shell("vm suspend linux")
    time.sleep(13)
    assert "Suspended" in shown(console, "linux")
    console.shell("vm resume linux")
    console.switch_to("linux")
    assert console.linux(f"sleep 12; cat {dog}state").strip() == "active"
    console.send("killall -9 watchdog\n")
    console.expect(r"linux: its watchdog was not fed")
    # from cold: nothing feeds it, and it does not count
    console.to_linux()
    console.linux("modprobe dw_wdt; sleep 15")
    assert console.linux(f"cat {dog}state").strip() == "inactive"


# what a clock runs at, and whether it runs: some that nobody uses
CLOCKS = {
    3588: ('["cru", 0xfd7c_0000, 0x5_c000, 0, 0x48, [3588]]', {
        "gpll": (1188000000, True), "cpll": (1500000000, True),
        "lpll": (816000000, True), "clk_100m_src": (100000000, True),
        "clk_200m_src": (198000000, True), "tclk_wdt0": (24000000, False),
        "clk_uart2_src": (1188000000, False)}),
    3568: ('["cru", 0xfdd0_0000, 0x2_1000, 0, 0x48, [3568]]', {
        "gpll": (1188000000, True), "cpll": (1000000000, True),
        "apll": (816000000, True), "gpll_200m": (198000000, True),
        "tclk_wdt_ns": (24000000, False),
        "clk_uart2_src": (1188000000, False)}),
}


@needs_linux("boards")
@pytest.mark.parametrize("kind", CLOCKS)
def test_boards_clocks(soc, boot, tmp_path, kind):
    """The boards' kernel takes the clock unit, with what firmware has set, and
    turns off what it does not need."""
    device, clocks = CLOCKS[kind]
    console = on_soc(soc, boot, tmp_path, device)
    said = console.linux("dmesg")
    assert "Disabling unused clocks" in said
    # the GRF, which is not there, has one of RK3568
    missing = r"regmap not available|clk_ddr1x" if kind == 3568 else r"$^"
    assert not [line for line in said.splitlines()
                if re.search(r"(?i)rockchip|rk35|cru|pll|clk_", line)
                and not re.search(missing, line)]
    # name, rate, whether the hardware runs
    lines = console.linux("awk '{ print $1, $5, $9 }'"
                          " /sys/kernel/debug/clk/clk_summary").splitlines()
    found = {name: (int(rate), runs == "Y") for name, rate, runs in re.findall(
        r"(?m)^(\w+) (\d+) ([YN?])$", "\n".join(lines))}
    assert len(found) > 300
    assert {name: found.get(name) for name in clocks} == clocks


# where it is, how many domains; registers that Linux has switched all off by
POWER = {
    3588: ('["pmu", 0xfd8d_8000, 0x1000, 0, 0x49, [3588]]', 29, {
        0xfd8d_814c: 0xffff, 0xfd8d_8150: 0x2fff, 0xfd8d_8180: 0x100_0006,
        0xfd8d_8290: 0, 0xfd8d_8120: 0x3f_ffff}),
    3568: ('["pmu", 0xfdd9_0000, 0x1000, 0, 0x49, [3568]]', 9, {
        0xfdd9_00a0: 0x1ff, 0xfdd9_0098: 0x1ff, 0xfdd9_0068: 0x9fe}),
}
# One that needs VOP, which has memories and two buses, and pins
CONSUMER = """
power-management@fd8d8000 {
	compatible = "rockchip,rk3588-pmu", "syscon", "simple-mfd";
	reg = <0 0xfd8d8000 0 0x400>;
	power: power-controller {
		compatible = "rockchip,rk3588-power-controller";
		#power-domain-cells = <1>; #address-cells = <1>; #size-cells = <0>;
		power-domain@24 { reg = <24>; #power-domain-cells = <0>; };
	};
};
ioc: syscon@fd5f0000 {
	compatible = "rockchip,rk3588-ioc", "syscon";
	reg = <0 0xfd5f0000 0 0x10000>;
};
pinctrl {
	compatible = "rockchip,rk3588-pinctrl"; rockchip,grf = <&ioc>;
	#address-cells = <2>; #size-cells = <2>; ranges;
	up: up { bias-pull-up; drive-strength = <5>; };
	some { pins: pins { rockchip,pins = <0 14 10 &up>, <1 13 8 &up>; }; };
};
tclk: tclk { compatible = "fixed-clock"; #clock-cells = <0>;
	clock-frequency = <24000000>; };
watchdog@9050000 {
	compatible = "snps,dw-wdt"; reg = <0 0x9050000 0 0x1000>;
	clocks = <&tclk>; clock-names = "tclk"; power-domains = <&power 24>;
	pinctrl-names = "default"; pinctrl-0 = <&pins>;
};
};
"""


def domains_of(console):
    """Name and state, as Linux has them."""
    return dict(re.findall(r"(?m)^(\w+) +(on|off-0) ", console.linux(
        "cat /sys/kernel/debug/pm_genpd/pm_genpd_summary")))


def devmem(console, addresses):
    return {addr: int(console.linux(f"busybox devmem {addr:#x}"), 0)
            for addr in addresses}


@needs_linux("boards")
@pytest.mark.parametrize("kind", POWER)
def test_boards_power(soc, boot, tmp_path, kind):
    """The boards' kernel takes the power domains and switches off all of them,
    as nothing needs one."""
    device, count, registers = POWER[kind]
    console = on_soc(soc, boot, tmp_path, device)
    said = console.linux("dmesg")
    assert "Disabling unused power domains" in said
    assert not re.search(r"(?i)rockchip|failed to|power-controller", said)
    assert "power-controller" in console.linux(
        "ls /sys/bus/platform/drivers/rockchip-pm-domain")
    domains = domains_of(console)
    assert len(domains) == count
    assert set(domains.values()) == {"off-0"}
    assert devmem(console, registers) == registers


# where they are; UART2's pins; registers before and after their selection: the
# functions, and of RK3568 where UART2 has its input from
PINS = {
    3588: ('["ioc", 0xfd5f_0000, 0x1_0000, 0, 0x4a, [3588]]', (13, 14), {
        0xfd5f_4000: (0x1001, 0x1881), 0xfd5f_800c: (0x1001, 0x1aa1)}),
    3568: ('["ioc", 0xfdc2_0000, 0x5_0000, 0, 0x4a, [3568]]', (24, 25), {
        0xfdc2_0018: (0x1100, 0x1111), 0xfdc6_030c: (0x5555, 0x5155)}),
}


@needs_linux("boards")
@pytest.mark.parametrize("kind", PINS)
def test_boards_pins(soc, boot, tmp_path, kind):
    """The boards' kernel takes the pins, beside clocks and power domains, and
    gives them to a UART."""
    device, pins, registers = PINS[kind]
    console = on_soc(soc, boot, tmp_path, ",\n".join(
        [CLOCKS[kind][0], POWER[kind][0], device]))
    assert "pinctrl" in console.linux(
        "ls -d /sys/bus/platform/drivers/rockchip-pinctrl/pinctrl")
    assert not re.search("(?i)rockchip-p|pinctrl: |power-controller",
                         console.linux("dmesg"))
    assert set(domains_of(console).values()) == {"off-0"}
    at = "/sys/kernel/debug/pinctrl/pinctrl-rockchip-pinctrl"
    assert "registered pins: 160" in console.linux(f"cat {at}/pins")
    groups = console.linux(f"cat {at}/pingroups")
    assert "group: uart2m0-xfer" in groups
    assert {int(pin) for pin in re.findall(r"pin (\d+) ", groups)} == set(pins)
    for addr, (before, _) in registers.items():
        console.linux(f"busybox devmem {addr:#x} 32 {before | 0xffff_0000:#x}")
    console.linux(f"echo uart2m0-xfer uart2 >{at}/pinmux-select")
    assert devmem(console, registers) == {
        addr: after for addr, (_, after) in registers.items()}


@needs_linux("boards")
def test_boards_consumer(soc, boot, tmp_path):
    """By a tree of the user's: a domain is on while a driver needs it, which
    also gets its pins."""
    source = re.sub(r"\tfar: .*?\n\t};\n|\taliases .*?\n", "", Aarch64.tree,
                    flags=re.S)
    tree = compiled_tree(tmp_path / "given.dtb",
                         source[:source.rindex("};")] + CONSUMER)
    console = on_soc(
        soc, boot, tmp_path,
        '["dog", 0x0905_0000, 0x1000, 0, 0x47, []],\n' + POWER[3588][0]
        + ",\n" + PINS[3588][0],
        f'dtb_path = "{tree}"\ndtb_load_addr = 0x4000_0000\n')
    # its switch, whether it is on, its buses, its memories
    off = {0xfd8d_8150: 2, 0xfd8d_8290: 0x7fe_fffe, 0xfd8d_8120: 0x6000}
    # functions, drive strengths, pulls: GPIO0_B6, GPIO1_B5
    pins = {0xfd5f_4000: 0x800, 0xfd5f_800c: 0xa00, 0xfd5f_4014: 0x500,
            0xfd5f_4028: 0x3000, 0xfd5f_802c: 0x80, 0xfd5f_902c: 0x50,
            0xfd5f_9114: 0xc00}
    assert domains_of(console) == {"vop": "off-0"}
    assert devmem(console, off) == off
    assert set(devmem(console, pins).values()) == {0}
    console.linux("modprobe dw_wdt")
    assert domains_of(console) == {"vop": "on"}
    assert devmem(console, off) == {
        0xfd8d_8150: 0, 0xfd8d_8290: off[0xfd8d_8290] | 1 << 16,
        0xfd8d_8120: 0}
    assert devmem(console, pins) == pins
    console.linux("modprobe -r dw_wdt")
    assert domains_of(console) == {"vop": "off-0"}
    assert devmem(console, off) == off
    assert "failed" not in console.linux("dmesg | grep -i rockchip || true")


@needs_linux("boards")
@pytest.mark.parametrize("cfg", ["", "0xc200_1234"])
def test_boards_scmi(soc, boot, tmp_path, cfg):
    """The boards' kernel asks its firmware, by the call that its tree names,
    and has its clocks."""
    console = on_soc(soc, boot, tmp_path,
                     f'["scmi", 0x0906_0000, 0x1000, 0, 0x4b, [{cfg}]]')
    said = console.linux("dmesg | grep -i scmi")
    assert re.search(r"SCMI Protocol v2\.0 'cvisor:rk3588' Firmware version 0x1",
                     said)
    assert not re.search(r"(?i)fail|error|timed out|unable|not support", said)
    clocks = dict(re.findall(
        r"(?m)^(scmi_\w+) (\d+)\r?$",
        console.linux("awk '{ print $1, $5 }' "
                      "/sys/kernel/debug/clk/clk_summary")))
    assert len(clocks) == 24
    assert clocks["scmi_clk_cpul"] == "816000000"
    assert clocks["scmi_clk_ddr"] == "2112000000"
    assert clocks["scmi_cclk_sd"] == "24000000"
    assert clocks["scmi_spll"] == "702000000"
    call = console.linux("hexdump -v -e '/1 \"%02x\"' "
                         "/proc/device-tree/firmware/scmi/arm,smc-id")
    assert (cfg or "8200_0010").removeprefix("0x").replace("_", "") in call


def test_scmi_calls(soc, boot, tmp_path):
    """A bare-metal guest: no other call is anybody's, and two CPUs that write
    over each other's messages stop nothing."""
    toml = tmp_path / "scmi.toml"
    toml.write_text(IDLE.format(
        id=1, name="scmi", base="", kernel=Board.kernel("scmi"),
        ram=0x4000_0000, chips=Board.chips(2) +
        '["scmi", 0x0906_0000, 0x1000, 0, 0x4b, []],\n').replace(
            "cpu_num = 1\nphys_cpu_sets = [0x1]",
            "cpu_num = 2\nphys_cpu_sets = [0x1, 0x2]"))
    console = boot(Board(), "-kernel", soc.image(toml))
    console.expect("scmi: done")
    said = [line for line in console.qemu.before.replace("\r", "").splitlines()
            if line.startswith("scmi: ")]
    assert said == [
        "scmi: started", "scmi: calls that are not refused: 0",
        "scmi: the one call: 0", "scmi: GPU at 200000000", "scmi: set: 0",
        "scmi: GPU at 600000000", "scmi: second CPU: 1", "scmi: set: 0",
        "scmi: GPU at 600000000"]
    console.expect(r"scmi: Stopped \(system down\)")


def test_never_fed(arch, boot, tmp_path):
    """watchdog_s ends a guest that has no driver for it, and as often as the
    file says."""
    tomls = []
    for number, (name, policy) in enumerate([
            ("once", ""),
            ("thrice", 'on_exit = "restart"\nrestart_limit = 2')]):
        tomls.append(tmp_path / f"{name}.toml")
        tomls[-1].write_text(IDLE.format(
            id=number + 1, name=name, base="watchdog_s = 1\n" + policy,
            kernel=arch.board.kernel("idle"), ram=arch.board.ram,
            chips=arch.board.chips()))
    console = boot(arch.board(smp=1), "-kernel", arch.image(*tomls))
    console.expect("once: its watchdog was not fed")
    console.expect("thrice: Failed")
    console.to_shell()
    assert "Stopped" in shown(console, "once")
    assert "its watchdog was not fed" in shown(console, "once")
    assert "Failed" in shown(console, "thrice")
    assert "not fed; restarted 2 times" in shown(console, "thrice")


@needs_linux
def test_designware_console(builder, boot, tmp_path):
    """Linux's 8250_dw drives the UART that stands in on Rockchip's boards."""
    toml = tmp_path / "linux.toml"
    toml.write_text(LINUX.replace("ttyAMA0", "ttyS0 earlycon").replace(
        "33, 0x2, []", "33, 0x2, [3]"))
    console = boot(Board(), "-kernel", builder.image(toml))
    console.to_linux()
    said = console.linux("dmesg | grep 9000000")
    assert "ttyS0 at MMIO 0x9000000" in said and "is a 16550A" in said
    assert console.linux("ls /sys/bus/platform/drivers/dw-apb-uart"
                         ).count("9000000.serial") == 1
    # by interrupts, both ways, more at once than the FIFO holds
    text = "0123456789abcdef" * 8
    assert text in console.linux(f"echo {text}")
    interrupts = console.linux("grep ttyS0 /proc/interrupts")
    assert int(interrupts.split()[1]) > 8
    # the line's settings are the driver's, by LCR and the divisor
    assert "speed 38400" in console.linux("stty 38400; stty -a")
