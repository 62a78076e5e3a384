/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Power domains of RK3568 and RK3588: switched on, never off. A domain that
 * gets power leaves its bus's idle state afterwards; one whose memories had
 * power before it has them restarted between. RK3568 TRM part 1 and RK3588 TRM
 * part 1, "PMU": PMU_PWR_GATE_CON (SFTCON), PMU_PWR_GATE_STS, PMU_BUS_IDLE_…;
 * as Linux' pmdomain/rockchip/pm-domains.c tells them; numbers:
 * dt-bindings/power/rk3568-power.h, rk3588-power.h.
 */
#include <asm/io.h>
#include <core/timer.h>
#include <drivers/clk.h>
#include <drivers/soc.h>
#include <errno.h>
#include <lib/fdt_args.h>
#include <lib/log.h>
#include <libfdt.h>
#include <mm/heap.h>
#include <mm/host_map.h>

#define LOG_TAG "power"

#define LIST_MAX 8u
#define NONE 0xffu
#define POLL_US 10u
#define POLLS_MAX 1000u

/**
 * struct domain - bits; 16 to a register where that has a mask above, else 32
 * @power:  1 switches it off
 * @state:  is it on? by @by_gate in the gates' status, where 1 is off; else in
 *          the memories' repair status, where 1 is on
 * @memory: of its memories: 1 is off
 * @idle:   its bus, with as many after it as @idles says
 */
struct domain {
	uint8_t id, power, state, memory, idle;
	uint8_t idles : 4, by_gate : 4;
};

/** struct pmu_soc - where a SoC has the registers */
struct pmu_soc {
	const char *compatible;
	uint16_t power, gate, request, idle, ack;
	uint16_t memory_power, chain, memory, repair, size;
	unsigned int count;
	const struct domain *domains;
};

/* clang-format off */
static const struct domain of_3568[] = {
	{6, 1, 1, NONE, 2, 1, 1}, {7, 0, 0, NONE, 1, 1, 1},
	{8, 6, 6, NONE, 3, 1, 1}, {9, 7, 7, NONE, 4, 1, 1},
	{10, 5, 5, NONE, 5, 1, 1}, {11, 2, 2, NONE, 6, 1, 1},
	{13, 4, 4, NONE, 8, 1, 1}, {14, 3, 3, NONE, 7, 1, 1},
	{15, 8, 8, NONE, 11, 1, 1},
};

static const struct domain of_3588[] = {
	{8, 1, 1, NONE, NONE, 0, 1}, {9, 3, 2, 11, 1, 1, 0},
	{10, 4, 3, 12, 2, 1, 0}, {11, 5, 4, 13, 3, 1, 0},
	{12, 0, 1, NONE, 0, 1, 0}, {13, 2, 2, NONE, NONE, 0, 1},
	{14, 8, 7, 16, 6, 1, 0}, {15, 9, 8, 17, 7, 1, 0},
	{16, 6, 5, 14, 4, 1, 0}, {17, 7, 6, 15, 5, 1, 0},
	{21, 10, 9, 18, 8, 1, 0}, {22, 11, 10, 19, NONE, 0, 0},
	{23, 12, 11, 20, 9, 1, 0}, {24, 17, 16, 25, 13, 2, 0},
	{25, 18, 17, 26, 15, 1, 0}, {26, 19, 18, 27, 16, 1, 0},
	{27, 13, 12, 21, 10, 1, 0}, {28, 15, 14, 23, 11, 1, 0},
	{29, 14, 13, 22, NONE, 0, 0}, {30, 16, 15, 24, 12, 1, 0},
	{31, 27, 25, 35, 20, 1, 0}, {32, 21, 20, 29, 21, 1, 0},
	{33, 22, 21, 30, NONE, 0, 0}, {34, 23, 22, 31, NONE, 0, 0},
	{35, 24, 24, NONE, 18, 1, 1}, {36, 25, 23, 33, NONE, 0, 0},
	{37, 26, 24, 34, 19, 1, 0}, {38, 20, 19, 28, 17, 1, 0},
	{40, 29, 26, 37, NONE, 0, 0},
};
/* clang-format on */

