/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What toml2c writes: the VM table, the images, and what they depend on.
 *
 * The same inputs give the same bytes in the Image, wherever they lie: paths
 * of this machine stand only in .incbin lines and in the dependency file.
 */
#include "toml2c.h"

#include <string.h>

static void put_string(FILE *out, const char *text)
{
	if (!text) {
		fputs("NULL", out);
		return;
	}
	fputc('"', out);
	for (; *text; text++) {
		/* octal: a hex escape would swallow following digits */
		if (*text == '"' || *text == '\\' || *text == '?' ||
		    (unsigned char)*text < 0x20 || (unsigned char)*text > 0x7e)
			fprintf(out, "\\%03o", (unsigned char)*text);
		else
			fputc(*text, out);
	}
	fputc('"', out);
}

static void put_image(FILE *out, const struct guest *guest, unsigned int slot)
{
	const struct vm_image *image = config_image(guest->config, slot);

	if (!image->path && !image->has_load)
		return;
	fprintf(out, "\t.%s = {", image_slots[slot].name);
	if (image->path) {
		fprintf(out, ".path = ");
		put_string(out, image->path);
		fprintf(out, ", ");
	}
	if (guest->blob[slot] >= 0)
		fprintf(out, ".data = vm_image_%d, .size_bytes = 0x%lx, ",
			guest->blob[slot], (unsigned long)image->size_bytes);
	fprintf(out, ".load = 0x%lx, .has_load = %d},\n",
		(unsigned long)image->load, image->has_load);
}

static void put_u64s(FILE *out, unsigned int vm, const char *name,
		     const uint64_t *list, unsigned int count)
{
	unsigned int i;

	if (!list || !count)
		return;
	fprintf(out, "static const uint64_t vm%u_%s[] = {", vm, name);
	for (i = 0; i < count; i++)
		fprintf(out, "%s0x%lx", i ? ", " : "", (unsigned long)list[i]);
	fprintf(out, "};\n");
}

static void put_regions(FILE *out, unsigned int vm, const struct vm_config *c)
{
	unsigned int i;

	fprintf(out, "static const struct vm_region vm%u_regions[] = {\n", vm);
	for (i = 0; i < c->region_count; i++)
		fprintf(out, "\t{0x%lx, 0x%lx, 0x%x, %u},\n",
			(unsigned long)c->regions[i].gpa,
			(unsigned long)c->regions[i].size_bytes,
			c->regions[i].prot, c->regions[i].map_type);
	fprintf(out, "};\n");
}

static void put_emu_devices(FILE *out, unsigned int vm,
			    const struct vm_config *c)
{
	const struct vm_emu_device *d;
	unsigned int i, j;

	if (!c->emu_device_count)
		return;
	fprintf(out, "static const struct vm_emu_device vm%u_emu[] = {\n", vm);
	for (i = 0; i < c->emu_device_count; i++) {
		d = &c->emu_devices[i];
		fprintf(out, "\t{");
		put_string(out, d->name);
		fprintf(out, ", 0x%lx, 0x%lx, %u, 0x%x, {",
			(unsigned long)d->gpa, (unsigned long)d->size_bytes,
			d->irq, d->type);
		for (j = 0; j < MAX(d->cfg_count, 1U); j++)
			fprintf(out, "%s0x%lx", j ? ", " : "",
				(unsigned long)d->cfg[j]);
		fprintf(out, "}, %u},\n", d->cfg_count);
	}
	fprintf(out, "};\n");
}

static void put_pt_devices(FILE *out, unsigned int vm,
			   const struct vm_config *c)
{
	const struct vm_pt_device *d;
	unsigned int i;

	if (!c->pt_device_count)
		return;
	fprintf(out, "static const struct vm_pt_device vm%u_pt[] = {\n", vm);
	for (i = 0; i < c->pt_device_count; i++) {
		d = &c->pt_devices[i];
		fprintf(out, "\t{");
		put_string(out, d->path);
		fprintf(out, ", ");
		put_string(out, d->name);
		fprintf(out, ", 0x%lx, 0x%lx, 0x%lx, %u},\n",
			(unsigned long)d->gpa, (unsigned long)d->hpa,
			(unsigned long)d->size_bytes, d->irq);
	}
	fprintf(out, "};\n");
}

