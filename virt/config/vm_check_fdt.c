/* SPDX-License-Identifier: Apache-2.0 */
/* Configurations against the board's device tree. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include <libfdt.h>

#include <lib/fdt.h>

#include "vm_check.h"

#define REG_MAX 16 /* entries of a node's reg looked at */
#define PATH_TEXT 128

/* Longest leading part of @path that exists. */
static int nearest_ancestor(const void *fdt, const char *path, size_t *len)
{
	const char *slash = path + strlen(path);
	int node = -FDT_ERR_NOTFOUND;

	while (slash > path && node < 0) {
		for (slash--; slash > path && *slash != '/'; slash--)
			;
		node = slash == path ? 0
				     : fdt_path_offset_namelen(
					       fdt, path, (int)(slash - path));
	}
	*len = (size_t)(slash - path);
	return node;
}

/* A child of @parent that resembles the first part of @rest; NULL. */
static const char *similar_child(const void *fdt, int parent, const char *rest)
{
	const char *names[64];
	const char *end = strchr(rest, '/');
	size_t len = end ? (size_t)(end - rest) : strlen(rest);
	unsigned int count = 0;
	int node;
	int guess;

	fdt_for_each_subnode (node, fdt, parent) {
		if (count == ARRAY_SIZE(names))
			break;
		names[count] = fdt_get_name(fdt, node, NULL);
		count += names[count] != NULL;
	}
	guess = config_nearest(rest, len, names, count);
	return guess < 0 ? NULL : names[guess];
}

static void missing_path(struct check *check, const struct vm_config *config,
			 unsigned int i)
{
	const char *path = config->pt_devices[i].path;
	const void *fdt = check->host->fdt;
	const char *child;
	size_t len;
	int node = nearest_ancestor(fdt, path, &len);

	child = similar_child(fdt, node, path + len + 1);
	check_error(check, config,
		    "devices.passthrough_devices[%u]: \"%.100s\" is not in the "
		    "device tree; \"%.*s\" is%s%.*s%s%s%s",
		    i, path, len ? (int)len : 1, path,
		    child ? ", was \"" : "; name a node below it",
		    child ? (int)len : 0, path, child ? "/" : "",
		    child ? child : "", child ? "\" meant?" : "");
}

static bool is_memory(const void *fdt, int node)
{
	const char *type = fdt_getprop(fdt, node, "device_type", NULL);

	return type && !strcmp(type, "memory");
}

const char *host_keeps(const void *fdt, int node)
{
	static const char *const timers[] = {"arm,armv8-timer", NULL};
	static const char *const power[] = {"sifive,test0", "sifive,test1",
					    "syscon-poweroff", "syscon-reboot",
					    NULL};
	static const char *const firmware[] = {
		"sifive,clint0",       "riscv,clint0",      "riscv,aclint-mswi",
		"riscv,aclint-mtimer", "riscv,aclint-sswi", NULL};
	static const char *const imsic[] = {"riscv,imsics", NULL};
	struct fdt_intc intc;
	struct fdt_reg reg;
	const char *out;
	const char *end;
	int chosen = fdt_path_offset(fdt, "/chosen");

	if (is_memory(fdt, node))
		return "RAM";
	if (fdt_node_compatible_any(fdt, node, timers))
		return "timer";
	if (!fdt_node_reg(fdt, node, 0, &reg) &&
	    fdt_node_compatible_any(fdt, node, power))
		return "power switch";
	if (fdt_node_compatible_any(fdt, node, firmware))
		return "firmware";
	if (fdt_intc_get(fdt, node, &intc) ||
	    fdt_node_compatible_any(fdt, node, imsic))
		return "interrupt controller";
	/* a PCI bridge's, below it, has no registers and goes with it */
	if (fdt_getprop(fdt, node, "interrupt-controller", NULL) &&
	    fdt_getprop(fdt, node, "reg", NULL) &&
	    fdt_getprop(fdt, node, "#interrupt-cells", NULL) &&
	    !fdt_getprop(fdt, node, "gpio-controller", NULL) &&
	    !fdt_getprop(fdt, node, "interrupts-extended", NULL))
		return "interrupt controller";
	out = fdt_getprop(fdt, chosen, "stdout-path", NULL);
	if (!out)
		return NULL;
	end = strchr(out, ':');
	if (fdt_path_offset_namelen(fdt, out,
				    end ? (int)(end - out)
					: (int)strlen(out)) == node)
		return "console";
	return NULL;
}

