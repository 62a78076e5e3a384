/* SPDX-License-Identifier: Apache-2.0 */
/*
 * LZ4: its frames by its own library, which is included as a source, and the
 * older format of `lz4 -l`, which Linux's Image.lz4 has: blocks of 8 MiB, each
 * behind its size.
 */
#include <errno.h>
#include <mm/heap.h>
#include <string.h>

#define NDEBUG
#define LZ4_FREESTANDING 1
#define LZ4_memcpy(to, from, len) __builtin_memcpy(to, from, len)
#define LZ4_memmove(to, from, len) __builtin_memmove(to, from, len)
#define LZ4_memset(to, byte, len) __builtin_memset(to, byte, len)
#define XXH_NAMESPACE LZ4_
#define XXH_PRIVATE_API
#include <lz4.c>
/* Freestanding, it has none of these; heap_alloc() gives zeroed memory. */
#undef ALLOC
#undef ALLOC_AND_ZERO
#undef FREEMEM
#define ALLOC(size) heap_alloc(size)
#define ALLOC_AND_ZERO(size) heap_alloc(size)
#define FREEMEM(ptr) heap_free(ptr)
#include <lz4frame.c>

#include "unpack.h"

#define LEGACY_BLOCK (8u << 20)
#define LEGACY_IN ((size_t)LZ4_COMPRESSBOUND(LEGACY_BLOCK))

struct lz4 {
	LZ4F_dctx *ctx; /* NULL: the older format */
	char *in, *out;
	size_t out_at, out_len;
};

static int legacy_begin(struct unpack *u)
{
	struct lz4 *z = u->state;

	z->in = heap_alloc(LEGACY_IN);
	z->out = heap_alloc(LEGACY_BLOCK);
	u->in_at += 4;
	u->in_len -= 4;
	if (z->in && z->out)
		return 0;
	heap_free(z->in);
	heap_free(z->out);
	return -ENOMEM;
}

static int lz4_begin(struct unpack *u)
{
	struct lz4 *z = u->state;
	int64_t n = unpack_input(u);

	if (n < 0)
		return (int)n;
	if (n >= 4 && !memcmp(u->in, "\x02\x21\x4c\x18", 4))
		return legacy_begin(u);
	if (LZ4F_isError(
		    LZ4F_createDecompressionContext(&z->ctx, LZ4F_VERSION)))
		return -ENOMEM;
	return 0;
}

/* Exactly @len of input, or fewer at its end. */
static int64_t take(struct unpack *u, void *buf, size_t len)
{
	size_t done = 0;

	while (done < len) {
		int64_t n = u->in_len ? (int64_t)u->in_len : unpack_input(u);
		size_t part;

		if (n <= 0)
			return n < 0 ? n : (int64_t)done;
		part = MIN(len - done, u->in_len);
		memcpy((char *)buf + done, u->in + u->in_at, part);
		u->in_at += part;
		u->in_len -= part;
		done += part;
	}
	return (int64_t)done;
}

/* A block of 0 bytes, or one that cannot be, is padding behind the stream. */
static int64_t legacy_block(struct unpack *u)
{
	struct lz4 *z = u->state;
	uint8_t size[4];
	int64_t n = take(u, size, sizeof(size));
	size_t bytes;
	int out;

	if (n < 0)
		return n;
	bytes = size[0] | (size_t)size[1] << 8 | (size_t)size[2] << 16 |
		(size_t)size[3] << 24;
	if (n == sizeof(size) && bytes == 0x184c2102)
		return 0; /* another stream follows */
	if (n < (int64_t)sizeof(size) || !bytes) {
		u->over = true;
		return 0;
	}
	if (bytes > LEGACY_IN)
		return -EBADMSG;
	n = take(u, z->in, bytes);
	if (n < 0)
		return n;
	if ((size_t)n < bytes)
		return -EBADMSG;
	out = LZ4_decompress_safe(z->in, z->out, (int)bytes, (int)LEGACY_BLOCK);
	if (out < 0)
		return -EBADMSG;
	z->out_at = 0;
	z->out_len = (size_t)out;
	return 0;
}

static int64_t legacy_read(struct unpack *u, char *buf, size_t len)
{
	struct lz4 *z = u->state;
	size_t done = 0;

	while (done < len && !u->over) {
		size_t part = MIN(len - done, z->out_len);
		int64_t err = 0;

		memcpy(buf + done, z->out + z->out_at, part);
		z->out_at += part;
		z->out_len -= part;
		done += part;
		if (!z->out_len)
			err = legacy_block(u);
		if (err < 0)
			return err;
	}
	return (int64_t)done;
}

/* A frame has ended: is there another one? */
static int64_t frame_ended(struct unpack *u)
{
	int64_t n = u->in_len < 4 ? unpack_input(u) : 0;

	if (n < 0)
		return n;
	if (u->in_len < 4 || memcmp(u->in + u->in_at, "\x04\x22\x4d\x18", 4))
		u->over = true;
	return 0;
}

static int64_t frame_read(struct unpack *u, char *buf, size_t len)
{
	struct lz4 *z = u->state;
	size_t done = 0;

	while (done < len && !u->over) {
		size_t out = len - done, in, ret;
		int64_t n = 0;

		if (!u->in_len)
			n = unpack_input(u);
		if (n < 0)
			return n;
		in = u->in_len;
		ret = LZ4F_decompress(z->ctx, buf + done, &out,
				      u->in + u->in_at, &in, NULL);
		if (LZ4F_isError(ret))
			return LZ4F_getErrorCode(ret) ==
					       LZ4F_ERROR_allocation_failed
				       ? -ENOMEM
				       : -EBADMSG;
		if (ret && !u->in_len && !out)
			return -EBADMSG; /* cut off */
		u->in_at += in;
		u->in_len -= in;
		done += out;
		n = ret ? 0 : frame_ended(u);
		if (n < 0)
			return n;
	}
	return (int64_t)done;
}

static int64_t lz4_read(struct unpack *u, void *buf, size_t len)
{
	struct lz4 *z = u->state;

	return z->ctx ? frame_read(u, buf, len) : legacy_read(u, buf, len);
}

static void lz4_end(struct unpack *u)
{
	struct lz4 *z = u->state;

	if (z->ctx)
		LZ4F_freeDecompressionContext(z->ctx);
	heap_free(z->in);
	heap_free(z->out);
}

const struct unpack_ops unpack_lz4 = {
	.state_bytes = sizeof(struct lz4),
	.begin = lz4_begin,
	.read = lz4_read,
	.end = lz4_end,
};
