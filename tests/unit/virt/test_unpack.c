/* SPDX-License-Identifier: Apache-2.0 */
/* Packed kernels: whole, in any pieces, damaged, cut off, from bad disks. */
#include "../../../virt/unpack.h"

#include <errno.h>
#include <fs/fs.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "packed.h"

struct sample {
	const char *name;
	const struct unpack_ops *ops;
	const uint8_t *data;
	size_t len;
	bool summed; /* a flipped bit is always noticed */
};

static const struct sample samples[] = {
	{"gzip", &unpack_gzip, packed_gzip, sizeof(packed_gzip), true},
	{"zstd", &unpack_zstd, packed_zstd, sizeof(packed_zstd), true},
	{"lz4", &unpack_lz4, packed_lz4, sizeof(packed_lz4), true},
	{"lz4 -l", &unpack_lz4, packed_lz4_old, sizeof(packed_lz4_old), false},
};

/* A file that fails where the test says. */
static const uint8_t *file_data;
static uint64_t file_fails_at;

int64_t fs_pread(struct fs_file *file, void *buf, size_t len, uint64_t offset)
{
	(void)file;
	if (offset + len > file_fails_at)
		return -EIO;
	memcpy(buf, file_data + offset, len);
	return (int64_t)len;
}

/* Return: bytes; an error. @out has room for PACKED_BYTES + 1 */
static int64_t unpack_all(const struct sample *s, const void *data, size_t len,
			  size_t step, uint8_t *out)
{
	struct image_source source = {.data = data, .size_bytes = len};
	size_t room = PACKED_BYTES + 1, done = 0;
	struct unpack u;
	int64_t n = unpack_begin(&u, s->ops, &source);

	while (!n && done < room) {
		size_t want = MIN(step, room - done);

		n = unpack_read(&u, out + done, want);
		if (n < 0)
			break;
		assert_true((size_t)n <= want);
		done += (size_t)n;
		if ((size_t)n < want)
			break;
		n = 0;
	}
	unpack_end(&u);
	return n < 0 ? n : (int64_t)done;
}

static bool is_right(const uint8_t *out, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if (out[i] != packed_byte((unsigned int)i))
			return false;
	return true;
}

static uint8_t out[PACKED_BYTES + 1];

static void test_formats_are_told(void **state)
{
	(void)state;
	for (unsigned int i = 0; i < ARRAY_SIZE(samples); i++) {
		assert_ptr_equal(unpack_find(samples[i].data, 16),
				 samples[i].ops);
		assert_null(unpack_missing(samples[i].data, 16));
		assert_null(unpack_find(samples[i].data, 2));
	}
	assert_null(unpack_find((const uint8_t *)"MZ\0\0 and so on ..", 16));
}

static void test_whole(void **state)
{
	static const size_t steps[] = {PACKED_BYTES + 1, 4096, 65537, 1000};

	(void)state;
	for (unsigned int i = 0; i < ARRAY_SIZE(samples); i++)
		for (unsigned int j = 0; j < ARRAY_SIZE(steps); j++) {
			const struct sample *s = &samples[i];

			memset(out, 0, sizeof(out));
			assert_int_equal(
				unpack_all(s, s->data, s->len, steps[j], out),
				PACKED_BYTES);
			assert_true(is_right(out, PACKED_BYTES));
		}
}

/* Zeros behind the end are a partition's; a second stream goes on. */
static void test_what_follows(void **state)
{
	static const size_t small = 4096;

	(void)state;
	for (unsigned int i = 0; i < ARRAY_SIZE(samples); i++) {
		const struct sample *s = &samples[i];
		uint8_t *twice = calloc(2, s->len + 600);

		memcpy(twice, s->data, s->len);
		assert_int_equal(unpack_all(s, twice, s->len + 512, small, out),
				 PACKED_BYTES);
		memcpy(twice + s->len, s->data, s->len);
		assert_int_equal(unpack_all(s, twice, 2 * s->len, small, out),
				 PACKED_BYTES + 1);
		free(twice);
	}
}

static void test_cut_off(void **state)
{
	(void)state;
	for (unsigned int i = 0; i < ARRAY_SIZE(samples); i++)
		for (size_t len = 0; len < samples[i].len; len++) {
			const struct sample *s = &samples[i];
			uint8_t *copy = malloc(len + 1);
			int64_t n;

			memcpy(copy, s->data, len);
			n = unpack_all(s, copy, len, 65536, out);
			/* the old format ends anywhere between blocks */
			if (s->summed || len > 8)
				assert_int_equal(n, -EBADMSG);
			else
				assert_true(n <= 0);
			free(copy);
		}
}

static void test_each_bit_flipped(void **state)
{
	(void)state;
	for (unsigned int i = 0; i < ARRAY_SIZE(samples); i++)
		for (size_t bit = 0; bit < samples[i].len * 8; bit++) {
			const struct sample *s = &samples[i];
			uint8_t *copy = malloc(s->len);
			int64_t n;

			memcpy(copy, s->data, s->len);
			copy[bit / 8] ^= (uint8_t)(1 << bit % 8);
			n = unpack_all(s, copy, s->len, 65536, out);
			free(copy);
			if (n == PACKED_BYTES && is_right(out, PACKED_BYTES))
				continue; /* a comment, the name of an OS */
			if (n > PACKED_BYTES || !s->summed)
				continue; /* not read to its end; no sum */
			assert_true(n == -EBADMSG || n == -ENOMEM);
		}
}

static void test_file_fails(void **state)
{
	struct image_source source = {.file = (void *)&source};
	struct unpack u;

	(void)state;
	for (unsigned int i = 0; i < ARRAY_SIZE(samples); i++) {
		int64_t n;

		file_data = samples[i].data;
		source.size_bytes = samples[i].len;
		file_fails_at = samples[i].len;
		assert_int_equal(unpack_begin(&u, samples[i].ops, &source), 0);
		assert_int_equal(unpack_read(&u, out, PACKED_BYTES),
				 PACKED_BYTES);
		unpack_end(&u);
		file_fails_at = samples[i].len / 2;
		n = unpack_begin(&u, samples[i].ops, &source);
		if (!n)
			n = unpack_read(&u, out, PACKED_BYTES);
		assert_int_equal(n, -EIO);
		unpack_end(&u);
	}
}

static void test_as_it_is(void **state)
{
	static const uint8_t data[] = "raw bytes";
	struct image_source source = {.data = data, .size_bytes = 9};
	struct unpack u;

	(void)state;
	assert_int_equal(unpack_begin(&u, NULL, &source), 0);
	assert_int_equal(unpack_read(&u, out, 4), 4);
	assert_int_equal(unpack_read(&u, out + 4, 100), 5);
	assert_int_equal(unpack_read(&u, out + 9, 1), 0);
	assert_memory_equal(out, data, 9);
	unpack_end(&u);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_formats_are_told),
		cmocka_unit_test(test_whole),
		cmocka_unit_test(test_what_follows),
		cmocka_unit_test(test_cut_off),
		cmocka_unit_test(test_each_bit_flipped),
		cmocka_unit_test(test_file_fails),
		cmocka_unit_test(test_as_it_is),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
