/* SPDX-License-Identifier: Apache-2.0 */
/* The rules against a board's device tree. */
#include "check_case.h"

#include "../../../fake/dts.h"

/* A board: the host keeps gic and timer, the bridge has its own controller. */
static const char board[] =
	"/dts-v1/; / { #address-cells = <1>; #size-cells = <1>;"
	" interrupt-parent = <&gic>;"
	" memory@40000000 { device_type = \"memory\";"
	"  reg = <0x40000000 0x40000000>; };"
	" timer { compatible = \"arm,armv8-timer\";"
	"  interrupts = <1 13 4 1 14 4>; };"
	" gic: gic@8000000 { compatible = \"arm,gic-v3\";"
	"  interrupt-controller; #interrupt-cells = <3>;"
	"  #redistributor-regions = <2>; interrupts = <1 9 4>;"
	"  reg = <0x8000000 0x10000>, <0x80a0000 0x20000>,"
	"   <0x8100000 0xf00000>; };"
	" uart@9000000 { compatible = \"arm,pl011\";"
	"  reg = <0x9000000 0x1000>; interrupts = <0 8 4>; };"
	" pcie@a000000 { device_type = \"pci\"; reg = <0xa000000 0x1000>;"
	"  intx { interrupt-controller; #interrupt-cells = <1>;"
	"  interrupts = <0 9 4>; }; }; };";

#define PT(rows) DEVICES "passthrough_devices = [" rows "]\n"