static const struct pmu_soc socs[] = {
	{
		.compatible = "rockchip,rk3568-power-controller",
		.power = 0xa0,
		.gate = 0x98,
		.request = 0x50,
		.idle = 0x68,
		.ack = 0x60,
		.size = 0xa4,
		.count = ARRAY_SIZE(of_3568),
		.domains = of_3568,
	},
	{
		.compatible = "rockchip,rk3588-power-controller",
		.power = 0x14c,
		.gate = 0x180,
		.request = 0x10c,
		.idle = 0x120,
		.ack = 0x118,
		.memory_power = 0x1a0,
		.chain = 0x1f0,
		.memory = 0x1f8,
		.repair = 0x290,
		.size = 0x294,
		.count = ARRAY_SIZE(of_3588),
		.domains = of_3588,
	},
};

/** struct pmu - @node: of the tree's power controller */
struct pmu {
	const void *fdt;
	int node;
	const struct pmu_soc *soc;
	volatile uint8_t *regs;
};

static struct pmu *the_pmu; /* atomic: complete, for ever */

static uint32_t bits_read(const struct pmu *pmu, unsigned int reg,
			  unsigned int bit)
{
	return io_read32(pmu->regs + reg + 4 * (bit / 32)) >> bit % 32;
}

static void bit_write(const struct pmu *pmu, unsigned int reg, unsigned int bit,
		      bool set)
{
	io_write32(pmu->regs + reg + 4 * (bit / 16), (0x10000u | set)
							     << bit % 16);
}

/* Until @mask of the register's bits from @bit on are all @set; -ETIMEDOUT. */
static int wait_for(const struct pmu *pmu, unsigned int reg, unsigned int bit,
		    uint32_t mask, bool set)
{
	for (unsigned int i = 0; i < POLLS_MAX; i++) {
		if ((bits_read(pmu, reg, bit) & mask) == (set ? mask : 0))
			return 0;
		time_delay_us(POLL_US);
	}
	return -ETIMEDOUT;
}

static unsigned int state_reg(const struct pmu *pmu, const struct domain *d)
{
	return d->by_gate ? pmu->soc->gate : pmu->soc->repair;
}

static bool is_on(const struct pmu *pmu, const struct domain *d)
{
	bool bit = bits_read(pmu, state_reg(pmu, d), d->state) & 1;

	return bit != d->by_gate;
}

/* Its memories have had power all the time: they go off and on again. */
static int memory_restart(const struct pmu *pmu, const struct domain *d)
{
	int err = wait_for(pmu, pmu->soc->chain, d->memory, 1, true);

	if (err)
		return err;
	time_delay_us(20);
	bit_write(pmu, pmu->soc->memory_power, d->power, true);
	err = wait_for(pmu, pmu->soc->memory, d->memory, 1, true);
	if (err)
		return err;
	bit_write(pmu, pmu->soc->memory_power, d->power, false);
	return wait_for(pmu, pmu->soc->memory, d->memory, 1, false);
}

static int idle_leave(const struct pmu *pmu, const struct domain *d)
{
	uint32_t mask = (1u << d->idles) - 1;
	int err;

	for (unsigned int i = 0; i < d->idles; i++)
		bit_write(pmu, pmu->soc->request, d->idle + i, false);
	err = d->idles ? wait_for(pmu, pmu->soc->ack, d->idle, mask, false) : 0;
	if (!err && d->idles)
		err = wait_for(pmu, pmu->soc->idle, d->idle, mask, false);
	return err;
}

static int switch_on(const struct pmu *pmu, const struct domain *d)
{
	bool memory_on = d->memory != NONE &&
			 !(bits_read(pmu, pmu->soc->memory, d->memory) & 1);
	int err = 0;

	bit_write(pmu, pmu->soc->power, d->power, false);
	if (memory_on)
		err = memory_restart(pmu, d);
	if (!err)
		err = wait_for(pmu, state_reg(pmu, d), d->state, 1,
			       !d->by_gate);
	return err ? err : idle_leave(pmu, d);
}

