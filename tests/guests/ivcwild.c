// SPDX-License-Identifier: Apache-2.0
/*
 * Everything that a guest can say about channels, mostly wrong: hypercalls with
 * wild arguments, the doorbell's registers at all widths, as much memory and as
 * many ends as there are, floods of notifications. Ends by itself; its host and
 * the VMs beside it must not notice.
 */
#include "ivc.h"

#define WILD_CALLS 20000
#define FLOOD 20000

static uint64_t scratch[64];

void guest_irq(uint64_t count)
{
	unsigned int irq = irq_ack();

	(void)count;
	if (irq == IRQ_DOORBELL)
		bell_read(CVISOR_IVC_REG_TAKE);
	irq_end(irq);
}

static void __attribute__((noreturn)) die(const char *why)
{
	print("ivcwild: FAILED: ");
	print(why);
	print("\n");
	power_off();
}

static volatile uint64_t faults;

/* Touching what it has left must be a fault of its own. */
uint64_t guest_sync(uint64_t cause, uint64_t pc, uint64_t address)
{
	(void)cause;
	(void)address;
	faults++;
	return insn_next(pc);
}

void guest_unexpected(void)
{
	die("an unexpected trap");
}

static uint64_t wild(void)
{
	static const uint64_t values[] = {
		0,
		1,
		2,
		7,
		31,
		32,
		33,
		50,
		51,
		52,
		0x10,
		0x11,
		4095,
		4096,
		0x1000000,
		RAM_BASE,
		0x7fffffff,
		0x80000000,
		0xffffffff,
		0x100000000,
		0x7fffffffffffffff,
		0x8000000000000000,
		0xfffffffffffff000,
		0xffffffffffffffff,
		DOORBELL_BASE,
		IRQCHIP_BASE,
		UART_BASE,
	};
	uint64_t r = random64();

	switch (r >> 60) {
	case 0 ... 7:
		return values[(r & 0xffff) %
			      (sizeof(values) / sizeof(values[0]))];
	case 8 ... 12:
		return (uint64_t)&scratch[r % 64] + (r >> 8 & 1);
	case 13:
		return r & 0xff;
	default:
		return r;
	}
}

static void wild_calls(void)
{
	static const uint16_t numbers[] = {
		0, 1, 2,    3,    3,    3,    4,    4,    4,   5,
		6, 7, 0x7f, 0x80, 0x81, 0x82, 0x83, 0x84, 0xff};
	uint64_t good = 0;

	for (unsigned int i = 0; i < WILD_CALLS; i++) {
		uint64_t nr = numbers[random64() %
				      (sizeof(numbers) / sizeof(numbers[0]))];

		scratch[random64() % 64] = wild();
		if (cvisor_call(nr, wild(), wild(), wild(), wild()) !=
		    CVISOR_FAIL)
			good++;
	}
	print("ivcwild: ");
	print_dec(good);
	print(" of 20000 wild calls succeeded\n");
}

static void wild_registers(void)
{
	for (unsigned int i = 0; i < 4000; i++) {
		uint64_t at = DOORBELL_BASE + random64() % 0x1000;
		uint64_t value = random64();

		switch (value >> 61) {
		case 0:
			*(volatile uint8_t *)at = (uint8_t)value;
			break;
		case 1:
			*(volatile uint16_t *)(at & ~1ul) = (uint16_t)value;
			break;
		case 2:
		case 3:
			*(volatile uint32_t *)(at & ~3ul) = (uint32_t)value;
			break;
		case 4:
			*(volatile uint64_t *)(at & ~7ul) = value;
			break;
		case 5:
			(void)*(volatile uint64_t *)(at & ~7ul);
			break;
		default:
			(void)*(volatile uint32_t *)(at & ~3ul);
			break;
		}
	}
}

/* Leave everything, whatever the wild calls have come by. */
static void leave_all(void)
{
	for (uint64_t key = 0; key < 256; key++) {
		uint32_t id = bell_read(CVISOR_IVC_REG_VM_ID);

		cvisor_call(CVISOR_IVC_UNPUBLISH, key, 0, 0, 0);
		for (uint64_t vm = 0; vm < 64; vm++)
			cvisor_call(CVISOR_IVC_UNSUBSCRIBE, vm, key, 0, 0);
		(void)id;
	}
}

static void all_there_is(uint64_t bytes)
{
	uint64_t base = 0, size, n = 0;

	while (ivc_publish(1000 + n, bytes, &base, &size)) {
		*(volatile uint64_t *)(base + size - 8) = n++;
		if (ivc_publish(1000, bytes, &base, &size))
			die("published twice");
	}
	print("ivcwild: ");
	print_dec(n);
	print(" channels of ");
	print_dec(bytes);
	print("\n");
	if (!n || n > CVISOR_IVC_SLOTS)
		die("too many or none");
	for (uint64_t i = 0; i < n; i++)
		if (cvisor_call(CVISOR_IVC_UNPUBLISH, 1000 + i, 0, 0, 0))
			die("unpublish");
	faults = 0;
	(void)*(volatile uint64_t *)base;
	if (faults != 1)
		die("still there");
}

/* Its own other end, and the neighbours' channel if it may. */
static void flood(void)
{
	uint64_t base, size, id = bell_read(CVISOR_IVC_REG_VM_ID);
	bool joined = ivc_subscribe(50, 0x10, &base, &size);

	if (!ivc_publish(2000, 4096, &base, &size) ||
	    !ivc_subscribe(id, 2000, &base, &size))
		die("flood");
	bell_write(CVISOR_IVC_REG_ENABLE, ~0u);
	for (unsigned int i = 0; i < FLOOD; i++) {
		if (joined)
			cvisor_call(CVISOR_IVC_NOTIFY, 50, 0x10, 0, 0);
		if (cvisor_call(CVISOR_IVC_NOTIFY, id, 2000, 0, 0) != 1)
			die("notify");
	}
	print(joined ? "ivcwild: flooded the neighbours\n"
		     : "ivcwild: flooded itself\n");
}

void guest_main(uint64_t entry_count, uint64_t arg)
{
	(void)entry_count;
	(void)arg;
	irq_init(0);
	irq_route(IRQ_DOORBELL);
	irq_enable();
	print("ivcwild: begins\n");
	wild_calls();
	leave_all();
	wild_registers();
	leave_all();
	if (bell_read(CVISOR_IVC_REG_CONNECTED) &&
	    cvisor_call(CVISOR_IVC_ACK, ~0ull, 0, 0, 0) == CVISOR_FAIL)
		die("acknowledge");
	all_there_is(4096);
	all_there_is(3ul << 20);
	flood();
	/* dies with its channels as they are */
	print("ivcwild: done\n");
	power_off();
}
