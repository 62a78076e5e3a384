/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The interrupt controller and the timers of the boards' trees: the real
 * drivers on a model of a GIC-600, whose redistributors stand in another
 * order than the CPUs. Arm IHI 0069H, chapter 12. Nothing outside of the
 * distributor and the redistributors is touched: no ITS above all.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <arch/cpu.h>
#include <core/cpu.h>
#include <core/irq.h>
#include <drivers/driver.h>
#include <lib/fdt.h>
#include <lib/log.h>
#include <libfdt.h>
#include <mm/host_map.h>

#include "../../fake/fake.h"
#include "boards.h"

void boot_cpus(void);

/* the registers that the drivers name */
#include <asm/sysreg.h>
static uint64_t reg_ICC_IAR1_EL1, reg_ICC_EOIR1_EL1, reg_ICC_DIR_EL1;
static uint64_t reg_ICC_SGI1R_EL1, reg_ICC_CTLR_EL1, reg_ICC_PMR_EL1;
static uint64_t reg_ICC_SRE_EL2, reg_ICC_IGRPEN1_EL1, reg_ICC_BPR1_EL1;
static uint64_t reg_cntfrq_el0, reg_cnthp_ctl_el2, reg_cnthp_cval_el2;
#undef read_sysreg
#define read_sysreg(name) reg_##name
#undef write_sysreg
#define write_sysreg(value, name) ((void)(reg_##name = (value)))
#undef dsb
#define dsb(domain) ((void)0)
#define isb() ((void)0)
int aarch64_timer_node(void);

#include "../../../drivers/irqchip/gicv3.c"
#undef LOG_TAG
#include "../../../arch/aarch64/timer.c"

#define SPIS 480u
#define STRIDE 0x20000ull

/* in place of the linker's table, which has a name for its end */
const struct driver *const __drivers_start[]
	__attribute__((used)) = {&gicv3_driver, &gicv2_driver};
__asm__(".globl __drivers_end\n.set __drivers_end, __drivers_start + 16");

static const struct board *board;
static const struct irqchip *registered;
static uint8_t dist_mem[0x10000], redist_mem[BOARD_CPUS][STRIDE];

uint64_t arch_hwid(void)
{
	return board->boot;
}

struct cpu cpus[CPU_MAX];
unsigned int cpu_count;

struct cpu *cpu_find_hwid(uint64_t hwid)
{
	for (unsigned int id = 0; id < cpu_count; id++)
		if (cpus[id].hwid == hwid)
			return &cpus[id];
	return NULL;
}

void irq_chip_register(const struct irqchip *c)
{
	assert_null(registered);
	registered = c;
}

/* Not memory: an address of the bus, which the model answers. */
volatile void *host_map_device(hpa_t base, uint64_t size_bytes)
{
	assert_true((base.v == board->gicd && size_bytes == board->gicd_size) ||
		    (base.v == board->gicr && size_bytes == board->gicr_size));
	return (volatile void *)(uintptr_t)base.v;
}

static unsigned int frame_of_cpu(unsigned int index)
{
	return board->cpu_count - 1 - index;
}

/* Where a register's bytes are; the test fails for what is no GIC's. */
static uint8_t *reg_at(uint64_t addr, unsigned int width, bool *is_dist,
		       uint64_t *off)
{
	assert_int_equal(addr % width, 0);
	*is_dist = addr >= board->gicd && addr < board->gicd + 0x10000;
	if (*is_dist) {
		*off = addr - board->gicd;
		return dist_mem + *off;
	}
	if (addr < board->gicr || addr >= board->gicr + board->gicr_size)
		fail_msg("%#llx is not the GIC's", (unsigned long long)addr);
	*off = (addr - board->gicr) % STRIDE;
	return redist_mem[(addr - board->gicr) / STRIDE] + *off;
}

static uint64_t typer(uint64_t addr)
{
	unsigned int frame = (unsigned int)((addr - board->gicr) / STRIDE);
	uint64_t hwid = board->hwids[frame_of_cpu(frame)];

	return hwid << 32 | (uint64_t)frame << 8 |
	       (frame == board->cpu_count - 1 ? BIT(4) : 0);
}

