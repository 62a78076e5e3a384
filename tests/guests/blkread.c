// SPDX-License-Identifier: Apache-2.0
/*
 * The reading guest: what a disk costs without a host between.
 *
 * Reads the first virtio-blk disk of the bare machine (virtio 1.2, 4.2 and 5.2,
 * not the legacy interface) from its beginning, one request at a time into the
 * same memory, sleeping for each interrupt, and switches the machine off.
 *
 * request=BYTES: of each request, 512 to 1 MiB. mib=N: how much is read.
 * sum=1: and the CRC-32 of all of it, as `disk check` computes it.
 */
#include "guest.h"

/* lib/crc32.c; as in include/lib/crc32.h */
unsigned long crc32(unsigned long crc, const unsigned char *data,
		    unsigned int len);

#define SECTOR 512u
#define REQUEST_MAX (1u << 20)
#define QUEUE 4u

/* 4.2.2 MMIO Device Register Layout */
#define MAGIC 0x000u
#define VERSION 0x004u
#define DEVICE_ID 0x008u
#define DRIVER_FEATURES 0x020u
#define DRIVER_FEATURES_SEL 0x024u
#define QUEUE_SEL 0x030u
#define QUEUE_NUM 0x038u
#define QUEUE_READY 0x044u
#define QUEUE_NOTIFY 0x050u
#define INTERRUPT_STATUS 0x060u
#define INTERRUPT_ACK 0x064u
#define STATUS 0x070u
#define QUEUE_DESC 0x080u
#define QUEUE_DRIVER 0x090u
#define QUEUE_DEVICE 0x0a0u

#define FOUND 3u /* ACKNOWLEDGE, DRIVER */
#define FEATURES_OK 8u
#define DRIVER_OK 4u

#define DESC_NEXT 1u
#define DESC_WRITE 2u

static struct {
	uint64_t addr;
	uint32_t len;
	uint16_t flags, next;
} desc[QUEUE] __attribute__((aligned(16)));
static volatile struct {
	uint16_t flags, idx, ring[QUEUE];
} avail;
static volatile struct {
	uint16_t flags, idx;
	struct {
		uint32_t id, len;
	} ring[QUEUE];
} used __attribute__((aligned(4)));
static struct {
	uint32_t type, reserved;
	uint64_t sector;
} header;
static volatile uint8_t status;
static uint8_t data[REQUEST_MAX] __attribute__((aligned(4096)));

static uint64_t device;

void guest_irq(uint64_t count)
{
	(void)count;
}

uint64_t guest_sync(uint64_t cause, uint64_t pc, uint64_t address)
{
	(void)cause;
	(void)pc;
	(void)address;
	print("blkread: unexpected exception\n");
	power_off();
}

void guest_unexpected(void)
{
	print("blkread: unexpected trap\n");
}

static void fail(const char *why)
{
	print("blkread: ");
	print(why);
	print("\n");
	power_off();
}

static void device_address(unsigned int reg, const volatile void *at)
{
	write32(device + reg, (uint32_t)(uint64_t)at);
	write32(device + reg + 4, (uint32_t)((uint64_t)at >> 32));
}

static void start(void)
{
	unsigned int slot = 0;

	for (; slot < VIRTIO_SLOTS; slot++) {
		device = VIRTIO_BASE + slot * VIRTIO_STRIDE;
		if (read32(device + MAGIC) == 0x74726976 &&
		    read32(device + DEVICE_ID) == 2)
			break;
	}
	if (slot == VIRTIO_SLOTS)
		fail("there is no disk");
	if (read32(device + VERSION) != 2)
		fail("the disk is a legacy one");
	write32(device + STATUS, 0);
	write32(device + STATUS, FOUND);
	write32(device + DRIVER_FEATURES_SEL, 1);
	write32(device + DRIVER_FEATURES, 1); /* VERSION_1 */
	write32(device + DRIVER_FEATURES_SEL, 0);
	write32(device + DRIVER_FEATURES, 0);
	write32(device + STATUS, FOUND | FEATURES_OK);
	if (!(read32(device + STATUS) & FEATURES_OK))
		fail("the disk does not take the features");
	write32(device + QUEUE_SEL, 0);
	write32(device + QUEUE_NUM, QUEUE);
	device_address(QUEUE_DESC, desc);
	device_address(QUEUE_DRIVER, &avail);
	device_address(QUEUE_DEVICE, &used);
	write32(device + QUEUE_READY, 1);
	irq_init(0);
	irq_route(IRQ_VIRTIO + slot);
	write32(device + STATUS, FOUND | FEATURES_OK | DRIVER_OK);
}

static void read_sectors(uint64_t sector, uint32_t bytes)
{
	uint16_t idx = avail.idx;

	header.sector = sector;
	desc[1].len = bytes;
	mb();
	avail.idx = idx + 1;
	mb();
	write32(device + QUEUE_NOTIFY, 0);
	while (used.idx == idx) {
		unsigned int irq;

		wfi();
		irq = irq_ack();
		write32(device + INTERRUPT_ACK,
			read32(device + INTERRUPT_STATUS));
		irq_end(irq);
	}
	mb();
	if (status)
		fail("the disk says that it failed");
}

void guest_main(uint64_t entry_count, uint64_t dtb)
{
	uint64_t request = argument_number(dtb, "request=", REQUEST_MAX);
	uint64_t bytes = argument_number(dtb, "mib=", 1) << 20;
	bool sum = argument_number(dtb, "sum=", 0);
	unsigned long crc = 0;

	(void)entry_count;
	if (request < SECTOR || request > REQUEST_MAX)
		fail("request= is 512 to 1048576");
	start();
	desc[0].addr = (uint64_t)&header;
	desc[0].len = sizeof(header);
	desc[0].flags = DESC_NEXT;
	desc[0].next = 1;
	desc[1].addr = (uint64_t)data;
	desc[1].flags = DESC_NEXT | DESC_WRITE;
	desc[1].next = 2;
	desc[2].addr = (uint64_t)&status;
	desc[2].len = 1;
	desc[2].flags = DESC_WRITE;
	for (uint64_t at = 0; at < bytes; at += request) {
		uint64_t left = bytes - at;
		uint32_t n = (uint32_t)(left < request ? left : request);

		read_sectors(at / SECTOR, n);
		if (sum)
			crc = crc32(crc, data, n);
	}
	print("blkread: read ");
	print_dec(bytes);
	print(" bytes, CRC-32 ");
	print_hex(crc);
	print("\n");
	power_off();
}
