/* SPDX-License-Identifier: Apache-2.0 */
/* Where the shell is, errors in words, names that are fit to print. */
#include "files.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <virt/vconsole.h>

/* "" is "/": in the Image a path would take its whole length */
static char cwd[FS_PATH_MAX];

/* In the table and not by pointers: each of those costs time at boot. */
static const struct {
	uint8_t err;
	char text[51];
} errors[] = {
	{ENOENT, "no such file or directory"},
	{ENOTDIR, "a part of the path is a file"},
	{EISDIR, "is a directory"},
	{EEXIST, "exists already"},
	{ENOTEMPTY, "the directory is not empty"},
	{ENAMETOOLONG, "the path is too long"},
	{EINVAL, "the file system cannot hold such a name"},
	{EROFS, "the file system is read-only; `df` shows which are"},
	{EACCES, "is marked read-only"},
	{ENOSPC, "no room; `df` shows how full the disk is"},
	{EFBIG, "too large for this file system"},
	{EBUSY, "is open or has a file system mounted on it"},
	{EXDEV, "is on another file system"},
	{ELOOP, "too many symbolic links, or a ring of them"},
	{EOPNOTSUPP, "this file system cannot do it"},
	{EIO, "the disk fails or is damaged; `dmesg` says where"},
	{ETIMEDOUT, "the disk does not answer"},
	{ENODEV, "the disk is gone"},
	{ENOMEM, "no memory"},
};

static const char *error_text(int err)
{
	for (size_t i = 0; i < ARRAY_SIZE(errors); i++)
		if (errors[i].err == err)
			return errors[i].text;
	return NULL;
}

enum files_result files_fail(const char *command, const char *path, int64_t err)
{
	const char *text = error_text((int)-err);

	if (err >= 0)
		return FILES_OK;
	if (!fs_mounted())
		text = "no file system is mounted; `disk list` shows the disks";
	shell_printf("%s: ", command);
	files_print_name(path);
	if (text)
		shell_printf(": %s\n", text);
	else
		shell_printf(": error %d\n", (int)err);
	switch (err) {
	case -ENOSPC:
	case -EROFS:
	case -ENODEV:
	case -ENOMEM:
		return FILES_STOP;
	default:
		return FILES_FAILED;
	}
}

bool files_stopped(const char *command)
{
	if (!vconsole_shell_break())
		return false;
	shell_printf("^C\n%s: stopped\n", command);
	return true;
}

int files_end(const char *command, bool failed)
{
	int err = fs_sync();

	/* a command that failed has said what is wrong with the disk */
	if (err && !failed)
		files_fail(command, "/", err);
	return failed || err ? 1 : 0;
}

const char *files_cwd(void)
{
	if (!fs_mounted())
		return "";
	return *cwd ? cwd : "/";
}

void files_chdir(const char *path)
{
	snprintf(cwd, sizeof(cwd), "%s", path);
}

enum files_result files_path(const char *command, const char *typed, char *path)
{
	return files_fail(command, typed,
			  fs_path_join(cwd, typed, path, FS_PATH_MAX));
}

static char lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c + 'a' - 'A') : c;
}

bool files_is_in(const char *path, const char *dir)
{
	if (!strcmp(dir, "/"))
		return true;
	for (; *dir; dir++, path++)
		if (lower(*path) != lower(*dir))
			return false;
	return !*path || *path == '/';
}

enum fs_kind files_kind(const char *path)
{
	struct fs_stat stat;

	return fs_stat(path, &stat) ? FS_OTHER : stat.kind;
}

/*
 * Text
 */

/* RFC 3629, section 4: how many bytes, by the first; 0: it cannot be one */
static size_t utf8_len(uint8_t lead)
{
	if (lead < 0xc2 || lead > 0xf4)
		return 0;
	return lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
}

/*
 * The bytes of the character at @at; 0: it is cut off behind @len bytes. What
 * is to be printed as it stands is @plain: no controls, C1's neither.
 */
static size_t character(const uint8_t *at, size_t len, bool *plain)
{
	static const uint32_t least[] = {0, 0, 0xa0, 0x800, 0x10000};
	size_t need = utf8_len(*at);
	uint32_t code = *at & (0x7fu >> need);

	*plain = *at >= ' ' && *at < 0x7f;
	if (!need)
		return 1;
	for (size_t i = 1; i < need; i++) {
		if (i == len)
			return 0;
		if ((at[i] & 0xc0) != 0x80)
			return 1;
		code = code << 6 | (at[i] & 0x3f);
	}
	*plain = code >= least[need] && code <= 0x10ffff && code >> 11 != 0x1b;
	return *plain || code < 0xa0 ? need : 1;
}

static bool is_layout(const char *bytes, size_t len, bool *shown)
{
	*shown = bytes[0] != '\r';
	return bytes[0] == '\n' || bytes[0] == '\t' ||
	       (bytes[0] == '\r' && len > 1 && bytes[1] == '\n');
}

size_t files_print(const char *bytes, size_t len, bool text, bool end)
{
	char out[128];
	size_t done = 0, count = 0;

	while (done < len) {
		const char *at = bytes + done;
		bool plain, shown = true;
		size_t n = character((const uint8_t *)at, len - done, &plain);

		/* a CR needs the byte behind it, too */
		if (!end && (!n || (text && *at == '\r' && done + 1 == len)))
			break;
		n = n ? n : 1;
		if (text && is_layout(at, len - done, &shown))
			plain = true;
		if (count + n > sizeof(out)) {
			vconsole_shell_write(out, count);
			count = 0;
		}
		if (plain && shown) {
			memcpy(out + count, at, n);
			count += n;
		} else if (shown || !plain) {
			out[count++] = '?';
		}
		done += n;
	}
	vconsole_shell_write(out, count);
	return done;
}

void files_print_name(const char *name)
{
	files_print(name, strlen(name), false, true);
}
