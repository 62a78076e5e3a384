/* SPDX-License-Identifier: Apache-2.0 */
/* ext4: the superblock, and what fs/vfs.c asks for. */
#include "ext4.h"

#include <errno.h>
#include <string.h>

#include <lib/bytes.h>
#include <lib/crc32.h>
#include <lib/log.h>
#include <mm/heap.h>

#define LOG_TAG "ext4"

#define SUPER_AT 1024
#define SUPER_BYTES 1024
#define SUPER_MAGIC 0xef53
#define SUPER_CSUM 0x3fc

#define COMPAT_SPARSE_SUPER2 0x200
#define RO_SPARSE_SUPER 0x1
#define RO_METADATA_CSUM 0x400

#define BUFS_BYTES (32 * 1024)
#define BUFS_MIN 4

#define KNOWN_INCOMPAT                                                         \
	(EXT4_FILETYPE | EXT4_RECOVER | EXT4_META_BG | EXT4_EXTENTS |          \
	 EXT4_64BIT | EXT4_MMP | EXT4_FLEX_BG | EXT4_EA_INODE |                \
	 EXT4_CSUM_SEED | EXT4_LARGEDIR | EXT4_INLINE_DATA | EXT4_ENCRYPT |    \
	 EXT4_CASEFOLD)

static struct ext4 *ext4_of(const struct fs_mount *m)
{
	return m->priv;
}

int ext4_bad(struct ext4 *fs, const char *what, uint64_t number)
{
	log_limited(&fs->limit, LOG_ERR, "%s: damaged: %s %llu",
		    fs->volume->name, what, (unsigned long long)number);
	return -EIO;
}

uint32_t ext4_crc(uint32_t crc, const void *data, size_t len)
{
	return crc32_step(crc32_castagnoli, crc, data, len);
}

/*
 * Blocks
 */
