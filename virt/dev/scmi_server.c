/* SPDX-License-Identifier: Apache-2.0 */
/*
 * SCMI's answers: DEN 0056E, 4.1 to 4.2 and 4.6, and 5.1 for the shared memory.
 * Version 2.0 of both protocols; commands that it leaves to the platform are
 * not there, nor are notifications and delayed answers.
 */
#include "scmi_server.h"

#include <lib/util.h>
#include <string.h>

/* Words of the area, 5.1.2 */
enum {
	STATUS = 0x04 / 4,
	LENGTH = 0x14 / 4, /* of what follows, in bytes */
	HEADER = 0x18 / 4,
	PAYLOAD = 0x1c / 4,
};

#define STATUS_FREE 0x1u
#define STATUS_ERROR 0x2u

#define HEADER_ID(header) ((header)&0xff)
#define HEADER_TYPE(header) ((header) >> 8 & 3) /* 0: a command */
#define HEADER_PROTOCOL(header) ((header) >> 10 & 0xff)

#define PROTOCOL_BASE 0x10u
#define PROTOCOL_CLOCK 0x14u
#define VERSION 0x20000u

/* 4.1.4 */
enum {
	SUCCESS = 0,
	NOT_SUPPORTED = -1,
	INVALID_PARAMETERS = -2,
	NOT_FOUND = -4,
	PROTOCOL_ERROR = -10,
};

#define AGENT 1u /* who asks; 0 is the platform */
#define AGENT_SELF UINT32_MAX
#define NAME_WORDS 4u

#define RATES_RANGE (BIT(12) | 3u) /* lowest, highest, step */
#define RATE_ASYNC BIT(0)
#define RATE_UP BIT(2)
#define RATE_NEAREST BIT(3)
#define RATE_FLAGS 0xfu
#define CONFIG_ENABLE BIT(0)

#define IN_MAX 4u
#define OUT_MAX 8u

/**
 * struct call - one command, in copies
 * @in: its parameters
 * @out: of the answer, what follows the status; 0 at first
 */
struct call {
	struct scmi_server *server;
	const struct scmi_server_soc *soc;
	uint32_t protocol;
	uint32_t in[IN_MAX];
	uint32_t out[OUT_MAX];
};

/** struct command - with exactly @in parameters, answered by @out words */
struct command {
	int32_t (*answer)(struct call *c);
	uint8_t in, out;
};

static const struct command *command_find(uint32_t protocol, uint32_t id);

static int32_t text(uint32_t *out, const char *name)
{
	strncpy((char *)out, name, 4 * NAME_WORDS - 1);
	return SUCCESS;
}

/*
 * Of every protocol
 */

static int32_t version(struct call *c)
{
	c->out[0] = VERSION;
	return SUCCESS;
}

static int32_t message_attributes(struct call *c)
{
	return command_find(c->protocol, c->in[0]) ? SUCCESS : NOT_FOUND;
}

/*
 * Base protocol, 4.2
 */

static int32_t base_attributes(struct call *c)
{
	c->out[0] = 1u << 8 | 1u; /* an agent, a protocol beside this one */
	return SUCCESS;
}

static int32_t base_vendor(struct call *c)
{
	return text(c->out, c->soc->vendor);
}

static int32_t base_sub_vendor(struct call *c)
{
	return text(c->out, c->soc->sub_vendor);
}

static int32_t base_implementation(struct call *c)
{
	c->out[0] = c->soc->implementation;
	return SUCCESS;
}

/* Behind how many of them does it begin? */
static int32_t base_protocols(struct call *c)
{
	if (c->in[0] > 1)
		return INVALID_PARAMETERS;
	if (c->in[0])
		return SUCCESS;
	c->out[0] = 1;
	c->out[1] = PROTOCOL_CLOCK;
	return SUCCESS;
}

static int32_t base_agent(struct call *c)
{
	uint32_t agent = c->in[0] == AGENT_SELF ? AGENT : c->in[0];

	if (agent > AGENT)
		return NOT_FOUND;
	c->out[0] = agent;
	return text(c->out + 1, agent ? "guest" : "platform");
}

static const struct command base_commands[] = {
	[0x0] = {version, 0, 1},
	[0x1] = {base_attributes, 0, 1},
	[0x2] = {message_attributes, 1, 1},
	[0x3] = {base_vendor, 0, NAME_WORDS},
	[0x4] = {base_sub_vendor, 0, NAME_WORDS},
	[0x5] = {base_implementation, 0, 1},
	[0x6] = {base_protocols, 1, 2},
	[0x7] = {base_agent, 1, 1 + NAME_WORDS},
};

