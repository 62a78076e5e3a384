/* SPDX-License-Identifier: Apache-2.0 */
#include "line_strip.h"

#define BEL 0x07
#define ESC 0x1b
#define DEL 0x7f

/* ECMA-48: escape sequences, control sequences, and strings until ST or BEL */
enum { TEXT, AFTER_ESC, IN_CSI, IN_STRING, IN_STRING_AFTER_ESC };

void line_strip_init(struct line_strip *line, char *text, size_t max)
{
	*line = (struct line_strip){.text = text, .max = max};
}

static uint8_t after_esc(uint8_t c)
{
	switch (c) {
	case '[':
		return IN_CSI;
	case ']': /* OSC, DCS, SOS, PM, APC */
	case 'P':
	case 'X':
	case '^':
	case '_':
		return IN_STRING;
	default:
		return c >= 0x20 && c <= 0x2f ? AFTER_ESC : TEXT;
	}
}

/* Return: the byte belongs to a sequence. */
static bool in_sequence(struct line_strip *line, uint8_t c)
{
	switch (line->state) {
	case AFTER_ESC:
		line->state = after_esc(c);
		return true;
	case IN_CSI:
		if (c >= 0x40 && c <= 0x7e)
			line->state = TEXT;
		return true;
	case IN_STRING:
		if (c == ESC)
			line->state = IN_STRING_AFTER_ESC;
		else if (c == BEL)
			line->state = TEXT;
		return true;
	case IN_STRING_AFTER_ESC:
		line->state = TEXT;
		return true;
	default:
		return false;
	}
}

static bool text_feed(struct line_strip *line, uint8_t c)
{
	if (c == ESC) {
		line->state = AFTER_ESC;
	} else if (c == '\b') {
		line->len -= line->len > 0;
	} else if (c == '\t' || (c >= ' ' && c != DEL)) {
		if (line->len == line->max)
			return false;
		line->text[line->len++] = c == '\t' ? ' ' : (char)c;
	}
	return true;
}

bool line_strip_feed(struct line_strip *line, char c)
{
	if (c == '\r') {
		line->after_cr = true;
		line->state = TEXT;
		return true;
	}
	if (c == '\n') {
		line->state = TEXT;
		return true;
	}
	if (line->after_cr) {
		line->after_cr = false;
		line->len = 0;
	}
	return in_sequence(line, (uint8_t)c) || text_feed(line, (uint8_t)c);
}
