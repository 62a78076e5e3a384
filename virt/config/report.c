/* SPDX-License-Identifier: Apache-2.0 */
#include "report.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static void make_printable(char *text)
{
	for (; *text; text++)
		if ((uint8_t)*text < 0x20 || *text == 0x7f)
			*text = '?';
}

/* Ranges that overlap each other can make warnings by the million. */
static bool is_told(struct config_report *report, enum config_severity severity)
{
	if (severity != CONFIG_WARNING ||
	    report->warning_count <= REPORT_WARNINGS_MAX)
		return true;
	if (report->warning_count == REPORT_WARNINGS_MAX + 1)
		report->line(report, CONFIG_NOTE,
			     "note: all further warnings are only counted");
	return false;
}

void config_finding(struct config_report *report, enum config_severity severity,
		    const char *file, unsigned int line, const char *fmt, ...)
{
	static const char *const names[] = {
		[CONFIG_ERROR] = "error",
		[CONFIG_WARNING] = "warning",
		[CONFIG_NOTE] = "note",
	};
	char text[REPORT_LINE_MAX];
	va_list args;
	int n;

	if (severity == CONFIG_ERROR)
		report->error_count++;
	else if (severity == CONFIG_WARNING)
		report->warning_count++;
	if (line)
		n = snprintf(text, sizeof(text), "%.100s:%u: %s: ", file, line,
			     names[severity]);
	else
		n = snprintf(text, sizeof(text), "%.100s: %s: ", file,
			     names[severity]);
	va_start(args, fmt);
	vsnprintf(text + n, sizeof(text) - (size_t)n, fmt, args);
	va_end(args);
	make_printable(text);
	if (report->line && is_told(report, severity))
		report->line(report, severity, text);
}

#define WORD_MAX 40

/* Levenshtein's distance; words longer than WORD_MAX count as far. */
static unsigned int distance(const char *a, size_t a_len, const char *b,
			     size_t b_len)
{
	unsigned int row[WORD_MAX + 1];
	unsigned int diagonal, above;
	size_t i, j;

	if (a_len > WORD_MAX || b_len > WORD_MAX)
		return WORD_MAX;
	for (j = 0; j <= b_len; j++)
		row[j] = (unsigned int)j;
	for (i = 1; i <= a_len; i++) {
		diagonal = row[0];
		row[0] = (unsigned int)i;
		for (j = 1; j <= b_len; j++) {
			above = row[j];
			row[j] = MIN(MIN(above, row[j - 1]) + 1,
				     diagonal + (a[i - 1] != b[j - 1]));
			diagonal = above;
		}
	}
	return row[b_len];
}

int config_nearest(const char *word, size_t len, const char *const *words,
		   unsigned int count)
{
	unsigned int best_distance = (unsigned int)MAX(len / 3, (size_t)2) + 1;
	int best = -1;
	unsigned int d;
	unsigned int i;

	for (i = 0; i < count; i++) {
		d = distance(word, len, words[i], strlen(words[i]));
		if (d < best_distance) {
			best_distance = d;
			best = (int)i;
		}
	}
	return best;
}
