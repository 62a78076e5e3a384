/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Checking a directory of exFAT: Microsoft's exFAT file system specification,
 * sections 6 and 7. A file is a set of entries with one checksum: 85 with
 * attributes and times, C0 with clusters and sizes, C1 with parts of the name.
 */
#include "fat_check.h"

#include <errno.h>
#include <string.h>

#include <lib/bytes.h>

#define IN_USE 0x80
#define TYPE_BITMAP 0x81
#define TYPE_UPCASE 0x82
#define TYPE_FILE 0x85
#define TYPE_STREAM 0xc0
#define TYPE_NAME 0xc1
#define SET_MIN 3
#define SET_MAX 19
#define NAME_UNITS 15 /* of one C1 */

#define AT_COUNT 1 /* of 85 */
#define AT_SUM 2
#define AT_ATTR 4
#define AT_TIME10 20
#define ATTR_DIRECTORY 0x10

#define AT_FLAGS 1 /* of C0 */
#define AT_NAME_LEN 3
#define AT_NAME_HASH 4
#define AT_VALID 8
#define AT_FIRST 20
#define AT_SIZE 24
#define FLAG_CONTIGUOUS 2

#define AT_TABLE_FIRST 20 /* of 81 and 82 */
#define AT_TABLE_SIZE 24

/* The entries of a file that were passed so far */
struct set {
	uint8_t e[SET_MAX][ENTRY_BYTES];
	struct check_place at[SET_MAX];
	unsigned int count, wanted; /* wanted 0: none is being passed */
};

static uint8_t *stream_of(struct set *s)
{
	return s->e[1];
}

static void put64(uint8_t *at, uint64_t value)
{
	put32(at, (uint32_t)value);
	put32(at + 4, (uint32_t)(value >> 32));
}

static uint16_t rotate_add(uint16_t sum, uint8_t byte)
{
	return (uint16_t)((sum & 1 ? 0x8000u : 0u) + (sum >> 1) + byte);
}

static uint16_t set_sum(const struct set *s)
{
	uint16_t sum = 0;

	for (unsigned int i = 0; i < s->count * ENTRY_BYTES; i++)
		if (i != AT_SUM && i != AT_SUM + 1)
			sum = rotate_add(
				sum, s->e[i / ENTRY_BYTES][i % ENTRY_BYTES]);
	return sum;
}

/* The hash of the name in capitals tells whether its parts are of one name. */
static uint16_t name_hash(const struct set *s)
{
	uint16_t sum = 0;

	for (unsigned int i = 0; i < s->e[1][AT_NAME_LEN]; i++) {
		const uint8_t *e = s->e[2 + i / NAME_UNITS];
		uint16_t unit = (uint16_t)ff_wtoupper(
			get16(e + 2 + 2 * (i % NAME_UNITS)));

		sum = rotate_add(sum, (uint8_t)unit);
		sum = rotate_add(sum, (uint8_t)(unit >> 8));
	}
	return sum;
}

/* Are these the entries of one file? Its checksum is another matter. */
static bool set_is_whole(const struct set *s)
{
	unsigned int names = s->count - 2;

	if (s->count < SET_MIN || s->count != s->wanted ||
	    s->e[1][0] != TYPE_STREAM || !s->e[1][AT_NAME_LEN] ||
	    (s->e[1][AT_NAME_LEN] + NAME_UNITS - 1u) / NAME_UNITS > names)
		return false;
	for (unsigned int i = 2; i < s->count; i++)
		if (s->e[i][0] != TYPE_NAME)
			return false;
	return name_hash(s) == get16(s->e[1] + AT_NAME_HASH);
}

static int set_remove(struct check *c, struct set *s)
{
	int err = 0;

	for (unsigned int i = 0; i < s->count && !err; i++) {
		uint8_t type = s->e[i][0] & (uint8_t)~IN_USE;

		err = entry_write(c, &s->at[i], 0, &type, 1);
	}
	s->count = s->wanted = 0;
	return err;
}

static int set_write(struct check *c, struct set *s)
{
	int err = 0;

	put16(s->e[0] + AT_SUM, set_sum(s));
	for (unsigned int i = 0; i < 2 && !err; i++)
		err = entry_write(c, &s->at[i], 0, s->e[i], ENTRY_BYTES);
	return err;
}

/* Bytes and clusters brought to agree; @count is how many clusters there are */
static int size_mend(struct check *c, struct set *s, uint64_t max,
		     uint32_t count)
{
	uint64_t bytes = (uint64_t)c->ff->csize * c->ff->ssize;
	uint8_t *e = stream_of(s);
	bool change = false;

	if (count < max) {
		put64(e + AT_SIZE, count * bytes);
		c->resized++;
		change = true;
	}
	if (get64(e + AT_VALID) > get64(e + AT_SIZE)) {
		memcpy(e + AT_VALID, e + AT_SIZE, 8);
		change = true;
	}
	if (!count && get32(e + AT_FIRST)) {
		put32(e + AT_FIRST, 0);
		e[AT_FLAGS] &= (uint8_t)~FLAG_CONTIGUOUS;
		change = true;
	}
	return change || get16(s->e[0] + AT_SUM) != set_sum(s) ? set_write(c, s)
							       : 0;
}

