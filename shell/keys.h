/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SHELL_KEYS_PRIVATE_H
#define SHELL_KEYS_PRIVATE_H

#include <lib/types.h>

enum key {
	KEY_NONE, /* more bytes are to come, or nothing we know */
	KEY_CHAR, /* a printable character: the byte itself */
	KEY_ENTER,
	KEY_TAB,
	KEY_LEFT,
	KEY_RIGHT,
	KEY_UP,
	KEY_DOWN,
	KEY_HOME,
	KEY_END,
	KEY_WORD_LEFT,
	KEY_WORD_RIGHT,
	KEY_DELETE,
	KEY_BACKSPACE,
	KEY_CUT_WORD,       /* back to a blank */
	KEY_CUT_WORD_RIGHT, /* to the end of a word */
	KEY_CUT_LEFT,       /* back to the line's beginning */
	KEY_CUT_RIGHT,      /* to the line's end */
	KEY_SEARCH,
	KEY_CANCEL,
	KEY_BREAK,
	KEY_CLEAR,
	KEY_WIDTH, /* the terminal says how wide it is: keys->params[1] */
};

/**
 * struct keys - what of a key's bytes has come so far
 * @state:  private, as is @at
 * @params: numbers of "ESC [ 1 ; 5 C", 0 when not given
 */
struct keys {
	uint8_t state, at;
	bool after_cr, private;
	uint16_t params[2];
};

/**
 * keys_feed() - one byte of a terminal's input
 *
 * Damaged sequences end at the first byte that cannot belong to them; a
 * control character in the middle of one counts as itself. Bytes of 0x80 and
 * more mean nothing here.
 */
enum key keys_feed(struct keys *keys, uint8_t byte);

#endif
