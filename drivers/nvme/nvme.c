/* SPDX-License-Identifier: Apache-2.0 */
/* The controller: its start, its queues, its end. NVM Express 1.4, 7.6. */
#include "nvme.h"

#include <string.h>

#include <arch/cpu.h>
#include <asm/io.h>
#include <errno.h>
#include <lib/log.h>

#define LOG_TAG "nvme"

#define COMMAND_MS 10000u
/* beyond what CAP.TO says, for controllers that are modest */
#define READY_EXTRA_MS 500u

static uint32_t reg_read(const struct nvme *nvme, unsigned int reg)
{
	return io_read32(nvme->regs + reg);
}

static void reg_write(const struct nvme *nvme, unsigned int reg, uint32_t value)
{
	io_write32(nvme->regs + reg, value);
}

static void reg_write64(const struct nvme *nvme, unsigned int reg,
			uint64_t value)
{
	reg_write(nvme, reg, (uint32_t)value);
	reg_write(nvme, reg + 4, (uint32_t)(value >> 32));
}

/* 3.1.24, 3.1.25: @cq 0: tail of the submission queue, 1: head of the other */
static void doorbell(const struct nvme *nvme, unsigned int id, unsigned int cq,
		     uint32_t value)
{
	reg_write(nvme,
		  NVME_DOORBELLS + (2 * id + cq) * (4u << CAP_DSTRD(nvme->cap)),
		  value);
}

static bool is_gone(const struct nvme *nvme)
{
	return reg_read(nvme, NVME_CSTS) == UINT32_MAX;
}

/*
 * Start and stop
 */

static bool is_stopped(void *arg)
{
	const struct nvme *nvme = arg;

	return !(reg_read(nvme, NVME_CSTS) & CSTS_RDY) || is_gone(nvme);
}

static bool is_ready(void *arg)
{
	const struct nvme *nvme = arg;

	return reg_read(nvme, NVME_CSTS) & (CSTS_RDY | CSTS_CFS);
}

static uint64_t ready_ms(const struct nvme *nvme)
{
	return CAP_TO_500MS(nvme->cap) * 500ull + READY_EXTRA_MS;
}

int nvme_stop(struct nvme *nvme)
{
	reg_write(nvme, NVME_CC, 0);
	if (!io_wait(&nvme->wait, is_stopped, nvme, ready_ms(nvme)))
		return 0;
	log_err("%s: does not stop", nvme->name);
	return -EIO;
}

static void queue_init(struct nvme *nvme, struct nvme_queue *queue,
		       unsigned int id, unsigned int first_page)
{
	uint64_t offset = first_page * PAGE_SIZE;

	*queue = (struct nvme_queue){
		.id = (uint16_t)id,
		.sq = (void *)(nvme->pages + offset),
		.cq = (void *)(nvme->pages + offset + PAGE_SIZE),
		.sq_at = hpa(nvme->pages_at.v + offset),
		.cq_at = hpa(nvme->pages_at.v + offset + PAGE_SIZE),
		.phase = true,
	};
	/* old answers must not look like new ones */
	for (unsigned int i = 0; i < NVME_DEPTH; i++)
		queue->cq[i].status = 0;
}

static int capabilities_check(struct nvme *nvme)
{
	nvme->cap = reg_read(nvme, NVME_CAP) |
		    (uint64_t)reg_read(nvme, NVME_CAP + 4) << 32;
	if (nvme->cap == UINT64_MAX)
		return -ENODEV;
	if (CAP_MPSMIN(nvme->cap) || CAP_MQES(nvme->cap) + 1 < NVME_DEPTH ||
	    CAP_DSTRD(nvme->cap) > 8) {
		log_err("%s: cannot be driven: CAP %#llx: it needs pages of 4 "
			"KiB and queues of %u",
			nvme->name, (unsigned long long)nvme->cap, NVME_DEPTH);
		return -EIO;
	}
	return 0;
}