static const struct check_case on_board[] = {
	{ONE PT("[\"/\"]"), NULL, WARNED, "passthrough_devices[0]",
	 "\"/gic@8000000\" (interrupt controller) stays with the host"},
	{ONE PT("[\"/\"]"), NULL, WARNED, "passthrough_devices[0]",
	 "\"/timer\" (timer) stays with the host"},
	/* and no word of the bridge's */
	{ONE PT("[\"/\"]") "excluded_devices = [[\"/gic@8000000\"], "
			   "[\"/timer\"], [\"/pcie@a000000\"]]\n",
	 NULL, GOOD, "", ""},
	/* what masters the bus wants RAM where the host has it */
	{ONE PT("[\"/pcie@a000000\"]"), NULL, WARNED,
	 "passthrough_devices[0]: \"/pcie@a000000\" may access memory",
	 "memory_regions[0] (map_type 0)"},
	{VM(1, "x") CPU1 KERNEL RAM("[0x4000_0000, 0x100_0000, 7, 1]")
		 PT("[\"/pcie@a000000\"]"),
	 NULL, GOOD, "", ""},
	{VM(1, "x") CPU1 KERNEL RAM("[0x4000_0000, 0x100_0000, 7, 2]")
		 PT("[\"/pcie@a000000\"]"),
	 NULL, GOOD, "", ""},
	{ONE PT("[\"p\", 0xa00_0000, 0xa00_0000, 0x1000, 0]"), NULL, WARNED,
	 "passthrough_devices[0]: \"/pcie@a000000\" may access memory", ""},
	{ONE DEVICES "passthrough_addresses = [[0xa00_0000, 0x1000]]\n", NULL,
	 WARNED,
	 "passthrough_addresses[0]: \"/pcie@a000000\" may access memory", ""},
	{ONE PT("[\"/uart@9000001\"]"), NULL, BAD, "passthrough_devices[0]",
	 "was \"/uart@9000000\" meant?"},
	{ONE DEVICES "passthrough_addresses = [[0x4400_0000, 0x1000]]\n", NULL,
	 WARNED, "passthrough_addresses[0]",
	 "\"/memory@40000000\" (RAM) stays with the host"},
	{VM(1, "x") CPU1 ADDRESSES("0x4000_0002", "0x4000_0000") PLAIN, NULL,
	 BAD, "kernel.entry_point: 0x40000002", "multiple of 4"},
	/* the guest's GIC stands where the host's is, unless it is placed */
	{ONE DEVICES "emu_devices = [[\"u\", 0x800_f000, 0x1000, 0, 2, []]]\n",
	 NULL, BAD,
	 "emu_devices[0] \"u\" (0x800f000-0x800ffff) overlaps the guest's "
	 "GIC distributor",
	 "type 0x21"},
	{ONE DEVICES "emu_devices = [[\"u\", 0x801_0000, 0x1000, 0, 2, []]]\n",
	 NULL, GOOD, "", ""},
	{ONE DEVICES "emu_devices = [[\"u\", 0x800_f000, 0x1000, 0, 2, []],"
		     "[\"d\", 0x700_0000, 0x1_0000, 0, 0x21, []]]\n",
	 NULL, GOOD, "", ""},
	{VM(1, "x") CPU1 KERNEL RAM("[0x4000_0000, 0x100_0000, 7, 0],"
				    "[0x80b_f000, 0x1000, 7, 0]"),
	 NULL, BAD,
	 "memory_regions[1] (0x80bf000-0x80bffff) overlaps the guest's GIC "
	 "redistributors",
	 "0x80a0000-0x80bffff"},
	/* as many as there are vCPUs, in the order of the regions */
	{ONE DEVICES "emu_devices = [[\"u\", 0x810_0000, 0x1000, 0, 2, []]]\n",
	 NULL, GOOD, "", ""},
	{VM(1, "x") "cpu_num = 2\n" KERNEL PLAIN DEVICES
		    "emu_devices = [[\"u\", 0x811_f000, 0x1000, 0, 2, []]]\n",
	 NULL, BAD, "overlaps the guest's GIC redistributors",
	 "0x8100000-0x811ffff"},
	{VM(1, "x") "cpu_num = 2\n" KERNEL PLAIN DEVICES
		    "emu_devices = [[\"u\", 0x812_0000, 0x1000, 0, 2, []]]\n",
	 NULL, GOOD, "", ""},
	{ONE DEVICES "emu_devices = [[\"d\", 0x80a_0000, 0x1_0000, 0, 0x21, "
		     "[]]]\n",
	 NULL, BAD, "emu_devices[0] \"d\"", "GIC redistributors"},
	/* one VM by path, the other by address or number */
	{ONE PT("[\"/uart@9000000\"]"),
	 TWO PT("[\"u\", 0x9000000, 0x9000000, 0x1000, 0]"), BAD,
	 "b.toml: error: devices.passthrough_devices[0]", "given to a.toml"},
	{ONE PT("[\"u\", 0x9000000, 0x9000000, 0x1000, 0]"),
	 TWO PT("[\"/uart@9000000\"]"), BAD,
	 "a.toml: error: devices.passthrough_devices[0]", "given to b.toml"},
	{ONE PT("[\"/uart@9000000\"]"),
	 TWO PT("[\"x\", 0xb000000, 0xb000000, 0x1000, 40]"), BAD,
	 "b.toml: error: devices.passthrough_devices[0]", "interrupt 40"},
	{ONE PT("[\"/uart@9000000\"]"),
	 TWO PT("[\"x\", 0xb000000, 0xb000000, 0x1000, 41]"), GOOD, "", ""},
	{ONE PT("[\"/uart@9000000\"]"),
	 TWO DEVICES "passthrough_addresses = [[0x9000000, 0x10000]]\n", WARNED,
	 "passthrough_addresses[0]", "is cut out"},
	{ONE PT("[\"/uart@9000000\"]"), TWO PT("[\"/uart@9000000\"]"), BAD,
	 "b.toml: error: devices.passthrough_devices[0]", "already given"},
};

