/* SPDX-License-Identifier: Apache-2.0 */
/* gzip, RFC 1952, by zlib. */
#include "unpack.h"

#define Z_SOLO
#define Z_PREFIX
#include <errno.h>
#include <mm/heap.h>
#include <zlib.h>

static void *gzip_alloc(void *opaque __unused_arg, unsigned int count,
			unsigned int size)
{
	return heap_alloc_array(count, size);
}

static void gzip_free(void *opaque __unused_arg, void *ptr)
{
	heap_free(ptr);
}

static int gzip_begin(struct unpack *u)
{
	z_stream *z = u->state;

	z->zalloc = gzip_alloc;
	z->zfree = gzip_free;
	/* 16: with gzip's header and its CRC */
	return inflateInit2(z, 16 + MAX_WBITS) == Z_OK ? 0 : -ENOMEM;
}

/* Another member may follow; anything else that does is padding. */
static int64_t member_ended(struct unpack *u)
{
	int64_t n = 0;

	if (u->in_len < 3)
		n = unpack_input(u);
	if (n < 0)
		return n;
	if (u->in_len < 3 || u->in[u->in_at] != 0x1f ||
	    u->in[u->in_at + 1] != 0x8b || u->in[u->in_at + 2] != 8)
		u->over = true;
	else if (inflateReset(u->state) != Z_OK)
		return -EBADMSG;
	return 0;
}

static int64_t gzip_read(struct unpack *u, void *buf, size_t len)
{
	z_stream *z = u->state;
	size_t done = 0;

	while (done < len && !u->over) {
		size_t room = MIN(len - done, (size_t)SIZE_1G);
		int64_t n = 0;
		int ret;

		if (!u->in_len)
			n = unpack_input(u);
		if (n < 0)
			return n;
		z->next_in = u->in + u->in_at;
		z->avail_in = (uInt)u->in_len;
		z->next_out = (Bytef *)buf + done;
		z->avail_out = (uInt)room;
		ret = inflate(z, Z_NO_FLUSH);
		u->in_at += u->in_len - z->avail_in;
		done += room - z->avail_out;
		u->in_len = z->avail_in;
		/* Z_BUF_ERROR: there is no input any more */
		if (ret != Z_OK && ret != Z_STREAM_END)
			return ret == Z_MEM_ERROR ? -ENOMEM : -EBADMSG;
		if (ret == Z_STREAM_END)
			n = member_ended(u);
		if (n < 0)
			return n;
	}
	return (int64_t)done;
}

static void gzip_end(struct unpack *u)
{
	inflateEnd(u->state);
}

const struct unpack_ops unpack_gzip = {
	.state_bytes = sizeof(z_stream),
	.begin = gzip_begin,
	.read = gzip_read,
	.end = gzip_end,
};
