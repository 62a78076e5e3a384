# SPDX-License-Identifier: Apache-2.0
"""Guest files as AxVisor's users write them, and trees of theirs."""


def guest(arch, name, vm_id, *, base="", kernel, regions, devices):
    """A guest file; the kernel is Linux unless `kernel` names another."""
    if "kernel_path" not in kernel:
        kernel += (f'kernel_path = "images/linux-{arch}.Image"\n'
                   f'ramdisk_path = "images/initramfs-{arch}.cpio.gz"\n')
    cpus = "" if "cpu_num" in base else "cpu_num = 1\n"
    return (f'[base]\nid = {vm_id}\nname = "{name}"\n{cpus}{base}\n'
            f'[kernel]\nimage_location = "memory"\n{kernel}\n'
            f"memory_regions = [\n  {regions}\n]\n[devices]\n{devices}\n")


class Aarch64:
    """What stands where on QEMU's virt machine, and in its guests."""

    name = "aarch64"
    qemu_uart = ("-serial", "mon:stdio", "-serial",
                 "unix:{},server=on,wait=off")
    uart = "ttyAMA1"

    chips = ('["gicd", 0x0800_0000, 0x1_0000, 0, 0x21, []],\n'
             '["gicr", 0x080a_0000, 0x2_0000, 0, 0x20, [1, 0x2_0000, 0]],\n'
             '["uart", 0x0900_0000, 0x1000, 33, 0x2, []],\n')

    # AxVisor's own file for QEMU
    ram = 0x8000_0000
    tree_at = 0x8000_0000
    excluded = '["/pcie@10000000"]'
    devices = ('passthrough_devices = [["/"],]\npassthrough_addresses = []\n'
               f"excluded_devices = [{excluded},]\nemu_devices = []\n")
    kept_uart = "/pl011@9000000"
    console_in_iomem = "pl011@9000000"
    disk_irq = r"[1-9]\d* +GICv3 +\d+ +Edge +virtio0"
    uart_irq = r"[1-9]\d* +GICv3 +40 +Level +uart-pl011"
    forwarded = r"forwarded interrupts:.* 40\b"
    passed = r"passed 0x0009040000 .* at host 0x0009040000"
    # the host's interrupt controller and its UART
    host_keeps = 0x0800_0000, 0x0900_0000

    # As for the Orange Pi 5 Plus: the kernel's region is the last, moves
    # away from an address that QEMU has not, the ramdisk's is reserved. The
    # GIC's place is in the middle of QEMU's RAM.
    board = dict(
        regions="[0x6000_0000, 0x0200_0000, 0x7, 2],\n"
        "[0x7000_0000, 0x0200_0000, 0x7, 2],\n"
        "[0x2_4000_0000, 0x0800_0000, 0x7, 1],",
        ramdisk=0x7000_0000,
        emulated='["gppt-gicd", 0xbe60_0000, 0x1_0000, 0, 0x21, []],\n'
        '["gppt-gicr", 0xbe68_0000, 0x2_0000, 0, 0x20, [1, 0x2_0000, 0]],\n')
    board_iomem = (r"(?m)^60000000-61ffffff : System RAM",
                   r"be600000-be60ffff : GICD")
    board_shown = (r"0x0060000000 .* reserved",
                   r"0x00be600000 .* gic distributor")
    # Everything somewhere else, for 3 vCPUs.
    many_emulated = (
        '["gicd", 0x3000_0000, 0x1_0000, 0, 0x21, []],\n'
        '["gicr", 0x3010_0000, 0xc_0000, 0, 0x20, [3, 0x4_0000, 0]],\n'
        '["uart", 0x2000_0000, 0x1000, 50, 0x2, []],\n')
    many_iomem = ("2040000000-2047ffffff : System RAM",
                  "30000000-3000ffff : GICD")
    # NimbOS and Zephyr: raw images in 16 MiB, a CPU number that is not 0.
    small_ram = 0x4000_0000
    small_flags = 0x7
    small_devices = ('interrupt_mode = "passthrough"\n'
                     f"emu_devices = [\n{chips}]")
    small_boot = ()
    small_shown = (r"device 0x0008000000 .* gic distributor",)

    # A whole tree of the user's: a UART stands at an address of its own.
    tree = """/dts-v1/;
/ {
	#address-cells = <2>; #size-cells = <2>;
	interrupt-parent = <&gic>;
	model = "given by the user";
	compatible = "linux,dummy-virt";
	cpus {
		#address-cells = <1>; #size-cells = <0>;
		cpu@0 {
			device_type = "cpu"; compatible = "arm,cortex-a57";
			reg = <0>; enable-method = "psci";
		};
	};
	psci { compatible = "arm,psci-1.0"; method = "smc"; };
	memory@1000 { device_type = "memory"; reg = <0 0x1000 0 0x1000>; };
	timer {
		compatible = "arm,armv8-timer"; always-on;
		interrupts = <1 13 4>, <1 14 4>, <1 11 4>, <1 10 4>;
	};
	clock: clock { compatible = "fixed-clock"; #clock-cells = <0>;
		       clock-frequency = <24000000>; };
	gic: intc@8000000 {
		compatible = "arm,gic-v3"; interrupt-controller;
		#interrupt-cells = <3>;
		reg = <0 0x08000000 0 0x10000>, <0 0x080a0000 0 0x20000>;
	};
	far: serial@b000000 {
		compatible = "arm,pl011", "arm,primecell";
		reg = <0 0x0b000000 0 0x1000>; interrupts = <0 8 4>;
		clocks = <&clock>, <&clock>; clock-names = "uartclk", "apb_pclk";
	};
	aliases { serial1 = &far; };
	chosen { };
};
"""
    given_ram = 0x8000_0000, 0
    far = 0x0904_0000, 40
    far_iomem = r"b000000-0?b000fff : serial@b000000"
    dummy = 0x0a00_3000, 0x17
    mapped = 0x0901_0000
    # the last of QEMU's virtio transports, the clock's identification
    reads = {0xb01_0e00: 0x74726976, 0x901_0fe0: 0x31}
    policy_reads = {0x901_0fe4: 0x10}


