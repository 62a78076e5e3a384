/* SPDX-License-Identifier: Apache-2.0 */
/* Guest files in the tests of their rules: texts, verdicts, findings. */
#ifndef CHECK_CASE_H
#define CHECK_CASE_H

#include "check_text.h"

#include <stdlib.h>

#define VM(id, name) "[base]\nid = " #id "\nname = \"" name "\"\n"
#define CPU1 "cpu_num = 1\n"
#define CPU3 "cpu_num = 3\n"
#define ADDRESSES(entry, load)                                                 \
	"[kernel]\nkernel_path = \"k\"\nentry_point = " entry                  \
	"\nkernel_load_addr = " load "\n"
#define KERNEL ADDRESSES("0x4000_0000", "0x4000_0000")
#define RAM(rows) "memory_regions = [" rows "]\n"
#define PLAIN RAM("[0x4000_0000, 0x100_0000, 7, 0]")
#define DEVICES "[devices]\n"
#define ONE VM(1, "x") CPU1 KERNEL PLAIN
#define TWO VM(2, "y") CPU1 KERNEL PLAIN
#define SHARE(tenths)                                                          \
	"[sched]\nbudget_us = " #tenths "_000\nperiod_us = 10_000\n"

enum verdict { GOOD, WARNED, BAD };

struct check_case {
	const char *a;
	const char *b; /* NULL: alone */
	enum verdict verdict;
	const char *where; /* key that the line names */
	const char *what;
};

static struct config_report report;

static inline struct vm_config *parse(const char *file, const char *text)
{
	struct vm_config *config;

	if (vm_config_parse(file, text, strlen(text), &report, &config))
		fail_msg("refused:\n%s%s", findings, text);
	config->kernel.size_bytes = 0x10000;
	config->disk.size_bytes = config->disk.path ? 3 << 20 : 0;
	return config;
}

static inline void run(const struct check_case *c,
		       const struct config_host *host)
{
	struct vm_config *vms[2] = {NULL, NULL};
	unsigned int count = c->b ? 2 : 1;
	int err;

	report = fresh_report();
	vms[0] = parse("a.toml", c->a);
	if (c->b)
		vms[1] = parse("b.toml", c->b);
	err = vm_config_check((const struct vm_config *const *)vms, count, host,
			      &report);
	if ((err != 0) != (c->verdict == BAD))
		fail_msg("wrong verdict %d:\n%s---\n%s%s", err, findings, c->a,
			 c->b ? c->b : "");
	if (c->verdict == GOOD)
		assert_string_equal(findings, "");
	else
		assert_finding(c->verdict == BAD ? ": error: " : ": warning: ",
			       c->where, c->what);
	vm_config_free(vms[0]);
	vm_config_free(vms[1]);
}

#endif
