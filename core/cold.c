/* SPDX-License-Identifier: Apache-2.0 */
/* The packed part of the Image lies across the pages that it is unpacked to. */
#define LOG_TAG "cold"
#include <core/cold.h>

#include <arch/cpu.h>
#include <arch/pgtable.h>
#include <core/mutex.h>
#include <core/task.h>
#include <core/timer.h>
#include <errno.h>
#include <lib/crc32.h>
#include <lib/image.h>
#include <lib/log.h>
#include <lib/symbols.h>
#include <lib/util.h>
#include <mm/frames.h>
#include <mm/heap.h>
#include <mm/host_map.h>
#include <string.h>

#define Z_SOLO
#define Z_PREFIX
#include <zlib.h>
#undef crc32 /* lib/crc32.h's, not zlib's name of it */

static struct mutex lock;   /* guards the next, for who writes it */
static int state = -EAGAIN; /* what cold_load() returns; atomic */
static bool spoilt; /* what is packed is overwritten; guarded by @lock */

void cold_init(void)
{
	mutex_init(&lock);
	state = -EAGAIN;
	spoilt = false;
}

/** struct room - what unpacking needs, taken before anything is overwritten
 * @window: zlib's, which it asks for in the midst of it */
struct room {
	uint8_t *packed;
	void *window;
};
#define WINDOW_BYTES (1u << MAX_WBITS)

static void *z_alloc(void *opaque, unsigned int count, unsigned int size)
{
	struct room *room = opaque;
	void *window = room->window;

	if ((size_t)count * size != WINDOW_BYTES)
		return heap_alloc_array(count, size);
	room->window = NULL;
	return window;
}

static void z_release(void *opaque __unused_arg, void *ptr)
{
	heap_free(ptr);
}

/*
 * Piece by piece: a guest of this CPU, below the host's own tasks, is kept
 * waiting for some ten thousand instructions at a stretch.
 */
#define PIECE_BYTES 512u
#define PAUSE_NS 50000u

static int inflate_all(z_stream *z, size_t size_bytes)
{
	uint32_t crc = 0;
	int ret = Z_OK;

	while (ret == Z_OK && size_bytes) {
		Bytef *at = z->next_out;

		z->avail_out = (uInt)MIN(size_bytes, (size_t)PIECE_BYTES);
		size_bytes -= z->avail_out;
		ret = inflate(z, Z_NO_FLUSH);
		/* its window has what comes of it again as it was */
		if ((char *)at < image.cold_rodata)
			arch_code_unpack(at, (size_t)(z->next_out - at),
					 (uint64_t)((char *)at - image.start));
		crc = (uint32_t)crc32(crc, at, (uInt)(z->next_out - at));
		task_sleep_until(time_ns() + PAUSE_NS);
	}
	/* the last piece may have been full before the stream's end came */
	if (ret == Z_OK)
		ret = inflate(z, Z_FINISH);
	return ret == Z_STREAM_END && !size_bytes && !z->avail_out &&
			       crc == cold_record.crc
		       ? 0
		       : -EBADMSG;
}

static int unpack(struct room *room, char *to, size_t size_bytes)
{
	z_stream z = {
		.next_in = room->packed,
		.avail_in = cold_record.packed_bytes,
		.next_out = (Bytef *)to,
		.zalloc = z_alloc,
		.zfree = z_release,
		.opaque = room,
	};
	int err;

	if (inflateInit2(&z, -MAX_WBITS) != Z_OK)
		return -ENOMEM;
	spoilt = true;
	err = inflate_all(&z, size_bytes);
	inflateEnd(&z);
	return err;
}

static int rights_give(void)
{
	int err = host_map_image(image.cold_text, image.cold_rodata,
				 PGT_R | PGT_X);

	if (!err)
		err = host_map_image(image.cold_rodata, image.cold_data, PGT_R);
	return err;
}

static int unpack_all(void)
{
	size_t size_bytes = (size_t)(image.cold_end - image.cold_text);
	struct room room = {
		.packed = heap_alloc(cold_record.packed_bytes),
		.window = heap_alloc(WINDOW_BYTES),
	};
	int err = room.packed && room.window ? 0 : -ENOMEM;

	if (!err)
		err = host_map_image(image.cold_text, image.cold_end,
				     PGT_R | PGT_W);
	if (!err) {
		memcpy(room.packed, image.start + cold_record.packed,
		       cold_record.packed_bytes);
		err = unpack(&room, image.cold_text, size_bytes);
	}
	heap_free(room.packed);
	heap_free(room.window);
	return err;
}

static int load(void)
{
	int err = unpack_all();

	if (err)
		return err;
	arch_relocate(image.start, (const uint64_t *)(image.start +
						      cold_record.relocations));
	arch_dcache_clean_inval(image.cold_text,
				(size_t)(image.cold_rodata - image.cold_text));
	arch_icache_inval();
	err = rights_give();
	/* both tables of relocations, and what was packed in front of it */
	if (!err)
		frames_release(virt_to_phys(image.relocations),
			       (uint64_t)(image.cold_text - image.relocations));
	return err;
}

bool cold_is_loaded(void)
{
	return !__atomic_load_n(&state, __ATOMIC_ACQUIRE);
}

int cold_load(void)
{
	int err;

	if (cold_is_loaded())
		return 0;
	mutex_lock(&lock);
	err = state;
	if (err == -EAGAIN) {
		err = load();
		if (!err)
			symbols_add_cold();
		/* else what is packed is whole: the next one may succeed */
		if (spoilt)
			__atomic_store_n(&state, err, __ATOMIC_RELEASE);
		if (err)
			log_err("shell, file systems and readers cannot be "
				"unpacked: %s, error %d",
				err == -EBADMSG ? "the Image is damaged; write "
						  "it anew"
						: "not enough free memory",
				err);
	}
	mutex_unlock(&lock);
	return err;
}
