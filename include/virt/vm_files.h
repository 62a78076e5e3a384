/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Guest files from disks, through the reader and the checks that toml2c has;
 * what they find is logged, with file, line and key.
 */
#ifndef VIRT_VM_FILES_H
#define VIRT_VM_FILES_H

#include <lib/types.h>
#include <lib/util.h>

struct vm;
struct vm_file;

/* Those in this folder replace the VMs of the Image at boot. */
#define VM_FILES_FOLDER "/guest/vm_default"
#define VM_FILES_MAX 64      /* of that folder */
#define VM_FILE_PATH_MAX 100 /* of a guest file, with the NUL */

/**
 * vm_file_create() - a VM of the guest file @path, Loaded
 *
 * It is checked together with the VMs that there are, against the machine's
 * own tree. The configuration is the VM's, and goes with it.
 *
 * Return: 0; -ENAMETOOLONG; errors of the file; -EINVAL: the reader or the
 * checks refuse it; as vm_create(). All but the first are logged.
 */
int __must_check vm_file_create(const char *path, struct vm **vm);

/**
 * vm_files_boot() - make and start the VMs of VM_FILES_FOLDER, by their names
 *
 * One that is refused does not keep the others from starting.
 *
 * Return: false: there is no such file; the Image's own VMs are to be started.
 */
bool vm_files_boot(void);

/** vm_file_free() - a VM is no more, nor is what its file said; NULL is fine */
void vm_file_free(struct vm_file *file);

#endif
