/* SPDX-License-Identifier: Apache-2.0 */
/* Bytes of a terminal into keys: ECMA-48, 5.4, and what terminals add. Pure. */
#include "keys.h"

#include <lib/util.h>

#define CTRL(c) ((c) - '@')
#define ESC 0x1b
#define DEL 0x7f
#define PARAM_MAX 9999
/* Shift, Ctrl and so on with F3 say "1;2R" to "1;16R", like a narrow terminal
 * that tells where its cursor is. */
#define MODIFIERS_MAX 16

enum state {
	GROUND,
	ESCAPE,   /* ESC */
	SEQUENCE, /* ESC [, parameters */
	SINGLE,   /* ESC O */
	FUNCTION, /* ESC [ [, a Linux console's F1 to F5 */
};

static const uint8_t controls[' '] = {
	[CTRL('A')] = KEY_HOME,
	[CTRL('B')] = KEY_LEFT,
	[CTRL('C')] = KEY_BREAK,
	[CTRL('D')] = KEY_DELETE,
	[CTRL('E')] = KEY_END,
	[CTRL('F')] = KEY_RIGHT,
	[CTRL('G')] = KEY_CANCEL,
	['\b'] = KEY_BACKSPACE,
	['\t'] = KEY_TAB,
	['\n'] = KEY_ENTER,
	[CTRL('K')] = KEY_CUT_RIGHT,
	[CTRL('L')] = KEY_CLEAR,
	['\r'] = KEY_ENTER,
	[CTRL('N')] = KEY_DOWN,
	[CTRL('P')] = KEY_UP,
	[CTRL('R')] = KEY_SEARCH,
	[CTRL('U')] = KEY_CUT_LEFT,
	[CTRL('W')] = KEY_CUT_WORD,
};

static enum key control(struct keys *keys, uint8_t byte)
{
	bool meta = keys->state == ESCAPE;
	bool after_cr = keys->after_cr;

	keys->after_cr = byte == '\r';
	keys->state = byte == ESC ? ESCAPE : GROUND;
	if (byte == '\n' && after_cr)
		return KEY_NONE; /* "\r\n" is one Enter */
	if (meta && (byte == DEL || byte == '\b'))
		return KEY_CUT_WORD;
	return byte == DEL ? KEY_BACKSPACE : controls[byte];
}

static enum key meta(uint8_t byte)
{
	switch (byte) {
	case 'b':
		return KEY_WORD_LEFT;
	case 'f':
		return KEY_WORD_RIGHT;
	case 'd':
		return KEY_CUT_WORD_RIGHT;
	default:
		return KEY_NONE;
	}
}

/* xterm sends "1;5C" for Ctrl+right, others "5C"; 3 is Alt, 7 both. */
static bool by_words(const struct keys *keys)
{
	unsigned int held = keys->params[1] ? keys->params[1] : keys->params[0];

	return held == 3 || held == 5 || held == 7;
}

static enum key arrow(const struct keys *keys, uint8_t byte)
{
	switch (byte) {
	case 'A':
		return KEY_UP;
	case 'B':
		return KEY_DOWN;
	case 'C':
		return by_words(keys) ? KEY_WORD_RIGHT : KEY_RIGHT;
	case 'D':
		return by_words(keys) ? KEY_WORD_LEFT : KEY_LEFT;
	case 'H':
		return KEY_HOME;
	case 'F':
		return KEY_END;
	default:
		return KEY_NONE;
	}
}

/* "ESC [ n ~" */
static enum key numbered(uint16_t number)
{
	switch (number) {
	case 1:
	case 7:
		return KEY_HOME;
	case 3:
		return KEY_DELETE;
	case 4:
	case 8:
		return KEY_END;
	default:
		return KEY_NONE;
	}
}

static void parameter(struct keys *keys, uint8_t byte)
{
	uint16_t *param = &keys->params[MIN(keys->at, (uint8_t)1)];

	if (byte == ';' && keys->at < 2)
		keys->at++;
	else if (byte >= '0' && byte <= '9' && keys->at < 2)
		*param = (uint16_t)MIN(10 * *param + byte - '0', PARAM_MAX);
	else if (byte < '0' || byte > ';')
		keys->private = true; /* of nothing that we know */
}

static enum key sequence(struct keys *keys, uint8_t byte)
{
	if (byte < '@') {
		parameter(keys, byte);
		return KEY_NONE;
	}
	keys->state = GROUND;
	if (keys->private)
		return KEY_NONE;
	if (byte == '~')
		return numbered(keys->params[0]);
	if (byte == 'R' && keys->params[1] > MODIFIERS_MAX)
		return KEY_WIDTH;
	return arrow(keys, byte);
}

/* rxvt says "O c" and "O d" for Ctrl with an arrow. */
static enum key single(struct keys *keys, uint8_t byte)
{
	if (byte < '@') {
		parameter(keys, byte);
		return KEY_NONE;
	}
	keys->state = GROUND;
	if (byte == 'c' || byte == 'd')
		return byte == 'c' ? KEY_WORD_RIGHT : KEY_WORD_LEFT;
	return byte == 'M' ? KEY_ENTER : arrow(keys, byte);
}

static enum key escape(struct keys *keys, uint8_t byte)
{
	keys->params[0] = keys->params[1] = 0;
	keys->at = 0;
	keys->private = false;
	keys->state = byte == '[' ? SEQUENCE : byte == 'O' ? SINGLE : GROUND;
	return keys->state == GROUND ? meta(byte) : KEY_NONE;
}

enum key keys_feed(struct keys *keys, uint8_t byte)
{
	if (byte < ' ' || byte == DEL)
		return control(keys, byte);
	keys->after_cr = false;
	if (byte > DEL) {
		keys->state = GROUND;
		return KEY_NONE;
	}
	switch (keys->state) {
	case ESCAPE:
		return escape(keys, byte);
	case SEQUENCE:
		if (byte == '[' && !keys->at && !keys->params[0]) {
			keys->state = FUNCTION;
			return KEY_NONE;
		}
		return sequence(keys, byte);
	case SINGLE:
		return single(keys, byte);
	case FUNCTION:
		keys->state = GROUND;
		return KEY_NONE;
	default:
		return KEY_CHAR;
	}
}
