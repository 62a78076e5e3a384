/* SPDX-License-Identifier: Apache-2.0 */
/* log, dmesg: how much is logged, and what was */
#include "commands.h"

#include <core/timer.h>
#include <errno.h>
#include <lib/log.h>
#include <lib/log_tags.h>
#include <string.h>
#include <virt/vconsole.h>

typedef unsigned long long ull;

/* In the order of enum log_level, then what is none. */
#define LEVELS "off|error|warn|info|debug|trace"
#define LOG_CHOICES LEVELS "|on|default"
enum { CHOICE_ON = LOG_TRACE + 1, CHOICE_DEFAULT };

#define FOLLOW_NS 250000000ull

static const char *level_name(enum log_level level)
{
	static const char *const names[] = {
		[LOG_OFF] = "off",     [LOG_ERR] = "error",
		[LOG_WARN] = "warn",   [LOG_INFO] = "info",
		[LOG_DEBUG] = "debug", [LOG_TRACE] = "trace",
	};

	return names[level];
}

/* The tag itself, which stays; NULL: there is none, which was said */
static const char *tag_of(const char *name)
{
	const char *tag = log_tag_find(name);

	if (!tag) {
		shell_printf("%s: no such subsystem; there are:", name);
		for (tag = log_tag_next(""); tag; tag = log_tag_next(tag))
			shell_printf(" %s", tag);
		shell_printf("\n");
		tag = NULL;
	}
	return tag;
}

static void levels_show(void)
{
	enum log_level level;
	const char *tag;

	shell_printf("%s\n", level_name(log_level()));
	for (unsigned int i = 0; (tag = log_tag_level(i, &level)); i++)
		shell_printf("  %-14s %s\n", tag, level_name(level));
}

static int tag_level_set(const char *tag, int level)
{
	int err = 0;

	if (level == CHOICE_DEFAULT)
		log_unset_tag_level(tag);
	else
		err = log_set_tag_level(tag, (enum log_level)level);
	if (err)
		shell_printf("log: %u subsystems have a level of their own; "
			     "give one up: log default TAG\n",
			     LOG_TAG_LEVELS);
	return err ? 1 : 0;
}

static int log_run(const struct shell_args *args)
{
	const char *tag = NULL;
	int level;

	if (!args->count) {
		levels_show();
		return 0;
	}
	level = shell_choice(LOG_CHOICES, args->words[0]);
	if (level == CHOICE_ON)
		level = LOG_INFO;
	if (args->count > 1) {
		tag = tag_of(args->words[1]);
		return tag ? tag_level_set(tag, level) : 1;
	}
	log_set_level(level == CHOICE_DEFAULT ? LOG_INFO
					      : (enum log_level)level);
	return 0;
}

static const struct shell_cmd log_cmd = {
	.name = "log",
	.help = "show or set how much is logged, by all or by one subsystem",
	.operands = "[" LOG_CHOICES " [TAG]]",
	.choices = LOG_CHOICES,
	.operand = SHELL_LOG_TAG,
	.max = 2,
	.run = log_run,
};
SHELL_CMD(log_cmd);

/*
 * dmesg
 */

enum { DMESG_LINES, DMESG_LEVEL, DMESG_TAG, DMESG_CLEAR, DMESG_FOLLOW };

static const struct shell_opt dmesg_opts[] = {
	[DMESG_LINES] = {'n', "lines", "LINES", "only the newest"},
	[DMESG_LEVEL] = {'l', "level", "error|warn|info|debug|trace",
			 "only of this level and more serious ones"},
	[DMESG_TAG] = {'t', "tag", "TAG", "only of this subsystem"},
	[DMESG_CLEAR] = {'c', "clear", NULL, "and forget them"},
	[DMESG_FOLLOW] = {'f', "follow", NULL, "wait for more, until a key"},
	{0},
};

struct filter {
	enum log_level level;
	const char *tag; /* NULL: any */
	uint32_t lines;
};

/* One task runs commands: its line needs no place on the stack. */
static struct log_line line;

static bool next(struct log_reader *reader, const struct filter *filter)
{
	while (log_read(reader, &line))
		if (line.level <= filter->level &&
		    (!filter->tag ||
		     !strncmp(line.tag, filter->tag, LOG_TAG_MAX - 1)))
			return true;
	return false;
}

static void show(void)
{
	vconsole_shell_write(line.text, line.len);
}

/* Up to the newest line of now: a log that grows is not run after. */
static void lines_show(struct log_reader *reader, const struct filter *filter)
{
	struct log_reader count = *reader;
	uint64_t found = 0;

	while (next(&count, filter))
		found++;
	for (; found && next(reader, filter); found--)
		if (found <= filter->lines)
			show();
}

static void follow(struct log_reader *reader, const struct filter *filter)
{
	uint64_t lost = reader->lost;

	do {
		while (next(reader, filter))
			show();
		if (reader->lost != lost)
			shell_printf("(%llu lines were lost)\n",
				     (ull)(reader->lost - lost));
		lost = reader->lost;
	} while (!vconsole_shell_wait(time_ns() + FOLLOW_NS));
	vconsole_shell_read();
}

static int filter_make(const struct shell_args *args, struct filter *filter)
{
	const char *const *opts = args->opts;
	int err = 0;

	*filter = (struct filter){.level = LOG_TRACE, .lines = UINT32_MAX};
	if (opts[DMESG_LINES])
		err = shell_number("dmesg: -n", opts[DMESG_LINES], 0, 1000000,
				   &filter->lines);
	if (!err && opts[DMESG_LEVEL])
		filter->level =
			(enum log_level)shell_choice(LEVELS, opts[DMESG_LEVEL]);
	if (!err && opts[DMESG_TAG]) {
		filter->tag = tag_of(opts[DMESG_TAG]);
		err = filter->tag ? 0 : 1;
	}
	return err;
}

static int dmesg_run(const struct shell_args *args)
{
	struct log_reader reader;
	struct filter filter;
	int err = filter_make(args, &filter);

	if (err)
		return err;
	log_read_begin(&reader);
	if (reader.lost && !args->opts[DMESG_LINES])
		shell_printf("(%llu older lines were overwritten)\n",
			     (ull)reader.lost);
	lines_show(&reader, &filter);
	if (args->opts[DMESG_CLEAR])
		log_clear();
	if (args->opts[DMESG_FOLLOW])
		follow(&reader, &filter);
	return 0;
}

static const struct shell_cmd dmesg_cmd = {
	.name = "dmesg",
	.help = "show what was logged",
	.opts = dmesg_opts,
	.run = dmesg_run,
};
SHELL_CMD(dmesg_cmd);
