/* SPDX-License-Identifier: Apache-2.0 */
/* Finding commands, and what their tables say about how they are used. */
#include "commands.h"

#include <stdio.h>
#include <string.h>

#define OPT_COLUMNS 24

extern const struct shell_cmd *const __shell_cmds_start[],
	*const __shell_cmds_end[];

static bool is_in(const struct shell_cmd *cmd, const char *parent)
{
	if (!cmd->parent || !parent)
		return cmd->parent == parent;
	return !strcmp(cmd->parent, parent);
}

const struct shell_cmd *shell_cmd_find(const char *parent, const char *name)
{
	for (const struct shell_cmd *const *cmd = __shell_cmds_start;
	     cmd < __shell_cmds_end; cmd++)
		if (is_in(*cmd, parent) && !strcmp((*cmd)->name, name))
			return *cmd;
	return NULL;
}

/* The link order means nothing: smallest name after @after. */
const struct shell_cmd *shell_cmd_next(const char *parent, const char *after)
{
	const struct shell_cmd *best = NULL;

	for (const struct shell_cmd *const *cmd = __shell_cmds_start;
	     cmd < __shell_cmds_end; cmd++)
		if (is_in(*cmd, parent) && strcmp((*cmd)->name, after) > 0 &&
		    (!best || strcmp((*cmd)->name, best->name) < 0))
			best = *cmd;
	return best;
}

static bool opt_ends(const struct shell_opt *opt)
{
	return !opt->letter && !opt->name;
}

/* "-f", "--format" or "-f|--format", with its value. */
static void opt_text(const struct shell_opt *opt, char *text, size_t size)
{
	char letter[3] = {'-', opt->letter, '\0'};

	snprintf(text, size, "%s%s%s%s%s%s", opt->letter ? letter : "",
		 opt->letter && opt->name ? "|" : "", opt->name ? "--" : "",
		 opt->name ? opt->name : "", opt->value ? " " : "",
		 opt->value ? opt->value : "");
}

void shell_usage(const struct shell_cmd *cmd)
{
	const struct shell_opt *opt = cmd->opts;
	char text[64];

	shell_printf("usage: %s%s%s", cmd->parent ? cmd->parent : "",
		     cmd->parent ? " " : "", cmd->name);
	for (; opt && !opt_ends(opt); opt++) {
		opt_text(opt, text, sizeof(text));
		shell_printf(" [%s]", text);
	}
	if (!cmd->run)
		shell_printf(" COMMAND");
	if (cmd->operands)
		shell_printf(" %s", cmd->operands);
	shell_printf("\n");
}

static void list(const char *parent)
{
	const struct shell_cmd *cmd = shell_cmd_next(parent, "");

	for (; cmd; cmd = shell_cmd_next(parent, cmd->name))
		shell_printf("  %-10s %s\n", cmd->name, cmd->help);
}

void shell_help(const struct shell_cmd *cmd)
{
	const struct shell_opt *opt = cmd ? cmd->opts : NULL;
	char text[64];

	if (!cmd) {
		list(NULL);
		shell_printf(
			"`help COMMAND` says more about one, Tab completes. "
			"Ctrl+X then ] or [ shows\nanother console.\n");
		return;
	}
	shell_usage(cmd);
	shell_printf("  %s\n", cmd->help);
	for (; opt && !opt_ends(opt); opt++) {
		opt_text(opt, text, sizeof(text));
		if (strlen(text) > OPT_COLUMNS)
			shell_printf("  %s\n  %*s %s\n", text, OPT_COLUMNS, "",
				     opt->help);
		else
			shell_printf("  %-*s %s\n", OPT_COLUMNS, text,
				     opt->help);
	}
	if (!cmd->run)
		list(cmd->name);
}
