/* SPDX-License-Identifier: Apache-2.0 */
/* The commands for files, on a FAT16 and an ext4 in memory. */
#include "../../../shell/cmd_files.c"
#include "../../../shell/cmd_files_move.c"

#include "../../../fs/fsys.h"
#include "../fs/fat_image.h"

#include <virt/vconsole.h>

extern long fake_heap_fail_after;

static struct fake_disk *fat, *ext4;

/* What the terminal got */
static char out[1 << 16];
static size_t out_len;
/* the user types Ctrl+C before so many looks; negative: never */
static int break_after;

void vconsole_shell_write(const char *text, size_t len)
{
	assert_true(out_len + len < sizeof(out));
	memcpy(out + out_len, text, len);
	out_len += len;
	out[out_len] = '\0';
}

bool vconsole_shell_break(void)
{
	return break_after >= 0 && !break_after--;
}

void shell_printf(const char *fmt, ...)
{
	char text[2 * SHELL_LINE_MAX];
	va_list args;
	int n;

	va_start(args, fmt);
	n = vsnprintf(text, sizeof(text), fmt, args);
	va_end(args);
	assert_in_range(n, 0, sizeof(text) - 1);
	vconsole_shell_write(text, (size_t)n);
}

static const struct shell_cmd *const cmds[] = {
	&ls_cmd,  &cat_cmd, &echo_cmd, &mkdir_cmd, &touch_cmd, &cd_cmd,
	&pwd_cmd, &df_cmd,  &sync_cmd, &rm_cmd,    &cp_cmd,    &mv_cmd,
};

/* Return: the exit code */
static int run(const char *line)
{
	char words[SHELL_LINE_MAX], error[SHELL_LINE_MAX];
	char *argv[SHELL_ARGS_MAX];
	struct shell_args args;
	int argc;

	out_len = 0;
	out[0] = '\0';
	strcpy(words, line);
	argc = shell_split(words, argv, SHELL_ARGS_MAX);
	assert_true(argc > 0);
	for (size_t i = 0; i < ARRAY_SIZE(cmds); i++) {
		if (strcmp(cmds[i]->name, argv[0]))
			continue;
		if (!shell_parse(cmds[i], argc - 1, argv + 1, &args, error,
				 sizeof(error)))
			return cmds[i]->run(&args);
		shell_printf("%s", error);
		return -EINVAL;
	}
	fail_msg("%s: no such command", argv[0]);
	return 0;
}

/* The line goes well and prints that. */
static void says(const char *line, const char *expected)
{
	int code = run(line);

	if (code)
		print_message("%s: %s", line, out);
	assert_int_equal(code, 0);
	assert_string_equal(out, expected);
}

/* It does not, and says why. */
static void fails(const char *line, const char *why)
{
	assert_int_equal(run(line), 1);
	if (!strstr(out, why))
		print_message("%s: %s", line, out);
	assert_non_null(strstr(out, why));
}

static int begin(void **state)
{
	(void)state;
	break_after = -1;
	fat = fat_disk_made(KIND_FAT16);
	assert_true(fake_shell(
		"rm -rf tree ext; mkdir -p tree/dir/sub && "
		"echo text >tree/dir/file && ln -s . tree/ring && "
		"ln -s dir tree/link && ln -s dir/file tree/to-file && "
		"truncate -s 2M ext && mkfs.ext4 -q -F -d tree ext"));
	ext4 = fake_disk_load("vdb", fake_path("ext"), 512);
	assert_int_equal(fs_start(), 2);
	files_chdir("/");
	return 0;
}

static int cleanup(void **state)
{
	(void)state;
	fake_heap_fail_after = -1;
	mounts_drop();
	fake_disks_free();
	return 0;
}

/* fsck and a mount after it see what the shell has seen. */
static void restart(void)
{
	assert_true(fat_disk_is_clean(fat, KIND_FAT16));
	mounts_drop();
	assert_int_equal(fs_start(), 2);
}