/* @who: of the device, for people */
static int domain_on(const struct pmu *pmu, const void *fdt, int node,
		     uint32_t id, const char *who)
{
	const struct domain *d = pmu->soc->domains;
	int err;

	while (d < pmu->soc->domains + pmu->soc->count && d->id != id)
		d++;
	if (d == pmu->soc->domains + pmu->soc->count) {
		log_warn("%s: domain %u is not known: as firmware left it", who,
			 id);
		return 0;
	}
	if (is_on(pmu, d))
		return 0;
	/* what hangs on its bus has to see an edge */
	if (node >= 0)
		clk_node_start(fdt, node);
	err = switch_on(pmu, d);
	if (err)
		log_err("%s: domain %u does not come on: error %d", who, id,
			err);
	else
		log_info("domain %u is on", id);
	return err;
}

/* A domain inside of others needs those first: so the tree has them. */
static int path_on(const struct pmu *pmu, const void *fdt, uint32_t id,
		   const char *who)
{
	struct fdt_scan scan;
	int err = 0;

	if (!fdt_scan_init(&scan, fdt))
		return -EINVAL;
	while (fdt_scan_next(&scan)) {
		int top = 0;

		while (top <= scan.depth && scan.chain[top] != pmu->node)
			top++;
		if (top < scan.depth &&
		    fdt_u32(fdt, scan.node, "reg", NONE) == id) {
			for (int i = top + 1; !err && i <= scan.depth; i++)
				err = domain_on(pmu, fdt, scan.chain[i],
						fdt_u32(fdt, scan.chain[i],
							"reg", NONE),
						who);
			return err;
		}
	}
	return domain_on(pmu, fdt, -1, id, who);
}

static const struct pmu *pmu_get(const void *fdt, int node)
{
	struct pmu *pmu = __atomic_load_n(&the_pmu, __ATOMIC_ACQUIRE);
	struct pmu *none = NULL;
	struct fdt_reg reg;

	if (pmu)
		return pmu->node == node && pmu->fdt == fdt ? pmu : NULL;
	pmu = heap_alloc(sizeof(*pmu));
	if (!pmu)
		return NULL;
	*pmu = (struct pmu){.fdt = fdt, .node = node};
	for (unsigned int i = 0; i < ARRAY_SIZE(socs); i++)
		if (!fdt_node_check_compatible(fdt, node, socs[i].compatible))
			pmu->soc = &socs[i];
	if (pmu->soc && !fdt_node_reg(fdt, fdt_parent(fdt, node), 0, &reg) &&
	    reg.addr % 4 == 0 && reg.size >= pmu->soc->size)
		pmu->regs = host_map_device(hpa(reg.addr), reg.size);
	if (!pmu->regs) {
		heap_free(pmu);
		return NULL;
	}
	/* somebody else was as fast: the first one stays */
	if (!__atomic_compare_exchange_n(&the_pmu, &none, pmu, false,
					 __ATOMIC_RELEASE, __ATOMIC_ACQUIRE)) {
		heap_free(pmu);
		return none;
	}
	return pmu;
}

int power_node_on(const void *fdt, int node)
{
	const char *who = fdt_get_name(fdt, node, NULL);
	int err = 0, got = 0;

	for (unsigned int i = 0; i < LIST_MAX && got != -EINVAL; i++) {
		const struct pmu *pmu = NULL;
		struct fdt_args args;

		got = fdt_args(fdt, node, "power-domains",
			       "#power-domain-cells", i, &args);
		if (got == -ERANGE)
			break;
		if (!got && args.count == 1)
			pmu = pmu_get(fdt, args.node);
		if (!pmu)
			log_warn("%s: power-domains, %u: left as it is", who,
				 i);
		else if (path_on(pmu, fdt, args.cells[0], who))
			err = -EIO;
	}
	return err;
}
