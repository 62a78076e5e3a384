/* SPDX-License-Identifier: Apache-2.0 */
/* The device tree that a guest gets: filtered from the host's, or given. */
#ifndef VIRT_GUEST_FDT_H
#define VIRT_GUEST_FDT_H

#include <lib/types.h>
#include <lib/util.h>

struct arch_fdt_rules;
struct vm_config;

/**
 * struct fdt_selection - host nodes a guest gets
 * @keep: bit per node, in order of fdt_next_node() from the root
 * @own:  bit per node: the guest's to use (selected or below one that is, not
 *        excluded): its reg is mapped, its interrupts are routed
 */
struct fdt_selection {
	uint8_t *keep;
	uint8_t *own;
	unsigned int node_count;
};

/**
 * fdt_select() - apply SURFACE's rules for one VM
 * @host_kept: offsets of nodes that the host keeps for itself (console, disk,
 *             timers …): never owned, removed unless rules keep them
 *
 * Return: 0; -ENOENT when a configured path does not exist (logged with the
 * nearest existing ancestor); -ENOMEM.
 */
int __must_check fdt_select(const void *host, const struct vm_config *config,
			    const struct arch_fdt_rules *rules,
			    const int *host_kept, unsigned int host_kept_count,
			    struct fdt_selection *selection);
void fdt_selection_free(struct fdt_selection *selection);

/* What the generated parts of the tree say. */
struct guest_fdt_ram {
	uint64_t gpa;
	uint64_t size_bytes;
};
struct guest_fdt_desc {
	const char *bootargs;              /* NULL: none */
	const char *stdout_path;           /* NULL: none */
	uint64_t initrd_start, initrd_end; /* end 0: none */
	const struct guest_fdt_ram *ram;
	unsigned int ram_count;
	/* cpus: the hwid each vCPU shows, and the host node it is copied from */
	const uint64_t *cpu_hwids;
	unsigned int cpu_count;
	const char *cpu_enable_method; /* NULL: remove */
};

/**
 * guest_fdt_generate() - host tree minus what was not selected
 * @buf, @buf_size: result, with the rest as free room for fixups
 *
 * Return: 0; -ENOSPC; -EINVAL when the host tree is malformed.
 */
int __must_check guest_fdt_generate(const void *host,
				    const struct fdt_selection *selection,
				    const struct guest_fdt_desc *desc,
				    void *buf, size_t buf_size);

/** guest_fdt_adopt() - a dtb_path tree: cpus, memory, chosen made ours */
int __must_check guest_fdt_adopt(const void *given, size_t given_size,
				 const void *host,
				 const struct guest_fdt_desc *desc, void *buf,
				 size_t buf_size);

/**
 * guest_fdt_address() - where the tree goes when the configuration does not
 * fix it: top of min(RAM, 512 MiB), down to 2 MiB
 */
gpa_t guest_fdt_address(gpa_t ram, uint64_t ram_size);

#endif
