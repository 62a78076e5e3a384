/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Zstandard, RFC 8878, by its own library, which is included as a source with
 * the decoders that are smallest.
 */
#include <errno.h>
#include <mm/heap.h>
#include <string.h>

#define DEBUGLEVEL 0
#define XXH_NAMESPACE ZSTD_
#define XXH_PRIVATE_API
#define XXH_INLINE_ALL
#define XXH_NO_STREAM_ALLOC
#define XXH_NO_XXH3
#define ZSTD_LEGACY_SUPPORT 0
#define ZSTD_STRIP_ERROR_STRINGS
#define ZSTD_TRACE 0
#define ZSTD_DISABLE_ASM 1
#define ZSTD_NO_INLINE
#define ZSTD_NO_INTRINSICS
#define HUF_FORCE_DECOMPRESS_X1
#define ZSTD_FORCE_DECOMPRESS_SEQUENCES_SHORT
#define DYNAMIC_BMI2 0
#define ZSTD_DEPS_MALLOC
#define ZSTD_malloc(size) heap_alloc(size)
#define ZSTD_calloc(count, size) heap_alloc_array(count, size)
#define ZSTD_free(ptr) heap_free(ptr)
#include <common/debug.c>
#include <common/entropy_common.c>
#include <common/error_private.c>
#include <common/fse_decompress.c>
#include <common/zstd_common.c>
#include <decompress/huf_decompress.c>
#include <decompress/zstd_ddict.c>
#include <decompress/zstd_decompress.c>
#include <decompress/zstd_decompress_block.c>

#include "unpack.h"

/* 128 MiB, which is the most that `zstd` itself reads when not told to */
#define WINDOW_LOG_MAX 27

struct zstd {
	ZSTD_DCtx *ctx;
};

static int zstd_begin(struct unpack *u)
{
	struct zstd *z = u->state;

	z->ctx = ZSTD_createDCtx();
	if (!z->ctx)
		return -ENOMEM;
	(void)ZSTD_DCtx_setParameter(z->ctx, ZSTD_d_windowLogMax,
				     WINDOW_LOG_MAX);
	return 0;
}

static int zstd_error(size_t ret)
{
	switch (ZSTD_getErrorCode(ret)) {
	case ZSTD_error_memory_allocation:
	case ZSTD_error_frameParameter_windowTooLarge:
		return -ENOMEM;
	default:
		return -EBADMSG;
	}
}

/* Another frame may follow, for programs' use too; the rest is padding. */
static int64_t frame_ended(struct unpack *u)
{
	const uint8_t *head = u->in + u->in_at;
	int64_t n = 0;

	if (u->in_len < 4)
		n = unpack_input(u);
	if (n < 0)
		return n;
	head = u->in + u->in_at;
	if (u->in_len < 4 ||
	    (memcmp(head, "\x28\xb5\x2f\xfd", 4) &&
	     ((head[0] & 0xf0) != 0x50 || memcmp(head + 1, "\x2a\x4d\x18", 3))))
		u->over = true;
	return 0;
}

static int64_t zstd_read(struct unpack *u, void *buf, size_t len)
{
	struct zstd *z = u->state;
	ZSTD_outBuffer out = {buf, len, 0};

	while (out.pos < len && !u->over) {
		ZSTD_inBuffer in;
		size_t ret, before = out.pos;
		int64_t n = 0;

		if (!u->in_len)
			n = unpack_input(u);
		if (n < 0)
			return n;
		in = (ZSTD_inBuffer){u->in + u->in_at, u->in_len, 0};
		ret = ZSTD_decompressStream(z->ctx, &out, &in);
		if (ZSTD_isError(ret))
			return zstd_error(ret);
		u->in_at += in.pos;
		u->in_len -= in.pos;
		if (!ret)
			n = frame_ended(u);
		else if (!in.size && out.pos == before)
			return -EBADMSG; /* cut off */
		if (n < 0)
			return n;
	}
	return (int64_t)out.pos;
}

static void zstd_end(struct unpack *u)
{
	struct zstd *z = u->state;

	ZSTD_freeDCtx(z->ctx);
}

const struct unpack_ops unpack_zstd = {
	.state_bytes = sizeof(struct zstd),
	.begin = zstd_begin,
	.read = zstd_read,
	.end = zstd_end,
};