uint64_t fake_io_read(const volatile void *addr, unsigned int width)
{
	uint64_t value = 0, off;
	bool is_dist;
	const uint8_t *reg = reg_at((uintptr_t)addr, width, &is_dist, &off);

	if (is_dist && off == 0x4) /* lines, two Security states, LPIs */
		return (SPIS / 32 - 1) | BIT(10) | BIT(17) | 0xfull << 19;
	if (is_dist && off == 0xffe8)
		return 0x3b;
	if (!is_dist && off == 0x8)
		return typer((uintptr_t)addr);
	memcpy(&value, reg, width);
	return value;
}

void fake_io_write(volatile void *addr, unsigned int width, uint64_t value)
{
	uint64_t off, bank;
	bool is_dist;
	uint8_t *reg = reg_at((uintptr_t)addr, width, &is_dist, &off);
	uint32_t bits;

	bank = is_dist ? off : off - 0x10000;
	if (!is_dist && off == 0x14) {
		/* ProcessorSleep, and at once ChildrenAsleep */
		bits = (uint32_t)value & 2 ? 6 : 0;
		memcpy(reg, &bits, sizeof(bits));
		return;
	}
	/* GICR_CTLR's bit 0 would let LPIs in, whose tables nobody has made */
	if (!is_dist && off == 0)
		assert_int_equal(value & 1, 0);
	if (bank >= 0x100 && bank < 0x180) { /* set-enable */
		memcpy(&bits, reg, sizeof(bits));
		bits |= (uint32_t)value;
		memcpy(reg, &bits, sizeof(bits));
	} else if (bank >= 0x180 && bank < 0x200) { /* clear-enable */
		memcpy(&bits, reg - 0x80, sizeof(bits));
		bits &= ~(uint32_t)value;
		memcpy(reg - 0x80, &bits, sizeof(bits));
	} else if (bank >= 0x200 && bank < 0x400) {
		return;
	} else {
		memcpy(reg, &value, width);
	}
}

/* As firmware leaves it: this CPU's redistributor awake, the others asleep. */
static void power_up(void)
{
	for (unsigned int i = 0; i < BOARD_CPUS; i++)
		redist_mem[i][0x14] = 6;
	reg_ICC_CTLR_EL1 = 4 << 8;
	reg_cntfrq_el0 = board->freq_hz;
}

static void probe(void **state, const void *tree)
{
	board = *state;
	power_up();
	fdt_set_host(tree);
	board_log_start();
	boot_cpus();
	fake_this_cpu = &cpus[0];
	drivers_probe(DRIVER_IRQCHIP);
	log_set_sink(NULL);
}

static unsigned int index_of(uint64_t hwid)
{
	for (unsigned int i = 0; i < board->cpu_count; i++)
		if (board->hwids[i] == hwid)
			return i;
	fail();
	return 0;
}

static void controller(void **state)
{
	const void *tree = board_tree(*state);
	const struct gic *gic;

	probe(state, tree);
	assert_non_null(registered);
	gic = arch_gic();
	assert_non_null(gic);
	assert_int_equal(gic->dist_base.v, board->gicd);
	assert_int_equal(gic->irq_count, SPIS);
	assert_int_equal(gic->redist_region_count, 1);
	assert_int_equal(gic->redist[0].base.v, board->gicr);
	assert_int_equal(gic->redist_stride, STRIDE);
	assert_int_equal(cpu_count, board->cpu_count);
	for (unsigned int id = 0; id < cpu_count; id++)
		assert_int_equal((uintptr_t)gic->redist_regs[id],
				 board->gicr +
					 frame_of_cpu(index_of(cpus[id].hwid)) *
						 STRIDE);
	/* each shared interrupt goes to the CPU that boots, none is on */
	for (unsigned int irq = 32; irq < SPIS; irq++) {
		uint64_t route;

		memcpy(&route, dist_mem + 0x6000 + 8 * irq, 8);
		assert_int_equal(route, board->boot);
		assert_int_equal(dist_mem[0x100 + irq / 8], 0);
	}
	if (!strstr(board_log, "version 3, 480 interrupts"))
		fail_msg("%s", board_log);
}

static void each_cpu(void **state)
{
	probe(state, board_tree(*state));
	for (unsigned int id = 0; id < cpu_count; id++) {
		uint8_t *mem =
			redist_mem[frame_of_cpu(index_of(cpus[id].hwid))];

		fake_this_cpu = &cpus[id];
		reg_ICC_SRE_EL2 = reg_ICC_IGRPEN1_EL1 = 0;
		registered->cpu_init();
		assert_int_equal(mem[0x14], 0);
		assert_int_equal(reg_ICC_IGRPEN1_EL1, 1);
		assert_int_equal(reg_ICC_SRE_EL2 & 9, 9);
		registered->enable(26);
		assert_true(mem[0x10103] & BIT(2));
		registered->disable(26);
		assert_false(mem[0x10103] & BIT(2));
	}
}

