/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The platform's side of SCMI, Arm DEN 0056: the base protocol and that of
 * clocks, in shared memory. Logic alone: a guest's device has it, and tests of
 * the host's own driver.
 */
#ifndef VIRT_DEV_SCMI_SERVER_H
#define VIRT_DEV_SCMI_SERVER_H

#include <lib/types.h>

/* Of the shared memory. */
#define SCMI_AREA_BYTES 256u
#define SCMI_CLOCKS_MAX 24u

/**
 * struct scmi_server_clock - every rate from @min_hz to @max_hz, by @step_hz
 * @name: of at most 15 characters
 * @cold_hz: at first, when it runs
 */
struct scmi_server_clock {
	const char *name;
	uint32_t min_hz, max_hz, step_hz, cold_hz;
};

/** struct scmi_server_soc - @vendor, @sub_vendor: of at most 15 characters */
struct scmi_server_soc {
	const char *vendor, *sub_vendor;
	uint32_t implementation;
	uint32_t clock_count; /* at most SCMI_CLOCKS_MAX */
	const struct scmi_server_clock *clocks;
};

extern const struct scmi_server_soc scmi_server_rk3588;

/** struct scmi_server - no pointers: it can be saved as it is */
struct scmi_server {
	uint32_t area[SCMI_AREA_BYTES / 4];
	uint32_t hz[SCMI_CLOCKS_MAX];
	uint32_t running; /* a bit for each clock */
};

/** scmi_server_cold() - the channel is free, and clocks are as at first */
void scmi_server_cold(struct scmi_server *s, const struct scmi_server_soc *soc);

/**
 * scmi_server_ring() - take the message in the area, and answer there
 *
 * Whatever the area holds: the channel is free afterwards, and says an error
 * where there was no message.
 */
void scmi_server_ring(struct scmi_server *s, const struct scmi_server_soc *soc);

#endif
