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