class Riscv64:
    """The same of QEMU's riscv64 machine; its RAM begins at 2 GiB."""

    name = "riscv64"
    qemu_uart = ("-chardev", "socket,id=u,path={},server=on,wait=off",
                 "-device", "pci-serial,chardev=u")
    uart = "ttyS1"

    chips = ('["plic", 0x0c00_0000, 0x60_0000, 0, 0x30, []],\n'
             '["uart", 0x1000_0000, 0x1000, 10, 0x2, []],\n')

    ram = 0x9000_0000
    tree_at = 0x9300_0000
    excluded = '["/soc/pci@30000000"]'
    # and PCI, with the second UART behind it
    devices = (
        'passthrough_devices = [\n["/soc/serial@10000000"],\n'
        + "".join(f'["/soc/virtio_mmio@1000{n}000"],\n' for n in range(1, 9))
        + '["/soc/pci@30000000"],\n]\n'
        "passthrough_addresses = [\n[0x1000_0000, 0x1000],\n"
        "[0x1000_1000, 0x8000],\n]\nexcluded_devices = []\n"
        'emu_devices = [["plic", 0x0c00_0000, 0x60_0000, 0, 0x30, [2]],]\n')
    kept_uart = "/soc/serial@10000000"
    console_in_iomem = "10000000-10000fff : serial"
    disk_irq = r"[1-9]\d* +SiFive PLIC +8 Edge +virtio0"
    # whose line the bridge's interrupt-map leads to the PLIC
    uart_irq = r"[1-9]\d* +SiFive PLIC +33 Edge +ttyS1"
    forwarded = (r"forwarded interrupts: 1, 2, 3, 4, 5, 6, 7, 8, "
                 r"32, 33, 34, 35\n")
    passed = r"passed 0x0030000000 .* at host 0x0030000000"
    host_keeps = 0x0c00_0000, 0x1000_0000

    board = dict(
        regions="[0xa000_0000, 0x0200_0000, 0x7, 2],\n"
        "[0xb000_0000, 0x0200_0000, 0x7, 2],\n"
        "[0x2_4000_0000, 0x0800_0000, 0x7, 1],",
        ramdisk=0xb000_0000,
        emulated='["plic", 0xde60_0000, 0x60_0000, 0, 0x30, [2]],\n')
    board_iomem = (r"(?m)^a0000000-a1ffffff : System RAM",)
    board_shown = (r"0x00a0000000 .* reserved", r"0x00de600000 .* PLIC")
    many_emulated = (
        '["plic", 0x3000_0000, 0x60_0000, 0, 0x30, []],\n'
        '["uart", 0x2000_0000, 0x1000, 50, 0x2, []],\n')
    many_iomem = ("2040000000-2047ffffff : System RAM",
                  "20000000-20000fff : serial")
    # NimbOS: PLIC and UART by tuples. The host's stay, virtual ones stand
    # there.
    small_ram = 0x9000_0000
    small_flags = 0xf
    small_devices = (
        "emu_devices = []\npassthrough_devices = [\n"
        '["PLIC@c000000", 0x0c00_0000, 0x0c00_0000, 0x21_0000, 0x1],\n'
        '["UART@10000000", 0x1000_0000, 0x1000_0000, 0x1000, 0x1],\n]')
    small_boot = (
        r"small: the host keeps /soc/serial@10000000, an emulated one stands",
        r"small: 0xc000000 .*\(plic@c000000\) stays with the host")
    small_shown = (r"device 0x000c000000 .* PLIC",
                   r"device 0x0010000000 .* interrupt 10")

    # Here it is a disk that stands at an address of its own.
    tree = """/dts-v1/;
/ {
	#address-cells = <2>; #size-cells = <2>;
	model = "given by the user";
	compatible = "riscv-virtio";
	cpus {
		#address-cells = <1>; #size-cells = <0>;
		timebase-frequency = <10000000>;
		cpu@0 {
			device_type = "cpu"; compatible = "riscv"; reg = <0>;
			riscv,isa = "rv64imafdc"; mmu-type = "riscv,sv39";
			intc: interrupt-controller {
				compatible = "riscv,cpu-intc";
				interrupt-controller; #interrupt-cells = <1>;
			};
		};
	};
	memory@1000 { device_type = "memory"; reg = <0 0x1000 0 0x1000>; };
	plic: plic@c000000 {
		compatible = "sifive,plic-1.0.0", "riscv,plic0";
		interrupt-controller; #interrupt-cells = <1>;
		#address-cells = <0>; riscv,ndev = <95>;
		reg = <0 0x0c000000 0 0x600000>;
		interrupts-extended = <&intc 0xffffffff>, <&intc 9>;
	};
	far: virtio_mmio@b000000 {
		compatible = "virtio,mmio";
		reg = <0 0x0b000000 0 0x1000>;
		interrupt-parent = <&plic>; interrupts = <8>;
	};
	chosen { };
};
"""
    given_ram = 0x9000_0000, 1  # for its DMA
    far = 0x1000_8000, 8
    far_iomem = r"b000000-0?b000fff : b000000.virtio_mmio"
    dummy = 0x1000_7000, 0x1
    mapped = 0x1000_6000
    # "virt" and the vendor of QEMU's virtio transports
    reads = {0xb01_0000: 0x74726976, 0x1000_600c: 0x554d4551}
    policy_reads = {0x1000_500c: 0x554d4551}


