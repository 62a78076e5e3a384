/* SPDX-License-Identifier: Apache-2.0 */
/* The Tab key: what could stand where the cursor does. Pure. */
#include "complete.h"

#include "commands.h"

#include <string.h>

/* Where the cursor is: the words before its own, and that one. */
struct place {
	const struct completion *completion;
	char text[SHELL_LINE_MAX];
	char *words[SHELL_ARGS_MAX + 1];
	int count;
	const char *word;
	struct shell_open open;
	complete_visit *visit;
	void *ctx;
};

static bool place_find(struct place *place, struct completion *completion,
		       const char *line, unsigned int cursor)
{
	int count;

	place->completion = completion;
	if (cursor >= sizeof(place->text))
		return false;
	memcpy(place->text, line, cursor);
	place->text[cursor] = '\0';
	count = shell_split_open(place->text, place->words, SHELL_ARGS_MAX + 1,
				 &place->open);
	if (count < 0 || place->open.escape)
		return false;
	place->count = place->open.word ? count - 1 : count;
	place->word = place->open.word ? place->words[count - 1] : "";
	return true;
}

static void offer(const struct place *place, const char *name)
{
	if (!strncmp(name, place->word, strlen(place->word)))
		place->visit(place->ctx, name);
}

static void offer_name(void *ctx, const char *name)
{
	offer(ctx, name);
}

/*
 * What could stand there
 */

static void choices(const struct place *place, const char *list)
{
	char name[SHELL_LINE_MAX];

	while (list && *list) {
		const char *bar = strchr(list, '|');
		size_t len = bar ? (size_t)(bar - list) : strlen(list);

		if (len < sizeof(name)) {
			memcpy(name, list, len);
			name[len] = '\0';
			offer(place, name);
		}
		list = bar ? bar + 1 : NULL;
	}
}

static void commands(const struct place *place, const char *parent)
{
	const struct shell_cmd *cmd = shell_cmd_next(parent, "");

	for (; cmd; cmd = shell_cmd_next(parent, cmd->name))
		offer(place, cmd->name);
}

static void names(const struct place *place, enum shell_operand kind)
{
	/* visitors take no const */
	struct place copy = *place;

	place->completion->names(kind, place->word, offer_name, &copy);
}

static void value(const struct place *place, const struct shell_opt *opt)
{
	if (strchr(opt->value, '|'))
		choices(place, opt->value);
	else if (!strcmp(opt->value, "VM"))
		names(place, SHELL_VM);
	else if (!strcmp(opt->value, "TAG"))
		names(place, SHELL_LOG_TAG);
}

static void options(struct place *place, const struct shell_cmd *cmd)
{
	const struct shell_opt *opt = cmd->opts;
	const char *word = place->word, *equals = strchr(word, '=');
	char name[SHELL_LINE_MAX] = "--";
	int i;

	if (equals && word[1] == '-') {
		i = shell_opt_find(cmd, 0, word + 2,
				   (size_t)(equals - word - 2));
		place->word = equals + 1;
		if (i >= 0 && opt[i].value)
			value(place, &opt[i]);
		return;
	}
	for (; opt && (opt->letter || opt->name); opt++) {
		char letter[3] = {'-', opt->letter, '\0'};

		if (opt->letter)
			offer(place, letter);
		if (opt->name && strlen(opt->name) < sizeof(name) - 2) {
			strcpy(name + 2, opt->name);
			offer(place, name);
		}
	}
}

/* "--name" or "-xyz": does its value come next? NULL: no */
static const struct shell_opt *wants_value(const struct shell_cmd *cmd,
					   const char *word)
{
	const struct shell_opt *opts = cmd->opts;
	int i = -1;

	if (word[1] == '-') {
		i = shell_opt_find(cmd, 0, word + 2, strlen(word + 2));
		return i >= 0 && opts[i].value ? &opts[i] : NULL;
	}
	for (const char *c = word + 1; *c; c++) {
		i = shell_opt_find(cmd, *c, NULL, 0);
		if (i >= 0 && opts[i].value)
			return c[1] ? NULL : &opts[i];
	}
	return NULL;
}

/* An operand that names a command: each word goes one group deeper. */
static void command_of(const struct place *place, char *const *before,
		       int count)
{
	const struct shell_cmd *cmd = NULL;

	for (int i = 0; i < count; i++) {
		cmd = shell_cmd_find(cmd ? cmd->name : NULL, before[i]);
		if (!cmd || cmd->run)
			return;
	}
	commands(place, cmd ? cmd->name : NULL);
}

/* @before: the operands that stand before the word */
static void operand(const struct place *place, const struct shell_cmd *cmd,
		    char *const *before, int count)
{
	if (count >= cmd->max)
		return;
	if (cmd->choices && (!count || cmd->operand == SHELL_CHOICE))
		choices(place, cmd->choices);
	else if (cmd->operand == SHELL_COMMAND)
		command_of(place, before, count);
	else if (cmd->operand > SHELL_COMMAND)
		names(place, cmd->operand);
}

