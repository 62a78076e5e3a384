/* SPDX-License-Identifier: Apache-2.0 */
/*
 * FatFs, and beside it what needs its insides. It is included as a source: what
 * is used below is static there.
 */
#include "fat_lib.h"

#include <errno.h>
#include <string.h>

#include <ff.c>

#include <mm/heap.h>

void *ff_memalloc(UINT size)
{
	return heap_alloc(size);
}

void ff_memfree(void *block)
{
	heap_free(block);
}

/* The buffers for a name that FatFs's functions want in FATFS */
static FRESULT names_begin(FATFS *ff)
{
	size_t units = (FF_MAX_LFN + 1) * sizeof(WCHAR);

	ff->lfnbuf = heap_alloc(units + MAXDIRB(FF_MAX_LFN));
	if (!ff->lfnbuf)
		return FR_NOT_ENOUGH_CORE;
	ff->dirbuf = (BYTE *)ff->lfnbuf + units;
	return FR_OK;
}

static void names_end(FATFS *ff)
{
	heap_free(ff->lfnbuf);
	ff->lfnbuf = NULL;
	ff->dirbuf = NULL;
}

static bool is_exfat(const FATFS *ff)
{
	return ff->fs_type == FS_EXFAT;
}

/*
 * An entry that follow_path() has found, or that dir_register() has made: its
 * fields lie in the window, or in dirbuf for exFAT. entry_get() brings them
 * there again, entry_put() writes them.
 */
static FRESULT entry_get(FF_DIR *dp)
{
	FRESULT res;

	if (is_exfat(dp->obj.fs)) {
		res = dir_sdi(dp, dp->blk_ofs);
		return res == FR_OK ? load_xdir(dp) : res;
	}
	res = dir_sdi(dp, dp->dptr);
	return res == FR_OK ? move_window(dp->obj.fs, dp->sect) : res;
}

static FRESULT entry_put(FF_DIR *dp)
{
	if (is_exfat(dp->obj.fs))
		return store_xdir(dp);
	dp->obj.fs->wflag = 1;
	return FR_OK;
}

static BYTE *entry_mark(FF_DIR *dp)
{
	if (is_exfat(dp->obj.fs))
		return dp->obj.fs->dirbuf + XDIR_CrtTime10;
	return dp->dir + DIR_CrtTime10;
}

static FRESULT entry_set_mark(FF_DIR *dp, BYTE mark)
{
	FRESULT res = entry_get(dp);

	if (res != FR_OK)
		return res;
	*entry_mark(dp) = mark;
	return entry_put(dp);
}

static DWORD entry_cluster(FF_DIR *dp)
{
	if (is_exfat(dp->obj.fs))
		return ld_dword(dp->obj.fs->dirbuf + XDIR_FstClus);
	return ld_clust(dp->obj.fs, dp->dir);
}

static bool same_place(const FF_DIR *a, const FF_DIR *b)
{
	return a->obj.sclust == b->obj.sclust &&
	       (is_exfat(a->obj.fs) ? a->blk_ofs == b->blk_ofs
				    : a->dptr == b->dptr);
}

static void node_fill(FF_DIR *dp, struct fat_node *n)
{
	FATFS *ff = dp->obj.fs;
	const BYTE *e = is_exfat(ff) ? ff->dirbuf : dp->dir;
	const BYTE *time = e + (is_exfat(ff) ? XDIR_ModTime : DIR_ModTime);

	n->place.dir = dp->obj.sclust;
	n->place.offset = is_exfat(ff) ? dp->blk_ofs : dp->dptr;
	n->directory = dp->obj.attr & AM_DIR;
	n->locked = dp->obj.attr & AM_RDO;
	n->time = ld_word(time);
	n->date = ld_word(time + 2);
	n->size_bytes = is_exfat(ff) ? ld_qword(e + XDIR_FileSize)
				     : ld_dword(e + DIR_FileSize);
	n->valid_bytes =
		is_exfat(ff) ? ld_qword(e + XDIR_ValidFileSize) : n->size_bytes;
	if (n->directory)
		n->size_bytes = n->valid_bytes = 0;
}

FRESULT fat_lookup(FATFS *ff, const char *path, struct fat_node *n)
{
	FF_DIR dir = {.obj.fs = ff};
	FRESULT res = names_begin(ff);

	memset(n, 0, sizeof(*n));
	if (res != FR_OK)
		return res;
	res = follow_path(&dir, path);
	if (res == FR_OK && dir.fn[NSFLAG] & NS_NONAME)
		n->root = n->directory = true;
	else if (res == FR_OK)
		node_fill(&dir, n);
	names_end(ff);
	return res;
}

