/* SPDX-License-Identifier: Apache-2.0 */
/* Files that toml2c reads besides the TOML: images, the board's tree. */
#include "toml2c.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include <libfdt.h>

#include "../virt/config/report.h"

#define CPUS_MAX 64

const struct image_slot image_slots[VM_IMAGES] = {
	{"kernel", "kernel_path", offsetof(struct vm_config, kernel)},
	{"dtb", "dtb_path", offsetof(struct vm_config, dtb)},
	{"ramdisk", "ramdisk_path", offsetof(struct vm_config, ramdisk)},
	{"bios", "bios_path", offsetof(struct vm_config, bios)},
	{"uefi", "uefi_firmware_path", offsetof(struct vm_config, uefi)},
	{"disk", "disk_path", offsetof(struct vm_config, disk)},
};

void *read_file(const char *path, size_t *size)
{
	FILE *file = fopen(path, "rb");
	struct stat st;
	char *data;

	if (!file)
		return NULL;
	if (fstat(fileno(file), &st)) {
		fclose(file);
		return NULL;
	}
	if (!S_ISREG(st.st_mode)) {
		fclose(file);
		errno = S_ISDIR(st.st_mode) ? EISDIR : EINVAL;
		return NULL;
	}
	*size = (size_t)st.st_size;
	data = calloc(1, *size + 1);
	if (data && fread(data, 1, *size, file) != *size) {
		free(data);
		data = NULL;
		errno = EIO;
	}
	fclose(file);
	return data;
}

/* Absolute, or from the project's root, then from the TOML's folder. */
static char *find_image(const struct tool *tool, const struct guest *guest,
			const char *path)
{
	const char *const folders[] = {tool->root, guest->dir};
	char real[PATH_MAX];
	struct stat st;
	char *file;
	size_t i;

	if (*path == '/')
		return !stat(path, &st) && S_ISREG(st.st_mode)
			       ? xprintf("%s", path)
			       : NULL;
	for (i = 0; i < ARRAY_SIZE(folders); i++) {
		file = xprintf("%s/%s", folders[i], path);
		if (!stat(file, &st) && S_ISREG(st.st_mode) &&
		    realpath(file, real)) {
			free(file);
			return xprintf("%s", real);
		}
		free(file);
	}
	return NULL;
}

static void missing_image(struct tool *tool, const struct guest *guest,
			  unsigned int slot)
{
	const struct vm_image *image = guest_image(guest->config, slot);

	config_finding(&tool->report, CONFIG_ERROR, guest->label, 0,
		       "kernel.%s: \"%.120s\": no such file%s; correct the "
		       "path, or fetch it first%s",
		       image_slots[slot].key, image->path,
		       *image->path == '/' ? ""
					   : " in the project's root or the "
					     "TOML's folder",
		       *image->path == '/' ? "" : " (make guests)");
}

/* Return: index of the blob with these bytes; the same ones are kept once. */
static int add_blob(struct tool *tool, char *path)
{
	struct blob *blob = &tool->blobs[tool->blob_count];
	unsigned int i;

	blob->data = read_file(path, &blob->size);
	if (!blob->data)
		return -1;
	for (i = 0; i < tool->blob_count; i++) {
		if (tool->blobs[i].size == blob->size &&
		    !memcmp(tool->blobs[i].data, blob->data, blob->size)) {
			free((void *)blob->data);
			return (int)i;
		}
	}
	blob->path = path;
	return (int)tool->blob_count++;
}

static void load_image(struct tool *tool, struct guest *guest,
		       unsigned int slot)
{
	struct vm_image *image = guest_image(guest->config, slot);
	char *file;
	int blob;

	file = find_image(tool, guest, image->path);
	if (!file) {
		missing_image(tool, guest, slot);
		return;
	}
	blob = add_blob(tool, file);
	if (blob < 0 || !tool->blobs[blob].size) {
		config_finding(&tool->report, CONFIG_ERROR, guest->label, 0,
			       "kernel.%s: \"%.120s\": %s; give a good file",
			       image_slots[slot].key, image->path,
			       blob < 0 ? strerror(errno)
					: "the file is empty");
		return;
	}
	guest->blob[slot] = blob;
	image->data = tool->blobs[blob].data;
	image->size_bytes = tool->blobs[blob].size;
	if (slot == 1 && fdt_check_full(image->data, image->size_bytes))
		config_finding(&tool->report, CONFIG_ERROR, guest->label, 0,
			       "kernel.dtb_path: \"%.120s\" is no device tree "
			       "blob; compile the source by dtc",
			       image->path);
}

/* A disk that no card shows is not embedded. */
static bool is_wanted(struct vm_config *config, unsigned int slot)
{
	const struct vm_image *image = guest_image(config, slot);

	return image->path &&
	       (image != &config->disk ||
		(vm_config_card(config) && !vm_disk_part(config)));
}

void load_images(struct tool *tool, struct guest *guest)
{
	unsigned int slot;

	bool fs = guest->config->image_location == VM_IMAGE_FS;

	for (slot = 0; slot < VM_IMAGES; slot++) {
		guest->blob[slot] = -1;
		if (!fs && is_wanted(guest->config, slot))
			load_image(tool, guest, slot);
	}
	/* a path on the machine's disk: nothing of this one is meant by it */
	if (fs && !IS_ENABLED(CONFIG_FS))
		config_finding(&tool->report, CONFIG_ERROR, guest->label, 0,
			       "kernel.image_location: \"fs\", which is the "
			       "default, and this Image is built without file "
			       "systems (CONFIG_FS); use \"memory\"");
}

static uint64_t read_hwid(const fdt32_t *reg, int cells)
{
	uint64_t hwid = fdt32_to_cpu(reg[0]);

	return cells > 1 ? hwid << 32 | fdt32_to_cpu(reg[1]) : hwid;
}

static unsigned int tree_cpus(const void *fdt, uint64_t *hwids)
{
	int cpus = fdt_path_offset(fdt, "/cpus");
	int cells = fdt_address_cells(fdt, cpus);
	unsigned int count = 0;
	const fdt32_t *reg;
	const char *type;
	int node;
	int len;

	if (cpus < 0 || cells < 1 || cells > 2)
		return 0;
	fdt_for_each_subnode (node, fdt, cpus) {
		type = fdt_getprop(fdt, node, "device_type", NULL);
		reg = fdt_getprop(fdt, node, "reg", &len);
		if (type && !strcmp(type, "cpu") && reg && len >= cells * 4 &&
		    count < CPUS_MAX)
			hwids[count++] = read_hwid(reg, cells);
	}
	return count;
}

int load_host(struct tool *tool, const char *dtb_path, unsigned int cpus)
{
	static uint64_t hwids[CPUS_MAX];
	unsigned int count = 0;
	size_t size;
	void *fdt;

	if (dtb_path) {
		fdt = read_file(dtb_path, &size);
		if (!fdt || fdt_check_full(fdt, size)) {
			fprintf(stderr, "toml2c: --dtb %s: %s\n", dtb_path,
				fdt ? "no device tree blob" : strerror(errno));
			return -1;
		}
		tool->host.fdt = fdt;
		count = tree_cpus(fdt, hwids);
		if (count)
			tool->host.cpu_hwids = hwids;
	}
	/* more CPUs than the tree has: their ids are unknown */
	if (cpus > count)
		tool->host.cpu_hwids = NULL;
	tool->host.cpu_count = cpus ? cpus : count;
	return 0;
}
