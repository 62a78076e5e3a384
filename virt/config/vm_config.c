/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Guest TOML to struct vm_config, by a table of keys.
 *
 * Everything the result points to lies in its own allocation, whose size is
 * bounded beforehand from the document: strings, and one largest element for
 * each element of a key's array.
 */
#include <virt/config.h>

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include <mm/heap.h>

#include "report.h"
#include "schema.h"

static const struct word location_words[] = {
	{"memory", VM_IMAGE_MEMORY},
	{"fs", VM_IMAGE_FS},
	{NULL, 0},
};

static const struct word protocol_words[] = {
	{"direct", VM_BOOT_DIRECT},
	{"kernel", VM_BOOT_DIRECT},
	{"multiboot", VM_BOOT_MULTIBOOT},
	{"bios", VM_BOOT_MULTIBOOT},
	{"axvm-bios", VM_BOOT_MULTIBOOT},
	{"uefi", VM_BOOT_UEFI},
	{"efi", VM_BOOT_UEFI},
	{NULL, 0},
};

static const struct word irq_words[] = {
	{"no_irq", VM_IRQ_NONE},    {"no", VM_IRQ_NONE},
	{"none", VM_IRQ_NONE},      {"emulated", VM_IRQ_EMULATED},
	{"emu", VM_IRQ_EMULATED},   {"passthrough", VM_IRQ_PASSTHROUGH},
	{"pt", VM_IRQ_PASSTHROUGH}, {NULL, 0},
};

static const struct word policy_words[] = {
	{"virtualized", VM_ADDR_VIRTUALIZED},
	{"virtual", VM_ADDR_VIRTUALIZED},
	{"passthrough", VM_ADDR_PASSTHROUGH},
	{"pt", VM_ADDR_PASSTHROUGH},
	{NULL, 0},
};

static const char *value_text(const struct toml_node *node, char *buf,
			      size_t size)
{
	switch (node->type) {
	case TOML_STRING:
		snprintf(buf, size, "\"%.60s\"", node->text);
		break;
	case TOML_INTEGER:
		if (node->integer > 9)
			snprintf(buf, size, "%ld (0x%lx)", (long)node->integer,
				 (unsigned long)node->integer);
		else
			snprintf(buf, size, "%ld", (long)node->integer);
		break;
	case TOML_BOOL:
		return node->boolean ? "true" : "false";
	case TOML_FLOAT:
		snprintf(buf, size, "%.30s", node->text);
		break;
	case TOML_ARRAY:
		snprintf(buf, size, "[array of %u]", node->count);
		break;
	default:
		snprintf(buf, size, "{%s}", toml_type_name(node->type));
	}
	return buf;
}

void reader_wrong(struct reader *rd, const struct schema_row *row,
		  const struct toml_node *node, const char *why)
{
	char value[80];

	config_finding(rd->report, CONFIG_ERROR, rd->file, node->line,
		       "%s.%s: %s: %s; write for example: %s = %s",
		       row->section, row->key,
		       value_text(node, value, sizeof(value)), why, row->key,
		       row->example);
}

void *reader_pool(struct reader *rd, size_t count, size_t size)
{
	size_t bytes = ALIGN_UP(count * size, 8);
	void *p = rd->pool;

	if (bytes > rd->pool_left)
		return NULL;
	rd->pool += bytes;
	rd->pool_left -= bytes;
	return p;
}

bool reader_uint(struct reader *rd, const struct schema_row *row,
		 const struct toml_node *node, uint64_t max, uint64_t *value)
{
	char why[64];

	if (node->type != TOML_INTEGER) {
		snprintf(why, sizeof(why), "is of type %s, not integer",
			 toml_type_name(node->type));
		reader_wrong(rd, row, node, why);
		return false;
	}
	if (node->integer < 0) {
		reader_wrong(rd, row, node, "must not be negative");
		return false;
	}
	*value = (uint64_t)node->integer;
	if (*value > max) {
		snprintf(why, sizeof(why), "is more than 0x%lx",
			 (unsigned long)max);
		reader_wrong(rd, row, node, why);
		return false;
	}
	return true;
}

