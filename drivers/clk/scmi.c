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
#include <mm/heap.h>
#include <mm/host_map.h>
#include <string.h>

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
 * struct scmi_channel - for ever, as the clocks behind it
 * @lock: guards all of it, and the memory
 * @node: of "arm,scmi-smc"
 * @dead: it did not answer once
 */
struct scmi_channel {
	struct spinlock lock;
	struct scmi_channel *next;
	const void *fdt;
	int node;
	uint32_t call;
	uint64_t base, size_bytes;
	volatile uint8_t *memory;
	uint32_t token;
	bool dead;
};

static struct scmi_channel *channels; /* list_lock guards it */
static struct spinlock list_lock = SPINLOCK_INIT(LOCK_RANK_DEVICE);

static const char *name_of(const struct scmi_channel *channel)
{
	return fdt_get_name(channel->fdt, channel->node, NULL);
}

static bool wait_free(const struct scmi_channel *channel)
{
	for (unsigned int i = 0; i < POLLS_MAX; i++) {
		if (io_read32(channel->memory + STATUS) & STATUS_FREE)
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

static int answer_read(const struct scmi_channel *channel,
		       struct scmi_message *m, uint32_t header)
{
	uint32_t length = io_read32(channel->memory + LENGTH);
	int err;

	if (io_read32(channel->memory + STATUS) & STATUS_ERROR ||
	    io_read32(channel->memory + HEADER) != header || length < 8 ||
	    length % 4 || length > channel->size_bytes - HEADER)
		return -EIO;
	err = error_of((int32_t)io_read32(channel->memory + PAYLOAD));
	m->in_count = MIN(length / 4 - 2, SCMI_WORDS_MAX);
	for (unsigned int i = 0; i < SCMI_WORDS_MAX; i++)
		m->in[i] = i < m->in_count ? io_read32(channel->memory +
						       PAYLOAD + 4 + 4 * i)
					   : 0;
	return err;
}

static int exchange(struct scmi_channel *channel, struct scmi_message *m)
{
	uint32_t header = m->id | (uint32_t)m->protocol
					  << HEADER_PROTOCOL_SHIFT;
	struct smccc_result result;

	if (channel->dead)
		return -ETIMEDOUT;
	if (!wait_free(channel))
		goto dead;
	header |= (channel->token++ & HEADER_TOKEN) << HEADER_TOKEN_SHIFT;
	io_write32(channel->memory + FLAGS, 0);
	io_write32(channel->memory + LENGTH, 4 + 4 * m->out_count);
	io_write32(channel->memory + HEADER, header);
	for (unsigned int i = 0; i < m->out_count; i++)
		io_write32(channel->memory + PAYLOAD + 4 * i, m->out[i]);
	/* free, and no error: firmware's from here */
	io_write32(channel->memory + STATUS, 0);
	smccc_smc(channel->call, 0, 0, 0, &result);
	if ((int32_t)result.x[0]) {
		/* it did not look: the channel is ours again */
		io_write32(channel->memory + STATUS, STATUS_FREE);
		return -EOPNOTSUPP;
	}
	if (wait_free(channel))
		return answer_read(channel, m, header);
dead:
	channel->dead = true;
	log_err("%s: firmware does not answer; nothing more is asked of it",
		name_of(channel));
	return -ETIMEDOUT;
}

int scmi_call(struct scmi_channel *channel, struct scmi_message *message)
{
	int err;

	spin_lock(&channel->lock);
	err = exchange(channel, message);
	spin_unlock(&channel->lock);
	return err;
}

/* Does firmware speak it? Four to a word, in as many answers as it takes. */
static int base_has(struct scmi_channel *channel, uint8_t protocol)
{
	for (uint32_t skip = 0; skip < PROTOCOLS_MAX;) {
		struct scmi_message m = {
			.protocol = SCMI_PROTOCOL_BASE,
			.id = BASE_LIST_PROTOCOLS,
			.out_count = 1,
			.out = {skip},
		};
		int err = scmi_call(channel, &m);
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

/*
 * Is it where memory can be? A tree that is wrong here would have us write over
 * somebody's data, or to where nothing answers. Part of an SRAM, which is no
 * RAM of ours; or reserved, as on RK3588 below the RAM that is ours.
 */
static bool memory_is_shared(const void *fdt, int shmem,
			     const struct fdt_reg *memory)
{
	static const char *const srams[] = {"mmio-sram", NULL};
	int parent = fdt_parent(fdt, shmem);
	const char *name = fdt_get_name(fdt, parent, NULL);
	bool in_sram = fdt_node_compatible_any(fdt, parent, srams);
	uint64_t end = memory->addr + memory->size, top = 0;
	struct fdt_scan scan;
	struct fdt_reg bank;
	int len;

	if (!name || end < memory->addr || !fdt_scan_init(&scan, fdt))
		return false;
	while (fdt_scan_next(&scan)) {
		const char *type =
			fdt_prop(fdt, scan.node, "device_type", &len);

		if (scan.depth != 1 || !type || len != 7 ||
		    memcmp(type, "memory", 7))
			continue;
		for (unsigned int i = 0; !fdt_scan_reg(&scan, i, &bank); i++) {
			top = MAX(top, bank.addr + bank.size);
			if (in_sram && memory->addr < bank.addr + bank.size &&
			    end > bank.addr)
				return false;
		}
	}
	return in_sram || (!strcmp(name, "reserved-memory") && end <= top);
}

/* list_lock is held. NULL: there is none, or the memory is another's. */
static struct scmi_channel *channel_find(const void *fdt, int node,
					 uint64_t base, bool *taken)
{
	struct scmi_channel *channel = channels;

	*taken = false;
	while (channel && (channel->node != node || channel->fdt != fdt)) {
		*taken |= channel->base == base;
		channel = channel->next;
	}
	return channel;
}

static struct scmi_channel *channel_make(const void *fdt, int node)
{
	static const char *const memories[] = {"arm,scmi-shmem", NULL};
	uint32_t phandle = fdt_u32(fdt, node, "shmem", 0);
	uint32_t call = fdt_u32(fdt, node, "arm,smc-id", 0);
	int shmem = phandle ? fdt_phandle_node(fdt, phandle) : -1;
	struct scmi_channel *channel = NULL;
	struct fdt_reg reg;

	if (call && shmem >= 0 && psci_available() &&
	    fdt_node_compatible_any(fdt, shmem, memories) &&
	    !fdt_node_reg(fdt, shmem, 0, &reg) && reg.addr % 4 == 0 &&
	    reg.size >= PAYLOAD + 4 + 4 * SCMI_WORDS_MAX &&
	    memory_is_shared(fdt, shmem, &reg))
		channel = heap_alloc(sizeof(*channel));
	if (!channel)
		return NULL;
	*channel = (struct scmi_channel){
		.lock = SPINLOCK_INIT(LOCK_RANK_DEVICE),
		.fdt = fdt,
		.node = node,
		.call = call,
		.base = reg.addr,
		.size_bytes = reg.size,
		.memory = host_map_device(hpa(reg.addr), reg.size),
	};
	if (!channel->memory) {
		heap_free(channel);
		return NULL;
	}
	return channel;
}

static struct scmi_channel *channel_get(const void *fdt, int node)
{
	struct scmi_channel *mine, *channel;
	bool taken;

	spin_lock(&list_lock);
	channel = channel_find(fdt, node, 0, &taken);
	spin_unlock(&list_lock);
	if (channel)
		return channel;
	mine = channel_make(fdt, node);
	if (mine) {
		spin_lock(&list_lock);
		/* who came second takes what is there; its memory stays mapped */
		channel = channel_find(fdt, node, mine->base, &taken);
		if (!channel && !taken) {
			mine->next = channels;
			channels = channel = mine;
		}
		spin_unlock(&list_lock);
		if (channel != mine)
			heap_free(mine);
	}
	if (!channel)
		log_err("%s: arm,smc-id and shmem make no channel",
			fdt_get_name(fdt, node, NULL));
	return channel;
}

int scmi_open(const void *fdt, int node, uint8_t protocol,
	      struct scmi_channel **channel)
{
	static const char *const transports[] = {"arm,scmi-smc", NULL};
	struct scmi_message version = {.protocol = SCMI_PROTOCOL_BASE,
				       .id = SCMI_VERSION};
	int parent = fdt_parent(fdt, node), err;

	if (fdt_u32(fdt, node, "reg", 0) != protocol || parent < 0 ||
	    !fdt_node_compatible_any(fdt, parent, transports))
		return -ENODEV;
	*channel = channel_get(fdt, parent);
	if (!*channel)
		return -ENODEV;
	err = scmi_call(*channel, &version);
	if (!err)
		err = base_has(*channel, protocol);
	if (err)
		log_err("%s: firmware has no protocol %#x (error %d)",
			name_of(*channel), protocol, err);
	return err ? -ENODEV : 0;
}
