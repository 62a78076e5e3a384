/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a PLIC is, as plainly as the specification 1.0.0 says it: a record for
 * each source and for each target, looked through from end to end. The virtual
 * one is held against it by its unit test and by the fuzzer.
 */
#ifndef VPLIC_MODEL_H
#define VPLIC_MODEL_H

#include <string.h>

#include "../../../arch/riscv64/virt/vplic.h"

#define MODEL_VCPUS 3

struct model_source {
	bool line;      /* what the device says */
	bool forwarded; /* the gateway waits for a completion */
	bool pending;
	unsigned int priority;
};

struct model_target {
	bool enabled[1024];
	unsigned int threshold;
};

struct model {
	unsigned int sources;
	struct model_source source[1024];
	struct model_target target[MODEL_VCPUS];
};

/* M-mode and S-mode of each hart, as QEMU's tree lists them */
static inline int model_target_of(uint64_t context)
{
	return context % 2 && context / 2 < MODEL_VCPUS ? (int)(context / 2)
							: -1;
}

static inline void model_gateway(struct model_source *s)
{
	if (s->line && !s->forwarded) {
		s->forwarded = true;
		s->pending = true;
	}
}

static inline void model_line(struct model *m, unsigned int source, bool line)
{
	if (source < 1 || source > m->sources)
		return;
	m->source[source].line = line;
	model_gateway(&m->source[source]);
}

static inline void model_reset(struct model *m)
{
	struct model old = *m;

	memset(m, 0, sizeof(*m));
	m->sources = old.sources;
	for (unsigned int i = 1; i <= m->sources; i++)
		model_line(m, i, old.source[i].line);
}

static inline unsigned int model_best(const struct model *m,
				      unsigned int target, unsigned int floor)
{
	unsigned int best = 0;

	for (unsigned int i = m->sources; i > 0; i--) {
		const struct model_source *s = &m->source[i];

		if (s->pending && m->target[target].enabled[i] &&
		    s->priority > floor &&
		    (!best || s->priority >= m->source[best].priority))
			best = i;
	}
	return best;
}

static inline bool model_eip(const struct model *m, unsigned int target)
{
	return model_best(m, target, m->target[target].threshold);
}

static inline uint32_t model_read(struct model *m, uint64_t off,
				  unsigned int width)
{
	uint32_t value = 0;
	unsigned int source;
	int target;

	if (width != 4 || off % 4)
		return 0;
	if (off < 0x1000)
		return m->source[off / 4].priority;
	if (off < 0x1080) {
		for (unsigned int i = 0; i < 32; i++)
			value |= (uint32_t)m->source[(off - 0x1000) * 8 + i]
					 .pending
				 << i;
		return value;
	}
	if (off < 0x2000 || off >= 0x4000000)
		return 0;
	if (off < 0x200000) {
		target = model_target_of((off - 0x2000) / 0x80);
		for (unsigned int i = 0; target >= 0 && i < 32; i++)
			value |= (uint32_t)m->target[target]
					 .enabled[off % 0x80 * 8 + i]
				 << i;
		return value;
	}
	target = model_target_of((off - 0x200000) / 0x1000);
	if (target < 0)
		return 0;
	if (off % 0x1000 == 0)
		return m->target[target].threshold;
	if (off % 0x1000 != 4)
		return 0;
	source = model_best(m, (unsigned int)target, 0);
	m->source[source].pending = false;
	return source;
}

/* Return: the source that was completed, or 0 */
static inline unsigned int model_write(struct model *m, uint64_t off,
				       unsigned int width, uint32_t value)
{
	unsigned int first, source;
	int target;

	if (width != 4 || off % 4)
		return 0;
	if (off < 0x1000) {
		source = (unsigned int)off / 4;
		if (source >= 1 && source <= m->sources)
			m->source[source].priority = value % 8;
		return 0;
	}
	if (off < 0x2000 || off >= 0x4000000)
		return 0;
	if (off < 0x200000) {
		target = model_target_of((off - 0x2000) / 0x80);
		first = off % 0x80 * 8;
		for (unsigned int i = 0; target >= 0 && i < 32; i++)
			m->target[target].enabled[first + i] =
				(value >> i & 1) && first + i >= 1 &&
				first + i <= m->sources;
		return 0;
	}
	target = model_target_of((off - 0x200000) / 0x1000);
	if (target < 0)
		return 0;
	if (off % 0x1000 == 0)
		m->target[target].threshold = value % 8;
	if (off % 0x1000 != 4 || value < 1 || value > m->sources ||
	    !m->target[target].enabled[value])
		return 0;
	m->source[value].forwarded = false;
	model_gateway(&m->source[value]);
	return value;
}

/* The same machine: contexts M and S of each hart */
static inline bool model_machine(struct vplic *p, struct model *m,
				 unsigned int sources)
{
	memset(m, 0, sizeof(*m));
	m->sources = sources;
	if (vplic_init(p, sources, MODEL_VCPUS))
		return false;
	for (int v = 0; v < MODEL_VCPUS; v++) {
		if (vplic_context_add(p, 11, v) ||
		    vplic_context_add(p, VPLIC_CAUSE_S, v))
			return false;
	}
	return true;
}

#endif