/* The shape of QEMU's riscv64 machine. */
static const char riscv_board[] =
	"/dts-v1/; / { #address-cells = <1>; #size-cells = <1>;"
	" cpus { #address-cells = <1>; #size-cells = <0>;"
	"  cpu@0 { device_type = \"cpu\"; reg = <0>;"
	"   riscv,isa = \"rv64imafdch_ssaia_sstc\";"
	"   intc: interrupt-controller { compatible = \"riscv,cpu-intc\";"
	"    interrupt-controller; #interrupt-cells = <1>; }; }; };"
	" memory@80000000 { device_type = \"memory\";"
	"  reg = <0x80000000 0x40000000>; };"
	" chosen { stdout-path = \"/soc/serial@10000000\"; };"
	" reboot { compatible = \"syscon-reboot\"; };"
	" soc { compatible = \"simple-bus\"; ranges;"
	"  #address-cells = <1>; #size-cells = <1>;"
	"  interrupt-parent = <&plic>;"
	"  plic: plic@c000000 { compatible = \"sifive,plic-1.0.0\","
	"   \"riscv,plic0\"; interrupt-controller;"
	"   #interrupt-cells = <1>; reg = <0xc000000 0x600000>;"
	"   interrupts-extended = <&intc 11 &intc 9>; riscv,ndev = <95>; };"
	"  clint@2000000 { compatible = \"sifive,clint0\";"
	"   reg = <0x2000000 0x10000>; };"
	"  test@100000 { compatible = \"sifive,test1\";"
	"   reg = <0x100000 0x1000>; };"
	"  rtc@101000 { reg = <0x101000 0x1000>; interrupts = <11>; };"
	"  virtio@10001000 { compatible = \"virtio,mmio\";"
	"   reg = <0x10001000 0x1000>; interrupts = <1>; };"
	"  serial@10000000 { compatible = \"ns16550a\";"
	"   reg = <0x10000000 0x1000>; interrupts = <10>; }; }; };";

#define HIGH ADDRESSES("0x8000_0000", "0x8000_0000")
#define RISCV_RAM(type) RAM("[0x8000_0000, 0x100_0000, 7, " type "]")
#define RISCV1 VM(1, "x") CPU1 HIGH RISCV_RAM("0")
#define RISCV2 VM(2, "y") CPU1 HIGH RISCV_RAM("0")
#define IDENTICAL1 VM(1, "x") CPU1 HIGH RISCV_RAM("1")
#define EMU(rows) DEVICES "emu_devices = [" rows "]\n"

