// SPDX-License-Identifier: Apache-2.0
/* Text and numbers for the bare-metal test guests. */
#include "guest.h"

void print(const char *text)
{
	for (; *text; text++) {
		if (*text == '\n')
			put('\r');
		put(*text);
	}
}

void print_dec(uint64_t value)
{
	char digits[20];
	unsigned int n = 0;

	do
		digits[n++] = '0' + value % 10;
	while ((value /= 10));
	while (n)
		put(digits[--n]);
}

void print_hex(uint64_t value)
{
	print("0x");
	for (int shift = 60; shift >= 0; shift -= 4)
		if (value >> shift || shift == 0)
			put("0123456789abcdef"[(value >> shift) & 15]);
}

uint64_t random64(void)
{
	static uint64_t state = 0x9e3779b97f4a7c15;

	state ^= state << 13;
	state ^= state >> 7;
	state ^= state << 17;
	return state;
}

const char *argument(uint64_t dtb, const char *key)
{
	const char *blob = (const char *)dtb;
	uint32_t size = be32(dtb + 4);

	for (uint32_t i = 0; i < size; i++) {
		uint32_t n = 0;

		while (key[n] && blob[i + n] == key[n])
			n++;
		if (!key[n])
			return blob + i + n;
	}
	return NULL;
}

uint64_t argument_number(uint64_t dtb, const char *key, uint64_t otherwise)
{
	const char *digits = argument(dtb, key);
	uint64_t value = 0;

	if (!digits)
		return otherwise;
	for (; *digits >= '0' && *digits <= '9'; digits++)
		value = 10 * value + (uint64_t)(*digits - '0');
	return value;
}

/* gcc may call these for struct copies and loops it recognises. */
void *memset(void *dst, int c, size_t n)
{
	volatile char *p = dst;

	while (n--)
		*p++ = (char)c;
	return dst;
}

void *memcpy(void *dst, const void *src, size_t n)
{
	volatile char *d = dst;
	const char *s = src;

	while (n--)
		*d++ = *s++;
	return dst;
}