/* Behind a command, which @at words name. */
static void argument(struct place *place, const struct shell_cmd *cmd, int at)
{
	const struct shell_opt *pending = NULL;
	char *operands[SHELL_ARGS_MAX + 1];
	bool dashes = false, to = false;
	int count = 0;

	for (; at < place->count; at++) {
		char *word = place->words[at];

		if (to)
			to = false;
		else if (word == shell_to || word == shell_append)
			to = true;
		else if (pending)
			pending = NULL;
		else if (dashes || word[0] != '-' || !word[1])
			operands[count++] = word;
		else if (!strcmp(word, "--"))
			dashes = true;
		else
			pending = wants_value(cmd, word);
	}
	if (to)
		names(place, SHELL_PATH);
	else if (pending)
		value(place, pending);
	else if (!dashes && place->word[0] == '-')
		options(place, cmd);
	else
		operand(place, cmd, operands, count);
}

static void visit_all(struct place *place, complete_visit *visit, void *ctx)
{
	const struct shell_cmd *cmd = NULL;
	int at = 0;

	place->visit = visit;
	place->ctx = ctx;
	while (at < place->count && (!cmd || !cmd->run)) {
		cmd = shell_cmd_find(cmd ? cmd->name : NULL,
				     place->words[at++]);
		if (!cmd)
			return;
	}
	if (cmd && cmd->run) {
		argument(place, cmd, at);
		return;
	}
	commands(place, cmd ? cmd->name : NULL);
	if (cmd)
		offer(place, "help");
}

/*
 * What is done with it
 */

struct common {
	unsigned int count;
	char text[SHELL_LINE_MAX];
	bool too_long;
};

static void common_add(void *ctx, const char *name)
{
	struct common *common = ctx;
	size_t n = 0;

	if (!common->count++) {
		common->too_long = strlen(name) >= sizeof(common->text);
		if (!common->too_long)
			strcpy(common->text, name);
		return;
	}
	while (common->text[n] && common->text[n] == name[n])
		n++;
	common->text[n] = '\0';
}

static void put(struct completion *completion, const char *text)
{
	size_t len = strlen(text);

	/* one that is too long fits no line either */
	if (len > sizeof(completion->insert) - completion->insert_len)
		return;
	memcpy(completion->insert + completion->insert_len, text, len);
	completion->insert_len += len;
}

static void put_quoted(struct completion *completion, char c, char quote)
{
	const char *special = quote == '"'    ? "\"\\"
			      : quote == '\'' ? ""
					      : "\"' \t\\>";
	char text[3] = {'\\', c, '\0'};

	if (quote == '\'' && c == '\'')
		put(completion, "'\\''");
	else
		put(completion, strchr(special, c) ? text : text + 1);
}

void shell_complete(struct completion *completion, const char *line,
		    unsigned int cursor)
{
	struct common common = {0};
	struct place place;
	size_t known, len;
	char quote;

	completion->count = 0;
	completion->insert_len = 0;
	if (!place_find(&place, completion, line, cursor))
		return;
	visit_all(&place, common_add, &common);
	completion->count = common.count;
	if (!common.count || common.too_long)
		return;

	quote = place.open.quote;
	len = strlen(common.text);
	known = strlen(place.word);
	for (size_t i = known; i < len; i++)
		put_quoted(completion, common.text[i], quote);
	if (common.count > 1 || (len && common.text[len - 1] == '/'))
		return;
	if (quote)
		put(completion, quote == '"' ? "\"" : "'");
	put(completion, " ");
}

/*
 * Columns
 */

struct list {
	void (*print)(const char *text, size_t len);
	size_t width, columns, column;
};

/* The part of a path behind the others. */
static const char *short_name(const char *name, size_t *len)
{
	size_t start = *len = strlen(name);

	if (*len < 2)
		return name;
	start--;
	while (start && name[start - 1] != '/')
		start--;
	*len -= start;
	return name + start;
}

static void list_measure(void *ctx, const char *name)
{
	struct list *list = ctx;
	size_t len;

	short_name(name, &len);
	list->width = MAX(list->width, len + 2);
}

static void list_print(void *ctx, const char *name)
{
	struct list *list = ctx;
	size_t len;

	name = short_name(name, &len);
	if (list->column && list->column + list->width > list->columns) {
		list->print("\n", 1);
		list->column = 0;
	}
	list->print(name, len);
	for (size_t i = len; i < list->width; i++)
		list->print(" ", 1);
	list->column += list->width;
}

void shell_complete_list(struct completion *completion, const char *line,
			 unsigned int cursor, unsigned int columns,
			 void (*print)(const char *text, size_t len))
{
	struct list list = {.print = print, .columns = columns};
	struct place place;

	if (!place_find(&place, completion, line, cursor))
		return;
	visit_all(&place, list_measure, &list);
	if (!place_find(&place, completion, line, cursor))
		return;
	visit_all(&place, list_print, &list);
	if (list.column)
		print("\n", 1);
}