size_t ext4_newer_find(const struct ext4 *fs, uint64_t block)
{
	size_t low = 0, high = fs->newer_count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (fs->newer[middle].block < block)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static int load(struct ext4 *fs, uint64_t block, uint8_t *data)
{
	static const uint8_t magic[4] = {0xc0, 0x3b, 0x39, 0x98};
	size_t at = ext4_newer_find(fs, block);
	bool escaped = false;
	int err;

	if (at < fs->newer_count && fs->newer[at].block == block) {
		escaped = fs->newer[at].copy & EXT4_ESCAPED;
		block = fs->newer[at].copy & ~EXT4_ESCAPED;
	}
	err = volume_pread(fs->volume, block * fs->block_bytes, data,
			   fs->block_bytes);
	if (!err && escaped)
		memcpy(data, magic, sizeof(magic));
	return err;
}

int ext4_block(struct ext4 *fs, uint64_t block, struct ext4_buf **buf)
{
	struct ext4_buf *oldest = &fs->bufs[0];
	int err;

	if (block >= fs->block_count)
		return ext4_bad(fs, "there is no block", block);
	for (unsigned int i = 0; i < fs->buf_count; i++) {
		struct ext4_buf *b = &fs->bufs[i];

		if (b->block == block) {
			b->used = ++fs->uses;
			*buf = b;
			return 0;
		}
		if (b->used < oldest->used)
			oldest = b;
	}
	oldest->block = UINT64_MAX;
	err = load(fs, block, oldest->data);
	if (err)
		return err;
	oldest->block = block;
	oldest->checked = false;
	oldest->used = ++fs->uses;
	*buf = oldest;
	return 0;
}

/*
 * Files
 */
static enum fs_kind kind_of(const struct ext4_inode *inode)
{
	switch (inode->mode & EXT4_MODE_KIND) {
	case EXT4_MODE_DIR:
		return FS_DIRECTORY;
	case EXT4_MODE_FILE:
		return FS_FILE;
	case EXT4_MODE_LINK:
		return FS_SYMLINK;
	default:
		return FS_OTHER;
	}
}

static void stat_fill(const struct ext4_inode *inode, struct fs_stat *stat)
{
	*stat = (struct fs_stat){
		.kind = kind_of(inode),
		.read_only = true,
		.size_bytes = ext4_is_dir(inode) ? 0 : inode->size_bytes,
		.mtime_s = inode->mtime_s,
	};
}

static int stat_path(struct fs_mount *m, const char *path, struct fs_stat *stat)
{
	struct ext4_inode inode;
	int err = ext4_walk(ext4_of(m), path, &inode);

	if (err)
		return err;
	stat_fill(&inode, stat);
	ext4_inode_put(&inode);
	return 0;
}

static int open_file(struct fs_mount *m, const char *path, unsigned int flags,
		     struct fs_file *f)
{
	struct ext4_inode *inode = heap_alloc(sizeof(*inode));
	int err;

	(void)flags; /* they are FS_READ */
	if (!inode)
		return -ENOMEM;
	err = ext4_walk(ext4_of(m), path, inode);
	if (err) {
		heap_free(inode);
		return err;
	}
	if (kind_of(inode) == FS_DIRECTORY)
		err = -EISDIR;
	else if (kind_of(inode) != FS_FILE ||
		 inode->flags & (EXT4_INODE_ENCRYPTED | EXT4_INODE_COMPRESSED))
		err = -EOPNOTSUPP;
	f->priv = inode;
	f->size_bytes = inode->size_bytes;
	if (err) {
		ext4_inode_put(inode);
		heap_free(inode);
	}
	return err;
}

static int64_t read_file(struct fs_file *f, void *buf, size_t len,
			 uint64_t offset)
{
	int err = ext4_read(ext4_of(f->mount), f->priv, buf, len, offset);

	return err ? err : (int64_t)len;
}

static int close_file(struct fs_file *f, bool discard)
{
	(void)discard;
	ext4_inode_put(f->priv);
	heap_free(f->priv);
	return 0;
}

/*
 * Directories
 */
struct ext4_dir {
	struct ext4_inode inode;
	struct ext4_dir_at at;
	struct ext4_entry entry;
};

static int open_dir(struct fs_mount *m, const char *path, struct fs_dir *d)
{
	struct ext4_dir *dir = heap_alloc(sizeof(*dir));
	int err;

	if (!dir)
		return -ENOMEM;
	err = ext4_walk(ext4_of(m), path, &dir->inode);
	if (!err && !ext4_is_dir(&dir->inode)) {
		ext4_inode_put(&dir->inode);
		err = -ENOTDIR;
	}
	if (err)
		heap_free(dir);
	else
		d->priv = dir;
	return err;
}

static bool is_dots(const char *name)
{
	return !strcmp(name, ".") || !strcmp(name, "..");
}

static int read_dir(struct fs_dir *d, struct fs_dirent *entry)
{
	struct ext4 *fs = ext4_of(d->mount);
	struct ext4_dir *dir = d->priv;
	struct ext4_inode inode;
	int more;

	do
		more = ext4_dir_next(fs, &dir->inode, &dir->at, &dir->entry);
	while (more > 0 && is_dots(dir->entry.name));
	if (more <= 0)
		return more;
	strcpy(entry->name, dir->entry.name);
	entry->stat = (struct fs_stat){.kind = FS_OTHER, .read_only = true};
	/* one damaged inode leaves the others to be seen */
	if (!ext4_inode_get(fs, dir->entry.inode, &inode)) {
		stat_fill(&inode, &entry->stat);
		ext4_inode_put(&inode);
	}
	return 1;
}

static void close_dir(struct fs_dir *d)
{
	struct ext4_dir *dir = d->priv;

	ext4_inode_put(&dir->inode);
	heap_free(dir);
}

/*
 * Mounting
 */
static int stat_fs(struct fs_mount *m, struct fs_volume_info *info)
{
	struct ext4 *fs = ext4_of(m);

	info->cluster_bytes = fs->block_bytes;
	info->size_bytes = fs->block_count * fs->block_bytes;
	info->free_bytes = fs->free_blocks * fs->block_bytes;
	return 0;
}

static void super_fields(struct ext4 *fs, const uint8_t *s)
{
	uint32_t compat = get32(s + 0x5c);

	fs->incompat = get32(s + 0x60);
	fs->ro_compat = get32(s + 0x64);
	fs->block_count = get32(s + 0x4);
	fs->free_blocks = get32(s + 0xc);
	if (fs->incompat & EXT4_64BIT) {
		fs->block_count |= (uint64_t)get32(s + 0x150) << 32;
		fs->free_blocks |= (uint64_t)get32(s + 0x158) << 32;
	}
	fs->free_blocks = MIN(fs->free_blocks, fs->block_count);
	fs->inode_count = get32(s);
	fs->first_block = get32(s + 0x14);
	fs->block_bytes = get32(s + 0x18) > 6 ? 0 : 1024u << get32(s + 0x18);
	fs->blocks_per_group = get32(s + 0x20);
	fs->inodes_per_group = get32(s + 0x28);
	/* s_rev_level 0 has fixed ones */
	fs->inode_bytes = get32(s + 0x4c) ? get16(s + 0x58) : 128;
	fs->desc_bytes = fs->incompat & EXT4_64BIT ? get16(s + 0xfe) : 32;
	fs->first_meta_bg = get32(s + 0x104);
	fs->journal_inode = get32(s + 0xe0);
	fs->sparse_super = fs->ro_compat & RO_SPARSE_SUPER;
	fs->sparse_super2 = compat & COMPAT_SPARSE_SUPER2;
	fs->backup_groups[0] = get32(s + 0x24c);
	fs->backup_groups[1] = get32(s + 0x250);
	fs->checksums = fs->ro_compat & RO_METADATA_CSUM;
	fs->seed = fs->incompat & EXT4_CSUM_SEED ? get32(s + 0x270)
						 : ext4_crc(~0u, s + 0x68, 16);
}

static bool is_power(uint32_t value)
{
	return value && !(value & (value - 1));
}

/* Numbers that the others lean on */
static bool super_is_sane(struct ext4 *fs)
{
	uint64_t groups;

	if (!fs->block_bytes || !fs->blocks_per_group ||
	    !fs->inodes_per_group || fs->first_block > 1 ||
	    fs->block_count <= fs->first_block ||
	    fs->block_count > UINT64_MAX / 2 / fs->block_bytes ||
	    fs->blocks_per_group > 8 * fs->block_bytes * 16ull ||
	    !is_power(fs->inode_bytes) || fs->inode_bytes < 128 ||
	    fs->inode_bytes > fs->block_bytes || !is_power(fs->desc_bytes) ||
	    fs->desc_bytes < 32 || fs->desc_bytes > fs->block_bytes)
		return false;
	groups =
		(fs->block_count - fs->first_block + fs->blocks_per_group - 1) /
		fs->blocks_per_group;
	if (groups > UINT32_MAX ||
	    fs->inode_count > groups * fs->inodes_per_group)
		return false;
	fs->group_count = (uint32_t)groups;
	return true;
}

static const char *incompat_name(uint32_t bit)
{
	switch (bit) {
	case 0x1:
		return "compression";
	case 0x8:
		return "journal_dev";
	case 0x1000:
		return "dirdata";
	default:
		return "unknown";
	}
}

static int super_read(struct ext4 *fs, uint8_t *s)
{
	const char *name = fs->volume->name;
	uint32_t unknown;
	int err = volume_pread(fs->volume, SUPER_AT, s, SUPER_BYTES);

	if (err)
		return err == -ERANGE ? -EINVAL : err;
	if (get16(s + 0x38) != SUPER_MAGIC)
		return -EINVAL;
	super_fields(fs, s);
	unknown = fs->incompat & ~(uint32_t)KNOWN_INCOMPAT;
	if (unknown) {
		unknown &= -unknown;
		log_err("%s: an ext4 with the feature %s (0x%x), which is not "
			"known here",
			name, incompat_name(unknown), unknown);
		return -EOPNOTSUPP;
	}
	if (fs->checksums && (s[0x175] != 1 || ext4_crc(~0u, s, SUPER_CSUM) !=
						       get32(s + SUPER_CSUM))) {
		log_err("%s: an ext4 whose superblock's checksum is wrong: "
			"repair it with fsck.ext4",
			name);
		return -EIO;
	}
	if (!super_is_sane(fs)) {
		log_err("%s: an ext4 whose superblock is damaged: repair it "
			"with fsck.ext4",
			name);
		return -EIO;
	}
	if (fs->block_count * fs->block_bytes > volume_bytes(fs->volume))
		log_warn("%s: the ext4 is larger than its partition: what "
			 "lies behind cannot be read",
			 name);
	return 0;
}

static int bufs_make(struct ext4 *fs)
{
	fs->buf_count = MAX(BUFS_MIN, BUFS_BYTES / (int)fs->block_bytes);
	fs->bufs = heap_alloc_array(fs->buf_count, sizeof(*fs->bufs));
	fs->buf_data = heap_alloc_array(fs->buf_count, fs->block_bytes);
	if (!fs->bufs || !fs->buf_data)
		return -ENOMEM;
	for (unsigned int i = 0; i < fs->buf_count; i++) {
		fs->bufs[i].block = UINT64_MAX;
		fs->bufs[i].data = fs->buf_data + (size_t)i * fs->block_bytes;
	}
	return 0;
}

static void ext4_free(struct ext4 *fs)
{
	heap_free(fs->newer);
	heap_free(fs->buf_data);
	heap_free(fs->bufs);
	heap_free(fs);
}

/* The journal, and whether there is a root directory */
static int look_inside(struct ext4 *fs)
{
	struct ext4_inode root;
	int err = bufs_make(fs);

	if (!err && (fs->incompat & EXT4_RECOVER)) {
		err = ext4_journal_read(fs);
		if (err && err != -ENOMEM) {
			log_warn("%s: its journal cannot be used: files may "
				 "be as they were before they were last "
				 "written; repair it with fsck.ext4",
				 fs->volume->name);
			err = 0;
		}
		/* what was read meanwhile may be older */
		for (unsigned int i = 0; i < fs->buf_count; i++)
			fs->bufs[i].block = UINT64_MAX;
	}
	if (!err)
		err = ext4_inode_get(fs, EXT4_ROOT_INODE, &root);
	if (err)
		return err;
	if (!ext4_is_dir(&root))
		err = ext4_bad(fs, "no root directory in inode",
			       EXT4_ROOT_INODE);
	ext4_inode_put(&root);
	return err;
}

static const char *type_of(const struct ext4 *fs)
{
	if (fs->incompat & (EXT4_EXTENTS | EXT4_64BIT | EXT4_FLEX_BG))
		return "ext4";
	return fs->journal_inode ? "ext3" : "ext2";
}

static int mount_ext4(struct fs_mount *m)
{
	struct ext4 *fs = heap_alloc(sizeof(*fs));
	uint8_t *super = heap_alloc(SUPER_BYTES);
	int err = fs && super ? 0 : -ENOMEM;

	if (!err) {
		fs->volume = &m->volume;
		err = super_read(fs, super);
	}
	heap_free(super);
	if (!err) {
		m->priv = fs;
		m->type = type_of(fs);
		m->read_only = true;
		err = look_inside(fs);
	}
	if (err && fs)
		ext4_free(fs);
	return err;
}

static void unmount_ext4(struct fs_mount *m)
{
	ext4_free(ext4_of(m));
}

const struct fsys fsys_ext4 = {
	.name = "ext4",
	.mount = mount_ext4,
	.unmount = unmount_ext4,
	.stat = stat_path,
	.open = open_file,
	.read = read_file,
	.close = close_file,
	.opendir = open_dir,
	.readdir = read_dir,
	.closedir = close_dir,
	.statfs = stat_fs,
};