const char *reader_string(struct reader *rd, const struct schema_row *row,
			  const struct toml_node *node)
{
	char why[64];
	char *copy;
	size_t i;

	if (node->type != TOML_STRING) {
		snprintf(why, sizeof(why), "is of type %s, not string",
			 toml_type_name(node->type));
		reader_wrong(rd, row, node, why);
		return NULL;
	}
	for (i = 0; i < node->len; i++) {
		if ((uint8_t)node->text[i] < 0x20 || node->text[i] == 0x7f) {
			reader_wrong(rd, row, node,
				     "has a control character in it");
			return NULL;
		}
	}
	copy = reader_pool(rd, node->len + 1, 1);
	if (copy)
		memcpy(copy, node->text, node->len + 1);
	return copy;
}

static void set_u32(struct reader *rd, const struct schema_row *row,
		    const struct toml_node *node)
{
	uint64_t value;

	if (reader_uint(rd, row, node, UINT32_MAX, &value))
		*(uint32_t *)reader_field(rd, row->offset) = (uint32_t)value;
}

static void set_u64(struct reader *rd, const struct schema_row *row,
		    const struct toml_node *node)
{
	uint64_t value;

	if (reader_uint(rd, row, node, INT64_MAX, &value))
		*(uint64_t *)reader_field(rd, row->offset) = value;
}

static void set_vcpus(struct reader *rd, const struct schema_row *row,
		      const struct toml_node *node)
{
	uint64_t value;
	char why[64];

	if (!reader_uint(rd, row, node, UINT32_MAX, &value))
		return;
	if (!value || value > SCHEMA_MAX_VCPUS) {
		snprintf(why, sizeof(why), "a VM has 1 to %d vCPUs here",
			 SCHEMA_MAX_VCPUS);
		reader_wrong(rd, row, node, why);
		return;
	}
	rd->config->vcpu_count = (uint32_t)value;
}

static void set_vm_type(struct reader *rd, const struct schema_row *row,
			const struct toml_node *node)
{
	uint64_t value;

	if (!reader_uint(rd, row, node, INT64_MAX, &value))
		return;
	if (value > VM_TYPE_LINUX) {
		config_finding(rd->report, CONFIG_WARNING, rd->file, node->line,
			       "%s.%s: %lu is unknown (0 host VM, 1 RTOS or "
			       "any, 2 Linux); taken as 1",
			       row->section, row->key, (unsigned long)value);
		value = VM_TYPE_RTOS;
	}
	rd->config->type = (uint32_t)value;
}

static void set_bool(struct reader *rd, const struct schema_row *row,
		     const struct toml_node *node)
{
	if (node->type != TOML_BOOL)
		reader_wrong(rd, row, node, "is neither true nor false");
	else
		*(bool *)reader_field(rd, row->offset) = node->boolean;
}

static void set_string(struct reader *rd, const struct schema_row *row,
		       const struct toml_node *node)
{
	*(const char **)reader_field(rd, row->offset) =
		reader_string(rd, row, node);
}

static void set_name(struct reader *rd, const struct schema_row *row,
		     const struct toml_node *node)
{
	const char *name = reader_string(rd, row, node);

	if (!name)
		return;
	if (!*name || strlen(name) > 63)
		reader_wrong(rd, row, node, "a name has 1 to 63 bytes");
	rd->config->name = name;
}

/* An empty path is none: AxVisor's templates say ramdisk_path = "". */
static void set_path(struct reader *rd, const struct schema_row *row,
		     const struct toml_node *node)
{
	const char *path = reader_string(rd, row, node);

	if (path && *path)
		*(const char **)reader_field(rd, row->offset) = path;
}

static void set_load(struct reader *rd, const struct schema_row *row,
		     const struct toml_node *node)
{
	struct vm_image *image = reader_field(rd, row->offset);

	image->has_load = reader_uint(rd, row, node, INT64_MAX, &image->load);
}

static void set_word(struct reader *rd, const struct schema_row *row,
		     const struct toml_node *node)
{
	const char *near[16];
	const struct word *word;
	unsigned int count = 0;
	char why[96];
	int guess;

	if (node->type != TOML_STRING) {
		reader_wrong(rd, row, node, "is not a string");
		return;
	}
	for (word = row->words; word->text; word++) {
		near[count++] = word->text;
		if (!strcmp(word->text, node->text) &&
		    strlen(word->text) == node->len) {
			*(uint32_t *)reader_field(rd, row->offset) =
				word->value;
			return;
		}
	}
	guess = config_nearest(node->text, node->len, near, count);
	if (guess >= 0)
		snprintf(why, sizeof(why), "is not known, was \"%s\" meant",
			 near[guess]);
	else
		snprintf(why, sizeof(why), "is not known");
	reader_wrong(rd, row, node, why);
}

