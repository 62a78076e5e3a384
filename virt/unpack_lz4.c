/* SPDX-License-Identifier: Apache-2.0 */
/*
 * LZ4: frames ("LZ4 Frame Format Description", 1.6.4), and the older format of
 * `lz4 -l`, which Linux's Image.lz4 has: blocks of 8 MiB, each behind its size.
 * The blocks are for the library, which is included as a source; its own reader
 * of frames would be three times as large as all this.
 */
#include <errno.h>
#include <lib/bytes.h>
#include <mm/heap.h>
#include <string.h>

#define NDEBUG
#define LZ4_FREESTANDING 1
#define LZ4_memcpy(to, from, len) __builtin_memcpy(to, from, len)
#define LZ4_memmove(to, from, len) __builtin_memmove(to, from, len)
#define LZ4_memset(to, byte, len) __builtin_memset(to, byte, len)
#include <lz4.c>

#include "unpack.h"
#include "xxh32.h"

#define MAGIC_FRAME 0x184d2204u
#define MAGIC_LEGACY 0x184c2102u
#define LEGACY_BLOCK (8u << 20)
#define HISTORY 65536u /* a block may refer to so much before it */
#define STORED BIT(31) /* a block's size: it is not packed */

/* A frame's FLG */
#define FLG_VERSION 0xc0u
#define FLG_VERSION_1 0x40u
#define FLG_BLOCK_SUM 0x10u
#define FLG_SIZE 0x08u
#define FLG_CONTENT_SUM 0x04u
#define FLG_RESERVED 0x02u
#define FLG_DICTIONARY 0x01u

/**
 * struct lz4 - a stream
 * @in:    a block, packed
 * @out:   HISTORY bytes of the blocks before, then the block
 * @at, @len: what of it was not read yet
 */
struct lz4 {
	bool legacy;
	uint8_t flags;
	uint32_t block_max, in_max;
	char *in, *out;
	size_t at, len;
	struct xxh32 sum;
};

/* As much of the input as there is. Return: bytes; an error */
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

static int take_all(struct unpack *u, void *buf, size_t len)
{
	int64_t n = take(u, buf, len);

	if (n < 0)
		return (int)n;
	return (size_t)n == len ? 0 : -EBADMSG;
}

static void buffers_free(struct lz4 *z)
{
	heap_free(z->in);
	heap_free(z->out);
	z->in = z->out = NULL;
}

static int buffers_alloc(struct lz4 *z, uint32_t block_max)
{
	if (z->out && z->block_max == block_max)
		return 0;
	buffers_free(z);
	z->block_max = block_max;
	z->in_max = (uint32_t)LZ4_COMPRESSBOUND(block_max);
	z->in = heap_alloc(z->in_max);
	z->out = heap_alloc(HISTORY + block_max);
	return z->in && z->out ? 0 : -ENOMEM;
}

static int frame_begin(struct unpack *u)
{
	struct lz4 *z = u->state;
	uint8_t head[15];
	size_t len = 2;
	unsigned int size;
	int err = take_all(u, head, len);

	if (err)
		return err;
	z->flags = head[0];
	size = head[1] >> 4;
	if ((z->flags & FLG_VERSION) != FLG_VERSION_1 ||
	    (z->flags & (FLG_RESERVED | FLG_DICTIONARY)) || (head[1] & 0x8f) ||
	    size < 4)
		return -EBADMSG;
	if (z->flags & FLG_SIZE)
		len += 8;
	/* and a byte of the header's sum */
	err = take_all(u, head + 2, len - 1);
	if (err)
		return err;
	if (head[len] != (uint8_t)(xxh32(head, len) >> 8))
		return -EBADMSG;
	xxh32_begin(&z->sum);
	return buffers_alloc(z, 1u << (8 + 2 * size));
}