/*
 * Clock protocol, 4.6
 */

static int32_t clock_count(struct call *c)
{
	c->out[0] = c->soc->clock_count;
	return SUCCESS;
}

/* Whether it runs, and a name; how long enabling takes is not told. */
static int32_t clock_attributes(struct call *c)
{
	uint32_t id = c->in[0];

	if (id >= c->soc->clock_count)
		return NOT_FOUND;
	c->out[0] = c->server->running >> id & 1;
	return text(c->out + 1, c->soc->clocks[id].name);
}

/* A range has no index to begin at: what the command says of it is nothing. */
static int32_t clock_rates(struct call *c)
{
	const struct scmi_server_clock *clock;

	if (c->in[0] >= c->soc->clock_count)
		return NOT_FOUND;
	clock = &c->soc->clocks[c->in[0]];
	c->out[0] = RATES_RANGE;
	c->out[1] = clock->min_hz;
	c->out[3] = clock->max_hz;
	c->out[5] = clock->step_hz;
	return SUCCESS;
}

/* The rate that @flags make of @hz, which is in the range. */
static uint32_t rate_near(const struct scmi_server_clock *clock, uint32_t hz,
			  uint32_t flags)
{
	uint32_t above_by = (hz - clock->min_hz) % clock->step_hz;
	uint32_t below = hz - above_by;

	if (!above_by || clock->max_hz - below < clock->step_hz)
		return below;
	if (flags & RATE_NEAREST)
		return above_by <= clock->step_hz - above_by
			       ? below
			       : below + clock->step_hz;
	return flags & RATE_UP ? below + clock->step_hz : below;
}

static int32_t clock_rate_set(struct call *c)
{
	uint64_t hz = (uint64_t)c->in[3] << 32 | c->in[2];
	uint32_t flags = c->in[0], id = c->in[1];
	const struct scmi_server_clock *clock;

	if (id >= c->soc->clock_count)
		return NOT_FOUND;
	if (flags & ~RATE_FLAGS)
		return INVALID_PARAMETERS;
	if (flags & RATE_ASYNC)
		return NOT_SUPPORTED;
	clock = &c->soc->clocks[id];
	if (hz < clock->min_hz || hz > clock->max_hz)
		return INVALID_PARAMETERS;
	c->server->hz[id] = rate_near(clock, (uint32_t)hz, flags);
	return SUCCESS;
}

static int32_t clock_rate_get(struct call *c)
{
	if (c->in[0] >= c->soc->clock_count)
		return NOT_FOUND;
	c->out[0] = c->server->hz[c->in[0]];
	return SUCCESS;
}

static int32_t clock_config_set(struct call *c)
{
	uint32_t id = c->in[0];

	if (id >= c->soc->clock_count)
		return NOT_FOUND;
	if (c->in[1] & ~CONFIG_ENABLE)
		return INVALID_PARAMETERS;
	if (c->in[1] & CONFIG_ENABLE)
		c->server->running |= BIT(id);
	else
		c->server->running &= ~BIT(id);
	return SUCCESS;
}

static const struct command clock_commands[] = {
	[0x0] = {version, 0, 1},
	[0x1] = {clock_count, 0, 1},
	[0x2] = {message_attributes, 1, 1},
	[0x3] = {clock_attributes, 1, 2 + NAME_WORDS},
	[0x4] = {clock_rates, 2, 7},
	[0x5] = {clock_rate_set, 4, 0},
	[0x6] = {clock_rate_get, 1, 2},
	[0x7] = {clock_config_set, 2, 0},
};

/*
 * The channel
 */

static const struct command *command_find(uint32_t protocol, uint32_t id)
{
	const struct command *commands = base_commands;
	uint32_t count = ARRAY_SIZE(base_commands);

	if (protocol == PROTOCOL_CLOCK) {
		commands = clock_commands;
		count = ARRAY_SIZE(clock_commands);
	} else if (protocol != PROTOCOL_BASE) {
		return NULL;
	}
	return id < count ? &commands[id] : NULL;
}

