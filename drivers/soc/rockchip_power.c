/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Power domains of RK3568 and RK3588: switched on, never off. A domain that
 * gets power leaves its bus's idle state afterwards; one whose memories had
 * power before it has them restarted between. Where: drivers/rockchip_pmu.h.
 */
#include <asm/io.h>
#include <core/timer.h>
#include <drivers/clk.h>
#include <drivers/rockchip_pmu.h>
#include <drivers/soc.h>
#include <errno.h>
#include <lib/fdt_args.h>
#include <lib/log.h>
#include <libfdt.h>
#include <mm/heap.h>
#include <mm/host_map.h>

#define LOG_TAG "power"

#define LIST_MAX 8u
#define POLL_US 10u
#define POLLS_MAX 1000u

static const struct rk_pmu_soc *const socs[] = {&rk_pmu_rk3568, &rk_pmu_rk3588};

/** struct pmu - @node: of the tree's power controller */
struct pmu {
	const void *fdt;
	int node;
	const struct rk_pmu_soc *soc;
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

static unsigned int state_reg(const struct pmu *pmu,
			      const struct rk_pmu_domain *d)
{
	return d->by_gate ? pmu->soc->gate : pmu->soc->repair;
}

static bool is_on(const struct pmu *pmu, const struct rk_pmu_domain *d)
{
	bool bit = bits_read(pmu, state_reg(pmu, d), d->state) & 1;

	return bit != d->by_gate;
}

/* Its memories have had power all the time: they go off and on again. */
static int memory_restart(const struct pmu *pmu, const struct rk_pmu_domain *d)
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

static int idle_leave(const struct pmu *pmu, const struct rk_pmu_domain *d)
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

static int switch_on(const struct pmu *pmu, const struct rk_pmu_domain *d)
{
	bool memory_on = d->memory != RK_PMU_NONE &&
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
	const struct rk_pmu_domain *d = pmu->soc->domains;
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
		    fdt_u32(fdt, scan.node, "reg", RK_PMU_NONE) == id) {
			for (int i = top + 1; !err && i <= scan.depth; i++)
				err = domain_on(pmu, fdt, scan.chain[i],
						fdt_u32(fdt, scan.chain[i],
							"reg", RK_PMU_NONE),
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
		if (!fdt_node_check_compatible(fdt, node, socs[i]->compatible))
			pmu->soc = socs[i];
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
