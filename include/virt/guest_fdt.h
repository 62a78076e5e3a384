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
 * @keep: bit per node, in order of fdt_next_node() from the root; a kept
 *        node's ancestors are kept
 * @own:  bit per node: the guest's to use: its reg is mapped, its interrupts
 *        are routed
 *
 * Owned are the nodes below configured paths, what they refer to (see
 * virt/fdt_refs.c), and the devices that any of these hang below. Disabled
 * nodes are kept but not owned, unless a path names them.
 */
struct fdt_selection {
	uint8_t *keep;
	uint8_t *own;
	unsigned int node_count;
};

/**
 * fdt_select() - apply SURFACE's rules for one VM
 * @host_kept: offsets of nodes that the host keeps for itself (console, disk,
 *             timers …): never owned, removed unless rules keep them. Those
 *             without registers and interrupts (fixed clocks) can be kept.
 *
 * Time is linear in the tree. An excluded path that does not exist is only
 * warned about.
 *
 * Return: 0; -ENOENT when a configured path does not exist (logged with the
 * nearest existing ancestor); -EINVAL when the tree is malformed; -ENOMEM.
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
/* Bytes of rng-seed: what Linux needs to have its generator ready at once. */
#define GUEST_FDT_SEED_BYTES 32

struct guest_fdt_desc {
	const char *bootargs;              /* NULL: none */
	const char *stdout_path;           /* NULL: none */
	const uint8_t *rng_seed;           /* NULL: none */
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
 * /cpus holds one node for each of cpu_hwids, copied from the host's of that
 * number, or from its first, without clocks, supplies and idle states.
 *
 * Return: 0; -ENOSPC; -ENOMEM; -EINVAL when the host tree is malformed.
 */
int __must_check guest_fdt_generate(const void *host,
				    const struct fdt_selection *selection,
				    const struct guest_fdt_desc *desc,
				    void *buf, size_t buf_size);

/**
 * guest_fdt_adopt() - a dtb_path tree: cpus, memory, chosen made ours
 *
 * CPUs are taken from the given tree where it has that number, else from the
 * host's. What @desc does not say about /chosen stays as given, but for a seed:
 * one that is the same at every start is none.
 *
 * Return: as guest_fdt_generate(); -EINVAL also when @given is malformed.
 */
int __must_check guest_fdt_adopt(const void *given, size_t given_size,
				 const void *host,
				 const struct guest_fdt_desc *desc, void *buf,
				 size_t buf_size);

/* Largest tree that a guest is given. */
#define GUEST_FDT_MAX ((uint64_t)1 << 20)

/**
 * guest_fdt_address() - where the tree goes when the configuration does not
 * fix it: top of min(RAM, 512 MiB), down to 2 MiB, with GUEST_FDT_MAX of room
 */
gpa_t guest_fdt_address(gpa_t ram, uint64_t ram_size);

#endif