bool host_keeps_range(const void *fdt, uint64_t base, uint64_t size)
{
	struct fdt_reg reg;
	int node = -1;

	while (fdt && (node = fdt_next_node(fdt, node, NULL)) >= 0)
		for (unsigned int r = 0;
		     r < REG_MAX && !fdt_node_reg(fdt, node, r, &reg); r++)
			if (range_within(
				    base, size, ALIGN_DOWN(reg.addr, PAGE_SIZE),
				    ALIGN_UP(reg.addr % PAGE_SIZE + reg.size,
					     PAGE_SIZE)) &&
			    host_keeps(fdt, node))
				return true;
	return false;
}

bool config_gives_range(const struct vm_config *config, const void *fdt,
			int node, const char **key, unsigned int *index)
{
	struct fdt_reg reg;
	struct span span;
	unsigned int n, r;

	for (n = 0; span_get(config, n, &span); n++) {
		if (span.kind != SPAN_PT && span.kind != SPAN_RANGE)
			continue;
		for (r = 0; r < REG_MAX && !fdt_node_reg(fdt, node, r, &reg);
		     r++) {
			if (!ranges_overlap(span.host, span.size_bytes,
					    reg.addr, reg.size))
				continue;
			*key = span.kind == SPAN_PT ? "passthrough_devices"
						    : "passthrough_addresses";
			*index = span.index;
			return true;
		}
	}
	return false;
}

bool config_gives_path(const struct vm_config *config, const char *path,
		       unsigned int *index)
{
	const char *root;
	size_t len;
	unsigned int i;

	for (i = 0; i < config->pt_device_count; i++) {
		root = config->pt_devices[i].path;
		if (!root)
			continue;
		len = strlen(root);
		if (len == 1 || (!strncmp(path, root, len) &&
				 (!path[len] || path[len] == '/'))) {
			*index = i;
			return true;
		}
	}
	return false;
}

bool config_excludes(const struct vm_config *config, const char *path)
{
	size_t len;
	unsigned int i;

	for (i = 0; i < config->excluded_count; i++) {
		len = strlen(config->excluded[i]);
		if (!strncmp(path, config->excluded[i], len) &&
		    (!path[len] || path[len] == '/'))
			return true;
	}
	return false;
}

/* One warning for each node that the host keeps out of what a VM asks for. */
static void check_kept(struct check *check, const struct vm_config *config,
		       int node, const char *what)
{
	const void *fdt = check->host->fdt;
	const char *key = "passthrough_devices";
	char path[PATH_TEXT];
	unsigned int index;

	if (fdt_get_path(fdt, node, path, sizeof(path)) ||
	    config_excludes(config, path))
		return;
	/* that "/" is not meant to give RAM goes without saying */
	if ((is_memory(fdt, node) ||
	     !config_gives_path(config, path, &index)) &&
	    !config_gives_range(config, fdt, node, &key, &index))
		return;
	check_warn(check, config,
		   "devices.%s[%u]: \"%s\" (%s) stays with the host and is cut "
		   "out",
		   key, index, path, what);
}

/* An ITS goes with its controller; who asks for it alone is told as well. */
static void check_its(struct check *check, const struct vm_config *config,
		      int node)
{
	const void *fdt = check->host->fdt;
	char path[PATH_TEXT];
	unsigned int index;

	if (fdt_get_path(fdt, fdt_parent(fdt, node), path, sizeof(path)) ||
	    config_gives_path(config, path, &index))
		return;
	check_kept(check, config, node, "interrupt controller");
}

