/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SHELL_LINE_PRIVATE_H
#define SHELL_LINE_PRIVATE_H

#include <lib/types.h>
#include <shell/shell.h>

#define LINE_HISTORY 100

enum line_result {
	LINE_MORE,  /* the line is not finished */
	LINE_READY, /* Enter: buf holds it */
	LINE_BREAK, /* Ctrl+C: thrown away */
	LINE_CLEAR, /* Ctrl+L: clear the screen, show the line again */
};

/**
 * struct line - a line editor's state
 * @emit:    shows bytes to the user
 * @history: ring of finished lines; @history_count of them ever written
 * @browse:  how many lines back the arrows have gone; 0: the new line
 */
struct line {
	void (*emit)(const char *text, size_t len);
	char buf[SHELL_LINE_MAX];
	unsigned int len, cursor;
	uint8_t escape; /* bytes of an arrow key seen so far */
	char parameter; /* ESC [ 3 ~ */
	bool after_cr;
	char (*history)[SHELL_LINE_MAX];
	unsigned int history_count, browse;
};

/** line_begin() - an empty line */
void line_begin(struct line *line);
/** line_feed() - one typed byte */
enum line_result line_feed(struct line *line, char c);
/** line_redraw() - show the line's text again behind a new prompt */
void line_redraw(struct line *line);

#endif
