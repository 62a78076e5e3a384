/* SPDX-License-Identifier: Apache-2.0 */
#include "aplic_regs.h"

#include <arch/cpu.h>
#include <asm/io.h>
#include <errno.h>

/* struct aplic.state */
#define WANTED 1u  /* enabled */
#define CLAIMED 2u /* not to come before its completion */

/* Direct mode: all of the host's are of one priority, above the threshold 0,
 * which is none. */
#define PRIORITY 1u

static void write(const struct aplic *aplic, uint32_t at, uint32_t value)
{
	io_write32(aplic->regs + at, value);
}

static uint32_t read(const struct aplic *aplic, uint32_t at)
{
	return io_read32(aplic->regs + at);
}

int aplic_init(struct aplic *aplic, unsigned int cpu)
{
	uint32_t config = DOMAINCFG_IE | (aplic->msi ? DOMAINCFG_DM : 0);

	write(aplic, APLIC_DOMAINCFG, 0);
	for (unsigned int i = 0; i <= aplic->source_count / 32; i++) {
		write(aplic, APLIC_CLRIE(i), UINT32_MAX);
		write(aplic, APLIC_CLRIP(i), UINT32_MAX);
	}
	for (unsigned int s = 1; s <= aplic->source_count; s++) {
		write(aplic, APLIC_SOURCECFG(s), SOURCE_INACTIVE);
		aplic->mode[s] = SOURCE_LEVEL_HIGH;
		aplic->route[s] = (uint16_t)cpu;
	}
	write(aplic, APLIC_DOMAINCFG, config);
	return (read(aplic, APLIC_DOMAINCFG) & (DOMAINCFG_IE | DOMAINCFG_DM)) ==
			       config
		       ? 0
		       : -ENODEV;
}

void aplic_cpu_init(struct aplic *aplic, unsigned int cpu)
{
	uint32_t idc = APLIC_IDC(aplic->hart[cpu]);

	write(aplic, idc + APLIC_IFORCE, 0);
	write(aplic, idc + APLIC_ITHRESHOLD, 0);
	write(aplic, idc + APLIC_IDELIVERY, 1);
}

static uint32_t state_of(const struct aplic *aplic, unsigned int source)
{
	return __atomic_load_n(&aplic->state[source], __ATOMIC_SEQ_CST);
}

/* Whoever changes the state after our last look writes after us. */
static void sync(struct aplic *aplic, unsigned int source)
{
	uint32_t state;

	do {
		state = state_of(aplic, source);
		write(aplic, state == WANTED ? APLIC_SETIENUM : APLIC_CLRIENUM,
		      source);
		arch_mb();
	} while (state != state_of(aplic, source));
}

static void state_set(struct aplic *aplic, unsigned int source, uint32_t bit)
{
	__atomic_fetch_or(&aplic->state[source], bit, __ATOMIC_SEQ_CST);
	arch_mb(); /* pairs with that of another's sync() */
	sync(aplic, source);
}

static void state_clear(struct aplic *aplic, unsigned int source, uint32_t bit)
{
	__atomic_fetch_and(&aplic->state[source], ~bit, __ATOMIC_SEQ_CST);
	arch_mb();
	sync(aplic, source);
}

static void target_write(struct aplic *aplic, unsigned int source)
{
	uint32_t low = aplic->msi ? aplic->id_of[source] : PRIORITY;

	write(aplic, APLIC_TARGET(source),
	      aplic->hart[aplic->route[source]] << TARGET_HART_SHIFT | low);
}

/* The lower an identity, the sooner it is taken: as sources in direct mode. */
static int id_give(struct aplic *aplic, unsigned int source)
{
	if (aplic->id_of[source])
		return 0;
	for (unsigned int id = 1; id <= aplic->id_count; id++) {
		if (aplic->source_of[id])
			continue;
		aplic->id_of[source] = (uint16_t)id;
		__atomic_store_n(&aplic->source_of[id], (uint16_t)source,
				 __ATOMIC_RELAXED);
		return 0;
	}
	return -ENOSPC;
}

/* In MSI mode a level that is up already is told by nobody else (4.7). */
static void level_ask(struct aplic *aplic, unsigned int source)
{
	if (aplic->msi && aplic_is_level(aplic, source))
		write(aplic, APLIC_SETIPNUM, source);
}

int aplic_enable(struct aplic *aplic, unsigned int source)
{
	int err = aplic->msi ? id_give(aplic, source) : 0;

	if (err)
		return err;
	write(aplic, APLIC_SOURCECFG(source), aplic->mode[source]);
	if (read(aplic, APLIC_SOURCECFG(source)) != aplic->mode[source])
		return -ENODEV;
	/* an inactive one has no target (4.5.16) */
	target_write(aplic, source);
	state_set(aplic, source, WANTED);
	level_ask(aplic, source);
	return 0;
}

void aplic_disable(struct aplic *aplic, unsigned int source)
{
	state_clear(aplic, source, WANTED);
}

bool aplic_is_level(const struct aplic *aplic, unsigned int source)
{
	return aplic->mode[source] >= SOURCE_LEVEL_HIGH;
}

void aplic_sense(struct aplic *aplic, unsigned int source, uint32_t type)
{
	static const uint8_t modes[] = {
		[1] = SOURCE_EDGE_RISE,
		[2] = SOURCE_EDGE_FALL,
		[4] = SOURCE_LEVEL_HIGH,
		[8] = SOURCE_LEVEL_LOW,
	};

	if (type < ARRAY_SIZE(modes) && modes[type])
		aplic->mode[source] = modes[type];
}

void aplic_set_trigger(struct aplic *aplic, unsigned int source,
		       enum irq_trigger trigger)
{
	bool inverted = aplic->mode[source] & 1;

	if (trigger == IRQ_TRIGGER_KEEP)
		return;
	aplic->mode[source] =
		(uint8_t)((trigger == IRQ_TRIGGER_LEVEL ? SOURCE_LEVEL_HIGH
							: SOURCE_EDGE_RISE) |
			  inverted);
	/* one that was never enabled stays inactive */
	if (read(aplic, APLIC_SOURCECFG(source)) != SOURCE_INACTIVE)
		write(aplic, APLIC_SOURCECFG(source), aplic->mode[source]);
}

int aplic_set_cpu(struct aplic *aplic, unsigned int source, unsigned int cpu)
{
	if (aplic->hart[cpu] == APLIC_NO_HART)
		return -EINVAL;
	aplic->route[source] = (uint16_t)cpu;
	target_write(aplic, source);
	return 0;
}

unsigned int aplic_claim(struct aplic *aplic, unsigned int cpu)
{
	unsigned int source;

	if (aplic->hart[cpu] == APLIC_NO_HART)
		return 0;
	source = read(aplic, APLIC_IDC(aplic->hart[cpu]) + APLIC_CLAIMI) >> 16;
	if (source && source <= aplic->source_count &&
	    aplic_is_level(aplic, source))
		state_set(aplic, source, CLAIMED);
	return source;
}

unsigned int aplic_of_id(const struct aplic *aplic, unsigned int id)
{
	return id <= aplic->id_count ? __atomic_load_n(&aplic->source_of[id],
						       __ATOMIC_RELAXED)
				     : 0;
}

void aplic_complete(struct aplic *aplic, unsigned int source)
{
	if (state_of(aplic, source) & CLAIMED)
		state_clear(aplic, source, CLAIMED);
	level_ask(aplic, source);
}
