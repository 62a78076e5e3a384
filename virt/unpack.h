/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Images as streams of bytes: out of the Image or a file, as they are or
 * unpacked. Memory is bounded by the format: 64 KiB, and for gzip about 48 KiB,
 * for lz4 16 MiB, for zstd what the frame's window asks for, at most 128 MiB.
 */
#ifndef VIRT_UNPACK_H
#define VIRT_UNPACK_H

#include <lib/types.h>
#include <lib/util.h>

struct fs_file;

/**
 * struct image_source - bytes as they are stored
 * @data: embedded ones; NULL: they are in @file
 * @at:   where source_read() goes on
 */
struct image_source {
	const uint8_t *data;
	struct fs_file *file;
	uint64_t size_bytes;
	uint64_t at;
};

/** source_pread() - from @offset. Return: bytes, fewer than @len only at the
 * end; an error of the file's */
int64_t __must_check source_pread(const struct image_source *source, void *buf,
				  size_t len, uint64_t offset);
/** source_read() - the same, from where the last one ended */
int64_t __must_check source_read(struct image_source *source, void *buf,
				 size_t len);

struct unpack;

/* What one format has to do. All functions but @end may sleep. */
struct unpack_ops {
	size_t state_bytes;
	int (*begin)(struct unpack *u);
	int64_t (*read)(struct unpack *u, void *buf, size_t len);
	void (*end)(struct unpack *u);
};
extern const struct unpack_ops unpack_gzip, unpack_lz4, unpack_zstd;

#define UNPACK_IN_BYTES 65536u
/* Of an image, for unpack_find(): all formats are told by so few. */
#define UNPACK_HEAD_BYTES 16u

/**
 * struct unpack - a stream being read
 * @ops: NULL: the bytes as they are
 * @in, @in_at, @in_len: input that was read and not used yet
 * @over: the stream's end was seen
 */
struct unpack {
	const struct unpack_ops *ops;
	struct image_source *source;
	uint8_t *in;
	size_t in_at, in_len;
	bool over;
	void *state;
};

/**
 * unpack_find() - a packed image's format, by its first bytes
 *
 * Return: NULL: it is not packed, or the format is not built in, see
 * unpack_missing().
 */
const struct unpack_ops *unpack_find(const uint8_t *head, size_t len);
/** unpack_missing() - the Kconfig option without which it cannot be read; NULL
 */
const char *unpack_missing(const uint8_t *head, size_t len);

/** unpack_begin() - @source from its beginning. Return: 0; -ENOMEM */
int __must_check unpack_begin(struct unpack *u, const struct unpack_ops *ops,
			      struct image_source *source);
/**
 * unpack_read() - the next bytes
 *
 * Return: how many, fewer than @len only at the end; -EBADMSG: the stream is
 * damaged or cut off; -ENOMEM: its window is larger than the free memory;
 * errors of the file.
 */
int64_t __must_check unpack_read(struct unpack *u, void *buf, size_t len);
void unpack_end(struct unpack *u);

/** unpack_input() - for formats: more into @in, behind what is there. Return:
 * bytes there now, 0: no more; an error */
int64_t __must_check unpack_input(struct unpack *u);

#endif