static const struct check_case on_riscv[] = {
	/* what the host keeps */
	{RISCV1 PT("[\"/soc/plic@c000000\"]"), NULL, WARNED,
	 "passthrough_devices[0]",
	 "\"/soc/plic@c000000\" (interrupt controller) stays with the host"},
	{RISCV1 PT("[\"/soc/serial@10000000\"]"), NULL, WARNED,
	 "passthrough_devices[0]", "(console) stays with the host"},
	{RISCV1 PT("[\"/soc/test@100000\"]"), NULL, WARNED,
	 "passthrough_devices[0]", "(power switch) stays with the host"},
	{RISCV1 PT("[\"/soc/clint@2000000\"]"), NULL, WARNED,
	 "passthrough_devices[0]", "(firmware) stays with the host"},
	{RISCV1 PT("[\"/soc/rtc@101000\"]"), NULL, GOOD, "", ""},
	{IDENTICAL1 PT("[\"/\"]") "excluded_devices = [[\"/soc/plic@c000000\"],"
				  "[\"/soc/test@100000\"],"
				  "[\"/soc/clint@2000000\"],"
				  "[\"/soc/serial@10000000\"]]\n",
	 NULL, GOOD, "", ""},
	/* numbers that the PLIC has */
	{RISCV1 EMU("[\"u\", 0x1000_0000, 0x1000, 10, 2, []]"), NULL, GOOD, "",
	 ""},
	{RISCV1 EMU("[\"u\", 0x1000_0000, 0x1000, 96, 2, []]"), NULL, BAD,
	 "devices.emu_devices[0] \"u\": interrupt 96",
	 "the PLIC's are 1 to 95"},
	{RISCV1 EMU("[\"u\", 0x1000_0000, 0x1000, 10, 2, []],"
		    "[\"v\", 0x1001_0000, 0x1000, 10, 2, []]"),
	 NULL, BAD, "devices.emu_devices[1] \"v\"",
	 "interrupt 10 is already emu_devices[0]'s"},
	{RISCV1 EMU("[\"k\", 0x1000_0000, 0x1000, 5, 0x40, []]"), NULL, GOOD,
	 "", ""},
	{RISCV1 PT("[\"r\", 0x10_1000, 0x10_1000, 0x1000, 96]"), NULL, WARNED,
	 "devices.passthrough_devices[0] \"r\": interrupt 96",
	 "none is passed through"},
	{RISCV1 PT("[\"r\", 0x10_1000, 0x10_1000, 0x1000, 11]"), NULL, GOOD, "",
	 ""},
	/* 11 is the clock's, where the other has nothing: a dummy */
	{RISCV1 PT("[\"/soc/rtc@101000\"]"),
	 RISCV2 PT("[\"x\", 0x2000_0000, 0x2000_0000, 0x1000, 11]"), WARNED,
	 "b.toml: warning: devices.passthrough_devices[0] \"x\": interrupt 11",
	 "\"/soc/rtc@101000\"'s, which is elsewhere"},
	{RISCV1 PT("[\"x\", 0x2000_0000, 0x2000_0000, 0x1000, 40]"),
	 RISCV2 PT("[\"y\", 0x2100_0000, 0x2100_0000, 0x1000, 40]"), BAD,
	 "b.toml: error: devices.passthrough_devices[0] \"y\"",
	 "interrupt 40 is already \"x\"'s"},
	{RISCV1 PT("[\"/soc/rtc@101000\"]"), RISCV2 PT("[\"/soc/rtc@101000\"]"),
	 BAD, "b.toml: error: devices.passthrough_devices[0]", "already given"},
	/* the guest's PLIC */
	{VM(1, "x") CPU1 HIGH RAM("[0x8000_0000, 0x100_0000, 7, 0],"
				  "[0xc5f_f000, 0x1000, 7, 0]"),
	 NULL, BAD,
	 "memory_regions[1] (0xc5ff000-0xc5fffff) overlaps the guest's PLIC",
	 "type 0x30"},
	{VM(1, "x") CPU1 HIGH RAM("[0x8000_0000, 0x100_0000, 7, 0],"
				  "[0xc60_0000, 0x1000, 7, 0]"),
	 NULL, GOOD, "", ""},
	{RISCV1 EMU("[\"plic\", 0x80f0_0000, 0x60_0000, 0, 0x30, [2]]"), NULL,
	 BAD, "devices.emu_devices[0] \"plic\"", "memory_regions[0]"},
	{RISCV1 EMU("[\"plic\", 0xc00_0000, 0x20_1000, 0, 0x30, []]"), NULL,
	 BAD, "devices.emu_devices[0] \"plic\": length 0x201000",
	 "give 0x202000"},
	{RISCV1 EMU("[\"plic\", 0xc00_0000, 0x20_2000, 0, 0x30, []]"), NULL,
	 GOOD, "", ""},
	/* an APLIC instead, and IMSICs beside it */
	{VM(1, "x") CPU1 HIGH RAM("[0x8000_0000, 0x100_0000, 7, 0],"
				  "[0xc5f_f000, 0x1000, 7, 0]")
		 EMU("[\"a\", 0xd00_0000, 0x5000, 0, 0x42, []]"),
	 NULL, GOOD, "", ""},
	{RISCV1 EMU("[\"a\", 0xd00_0000, 0x4fff, 0, 0x42, []]"), NULL, BAD,
	 "devices.emu_devices[0] \"a\": length 0x4fff is too short for an APLIC",
	 "give 0x5000"},
	{RISCV1 EMU("[\"a\", 0xd00_0800, 0x5000, 0, 0x42, []]"), NULL, BAD,
	 "devices.emu_devices[0] \"a\": 0xd000800 is misaligned for an APLIC",
	 "multiple of 0x1000"},
	{RISCV1 EMU("[\"a\", 0xd00_0000, 0x4000, 0, 0x42, []],"
		    "[\"i\", 0x2800_0000, 0x1000, 0, 0x43, []]"),
	 NULL, GOOD, "", ""},
	{RISCV1 EMU("[\"i\", 0x2800_0000, 0x1000, 0, 0x43, []],"
		    "[\"a\", 0xd00_0000, 0x3000, 0, 0x42, []]"),
	 NULL, BAD, "devices.emu_devices[1] \"a\": length 0x3000",
	 "give 0x4000"},
	{RISCV1 EMU("[\"i\", 0x2800_0000, 0x1000, 0, 0x43, []]"), NULL, BAD,
	 "devices.emu_devices[0] \"i\": IMSICs need an APLIC", "type 0x42"},
	{VM(1, "x") CPU3 HIGH RISCV_RAM("0")
		 EMU("[\"a\", 0xd00_0000, 0x4000, 0, 0x42, []],"
		     "[\"i\", 0x2800_4000, 0x3000, 0, 0x43, []]"),
	 NULL, GOOD, "", ""},
	{VM(1, "x") CPU3 HIGH RISCV_RAM("0")
		 EMU("[\"a\", 0xd00_0000, 0x4000, 0, 0x42, []],"
		     "[\"i\", 0x2800_4000, 0x2000, 0, 0x43, []]"),
	 NULL, BAD,
	 "devices.emu_devices[1] \"i\": length 0x2000 is too short for IMSICs",
	 "of 3 vCPUs; give 0x3000"},
	{VM(1, "x") CPU3 HIGH RISCV_RAM("0")
		 EMU("[\"a\", 0xd00_0000, 0x4000, 0, 0x42, []],"
		     "[\"i\", 0x2800_2000, 0x3000, 0, 0x43, []]"),
	 NULL, BAD,
	 "devices.emu_devices[1] \"i\": 0x28002000 is misaligned for IMSICs",
	 "multiple of 0x4000"},
	{RISCV1 EMU("[\"a\", 0xd00_0000, 0x5000, 0, 0x42, []],"
		    "[\"p\", 0xc00_0000, 0x60_0000, 0, 0x30, []]"),
	 NULL, BAD, "devices.emu_devices[0] \"a\": the guest has a PLIC",
	 "leave one of them out"},
	{RISCV1 EMU("[\"a\", 0xd00_0000, 0x5000, 0, 0x42, []],"
		    "[\"b\", 0xe00_0000, 0x5000, 0, 0x42, []]"),
	 NULL, BAD, "devices.emu_devices[1] \"b\": emu_devices[0] is of type",
	 "a VM has one"},
	{RISCV1 EMU("[\"a\", 0xd00_0000, 0x5000, 0, 0x42, [0]]"), NULL, BAD,
	 "devices.emu_devices[0] \"a\": cfg[0] 0x0", "give 1 to 1023"},
	{RISCV1 EMU("[\"a\", 0xd00_0000, 0x5000, 0, 0x42, [1024]]"), NULL, BAD,
	 "devices.emu_devices[0] \"a\": cfg[0] 0x400", "give 1 to 1023"},
	{RISCV1 EMU("[\"a\", 0xd00_0000, 0x5000, 0, 0x42, [31]],"
		    "[\"u\", 0x1000_0000, 0x1000, 31, 2, []]"),
	 NULL, GOOD, "", ""},
	{RISCV1 EMU("[\"a\", 0xd00_0000, 0x5000, 0, 0x42, [31]],"
		    "[\"u\", 0x1000_0000, 0x1000, 32, 2, []]"),
	 NULL, BAD, "devices.emu_devices[1] \"u\": interrupt 32 does not exist",
	 "APLIC 31"},
	/* addresses */
	{VM(1, "x") CPU1 ADDRESSES("0x8000_0001", "0x8000_0000") RISCV_RAM("0"),
	 NULL, BAD, "kernel.entry_point: 0x80000001", "multiple of 2"},
	{VM(1, "x") CPU1 ADDRESSES("0x8000_0002", "0x8000_0000") RISCV_RAM("0"),
	 NULL, GOOD, "", ""},
	/* the bus */
	{RISCV1 PT("[\"/soc/virtio@10001000\"]"), NULL, WARNED,
	 "passthrough_devices[0]: \"/soc/virtio@10001000\" may access memory",
	 "memory_regions[0] (map_type 0)"},
	{IDENTICAL1 PT("[\"/soc/virtio@10001000\"]"), NULL, GOOD, "", ""},
};