static int check_clusters(struct check *c, struct set *s)
{
	const uint8_t *e = stream_of(s);
	uint64_t bytes = (uint64_t)c->ff->csize * c->ff->ssize;
	uint64_t size = get64(e + AT_SIZE);
	uint64_t max = size / bytes + (size % bytes != 0);
	struct check_dir dir = {
		.first = get32(e + AT_FIRST),
		.contiguous = e[AT_FLAGS] & FLAG_CONTIGUOUS,
	};
	bool directory = s->e[0][AT_ATTR] & ATTR_DIRECTORY;
	int err = 0;

	if (!directory && c->pass != PASS_MEND)
		return 0;
	if (dir.first)
		err = chain_claim(c, dir.first,
				  (uint32_t)MIN(max, (uint64_t)UINT32_MAX),
				  dir.contiguous, &dir.clusters);
	if (!err && c->pass == PASS_MEND)
		err = size_mend(c, s, max, dir.clusters);
	if (err || !directory)
		return err;
	if (!dir.clusters && max)
		c->foreign++;
	return check_add_dir(c, &dir);
}

/* All entries of a file have been passed, or no more of them come. */
static int set_end(struct check *c, struct set *s)
{
	uint32_t first;
	bool temp;
	int err = 0;

	if (!s->wanted)
		return 0;
	if (!set_is_whole(s)) {
		if (c->pass != PASS_MEND)
			s->count = s->wanted = 0;
		else
			c->parts += s->count;
		return set_remove(c, s);
	}
	first = get32(stream_of(s) + AT_FIRST);
	temp = !memcmp(s->e[2] + 2, "~\0c\0v", 6);
	switch (check_mark(c, s->e[0][AT_TIME10], first, temp)) {
	case ENTRY_REMOVE:
		c->removed++;
		return set_remove(c, s);
	case ENTRY_UNMARK:
		s->e[0][AT_TIME10] = 0;
		err = set_write(c, s);
		break;
	case ENTRY_KEEP:
		break;
	}
	if (!err)
		err = check_clusters(c, s);
	s->count = s->wanted = 0;
	return err;
}

/* The bitmap and the table of capitals have clusters, too. */
static int check_table(struct check *c, const uint8_t *e)
{
	uint64_t bytes = (uint64_t)c->ff->csize * c->ff->ssize;
	uint64_t size = get64(e + AT_TABLE_SIZE);
	uint64_t max = size / bytes + (size % bytes != 0);
	uint32_t count;
	int err;

	if (c->pass != PASS_MEND)
		return 0;
	err = chain_claim(c, get32(e + AT_TABLE_FIRST),
			  (uint32_t)MIN(max, (uint64_t)UINT32_MAX), false,
			  &count);
	if (!err && count < max)
		c->foreign++;
	return err;
}

static void set_add(struct set *s, const uint8_t *e,
		    const struct check_place *at)
{
	memcpy(s->e[s->count], e, ENTRY_BYTES);
	s->at[s->count++] = *at;
}

static int orphan_remove(struct check *c, const uint8_t *e,
			 const struct check_place *at)
{
	uint8_t type = e[0] & (uint8_t)~IN_USE;

	if (c->pass != PASS_MEND)
		return 0;
	c->parts++;
	return entry_write(c, at, 0, &type, 1);
}

static int check_entry(struct check *c, struct set *s, const uint8_t *e,
		       const struct check_place *at)
{
	bool secondary = e[0] == TYPE_STREAM || e[0] == TYPE_NAME;
	int err;

	if (s->wanted && secondary) {
		set_add(s, e, at);
		return s->count == s->wanted ? set_end(c, s) : 0;
	}
	err = set_end(c, s);
	if (err)
		return err;
	if (secondary)
		return orphan_remove(c, e, at);
	if (e[0] == TYPE_BITMAP || e[0] == TYPE_UPCASE)
		return check_table(c, e);
	if (e[0] != TYPE_FILE)
		return 0;
	set_add(s, e, at);
	s->wanted = e[AT_COUNT] + 1u;
	/* an impossible count: what follows are orphans then */
	return s->wanted < SET_MIN || s->wanted > SET_MAX ? set_end(c, s) : 0;
}

int exfat_check_dir(struct check *c, const struct check_dir *dir)
{
	struct set set = {.count = 0};
	struct check_cursor cur;
	struct check_place at;
	uint8_t entry[ENTRY_BYTES];
	int more;

	cursor_begin(&cur, dir);
	while ((more = cursor_next(c, &cur, entry, &at)) > 0) {
		int err = check_entry(c, &set, entry, &at);

		if (err)
			return err;
	}
	return more ? more : set_end(c, &set);
}

int exfat_check_bitmap(struct check *c)
{
	FATFS *ff = c->ff;
	uint32_t clusters = ff->n_fatent - 2;

	for (uint32_t i = 0; i < clusters; i++) {
		uint32_t byte = i / 8, cluster = i + 2;
		bool used = c->used[cluster / 8] >> cluster % 8 & 1;
		uint8_t bit = (uint8_t)(1 << i % 8), *at;
		FRESULT res = fat_sector(ff, ff->bitbase + byte / ff->ssize);

		if (res != FR_OK)
			return check_fail(c, res);
		at = ff->win + byte % ff->ssize;
		if (!(*at & bit) == !used)
			continue;
		c->lost += !used;
		*at ^= bit;
		ff->wflag = 1;
	}
	return 0;
}
