/* SPDX-License-Identifier: Apache-2.0 */
/* Setters of the keys that say what becomes of a guest that dies. */
#include <stdio.h>

#include "report.h"
#include "schema.h"

#define LIMIT_MAX 1000000
#define WATCHDOG_MAX_S 86400

const struct word on_exit_words[] = {
	{"stop", VM_ON_EXIT_STOP},
	{"restart", VM_ON_EXIT_RESTART},
	{NULL, 0},
};

const struct word suspend_time_words[] = {
	{"stops", VM_TIME_STOPS},
	{"runs", VM_TIME_RUNS},
	{NULL, 0},
};

static void set_from_one(struct reader *rd, const struct schema_row *row,
			 const struct toml_node *node, uint64_t max,
			 const char *zero_means)
{
	uint64_t value;

	if (!reader_uint(rd, row, node, max, &value))
		return;
	if (!value) {
		reader_wrong(rd, row, node, zero_means);
		return;
	}
	*(uint32_t *)reader_field(rd, row->offset) = (uint32_t)value;
}

void set_restart_limit(struct reader *rd, const struct schema_row *row,
		       const struct toml_node *node)
{
	set_from_one(rd, row, node, LIMIT_MAX,
		     "no restart at all is on_exit = \"stop\"");
}

void set_watchdog(struct reader *rd, const struct schema_row *row,
		  const struct toml_node *node)
{
	set_from_one(rd, row, node, WATCHDOG_MAX_S,
		     "leave the key out to have none run from the start");
}

void check_policy(struct reader *rd, const struct toml_node *root)
{
	const struct toml_node *base = toml_get(root, "base");
	const struct toml_node *limit =
		base ? toml_get(base, "restart_limit") : NULL;

	if (limit && rd->config->on_exit != VM_ON_EXIT_RESTART)
		config_finding(rd->report, CONFIG_WARNING, rd->file,
			       limit->line,
			       "base.restart_limit: ignored without on_exit = "
			       "\"restart\"");
}