static char fdt[16384];

static void test_board(void **state)
{
	struct config_host host = {.fdt = fdt};

	(void)state;
	dts_text(board, fdt, sizeof(fdt));
	for (size_t i = 0; i < ARRAY_SIZE(on_board); i++)
		run(&on_board[i], &host);
}

static void test_riscv(void **state)
{
	struct config_host host = {.fdt = fdt};

	(void)state;
	dts_text(riscv_board, fdt, sizeof(fdt));
	for (size_t i = 0; i < ARRAY_SIZE(on_riscv); i++)
		run(&on_riscv[i], &host);
}

/* Whether harts have Ssaia, as their nodes say it. */
static void test_ssaia(void **state)
{
	static const char file[] =
		RISCV1 EMU("[\"a\", 0xd00_0000, 0x4000, 0, 0x42, []],"
			   "[\"i\", 0x2800_0000, 0x1000, 0, 0x43, []]");
	static const struct {
		const char *says;
		bool has;
	} rows[] = {
		{"riscv,isa = \"rv64imafdch_sstc_ssaia\"", true},
		{"riscv,isa = \"rv64imafdch_ssaia1p0_sstc\"", true},
		{"riscv,isa = \"rv64imafdch_smaia_ssaiax\"", false},
		{"riscv,isa = \"rv64imafdch\"", false},
		{"riscv,isa = [73 73 5f 73 73 61 69 61]", false},
		{"riscv,isa-extensions = \"i\", \"ssaia\", \"h\"", true},
		{"riscv,isa-extensions = \"i\", \"h\";"
		 "riscv,isa = \"rv64i_ssaia\"",
		 false},
		{"status = \"okay\"", false},
	};
	struct config_host host = {.fdt = fdt};
	char text[sizeof(riscv_board) + 128];

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		static const char old[] =
			"riscv,isa = \"rv64imafdch_ssaia_sstc\"";
		const char *at = strstr(riscv_board, old);
		struct check_case row = {file, NULL, WARNED,
					 "devices.emu_devices[1] \"i\": not "
					 "every hart",
					 "Ssaia"};

		if (rows[i].has)
			row = (struct check_case){file, NULL, GOOD, "", ""};
		assert_non_null(at);
		snprintf(text, sizeof(text), "%.*s%s%s",
			 (int)(at - riscv_board), riscv_board, rows[i].says,
			 at + strlen(old));
		dts_text(text, fdt, sizeof(fdt));
		run(&row, &host);
	}
}