static FRESULT create(FF_DIR *dir, const char *path, BYTE mark)
{
	FATFS *ff = dir->obj.fs;
	FRESULT res = follow_path(dir, path);
	BYTE *e;

	if (res != FR_NO_FILE)
		return res == FR_OK ? FR_EXIST : res;
	res = dir_register(dir);
	if (res != FR_OK)
		return res;
	e = is_exfat(ff) ? ff->dirbuf : dir->dir;
	*entry_mark(dir) = mark;
	if (is_exfat(ff)) {
		e[XDIR_Attr] = AM_ARC;
		e[XDIR_GenFlags] = 1;
		st_dword(e + XDIR_CrtTime, GET_FATTIME());
		st_dword(e + XDIR_ModTime, GET_FATTIME());
	} else {
		e[DIR_Attr] = AM_ARC;
		st_dword(e + DIR_CrtTime, GET_FATTIME());
		st_dword(e + DIR_ModTime, GET_FATTIME());
	}
	return entry_put(dir);
}

FRESULT fat_create(FATFS *ff, const char *path, bool temp)
{
	FF_DIR dir = {.obj.fs = ff};
	FRESULT res = names_begin(ff);

	if (res != FR_OK)
		return res;
	res = create(&dir, path, temp ? FAT_TEMP : 0);
	names_end(ff);
	return res;
}

/*
 * Moving
 */

/* One step is done: on the medium before the next begins */
static FRESULT step(struct fat_disk *d, FRESULT res, enum fat_order order)
{
	if (res != FR_OK)
		return res;
	d->order = order;
	return fat_disk_commit(d) ? FR_DISK_ERR : FR_OK;
}

/* All of an entry but its name: of FAT from the attributes on, without the
 * byte of lower case; of exFAT both entries but their counts and name hash */
static void entry_copy(FF_DIR *to, const BYTE *from)
{
	BYTE *e;

	if (!is_exfat(to->obj.fs)) {
		e = to->dir;
		e[DIR_Attr] = from[DIR_Attr];
		memcpy(e + DIR_CrtTime10, from + DIR_CrtTime10,
		       SZDIRE - DIR_CrtTime10);
		return;
	}
	e = to->obj.fs->dirbuf;
	memcpy(e + XDIR_Attr, from + XDIR_Attr, SZDIRE - XDIR_Attr);
	e[XDIR_GenFlags] = from[XDIR_GenFlags];
	memcpy(e + XDIR_ValidFileSize, from + XDIR_ValidFileSize,
	       2 * SZDIRE - XDIR_ValidFileSize);
}

/* A moved directory's `..`; FAT's alone have one */
static FRESULT parent_set(FATFS *ff, DWORD cluster, DWORD parent)
{
	DWORD sector = clst2sect(ff, cluster);
	FRESULT res;
	BYTE *e = ff->win + SZDIRE;

	if (!sector)
		return FR_INT_ERR;
	res = move_window(ff, sector);
	if (res != FR_OK || e[0] != '.' || e[1] != '.')
		return res;
	st_clust(ff, e, parent);
	ff->wflag = 1;
	return FR_OK;
}

static FRESULT move_to_free(struct fat_disk *d, FF_DIR *from, FF_DIR *to,
			    const BYTE *saved, BYTE time10)
{
	FATFS *ff = &d->ff;
	bool directory = from->obj.attr & AM_DIR;
	FRESULT res = dir_register(to);

	if (res != FR_OK)
		return res;
	entry_copy(to, saved);
	*entry_mark(to) = FAT_NEW;
	res = step(d, entry_put(to), FAT_GROW);
	if (res == FR_OK)
		res = step(d, entry_set_mark(from, FAT_GONE), FAT_GROW);
	if (res == FR_OK)
		res = entry_set_mark(to, time10);
	if (res == FR_OK && directory && !is_exfat(ff) &&
	    from->obj.sclust != to->obj.sclust)
		res = parent_set(ff, ld_clust(ff, (BYTE *)saved),
				 to->obj.sclust);
	res = step(d, res, FAT_GROW);
	if (res == FR_OK)
		res = entry_get(from);
	if (res == FR_OK)
		res = step(d, dir_remove(from), FAT_SHRINK);
	return res;
}

static FRESULT move_over(struct fat_disk *d, FF_DIR *from, FF_DIR *to,
			 const BYTE *saved, BYTE time10, bool temp)
{
	FATFS *ff = &d->ff;
	FFOBJID old = {.fs = ff};
	FRESULT res = FR_OK;

	if (!temp)
		res = step(d, entry_set_mark(from, FAT_OVER), FAT_GROW);
	if (res == FR_OK)
		res = entry_get(to);
	if (res != FR_OK)
		return res;
	if (is_exfat(ff))
		init_alloc_info(ff, &old);
	else
		old.sclust = entry_cluster(to);
	entry_copy(to, saved);
	*entry_mark(to) = FAT_TARGET;
	/* an exFAT entry across two sectors: the mark in the first one last */
	res = step(d, entry_put(to), FAT_SHRINK);
	if (res == FR_OK)
		res = entry_get(from);
	if (res == FR_OK)
		res = step(d, dir_remove(from), FAT_SHRINK);
	if (res == FR_OK)
		res = step(d, entry_set_mark(to, time10), FAT_GROW);
	d->order = FAT_SHRINK;
	if (res == FR_OK && old.sclust)
		res = step(d, remove_chain(&old, old.sclust, 0), FAT_SHRINK);
	return res;
}

