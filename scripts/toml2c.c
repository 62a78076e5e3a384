/* SPDX-License-Identifier: Apache-2.0 */
/*
 * toml2c: guest TOML files, checked together, as const C tables.
 *
 *	toml2c [--out-dir DIR] [--check] [--dtb FILE] [--cpus N] [--root DIR]
 *	       [--format text|json|svg] a.toml b.toml …
 *
 * Findings go to stderr, the description of the VMs to stdout. Exit status:
 * 0 good, 1 errors found, 2 wrong use.
 */
#include "toml2c.h"

#include <errno.h>
#include <getopt.h>
#include <limits.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

static const char usage[] =
	"usage: toml2c [--out-dir DIR | --check] [--dtb FILE] [--cpus N]\n"
	"              [--root DIR] [--format text|json|svg] FILE.toml...\n";

struct format {
	const char *name;
	void (*print)(const struct tool *tool, FILE *out);
};

static const struct format formats[] = {
	{"text", print_text},
	{"json", print_json},
	{"svg", print_svg},
};

char *xprintf(const char *fmt, ...)
{
	va_list args;
	char *text;

	va_start(args, fmt);
	if (vasprintf(&text, fmt, args) < 0) {
		perror("toml2c");
		exit(2);
	}
	va_end(args);
	return text;
}

static void finding_line(struct config_report *report,
			 enum config_severity severity __unused_arg,
			 const char *text)
{
	struct tool *tool = report->ctx;

	fprintf(tool->findings, "%s\n", text);
}

/* Below the root: the path from there. Elsewhere: the file's name alone. */
static const char *label_of(const struct tool *tool, const char *path)
{
	char file[PATH_MAX];
	char root[PATH_MAX];
	const char *slash;
	size_t len;

	if (realpath(path, file) && realpath(tool->root, root)) {
		len = strlen(root);
		if (!strncmp(file, root, len) && file[len] == '/')
			return xprintf("%s", file + len + 1);
	}
	slash = strrchr(path, '/');
	return slash ? slash + 1 : path;
}

static void read_guest(struct tool *tool, const char *path)
{
	struct guest *guest = &tool->guests[tool->guest_count];
	const char *slash = strrchr(path, '/');
	size_t size;
	char *text;
	int err;

	guest->arg = path;
	guest->label = label_of(tool, path);
	guest->dir = slash ? xprintf("%.*s", (int)(slash - path), path)
			   : xprintf(".");
	text = read_file(path, &size);
	if (!text) {
		fprintf(tool->findings, "%s: error: cannot be read: %s\n", path,
			strerror(errno));
		tool->report.error_count++;
		return;
	}
	err = vm_config_parse(guest->label, text, size, &tool->report,
			      &guest->config);
	free(text);
	if (err)
		return;
	tool->guest_count++;
	load_images(tool, guest);
}

static void check_guests(struct tool *tool)
{
	const struct vm_config *configs[TOML2C_VMS_MAX];
	unsigned int i;
	int err;

	for (i = 0; i < tool->guest_count; i++)
		configs[i] = tool->guests[i].config;
	err = vm_config_check(configs, tool->guest_count, &tool->host,
			      &tool->report);
	if (err && !tool->report.error_count)
		tool->report.error_count++;
}

static int wrong_use(const char *what)
{
	fprintf(stderr, "toml2c: %s\n%s", what, usage);
	return 2;
}

static int run(struct tool *tool, const struct format *format, int argc,
	       char **argv)
{
	int i;

	if (argc > TOML2C_VMS_MAX)
		return wrong_use("too many files");
	for (i = 0; i < argc; i++)
		read_guest(tool, argv[i]);
	check_guests(tool);
	if (!tool->report.error_count && tool->out_dir && emit_all(tool))
		return 1;
	if (format)
		format->print(tool, stdout);
	if (tool->report.error_count)
		fprintf(tool->findings, "toml2c: %u error%s, %u warning%s\n",
			tool->report.error_count,
			tool->report.error_count == 1 ? "" : "s",
			tool->report.warning_count,
			tool->report.warning_count == 1 ? "" : "s");
	return tool->report.error_count ? 1 : 0;
}

int main(int argc, char **argv)
{
	static const struct option options[] = {
		{"out-dir", required_argument, NULL, 'o'},
		{"dtb", required_argument, NULL, 'd'},
		{"cpus", required_argument, NULL, 'c'},
		{"root", required_argument, NULL, 'r'},
		{"format", required_argument, NULL, 'f'},
		{"check", no_argument, NULL, 'k'},
		{"help", no_argument, NULL, 'h'},
		{NULL, 0, NULL, 0},
	};
	static struct tool tool = {.root = ".", .findings = NULL};
	const struct format *format = NULL;
	unsigned long cpus = 0;
	bool check = false;
	unsigned int i;
	int c;

	tool.findings = stderr;
	tool.report = (struct config_report){finding_line, &tool, 0, 0};
	while (c = getopt_long(argc, argv, "", options, NULL), c != -1) {
		if (c == 'o')
			tool.out_dir = optarg;
		else if (c == 'd')
			tool.dtb_path = *optarg ? optarg : NULL;
		else if (c == 'c')
			cpus = strtoul(optarg, NULL, 0);
		else if (c == 'r')
			tool.root = optarg;
		else if (c == 'k')
			check = true;
		else if (c == 'h')
			return printf("%s", usage) < 0;
		else if (c != 'f')
			return wrong_use("unknown option");
		for (i = 0; c == 'f' && i < ARRAY_SIZE(formats); i++)
			if (!strcmp(optarg, formats[i].name))
				format = &formats[i];
		if (c == 'f' && !format)
			return wrong_use("unknown format");
	}
	if (cpus > 64)
		return wrong_use("--cpus is at most 64");
	if (check)
		tool.out_dir = NULL;
	else if (!tool.out_dir)
		return wrong_use("--out-dir or --check is needed");
	if (check && !format)
		format = &formats[0];
	if (load_host(&tool, tool.dtb_path, (unsigned int)cpus))
		return 2;
	return run(&tool, format, argc - optind, argv + optind);
}