#define AT(field) .offset = offsetof(struct vm_config, field)
#define LIST(field, count)                                                     \
	.offset = offsetof(struct vm_config, field),                           \
	.count_offset = offsetof(struct vm_config, count)
#define REQUIRED .required = true

static const struct schema_row schema[] = {
	{"base", "id", "1", set_u32, AT(id), REQUIRED},
	{"base", "name", "\"linux\"", set_name, AT(name), REQUIRED},
	{"base", "vm_type", "1", set_vm_type, AT(type)},
	{"base", "cpu_num", "1", set_vcpus, REQUIRED},
	{"base", "phys_cpu_ids", "[0x0]", set_u64_list, AT(phys_cpu_ids)},
	{"base", "phys_cpu_sets", "[0x1]", set_u64_list, AT(phys_cpu_sets)},

	{"base", "on_exit", "\"restart\"", set_word, .words = on_exit_words,
	 AT(on_exit)},
	{"base", "restart_limit", "5", set_restart_limit, AT(restart_limit)},
	{"base", "watchdog_s", "30", set_watchdog, AT(watchdog_s)},
	{"base", "suspend_time", "\"stops\"", set_word,
	 .words = suspend_time_words, AT(suspend_time)},

	{"kernel", "entry_point", "0x4020_0000", set_u64, AT(entry_point),
	 REQUIRED},
	{"kernel", "kernel_path", "\"images/Image\"", set_path,
	 AT(kernel.path)},
	{"kernel", "kernel_load_addr", "0x4020_0000", set_load, AT(kernel),
	 REQUIRED},
	{"kernel", "image_location", "\"memory\"", set_word,
	 .words = location_words, AT(image_location)},
	{"kernel", "dtb_path", "\"images/guest.dtb\"", set_path, AT(dtb.path)},
	{"kernel", "dtb_load_addr", "0x4800_0000", set_load, AT(dtb)},
	{"kernel", "ramdisk_path", "\"images/initramfs\"", set_path,
	 AT(ramdisk.path)},
	{"kernel", "ramdisk_load_addr", "0x4900_0000", set_load, AT(ramdisk)},
	{"kernel", "bios_path", "\"images/axvm-bios.bin\"", set_path,
	 AT(bios.path)},
	{"kernel", "bios_load_addr", "0x8000", set_load, AT(bios)},
	{"kernel", "uefi_firmware_path", "\"images/OVMF.fd\"", set_path,
	 AT(uefi.path)},
	{"kernel", "disk_path", "\"disk.img\"", set_path, AT(disk.path)},
	{"kernel", "cmdline", "\"console=ttyAMA0\"", set_string, AT(cmdline)},
	{"kernel", "enable_bios", "false", set_bool, AT(enable_bios)},
	{"kernel", "boot_protocol", "\"direct\"", set_word,
	 .words = protocol_words, AT(boot_protocol)},
	{"kernel", "memory_regions", "[[0x4000_0000, 0x1000_0000, 0x7, 0]]",
	 set_regions, LIST(regions, region_count), REQUIRED},

	{"devices", "emu_devices",
	 "[[\"uart\", 0x900_0000, 0x1000, 33, 0x2, []]]", set_emu_devices,
	 LIST(emu_devices, emu_device_count)},
	{"devices", "passthrough_devices", "[[\"/soc/serial@feb50000\"]]",
	 set_pt_devices, LIST(pt_devices, pt_device_count)},
	{"devices", "passthrough_addresses", "[[0x2804_1000, 0x1000]]",
	 set_ranges, LIST(pt_addresses, pt_address_count)},
	{"devices", "passthrough_ports", "[[0x3f8, 8]]", set_ranges,
	 LIST(pt_ports, pt_port_count)},
	{"devices", "excluded_devices", "[[\"/pcie@10000000\"]]", set_excluded,
	 LIST(excluded, excluded_count)},
	{"devices", "interrupt_mode", "\"emulated\"", set_word,
	 .words = irq_words, AT(irq_mode)},
	{"devices", "address_space_policy", "\"virtualized\"", set_word,
	 .words = policy_words, AT(address_policy)},

	{"sched", "priority", "8", set_sched, .offset = SCHED_PRIORITY},
	{"sched", "slice_us", "10_000", set_sched, .offset = SCHED_SLICE},
	{"sched", "budget_us", "2_000", set_sched, .offset = SCHED_BUDGET},
	{"sched", "period_us", "10_000", set_sched, .offset = SCHED_PERIOD},

	{"ivc", "publish", "[0x10, 0x11]", set_ivc_keys,
	 LIST(ivc_publish, ivc_publish_count)},
	{"ivc", "subscribe", "[[2, 0x10]]", set_ivc_peers,
	 LIST(ivc_subscribe, ivc_subscribe_count)},
};

