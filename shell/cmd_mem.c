/* SPDX-License-Identifier: Apache-2.0 */
/* mem: who holds the machine's RAM */
#include "commands.h"

#include <lib/image.h>
#include <lib/util.h>
#include <mm/frames.h>
#include <mm/heap.h>
#include <string.h>
#include <virt/config.h>
#include <virt/ivc.h>
#include <virt/vm.h>

typedef unsigned long long ull;

#define CONFIG_IMAGES 5

static void line(const char *what, uint64_t bytes)
{
	shell_printf("%-24s %10llu KiB\n", what, (ull)(bytes >> 10));
}

static const struct vm_image *image_of(const struct vm_config *config,
				       unsigned int i)
{
	const struct vm_image *images[CONFIG_IMAGES] = {
		&config->kernel, &config->dtb, &config->ramdisk, &config->bios,
		&config->uefi};

	return images[i];
}

static const struct vm_image *image_nth(unsigned int n)
{
	return image_of(vm_config_table[n / CONFIG_IMAGES], n % CONFIG_IMAGES);
}

/* Identical images are embedded once: each counts at its first mention. */
static uint64_t embedded_bytes(void)
{
	uint64_t bytes = 0;

	for (unsigned int n = 0; n < vm_config_count * CONFIG_IMAGES; n++) {
		const struct vm_image *image = image_nth(n);
		unsigned int first = 0;

		if (!image->data)
			continue;
		while (image_nth(first)->data != image->data)
			first++;
		if (first == n)
			bytes += image->size_bytes;
	}
	return bytes;
}

static uint64_t guest_ram(const struct mm_owner *owner)
{
	uint64_t bytes = 0;

	if (owner == &ivc_owner)
		return owner->pages << PAGE_SHIFT;
	for (const struct vm *vm = vm_first(); vm; vm = vm->next)
		for (unsigned int i = 0;
		     &vm->owner == owner && i < vm->ram_count; i++)
			if (vm->ram[i].owned)
				bytes += vm->ram[i].size_bytes;
	return bytes;
}

/* What the guests cost the host beside their RAM: stage 2 tables. */
static uint64_t owners_show(void)
{
	uint64_t host = 0;

	for (const struct mm_owner *owner = mm_owner_first(); owner;
	     owner = owner->next) {
		uint64_t bytes = owner->pages << PAGE_SHIFT;
		uint64_t ram = guest_ram(owner);

		shell_printf("%-24s %10llu KiB", owner->name,
			     (ull)((bytes - ram) >> 10));
		if (ram)
			shell_printf(" + %llu KiB guest RAM", (ull)(ram >> 10));
		shell_printf("\n");
		host += bytes - ram;
	}
	return host;
}

static int mem_run(const struct shell_args *args __unused_arg)
{
	uint64_t embedded = embedded_bytes();
	uint64_t own = (uint64_t)(image.end - image.start) - embedded;
	struct frames_stats ram;
	struct heap_stats heap;
	uint64_t host;

	frames_stats(&ram);
	own -= ram.released_pages << PAGE_SHIFT;
	heap_stats(&heap);
	line("RAM", ram.total_pages << PAGE_SHIFT);
	line("free", ram.free_pages << PAGE_SHIFT);
	line("embedded guest images", embedded);
	line("Image", own);
	host = owners_show();
	shell_printf("live heap: %llu bytes in %llu objects\n",
		     (ull)heap.live_bytes, (ull)heap.live_objects);
	shell_printf("host total %llu KiB\n", (ull)((own + host) >> 10));
	return 0;
}

static const struct shell_cmd mem_cmd = {
	.name = "mem",
	.help = "show who holds the machine's RAM",
	.run = mem_run,
};
SHELL_CMD(mem_cmd);