/* @length: of the parameters, in bytes. Return: words that answer it. */
static uint32_t answer(struct call *c, uint32_t header, uint32_t length,
		       int32_t *status)
{
	const struct command *command;

	c->protocol = HEADER_PROTOCOL(header);
	command = command_find(c->protocol, HEADER_ID(header));
	if (HEADER_TYPE(header))
		*status = PROTOCOL_ERROR;
	else if (!command)
		*status = NOT_SUPPORTED;
	else if (length != 4u * command->in)
		*status = PROTOCOL_ERROR;
	else
		*status = command->answer(c);
	return *status == SUCCESS ? command->out : 0;
}

void scmi_server_ring(struct scmi_server *s, const struct scmi_server_soc *soc)
{
	struct call c = {.server = s, .soc = soc};
	uint32_t length = s->area[LENGTH], count;
	int32_t status;

	if (s->area[STATUS] & (STATUS_FREE | STATUS_ERROR) || length < 4 ||
	    length > SCMI_AREA_BYTES - 4 * HEADER) {
		s->area[STATUS] = STATUS_FREE | STATUS_ERROR;
		return;
	}
	memcpy(c.in, &s->area[PAYLOAD], sizeof(c.in));
	count = answer(&c, s->area[HEADER], length - 4, &status);
	s->area[PAYLOAD] = (uint32_t)status;
	memcpy(&s->area[PAYLOAD + 1], c.out, 4 * count);
	s->area[LENGTH] = 8 + 4 * count;
	s->area[STATUS] = STATUS_FREE;
}

void scmi_server_cold(struct scmi_server *s, const struct scmi_server_soc *soc)
{
	memset(s, 0, sizeof(*s));
	s->area[STATUS] = STATUS_FREE;
	for (uint32_t i = 0; i < soc->clock_count; i++) {
		s->hz[i] = soc->clocks[i].cold_hz;
		s->running |= BIT(i);
	}
}

#define MHZ 1000000u
#define RATES(min, max, step, cold)                                            \
	(min) * MHZ, (max)*MHZ, (step)*MHZ, (cold)*MHZ

/* By SCMI_CLK_* of Linux' rockchip,rk3588-cru.h. */
static const struct scmi_server_clock rk3588_clocks[] = {
	{"scmi_clk_cpul", RATES(408, 1800, 24, 816)},
	{"scmi_clk_dsu", RATES(408, 1800, 24, 816)},
	{"scmi_clk_cpub01", RATES(408, 2400, 24, 816)},
	{"scmi_clk_cpub23", RATES(408, 2400, 24, 816)},
	{"scmi_clk_ddr", RATES(528, 2112, 528, 2112)},
	{"scmi_clk_gpu", RATES(200, 1000, 100, 200)},
	{"scmi_clk_npu", RATES(200, 1000, 100, 200)},
	{"scmi_clk_sbus", RATES(50, 350, 50, 350)},
	{"scmi_pclk_sbus", RATES(50, 100, 50, 100)},
	{"scmi_cclk_sd", 400000, 198 * MHZ, 400000, 24 * MHZ},
	{"scmi_dclk_sd", RATES(24, 198, 6, 24)},
	{"scmi_aclk_ns", RATES(50, 350, 50, 350)},
	{"scmi_hclk_ns", RATES(50, 150, 50, 150)},
	{"scmi_tclk_wdt", RATES(24, 24, 1, 24)},
	{"scmi_keyl_core", RATES(50, 350, 50, 350)},
	{"scmi_keyl_rng", RATES(25, 175, 25, 175)},
	{"scmi_aclk_sec_s", RATES(50, 350, 50, 350)},
	{"scmi_hclk_sec_s", RATES(50, 150, 50, 150)},
	{"scmi_pclk_sec_s", RATES(50, 100, 50, 100)},
	{"scmi_crypto_rng", RATES(25, 175, 25, 175)},
	{"scmi_crypto", RATES(50, 350, 50, 350)},
	{"scmi_crypto_pka", RATES(50, 350, 50, 350)},
	{"scmi_spll", RATES(702, 702, 1, 702)},
	{"scmi_hclk_sd", RATES(50, 150, 50, 150)},
};
_Static_assert(ARRAY_SIZE(rk3588_clocks) <= SCMI_CLOCKS_MAX, "room for them");

const struct scmi_server_soc scmi_server_rk3588 = {
	.vendor = "cvisor",
	.sub_vendor = "rk3588",
	.implementation = 1,
	.clock_count = ARRAY_SIZE(rk3588_clocks),
	.clocks = rk3588_clocks,
};
