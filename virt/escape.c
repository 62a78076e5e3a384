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
	case 's':
	case 'S':
		*byte = 0;
		return ESCAPE_NUMBER;
	case 'm':
	case 'M':
		return ESCAPE_MIX;
	case 'h':
	case 'H':
	case '?':
		return ESCAPE_HELP;
	default:
		break;
	}
	if (typed < '0' || typed > '9')
		return ESCAPE_UNKNOWN;
	*byte = typed - '0';
	return ESCAPE_NUMBER;
}
