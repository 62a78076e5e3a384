/* SPDX-License-Identifier: Apache-2.0 */
/* A command line into words: blanks, quotes, backslashes. Pure. */
#include <shell/shell.h>

#include <errno.h>

static bool is_blank(char c)
{
	return c == ' ' || c == '\t';
}

/*
 * One word from *@in to *@out, which is never ahead of it. Single quotes take
 * all as it is; in double quotes and outside, a backslash takes the next
 * character as it is.
 */
static int word(char **in, char **out)
{
	char quote = '\0', c;

	while ((c = **in) != '\0' && (quote || !is_blank(c))) {
		(*in)++;
		if (c == quote) {
			quote = '\0';
		} else if (!quote && (c == '"' || c == '\'')) {
			quote = c;
		} else if (c == '\\' && quote != '\'') {
			if (!**in)
				return -EINVAL;
			*(*out)++ = *(*in)++;
		} else {
			*(*out)++ = c;
		}
	}
	return quote ? -EINVAL : 0;
}

int shell_split(char *line, char **argv, int max)
{
	char *in = line, *out = line;
	int argc = 0;

	for (;;) {
		bool last;

		while (is_blank(*in))
			in++;
		if (!*in)
			return argc;
		if (argc == max)
			return -E2BIG;
		argv[argc++] = out;
		if (word(&in, &out))
			return -EINVAL;
		/* the blank behind the word may be where its NUL goes */
		last = !*in;
		if (!last)
			in++;
		*out++ = '\0';
		if (last)
			return argc;
	}
}