/* 12.2.22: Aff1 at 16, Aff2 at 32, the target list by Aff0. */
static void ipis(void **state)
{
	probe(state, board_tree(*state));
	for (unsigned int id = 0; id < cpu_count; id++) {
		registered->send_ipi(id, IPI_CALL);
		assert_int_equal(reg_ICC_SGI1R_EL1 & 0xffff,
				 BIT(cpus[id].hwid & 0xff));
		assert_int_equal(reg_ICC_SGI1R_EL1 >> 16 & 0xff,
				 cpus[id].hwid >> 8);
		assert_int_equal(reg_ICC_SGI1R_EL1 >> 28, 0);
		assert_int_equal(
			registered->ipi_of(reg_ICC_SGI1R_EL1 >> 24 & 0xf),
			IPI_CALL);
		registered->set_cpu(board->uart_intid, id);
		assert_int_equal(dist_mem[0x6001 + 8 * board->uart_intid],
				 cpus[id].hwid >> 8);
		assert_int_equal(dist_mem[0x6000 + 8 * board->uart_intid],
				 cpus[id].hwid & 0xff);
	}
}

/* By the tree's specifiers, of three cells or of four. */
static void specifiers(void **state)
{
	const void *tree = board_tree(*state);
	enum irq_trigger trigger;
	struct fdt_irq irq;

	probe(state, tree);
	assert_int_equal(
		fdt_node_irq(tree, board_node(tree, board->console), 0, &irq),
		0);
	assert_int_equal(registered->of_fdt(&irq, &trigger), board->uart_intid);
	assert_int_equal(trigger, IRQ_TRIGGER_LEVEL);
	assert_true(registered->is_shared(board->uart_intid));
}

static void timers(void **state)
{
	static const unsigned int intids[] = {29, 30, 27, 26};
	const void *tree = board_tree(*state);
	struct fdt_irq irq;
	bool edge;
	int node;

	board = *state;
	fdt_set_host(tree);
	power_up();
	reg_cnthp_ctl_el2 = 1;
	board_log_start();
	arch_timer_init();
	log_set_sink(NULL);
	assert_string_equal(board_log, "");
	assert_int_equal(arch_timer_irq(), 26);
	assert_int_equal(arch_counter_freq_hz(), board->freq_hz);
	assert_int_equal(reg_cnthp_ctl_el2, 0);
	arch_timer_set(77);
	assert_int_equal(reg_cnthp_cval_el2, 77);
	assert_int_equal(reg_cnthp_ctl_el2, 1);
	/* those that guests are given as well */
	node = aarch64_timer_node();
	assert_int_equal(node, board_node(tree, "/timer"));
	for (unsigned int i = 0; i < ARRAY_SIZE(intids); i++) {
		assert_int_equal(fdt_node_irq(tree, node, i, &irq), 0);
		assert_int_equal(fdt_gic_intid(&irq, &edge), intids[i]);
		assert_false(edge);
	}
}

static void init_timer(void)
{
	arch_timer_init();
}

/* Firmware forgot CNTFRQ_EL0: the tree's word counts, where it has one. */
static void frequency(void **state)
{
	const void *tree = board_tree(*state);

	board = *state;
	fdt_set_host(tree);
	if (!fdt_getprop(tree, board_node(tree, "/timer"), "clock-frequency",
			 NULL)) {
		assert_true(fake_panics(init_timer));
		return;
	}
	arch_timer_init();
	assert_int_equal(arch_counter_freq_hz(), board->freq_hz);
}

/* The trees name their ITS, and with it stand or fall nothing. */
static void no_its(void **state)
{
	static const char *const its[] = {"arm,gic-v3-its", NULL};
	void *tree = board_tree(*state);
	unsigned int count = 0;
	int node;

	board = *state;
	while ((node = fdt_first_compatible(tree, its)) >= 0) {
		assert_int_equal(fdt_parent(tree, node),
				 fdt_first_compatible(tree, gicv3_compatible));
		assert_int_equal(fdt_del_node(tree, node), 0);
		count++;
	}
	assert_int_equal(count, board->its_count);
	controller(state);
	each_cpu(state);
}

/*
 * Trees that are damaged
 */

