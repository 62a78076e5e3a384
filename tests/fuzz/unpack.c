/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Packed kernels and ELF files as a disk may hold them: nothing is written
 * outside what was asked for, in whatever pieces it is, and every end is one.
 */
#include "../../virt/unpack.h"

#include <errno.h>
#include <fs/fs.h>
#include <string.h>
#include <virt/elf.h>

#include "input.h"

#define MOST (1u << 20)

int64_t fs_pread(struct fs_file *file, void *buf, size_t len, uint64_t offset)
{
	(void)file, (void)buf, (void)len, (void)offset;
	return -EIO;
}

/* Return: bytes, or an error; all in @out */
static int64_t unpack_all(const struct unpack_ops *ops, const uint8_t *data,
			  size_t size, size_t step, uint8_t *out)
{
	struct image_source source = {.data = data, .size_bytes = size};
	struct unpack u;
	size_t done = 0;
	int64_t n = unpack_begin(&u, ops, &source);

	while (n >= 0 && done < MOST) {
		size_t want = MIN(step, MOST - done);
		uint8_t *piece = malloc(want);

		n = unpack_read(&u, piece, want);
		must(n <= (int64_t)want, "%lld bytes of %zu", (long long)n,
		     want);
		if (n > 0)
			memcpy(out + done, piece, (size_t)n);
		free(piece);
		done += n > 0 ? (size_t)n : 0;
		if (n < (int64_t)want)
			break;
	}
	unpack_end(&u);
	return n < 0 ? n : (int64_t)done;
}

static int64_t source_fn(void *source, void *buf, size_t len, uint64_t offset)
{
	return source_pread(source, buf, len, offset);
}

static void elf_try(const uint8_t *data, size_t size)
{
	struct image_source source = {.data = data, .size_bytes = size};
	const char *why;
	struct elf elf;

	if (elf_parse(source_fn, &source, size, &elf, &why))
		return;
	must(elf.count && elf.count <= ELF_SEGMENTS_MAX, "%u segments",
	     elf.count);
	for (unsigned int i = 0; i < elf.count; i++) {
		const struct elf_segment *s = &elf.segments[i];

		must(s->offset <= size && size - s->offset >= s->file_bytes,
		     "segment %u is not in the file", i);
		must(s->file_bytes <= s->size_bytes, "segment %u", i);
		must(s->base >= elf.base &&
			     s->base - elf.base <=
				     elf.size_bytes - s->size_bytes,
		     "segment %u lies outside", i);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static uint8_t whole[MOST], pieces[MOST];
	const struct unpack_ops *ops = unpack_find(data, size);
	int64_t n, m;

	if (elf_is(data, size))
		elf_try(data, size);
	if (!ops)
		return 0;
	n = unpack_all(ops, data, size, MOST, whole);
	m = unpack_all(ops, data, size, 4099, pieces);
	/* zstd finds some damage only where it unpacks a frame at once */
	if (n < 0 || m < 0)
		return 0;
	must(n == m, "%lld bytes whole, %lld in pieces", (long long)n,
	     (long long)m);
	must(!memcmp(whole, pieces, (size_t)n), "other bytes");
	return 0;
}