/* The parts of a kernel's header that say what it is. */
static void kernel_make(uint8_t image[0x1000], const char *magic)
{
	memset(image, 0, 0x1000);
	memcpy(image, "MZ", 2);
	if (!strcmp(magic, "HdrS"))
		memcpy(image + 0x202, magic, 4);
	else
		memcpy(image + 56, magic, 4);
}

/* A kernel for another machine, and one where it cannot lie. */
static void test_kernels(void **state)
{
	static const struct {
		const char *tree, *magic, *load;
		const char *what; /* NULL: good */
	} rows[] = {
		{board, "ARM\x64", "0x4020_0000", NULL},
		{board, "RSC\x05", "0x4020_0000",
		 "is a kernel for riscv64, and the board is arm64"},
		{board, "HdrS", "0x4020_0000",
		 "is a kernel for x86, and the board is arm64"},
		{board, "none", "0x4020_0000", NULL},
		{riscv_board, "RSC\x05", "0x8020_0000", NULL},
		{riscv_board, "RSC\x05", "0x8010_0000",
		 "misaligned for a riscv64 kernel"},
		{riscv_board, "ARM\x64", "0x8020_0000",
		 "is a kernel for arm64, and the board is riscv64"},
		{riscv_board, "none", "0x8010_0000", NULL},
	};
	static uint8_t image[0x1000];
	struct config_host host = {.fdt = fdt};
	char text[256];

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		const struct vm_config *vms[1];
		struct vm_config *config;
		int err;

		dts_text(rows[i].tree, fdt, sizeof(fdt));
		snprintf(text, sizeof(text),
			 VM(1, "x") CPU1 ADDRESSES("%s", "%s")
				 RAM("[0x4000_0000, 0x1_0000_0000, 7, 0]"),
			 rows[i].load, rows[i].load);
		report = fresh_report();
		config = parse("a.toml", text);
		kernel_make(image, rows[i].magic);
		config->kernel.data = image;
		config->kernel.size_bytes = sizeof(image);
		vms[0] = config;
		err = vm_config_check(vms, 1, &host, &report);
		assert_int_equal(err, rows[i].what ? -22 : 0);
		if (rows[i].what)
			assert_finding("a.toml: error: kernel.kernel_",
				       rows[i].what, "");
		vm_config_free(config);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_board),
		cmocka_unit_test(test_riscv),
		cmocka_unit_test(test_ssaia),
		cmocka_unit_test(test_kernels),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
