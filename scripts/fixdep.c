/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Sharpens a compiler's dependency list to single configuration options.
 *
 * Every source includes autoconf.h, so any change of an option would rebuild
 * everything. This replaces autoconf.h by one stamp for each CONFIG_ name that
 * the listed files mention: CONFIG_FOO_BAR becomes CONFIG-DIR/foo/bar.h, which
 * "kconfig.py sync" touches when that option changes.
 *
 *	fixdep CONFIG-DIR TARGET <IN.d >OUT.dep
 */
#include <ctype.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char prefix[] = "CONFIG_";

static char **names;
static size_t name_count;

static void *checked(void *p)
{
	if (!p) {
		perror("fixdep");
		exit(1);
	}
	return p;
}

static char *read_all(FILE *f)
{
	size_t len = 0, room = 1 << 16;
	char *text = checked(malloc(room));
	size_t got;

	while ((got = fread(text + len, 1, room - len - 1, f)) > 0) {
		len += got;
		if (room - len < 2)
			text = checked(realloc(text, room *= 2));
	}
	/* A NUL inside (no source has one) only ends the search early. */
	text[len] = '\0';
	return text;
}

static bool is_word(char c)
{
	return isalnum((unsigned char)c) || c == '_';
}

static void add_name(const char *name, size_t len)
{
	for (size_t i = 0; i < name_count; i++)
		if (strlen(names[i]) == len && !memcmp(names[i], name, len))
			return;
	names = checked(realloc(names, (name_count + 1) * sizeof(*names)));
	names[name_count++] = checked(strndup(name, len));
}

static void find_names(const char *text)
{
	for (const char *p = text; (p = strstr(p, prefix));) {
		const char *name = p + sizeof(prefix) - 1;
		const char *end = name;

		while (is_word(*end))
			end++;
		if (end > name && (p == text || !is_word(p[-1])))
			add_name(name, end - name);
		p = end;
	}
}

static void print_stamp(const char *dir, const char *name)
{
	printf(" \\\n $(wildcard %s/", dir);
	for (; *name; name++)
		putchar(*name == '_' ? '/' : tolower((unsigned char)*name));
	printf(".h)");
}

static bool is_autoconf(const char *path)
{
	static const char tail[] = "generated/autoconf.h";
	size_t len = strlen(path);

	return len >= sizeof(tail) - 1 &&
	       !strcmp(path + len - (sizeof(tail) - 1), tail);
}

int main(int argc, char **argv)
{
	if (argc != 3) {
		fprintf(stderr, "usage: fixdep CONFIG-DIR TARGET\n");
		return 1;
	}
	char *list = read_all(stdin);
	char *files = strchr(list, ':');

	if (!files) {
		fprintf(stderr, "fixdep: %s: no dependency list\n", argv[2]);
		return 1;
	}
	char *again = checked(strdup(files + 1));

	printf("%s:", argv[2]);
	for (char *f = strtok(files + 1, " \t\n\\"); f;
	     f = strtok(NULL, " \t\n\\")) {
		if (is_autoconf(f))
			continue;
		printf(" \\\n %s", f);
		FILE *in = fopen(f, "r");

		if (!in) {
			perror(f);
			return 1;
		}
		char *text = read_all(in);

		find_names(text);
		free(text);
		fclose(in);
	}
	for (size_t i = 0; i < name_count; i++)
		print_stamp(argv[1], names[i]);
	/* An empty rule each, so that a header may go away. */
	printf("\n");
	for (char *f = strtok(again, " \t\n\\"); f; f = strtok(NULL, " \t\n\\"))
		if (!is_autoconf(f))
			printf("%s:\n", f);
	return 0;
}
