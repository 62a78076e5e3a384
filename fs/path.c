/* SPDX-License-Identifier: Apache-2.0 */
/* Paths as text: absolute, without dots and doubled slashes. */
#include <fs/fs.h>

#include <errno.h>
#include <string.h>

struct path {
	char *text; /* "/a/b" without the last slash; "" is the root */
	size_t len, size;
};

static int path_add(struct path *p, const char *name, size_t len)
{
	if (!len || (len == 1 && name[0] == '.'))
		return 0;
	if (len == 2 && name[0] == '.' && name[1] == '.') {
		while (p->len && p->text[--p->len] != '/')
			;
		return 0;
	}
	if (len > FS_NAME_MAX || p->len + 1 + len + 1 > p->size)
		return -ENAMETOOLONG;
	p->text[p->len++] = '/';
	memmove(p->text + p->len, name, len);
	p->len += len;
	return 0;
}

static int path_walk(struct path *p, const char *from)
{
	int err = 0;

	while (*from && !err) {
		size_t len = strcspn(from, "/");

		err = path_add(p, from, len);
		from += len;
		from += *from == '/';
	}
	return err;
}

int fs_path_join(const char *cwd, const char *path, char *out, size_t size)
{
	struct path p = {.text = out, .size = size};
	int err = 0;

	if (size < 2)
		return -ENAMETOOLONG;
	/* what is written to @out never passes what is read of @cwd */
	if (*path != '/')
		err = path_walk(&p, cwd);
	if (!err)
		err = path_walk(&p, path);
	if (err)
		return err;
	if (!p.len)
		out[p.len++] = '/';
	out[p.len] = '\0';
	return 0;
}