static void session(void **state)
{
	(void)state;
	says("ls", "mnt/\n");
	says("mkdir a a/b", "");
	fails("mkdir a", "mkdir: a: exists already");
	says("mkdir -p a c/d/e", "");
	says("echo 'one >'  two > a/x", "");
	says("cat a/x", "one > two\n");
	says("echo -n three>>a/x", "");
	says("cat a/x", "one > two\nthree");
	says("cp -r a c", "");
	says("cd c/a", "");
	says("pwd", "/c/a\n");
	says("cat x ../../a/x > sum", "");
	says("ls -l", "drw            0 2026-01-01 00:00  b/\n"
		      "-rw           30 2026-01-01 00:00  sum\n"
		      "-rw           15 2026-01-01 00:00  x\n");
	says("mv sum /TOTAL", "");
	says("cd", "");
	restart();
	says("ls", "TOTAL\na/\nc/\nmnt/\n");
	says("cat TOTAL", "one > two\nthreeone > two\nthree");
	says("mv a c/d/e", "");
	says("ls c/d/e", "a/\n");
	says("touch TOTAL new .hidden", "");
	says("ls new TOTAL", "new\nTOTAL\n");
	says("ls -a", ".hidden\nTOTAL\nc/\nmnt/\nnew\n");
	says("rm -r c", "");
	says("rm -f new nothing .hidden TOTAL", "");
	restart();
	says("ls -a", "mnt/\n");
	says("sync", "");
}

static void refusals(void **state)
{
	(void)state;
	says("mkdir -p d/e", "");
	says("echo text > f", "");
	fails("cat d", "cat: d: is a directory");
	fails("cat nothing f", "cat: nothing: no such file or directory\ntext");
	fails("cat f/g", "f/g: ");
	fails("cd f", "cd: f: is no directory");
	fails("cd nothing", "no such file");
	fails("ls nothing d", "ls: nothing: no such file");
	fails("rm d", "-r one with all in it");
	fails("rm -d d", "rm: d: the directory is not empty");
	fails("rm nothing", "no such file");
	fails("rm -r /", "has a file system mounted on it");
	fails("rm -r /mnt", "has a file system mounted on it");
	fails("rm -rf /mnt/vdb", "read-only");
	fails("mkdir f/g", "mkdir: f/g: ");
	fails("mkdir -p f/g/h", "a part of the path is a file");
	fails("mkdir nothing/d", "no such file");
	fails("mkdir a:b", "cannot hold such a name");
	fails("cp d g", "is a directory; -r copies it");
	fails("cp f f", "is the same file");
	fails("cp f nothing g", "is no directory; several files need one");
	fails("cp -r d d", "cannot be copied into itself");
	fails("cp -r d D/e/x", "cannot be copied into itself");
	fails("mv d d/e", "cannot be moved into itself");
	says("mkdir -p x/d", "");
	fails("mv d x", "exists already");
	fails("echo a > d", "is a directory");
	fails("cat f >> f", "is open");
	says("cat f f > f", "");
	says("cat f", "text\ntext\n");
	says("cd d/e", "");
	fails("rm -r ../../D", "the shell is in there");
	fails("mv ../../d /other", "the shell is in there");
	says("cd /", "");
	says("ls d", "e/\n");
	assert_int_equal(run("ls > x"), -EINVAL);
	assert_int_equal(run("echo a >"), -EINVAL);
	assert_int_equal(run("echo a > > b"), -EINVAL);
	assert_int_equal(run("echo a > b > c"), -EINVAL);
	restart();
}

static void two_file_systems(void **state)
{
	(void)state;
	says("cat /mnt/vdb/link/file", "text\n");
	fails("echo x > /mnt/vdb/y", "the file system is read-only");
	fails("mv /mnt/vdb/dir /", "the file system is read-only");
	/* links to files are copied as files, rings are not entered */
	fails("cp -r /mnt/vdb /all", "/mnt/vdb/ring: a link to a directory");
	says("ls all", "dir/\nlost+found/\nto-file\n");
	says("ls all/dir", "file\nsub/\n");
	says("cat all/to-file", "text\n");
	assert_int_equal(run("df"), 0);
	assert_non_null(strstr(out, "vda          FAT16 "));
	assert_non_null(strstr(out, "read-only  /mnt/vdb\n"));
	restart();
}

