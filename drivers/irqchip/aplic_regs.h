/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The registers of an APLIC's interrupt domain, RISC-V Advanced Interrupt
 * Architecture 1.0, chapter 4: the domain of the harts' S level.
 *
 * In direct mode (no IMSIC) a level stays pending for as long as its line is
 * up, claimed or not (4.7): a claimed source is masked until it is completed.
 * In MSI mode a level is told once; its completion asks for it again.
 *
 * What is claimed on one CPU and enabled or disabled on another at that moment
 * is settled without a lock: each changes the source's state first, then
 * writes what the state says, and looks whether it still does (sync()).
 */
#ifndef APLIC_REGS_H
#define APLIC_REGS_H

#include <arch/percpu.h>
#include <core/irq.h>
#include <lib/types.h>
#include <lib/util.h>

/* clang-format off */
#define APLIC_DOMAINCFG		0x0000u
#define APLIC_SOURCECFG(s)	(4u * (s))
#define APLIC_CLRIP(word)	(0x1d00u + 4u * (word))
#define APLIC_SETIPNUM		0x1cdcu
#define APLIC_SETIENUM		0x1edcu
#define APLIC_CLRIE(word)	(0x1f00u + 4u * (word))
#define APLIC_CLRIENUM		0x1fdcu
#define APLIC_TARGET(s)		(0x3000u + 4u * (s))
#define APLIC_IDC(hart)		(0x4000u + 32u * (hart))
#define APLIC_IDELIVERY		0x00u
#define APLIC_IFORCE		0x04u
#define APLIC_ITHRESHOLD	0x08u
#define APLIC_CLAIMI		0x1cu
#define APLIC_SIZE_MSI		0x4000u	/* no IDC structures */

#define DOMAINCFG_IE		0x100u
#define DOMAINCFG_DM		0x4u	/* by MSI */

/* sourcecfg.SM, table 4.2 */
#define SOURCE_INACTIVE		0u
#define SOURCE_EDGE_RISE	4u
#define SOURCE_EDGE_FALL	5u
#define SOURCE_LEVEL_HIGH	6u
#define SOURCE_LEVEL_LOW	7u

#define TARGET_HART_SHIFT	18

#define APLIC_SOURCES_MAX	1023	/* source 0 is none */
#define APLIC_HARTS_MAX		16384
#define APLIC_IDS_MAX		2047
#define APLIC_NO_HART		UINT32_MAX
/* clang-format on */

/**
 * struct aplic - the host's domain
 * @source_count: sources are 1 to this
 * @msi:          it sends messages to IMSICs; false: it has an IDC per hart
 * @hart:         what target.hart_index means each CPU, or APLIC_NO_HART
 * @id_count:     MSI mode: identities 1 to this may be used
 * @given:        bit per source that the tree delegates to this domain
 * @mode:         sourcecfg.SM of each source when it is active
 * @state:        atomic; what is wanted of a source, see aplic_regs.c
 * @route:        atomic; the CPU that a source goes to
 * @id_of:        MSI mode: a source's identity, 0: none yet
 * @source_of:    the reverse
 */
struct aplic {
	volatile uint8_t *regs;
	unsigned int source_count;
	bool msi;
	uint32_t hart[CPU_MAX];
	unsigned int id_count;
	uint32_t given[(APLIC_SOURCES_MAX + 1) / 32];
	uint8_t mode[APLIC_SOURCES_MAX + 1];
	uint32_t state[APLIC_SOURCES_MAX + 1];
	uint16_t route[APLIC_SOURCES_MAX + 1];
	uint16_t id_of[APLIC_SOURCES_MAX + 1];
	uint16_t source_of[APLIC_IDS_MAX + 1];
};

/**
 * aplic_init() - all sources off, and routed to @cpu, which is reached
 *
 * Return: 0; -ENODEV: it does not take the delivery mode that @msi says.
 */
int __must_check aplic_init(struct aplic *aplic, unsigned int cpu);

/** aplic_cpu_init() - direct mode: everything gets through to a CPU */
void aplic_cpu_init(struct aplic *aplic, unsigned int cpu);

static inline bool aplic_has(const struct aplic *aplic, unsigned int source)
{
	return source && source <= aplic->source_count &&
	       (aplic->given[source / 32] >> source % 32 & 1);
}

/**
 * aplic_enable() - one caller at a time
 *
 * Return: 0; -ENOSPC: no identity is left for it; -ENODEV: the domain does not
 * have it, whatever the tree says.
 */
int __must_check aplic_enable(struct aplic *aplic, unsigned int source);

/** aplic_disable() - any CPU, no lock */
void aplic_disable(struct aplic *aplic, unsigned int source);

/**
 * aplic_sense() - how its line is active, as a tree's second cell says it
 * @type: 1: rising, 2: falling, 4: high, 8: low; others change nothing
 */
void aplic_sense(struct aplic *aplic, unsigned int source, uint32_t type);

/** aplic_set_trigger() - level or edge, as active as before; the source is
 * off */
void aplic_set_trigger(struct aplic *aplic, unsigned int source,
		       enum irq_trigger trigger);
bool aplic_is_level(const struct aplic *aplic, unsigned int source);

/**
 * aplic_set_cpu() - send a source to a CPU; one caller at a time
 *
 * Return: 0; -EINVAL: the CPU is not reached, and nothing changes.
 */
int __must_check aplic_set_cpu(struct aplic *aplic, unsigned int source,
			       unsigned int cpu);

/** aplic_claim() - direct mode: the next of @cpu's, or 0 */
unsigned int aplic_claim(struct aplic *aplic, unsigned int cpu);

/** aplic_of_id() - MSI mode: whose identity it is; 0: nobody's */
unsigned int aplic_of_id(const struct aplic *aplic, unsigned int id);

/** aplic_complete() - a claimed source may come again; any CPU, no lock */
void aplic_complete(struct aplic *aplic, unsigned int source);

/**
 * aplic_tree_level() - is this the domain of the harts' S level?
 * @msi_parent: set to the IMSICs' node when it sends messages; < 0: none
 *
 * Return: 0; -ENODEV: machine level, or another one's; -EINVAL: logged.
 */
int aplic_tree_level(const void *fdt, int node, int *msi_parent);

/**
 * aplic_tree_choose() - of several domains of S level, the one to use
 *
 * One that @cpu is reached by before one that it is not, then the one that the
 * console's interrupt goes to, then that of more devices, then the first. A domain below another one
 * of S level is that one's to open, and not chosen.
 *
 * Return: its node; < 0: there is none.
 */
int aplic_tree_choose(const void *fdt, unsigned int cpu);

/** aplic_tree_devices() - how many interrupts of the tree's devices go to @node
 */
unsigned int aplic_tree_devices(const void *fdt, int node);

/**
 * aplic_tree_read() - fill @source_count, @given, and in direct mode @hart
 * @size_bytes: of its registers
 * @sources_max: more are not used
 *
 * What is wrong is logged.
 *
 * Return: 0; -EINVAL.
 */
int aplic_tree_read(const void *fdt, int node, uint64_t size_bytes,
		    unsigned int sources_max, struct aplic *aplic);

#endif
