/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Clocks that firmware has: SCMI's clock protocol, DEN 0056E, 4.6. On RK3588
 * those of the CPUs, and of the SD slot.
 */
#include "scmi.h"

#include <errno.h>
#include <lib/log.h>
#include <libfdt.h>

#include "clk.h"

#define LOG_TAG "scmi"

#define RATE_SET 0x5u
#define RATE_GET 0x6u
#define CONFIG_SET 0x7u
#define CONFIG_ENABLE 0x1u
#define RATE_FLAGS_DOWN 0x0u /* at once, rounded down */

/* Others would have other messages: 4.6.2.1. */
#define VERSION_MAJOR_MAX 3u

static int ask(const struct clk_provider *p, uint8_t id, unsigned int count,
	       const uint32_t *out, struct scmi_message *m)
{
	*m = (struct scmi_message){
		.protocol = SCMI_PROTOCOL_CLOCK,
		.id = id,
		.out_count = count,
	};
	for (unsigned int i = 0; i < count; i++)
		m->out[i] = out[i];
	return scmi_call(p->channel, m);
}

static int scmi_clk_probe(struct clk_provider *p)
{
	struct scmi_message m;
	int err = scmi_open(p->fdt, p->node, SCMI_PROTOCOL_CLOCK, &p->channel);

	if (!err)
		err = ask(p, SCMI_VERSION, 0, NULL, &m);
	if (!err && (m.in[0] >> 16 < 1 || m.in[0] >> 16 > VERSION_MAJOR_MAX)) {
		log_err("%s: clock protocol of version %#x is not known",
			fdt_get_name(p->fdt, p->node, NULL), m.in[0]);
		err = -ENODEV;
	}
	if (!err)
		err = ask(p, SCMI_ATTRIBUTES, 0, NULL, &m);
	p->count = m.in[0] & 0xffff;
	return err ? -ENODEV : 0;
}

static bool scmi_clk_has(const struct clk_provider *p, uint32_t id)
{
	return id < p->count;
}

static uint64_t scmi_clk_rate(const struct clk_provider *p, uint32_t id,
			      unsigned int depth __unused_arg)
{
	struct scmi_message m;

	if (ask(p, RATE_GET, 1, &id, &m) || m.in_count < 2)
		return 0;
	return (uint64_t)m.in[1] << 32 | m.in[0];
}

static int scmi_clk_enable(const struct clk_provider *p, uint32_t id,
			   unsigned int depth __unused_arg)
{
	struct scmi_message m;
	int err = ask(p, CONFIG_SET, 2, (const uint32_t[]){id, CONFIG_ENABLE},
		      &m);

	/* one that cannot be switched runs */
	return err == -EOPNOTSUPP || err == -EPERM ? 0 : err;
}

static int scmi_clk_set_rate(const struct clk_provider *p, uint32_t id,
			     uint64_t hz)
{
	const uint32_t out[] = {RATE_FLAGS_DOWN, id, (uint32_t)hz,
				(uint32_t)(hz >> 32)};
	struct scmi_message m;
	int err = hz ? ask(p, RATE_SET, ARRAY_SIZE(out), out, &m) : -ERANGE;

	if (err)
		return err == -EINVAL ? -ERANGE : err;
	return scmi_clk_rate(p, id, 0) <= hz ? 0 : -ERANGE;
}

const struct clk_ops scmi_clk_ops = {
	.probe = scmi_clk_probe,
	.has = scmi_clk_has,
	.rate = scmi_clk_rate,
	.enable = scmi_clk_enable,
	.set_rate = scmi_clk_set_rate,
};