static const char *const sections[] = {"base", "kernel", "devices", "sched",
				       "ivc"};

static bool key_is(const struct toml_node *node, const char *key)
{
	return node->key_len == strlen(key) &&
	       !memcmp(node->key, key, node->key_len);
}

static int printed(const struct toml_node *node)
{
	return (int)MIN(node->key_len, 40U);
}

static const struct schema_row *row_find(const char *section,
					 const struct toml_node *node)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(schema); i++)
		if ((!section || !strcmp(schema[i].section, section)) &&
		    key_is(node, schema[i].key))
			return &schema[i];
	return NULL;
}

/* An unknown key: say where it belongs, or what it resembles. */
static void unknown_key(struct reader *rd, const char *section,
			const struct toml_node *node)
{
	const struct schema_row *row = row_find(NULL, node);
	const char *near[ARRAY_SIZE(schema)];
	const char *dot = *section ? "." : "";
	unsigned int i;
	int guess;

	for (i = 0; i < ARRAY_SIZE(schema); i++)
		near[i] = schema[i].key;
	guess = config_nearest(node->key, node->key_len, near,
			       ARRAY_SIZE(schema));
	if (row)
		config_finding(rd->report, CONFIG_ERROR, rd->file, node->line,
			       "%s%s%.*s: unknown key here; it belongs in [%s]",
			       section, dot, printed(node), node->key,
			       row->section);
	else if (guess >= 0)
		config_finding(rd->report, CONFIG_ERROR, rd->file, node->line,
			       "%s%s%.*s: unknown key; was '%s' of [%s] meant?",
			       section, dot, printed(node), node->key,
			       schema[guess].key, schema[guess].section);
	else
		config_finding(rd->report, CONFIG_ERROR, rd->file, node->line,
			       "%s%s%.*s: unknown key; remove it (see "
			       "Documentation/vm-config.md)",
			       section, dot, printed(node), node->key);
}

static void read_section(struct reader *rd, const char *section,
			 const struct toml_node *table)
{
	const struct toml_node *node;
	const struct schema_row *row;

	for (node = table->first; node; node = node->next) {
		row = row_find(section, node);
		if (row)
			row->set(rd, row, node);
		else
			unknown_key(rd, section, node);
	}
}

static void read_root(struct reader *rd, const struct toml_node *root)
{
	const struct toml_node *node;
	unsigned int i;
	int guess;

	for (node = root->first; node; node = node->next) {
		for (i = 0; i < ARRAY_SIZE(sections); i++)
			if (key_is(node, sections[i]))
				break;
		if (i < ARRAY_SIZE(sections) && node->type == TOML_TABLE) {
			read_section(rd, sections[i], node);
		} else if (i < ARRAY_SIZE(sections)) {
			config_finding(rd->report, CONFIG_ERROR, rd->file,
				       node->line,
				       "%s: is of type %s; begin the section "
				       "with a line [%s]",
				       sections[i], toml_type_name(node->type),
				       sections[i]);
		} else if (node->type != TOML_TABLE) {
			unknown_key(rd, "", node);
		} else {
			guess = config_nearest(node->key, node->key_len,
					       sections, ARRAY_SIZE(sections));
			config_finding(rd->report, CONFIG_ERROR, rd->file,
				       node->line,
				       "[%.*s]: unknown section; %s%s",
				       printed(node), node->key,
				       guess < 0 ? "there are [base], "
						   "[kernel], [devices], "
						   "[sched] and [ivc]"
						 : "was meant: ",
				       guess < 0 ? "" : sections[guess]);
		}
	}
}

static void check_required(struct reader *rd, const struct toml_node *root)
{
	const struct toml_node *table;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(schema); i++) {
		if (!schema[i].required)
			continue;
		table = toml_get(root, schema[i].section);
		if (!table || !toml_get(table, schema[i].key))
			config_finding(rd->report, CONFIG_ERROR, rd->file,
				       table ? table->line : 0,
				       "%s.%s: missing; add under [%s]: %s = "
				       "%s",
				       schema[i].section, schema[i].key,
				       schema[i].section, schema[i].key,
				       schema[i].example);
	}
}