SHAPES = {shapes.name: shapes for shapes in (Aarch64, Riscv64)}


def axvisor_qemu(shapes, map_type, mode):
    """AxVisor's own file for QEMU, and a file system in RAM."""
    return guest(
        shapes.name, "linux-qemu", 1, base="vm_type = 1\nphys_cpu_ids = [0]",
        kernel=f"entry_point = {shapes.ram + 0x20_0000:#x}\n"
        f"kernel_load_addr = {shapes.ram + 0x20_0000:#x}\n"
        f"dtb_load_addr = {shapes.tree_at:#x}\n",
        regions=f"[{shapes.ram:#x}, 0x1000_0000, 0x7, {map_type}],",
        devices=shapes.devices + f'interrupt_mode = "{mode}"')


def zoo(shapes, damaged_tree):
    """{name: file} of guests of very different shapes."""
    small = (f"entry_point = {shapes.small_ram:#x}\n"
             f"kernel_load_addr = {shapes.small_ram:#x}\n"
             f'kernel_path = "images/idle-{shapes.name}.bin"\n')
    small_region = (f"[{shapes.small_ram:#x}, 0x100_0000, "
                    f"{shapes.small_flags:#x}, 0],")
    return {
        "board": guest(
            shapes.name, "board", 1, base="vm_type = 1\nphys_cpu_ids = [0x00]",
            kernel="entry_point = 0x2_4020_0000\n"
            "kernel_load_addr = 0x2_4020_0000\n"
            "dtb_load_addr = 0x2_4000_0000\n"
            f"ramdisk_load_addr = {shapes.board['ramdisk']:#x}\n",
            regions=shapes.board["regions"],
            devices='interrupt_mode = "passthrough"\n'
            f"emu_devices = [\n{shapes.board['emulated']}]\n"
            'passthrough_devices = [["/"]]\n'
            f"excluded_devices = [{shapes.excluded}]"),
        # RAM far up, more CPUs than the machine has
        "many": guest(
            shapes.name, "many", 2, base="cpu_num = 3\nvm_type = 2",
            kernel="entry_point = 0x20_4020_0000\n"
            "kernel_load_addr = 0x20_4020_0000\n"
            "dtb_load_addr = 0x20_4000_0000\n",
            regions="[0x20_4000_0000, 0x0800_0000, 0x7, 0],\n"
            "[0x4000_0000, 0x0200_0000, 0x7, 0],",
            devices='interrupt_mode = "emulated"\n'
            f"emu_devices = [\n{shapes.many_emulated}]"),
        "small": guest(
            shapes.name, "small", 3, base="phys_cpu_ids = [1]", kernel=small,
            regions=small_region, devices=shapes.small_devices),
        # its tree is damaged: refused, and nobody else notices
        "damaged": guest(
            shapes.name, "damaged", 4, kernel=small
            + f'dtb_path = "{damaged_tree}"\n'
            f"dtb_load_addr = {shapes.small_ram + 0x80_0000:#x}\n",
            regions=small_region, devices=f"emu_devices = [\n{shapes.chips}]"),
    }


