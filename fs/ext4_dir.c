/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ext4: directories and links. A directory is read block by block; what indexes
 * it by hashes looks like unused entries to who reads it so.
 */
#include "ext4.h"

#include <errno.h>
#include <string.h>

#include <lib/bytes.h>
#include <mm/heap.h>

#define ENTRY_HEAD 8
#define TAIL_BYTES 12
#define TAIL_KIND 0xde

/* Blocks of 64 KiB: the two low bits, which are 0, are bits 16 and 17 */
static uint32_t entry_bytes(const struct ext4 *fs, const uint8_t *e)
{
	uint32_t len = get16(e + 4);

	if (fs->block_bytes < 65536)
		return len;
	if (len == 65535 || !len)
		return fs->block_bytes;
	return (len & 65532) | (len & 3) << 16;
}

/*
 * Checksums. A block of names ends in an entry that holds one; a block of the
 * index has one behind the hashes that it has room for. @count_at: of the
 * index's counts.
 */
static bool index_is_right(const struct ext4 *fs, uint32_t seed,
			   const uint8_t *data, uint32_t count_at)
{
	static const uint8_t zero[4];
	uint32_t limit = get16(data + count_at),
		 count = get16(data + count_at + 2);
	uint32_t tail = count_at + limit * 8, crc;

	if (count > limit || tail + 8 > fs->block_bytes)
		return false;
	crc = ext4_crc(seed, data, count_at + count * 8);
	crc = ext4_crc(crc, data + tail, 4);
	return ext4_crc(crc, zero, 4) == get32(data + tail + 4);
}

static bool names_are_right(const struct ext4 *fs, uint32_t seed,
			    const uint8_t *data)
{
	uint32_t end = fs->block_bytes - TAIL_BYTES;
	const uint8_t *tail = data + end;

	return !get32(tail) && get16(tail + 4) == TAIL_BYTES && !tail[6] &&
	       tail[7] == TAIL_KIND &&
	       ext4_crc(seed, data, end) == get32(tail + 8);
}

static bool block_is_right(const struct ext4 *fs, const struct ext4_inode *dir,
			   const uint8_t *data, uint64_t number)
{
	if (!fs->checksums)
		return true;
	if (dir->flags & EXT4_INODE_INDEX) {
		if (!number && entry_bytes(fs, data) == 12 &&
		    entry_bytes(fs, data + 12) == fs->block_bytes - 12)
			return index_is_right(fs, dir->seed, data, 32);
		if (!get32(data) && entry_bytes(fs, data) == fs->block_bytes)
			return index_is_right(fs, dir->seed, data, 8);
	}
	return names_are_right(fs, dir->seed, data);
}

/*
 * Entries. Return: 1: @entry is one; 0: an unused one; -EIO. @used is its
 * length.
 */
static int entry_parse(struct ext4 *fs, const struct ext4_inode *dir,
		       const uint8_t *e, uint32_t room,
		       struct ext4_entry *entry, uint32_t *used)
{
	uint32_t len = room < ENTRY_HEAD ? 0 : entry_bytes(fs, e), name_len;

	if (len < ENTRY_HEAD || len > room || len % 4)
		return ext4_bad(fs, "an entry of the directory in inode",
				dir->number);
	*used = len;
	entry->inode = get32(e);
	name_len = e[6];
	if (!entry->inode || !name_len)
		return 0;
	if (name_len > len - ENTRY_HEAD)
		return ext4_bad(fs, "a name in the directory in inode",
				dir->number);
	/* nobody could ask for such a name */
	if (memchr(e + ENTRY_HEAD, '/', name_len) ||
	    memchr(e + ENTRY_HEAD, '\0', name_len))
		return 0;
	entry->kind = fs->incompat & EXT4_FILETYPE ? e[7] : 0;
	memcpy(entry->name, e + ENTRY_HEAD, name_len);
	entry->name[name_len] = '\0';
	return 1;
}

static int block_entry(struct ext4 *fs, const struct ext4_inode *dir,
		       uint64_t offset, struct ext4_entry *entry,
		       uint32_t *used)
{
	uint64_t number = offset / fs->block_bytes, block, count;
	uint32_t from = (uint32_t)(offset % fs->block_bytes);
	struct ext4_buf *buf;
	int err = ext4_map(fs, dir, number, &block, &count);

	if (!err && !block)
		err = ext4_bad(fs, "a hole in the directory in inode",
			       dir->number);
	if (!err)
		err = ext4_block(fs, block, &buf);
	if (err)
		return err;
	if (!buf->checked && !block_is_right(fs, dir, buf->data, number))
		return ext4_bad(fs, "the checksum of the directory in inode",
				dir->number);
	buf->checked = true;
	return entry_parse(fs, dir, buf->data + from, fs->block_bytes - from,
			   entry, used);
}

/* Inside of the inode: i_block begins with the parent, and entries follow; those
 * in the attribute have no such beginning. */
