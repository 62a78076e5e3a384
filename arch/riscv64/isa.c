/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The names of extensions: the Unprivileged ISA's naming chapter, and the
 * riscv,isa and riscv,isa-extensions properties of the cpus binding. Pure.
 */
#include <asm/isa.h>

#include <lib/fdt.h>
#include <string.h>

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* Digits, and behind a 'p' more of them. */
const char *isa_skip_version(const char *s)
{
	if (!is_digit(*s))
		return s;
	while (is_digit(*s))
		s++;
	if (*s == 'p' && is_digit(s[1]))
		for (s++; is_digit(*s); s++)
			;
	return s;
}

size_t isa_name_length(const char *name, size_t len)
{
	for (size_t i = 1; i < len; i++)
		if (is_digit(name[i]) && !is_digit(name[i - 1]) &&
		    isa_skip_version(name + i) == name + len)
			return i;
	return len;
}

/* A name ends at its version, which ends it at '_' or at the end. */
static bool name_is(const char *name, size_t len, const char *ext)
{
	size_t want = strlen(ext);
	const char *rest;

	if (len < want || memcmp(name, ext, want) != 0)
		return false;
	if (len == want)
		return true;
	rest = isa_skip_version(name + want);
	return rest == name + len && rest != name + want;
}

/* 'g' is short for these. */
static bool g_holds(const char *ext)
{
	return !strcmp(ext, "zicsr") || !strcmp(ext, "zifencei") ||
	       (ext[0] && !ext[1] && strchr("imafd", ext[0]));
}

/* The part before the first '_': letters, each an extension, then, at the
 * first 'z', 's' or 'x', a longer name. */
static bool letters_have(const char *s, size_t len, const char *ext)
{
	const char *end = s + len;

	while (s < end) {
		if (*s == 'z' || *s == 's' || *s == 'x')
			return name_is(s, (size_t)(end - s), ext);
		if ((*s == ext[0] && !ext[1]) || (*s == 'g' && g_holds(ext)))
			return true;
		s = isa_skip_version(s + 1);
	}
	return false;
}

bool isa_string_has(const char *isa, const char *ext)
{
	size_t len;

	if (strncmp(isa, "rv64", 4) != 0)
		return false;
	isa += 4;
	len = strcspn(isa, "_");
	if (letters_have(isa, len, ext))
		return true;
	while (isa[len]) {
		isa += len + 1;
		len = strcspn(isa, "_");
		if (name_is(isa, len, ext))
			return true;
	}
	return false;
}

bool isa_node_has(const void *fdt, int node, const char *ext)
{
	const char *const wanted[] = {ext, NULL};
	const char *text;
	int len;

	text = fdt_prop(fdt, node, "riscv,isa-extensions", &len);
	if (text)
		return fdt_strings_have(text, (uint32_t)len, wanted);
	text = fdt_prop(fdt, node, "riscv,isa", &len);
	return text && len > 0 && !text[len - 1] && isa_string_has(text, ext);
}
