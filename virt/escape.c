/* SPDX-License-Identifier: Apache-2.0 */
/* The console's escape key: Ctrl+X, then one key. Pure. */
#include <virt/vconsole.h>

#define CTRL_X 0x18

enum escape_action escape_feed(struct escape *esc, uint8_t typed, uint8_t *byte)
{
	*byte = typed;
	if (!esc->armed) {
		if (typed != CTRL_X)
			return ESCAPE_BYTE;
		esc->armed = true;
		return ESCAPE_NONE;
	}

	esc->armed = false;
	switch (typed) {
	case CTRL_X:
		return ESCAPE_BYTE;
	case ']':
		return ESCAPE_NEXT;
	case '[':
		return ESCAPE_PREV;
	case 'h':
	case 'H':
	case '?':
		return ESCAPE_HELP;
	default:
		return ESCAPE_UNKNOWN;
	}
}
