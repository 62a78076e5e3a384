/* SPDX-License-Identifier: Apache-2.0 */
/*
 * SCMI's transport and its base protocol. DEN 0056E, 5.1 "Shared memory based
 * transport" for the layout, 4.2 "Base protocol"; the binding "arm,scmi-smc".
 *
 * What firmware writes is not trusted: lengths are checked, waits end, and an
 * answer to something else is none.
 */
#include "scmi.h"

#include <asm/io.h>
#include <asm/smccc.h>
#include <core/timer.h>
#include <errno.h>
#include <lib/fdt.h>
#include <lib/lock.h>
#include <lib/log.h>
#include <libfdt.h>
#include <mm/host_map.h>

#define LOG_TAG "scmi"

#define STATUS 0x04u
#define STATUS_FREE 0x1u
#define STATUS_ERROR 0x2u
#define FLAGS 0x10u
#define LENGTH 0x14u /* of what follows */
#define HEADER 0x18u
#define PAYLOAD 0x1cu

#define HEADER_PROTOCOL_SHIFT 10
#define HEADER_TOKEN_SHIFT 18
#define HEADER_TOKEN 0x3ffu

#define BASE_LIST_PROTOCOLS 0x6u
#define PROTOCOLS_MAX 256u

#define POLL_US 10u
#define POLLS_MAX 3000u

/**
 * struct channel - @lock: guards all of it, and the memory
 * @node:  of "arm,scmi-smc"; 0: not opened yet
 * @dead:  it did not answer once
 */
static struct channel {
	struct spinlock lock;
	const void *fdt;
	int node;
	uint32_t call;
	volatile uint8_t *memory;
	uint64_t size_bytes;
	uint32_t token;
	bool dead;
} channel = {.lock = SPINLOCK_INIT(LOCK_RANK_DEVICE)};

static bool wait_free(void)
{
	for (unsigned int i = 0; i < POLLS_MAX; i++) {
		if (io_read32(channel.memory + STATUS) & STATUS_FREE)
			return true;
		time_delay_us(POLL_US);
	}
	return false;
}

/* 4.1.4 Status codes */
static int error_of(int32_t status)
{
	static const int errors[] = {
		0, -EOPNOTSUPP, -EINVAL, -EPERM, -ENOENT, -ERANGE, -EBUSY,
	};

	if (status > 0 || status <= -(int32_t)ARRAY_SIZE(errors))
		return -EIO;
	return errors[-status];
}

static int answer_read(struct scmi_message *m, uint32_t header)
{
	uint32_t length = io_read32(channel.memory + LENGTH);
	int err;

	if (io_read32(channel.memory + STATUS) & STATUS_ERROR ||
	    io_read32(channel.memory + HEADER) != header || length < 8 ||
	    length % 4 || length > channel.size_bytes - HEADER)
		return -EIO;
	err = error_of((int32_t)io_read32(channel.memory + PAYLOAD));
	m->in_count = MIN(length / 4 - 2, SCMI_WORDS_MAX);
	for (unsigned int i = 0; i < SCMI_WORDS_MAX; i++)
		m->in[i] = i < m->in_count ? io_read32(channel.memory +
						       PAYLOAD + 4 + 4 * i)
					   : 0;
	return err;
}

static int exchange(struct scmi_message *m)
{
	uint32_t header = m->id | (uint32_t)m->protocol
					  << HEADER_PROTOCOL_SHIFT;
	struct smccc_result result;

	if (channel.dead)
		return -ETIMEDOUT;
	if (!wait_free())
		goto dead;
	header |= (channel.token++ & HEADER_TOKEN) << HEADER_TOKEN_SHIFT;
	io_write32(channel.memory + FLAGS, 0);
	io_write32(channel.memory + LENGTH, 4 + 4 * m->out_count);
	io_write32(channel.memory + HEADER, header);
	for (unsigned int i = 0; i < m->out_count; i++)
		io_write32(channel.memory + PAYLOAD + 4 * i, m->out[i]);
	/* free, and no error: firmware's from here */
	io_write32(channel.memory + STATUS, 0);
	smccc_smc(channel.call, 0, 0, 0, &result);
	if ((int32_t)result.x[0]) {
		/* it did not look: the channel is ours again */
		io_write32(channel.memory + STATUS, STATUS_FREE);
		return -EOPNOTSUPP;
	}
	if (wait_free())
		return answer_read(m, header);
dead:
	channel.dead = true;
	log_err("firmware does not answer; nothing more is asked of it");
	return -ETIMEDOUT;
}

