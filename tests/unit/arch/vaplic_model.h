/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A plain APLIC domain, source by source as AIA 1.0, chapter 4 tells it, which
 * the virtual one is held against: by the unit test, and by the fuzzer.
 */
#ifndef VAPLIC_MODEL_H
#define VAPLIC_MODEL_H

#include "../../../arch/riscv64/virt/vaplic.h"

#define MODEL_VCPUS 3
#define MODEL_SENT 64

struct model_source {
	bool line, ip, ie;
	uint32_t mode, target;
};

struct model {
	unsigned int sources;
	bool msi, on;
	struct model_source s[VAPLIC_SOURCE_MAX + 1];
	struct {
		bool delivery, force;
		uint32_t threshold;
	} idc[MODEL_VCPUS];
};

/* How often each message was sent; in the order of sources they may be. */
struct model_sent {
	unsigned int count[MODEL_VCPUS][2048];
};

static inline bool model_wired(const struct model_source *s)
{
	return s->mode >= 4;
}

static inline bool model_level(const struct model_source *s)
{
	return s->mode >= 6;
}

static inline bool model_input(const struct model_source *s)
{
	return model_wired(s) && s->line != (s->mode == 5 || s->mode == 7);
}

static inline bool model_ip(const struct model *m, const struct model_source *s)
{
	return model_level(s) && !m->msi ? model_input(s) : s->ip;
}

/* What can be sent is. */
static inline void model_settle(struct model *m, struct model_sent *sent)
{
	for (unsigned int i = 1; m->msi && m->on && i <= m->sources; i++) {
		struct model_source *s = &m->s[i];

		if (!s->ip || !s->ie)
			continue;
		s->ip = false;
		if (s->target >> 18 < MODEL_VCPUS && (s->target & 0x7ff))
			sent->count[s->target >> 18][s->target & 0x7ff]++;
	}
}

static inline unsigned int model_top(const struct model *m, unsigned int vcpu)
{
	unsigned int best = 0;

	for (unsigned int i = 1; i <= m->sources; i++) {
		const struct model_source *s = &m->s[i];
		uint32_t prio = s->target & 0xff;

		if (s->ie && model_ip(m, s) && s->target >> 18 == vcpu &&
		    (!m->idc[vcpu].threshold ||
		     prio < m->idc[vcpu].threshold) &&
		    (!best || prio < (m->s[best].target & 0xff)))
			best = i;
	}
	return best;
}

static inline bool model_eip(const struct model *m, unsigned int vcpu)
{
	return !m->msi && m->on && m->idc[vcpu].delivery &&
	       (m->idc[vcpu].force || model_top(m, vcpu));
}

static inline void model_line(struct model *m, unsigned int i, bool up)
{
	struct model_source *s = &m->s[i];
	bool before = model_input(s);

	if (!i || i > m->sources)
		return;
	s->line = up;
	if (!before && model_input(s))
		s->ip = true;
	else if (before && !model_input(s) && model_level(s))
		s->ip = false;
}

static inline void model_reset(struct model *m)
{
	struct model new = {.sources = m->sources, .msi = m->msi};

	for (unsigned int i = 0; i <= m->sources; i++)
		new.s[i].line = m->s[i].line;
	*m = new;
}

static inline uint32_t model_bits(const struct model *m, uint64_t off)
{
	uint32_t bits = 0;

	for (unsigned int b = 0; b < 32; b++) {
		unsigned int i = off % 0x80 / 4 * 32 + b;
		const struct model_source *s = &m->s[i];

		if (i && i <= m->sources &&
		    (off < 0x1c80   ? model_ip(m, s)
		     : off < 0x1d80 ? model_input(s)
				    : s->ie))
			bits |= 1u << b;
	}
	return bits;
}

static inline uint32_t model_topi(const struct model *m, unsigned int vcpu)
{
	unsigned int top = model_top(m, vcpu);

	return top ? top << 16 | (m->s[top].target & 0xff) : 0;
}

static inline uint32_t model_idc_read(struct model *m, uint64_t off)
{
	unsigned int vcpu = (unsigned int)(off - 0x4000) / 32;
	uint32_t topi;

	if (m->msi || off >= 0x4000 + 32 * MODEL_VCPUS)
		return 0;
	switch (off % 32) {
	case 0x00:
		return m->idc[vcpu].delivery;
	case 0x04:
		return m->idc[vcpu].force;
	case 0x08:
		return m->idc[vcpu].threshold;
	case 0x18:
		return model_topi(m, vcpu);
	case 0x1c:
		topi = model_topi(m, vcpu);
		if (!topi)
			m->idc[vcpu].force = false;
		else
			m->s[topi >> 16].ip = false;
		return topi;
	default:
		return 0;
	}
}