static void check_paths(struct check *check, const struct vm_config *config)
{
	const void *fdt = check->host->fdt;
	unsigned int i;

	for (i = 0; i < config->pt_device_count; i++)
		if (config->pt_devices[i].path &&
		    fdt_path_offset(fdt, config->pt_devices[i].path) < 0)
			missing_path(check, config, i);
	for (i = 0; i < config->excluded_count; i++)
		if (fdt_path_offset(fdt, config->excluded[i]) < 0)
			check_warn(check, config,
				   "devices.excluded_devices[%u]: \"%.100s\" "
				   "is not in the device tree; ignored",
				   i, config->excluded[i]);
}

/* First address from @at on that is in no memory node. */
static uint64_t host_ram_end(const void *fdt, uint64_t at)
{
	struct fdt_reg reg;
	unsigned int i;
	bool moved;
	int node;

	do {
		moved = false;
		fdt_for_each_subnode (node, fdt, 0) {
			for (i = 0; is_memory(fdt, node) && i < REG_MAX &&
				    !fdt_node_reg(fdt, node, i, &reg);
			     i++) {
				if (!range_within(at, 1, reg.addr, reg.size))
					continue;
				at = reg.addr + reg.size;
				moved = true;
			}
		}
	} while (moved);
	return at;
}

static uint64_t host_ram_size(const void *fdt)
{
	struct fdt_reg reg;
	uint64_t size = 0;
	unsigned int i;
	int node;

	fdt_for_each_subnode (node, fdt, 0)
		for (i = 0; is_memory(fdt, node) && i < REG_MAX &&
			    !fdt_node_reg(fdt, node, i, &reg);
		     i++)
			size += reg.size;
	return size;
}

static void check_ram(struct check *check, const struct vm_config *config)
{
	const struct vm_region *region;
	uint64_t end;
	unsigned int i;

	for (i = 0; i < config->region_count; i++) {
		region = &config->regions[i];
		if (region->map_type != VM_MAP_RESERVED ||
		    (region->prot & 0x10))
			continue;
		end = host_ram_end(check->host->fdt, region->gpa);
		if (end - region->gpa >= region->size_bytes)
			continue;
		check_error(check, config,
			    "kernel.memory_regions[%u]: reserved 0x%lx, size "
			    "0x%lx: from 0x%lx on the machine has no RAM; "
			    "choose a range inside it",
			    i, (unsigned long)region->gpa,
			    (unsigned long)region->size_bytes,
			    (unsigned long)end);
	}
}

static void check_ram_sum(struct check *check, uint64_t ram)
{
	const struct vm_config *config = NULL;
	uint64_t sum = 0;
	unsigned int i, j;

	for (i = 0; i < check->count; i++) {
		config = check->configs[i];
		for (j = 0; j < config->region_count; j++)
			if (!(config->regions[j].prot & 0x10))
				sum += config->regions[j].size_bytes;
		if (sum > ram)
			break;
	}
	if (sum > ram)
		check_warn(check, config,
			   "kernel.memory_regions: with this VM the guests "
			   "have 0x%lx bytes, the tree's RAM is 0x%lx; the VM "
			   "is refused at boot unless the machine has more",
			   (unsigned long)sum, (unsigned long)ram);
}

/* A node given to one VM against addresses given to another. */
static void check_node_between(struct check *check, const struct vm_config *a,
			       unsigned int i, int node,
			       const struct vm_config *b)
{
	char label[SPAN_LABEL_MAX];
	struct fdt_reg reg;
	struct span span;
	unsigned int n, r;

	for (n = 0; span_get(b, n, &span); n++) {
		for (r = 0; span.has_host && r < REG_MAX &&
			    !fdt_node_reg(check->host->fdt, node, r, &reg);
		     r++) {
			if (!ranges_overlap(span.host, span.size_bytes,
					    reg.addr, reg.size))
				continue;
			span.base = span.host;
			span_label(b, &span, label);
			if (span.kind == SPAN_RANGE)
				check_warn(check, b,
					   "%s: \"%.80s\", given to %s (VM "
					   "\"%.30s\"), is cut out",
					   label, a->pt_devices[i].path,
					   a->file, a->name);
			else
				check_error(check, b,
					    "%s: overlaps \"%.80s\", given to "
					    "%s (VM \"%.30s\"); a device "
					    "belongs to one VM",
					    label, a->pt_devices[i].path,
					    a->file, a->name);
			return;
		}
	}
}