static int inline_entry(struct ext4 *fs, const struct ext4_inode *dir,
			uint64_t offset, struct ext4_entry *entry,
			uint32_t *used)
{
	uint32_t head = sizeof(dir->block);

	if (offset < 4) {
		*used = 4;
		return 0;
	}
	if (offset < head)
		return entry_parse(fs, dir, dir->block + offset,
				   head - (uint32_t)offset, entry, used);
	offset -= head;
	if (offset >= dir->more_bytes)
		return ext4_bad(fs, "the inline data of inode", dir->number);
	return entry_parse(fs, dir, dir->more + offset,
			   dir->more_bytes - (uint32_t)offset, entry, used);
}

int ext4_dir_next(struct ext4 *fs, const struct ext4_inode *dir,
		  struct ext4_dir_at *at, struct ext4_entry *entry)
{
	bool is_inline = dir->flags & EXT4_INODE_INLINE;
	uint32_t used = 0;
	int found = 0;

	if (dir->flags & EXT4_INODE_ENCRYPTED)
		return -EOPNOTSUPP;
	while (!found && at->offset < dir->size_bytes) {
		found = is_inline ? inline_entry(fs, dir, at->offset, entry,
						 &used)
				  : block_entry(fs, dir, at->offset, entry,
						&used);
		at->offset += used;
	}
	return found;
}

/*
 * Paths
 */
static int lookup(struct ext4 *fs, const struct ext4_inode *dir,
		  const char *name, size_t len, uint32_t *inode)
{
	struct ext4_entry *entry = heap_alloc(sizeof(*entry));
	struct ext4_dir_at at = {0};
	int more;

	if (!entry)
		return -ENOMEM;
	while ((more = ext4_dir_next(fs, dir, &at, entry)) > 0)
		if (!strncmp(entry->name, name, len) && !entry->name[len])
			break;
	*inode = entry->inode;
	heap_free(entry);
	return more < 0 ? more : more ? 0 : -ENOENT;
}

static int link_read(struct ext4 *fs, const struct ext4_inode *link,
		     char *target)
{
	size_t len = (size_t)link->size_bytes;
	int err = 0;

	if (link->flags & EXT4_INODE_ENCRYPTED)
		return -EOPNOTSUPP;
	if (!len || link->size_bytes >= FS_PATH_MAX)
		return ext4_bad(fs, "the link in inode", link->number);
	/* a short one stands where block numbers would */
	if (len < sizeof(link->block) &&
	    !(link->flags & (EXT4_INODE_EXTENTS | EXT4_INODE_INLINE)))
		memcpy(target, link->block, len);
	else
		err = ext4_read(fs, link, target, len, 0);
	target[len] = '\0';
	return err;
}

struct walk {
	struct ext4 *fs;
	char path[FS_PATH_MAX]; /* that is being walked */
	char target[FS_PATH_MAX];
	char joined[FS_PATH_MAX];
	unsigned int links;
};

/*
 * @link stands at @from in the path, up to @end: put what it says in its place.
 * What was walked has no links, so `..` as text is what it says.
 */
static int link_follow(struct walk *w, const struct ext4_inode *link,
		       size_t from, size_t end)
{
	int err = ++w->links > EXT4_LINKS_MAX
			  ? -ELOOP
			  : link_read(w->fs, link, w->target);
	char *rest = w->path + end;

	if (err)
		return err;
	w->path[from] = '\0';
	err = fs_path_join(from ? w->path : "/", w->target, w->joined,
			   sizeof(w->joined));
	if (err)
		return err;
	/* rest is within path, behind what is overwritten only when it is read */
	memmove(w->target, rest, strlen(rest) + 1);
	if (w->target[0])
		err = fs_path_join(w->joined, w->target + 1, w->path,
				   sizeof(w->path));
	else
		strcpy(w->path, w->joined);
	return err;
}

/* One step on the way: @inode is the directory, and then what is in it */
static int step(struct ext4 *fs, struct ext4_inode *inode, const char *name,
		size_t len)
{
	uint32_t number;
	int err;

	if (!ext4_is_dir(inode))
		return -ENOTDIR;
	err = len > EXT4_NAME_MAX ? -ENAMETOOLONG
				  : lookup(fs, inode, name, len, &number);
	ext4_inode_put(inode);
	return err ? err : ext4_inode_get(fs, number, inode);
}

static int walk_path(struct walk *w, struct ext4_inode *inode)
{
	size_t at = 0;
	int err = ext4_inode_get(w->fs, EXT4_ROOT_INODE, inode);

	while (!err && w->path[at] == '/' && w->path[at + 1]) {
		size_t len = strcspn(w->path + at + 1, "/");

		err = step(w->fs, inode, w->path + at + 1, len);
		if (!err && (inode->mode & EXT4_MODE_KIND) == EXT4_MODE_LINK) {
			err = link_follow(w, inode, at, at + 1 + len);
			ext4_inode_put(inode);
			if (!err)
				err = ext4_inode_get(w->fs, EXT4_ROOT_INODE,
						     inode);
			at = 0;
			continue;
		}
		at += 1 + len;
	}
	if (err)
		ext4_inode_put(inode);
	return err;
}

int ext4_walk(struct ext4 *fs, const char *path, struct ext4_inode *inode)
{
	struct walk *w = heap_alloc(sizeof(*w));
	int err;

	if (!w)
		return -ENOMEM;
	w->fs = fs;
	strncpy(w->path, path, sizeof(w->path) - 1);
	err = walk_path(w, inode);
	heap_free(w);
	return err;
}
