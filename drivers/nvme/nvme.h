/* SPDX-License-Identifier: Apache-2.0 */
/*
 * NVM Express 1.4: a controller with one admin and one I/O queue pair, one
 * command at a time. How it is reached is its binding's.
 */
#ifndef DRIVERS_NVME_PRIVATE_H
#define DRIVERS_NVME_PRIVATE_H

#include <core/mutex.h>
#include <drivers/block.h>
#include <drivers/dma.h>
#include <drivers/io_wait.h>
#include <lib/types.h>
#include <lib/util.h>

/* 3.1 Register Definition */
#define NVME_CAP 0x00u
#define NVME_VS 0x08u
#define NVME_INTMS 0x0cu
#define NVME_INTMC 0x10u
#define NVME_CC 0x14u
#define NVME_CSTS 0x1cu
#define NVME_AQA 0x24u
#define NVME_ASQ 0x28u
#define NVME_ACQ 0x30u
#define NVME_DOORBELLS 0x1000u

/* 3.1.1 CAP */
#define CAP_MQES(cap) ((uint32_t)(cap)&0xffff)
#define CAP_TO_500MS(cap) ((uint32_t)((cap) >> 24) & 0xff)
#define CAP_DSTRD(cap) ((uint32_t)((cap) >> 32) & 0xf)
#define CAP_MPSMIN(cap) ((uint32_t)((cap) >> 48) & 0xf)
/* 3.1.5 CC: I/O queue entries of 64 and 16 bytes, pages of 4 KiB */
#define CC_EN 0x1u
#define CC_START (6u << 16 | 4u << 20 | CC_EN)
/* 3.1.6 CSTS */
#define CSTS_RDY 0x1u
#define CSTS_CFS 0x2u

/* 5 Admin Command Set, 6 NVM Command Set */
enum {
	NVME_ADMIN_CREATE_SQ = 0x01,
	NVME_ADMIN_CREATE_CQ = 0x05,
	NVME_ADMIN_IDENTIFY = 0x06,
	NVME_IO_FLUSH = 0x00,
	NVME_IO_WRITE = 0x01,
	NVME_IO_READ = 0x02,
};

/* 5.15 Identify: CNS */
enum {
	NVME_CNS_NAMESPACE = 0,
	NVME_CNS_CONTROLLER = 1,
	NVME_CNS_LIST = 2, /* of active namespaces */
};

/** struct nvme_command - 4.2 Submission Queue Entry */
struct nvme_command {
	uint32_t cdw0; /* opcode, command identifier in 31..16 */
	uint32_t nsid;
	uint64_t cdw2;
	uint64_t mptr;
	uint64_t prp1, prp2;
	uint32_t cdw10, cdw11, cdw12, cdw13, cdw14, cdw15;
};

/** struct nvme_completion - 4.6 Completion Queue Entry */
struct nvme_completion {
	uint32_t dw0, dw1;
	uint32_t sq;     /* head in 15..0, identifier in 31..16 */
	uint32_t status; /* command identifier, phase in 16, status in 31..17 */
};
_Static_assert(sizeof(struct nvme_command) == 64, "4.2");
_Static_assert(sizeof(struct nvme_completion) == 16, "4.6");

/* Entries of each queue; one is in use at most. */
#define NVME_DEPTH 8u

struct nvme_queue {
	struct nvme_command *sq;
	struct nvme_completion *cq;
	hpa_t sq_at, cq_at;
	uint16_t id, tail, head, next_id;
	bool phase; /* of the next answer */
};

/* Pages that the controller looks at all the time. */
enum { PAGE_ASQ, PAGE_ACQ, PAGE_SQ, PAGE_CQ, PAGE_LIST, PAGE_DATA, PAGES };
/* One page of PRP entries, 4.3, and less than it could be. */
#define NVME_TRANSFER_BYTES (1u << 20)

/**
 * struct nvme - a controller
 * @silence: its binding's: it reaches no memory from now on, whatever it does
 * @quit:    its binding's: the host lets go of it
 * @lock:    one command at a time; its namespaces share it
 * @pages:   PAGES of them, at @pages_at; made once
 * @busy:    a command is out; atomic
 * @silent:  the last one had no answer, and a reset followed
 * @dead:    given up
 */
struct nvme {
	volatile uint8_t *regs;
	const char *name;
	int node;
	struct dma dma;
	void (*silence)(struct nvme *nvme);
	void (*quit)(struct nvme *nvme);
	struct io_wait wait;
	struct mutex lock;
	struct nvme_queue admin, io;
	uint8_t *pages;
	hpa_t pages_at;
	uint64_t cap;
	bool busy, silent, dead;
};

/** nvme_init() - @nvme's first fields are filled in */
void nvme_init(struct nvme *nvme);

/** nvme_start() - reset and set up. Return: 0; -EIO, logged; -ENODEV; -ENOMEM */
int __must_check nvme_start(struct nvme *nvme);

/** nvme_stop() - no memory is written to any more. Return: 0; -EIO, logged */
int nvme_stop(struct nvme *nvme);

/** nvme_irq() - from the interrupt handler: was it the controller's? */
bool nvme_irq(struct nvme *nvme);

/**
 * nvme_command() - and wait for its end; the lock is held
 *
 * A controller that does not answer is reset, once.
 *
 * Return: 0; -EIO; -ETIMEDOUT; -ENODEV.
 */
int __must_check nvme_command(struct nvme *nvme, struct nvme_queue *queue,
			      struct nvme_command *command);

/** nvme_identify() - into PAGE_DATA, which is returned; NULL: refused */
const uint8_t *__must_check nvme_identify(struct nvme *nvme, uint32_t cns,
					  uint32_t nsid);

/** nvme_prp() - where a command's data is, 4.3; at most NVME_TRANSFER_BYTES */
void nvme_prp(struct nvme *nvme, struct nvme_command *command, uint64_t at,
	      uint32_t bytes);

/** nvme_disks_register() - one for each namespace. Return: 0; -Exxx */
int __must_check nvme_disks_register(struct nvme *nvme);

#endif
