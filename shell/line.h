/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SHELL_LINE_PRIVATE_H
#define SHELL_LINE_PRIVATE_H

#include "keys.h"

#include <lib/types.h>
#include <shell/shell.h>

#define LINE_HISTORY 100u
#define LINE_PATTERN_MAX 64
/* cells of the screen's row that the text is given */
#define LINE_COLUMNS_MIN 8u
#define LINE_COLUMNS_MAX 512u

enum line_result {
	LINE_MORE,    /* the line is not finished */
	LINE_READY,   /* Enter: buf holds it */
	LINE_BREAK,   /* Ctrl+C: thrown away */
	LINE_TAB,     /* complete the word before the cursor */
	LINE_CLEAR,   /* Ctrl+L: clear the screen, show the line again */
	LINE_RESIZED, /* the same: the terminal has told its width */
};

/**
 * struct line_view - what the terminal shows of the text
 * @columns: cells that may be used; the cursor may stand on one more
 * @first:   the text's character in the first cell: long text scrolls
 * @at:      cell of the terminal's cursor
 */
struct line_view {
	unsigned int columns, first, at;
	char cells[LINE_COLUMNS_MAX];
	char out[64]; /* bytes on their way to the terminal */
	unsigned int out_len;
};

/**
 * struct line - a line editor's state
 * @emit:    shows bytes to the user
 * @buf:     the text; ends in NUL with LINE_READY and LINE_TAB
 * @prompt_columns: cells in front of the text, @width: of the terminal
 * @history: ring of finished lines; @history_count of them ever written
 * @browse:  how many lines back the text comes from; 0: it is new
 * @fresh:   the new text, while another one is looked at
 * @searching: Ctrl+R; @pattern is what is looked for
 */
struct line {
	void (*emit)(const char *text, size_t len);
	char buf[SHELL_LINE_MAX];
	unsigned int len, cursor;
	unsigned int prompt_columns, width;
	struct keys keys;
	struct line_view view;
	char (*history)[SHELL_LINE_MAX];
	unsigned int history_count, browse;
	char fresh[SHELL_LINE_MAX];
	bool searching, missed;
	char pattern[LINE_PATTERN_MAX];
	unsigned int pattern_len;
};

/** line_begin() - an empty line behind a prompt that was just shown */
void line_begin(struct line *line);
/** line_feed() - one typed byte */
enum line_result line_feed(struct line *line, char c);
/** line_insert() - as if typed; false: no room, nothing is inserted */
bool line_insert(struct line *line, const char *text, size_t len);
/** line_redraw() - show the line's text again behind a new prompt */
void line_redraw(struct line *line);
/** line_set_prompt() - cells that the next prompt takes */
void line_set_prompt(struct line *line, unsigned int columns);
/** line_set_width() - of the terminal, in columns; false: as it is already */
bool line_set_width(struct line *line, unsigned int columns);

/*
 * Between the editor's files.
 */

/** line_show() - make the terminal show the text and the cursor */
void line_show(struct line *line);
/** line_show_all() - text that scrolls, from its beginning and over the edge:
 * for the user's records */
void line_show_all(struct line *line);
/** line_view_reset() - the cursor stands behind a prompt, nothing is shown */
void line_view_reset(struct line *line);
/** line_bell() - what was asked for cannot be done */
void line_bell(struct line *line);
/** line_set() - other text, the cursor behind it */
void line_set(struct line *line, const char *text);

/** history_add() - the finished line, unless it is the last one again */
void history_add(struct line *line);
/** history_show() - the line that was finished @back lines ago; 0: the new */
void history_show(struct line *line, unsigned int back);
/** search_key() - a key while searching; false: ended, the key is to be done */
bool search_key(struct line *line, enum key key, char c);
/** search_begin() - Ctrl+R */
void search_begin(struct line *line);

#endif
