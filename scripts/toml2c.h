/* SPDX-License-Identifier: Apache-2.0 */
/* What the parts of toml2c share. */
#ifndef SCRIPTS_TOML2C_H
#define SCRIPTS_TOML2C_H

#include <stdio.h>

#include <virt/config.h>

#define TOML2C_VMS_MAX 64
#define VM_IMAGES 6 /* kernel, dtb, ramdisk, bios, uefi, disk */

/** struct blob - one embedded file; VMs with the same bytes share it */
struct blob {
	char *path; /* absolute */
	const void *data;
	size_t size;
};

/** struct guest - one TOML file; @blob: index of each image, -1: none */
struct guest {
	const char *arg;   /* as given */
	const char *label; /* for messages and the Image: no folder of ours */
	char *dir;
	struct vm_config *config;
	int blob[VM_IMAGES];
};

struct tool {
	const char *out_dir;
	const char *root;
	const char *dtb_path;
	struct guest guests[TOML2C_VMS_MAX];
	unsigned int guest_count;
	struct blob blobs[TOML2C_VMS_MAX * VM_IMAGES];
	unsigned int blob_count;
	struct config_host host;
	struct config_report report;
	FILE *findings;
};

/* The images of a VM by number. */
struct image_slot {
	const char *name; /* member of struct vm_config */
	const char *key;
	size_t offset;
};
extern const struct image_slot image_slots[VM_IMAGES];

static inline struct vm_image *guest_image(struct vm_config *config,
					   unsigned int slot)
{
	return (struct vm_image *)((char *)config + image_slots[slot].offset);
}

static inline const struct vm_image *config_image(const struct vm_config *c,
						  unsigned int slot)
{
	return (const struct vm_image *)((const char *)c +
					 image_slots[slot].offset);
}

/** read_file() - all of a file, NULL and errno when it cannot be read */
void *read_file(const char *path, size_t *size);
char *xprintf(const char *fmt, ...) __printf(1, 2);

/** load_images() - find and read a VM's images; findings are reported */
void load_images(struct tool *tool, struct guest *guest);
/** load_host() - the board's tree and CPUs. Return: 0 or -1, said on stderr */
int load_host(struct tool *tool, const char *dtb_path, unsigned int cpus);

/** emit_all() - write vm_table.c, vm_images.S, vm_table.d. Return: 0, -1 */
int emit_all(const struct tool *tool);

void print_text(const struct tool *tool, FILE *out);
void print_json(const struct tool *tool, FILE *out);
void print_svg(const struct tool *tool, FILE *out);

/* Names of enumerations, for all three. */
const char *map_type_name(uint32_t type);
const char *irq_mode_name(uint32_t mode);
const char *emu_type_name(uint32_t type);
const char *boot_protocol_name(uint32_t protocol);

#endif
