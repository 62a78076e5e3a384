/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A line of a guest's output made fit to stand among those of others: what
 * would move the cursor, clear or colour the screen is left out. Pure.
 */
#ifndef VIRT_LINE_STRIP_H
#define VIRT_LINE_STRIP_H

#include <lib/types.h>
#include <lib/util.h>

/** struct line_strip - @text holds @len of at most @max bytes */
struct line_strip {
	char *text;
	size_t len, max;
	uint8_t state;
	bool after_cr;
};

/** line_strip_init() - an empty line in @text */
void line_strip_init(struct line_strip *line, char *text, size_t max);

/**
 * line_strip_feed() - one byte
 *
 * What follows a carriage return replaces what stood before it.
 *
 * Return: false when the line is full: the byte begins the next one.
 */
bool line_strip_feed(struct line_strip *line, char c);

#endif
