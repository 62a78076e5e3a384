/* SPDX-License-Identifier: Apache-2.0 */
/* What rigs of DesignWare's kind have in common; a test includes it once. */
#ifndef TESTS_DW_RIG_H
#define TESTS_DW_RIG_H

#include <errno.h>

#include "host_cases.h"
#include "model_dw.h"

#define DW_FAULT(bits)                                                         \
	{                                                                      \
		{bits, 0}, 0, true                                             \
	}
/* data's faults that each has: CRC, none in time, FIFO over- or underrun,
 * written to while busy, no end bit; no start bit, which of a write says that
 * the card is not busy any more */
#define DW_DATA_FAULTS                                                         \
	DW_FAULT(0x088), DW_FAULT(0x208), DW_FAULT(0x800), DW_FAULT(0x1000),   \
		DW_FAULT(0x8008),                                              \
	{                                                                      \
		{0x2008, 0}, 0, false                                          \
	}

static const struct host_fault dw_command_faults[] = {
	{{0x0044, 0}, -EIO, false}, /* CRC of the response */
	{{0x0006, 0}, -EIO, false}, /* its bits */
	{{0x0104, 0}, -ETIMEDOUT, false},
	{{0x1000, 0}, -EIO, false},
};

#define DW_STUCK                                                               \
	{offsetof(struct host_model, never_resets), "does not reset"},         \
		{offsetof(struct host_model, never_dma_resets),                \
		 "does not reset"},                                            \
		{offsetof(struct host_model, never_takes),                     \
		 "does not take its clock"},                                   \
	{                                                                      \
		offsetof(struct host_model, locked), "does not take its clock" \
	}

static void dw_lines_check(unsigned int lines)
{
	uint32_t bits = lines == 8 ? 0x10000 : lines == 4;

	assert_int_equal(dw_model_reg(0x18), bits);
}

/* with data_faults and stuck */
#define DW_RIG                                                                 \
	.card_hz = 50000000, .hz = dw_model_hz, .is_open = dw_model_open,      \
	.is_quiet = dw_model_is_quiet, .lines_check = dw_lines_check,          \
	.data_faults = data_faults,                                            \
	.data_fault_count = ARRAY_SIZE(data_faults),                           \
	.command_faults = dw_command_faults,                                   \
	.command_fault_count = ARRAY_SIZE(dw_command_faults), .stuck = stuck,  \
	.stuck_count = ARRAY_SIZE(stuck)

#endif
