/* SPDX-License-Identifier: Apache-2.0 */
#include "scrollback.h"

void scrollback_settle(struct scrollback *sb)
{
	uint64_t head = scrollback_head(sb);

	if (sb->next >= head)
		return;
	sb->lost += head - sb->next;
	sb->next = head;
}

size_t scrollback_pending(const struct scrollback *sb)
{
	return (size_t)(sb->tail - MAX(sb->next, scrollback_head(sb)));
}

/* Bytes from @at, where they are kept. */
static size_t copy(const struct scrollback *sb, uint64_t at, char *buf,
		   size_t max)
{
	size_t n = (size_t)MIN((uint64_t)max, sb->tail - at);

	for (size_t i = 0; i < n; i++)
		buf[i] = scrollback_at(sb, at + i);
	return n;
}

size_t scrollback_take(struct scrollback *sb, char *buf, size_t max)
{
	size_t n;

	scrollback_settle(sb);
	n = copy(sb, sb->next, buf, max);
	sb->next += n;
	return n;
}

size_t scrollback_tail(const struct scrollback *sb, char *buf, size_t max)
{
	uint64_t kept = sb->tail - scrollback_head(sb);

	return copy(sb, sb->tail - MIN(kept, (uint64_t)max), buf, max);
}

uint64_t scrollback_lines(const struct scrollback *sb, unsigned int lines)
{
	uint64_t at = sb->tail, head = scrollback_head(sb);

	if (!lines)
		return at;
	while (at > head) {
		/* the end of the last line begins no further one */
		if (at < sb->tail && scrollback_at(sb, at - 1) == '\n' &&
		    !--lines)
			return at;
		at--;
	}
	return at;
}