static void check_array_length(struct reader *rd, const struct toml_node *root,
			       const char *key, uint32_t count)
{
	const struct toml_node *base = toml_get(root, "base");
	const struct toml_node *node = base ? toml_get(base, key) : NULL;

	if (!node || !rd->config->vcpu_count || node->type != TOML_ARRAY ||
	    count == rd->config->vcpu_count)
		return;
	config_finding(rd->report, CONFIG_ERROR, rd->file, node->line,
		       "base.%s: has %u elements, but base.cpu_num = %u; give "
		       "one for each vCPU",
		       key, count, rd->config->vcpu_count);
}

/* What one key demands of another. */
static void check_across_keys(struct reader *rd, const struct toml_node *root)
{
	const struct toml_node *kernel = toml_get(root, "kernel");
	struct vm_config *config = rd->config;

	check_array_length(rd, root, "phys_cpu_ids", rd->id_count);
	check_array_length(rd, root, "phys_cpu_sets", rd->set_count);
	check_policy(rd, root);
	sched_finish(rd);
	config->has_ivc = toml_get(root, "ivc");
	if (!kernel)
		return;
	if (config->enable_bios && !toml_get(kernel, "boot_protocol"))
		config->boot_protocol = VM_BOOT_MULTIBOOT;
	if (config->boot_protocol == VM_BOOT_UEFI) {
		config->uefi.load = config->bios.load;
		config->uefi.has_load = config->bios.has_load;
		if (!config->uefi.path)
			config_finding(
				rd->report, CONFIG_ERROR, rd->file,
				kernel->line,
				"kernel.uefi_firmware_path: missing, but "
				"boot_protocol = \"uefi\"; name the "
				"firmware's file");
	} else if (!config->kernel.path) {
		config_finding(rd->report, CONFIG_ERROR, rd->file, kernel->line,
			       "kernel.kernel_path: missing; add under "
			       "[kernel]: kernel_path = \"images/Image\"");
	}
}

/* Upper bound of what the setters take from the pool. */
static size_t pool_bound(const struct toml_node *node, unsigned int depth)
{
	const struct toml_node *child;
	size_t bytes = 0;

	if (node->type == TOML_STRING)
		return node->len + 1 + 8;
	if (node->type > TOML_ARRAY)
		return 0;
	if (node->type == TOML_ARRAY && depth == 2)
		bytes = node->count * sizeof(struct vm_emu_device) + 8;
	for (child = node->first; child; child = child->next)
		bytes += pool_bound(child, depth + 1);
	return bytes;
}

static int read_document(const char *file, const struct toml_node *root,
			 struct config_report *report, struct vm_config **out)
{
	size_t pool = pool_bound(root, 0) + sched_pool_bytes();
	unsigned int errors = report->error_count;
	struct reader rd = {.file = file, .report = report};

	rd.config = heap_alloc(sizeof(*rd.config) + pool);
	if (!rd.config)
		return -ENOMEM;
	rd.pool = (uint8_t *)(rd.config + 1);
	rd.pool_left = pool;
	rd.config->file = file;
	rd.config->type = VM_TYPE_RTOS;
	rd.config->restart_limit = SCHEMA_RESTART_LIMIT;
	read_root(&rd, root);
	check_required(&rd, root);
	check_across_keys(&rd, root);
	if (report->error_count != errors) {
		heap_free(rd.config);
		return -EINVAL;
	}
	*out = rd.config;
	return 0;
}

_Static_assert(TOML_MAX_BYTES == VM_CONFIG_MAX_BYTES, "one limit");

int vm_config_parse(const char *file, const char *text, size_t len,
		    struct config_report *report, struct vm_config **config)
{
	struct toml_error error;
	struct toml_doc *doc;
	int err;

	*config = NULL;
	err = toml_parse(text, len, &doc, &error);
	if (err == -EINVAL)
		config_finding(report, CONFIG_ERROR, file, error.line,
			       "column %u: %s", error.col, error.text);
	if (err)
		return err;
	err = read_document(file, toml_root(doc), report, config);
	toml_free(doc);
	return err;
}

void vm_config_free(struct vm_config *config)
{
	heap_free(config);
}
