/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The checked VMs as JSON. The form is part of the interface
 * (Documentation/vm-config.md): members are added, never renamed.
 */
#include "toml2c.h"

static void put_string(FILE *out, const char *text)
{
	if (!text) {
		fputs("null", out);
		return;
	}
	fputc('"', out);
	for (; *text; text++) {
		if ((unsigned char)*text < 0x20 || *text == '"' ||
		    *text == '\\')
			fprintf(out, "\\u%04x", (unsigned char)*text);
		else
			fputc(*text, out);
	}
	fputc('"', out);
}

static void put_member(FILE *out, const char *name, const char *text)
{
	fprintf(out, ",\n      \"%s\": ", name);
	put_string(out, text);
}

static void put_u64s(FILE *out, const char *name, const uint64_t *list,
		     unsigned int count)
{
	unsigned int i;

	fprintf(out, ",\n      \"%s\": ", name);
	if (!list) {
		fputs("null", out);
		return;
	}
	for (i = 0; i < count; i++)
		fprintf(out, "%s%lu", i ? ", " : "[", (unsigned long)list[i]);
	fputc(']', out);
}

static void put_regions(FILE *out, const struct vm_config *c)
{
	unsigned int i;

	fprintf(out, ",\n      \"memory\": [");
	for (i = 0; i < c->region_count; i++)
		fprintf(out,
			"%s\n        {\"gpa\": %lu, \"size\": %lu, \"flags\": "
			"%u, \"map_type\": \"%s\"}",
			i ? "," : "", (unsigned long)c->regions[i].gpa,
			(unsigned long)c->regions[i].size_bytes,
			c->regions[i].prot,
			map_type_name(c->regions[i].map_type));
	fputc(']', out);
}

static void put_images(FILE *out, const struct vm_config *c)
{
	const struct vm_image *image;
	const char *comma = "";
	unsigned int i;

	fprintf(out, ",\n      \"images\": [");
	for (i = 0; i < VM_IMAGES; i++) {
		image = config_image(c, i);
		if (!image->path)
			continue;
		fprintf(out, "%s\n        {\"kind\": \"%s\", \"path\": ", comma,
			image_slots[i].name);
		put_string(out, image->path);
		fprintf(out, ", \"size\": %lu, \"load\": ",
			(unsigned long)image->size_bytes);
		if (image->has_load)
			fprintf(out, "%lu}", (unsigned long)image->load);
		else
			fprintf(out, "null}");
		comma = ",";
	}
	fputc(']', out);
}

static void put_emulated(FILE *out, const struct vm_config *c)
{
	const struct vm_emu_device *d;
	unsigned int i, j;

	fprintf(out, ",\n      \"emulated\": [");
	for (i = 0; i < c->emu_device_count; i++) {
		d = &c->emu_devices[i];
		fprintf(out, "%s\n        {\"name\": ", i ? "," : "");
		put_string(out, d->name);
		fprintf(out,
			", \"gpa\": %lu, \"size\": %lu, \"irq\": %u, "
			"\"type\": %u, \"kind\": \"%s\", \"cfg\": [",
			(unsigned long)d->gpa, (unsigned long)d->size_bytes,
			d->irq, d->type, emu_type_name(d->type));
		for (j = 0; j < d->cfg_count; j++)
			fprintf(out, "%s%lu", j ? ", " : "",
				(unsigned long)d->cfg[j]);
		fprintf(out, "]}");
	}
	fputc(']', out);
}

static void put_passthrough(FILE *out, const struct vm_config *c)
{
	const struct vm_pt_device *d;
	unsigned int i;

	fprintf(out, ",\n      \"passthrough\": [");
	for (i = 0; i < c->pt_device_count; i++) {
		d = &c->pt_devices[i];
		if (d->path) {
			fprintf(out, "%s\n        {\"path\": ", i ? "," : "");
			put_string(out, d->path);
			fputc('}', out);
			continue;
		}
		fprintf(out, "%s\n        {\"name\": ", i ? "," : "");
		put_string(out, d->name);
		fprintf(out,
			", \"gpa\": %lu, \"hpa\": %lu, \"size\": %lu, "
			"\"irq\": %u}",
			(unsigned long)d->gpa, (unsigned long)d->hpa,
			(unsigned long)d->size_bytes, d->irq);
	}
	fputc(']', out);
}