/* The stream's beginning, or what follows the end of a frame. */
static int stream_begin(struct unpack *u, bool first)
{
	struct lz4 *z = u->state;
	uint8_t magic[4] = {0};
	int64_t n = take(u, magic, sizeof(magic));

	if (n < 0)
		return (int)n;
	if (n == sizeof(magic) && get32(magic) == MAGIC_FRAME)
		return frame_begin(u);
	z->legacy = n == sizeof(magic) && get32(magic) == MAGIC_LEGACY;
	if (z->legacy)
		return buffers_alloc(z, LEGACY_BLOCK);
	u->over = true; /* padding */
	return first ? -EBADMSG : 0;
}

static int lz4_begin(struct unpack *u)
{
	int err = stream_begin(u, true);

	if (err)
		buffers_free(u->state);
	return err;
}

static int frame_end(struct unpack *u)
{
	struct lz4 *z = u->state;
	uint8_t sum[4];
	int err;

	if (z->flags & FLG_CONTENT_SUM) {
		err = take_all(u, sum, sizeof(sum));
		if (err)
			return err;
		if (get32(sum) != xxh32_end(&z->sum))
			return -EBADMSG;
	}
	return stream_begin(u, false);
}

/* @size bytes of input become the block behind the history. */
static int block_unpack(struct unpack *u, uint32_t size)
{
	struct lz4 *z = u->state;
	bool stored = size & STORED;
	uint32_t bytes = size & ~(uint32_t)STORED;
	uint8_t sum[4];
	int n, err;

	if (bytes > (stored ? z->block_max : z->in_max))
		return -EBADMSG;
	err = take_all(u, z->in, bytes);
	if (err)
		return err;
	if (!z->legacy && (z->flags & FLG_BLOCK_SUM)) {
		err = take_all(u, sum, sizeof(sum));
		if (err)
			return err;
		if (get32(sum) != xxh32(z->in, bytes))
			return -EBADMSG;
	}
	/* the next block's history */
	if (z->at + z->len)
		memmove(z->out, z->out + z->at + z->len - HISTORY, HISTORY);
	n = (int)bytes;
	if (stored)
		memcpy(z->out + HISTORY, z->in, bytes);
	else
		n = LZ4_decompress_safe_withPrefix64k(
			z->in, z->out + HISTORY, (int)bytes, (int)z->block_max);
	if (n < 0)
		return -EBADMSG;
	z->at = HISTORY;
	z->len = (size_t)n;
	if (!z->legacy && (z->flags & FLG_CONTENT_SUM))
		xxh32_add(&z->sum, z->out + HISTORY, z->len);
	return 0;
}

static int block_next(struct unpack *u)
{
	struct lz4 *z = u->state;
	uint8_t word[4] = {0};
	int64_t n = take(u, word, sizeof(word));
	uint32_t size = get32(word);

	if (n < 0)
		return (int)n;
	if (!z->legacy) {
		if (n < (int64_t)sizeof(word))
			return -EBADMSG;
		return size ? block_unpack(u, size) : frame_end(u);
	}
	/* this format has no end of its own */
	if (n < (int64_t)sizeof(word) || !size)
		u->over = true;
	else if (size != MAGIC_LEGACY)
		return size & STORED ? -EBADMSG : block_unpack(u, size);
	return 0;
}

static int64_t lz4_read(struct unpack *u, void *buf, size_t len)
{
	struct lz4 *z = u->state;
	size_t done = 0;

	while (done < len) {
		size_t part = MIN(len - done, z->len);
		int err = 0;

		if (part)
			memcpy((char *)buf + done, z->out + z->at, part);
		z->at += part;
		z->len -= part;
		done += part;
		if (z->len)
			break;
		if (u->over)
			break;
		err = block_next(u);
		if (err)
			return err;
	}
	return (int64_t)done;
}

static void lz4_end(struct unpack *u)
{
	buffers_free(u->state);
}

const struct unpack_ops unpack_lz4 = {
	.state_bytes = sizeof(struct lz4),
	.begin = lz4_begin,
	.read = lz4_read,
	.end = lz4_end,
};
