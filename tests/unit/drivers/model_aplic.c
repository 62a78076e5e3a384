/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "model_aplic.h"

#include <asm/io.h>

struct model_aplic model;

static bool active(unsigned int s)
{
	return model.sourcecfg[s] != 0;
}

static bool level(unsigned int s)
{
	return model.sourcecfg[s] >= 6;
}

/* 4.5.7: odd modes are active low. */
static bool rectified(unsigned int s)
{
	return model.sourcecfg[s] >= 4 &&
	       model.line[s] != (model.sourcecfg[s] & 1);
}

static bool msi(void)
{
	return model.domaincfg & 4;
}

static void settle(void)
{
	for (unsigned int s = 1; s <= MODEL_SOURCES; s++) {
		unsigned int hart = model.target[s] >> 18;
		unsigned int id = model.target[s] & 0x7ff;

		if (level(s) && (!msi() || !rectified(s)))
			model.ip[s] = rectified(s);
		if (!msi() || !(model.domaincfg & 0x100) || !model.ip[s] ||
		    !model.ie[s])
			continue;
		assert_true(hart < MODEL_HARTS && id && id <= MODEL_IDS);
		model.ip[s] = false;
		model.harts[hart].message[id] = true;
		model.harts[hart].messages++;
	}
}

void model_line(unsigned int source, bool up)
{
	bool before = rectified(source);

	model.line[source] = up;
	if (!before && rectified(source))
		model.ip[source] = true;
	settle();
}

/* Lowest priority number, then lowest source (4.8.1.5). */
static unsigned int top(unsigned int hart)
{
	unsigned int best = 0;

	settle();
	for (unsigned int s = 1; s <= MODEL_SOURCES; s++) {
		uint32_t prio = model.target[s] & 0xff;
		uint32_t threshold = model.harts[hart].ithreshold;

		if (active(s) && model.ip[s] && model.ie[s] &&
		    model.target[s] >> 18 == hart &&
		    (!threshold || prio < threshold) &&
		    (!best || prio < (model.target[best] & 0xff)))
			best = s;
	}
	return best;
}

bool model_notified(unsigned int hart)
{
	return (model.domaincfg & 0x100) && !msi() &&
	       model.harts[hart].idelivery &&
	       (model.harts[hart].iforce || top(hart));
}

unsigned int model_take(unsigned int hart)
{
	settle();
	for (unsigned int id = 1; id <= MODEL_IDS; id++) {
		if (!model.harts[hart].message[id])
			continue;
		model.harts[hart].message[id] = false;
		return id;
	}
	return 0;
}

static uint32_t claim(unsigned int hart)
{
	unsigned int s = top(hart);

	if (!s)
		model.harts[hart].iforce = 0;
	else if (!level(s))
		model.ip[s] = false;
	return s << 16 | (model.target[s] & 0xff);
}

static unsigned int offset_of(const volatile void *addr, unsigned int width)
{
	unsigned int at =
		(unsigned int)((uintptr_t)addr - (uintptr_t)MODEL_REGS);

	assert_int_equal(width, 4);
	assert_int_equal(at % 4, 0);
	assert_true(at < 0x4000 + 32 * MODEL_HARTS);
	return at;
}

uint64_t fake_io_read(const volatile void *addr, unsigned int width)
{
	unsigned int at = offset_of(addr, width);

	if (at == 0)
		return 0x80000000 | model.domaincfg;
	if (at < 0x1000 && at / 4 <= MODEL_SOURCES)
		return model.sourcecfg[at / 4];
	if (at >= 0x4000 && at % 32 == 0x1c)
		return claim((at - 0x4000) / 32);
	fail_msg("read of %#x", at);
	return 0;
}

static void sourcecfg_write(unsigned int s, uint32_t value)
{
	assert_true(s <= MODEL_SOURCES);
	if (model.kept[s])
		value = 0;
	model.sourcecfg[s] = value;
	if (!value) {
		model.ie[s] = model.ip[s] = false;
		model.target[s] = 0;
	}
}

/* 4.7: a level's pending bit is set by hand in MSI mode alone, while it is
 * up, and cleared by hand there alone. */
static void ip_write(unsigned int s, bool value)
{
	bool by_hand = active(s) && (!level(s) || msi());

	if (s > MODEL_SOURCES || !by_hand ||
	    (value && level(s) && !rectified(s)))
		model.ignored++;
	else
		model.ip[s] = value;
}

static void ie_write(unsigned int s, bool value)
{
	if (s && s <= MODEL_SOURCES && active(s))
		model.ie[s] = value;
	else
		model.ignored++;
}

static void words_clear(unsigned int at)
{
	for (unsigned int s = at % 0x80 / 4 * 32, i = 0; i < 32; i++, s++) {
		if (s < 1 || s > MODEL_SOURCES)
			continue;
		if (at < 0x1f00)
			ip_write(s, false);
		else
			ie_write(s, false);
	}
}

static void idc_write(unsigned int at, uint32_t value)
{
	unsigned int hart = (at - 0x4000) / 32;

	switch (at % 32) {
	case 0x00:
		model.harts[hart].idelivery = value & 1;
		break;
	case 0x04:
		model.harts[hart].iforce = value & 1;
		break;
	case 0x08:
		model.harts[hart].ithreshold = value;
		break;
	default:
		fail_msg("write to IDC %#x", at);
	}
}

void fake_io_write(volatile void *addr, unsigned int width, uint64_t value)
{
	unsigned int at = offset_of(addr, width);
	uint32_t v = (uint32_t)value;

	if (at == 0)
		model.domaincfg = ((v & 0x104) | (model.msi_only ? 4 : 0)) &
				  ~(model.direct_only ? 4u : 0);
	else if (at < 0x1000)
		sourcecfg_write(at / 4, v);
	else if ((at >= 0x1d00 && at < 0x1d80) || (at >= 0x1f00 && at < 0x1f80))
		words_clear(at);
	else if (at == 0x1cdc)
		ip_write(v, true);
	else if (at == 0x1edc)
		ie_write(v, true);
	else if (at == 0x1fdc)
		ie_write(v, false);
	else if (at >= 0x3004 && at < 0x4000 &&
		 at % 0x1000 / 4 <= MODEL_SOURCES)
		model.target[at % 0x1000 / 4] = active(at % 0x1000 / 4) ? v : 0;
	else if (at >= 0x4000)
		idc_write(at, v);
	else
		fail_msg("write to %#x", at);
	settle();
}
