/* SPDX-License-Identifier: Apache-2.0 */
/* Extensions of a guest's harts. */
#include "isa_guest.h"

#include <asm/csr.h>
#include <asm/isa.h>
#include <lib/util.h>
#include <string.h>

typedef char isa_name[12];

/* No registers of their own. */
static const isa_name stateless[] = {
	"i",         "m",           "a",        "c",       "b",
	"zic64b",    "ziccamoa",    "ziccamoc", "ziccif",  "zicclsm",
	"ziccrse",   "zicbop",      "zicond",   "zicsr",   "zifencei",
	"zihintntl", "zihintpause", "zimop",    "zmmul",   "za64rs",
	"za128rs",   "zaamo",       "zabha",    "zacas",   "zalrsc",
	"zama16b",   "zawrs",       "zba",      "zbb",     "zbc",
	"zbs",       "zbkb",        "zbkc",     "zbkx",    "zca",
	"zcb",       "zcmop",       "zcmp",     "zkn",     "zknd",
	"zkne",      "zknh",        "zks",      "zksed",   "zksh",
	"zkt",       "ztso",        "ssccptr",  "sstvala", "sstvecd",
	"ssu64xl",   "svbare",      "svinval",  "svnapot", "svvptc",
};

/* f0 to f31 and fcsr */
static const isa_name floating[] = {
	"f", "d", "zcd", "zfa", "zfbfmin", "zfh", "zfhmin",
};

static const struct {
	const char *name;
	uint64_t henvcfg;
	bool absent; /* there without the bits, not with them */
} granted[] = {
	{"sstc", HENVCFG_STCE, false},    {"svadu", HENVCFG_ADUE, false},
	{"svade", HENVCFG_ADUE, true},    {"svpbmt", HENVCFG_PBMTE, false},
	{"zicbom", HENVCFG_CBCFE, false}, {"zicboz", HENVCFG_CBZE, false},
};

/* Most begin with z: the length and the last letter tell names apart. */
static bool is_among(const isa_name *names, size_t count, const char *name,
		     size_t len)
{
	if (len >= sizeof(*names))
		return false;
	for (; count--; names++)
		if (!(*names)[len] && (*names)[len - 1] == name[len - 1] &&
		    !memcmp(*names, name, len))
			return true;
	return false;
}

bool isa_guest_has(const struct isa_guest *guest, const char *name, size_t len)
{
	if (!len)
		return false;
	for (unsigned int i = 0; i < ARRAY_SIZE(granted); i++) {
		if (len != strlen(granted[i].name) ||
		    memcmp(name, granted[i].name, len) != 0)
			continue;
		return !(guest->henvcfg & granted[i].henvcfg) ==
		       granted[i].absent;
	}
	return is_among(stateless, ARRAY_SIZE(stateless), name, len) ||
	       (guest->fp &&
		is_among(floating, ARRAY_SIZE(floating), name, len)) ||
	       (guest->aia && len == 5 && !memcmp(name, "ssaia", len));
}

/* @len bytes with a version, perhaps. */
static bool has_versioned(const struct isa_guest *guest, const char *name,
			  size_t len)
{
	/* a name may end in a digit itself */
	return isa_guest_has(guest, name, len) ||
	       isa_guest_has(guest, name, isa_name_length(name, len));
}

/* The letters up to the first name. Return: where that begins */
static size_t letters(const struct isa_guest *guest, const char *from,
		      size_t end, char *to, size_t *out)
{
	bool g_was = false;
	size_t at = 0;

	while (at < end && !strchr("zsx", from[at])) {
		size_t len =
			(size_t)(isa_skip_version(from + at + 1) - (from + at));

		if (from[at] == 'g' && !g_was) {
			const char *are = guest->fp ? "g" : "ima";

			memcpy(to + *out, are, strlen(are));
			*out += strlen(are);
			g_was = true;
		} else if (isa_guest_has(guest, from + at, 1)) {
			memcpy(to + *out, from + at, len);
			*out += len;
		}
		at += len;
	}
	return at;
}

size_t isa_guest_string(const struct isa_guest *guest, const char *from,
			char *to)
{
	size_t out = 4, at, end;

	if (strncmp(from, "rv64", 4) != 0)
		return 0;
	memcpy(to, from, 4);
	from += 4;
	end = strcspn(from, "_");
	at = letters(guest, from, end, to, &out);
	while (from[at]) {
		size_t len;

		at += from[at] == '_';
		len = strcspn(from + at, "_");
		if (has_versioned(guest, from + at, len)) {
			to[out++] = '_';
			memcpy(to + out, from + at, len);
			out += len;
		}
		at += len;
	}
	to[out++] = '\0';
	return out;
}

size_t isa_guest_list(const struct isa_guest *guest, const char *from,
		      size_t size, char *to)
{
	size_t out = 0;

	for (size_t at = 0; at < size;) {
		size_t len = strnlen(from + at, size - at);

		if (at + len < size && isa_guest_has(guest, from + at, len)) {
			memcpy(to + out, from + at, len + 1);
			out += len + 1;
		}
		at += len + 1;
	}
	return out;
}
