/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the terminal shows of a line. Pure.
 *
 * The text has one row and never reaches its last column, so no terminal
 * wraps it: longer text scrolls, '<' and '>' stand where there is more. Only
 * cells that differ are sent, and nothing but characters and backspaces, which
 * every terminal understands.
 */
#include "line.h"

#include <stdio.h>
#include <string.h>

#define TEXT_MAX (SHELL_LINE_MAX + LINE_PATTERN_MAX + 32)

static void out_flush(struct line *line)
{
	if (line->view.out_len)
		line->emit(line->view.out, line->view.out_len);
	line->view.out_len = 0;
}

static void out(struct line *line, char c)
{
	if (line->view.out_len == sizeof(line->view.out))
		out_flush(line);
	line->view.out[line->view.out_len++] = c;
}

static void move(struct line *line, unsigned int column)
{
	struct line_view *view = &line->view;

	for (; view->at > column; view->at--)
		out(line, '\b');
	for (; view->at < column; view->at++)
		out(line, view->cells[view->at]);
}

/* Make the cells be @want, as many as there are columns. */
static void cells_show(struct line *line, const char *want)
{
	struct line_view *view = &line->view;
	unsigned int from = 0, to = view->columns;

	while (from < to && want[from] == view->cells[from])
		from++;
	while (to > from && want[to - 1] == view->cells[to - 1])
		to--;
	if (from == to)
		return;
	move(line, from);
	memcpy(&view->cells[from], &want[from], to - from);
	move(line, to);
}

/* Is the text's character @cursor in a cell, and is the cell not a mark's? */
static bool is_in_view(const struct line_view *view, unsigned int len,
		       unsigned int cursor)
{
	unsigned int end = view->first + view->columns;

	if (view->first && cursor <= view->first)
		return false;
	return len > end ? cursor <= end - 2 : cursor <= end;
}

static void scroll(struct line_view *view, unsigned int len,
		   unsigned int cursor)
{
	unsigned int half = view->columns / 2;

	if (len <= view->columns)
		view->first = 0;
	else if (!is_in_view(view, len, cursor))
		view->first = cursor > half ? cursor - half : 0;
}

static unsigned int text_of(const struct line *line, char *text,
			    unsigned int *cursor)
{
	int n = 0;

	if (line->searching)
		n = snprintf(text, TEXT_MAX, "(%ssearch '%.*s'): ",
			     line->missed ? "failed " : "",
			     (int)line->pattern_len, line->pattern);
	memcpy(text + n, line->buf, line->len);
	*cursor = (unsigned int)n + line->cursor;
	return (unsigned int)n + line->len;
}

void line_show(struct line *line)
{
	struct line_view *view = &line->view;
	char text[TEXT_MAX], want[LINE_COLUMNS_MAX];
	unsigned int cursor, len = text_of(line, text, &cursor), n;

	scroll(view, len, cursor);
	n = MIN(len - view->first, view->columns);
	memset(want, ' ', view->columns);
	memcpy(want, text + view->first, n);
	if (view->first)
		want[0] = '<';
	if (len > view->first + view->columns)
		want[view->columns - 1] = '>';
	cells_show(line, want);
	move(line, cursor - view->first);
	out_flush(line);
}

void line_show_all(struct line *line)
{
	if (line->len <= line->view.columns)
		return;
	move(line, 0);
	out_flush(line);
	line->emit(line->buf, line->len);
}

void line_view_reset(struct line *line)
{
	line->view.at = line->view.first = 0;
	memset(line->view.cells, ' ', sizeof(line->view.cells));
}

void line_bell(struct line *line)
{
	line->emit("\a", 1);
}

bool line_set_width(struct line *line, unsigned int columns)
{
	unsigned int usable;

	line->width = columns;
	usable = columns > line->prompt_columns + 1
			 ? columns - line->prompt_columns - 1
			 : 0;

	usable = MAX(usable, LINE_COLUMNS_MIN);
	usable = MIN(usable, LINE_COLUMNS_MAX);
	if (usable == line->view.columns)
		return false;
	line->view.columns = usable;
	return true;
}

void line_set_prompt(struct line *line, unsigned int columns)
{
	line->prompt_columns = columns;
	line_set_width(line, line->width ? line->width : CONFIG_SHELL_COLUMNS);
}