/* Without I/O queues: it may be told to reset while one waits for these. */
static int admin_start(struct nvme *nvme)
{
	int err = nvme_stop(nvme);

	if (err)
		return err;
	queue_init(nvme, &nvme->admin, 0, PAGE_ASQ);
	queue_init(nvme, &nvme->io, 1, PAGE_SQ);
	reg_write(nvme, NVME_INTMS, 1);
	reg_write(nvme, NVME_AQA, (NVME_DEPTH - 1) << 16 | (NVME_DEPTH - 1));
	reg_write64(nvme, NVME_ASQ, nvme->admin.sq_at.v);
	reg_write64(nvme, NVME_ACQ, nvme->admin.cq_at.v);
	arch_mb();
	reg_write(nvme, NVME_CC, CC_START);
	err = io_wait(&nvme->wait, is_ready, nvme, ready_ms(nvme));
	if (is_gone(nvme))
		return -ENODEV;
	if (err || !(reg_read(nvme, NVME_CSTS) & CSTS_RDY)) {
		log_err("%s: does not start, CSTS %#x", nvme->name,
			reg_read(nvme, NVME_CSTS));
		return -EIO;
	}
	return 0;
}

/*
 * Commands
 */

struct waited {
	const struct nvme *nvme;
	const struct nvme_queue *queue;
};

static uint32_t status_of(const struct nvme_queue *queue)
{
	return __atomic_load_n(&queue->cq[queue->head].status,
			       __ATOMIC_RELAXED);
}

/* Whoever goes to sleep lets the interrupt through: see nvme_irq(). */
static bool is_answered(void *arg)
{
	const struct waited *w = arg;

	if ((status_of(w->queue) >> 16 & 1) == w->queue->phase)
		return true;
	reg_write(w->nvme, NVME_INTMC, 1);
	return false;
}

/*
 * The pin is up until the answer is taken, and others may be on its line: it
 * is masked until the waiter looked.
 */
bool nvme_irq(struct nvme *nvme)
{
	if (!__atomic_load_n(&nvme->busy, __ATOMIC_RELAXED))
		return false;
	reg_write(nvme, NVME_INTMS, 1);
	io_wake(&nvme->wait);
	return true;
}

/* Return: 0; -EIO: the command failed; -EBADMSG: not what was asked */
static int answer_take(struct nvme *nvme, struct nvme_queue *queue,
		       uint16_t command_id)
{
	const struct nvme_completion *entry = &queue->cq[queue->head];
	uint32_t status = status_of(queue), sq;

	arch_rmb(); /* the phase before the rest */
	sq = __atomic_load_n(&entry->sq, __ATOMIC_RELAXED);
	reg_write(nvme, NVME_INTMS, 1);
	queue->head = (uint16_t)((queue->head + 1) % NVME_DEPTH);
	if (!queue->head)
		queue->phase = !queue->phase;
	doorbell(nvme, queue->id, 1, queue->head);
	if ((uint16_t)status != command_id || sq >> 16 != queue->id ||
	    (uint16_t)sq >= NVME_DEPTH) {
		log_err("%s: answered command %u of queue %u; %u of %u was "
			"out",
			nvme->name, (uint16_t)status, sq >> 16, command_id,
			queue->id);
		return -EBADMSG;
	}
	return status >> 17 ? -EIO : 0;
}

static int command_run(struct nvme *nvme, struct nvme_queue *queue,
		       struct nvme_command *command)
{
	struct waited waited = {nvme, queue};
	uint16_t id = queue->next_id++;
	int err;

	command->cdw0 |= (uint32_t)id << 16;
	queue->sq[queue->tail] = *command;
	queue->tail = (uint16_t)((queue->tail + 1) % NVME_DEPTH);
	__atomic_store_n(&nvme->busy, true, __ATOMIC_RELAXED);
	arch_mb(); /* the entry before the bell */
	doorbell(nvme, queue->id, 0, queue->tail);
	err = io_wait(&nvme->wait, is_answered, &waited, COMMAND_MS);
	if (!err)
		err = answer_take(nvme, queue, id);
	__atomic_store_n(&nvme->busy, false, __ATOMIC_RELAXED);
	return err;
}

