/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The tags of all lines of log, from the linker: strings one behind the other,
 * with padding between them, most of them several times.
 */
#include <lib/log_tags.h>

#include <stddef.h>
#include <string.h>

extern const char __log_tags_start[], __log_tags_end[];

/* The string at @tag or behind padding there; NULL: the end */
static const char *string_at(const char *tag)
{
	while (tag < __log_tags_end && !*tag)
		tag++;
	return tag < __log_tags_end ? tag : NULL;
}

static const char *string_next(const char *tag)
{
	return string_at(tag + strlen(tag));
}

const char *log_tag_next(const char *after)
{
	const char *tag = string_at(__log_tags_start), *best = NULL;

	for (; tag; tag = string_next(tag))
		if (strcmp(tag, after) > 0 && (!best || strcmp(tag, best) < 0))
			best = tag;
	return best;
}

const char *log_tag_find(const char *name)
{
	const char *tag = string_at(__log_tags_start);

	while (tag && strcmp(tag, name))
		tag = string_next(tag);
	return tag;
}