static inline uint32_t model_read(struct model *m, uint64_t off,
				  unsigned int width)
{
	if (width != 4 || off % 4)
		return 0;
	if (!off)
		return 0x80000000 | (m->on ? 0x100 : 0) | (m->msi ? 4 : 0);
	if (off < 0x1000)
		return m->s[off / 4].mode;
	if ((off >= 0x1c00 && off < 0x1c80) ||
	    (off >= 0x1d00 && off < 0x1d80) || (off >= 0x1e00 && off < 0x1e80))
		return model_bits(m, off);
	if (off > 0x3000 && off < 0x4000)
		return m->s[(off - 0x3000) / 4].target;
	return off >= 0x4000 ? model_idc_read(m, off) : 0;
}

static inline void model_mode(struct model_source *s, uint32_t mode)
{
	if (mode == 2 || mode == 3)
		mode = 0;
	if (!s->mode || model_level(s))
		s->ip = false;
	s->mode = mode;
	if (!mode)
		*s = (struct model_source){.line = s->line};
	if (model_level(s))
		s->ip = model_input(s);
}

static inline void model_set_ip(struct model *m, unsigned int i, bool value)
{
	struct model_source *s = &m->s[i];

	if (!i || i > m->sources || !s->mode || (model_level(s) && !m->msi) ||
	    (value && model_level(s) && !model_input(s)))
		return;
	s->ip = value;
}

static inline void model_set_ie(struct model *m, unsigned int i, bool value)
{
	if (i && i <= m->sources && m->s[i].mode)
		m->s[i].ie = value;
}

static inline void model_word(struct model *m, uint64_t off, uint32_t value)
{
	for (unsigned int b = 0; b < 32; b++) {
		unsigned int i = off % 0x80 / 4 * 32 + b;

		if (!(value >> b & 1))
			continue;
		if (off < 0x1e00)
			model_set_ip(m, i, off < 0x1d00);
		else
			model_set_ie(m, i, off < 0x1f00);
	}
}

static inline void model_idc_write(struct model *m, uint64_t off,
				   uint32_t value)
{
	unsigned int vcpu = (unsigned int)(off - 0x4000) / 32;

	if (m->msi || off >= 0x4000 + 32 * MODEL_VCPUS)
		return;
	if (off % 32 == 0)
		m->idc[vcpu].delivery = value & 1;
	else if (off % 32 == 4)
		m->idc[vcpu].force = value & 1;
	else if (off % 32 == 8)
		m->idc[vcpu].threshold = value & 0xff;
}

static inline void model_target(struct model *m, unsigned int i, uint32_t value)
{
	if (i > m->sources || !m->s[i].mode)
		return;
	value &= m->msi ? 0xfffc07ff : 0xfffc00ff;
	if (!m->msi && !(value & 0xff))
		value |= 1;
	m->s[i].target = value;
}

static inline void model_write(struct model *m, uint64_t off,
			       unsigned int width, uint32_t value,
			       struct model_sent *sent)
{
	if (width != 4 || off % 4)
		return;
	if (!off)
		m->on = value & 0x100;
	else if (off < 0x1000 && off / 4 <= m->sources)
		model_mode(&m->s[off / 4], value & 7);
	else if (off == 0x1cdc || off == 0x2000)
		model_set_ip(m, value, true);
	else if (off == 0x2004)
		model_set_ip(m, __builtin_bswap32(value), true);
	else if (off == 0x1ddc)
		model_set_ip(m, value, false);
	else if (off == 0x1edc)
		model_set_ie(m, value, true);
	else if (off == 0x1fdc)
		model_set_ie(m, value, false);
	else if (off >= 0x1c00 && off < 0x2000 && !(off & 0x80))
		model_word(m, off, value);
	else if (off == 0x3000 && m->msi && m->on &&
		 value >> 18 < MODEL_VCPUS && (value & 0x7ff))
		sent->count[value >> 18][value & 0x7ff]++;
	else if (off > 0x3000 && off < 0x4000)
		model_target(m, (unsigned int)(off - 0x3000) / 4, value);
	else if (off >= 0x4000)
		model_idc_write(m, off, value);
}

#endif
