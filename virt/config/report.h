/* SPDX-License-Identifier: Apache-2.0 */
/* Findings about configurations, as lines of one form. */
#ifndef VIRT_CONFIG_REPORT_H
#define VIRT_CONFIG_REPORT_H

#include <virt/config.h>

#define REPORT_LINE_MAX 400
#define REPORT_WARNINGS_MAX 200

/**
 * config_finding() - "FILE:LINE: SEVERITY: text" to @report, and counted
 * @line: 0: not known
 *
 * Bytes that a terminal would act on are printed as '?'. Of warnings the first
 * REPORT_WARNINGS_MAX are told, all are counted.
 */
void __printf(5, 6)
	config_finding(struct config_report *report,
		       enum config_severity severity, const char *file,
		       unsigned int line, const char *fmt, ...);

/**
 * config_nearest() - the word that was probably meant
 *
 * Return: index into @words; -1 when none is near.
 */
int config_nearest(const char *word, size_t len, const char *const *words,
		   unsigned int count);

#endif
