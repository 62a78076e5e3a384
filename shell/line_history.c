/* SPDX-License-Identifier: Apache-2.0 */
/* Lines that were typed before: going back, and looking for one. Pure. */
#include "line.h"

#include <string.h>

static char *slot(const struct line *line, unsigned int back)
{
	return line->history[(line->history_count - back) % LINE_HISTORY];
}

static unsigned int kept(const struct line *line)
{
	return line->history ? MIN(line->history_count, LINE_HISTORY) : 0;
}

void history_add(struct line *line)
{
	if (!line->len || !line->history)
		return;
	if (line->history_count && !strcmp(slot(line, 1), line->buf))
		return;
	memcpy(line->history[line->history_count % LINE_HISTORY], line->buf,
	       line->len + 1);
	line->history_count++;
}

static void fresh_keep(struct line *line)
{
	if (line->browse)
		return;
	memcpy(line->fresh, line->buf, line->len);
	line->fresh[line->len] = '\0';
}

void history_show(struct line *line, unsigned int back)
{
	if (back > kept(line)) {
		line_bell(line);
		return;
	}
	fresh_keep(line);
	line->browse = back;
	line_set(line, back ? slot(line, back) : line->fresh);
}

/*
 * Ctrl+R
 */

void search_begin(struct line *line)
{
	line->browse = 0; /* from the newest on; what is here comes back */
	fresh_keep(line);
	line->searching = true;
	line->missed = false;
	line->pattern_len = 0;
	line->pattern[0] = '\0';
}

/* strstr(), without the library's tables for needles of kilobytes. */
static const char *text_find(const char *text, const char *pattern, size_t len)
{
	for (; *text; text++)
		if (!strncmp(text, pattern, len))
			return text;
	return len ? NULL : text;
}

/* The newest line that holds the pattern, from @back on. */
static void search_from(struct line *line, unsigned int back, bool other)
{
	line->buf[line->len] = '\0';
	for (; back <= kept(line); back++) {
		const char *text = slot(line, back);
		const char *found =
			text_find(text, line->pattern, line->pattern_len);

		if (!found || (other && !strcmp(text, line->buf)))
			continue;
		line->browse = back;
		line_set(line, text);
		line->cursor = (unsigned int)(found - text);
		line->missed = false;
		return;
	}
	line->missed = true;
	line_bell(line);
}

static void pattern_add(struct line *line, char c)
{
	if (line->pattern_len == LINE_PATTERN_MAX - 1) {
		line_bell(line);
		return;
	}
	line->pattern[line->pattern_len++] = c;
	line->pattern[line->pattern_len] = '\0';
	search_from(line, MAX(line->browse, 1u), false);
}

static void search_cancel(struct line *line)
{
	line->browse = 0;
	line_set(line, line->fresh);
}

static void pattern_shorten(struct line *line)
{
	if (line->pattern_len)
		line->pattern[--line->pattern_len] = '\0';
	line->missed = false;
	if (line->pattern_len)
		search_from(line, 1, false);
	else
		search_cancel(line);
}

bool search_key(struct line *line, enum key key, char c)
{
	switch (key) {
	case KEY_CHAR:
		pattern_add(line, c);
		return true;
	case KEY_BACKSPACE:
		pattern_shorten(line);
		return true;
	case KEY_SEARCH:
		if (line->pattern_len)
			search_from(line, line->browse + 1, true);
		return true;
	case KEY_CANCEL:
		line->searching = false;
		search_cancel(line);
		return true;
	case KEY_NONE:
		return true;
	default:
		line->searching = false;
		return false;
	}
}