int scmi_call(struct scmi_message *message)
{
	int err = -ENODEV;

	spin_lock(&channel.lock);
	if (channel.node)
		err = exchange(message);
	spin_unlock(&channel.lock);
	return err;
}

/* Does firmware speak it? Four to a word, in as many answers as it takes. */
static int base_has(uint8_t protocol)
{
	for (uint32_t skip = 0; skip < PROTOCOLS_MAX;) {
		struct scmi_message m = {
			.protocol = SCMI_PROTOCOL_BASE,
			.id = BASE_LIST_PROTOCOLS,
			.out_count = 1,
			.out = {skip},
		};
		int err = scmi_call(&m);
		uint32_t count = m.in[0];

		if (err)
			return err;
		if (!count || !m.in_count)
			break;
		/* what does not fit here comes with the next answer */
		count = MIN(count, 4 * (m.in_count - 1));
		for (uint32_t i = 0; i < count; i++)
			if ((m.in[1 + i / 4] >> i % 4 * 8 & 0xff) == protocol)
				return 0;
		if (!count)
			break;
		skip += count;
	}
	return -ENODEV;
}

static int channel_open(const void *fdt, int node)
{
	static const char *const memories[] = {"arm,scmi-shmem", NULL};
	uint32_t phandle = fdt_u32(fdt, node, "shmem", 0);
	uint32_t call = fdt_u32(fdt, node, "arm,smc-id", 0);
	int shmem = phandle ? fdt_phandle_node(fdt, phandle) : -1;
	volatile uint8_t *memory;
	struct fdt_reg reg;

	if (!call || shmem < 0 ||
	    !fdt_node_compatible_any(fdt, shmem, memories) ||
	    fdt_node_reg(fdt, shmem, 0, &reg) || reg.addr % 4 ||
	    reg.size < PAYLOAD + 4 + 4 * SCMI_WORDS_MAX || !psci_available()) {
		log_err("arm,smc-id and shmem make no channel");
		return -ENODEV;
	}
	memory = host_map_device(hpa(reg.addr), reg.size);
	if (!memory)
		return -ENODEV;
	spin_lock(&channel.lock);
	/* who came second finds it opened, over the same memory */
	if (!channel.node) {
		channel.fdt = fdt;
		channel.node = node;
		channel.call = call;
		channel.memory = memory;
		channel.size_bytes = reg.size;
	}
	spin_unlock(&channel.lock);
	return 0;
}

int scmi_open(const void *fdt, int node, uint8_t protocol)
{
	static const char *const transports[] = {"arm,scmi-smc", NULL};
	struct scmi_message version = {.protocol = SCMI_PROTOCOL_BASE,
				       .id = SCMI_VERSION};
	int parent = fdt_parent(fdt, node), err = 0;

	if (fdt_u32(fdt, node, "reg", 0) != protocol || parent < 0 ||
	    !fdt_node_compatible_any(fdt, parent, transports))
		return -ENODEV;
	if (!channel.node)
		err = channel_open(fdt, parent);
	if (err || channel.node != parent || channel.fdt != fdt)
		return -ENODEV;
	err = scmi_call(&version);
	if (!err)
		err = base_has(protocol);
	if (err)
		log_err("firmware has no protocol %#x (error %d)", protocol,
			err);
	return err ? -ENODEV : 0;
}
