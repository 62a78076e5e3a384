/* SPDX-License-Identifier: Apache-2.0 */
/* [sched] of a guest TOML: each key one value, or one for each vCPU. */
#include <stdio.h>

#include "report.h"
#include "schema.h"

/* What a value may be; 0 is allowed where it says "none". */
static const struct sched_range {
	const char *key;
	uint32_t min, max;
	bool or_zero;
	const char *why;
} ranges[SCHED_KEYS] = {
	[SCHED_PRIORITY] = {"priority", VM_SCHED_PRIORITY_MIN,
			    VM_SCHED_PRIORITY_MAX, false,
			    "guests have 1 (last) to 23 (first)"},
	[SCHED_SLICE] = {"slice_us", VM_SCHED_SLICE_US_MIN,
			 VM_SCHED_SLICE_US_MAX, false,
			 "a slice has 100 to 1000000 us"},
	[SCHED_BUDGET] = {"budget_us", VM_SCHED_BUDGET_US_MIN,
			  VM_SCHED_PERIOD_US_MAX, true,
			  "a budget has 50 to 1000000 us, 0 is no limit"},
	[SCHED_PERIOD] = {"period_us", VM_SCHED_PERIOD_US_MIN,
			  VM_SCHED_PERIOD_US_MAX, true,
			  "a period has 200 to 1000000 us, 0 goes with no "
			  "budget"},
};

static bool read_one(struct reader *rd, const struct schema_row *row,
		     const struct toml_node *node, uint32_t *result)
{
	const struct sched_range *range = &ranges[row->offset];
	uint64_t value;

	if (!reader_uint(rd, row, node, UINT32_MAX, &value))
		return false;
	if ((value < range->min && (value || !range->or_zero)) ||
	    value > range->max) {
		reader_wrong(rd, row, node, range->why);
		return false;
	}
	*result = (uint32_t)value;
	return true;
}

void set_sched(struct reader *rd, const struct schema_row *row,
	       const struct toml_node *node)
{
	struct sched_list *list = &rd->sched[row->offset];
	const struct toml_node *child;
	uint32_t count = 0;
	char why[64];

	list->line = node->line;
	if (node->type != TOML_ARRAY) {
		list->count = read_one(rd, row, node, &list->values[0]);
		return;
	}
	if (!node->count || node->count > SCHEMA_MAX_VCPUS) {
		snprintf(why, sizeof(why),
			 "give one value, or one for each vCPU");
		reader_wrong(rd, row, node, why);
		return;
	}
	for (child = node->first; child; child = child->next)
		if (read_one(rd, row, child, &list->values[count]))
			count++;
	list->is_array = true;
	list->count = count == node->count ? count : 0;
}

size_t sched_pool_bytes(void)
{
	return SCHEMA_MAX_VCPUS * sizeof(struct vm_sched);
}

static uint32_t value_of(const struct sched_list *list, unsigned int vcpu,
			 uint32_t otherwise)
{
	if (!list->count)
		return otherwise;
	return list->values[list->is_array ? vcpu : 0];
}

/* Return: all lists are as long as there are vCPUs. */
static bool lengths_ok(struct reader *rd)
{
	uint32_t vcpus = rd->config->vcpu_count;
	bool ok = true;

	for (unsigned int i = 0; i < SCHED_KEYS; i++) {
		const struct sched_list *list = &rd->sched[i];

		if (!list->count || !list->is_array || list->count == vcpus)
			continue;
		config_finding(rd->report, CONFIG_ERROR, rd->file, list->line,
			       "sched.%s: has %u elements, but base.cpu_num = "
			       "%u; give one value, or one for each vCPU",
			       ranges[i].key, list->count, vcpus);
		ok = false;
	}
	return ok;
}

/* What a vCPU's budget and period demand of each other. */
static void check_budget(struct reader *rd, unsigned int vcpu,
			 const struct vm_sched *s)
{
	unsigned int line = rd->sched[SCHED_BUDGET].line;

	if (s->budget_us && !s->period_us)
		config_finding(rd->report, CONFIG_ERROR, rd->file, line,
			       "sched.budget_us: vCPU %u has %u us of no "
			       "period; add for example: period_us = 10_000",
			       vcpu, s->budget_us);
	else if (s->budget_us > s->period_us)
		config_finding(rd->report, CONFIG_ERROR, rd->file, line,
			       "sched.budget_us: vCPU %u: %u us do not fit its "
			       "period of %u us; lower the budget or raise "
			       "period_us",
			       vcpu, s->budget_us, s->period_us);
}

void sched_finish(struct reader *rd)
{
	uint32_t vcpus = rd->config->vcpu_count;
	struct vm_sched *sched;
	bool given = false;

	for (unsigned int i = 0; i < SCHED_KEYS; i++)
		given |= rd->sched[i].line != 0;
	if (rd->sched[SCHED_PERIOD].line && !rd->sched[SCHED_BUDGET].line)
		config_finding(rd->report, CONFIG_ERROR, rd->file,
			       rd->sched[SCHED_PERIOD].line,
			       "sched.period_us: a period of no budget; add "
			       "for example: budget_us = 2_000");
	if (!given || !vcpus || !lengths_ok(rd))
		return;
	sched = reader_pool(rd, vcpus, sizeof(*sched));
	for (unsigned int i = 0; sched && i < vcpus; i++) {
		sched[i] = (struct vm_sched){
			.priority = value_of(&rd->sched[SCHED_PRIORITY], i,
					     VM_SCHED_PRIORITY_DEFAULT),
			.slice_us = value_of(&rd->sched[SCHED_SLICE], i, 0),
			.budget_us = value_of(&rd->sched[SCHED_BUDGET], i, 0),
			.period_us = value_of(&rd->sched[SCHED_PERIOD], i, 0),
		};
		/* periods are for those that have a budget */
		if (!sched[i].budget_us)
			sched[i].period_us = 0;
		check_budget(rd, i, &sched[i]);
	}
	rd->config->sched = sched;
}