static int queues_create(struct nvme *nvme)
{
	/* 5.3, 5.4: in one piece; the first interrupts */
	struct nvme_command cq = {
		.cdw0 = NVME_ADMIN_CREATE_CQ,
		.prp1 = nvme->io.cq_at.v,
		.cdw10 = (NVME_DEPTH - 1) << 16 | nvme->io.id,
		.cdw11 = 3,
	};
	struct nvme_command sq = {
		.cdw0 = NVME_ADMIN_CREATE_SQ,
		.prp1 = nvme->io.sq_at.v,
		.cdw10 = (NVME_DEPTH - 1) << 16 | nvme->io.id,
		.cdw11 = (uint32_t)nvme->io.id << 16 | 1,
	};
	int err = command_run(nvme, &nvme->admin, &cq);

	return err ? err : command_run(nvme, &nvme->admin, &sq);
}

void nvme_init(struct nvme *nvme)
{
	mutex_init(&nvme->lock);
	io_wait_init(&nvme->wait);
}

int nvme_start(struct nvme *nvme)
{
	int err = capabilities_check(nvme);

	if (err)
		return err;
	if (!nvme->pages)
		nvme->pages = dma_alloc_shared(&nvme->dma, PAGES * PAGE_SIZE,
					       &nvme->pages_at);
	if (!nvme->pages)
		return -ENOMEM;
	err = admin_start(nvme);
	if (!err && queues_create(nvme)) {
		log_err("%s: gives no I/O queues", nvme->name);
		err = -EIO;
	}
	return err;
}

/* A command had no proper end: once more, or never again. */
static int recover(struct nvme *nvme, int err)
{
	bool again = !nvme->silent;

	nvme->silent = true;
	if (!is_gone(nvme) && again && !nvme_start(nvme)) {
		log_warn("%s: was reset", nvme->name);
		return err;
	}
	(void)nvme_stop(nvme);
	nvme->silence(nvme);
	nvme->dead = true;
	return -ENODEV;
}

int nvme_command(struct nvme *nvme, struct nvme_queue *queue,
		 struct nvme_command *command)
{
	int err;

	if (nvme->dead)
		return -ENODEV;
	err = command_run(nvme, queue, command);
	if (err == -ETIMEDOUT || err == -EBADMSG)
		return recover(nvme, err == -EBADMSG ? -EIO : err);
	nvme->silent = false;
	return err;
}

const uint8_t *nvme_identify(struct nvme *nvme, uint32_t cns, uint32_t nsid)
{
	struct nvme_command command = {
		.cdw0 = NVME_ADMIN_IDENTIFY,
		.nsid = nsid,
		.prp1 = nvme->pages_at.v + PAGE_DATA * PAGE_SIZE,
		.cdw10 = cns,
	};

	return nvme_command(nvme, &nvme->admin, &command)
		       ? NULL
		       : nvme->pages + PAGE_DATA * PAGE_SIZE;
}

void nvme_prp(struct nvme *nvme, struct nvme_command *command, uint64_t at,
	      uint32_t bytes)
{
	uint64_t *list = (void *)(nvme->pages + PAGE_LIST * PAGE_SIZE);
	uint64_t page = ALIGN_DOWN(at, PAGE_SIZE) + PAGE_SIZE;
	uint64_t end = at + bytes;

	command->prp1 = at;
	command->prp2 = page < end ? page : 0;
	if (end <= page + PAGE_SIZE)
		return;
	for (; page < end; page += PAGE_SIZE)
		*list++ = page;
	command->prp2 = nvme->pages_at.v + PAGE_LIST * PAGE_SIZE;
}