static void put_ranges(FILE *out, const char *name, const struct vm_range *list,
		       unsigned int count)
{
	unsigned int i;

	fprintf(out, ",\n      \"%s\": [", name);
	for (i = 0; i < count; i++)
		fprintf(out, "%s{\"base\": %lu, \"size\": %lu}", i ? ", " : "",
			(unsigned long)list[i].base,
			(unsigned long)list[i].size_bytes);
	fputc(']', out);
}

static void put_sched(FILE *out, const struct vm_config *c)
{
	unsigned int i;

	fprintf(out, ",\n      \"sched\": ");
	if (!c->sched) {
		fputs("null", out);
		return;
	}
	for (i = 0; i < c->vcpu_count; i++)
		fprintf(out,
			"%s{\"priority\": %u, \"slice_us\": %u, "
			"\"budget_us\": %u, \"period_us\": %u}",
			i ? ", " : "[", c->sched[i].priority,
			c->sched[i].slice_us, c->sched[i].budget_us,
			c->sched[i].period_us);
	fputc(']', out);
}

/* null: no [ivc], everything is allowed */
static void put_ivc(FILE *out, const struct vm_config *c)
{
	unsigned int i;

	fprintf(out, ",\n      \"ivc\": ");
	if (!c->has_ivc) {
		fputs("null", out);
		return;
	}
	fprintf(out, "{\"publish\": [");
	for (i = 0; i < c->ivc_publish_count; i++)
		fprintf(out, "%s%lu", i ? ", " : "",
			(unsigned long)c->ivc_publish[i]);
	fprintf(out, "], \"subscribe\": [");
	for (i = 0; i < c->ivc_subscribe_count; i++)
		fprintf(out, "%s{\"vm\": %lu, \"key\": %lu}", i ? ", " : "",
			(unsigned long)c->ivc_subscribe[i].vm,
			(unsigned long)c->ivc_subscribe[i].key);
	fprintf(out, "]}");
}

static void put_vm(FILE *out, const struct vm_config *c)
{
	unsigned int i;

	fprintf(out, "\n    {\n      \"id\": %u", c->id);
	put_member(out, "name", c->name);
	put_member(out, "file", c->file);
	fprintf(out, ",\n      \"vm_type\": %u,\n      \"vcpus\": %u", c->type,
		c->vcpu_count);
	put_u64s(out, "phys_cpu_ids", c->phys_cpu_ids, c->vcpu_count);
	put_u64s(out, "phys_cpu_sets", c->phys_cpu_sets, c->vcpu_count);
	put_member(out, "on_exit",
		   c->on_exit == VM_ON_EXIT_RESTART ? "restart" : "stop");
	fprintf(out,
		",\n      \"restart_limit\": %u,\n      \"watchdog_s\": %u",
		c->restart_limit, c->watchdog_s);
	put_member(out, "suspend_time",
		   c->suspend_time == VM_TIME_RUNS ? "runs" : "stops");
	put_sched(out, c);
	fprintf(out, ",\n      \"entry_point\": %lu",
		(unsigned long)c->entry_point);
	put_member(out, "boot_protocol", boot_protocol_name(c->boot_protocol));
	put_member(out, "cmdline", c->cmdline);
	put_member(out, "interrupt_mode", irq_mode_name(c->irq_mode));
	put_member(out, "address_space_policy",
		   c->address_policy == VM_ADDR_PASSTHROUGH ? "passthrough"
							    : "virtualized");
	put_regions(out, c);
	put_images(out, c);
	put_emulated(out, c);
	put_passthrough(out, c);
	put_ranges(out, "passthrough_addresses", c->pt_addresses,
		   c->pt_address_count);
	put_ranges(out, "passthrough_ports", c->pt_ports, c->pt_port_count);
	fprintf(out, ",\n      \"excluded\": [");
	for (i = 0; i < c->excluded_count; i++) {
		fputs(i ? ", " : "", out);
		put_string(out, c->excluded[i]);
	}
	fputc(']', out);
	put_ivc(out, c);
	fprintf(out, "\n    }");
}

void print_json(const struct tool *tool, FILE *out)
{
	unsigned int i;

	fprintf(out,
		"{\n  \"format\": 1,\n  \"errors\": %u,\n  \"warnings\": %u,\n"
		"  \"cpus\": %u,\n  \"vms\": [",
		tool->report.error_count, tool->report.warning_count,
		tool->host.cpu_count);
	for (i = 0; i < tool->guest_count; i++) {
		fputs(i ? "," : "", out);
		put_vm(out, tool->guests[i].config);
	}
	fprintf(out, "\n  ]\n}\n");
}