static void put_ranges(FILE *out, unsigned int vm, const char *name,
		       const struct vm_range *list, unsigned int count)
{
	unsigned int i;

	if (!count)
		return;
	fprintf(out, "static const struct vm_range vm%u_%s[] = {\n", vm, name);
	for (i = 0; i < count; i++)
		fprintf(out, "\t{0x%lx, 0x%lx},\n", (unsigned long)list[i].base,
			(unsigned long)list[i].size_bytes);
	fprintf(out, "};\n");
}

static void put_excluded(FILE *out, unsigned int vm, const struct vm_config *c)
{
	unsigned int i;

	if (!c->excluded_count)
		return;
	fprintf(out, "static const char *const vm%u_excluded[] = {\n", vm);
	for (i = 0; i < c->excluded_count; i++) {
		fputc('\t', out);
		put_string(out, c->excluded[i]);
		fprintf(out, ",\n");
	}
	fprintf(out, "};\n");
}

static void put_sched(FILE *out, unsigned int vm, const struct vm_config *c)
{
	unsigned int i;

	if (!c->sched)
		return;
	fprintf(out, "static const struct vm_sched vm%u_sched[] = {\n", vm);
	for (i = 0; i < c->vcpu_count; i++)
		fprintf(out, "\t{%u, %u, %u, %u},\n", c->sched[i].priority,
			c->sched[i].slice_us, c->sched[i].budget_us,
			c->sched[i].period_us);
	fprintf(out, "};\n");
}

static void put_ivc(FILE *out, unsigned int vm, const struct vm_config *c)
{
	unsigned int i;

	put_u64s(out, vm, "ivc_publish", c->ivc_publish, c->ivc_publish_count);
	if (!c->ivc_subscribe_count)
		return;
	fprintf(out,
		"static const struct vm_ivc_peer vm%u_ivc_subscribe[] = {\n",
		vm);
	for (i = 0; i < c->ivc_subscribe_count; i++)
		fprintf(out, "\t{0x%lx, 0x%lx},\n",
			(unsigned long)c->ivc_subscribe[i].vm,
			(unsigned long)c->ivc_subscribe[i].key);
	fprintf(out, "};\n");
}

static void put_list(FILE *out, unsigned int vm, const char *member,
		     const char *count_member, const char *name,
		     unsigned int count)
{
	if (count)
		fprintf(out, "\t.%s = vm%u_%s,\n\t.%s = %u,\n", member, vm,
			name, count_member, count);
}

static void put_member_string(FILE *out, const char *member, const char *text)
{
	if (!text)
		return;
	fprintf(out, "\t.%s = ", member);
	put_string(out, text);
	fprintf(out, ",\n");
}