/* A node that is named itself: below one, what cannot be passed is left out. */
static void check_nodes_ram(struct check *check, const struct vm_config *config)
{
	char label[SPAN_LABEL_MAX];
	struct fdt_reg reg;
	struct span span;

	for (unsigned int i = 0; i < config->pt_device_count; i++) {
		const char *path = config->pt_devices[i].path;
		int node = path ? fdt_path_offset(check->host->fdt, path) : -1;

		for (unsigned int r = 0;
		     node > 0 && r < REG_MAX &&
		     !fdt_node_reg(check->host->fdt, node, r, &reg);
		     r++)
			for (unsigned int n = 0; span_get(config, n, &span);
			     n++)
				if (span.kind == SPAN_RAM && !span.floating &&
				    ranges_overlap(span.base, span.size_bytes,
						   reg.addr, reg.size))
					check_error(
						check, config,
						"devices.passthrough_devices"
						"[%u] \"%.80s\": its registers "
						"at 0x%lx, size 0x%lx, overlap "
						"%s; move the RAM or leave the "
						"device out",
						i, path,
						(unsigned long)reg.addr,
						(unsigned long)reg.size,
						span_label(config, &span,
							   label));
	}
}

static void check_node_irqs(struct check *check, const struct vm_config *a,
			    unsigned int i, int node, const struct vm_config *b)
{
	struct fdt_irq irq;
	unsigned int n, r;
	bool edge;
	int number;

	for (r = 0;
	     r < REG_MAX && !fdt_node_irq(check->host->fdt, node, r, &irq);
	     r++) {
		number = fdt_irq_number(check->host->fdt, &irq, &edge);
		for (n = 0; number > 0 && n < b->pt_device_count; n++)
			if (b->pt_devices[n].irq == (uint32_t)number &&
			    pt_irq_counts(check, &b->pt_devices[n]))
				check_error(check, b,
					    "devices.passthrough_devices[%u] "
					    "\"%.30s\": interrupt %d is "
					    "\"%.80s\"'s, given to %s (VM "
					    "\"%.30s\")",
					    n, b->pt_devices[n].name, number,
					    a->pt_devices[i].path, a->file,
					    a->name);
	}
}

static void check_nodes_between(struct check *check, const struct vm_config *a,
				const struct vm_config *b)
{
	unsigned int i;
	int node;

	for (i = 0; i < a->pt_device_count; i++) {
		if (!a->pt_devices[i].path)
			continue;
		node = fdt_path_offset(check->host->fdt, a->pt_devices[i].path);
		if (node <= 0)
			continue; /* missing, or "/" which gives what is left */
		if (host_keeps(check->host->fdt, node))
			continue; /* it goes to neither, see check_kept() */
		check_node_between(check, a, i, node, b);
		check_node_irqs(check, a, i, node, b);
	}
}

void check_fdt(struct check *check)
{
	static const char *const its[] = {"arm,gic-v3-its", NULL};
	const void *fdt = check->host->fdt;
	uint64_t ram = host_ram_size(fdt);
	const char *what;
	unsigned int i, j;
	int node;

	for (i = 0; i < check->count; i++) {
		check_paths(check, check->configs[i]);
		check_nodes_ram(check, check->configs[i]);
		if (ram)
			check_ram(check, check->configs[i]);
		for (j = 0; j < check->count; j++)
			if (j != i)
				check_nodes_between(check, check->configs[i],
						    check->configs[j]);
	}
	check_arch(check);
	check_dma(check);
	if (ram)
		check_ram_sum(check, ram);
	for (node = fdt_next_node(fdt, -1, NULL); node >= 0;
	     node = fdt_next_node(fdt, node, NULL)) {
		bool is_its = fdt_node_compatible_any(fdt, node, its);

		what = host_keeps(fdt, node);
		for (i = 0; i < check->count; i++) {
			if (what)
				check_kept(check, check->configs[i], node,
					   what);
			else if (is_its)
				check_its(check, check->configs[i], node);
		}
	}
}