/* From the root to a second FAT and back */
static void moves_over(void **state)
{
	struct fake_disk *other;

	(void)state;
	mounts_drop();
	other = fat_disk_made(KIND_FAT12);
	other->dev.name = "vdc";
	assert_int_equal(fs_start(), 3);
	says("mkdir -p d/e/f", "");
	says("echo 1 > d/e/one", "");
	says("mv d /mnt/vdc", "");
	says("ls", "mnt/\n");
	says("cat /mnt/vdc/d/e/one", "1\n");
	says("mv /mnt/vdc/d/e/one .", "");
	says("cat one", "1\n");
	says("ls /mnt/vdc/d/e", "f/\n");
	/* what is not copied whole stays */
	says("mkdir big", "");
	says("echo x > big/x", "");
	other->writes_left = 3;
	assert_int_equal(run("mv big /mnt/vdc"), 1);
	assert_non_null(strstr(out, "the disk fails"));
	says("cat big/x", "x\n");
	assert_true(fat_disk_is_clean(fat, KIND_FAT16));
}

static void deep_tree(void **state)
{
	char line[SHELL_LINE_MAX];
	int depth = 0;

	(void)state;
	/* as deep as a path can be: 2 bytes a level */
	while (!run("mkdir d")) {
		assert_int_equal(run("cd d"), 0);
		depth++;
	}
	assert_non_null(strstr(out, "the path is too long"));
	assert_int_equal(depth, FS_PATH_MAX / 2 - 1);
	says("cd /", "");
	/* every copy is one level longer than what there may be */
	snprintf(line, sizeof(line), "cp -r d copies");
	fails(line, "the path is too long");
	says("rm -r copies", "");
	says("rm -r d", "");
	says("ls", "mnt/\n");
	restart();
}

static void full_disk(void **state)
{
	(void)state;
	says("echo old > small", "");
	says("echo 123456789abcdef > x", "");
	while (!run("cat x x x x x x x x > y") && !run("cat y y y y > x"))
		;
	while (!run("cat x >> y"))
		;
	assert_non_null(strstr(out, "no room; `df` shows how full"));
	fails("cp x z", "cp: /z: no room");
	assert_true(fat_disk_is_clean(fat, KIND_FAT16));
	says("cat small", "old\n");
	fails("ls z", "no such file");
	says("rm x y", "");
	says("echo new > small", "");
	says("cat small", "new\n");
	restart();
}

static void bad_disk(void **state)
{
	(void)state;
	says("mkdir d", "");
	says("echo text > d/f", "");
	fat->writes_left = 0;
	fails("echo more > d/g", "the disk fails or is damaged");
	says("cat d/f", "text\n");
	assert_int_equal(run("rm -r d"), 1);
	assert_int_equal(run("mkdir e"), 1);
	fat->gone = -ENODEV;
	fails("cat d/f", "the disk is gone");
	fails("ls d", "the disk is gone");
	fails("cp -r d e", "the disk is gone");
}

static void no_memory(void **state)
{
	static const char *const lines[] = {
		"ls -l",      "cat f",      "cp -r d e", "rm -rf e",
		"mkdir -p x", "echo x > f", "cat f > h", "cd d",
	};

	(void)state;
	says("mkdir -p d/d", "");
	says("echo text > f", "");
	for (size_t i = 0; i < ARRAY_SIZE(lines); i++) {
		int code = 1;

		for (int n = 0; code && n < 60; n++) {
			fake_heap_fail_after = n;
			code = run(lines[i]);
			fake_heap_fail_after = -1;
			assert_true(!code || out_len);
		}
		if (code)
			print_message("%s: %s", lines[i], out);
		assert_int_equal(code, 0);
	}
	restart();
}

static void no_disk(void **state)
{
	(void)state;
	mounts_drop();
	assert_string_equal(files_cwd(), "");
	fails("ls", "no file system is mounted; `disk list`");
	fails("cat x", "no file system is mounted");
	fails("echo x > y", "no file system is mounted");
	fails("rm -f x", "no file system is mounted");
	fails("pwd", "no file system is mounted");
	fails("df", "no file system is mounted");
	fails("cd", "no file system is mounted");
	says("echo x y", "x y\n");
	says("sync", "");
}

