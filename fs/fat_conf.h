/* SPDX-License-Identifier: Apache-2.0 */
/* How FatFs is configured; what each means stands in its own ffconf.h. */
#ifndef FS_FAT_CONF_H
#define FS_FAT_CONF_H

#define FFCONF_DEF 86604

#define FF_FS_READONLY 0
#define FF_FS_MINIMIZE 0
#define FF_USE_STRFUNC 0
#define FF_USE_FIND 0
#define FF_USE_MKFS 0
#define FF_USE_FASTSEEK 0
#define FF_USE_EXPAND 0
#define FF_USE_CHMOD 0
#define FF_USE_LABEL 0
#define FF_USE_FORWARD 0

/* Names are UTF-8; code page 437 for the short ones, as Linux has it. */
#define FF_CODE_PAGE 437
#define FF_USE_LFN 3
#define FF_MAX_LFN 255
#define FF_LFN_UNICODE 2
#define FF_LFN_BUF 765
#define FF_SFN_BUF 34
#define FF_STRF_ENCODE 3
#define FF_FS_RPATH 0

#define FF_VOLUMES 1
#define FF_STR_VOLUME_ID 0
#define FF_MULTI_PARTITION 0
#define FF_MIN_SS 512
#define FF_MAX_SS 4096
#define FF_USE_TRIM 0
#define FF_FS_NOFSINFO 0

/* A file's own sector buffer, so that what passes FATFS.win is FAT and
 * directories alone: fs/fat_disk.c tells them apart by that. */
#define FF_FS_TINY 0
#define FF_FS_EXFAT 1

/* There is no clock: files get this date. */
#define FF_FS_NORTC 1
#define FF_NORTC_MON 1
#define FF_NORTC_MDAY 1
#define FF_NORTC_YEAR 2026

/* fs/vfs.c has a lock for each mount, fs/fat.c knows who has what open. */
#define FF_FS_LOCK 0
#define FF_FS_REENTRANT 0

#endif
