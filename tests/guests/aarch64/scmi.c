// SPDX-License-Identifier: Apache-2.0
/*
 * The firmware guest: an SCMI server at SCMI_BASE, rung by CALL. It says what
 * the server answers, and what calls beside that do; then both its CPUs write
 * whatever they like over each other's messages and ring. Last, it asks again.
 */
#include "guest.h"

#define SCMI_BASE 0x09060000UL
#define CALL 0x82000010u

#define STATUS (SCMI_BASE + 0x04)
#define LENGTH (SCMI_BASE + 0x14)
#define HEADER (SCMI_BASE + 0x18)
#define PAYLOAD (SCMI_BASE + 0x1c)

#define CLOCK (0x14u << 10)
#define RATE_SET 5u
#define RATE_GET 6u
#define GPU 5u

#define ROUNDS 20000u
#define BIT_HVC (1ul << 52)

static volatile bool stop, stopped;

void guest_irq(uint64_t count)
{
	(void)count;
}

uint64_t guest_sync(uint64_t cause, uint64_t pc, uint64_t address)
{
	(void)cause;
	(void)address;
	print("scmi: an exception\n");
	power_off();
	return pc;
}

void guest_unexpected(void)
{
	power_off();
}

/* Return: its status; 1: no answer */
static int32_t ask(uint32_t header, const uint32_t *in, uint32_t count)
{
	write32(LENGTH, 4 + 4 * count);
	write32(HEADER, header);
	for (uint32_t i = 0; i < count; i++)
		write32(PAYLOAD + 4 * i, in[i]);
	write32(STATUS, 0);
	if (smc(CALL, 0, 0, 0) || read32(STATUS) != 1)
		return 1;
	return (int32_t)read32(PAYLOAD);
}

static void say(const char *what, uint64_t value)
{
	print("scmi: ");
	print(what);
	print(" ");
	print_dec(value);
	print("\n");
}

static uint64_t gpu_rate(void)
{
	static const uint32_t gpu = GPU;

	if (ask(CLOCK | RATE_GET, &gpu, 1))
		return 0;
	return read32(PAYLOAD + 4);
}

/* All but one of these are nobody's. */
static void calls(void)
{
	static const uint64_t others[] = {
		CALL - 1,   CALL + 1,   CALL | 0x40000000, 0x82000000,
		0x8200ffff, 0xc2000000, 0xc200ffff,        0x82010010,
		0x83000010, 0x86000010, 0x02000010,        0x80000010,
	};
	unsigned int count = sizeof(others) / sizeof(others[0]), refused = 0;

	for (unsigned int i = 0; i < count; i++)
		refused +=
			!~smc(others[i], 0, 0, 0) && !~hvc(others[i], 0, 0, 0);
	say("calls that are not refused:", count - refused);
	/* of the register, the upper half is no part of it */
	say("the one call:",
	    smc(CALL | 0xffffffff00000000, 0, 0, 0) | hvc(CALL, 0, 0, 0));
}

static void scribble(void)
{
	static const uint32_t headers[] = {0x10u << 10, 0x14u << 10};
	uint64_t value = random64();
	uint64_t at = SCMI_BASE + (value >> 32 & 0xf8);

	switch (value & 7) {
	case 0:
		*(volatile uint64_t *)at = random64();
		break;
	case 1:
		*(volatile uint8_t *)(at + (value >> 8 & 7)) = (uint8_t)value;
		break;
	case 2:
		write32(LENGTH, (uint32_t)random64());
		break;
	default:
		write32(LENGTH, 4 + (value >> 8 & 0x1c));
		write32(HEADER, headers[value >> 16 & 1] | (value >> 20 & 7));
		write32(PAYLOAD + (value >> 40 & 0xc), value >> 44 & 0x1f);
		write32(STATUS, 0);
	}
	(value & BIT_HVC ? hvc : smc)(CALL, 0, 0, 0);
}

void guest_secondary(uint64_t arg)
{
	(void)arg;
	while (!stop)
		scribble();
	mb();
	stopped = true;
	for (;;)
		wfi();
}

void guest_main(uint64_t entry_count, uint64_t dtb)
{
	static const uint32_t set[] = {0, GPU, 650000000, 0};

	(void)entry_count;
	(void)dtb;
	print("scmi: started\n");
	calls();
	say("GPU at", gpu_rate());
	say("set:", (uint32_t)ask(CLOCK | RATE_SET, set, 4));
	say("GPU at", gpu_rate());
	say("second CPU:", cpu_start(0));
	for (unsigned int i = 0; i < ROUNDS; i++)
		scribble();
	stop = true;
	while (!stopped)
		spin_hint();
	say("set:", (uint32_t)ask(CLOCK | RATE_SET, set, 4));
	say("GPU at", gpu_rate());
	print("scmi: done\n");
	power_off();
}
