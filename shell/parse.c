/* SPDX-License-Identifier: Apache-2.0 */
/* A command line into words, words into options and operands. Pure. */
#include <shell/shell.h>

#include "commands.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

char shell_to[] = ">", shell_append[] = ">>";

static bool is_blank(char c)
{
	return c == ' ' || c == '\t';
}

/*
 * One word from *@in to *@out, which is never ahead of it. It ends in front of
 * a blank or `>`. Single quotes take
 * all as it is; in double quotes and outside, a backslash takes the next
 * character as it is.
 */
static void word(char **in, char **out, struct shell_open *open)
{
	char quote = '\0', c;

	while ((c = **in) != '\0' && (quote || (!is_blank(c) && c != '>'))) {
		(*in)++;
		if (c == quote) {
			quote = '\0';
		} else if (!quote && (c == '"' || c == '\'')) {
			quote = c;
		} else if (c == '\\' && quote != '\'') {
			open->escape = !**in;
			if (**in)
				*(*out)++ = *(*in)++;
		} else {
			*(*out)++ = c;
		}
	}
	open->quote = quote;
}

/* `>` or `>>`, NULL: something else; and a blank, which ends a word */
static char *word_end(char **in)
{
	if (**in != '>') {
		*in += **in != '\0';
		return NULL;
	}
	*in += 1;
	if (**in != '>')
		return shell_to;
	*in += 1;
	return shell_append;
}

int shell_split_open(char *line, char **argv, int max, struct shell_open *open)
{
	char *in = line, *out = line;
	int argc = 0;

	*open = (struct shell_open){0};
	for (;;) {
		char *op;

		while (is_blank(*in))
			in++;
		if (!*in)
			return argc;
		if (argc == max)
			return -E2BIG;
		if (*in == '>') {
			argv[argc++] = word_end(&in);
			continue;
		}
		argv[argc++] = out;
		word(&in, &out, open);
		/* what is behind the word may be where its NUL goes */
		open->word = !*in;
		op = word_end(&in);
		*out++ = '\0';
		if (open->word)
			return argc;
		if (op && argc == max)
			return -E2BIG;
		if (op)
			argv[argc++] = op;
	}
}

int shell_split(char *line, char **argv, int max)
{
	struct shell_open open;
	int argc = shell_split_open(line, argv, max, &open);

	return open.quote || open.escape ? -EINVAL : argc;
}

/*
 * Options
 */

struct parser {
	const struct shell_cmd *cmd;
	struct shell_args *args;
	int argc, at;
	char **argv;
	char *error;
	size_t error_size;
};

#define FAIL(p, ...)                                                           \
	(snprintf((p)->error, (p)->error_size, __VA_ARGS__), -EINVAL)

int shell_opt_find(const struct shell_cmd *cmd, char letter, const char *name,
		   size_t len)
{
	const struct shell_opt *opt = cmd->opts;

	for (int i = 0; opt && (opt[i].letter || opt[i].name); i++) {
		if (name ? opt[i].name && strlen(opt[i].name) == len &&
				    !memcmp(opt[i].name, name, len)
			 : opt[i].letter == letter)
			return i;
	}
	return -1;
}

static bool is_choice(const char *choices, const char *text)
{
	size_t len = strlen(text);

	while (len && choices) {
		const char *bar = strchr(choices, '|');
		size_t n = bar ? (size_t)(bar - choices) : strlen(choices);

		if (n == len && !memcmp(choices, text, len))
			return true;
		choices = bar ? bar + 1 : NULL;
	}
	return false;
}

/* @value: behind '=', or the rest of "-nVALUE"; NULL: the next word */
static int opt_take(struct parser *p, int i, const char *word,
		    const char *value)
{
	const struct shell_opt *opt = &p->cmd->opts[i];

	if (!opt->value) {
		if (value)
			return FAIL(p, "%s: takes no value", word);
		p->args->opts[i] = "";
		return 0;
	}
	if (!value && p->at < p->argc)
		value = p->argv[p->at++];
	if (!value)
		return FAIL(p, "%s: needs %s", word, opt->value);
	if (strchr(opt->value, '|') && !is_choice(opt->value, value))
		return FAIL(p, "%s: \"%s\" is none of %s", word, value,
			    opt->value);
	p->args->opts[i] = value;
	return 0;
}

static int long_opt(struct parser *p, const char *word)
{
	const char *name = word + 2, *equals = strchr(name, '=');
	size_t len = equals ? (size_t)(equals - name) : strlen(name);
	int i = shell_opt_find(p->cmd, 0, name, len);

	if (i < 0)
		return FAIL(p, "%s: no such option", word);
	return opt_take(p, i, word, equals ? equals + 1 : NULL);
}

/* "-a", "-al", "-n5" */
static int short_opts(struct parser *p, const char *word)
{
	int err = 0;

	for (const char *c = word + 1; *c && !err; c++) {
		int i = shell_opt_find(p->cmd, *c, NULL, 0);

		if (i < 0)
			return FAIL(p, "-%c: no such option", *c);
		if (p->cmd->opts[i].value)
			return opt_take(p, i, word, c[1] ? c + 1 : NULL);
		err = opt_take(p, i, word, NULL);
	}
	return err;
}

/* Behind `>` or `>>`, which is @word */
static int redirect(struct parser *p, const char *word)
{
	if (!p->cmd->redirect)
		return FAIL(p, "%s: this command writes into no file; quote it",
			    word);
	if (p->args->to)
		return FAIL(p, "%s: there is one already", word);
	if (p->at == p->argc || p->argv[p->at] == shell_to ||
	    p->argv[p->at] == shell_append)
		return FAIL(p, "%s: needs a file", word);
	p->args->append = word == shell_append;
	p->args->to = p->argv[p->at++];
	return 0;
}

static int operands_check(struct parser *p)
{
	const struct shell_cmd *cmd = p->cmd;
	const struct shell_args *args = p->args;

	if (args->count > cmd->max)
		return FAIL(p, "%s: one word too many", args->words[cmd->max]);
	if (args->count < cmd->min)
		return FAIL(p, "needs %s", cmd->operands);
	for (int i = 0; cmd->choices && i < args->count; i++) {
		if (i && cmd->operand != SHELL_CHOICE)
			break;
		if (!is_choice(cmd->choices, args->words[i]))
			return FAIL(p, "%s: is none of %s", args->words[i],
				    cmd->choices);
	}
	return 0;
}

int shell_parse(const struct shell_cmd *cmd, int argc, char **argv,
		struct shell_args *args, char *error, size_t error_size)
{
	struct parser p = {.cmd = cmd,
			   .args = args,
			   .argc = argc,
			   .argv = argv,
			   .error = error,
			   .error_size = error_size};
	bool options = true;
	int err = 0;

	*args = (struct shell_args){.words = argv};
	while (!err && p.at < argc) {
		char *word = argv[p.at++];

		if (word == shell_to || word == shell_append)
			err = redirect(&p, word);
		else if (!options || word[0] != '-' || !word[1])
			argv[args->count++] = word;
		else if (word[1] != '-')
			err = short_opts(&p, word);
		else if (word[2])
			err = long_opt(&p, word);
		else
			options = false;
	}
	return err ? err : operands_check(&p);
}
