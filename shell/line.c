/* SPDX-License-Identifier: Apache-2.0 */
/* The line editor: a byte in, what to show out. Pure. */
#include "line.h"

#include <string.h>

void line_set(struct line *line, const char *text)
{
	line->len = (unsigned int)strlen(text);
	memcpy(line->buf, text, line->len);
	line->cursor = line->len;
}

static bool insert(struct line *line, const char *text, size_t len)
{
	if (len > SHELL_LINE_MAX - 1 - line->len) {
		line_bell(line);
		return false;
	}
	memmove(&line->buf[line->cursor + len], &line->buf[line->cursor],
		line->len - line->cursor);
	memcpy(&line->buf[line->cursor], text, len);
	line->len += (unsigned int)len;
	line->cursor += (unsigned int)len;
	return true;
}

/* Take out what is between the cursor and @to, on either side. */
static void cut(struct line *line, unsigned int to)
{
	unsigned int from = MIN(line->cursor, to);

	to = MAX(line->cursor, to);
	memmove(&line->buf[from], &line->buf[to], line->len - to);
	line->len -= to - from;
	line->cursor = from;
}

static bool is_word(char c)
{
	return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') ||
	       (c >= 'A' && c <= 'Z') || c == '_';
}

static unsigned int word_left(const struct line *line)
{
	unsigned int at = line->cursor;

	while (at && !is_word(line->buf[at - 1]))
		at--;
	while (at && is_word(line->buf[at - 1]))
		at--;
	return at;
}

static unsigned int word_right(const struct line *line)
{
	unsigned int at = line->cursor;

	while (at < line->len && !is_word(line->buf[at]))
		at++;
	while (at < line->len && is_word(line->buf[at]))
		at++;
	return at;
}

static unsigned int blank_left(const struct line *line)
{
	unsigned int at = line->cursor;

	while (at && line->buf[at - 1] == ' ')
		at--;
	while (at && line->buf[at - 1] != ' ')
		at--;
	return at;
}

static void edit(struct line *line, enum key key, char c)
{
	switch (key) {
	case KEY_CHAR:
		insert(line, &c, 1);
		break;
	case KEY_LEFT:
		line->cursor -= line->cursor > 0;
		break;
	case KEY_RIGHT:
		line->cursor += line->cursor < line->len;
		break;
	case KEY_HOME:
		line->cursor = 0;
		break;
	case KEY_END:
		line->cursor = line->len;
		break;
	case KEY_WORD_LEFT:
		line->cursor = word_left(line);
		break;
	case KEY_WORD_RIGHT:
		line->cursor = word_right(line);
		break;
	case KEY_DELETE:
		cut(line, MIN(line->cursor + 1, line->len));
		break;
	case KEY_BACKSPACE:
		cut(line, line->cursor ? line->cursor - 1 : 0);
		break;
	case KEY_CUT_WORD:
		cut(line, blank_left(line));
		break;
	case KEY_CUT_WORD_RIGHT:
		cut(line, word_right(line));
		break;
	case KEY_CUT_LEFT:
		cut(line, 0);
		break;
	case KEY_CUT_RIGHT:
		cut(line, line->len);
		break;
	case KEY_UP:
		history_show(line, line->browse + 1);
		break;
	case KEY_DOWN:
		if (line->browse)
			history_show(line, line->browse - 1);
		break;
	case KEY_SEARCH:
		search_begin(line);
		break;
	default:
		break;
	}
}

static enum line_result finish(struct line *line)
{
	line->buf[line->len] = '\0';
	line_show_all(line);
	line->emit("\n", 1);
	history_add(line);
	return LINE_READY;
}

enum line_result line_feed(struct line *line, char c)
{
	enum key key = keys_feed(&line->keys, (uint8_t)c);

	if (key == KEY_WIDTH) {
		bool changed = line_set_width(line, line->keys.params[1]);

		return changed ? LINE_RESIZED : LINE_MORE;
	}
	if (!line->searching || !search_key(line, key, c))
		edit(line, key, c);
	line_show(line);
	switch (key) {
	case KEY_ENTER:
		return finish(line);
	case KEY_BREAK:
		line->emit("^C\n", 3);
		return LINE_BREAK;
	case KEY_TAB:
		line->buf[line->len] = '\0';
		return LINE_TAB;
	case KEY_CLEAR:
		return LINE_CLEAR;
	default:
		return LINE_MORE;
	}
}

bool line_insert(struct line *line, const char *text, size_t len)
{
	bool fits = insert(line, text, len);

	line_show(line);
	return fits;
}

void line_redraw(struct line *line)
{
	line_view_reset(line);
	line_show(line);
}

void line_begin(struct line *line)
{
	line->len = line->cursor = 0;
	line->browse = 0;
	line->searching = false;
	if (!line->view.columns)
		line_set_width(line, CONFIG_SHELL_COLUMNS);
	line_view_reset(line);
}