def linux_at(ram, map_type=0):
    """Linux with 128 MiB there."""
    return dict(kernel=f"entry_point = {ram + 0x20_0000:#x}\n"
                f"kernel_load_addr = {ram + 0x20_0000:#x}\n",
                regions=f"[{ram:#x}, 0x0800_0000, 0x7, {map_type}],")


def given(shapes, tree):
    """A tree of the user's, host devices at addresses of the guest's."""
    far, dummy = shapes.far, shapes.dummy
    linux = linux_at(*shapes.given_ram)
    linux["kernel"] += (f'dtb_path = "{tree}"\n'
                        f"dtb_load_addr = {shapes.given_ram[0]:#x}\n")
    return guest(
        shapes.name, "given", 1, base="vm_type = 2", **linux,
        devices='interrupt_mode = "emulated"\n'
        f"emu_devices = [\n{shapes.chips}]\n"
        "passthrough_devices = [\n"
        f'["far", 0x0b00_0000, {far[0]:#x}, 0x1000, {far[1]}],\n'
        f'["dummy", 0x0b01_0000, {dummy[0]:#x}, 0x1000, {dummy[1]:#x}],\n]\n'
        f"passthrough_addresses = [[{shapes.mapped:#x}, 0x1000]]")


def policy(shapes):
    """All addresses but the host's own."""
    return guest(shapes.name, "policy", 2, base="vm_type = 2",
                 **linux_at(0x8000_0000),
                 devices='address_space_policy = "passthrough"')
