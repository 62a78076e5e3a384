/* SPDX-License-Identifier: Apache-2.0 */
#include "rk_pmu.h"

#include <drivers/rockchip_pmu.h>
#include <lib/util.h>

#include "rk_masked.h"

/* What @reg asks for, from bit *@shift on; NULL: it is no request. */
static uint32_t *request_of(struct rk_pmu *pmu, const struct rk_pmu_soc *soc,
			    uint64_t reg, unsigned int *shift)
{
	const struct {
		uint16_t at;
		uint32_t *cell;
	} requests[] = {
		{soc->power, &pmu->power},
		{soc->memory_power, &pmu->memory_power},
		{soc->request, &pmu->request},
	};

	for (unsigned int i = 0; i < ARRAY_SIZE(requests); i++) {
		uint64_t offset = reg - requests[i].at;

		if (!requests[i].at || offset >= 4 * soc->masked)
			continue;
		*shift = (unsigned int)offset * 4;
		return requests[i].cell;
	}
	return NULL;
}

/* If @reg has bit @bit of the status that begins at @at. */
static uint32_t bit_of(uint64_t reg, unsigned int at, unsigned int bit,
		       bool set)
{
	return set && bit != RK_PMU_NONE && reg == at + 4 * (bit / 32)
		       ? 1u << bit % 32
		       : 0;
}

static uint32_t status_of(const struct rk_pmu *now,
			  const struct rk_pmu_soc *soc,
			  const struct rk_pmu_domain *d, uint64_t reg)
{
	bool on = !(now->power >> d->power & 1);
	bool repaired =
		d->memory == RK_PMU_NONE || (now->repaired >> d->power & 1);
	uint32_t value = 0;

	if (d->by_gate)
		value = bit_of(reg, soc->gate, d->state, !on);
	else
		value = bit_of(reg, soc->repair, d->state, on && repaired);
	value |= bit_of(reg, soc->chain, d->memory, on);
	value |= bit_of(reg, soc->memory, d->memory,
			now->memory_power >> d->power & 1);
	for (unsigned int i = 0; i < d->idles; i++) {
		bool idle = now->request >> (d->idle + i) & 1;

		value |= bit_of(reg, soc->ack, d->idle + i, idle);
		value |= bit_of(reg, soc->idle, d->idle + i, idle);
	}
	return value;
}

uint32_t rk_pmu_read(struct rk_pmu *pmu, const struct rk_pmu_soc *soc,
		     uint64_t reg)
{
	unsigned int shift;
	uint32_t *cell = request_of(pmu, soc, reg, &shift), value = 0;
	struct rk_pmu now;

	if (cell)
		return __atomic_load_n(cell, __ATOMIC_RELAXED) >> shift &
		       0xffff;
	now = (struct rk_pmu){
		.power = __atomic_load_n(&pmu->power, __ATOMIC_RELAXED),
		.memory_power =
			__atomic_load_n(&pmu->memory_power, __ATOMIC_RELAXED),
		.request = __atomic_load_n(&pmu->request, __ATOMIC_RELAXED),
		.repaired = __atomic_load_n(&pmu->repaired, __ATOMIC_RELAXED),
	};
	for (unsigned int i = 0; i < soc->count; i++)
		value |= status_of(&now, soc, &soc->domains[i], reg);
	return value;
}

void rk_pmu_write(struct rk_pmu *pmu, const struct rk_pmu_soc *soc,
		  uint64_t reg, uint32_t value)
{
	unsigned int shift;
	uint32_t *cell = request_of(pmu, soc, reg, &shift);
	uint32_t mask, zeros, ones, old;

	if (!cell)
		return;
	mask = value >> 16 << shift;
	ones = mask & value << shift;
	zeros = mask & ~ones;
	old = rk_masked_write(cell, mask, ones);
	if (cell == &pmu->power)
		__atomic_fetch_and(&pmu->repaired, ~ones, __ATOMIC_RELAXED);
	else if (cell == &pmu->memory_power)
		__atomic_fetch_or(
			&pmu->repaired,
			old & zeros &
				~__atomic_load_n(&pmu->power, __ATOMIC_RELAXED),
			__ATOMIC_RELAXED);
}

void rk_pmu_cold(struct rk_pmu *pmu)
{
	*pmu = (struct rk_pmu){.repaired = UINT32_MAX};
}
