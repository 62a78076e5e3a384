/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ChaCha20 (RFC 8439) with fast key erasure: of each block of 64 bytes the
 * first half is the next key, the second half is given out.
 */
#include <lib/random.h>

#include <lib/lock.h>
#include <lib/util.h>
#include <string.h>

#define KEY_BYTES 32
#define KEY_WORDS (KEY_BYTES / 4)
#define ROUNDS 20

static struct spinlock lock = SPINLOCK_INIT(LOCK_RANK_RANDOM);
static uint32_t key[KEY_WORDS];
static bool seeded;

static uint32_t rotl(uint32_t v, unsigned int n)
{
	return v << n | v >> (32 - n);
}

static void quarter_round(uint32_t *x, unsigned int a, unsigned int b,
			  unsigned int c, unsigned int d)
{
	x[a] += x[b];
	x[d] = rotl(x[d] ^ x[a], 16);
	x[c] += x[d];
	x[b] = rotl(x[b] ^ x[c], 12);
	x[a] += x[b];
	x[d] = rotl(x[d] ^ x[a], 8);
	x[c] += x[d];
	x[b] = rotl(x[b] ^ x[c], 7);
}

/* RFC 8439, 2.3, of the key, with counter and nonce 0: no key is used twice. */
static void block(uint32_t out[16])
{
	static const uint32_t sigma[4] = {0x61707865, 0x3320646e, 0x79622d32,
					  0x6b206574};
	uint32_t in[16] = {0};

	memcpy(in, sigma, sizeof(sigma));
	memcpy(in + 4, key, sizeof(key));
	memcpy(out, in, sizeof(in));
	for (unsigned int i = 0; i < ROUNDS; i += 2) {
		for (unsigned int c = 0; c < 4; c++)
			quarter_round(out, c, 4 + c, 8 + c, 12 + c);
		for (unsigned int c = 0; c < 4; c++)
			quarter_round(out, c, 4 + (c + 1) % 4, 8 + (c + 2) % 4,
				      12 + (c + 3) % 4);
	}
	for (unsigned int i = 0; i < 16; i++)
		out[i] += in[i];
}

/* The next key; what is given out with it. */
static void step(uint32_t given[KEY_WORDS])
{
	uint32_t out[16];

	block(out);
	memcpy(key, out, KEY_BYTES);
	memcpy(given, out + KEY_WORDS, KEY_BYTES);
}

void random_seed(const void *seed, size_t size)
{
	const uint8_t *from = seed;
	uint8_t *to = (uint8_t *)key;
	uint32_t given[KEY_WORDS];

	if (size < KEY_BYTES)
		return;
	spin_lock(&lock);
	for (size_t at = 0; at < size; at++) {
		to[at % KEY_BYTES] ^= from[at];
		if (at % KEY_BYTES == KEY_BYTES - 1 || at == size - 1)
			step(given);
	}
	seeded = true;
	spin_unlock(&lock);
}

bool random_bytes(void *buf, size_t size)
{
	uint32_t given[KEY_WORDS];
	uint8_t *to = buf;
	bool ok;

	spin_lock(&lock);
	ok = seeded;
	for (size_t at = 0; ok && at < size; at += KEY_BYTES) {
		step(given);
		memcpy(to + at, given, MIN(size - at, (size_t)KEY_BYTES));
	}
	spin_unlock(&lock);
	return ok;
}
