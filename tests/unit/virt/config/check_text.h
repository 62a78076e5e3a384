/* SPDX-License-Identifier: Apache-2.0 */
/* Findings collected as one text, for tests of the configuration. */
#ifndef TEST_CHECK_TEXT_H
#define TEST_CHECK_TEXT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include <virt/config.h>

static char findings[16384];

static inline void collect_line(struct config_report *report,
				enum config_severity severity __unused_arg,
				const char *text)
{
	size_t len = strlen(findings);

	(void)report;
	snprintf(findings + len, sizeof(findings) - len, "%s\n", text);
}

static inline struct config_report fresh_report(void)
{
	findings[0] = '\0';
	return (struct config_report){.line = collect_line};
}

/* Each of @parts, ended by NULL, stands in one line of the findings. */
static inline bool one_line_has(const char *const *parts)
{
	char copy[sizeof(findings)];
	char *line;
	char *rest = copy;
	int i;

	strcpy(copy, findings);
	while (line = strsep(&rest, "\n"), line) {
		for (i = 0; parts[i] && strstr(line, parts[i]); i++)
			;
		if (!parts[i])
			return true;
	}
	return false;
}

#define assert_finding(...)                                                    \
	do {                                                                   \
		const char *const _parts[] = {__VA_ARGS__, NULL};              \
		if (!one_line_has(_parts))                                     \
			fail_msg("no line with %s … in:\n%s", _parts[0],       \
				 findings);                                    \
	} while (0)

#endif
