/* SPDX-License-Identifier: Apache-2.0 */
/* The line editor: a byte in, what to show out. Pure. */
#include "line.h"

#include <string.h>

#define CTRL(c) ((c) - '@')
#define DEL 0x7f
#define ESC 0x1b

static void emit(struct line *line, const char *text)
{
	line->emit(text, strlen(text));
}

static void cursor_left(struct line *line, unsigned int n)
{
	while (n--)
		emit(line, "\b");
}

/* Show from the cursor on, and come back to it. */
static void tail_show(struct line *line)
{
	unsigned int n = line->len - line->cursor;

	line->emit(&line->buf[line->cursor], n);
	emit(line, " "); /* over a character that was deleted */
	cursor_left(line, n + 1);
}

static void insert(struct line *line, char c)
{
	if (line->len >= SHELL_LINE_MAX - 1) {
		emit(line, "\a");
		return;
	}
	memmove(&line->buf[line->cursor + 1], &line->buf[line->cursor],
		line->len - line->cursor);
	line->buf[line->cursor] = c;
	line->len++;
	line->emit(&c, 1);
	line->cursor++;
	if (line->cursor < line->len)
		tail_show(line);
}

/* Delete what the cursor stands on. */
static void delete (struct line *line)
{
	if (line->cursor == line->len)
		return;
	memmove(&line->buf[line->cursor], &line->buf[line->cursor + 1],
		line->len - line->cursor - 1);
	line->len--;
	tail_show(line);
}

static void left(struct line *line)
{
	if (!line->cursor)
		return;
	line->cursor--;
	emit(line, "\b");
}

static void right(struct line *line)
{
	if (line->cursor == line->len)
		return;
	line->emit(&line->buf[line->cursor++], 1);
}

static void home(struct line *line)
{
	cursor_left(line, line->cursor);
	line->cursor = 0;
}

static void end(struct line *line)
{
	line->emit(&line->buf[line->cursor], line->len - line->cursor);
	line->cursor = line->len;
}

static void wipe(struct line *line)
{
	home(line);
	for (unsigned int i = 0; i < line->len; i++)
		emit(line, " ");
	cursor_left(line, line->len);
	line->len = 0;
}

/*
 * History
 */

static char *history_slot(struct line *line, unsigned int back)
{
	return line->history[(line->history_count - back) % LINE_HISTORY];
}

static void history_add(struct line *line)
{
	if (!line->len || !line->history)
		return;
	if (line->history_count && !strcmp(history_slot(line, 1), line->buf))
		return;
	memcpy(line->history[line->history_count % LINE_HISTORY], line->buf,
	       line->len + 1);
	line->history_count++;
}

static void history_show(struct line *line, unsigned int back)
{
	unsigned int kept = line->history_count < LINE_HISTORY
				    ? line->history_count
				    : LINE_HISTORY;

	if (back > kept || !line->history)
		return;
	wipe(line);
	line->browse = back;
	if (!back)
		return;
	line->len = (unsigned int)strlen(history_slot(line, back));
	memcpy(line->buf, history_slot(line, back), line->len);
	line->cursor = line->len;
	line->emit(line->buf, line->len);
}

/*
 * Keys
 */

static void arrow(struct line *line, char c)
{
	switch (c) {
	case 'A':
		history_show(line, line->browse + 1);
		break;
	case 'B':
		if (line->browse)
			history_show(line, line->browse - 1);
		break;
	case 'C':
		right(line);
		break;
	case 'D':
		left(line);
		break;
	case 'H':
		home(line);
		break;
	case 'F':
		end(line);
		break;
	case '~':
		if (line->parameter == '3')
			delete (line);
		break;
	default:
		break;
	}
}

/* Bytes of "ESC [ parameters letter". */
static void escape_feed_key(struct line *line, char c)
{
	if (line->escape == 1) {
		line->escape = c == '[' || c == 'O' ? 2 : 0;
		line->parameter = 0;
		return;
	}
	if (c >= '0' && c <= ';') {
		line->parameter = c;
		return;
	}
	line->escape = 0;
	arrow(line, c);
}

static enum line_result finish(struct line *line)
{
	line->buf[line->len] = '\0';
	emit(line, "\n");
	history_add(line);
	return LINE_READY;
}

static void control(struct line *line, char c)
{
	switch (c) {
	case '\b':
	case DEL:
		if (line->cursor) {
			left(line);
			delete (line);
		}
		break;
	case CTRL('A'):
		home(line);
		break;
	case CTRL('E'):
		end(line);
		break;
	case CTRL('U'):
		wipe(line);
		break;
	case CTRL('D'):
		delete (line);
		break;
	case ESC:
		line->escape = 1;
		break;
	default:
		break;
	}
}

enum line_result line_feed(struct line *line, char c)
{
	bool after_cr = line->after_cr;

	line->after_cr = c == '\r';
	if (line->escape && (unsigned char)c >= ' ') {
		escape_feed_key(line, c);
		return LINE_MORE;
	}
	line->escape = 0; /* a control character ends a broken sequence */
	if (c == '\n' && after_cr)
		return LINE_MORE; /* "\r\n" is one Enter */
	if (c == '\r' || c == '\n')
		return finish(line);
	if (c == CTRL('C')) {
		emit(line, "^C\n");
		return LINE_BREAK;
	}
	if (c == CTRL('L'))
		return LINE_CLEAR;
	if ((unsigned char)c < ' ' || c == DEL)
		control(line, c);
	else
		insert(line, c);
	return LINE_MORE;
}

void line_redraw(struct line *line)
{
	line->emit(line->buf, line->len);
	cursor_left(line, line->len - line->cursor);
}

void line_begin(struct line *line)
{
	line->len = line->cursor = 0;
	line->browse = 0;
	line->escape = 0;
}