static int gic_of(const void *tree)
{
	int node = fdt_first_compatible(tree, gicv3_compatible);

	assert_true(node >= 0);
	return node;
}

static void refuses(void **state, const void *tree, const char *logged)
{
	probe(state, tree);
	assert_null(registered);
	assert_null(arch_gic());
	if (!strstr(board_log, logged))
		fail_msg("\"%s\" is not in \"%s\"", logged, board_log);
}

static void reg_truncated(void **state)
{
	void *tree = board_tree(*state);
	const void *reg;
	char copy[16];

	reg = fdt_getprop(tree, gic_of(tree), "reg", NULL);
	memcpy(copy, reg, sizeof(copy));
	fdt_setprop(tree, gic_of(tree), "reg", copy, 12);
	refuses(state, tree, "reg names no distributor");
	fdt_setprop(tree, gic_of(tree), "reg", copy, 16);
	dist = NULL;
	refuses(state, tree, "reg names no redistributor region 0");
	fdt_delprop(tree, gic_of(tree), "reg");
	dist = NULL;
	refuses(state, tree, "reg names no distributor");
}

static void regions_that_are_not_there(void **state)
{
	void *tree = board_tree(*state);

	fdt_setprop_u32(tree, gic_of(tree), "#redistributor-regions", 7);
	/* on the Phytium Pi GICv2 windows stand there */
	refuses(state, tree, "redistributor");
}

/* The region holds half of the redistributors: those CPUs do not start. */
static void region_too_short(void **state)
{
	struct board shorter = *(const struct board *)*state;
	void *tree = board_tree(*state), *copy = &shorter;
	uint8_t reg[32];
	unsigned int known = 0;

	memcpy(reg, fdt_getprop(tree, gic_of(tree), "reg", NULL), sizeof(reg));
	shorter.gicr_size /= 2;
	/* so that the boot CPU's is among them */
	shorter.boot = shorter.hwids[shorter.cpu_count - 1];
	fdt64_st(reg + 24, shorter.gicr_size);
	fdt_setprop(tree, gic_of(tree), "reg", reg, sizeof(reg));
	probe(&copy, tree);
	assert_non_null(registered);
	for (unsigned int id = 0; id < cpu_count; id++)
		known += arch_gic()->redist_regs[id] != NULL;
	assert_int_equal(known, cpu_count / 2);
}

static void disabled(void **state)
{
	void *tree = board_tree(*state);

	fdt_setprop_string(tree, gic_of(tree), "status", "disabled");
	refuses(state, tree, "");
	assert_non_null(strstr(drivers_wanted(DRIVER_IRQCHIP), "arm,gic-v3"));
}

static void timer_damaged(void **state)
{
	void *tree = board_tree(*state);
	int node = board_node(tree, "/timer");
	uint8_t spi[64] = {0};

	board = *state;
	fdt_set_host(tree);
	/* no whole specifiers; none; shared ones; no node: the usual number */
	power_up();
	fdt_setprop(tree, node, "interrupts", spi, 20);
	arch_timer_init();
	assert_int_equal(arch_timer_irq(), 26);
	timer_freq_hz = 0;
	fdt_setprop(tree, node, "interrupts", spi, 48);
	board_log_start();
	arch_timer_init();
	assert_int_equal(arch_timer_irq(), 26);
	timer_freq_hz = 0;
	fdt_delprop(tree, node, "interrupts");
	arch_timer_init();
	assert_int_equal(arch_timer_irq(), 26);
	timer_freq_hz = 0;
	fdt_del_node(tree, node);
	board_log_start();
	arch_timer_init();
	log_set_sink(NULL);
	assert_int_equal(arch_timer_irq(), 26);
	assert_non_null(strstr(board_log, "no timer in the device tree"));
	assert_int_equal(arch_counter_freq_hz(), board->freq_hz);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		ON_EACH_BOARD(controller),
		ON_EACH_BOARD(each_cpu),
		ON_EACH_BOARD(ipis),
		ON_EACH_BOARD(specifiers),
		ON_EACH_BOARD(timers),
		ON_EACH_BOARD(frequency),
		ON_EACH_BOARD(no_its),
		ON_EACH_BOARD(reg_truncated),
		ON_EACH_BOARD(regions_that_are_not_there),
		ON_EACH_BOARD(region_too_short),
		ON_EACH_BOARD(disabled),
		ON_EACH_BOARD(timer_damaged),
	};

	return boards_run(tests, ARRAY_SIZE(tests));
}