static void put_config(FILE *out, unsigned int vm, const struct guest *guest)
{
	const struct vm_config *c = guest->config;
	unsigned int slot;

	fprintf(out, "static const struct vm_config vm%u = {\n", vm);
	put_member_string(out, "file", c->file);
	fprintf(out, "\t.id = %u,\n", c->id);
	put_member_string(out, "name", c->name);
	fprintf(out, "\t.type = %u,\n\t.vcpu_count = %u,\n", c->type,
		c->vcpu_count);
	if (c->phys_cpu_ids)
		fprintf(out, "\t.phys_cpu_ids = vm%u_ids,\n", vm);
	if (c->phys_cpu_sets)
		fprintf(out, "\t.phys_cpu_sets = vm%u_sets,\n", vm);
	fprintf(out,
		"\t.on_exit = %u,\n\t.restart_limit = %u,\n"
		"\t.watchdog_s = %u,\n\t.suspend_time = %u,\n",
		c->on_exit, c->restart_limit, c->watchdog_s, c->suspend_time);
	fprintf(out, "\t.entry_point = 0x%lx,\n",
		(unsigned long)c->entry_point);
	for (slot = 0; slot < VM_IMAGES; slot++)
		put_image(out, guest, slot);
	put_member_string(out, "cmdline", c->cmdline);
	fprintf(out, "\t.image_location = %u,\n\t.boot_protocol = %u,\n",
		c->image_location, c->boot_protocol);
	fprintf(out, "\t.enable_bios = %d,\n", c->enable_bios);
	put_list(out, vm, "regions", "region_count", "regions",
		 c->region_count);
	put_list(out, vm, "emu_devices", "emu_device_count", "emu",
		 c->emu_device_count);
	put_list(out, vm, "pt_devices", "pt_device_count", "pt",
		 c->pt_device_count);
	put_list(out, vm, "pt_addresses", "pt_address_count", "addresses",
		 c->pt_address_count);
	put_list(out, vm, "pt_ports", "pt_port_count", "ports",
		 c->pt_port_count);
	put_list(out, vm, "excluded", "excluded_count", "excluded",
		 c->excluded_count);
	if (c->sched)
		fprintf(out, "\t.sched = vm%u_sched,\n", vm);
	if (c->has_ivc)
		fprintf(out, "\t.has_ivc = true,\n");
	put_list(out, vm, "ivc_publish", "ivc_publish_count", "ivc_publish",
		 c->ivc_publish_count);
	put_list(out, vm, "ivc_subscribe", "ivc_subscribe_count",
		 "ivc_subscribe", c->ivc_subscribe_count);
	fprintf(out, "\t.irq_mode = %u,\n\t.address_policy = %u,\n};\n",
		c->irq_mode, c->address_policy);
}

static void put_vm(FILE *out, unsigned int vm, const struct guest *guest)
{
	const struct vm_config *c = guest->config;

	fputc('\n', out);
	put_u64s(out, vm, "ids", c->phys_cpu_ids, c->vcpu_count);
	put_u64s(out, vm, "sets", c->phys_cpu_sets, c->vcpu_count);
	put_regions(out, vm, c);
	put_emu_devices(out, vm, c);
	put_pt_devices(out, vm, c);
	put_ranges(out, vm, "addresses", c->pt_addresses, c->pt_address_count);
	put_ranges(out, vm, "ports", c->pt_ports, c->pt_port_count);
	put_excluded(out, vm, c);
	put_sched(out, vm, c);
	put_ivc(out, vm, c);
	put_config(out, vm, guest);
	fprintf(out,
		"_Static_assert(%u <= CONFIG_VM_MAX_VCPUS, "
		"\"base.cpu_num\");\n",
		c->vcpu_count);
}

/* The numbers written above mean what they meant to this program. */
static void put_layout_asserts(FILE *out)
{
	fprintf(out,
		"_Static_assert(sizeof(struct vm_region) == %zu, \"layout\");\n"
		"_Static_assert(sizeof(struct vm_range) == %zu, \"layout\");\n"
		"_Static_assert(sizeof(struct vm_sched) == %zu, \"layout\");\n"
		"_Static_assert(sizeof(struct vm_ivc_peer) == %zu, "
		"\"layout\");\n"
		"_Static_assert(VM_EMU_CFG_MAX == %d, \"layout\");\n"
		"_Static_assert(VM_MAP_RESERVED == %d, \"layout\");\n"
		"_Static_assert(VM_IMAGE_MEMORY == %d, \"layout\");\n"
		"_Static_assert(VM_BOOT_UEFI == %d, \"layout\");\n"
		"_Static_assert(VM_IRQ_PASSTHROUGH == %d, \"layout\");\n"
		"_Static_assert(VM_ADDR_PASSTHROUGH == %d, \"layout\");\n"
		"_Static_assert(VM_ON_EXIT_RESTART == %d, \"layout\");\n"
		"_Static_assert(VM_TIME_RUNS == %d, \"layout\");\n",
		sizeof(struct vm_region), sizeof(struct vm_range),
		sizeof(struct vm_sched), sizeof(struct vm_ivc_peer),
		VM_EMU_CFG_MAX, VM_MAP_RESERVED, VM_IMAGE_MEMORY, VM_BOOT_UEFI,
		VM_IRQ_PASSTHROUGH, VM_ADDR_PASSTHROUGH, VM_ON_EXIT_RESTART,
		VM_TIME_RUNS);
}