static void stops(void **state)
{
	(void)state;
	says("mkdir -p d/e", "");
	says("touch d/1 d/2", "");
	says("echo text > d/3", "");
	break_after = 2;
	fails("ls d", "^C\nls: stopped");
	assert_null(strstr(out, "\n3"));
	break_after = 1;
	fails("rm -r d", "rm: stopped");
	break_after = 0;
	fails("cat d/3", "cat: stopped");
	says("ls d/3", "d/3\n");
	restart();
}

static void prints(void **state)
{
	static const struct {
		const char *bytes;
		bool text;
		const char *is;
	} rows[] = {
		{"plain\ttext\n", true, "plain\ttext\n"},
		{"a\tb\n", false, "a?b?"},
		{"dos\r\nline\rover\r", true, "dos\nline?over?"},
		{"\x1b[2J\x07\x7f", true, "?[2J??"},
		{"gr\xc3\xbc\xc3\x9f \xe2\x82\xac \xf0\x9f\x98\x80", true,
		 "gr\xc3\xbc\xc3\x9f \xe2\x82\xac \xf0\x9f\x98\x80"},
		/* a C1 control, half a character, overlong, a surrogate */
		{"\xc2\x9b", true, "?"},
		{"\xc3(", true, "?("},
		{"\xc0\xaf\xe0\x80\xaf", true, "???"},
		{"\xed\xa0\x80", true, "???"},
		{"\xf4\x90\x80\x80\xff", true, "?????"},
		{"\xe2\x82", true, "??"},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		size_t len = strlen(rows[i].bytes);

		out_len = 0;
		assert_int_equal(
			files_print(rows[i].bytes, len, rows[i].text, true),
			len);
		out[out_len] = '\0';
		assert_string_equal(out, rows[i].is);
	}
	/* what may go on waits */
	out_len = 0;
	assert_int_equal(files_print("a\xe2\x82", 3, true, false), 1);
	assert_int_equal(files_print("a\r", 2, true, false), 1);
	assert_int_equal(out_len, 2);
}

/* Halves of characters at cat's chunks */
static void cat_chunks(void **state)
{
	static char line[SHELL_LINE_MAX];
	size_t euros = 0;

	(void)state;
	for (unsigned int i = 0; i < 80; i++)
		strcat(line, "\xe2\x82\xac");
	memmove(line + strlen("echo x"), line, 240);
	memcpy(line, "echo x", 6);
	strcpy(line + 246, ">> f");
	for (unsigned int i = 0; i < 40; i++)
		says(line, "");
	assert_int_equal(run("cat f"), 0);
	assert_null(strchr(out, '?'));
	for (const char *at = out; (at = strstr(at, "\xe2\x82\xac")); at++)
		euros++;
	assert_int_equal(euros, 3200);
}

static void times(void **state)
{
	static const struct {
		uint64_t time_s;
		const char *is;
	} rows[] = {
		{0, "1970-01-01 00:00"},
		{951782399, "2000-02-28 23:59"},
		{951868799, "2000-02-29 23:59"},
		{951868800, "2000-03-01 00:00"},
		{1709251199, "2024-02-29 23:59"},
		{4107542400, "2100-03-01 00:00"},
		{1767225599, "2025-12-31 23:59"},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		out_len = 0;
		time_show(rows[i].time_s);
		assert_string_equal(out, rows[i].is);
	}
}

int main(void)
{
#define FILES_TEST(fn) cmocka_unit_test_setup_teardown(fn, begin, cleanup)
	const struct CMUnitTest tests[] = {
		FILES_TEST(session),     FILES_TEST(refusals),
		FILES_TEST(moves_over),  FILES_TEST(two_file_systems),
		FILES_TEST(deep_tree),   FILES_TEST(full_disk),
		FILES_TEST(bad_disk),    FILES_TEST(no_memory),
		FILES_TEST(no_disk),     FILES_TEST(stops),
		FILES_TEST(cat_chunks),  cmocka_unit_test(prints),
		cmocka_unit_test(times),
	};
	int failed = cmocka_run_group_tests(tests, NULL, NULL);

	fake_cleanup();
	return failed;
}
