/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Disk images for fuzzing: made by the build machine's mkfs when the target
 * begins, damaged by each input, put right again after it.
 */
#ifndef TESTS_FUZZ_FS_DISK_H
#define TESTS_FUZZ_FS_DISK_H

#include <drivers/block.h>

#include "input.h"

/** fs_disk_seed() - an image that the shell commands leave in the file "disk" */
void fs_disk_seed(const char *commands);

/** fs_disk_choose() - the image, as it is. Return: false: there are fewer */
bool fs_disk_choose(unsigned int number);

/** fs_disk_all_mount() - as they are, the seeds are whole file systems */
void fs_disk_all_mount(void);

/**
 * fs_disk_damage() - choose an image and change bytes of what is not zero in it
 *
 * Return: its bytes.
 */
uint8_t *fs_disk_damage(struct input *in);

/** fs_disk_size() - of the chosen one */
uint64_t fs_disk_size(void);

/** fs_disk_note() - the bytes at @offset were changed by the target itself */
void fs_disk_note(uint64_t offset, uint64_t len);

/** fs_disk_restore() - as it was; aborts if far too much was read */
void fs_disk_restore(void);

/** fs_disk_use() - mount what is there, look at all of it, write to it */
void fs_disk_use(struct input *in);

#endif