static void emit_table(const struct tool *tool, FILE *out)
{
	unsigned int i;

	fprintf(out, "/* Generated by toml2c. */\n"
		     "#include <stddef.h>\n\n#include <virt/config.h>\n\n");
	put_layout_asserts(out);
	for (i = 0; i < tool->blob_count; i++)
		fprintf(out, "extern const char vm_image_%u[];\n", i);
	for (i = 0; i < tool->guest_count; i++)
		put_vm(out, i, &tool->guests[i]);
	fprintf(out, "\nconst struct vm_config *const vm_config_table[] = {\n");
	for (i = 0; i < tool->guest_count; i++)
		fprintf(out, "\t&vm%u,\n", i);
	fprintf(out, "%s};\nconst unsigned int vm_config_count = %u;\n",
		tool->guest_count ? "" : "\tNULL, /* no array is empty */\n",
		tool->guest_count);
}

static void emit_images(const struct tool *tool, FILE *out)
{
	const char *p;
	unsigned int i;

	fprintf(out, "/* Generated by toml2c. */\n"
		     "\t.section .note.GNU-stack, \"\", %%progbits\n");
	if (tool->blob_count)
		fprintf(out, "\t.section .guests, \"a\", %%progbits\n"
			     "\t.balign 4096\n");
	for (i = 0; i < tool->blob_count; i++) {
		fprintf(out,
			"\t.global vm_image_%u\n"
			"\t.type vm_image_%u, %%object\n"
			"\t.size vm_image_%u, 0x%zx\nvm_image_%u:\n"
			"\t.incbin \"",
			i, i, i, tool->blobs[i].size, i);
		for (p = tool->blobs[i].path; *p; p++) {
			if (*p == '"' || *p == '\\')
				fputc('\\', out);
			fputc(*p, out);
		}
		fprintf(out, "\", 0, 0x%zx\n\t.balign 4096\n",
			tool->blobs[i].size);
	}
}

static void put_make_path(FILE *out, const char *path)
{
	for (; *path; path++) {
		if (*path == ' ' || *path == '#')
			fputc('\\', out);
		if (*path == '$')
			fputc('$', out);
		fputc(*path, out);
	}
}

/* Every file read; again as a target, so that a removed one is no error. */
static void emit_depend(const struct tool *tool, FILE *out)
{
	unsigned int i;
	int pass;

	put_make_path(out, tool->out_dir);
	fprintf(out, "/vm_table.c ");
	put_make_path(out, tool->out_dir);
	fprintf(out, "/vm_images.S:");
	for (pass = 0; pass < 2; pass++) {
		const char *before = pass ? "\n" : " \\\n  ";
		const char *behind = pass ? ":" : "";

		for (i = 0; i < tool->guest_count; i++) {
			fputs(before, out);
			put_make_path(out, tool->guests[i].arg);
			fputs(behind, out);
		}
		for (i = 0; i < tool->blob_count; i++) {
			fputs(before, out);
			put_make_path(out, tool->blobs[i].path);
			fputs(behind, out);
		}
		if (tool->dtb_path) {
			fputs(before, out);
			put_make_path(out, tool->dtb_path);
			fputs(behind, out);
		}
	}
	fputc('\n', out);
}

static int emit(const struct tool *tool, const char *name,
		void (*write)(const struct tool *tool, FILE *out))
{
	char *path = xprintf("%s/%s", tool->out_dir, name);
	FILE *out = fopen(path, "w");
	int bad = !out;

	if (out) {
		write(tool, out);
		bad = ferror(out);
		bad |= fclose(out);
	}
	if (bad)
		perror(path);
	return bad ? -1 : 0;
}

int emit_all(const struct tool *tool)
{
	if (emit(tool, "vm_table.c", emit_table) ||
	    emit(tool, "vm_images.S", emit_images) ||
	    emit(tool, "vm_table.d", emit_depend))
		return -1;
	return 0;
}
