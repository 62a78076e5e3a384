/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Arm System Control and Management Interface, DEN 0056, to firmware by SMC:
 * messages in shared memory, one at a time, answered when the call returns.
 */
#ifndef CLK_SCMI_H
#define CLK_SCMI_H

#include <lib/types.h>
#include <lib/util.h>

#define SCMI_PROTOCOL_BASE 0x10u
#define SCMI_PROTOCOL_CLOCK 0x14u
/* of every protocol, 4.1 */
#define SCMI_VERSION 0x0u
#define SCMI_ATTRIBUTES 0x1u

/* the longest that is sent or looked at here, in words */
#define SCMI_WORDS_MAX 8u

/**
 * struct scmi_message - @out: its parameters; @in: of the answer what is behind
 * the status, as many as came, the others 0
 */
struct scmi_message {
	uint8_t protocol, id;
	unsigned int out_count, in_count;
	uint32_t out[SCMI_WORDS_MAX], in[SCMI_WORDS_MAX];
};

/* of a node "arm,scmi-smc" */
struct scmi_channel;

/**
 * scmi_open() - the channel that a protocol's node hangs on
 * @node: of the protocol, in the host tree
 * @protocol: that it has to be, and that firmware has to have
 *
 * Return: 0; -ENODEV, logged where it hangs on one.
 */
int __must_check scmi_open(const void *fdt, int node, uint8_t protocol,
			   struct scmi_channel **channel);

/**
 * scmi_call() - send and wait
 *
 * Return: 0; -EOPNOTSUPP, -EINVAL, -EPERM, -ENOENT, -ERANGE, -EBUSY: firmware
 * says so; -EIO: another error, or an answer that is none; -ETIMEDOUT: no
 * answer, and there will be none to later ones.
 */
int __must_check scmi_call(struct scmi_channel *channel,
			   struct scmi_message *message);

#endif
