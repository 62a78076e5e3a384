/* SPDX-License-Identifier: Apache-2.0 */
/* Streams of images; each format has a file of its own. */
#include "unpack.h"

#include <errno.h>
#include <fs/fs.h>
#include <mm/heap.h>
#include <string.h>

int64_t source_pread(const struct image_source *source, void *buf, size_t len,
		     uint64_t offset)
{
	if (offset >= source->size_bytes)
		return 0;
	len = MIN(len, source->size_bytes - offset);
	if (source->data) {
		memcpy(buf, source->data + offset, len);
		return (int64_t)len;
	}
	if (!IS_ENABLED(CONFIG_FS))
		return -ENODEV;
	return fs_pread(source->file, buf, len, offset);
}

int64_t source_read(struct image_source *source, void *buf, size_t len)
{
	int64_t n = source_pread(source, buf, len, source->at);

	if (n > 0)
		source->at += (uint64_t)n;
	return n;
}

/*
 * Formats
 */

static bool is_gzip(const uint8_t *head, size_t len)
{
	return len >= 3 && !memcmp(head, "\x1f\x8b\x08", 3); /* RFC 1952 */
}

/* The LZ4 frame's magic number, and that of the older one of Linux. */
static bool is_lz4(const uint8_t *head, size_t len)
{
	return len >= 4 && (!memcmp(head, "\x04\x22\x4d\x18", 4) ||
			    !memcmp(head, "\x02\x21\x4c\x18", 4));
}

static bool is_zstd(const uint8_t *head, size_t len)
{
	return len >= 4 && !memcmp(head, "\x28\xb5\x2f\xfd", 4); /* RFC 8878 */
}

static const struct format {
	bool (*is)(const uint8_t *head, size_t len);
	const struct unpack_ops *ops;
	const char *option;
} formats[] = {
	{is_gzip, &unpack_gzip, NULL},
	{is_lz4, IS_ENABLED(CONFIG_UNPACK_LZ4) ? &unpack_lz4 : NULL,
	 "UNPACK_LZ4"},
	{is_zstd, IS_ENABLED(CONFIG_UNPACK_ZSTD) ? &unpack_zstd : NULL,
	 "UNPACK_ZSTD"},
};

const struct unpack_ops *unpack_find(const uint8_t *head, size_t len)
{
	for (unsigned int i = 0; i < ARRAY_SIZE(formats); i++)
		if (formats[i].is(head, len))
			return formats[i].ops;
	return NULL;
}

const char *unpack_missing(const uint8_t *head, size_t len)
{
	for (unsigned int i = 0; i < ARRAY_SIZE(formats); i++)
		if (!formats[i].ops && formats[i].is(head, len))
			return formats[i].option;
	return NULL;
}

/*
 * Reading
 */

int64_t unpack_input(struct unpack *u)
{
	int64_t n;

	memmove(u->in, u->in + u->in_at, u->in_len);
	u->in_at = 0;
	n = source_read(u->source, u->in + u->in_len,
			UNPACK_IN_BYTES - u->in_len);
	if (n < 0)
		return n;
	u->in_len += (size_t)n;
	return (int64_t)u->in_len;
}

int unpack_begin(struct unpack *u, const struct unpack_ops *ops,
		 struct image_source *source)
{
	int err = 0;

	*u = (struct unpack){.ops = ops, .source = source};
	source->at = 0;
	if (!ops)
		return 0;
	u->in = heap_alloc(UNPACK_IN_BYTES);
	u->state = heap_alloc(ops->state_bytes);
	if (!u->in || !u->state)
		err = -ENOMEM;
	else
		err = ops->begin(u);
	if (err) {
		heap_free(u->state);
		heap_free(u->in);
		u->ops = NULL;
	}
	return err;
}

int64_t unpack_read(struct unpack *u, void *buf, size_t len)
{
	return u->ops ? u->ops->read(u, buf, len)
		      : source_read(u->source, buf, len);
}

void unpack_end(struct unpack *u)
{
	if (!u->ops)
		return;
	u->ops->end(u);
	heap_free(u->state);
	heap_free(u->in);
}
