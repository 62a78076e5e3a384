/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a console printed: a ring of its newest bytes, shown or not. Pure; the
 * console's lock guards it.
 */
#ifndef VIRT_SCROLLBACK_H
#define VIRT_SCROLLBACK_H

#include <lib/types.h>
#include <lib/util.h>

/**
 * struct scrollback - positions count the bytes since the console was made
 * @tail:  bytes ever put
 * @next:  the first one that has not been shown
 * @lost:  overwritten before they were shown, until somebody is told
 * @size:  how many are kept
 * @bytes: the ring
 */
struct scrollback {
	uint64_t tail;
	uint64_t next;
	uint64_t lost;
	size_t size;
	char *bytes;
};

/** scrollback_head() - position of the oldest byte that is kept */
static inline uint64_t scrollback_head(const struct scrollback *sb)
{
	return sb->tail > sb->size ? sb->tail - sb->size : 0;
}

/** scrollback_put() - one more byte; the oldest one goes */
static inline void scrollback_put(struct scrollback *sb, char byte)
{
	sb->bytes[sb->tail++ % sb->size] = byte;
}

/** scrollback_at() - the byte at a position from head up to tail */
static inline char scrollback_at(const struct scrollback *sb, uint64_t at)
{
	return sb->bytes[at % sb->size];
}

/** scrollback_settle() - count what was overwritten before it was shown */
void scrollback_settle(struct scrollback *sb);

/** scrollback_pending() - bytes that are kept and have not been shown */
size_t scrollback_pending(const struct scrollback *sb);

/** scrollback_take() - show: up to @max bytes. Return: how many */
size_t scrollback_take(struct scrollback *sb, char *buf, size_t max);

/** scrollback_tail() - copy the newest bytes, shown or not. Return: count */
size_t scrollback_tail(const struct scrollback *sb, char *buf, size_t max);

/**
 * scrollback_lines() - where the last @lines lines begin
 *
 * A last line that has not ended counts. What is not kept cannot be returned
 * to: the position is head at the least.
 */
uint64_t scrollback_lines(const struct scrollback *sb, unsigned int lines);

#endif