static FRESULT move(struct fat_disk *d, FF_DIR *from, const char *from_path,
		    const char *to_path, bool temp)
{
	FRESULT res = follow_path(from, from_path);
	BYTE saved[2 * SZDIRE], time10;
	FF_DIR to = {.obj.fs = &d->ff};

	if (res == FR_OK && from->fn[NSFLAG] & NS_NONAME)
		res = FR_INVALID_NAME;
	if (res != FR_OK)
		return res;
	if (is_exfat(&d->ff))
		memcpy(saved, d->ff.dirbuf, sizeof(saved));
	else
		memcpy(saved, from->dir, SZDIRE);
	time10 = temp ? 0 : *entry_mark(from);
	res = follow_path(&to, to_path);
	/* its own name in other letters is a free one */
	if (res == FR_NO_FILE || (res == FR_OK && same_place(from, &to)))
		return move_to_free(d, from, &to, saved, time10);
	if (res != FR_OK)
		return res;
	if (to.fn[NSFLAG] & NS_NONAME || to.obj.attr & AM_DIR ||
	    from->obj.attr & AM_DIR)
		return FR_EXIST;
	if (to.obj.attr & AM_RDO)
		return FR_DENIED;
	return move_over(d, from, &to, saved, time10, temp);
}

FRESULT fat_move(struct fat_disk *d, const char *from, const char *to,
		 bool temp)
{
	FF_DIR dir = {.obj.fs = &d->ff};
	FRESULT res = names_begin(&d->ff);

	if (res != FR_OK)
		return res;
	res = move(d, &dir, from, to, temp);
	names_end(&d->ff);
	return res;
}

FRESULT fat_valid_bytes(FIL *fil, uint64_t *valid)
{
	FATFS *ff = fil->obj.fs;
	FF_DIR dir;
	FRESULT res;

	*valid = fil->obj.objsize;
	if (!is_exfat(ff))
		return FR_OK;
	res = names_begin(ff);
	if (res != FR_OK)
		return res;
	res = load_obj_xdir(&dir, &fil->obj);
	if (res == FR_OK)
		*valid =
			MIN((uint64_t)ld_qword(ff->dirbuf + XDIR_ValidFileSize),
			    *valid);
	names_end(ff);
	return res;
}

/*
 * f_read() asks the disk for each cluster; here all that lie side by side are
 * one request.
 */
static FRESULT read_run(FIL *fil, BYTE **buf, size_t *len)
{
	FATFS *ff = fil->obj.fs;
	DWORD bytes = (DWORD)ff->csize * SS(ff), count = 1, next;
	DWORD clst =
		fil->fptr ? get_fat(&fil->obj, fil->clust) : fil->obj.sclust;
	DWORD first = clst;
	size_t max = *len / bytes;

	for (;;) {
		if (clst == 0xFFFFFFFF)
			return FR_DISK_ERR;
		if (clst < 2 || clst >= ff->n_fatent)
			return FR_INT_ERR;
		if (count == max)
			break;
		next = get_fat(&fil->obj, clst);
		if (next != clst + 1 || next >= ff->n_fatent)
			break;
		clst = next;
		count++;
	}
	if (disk_read(ff->drv, *buf, clst2sect(ff, first), count * ff->csize) !=
	    RES_OK)
		return FR_DISK_ERR;
	fil->clust = clst;
	fil->fptr += (FSIZE_t)count * bytes;
	*buf += (size_t)count * bytes;
	*len -= (size_t)count * bytes;
	return FR_OK;
}

FRESULT fat_read(FIL *fil, void *at, size_t len)
{
	FATFS *ff = fil->obj.fs;
	DWORD bytes = (DWORD)ff->csize * SS(ff);
	BYTE *buf = at;
	FRESULT res = FR_OK;

	while (len && res == FR_OK) {
		DWORD to_next = bytes - (DWORD)(fil->fptr % bytes);
		UINT part = (UINT)MIN(len, (size_t)to_next), done = 0;

		/* f_read() also brings what of it is still in fil->buf */
		if (to_next == bytes && len >= bytes &&
		    !(fil->flag & FA_DIRTY)) {
			res = read_run(fil, &buf, &len);
			continue;
		}
		res = f_read(fil, buf, part, &done);
		if (res == FR_OK && !done)
			res = FR_INT_ERR;
		buf += done;
		len -= done;
	}
	return res;
}

FRESULT fat_flush_info(FATFS *ff)
{
	return sync_fs(ff);
}

/*
 * Single entries
 */
uint32_t fat_next(FATFS *ff, uint32_t cluster)
{
	FFOBJID chain = {.fs = ff};

	return get_fat(&chain, cluster);
}

FRESULT fat_set(FATFS *ff, uint32_t cluster, uint32_t value)
{
	return put_fat(ff, cluster, value);
}

FRESULT fat_sector(FATFS *ff, uint32_t sector)
{
	return move_window(ff, sector);
}

uint32_t fat_cluster_sector(FATFS *ff, uint32_t cluster)
{
	return clst2sect(ff, cluster);
}

uint8_t fat_short_sum(const uint8_t *entry)
{
	return sum_sfn(entry);
}
