/* SPDX-License-Identifier: Apache-2.0 */
/* Device registers in unit tests: the test is the device. */
#ifndef ASM_IO_H
#define ASM_IO_H

#include <lib/types.h>

/* Defined by a test that links code with registers. */
uint64_t fake_io_read(const volatile void *addr, unsigned int width);
void fake_io_write(volatile void *addr, unsigned int width, uint64_t value);

static inline uint8_t io_read8(const volatile void *addr)
{
	return (uint8_t)fake_io_read(addr, 1);
}

static inline uint16_t io_read16(const volatile void *addr)
{
	return (uint16_t)fake_io_read(addr, 2);
}

static inline uint32_t io_read32(const volatile void *addr)
{
	return (uint32_t)fake_io_read(addr, 4);
}

static inline uint64_t io_read64(const volatile void *addr)
{
	return fake_io_read(addr, 8);
}

static inline void io_write8(volatile void *addr, uint8_t value)
{
	fake_io_write(addr, 1, value);
}

static inline void io_write16(volatile void *addr, uint16_t value)
{
	fake_io_write(addr, 2, value);
}

static inline void io_write32(volatile void *addr, uint32_t value)
{
	fake_io_write(addr, 4, value);
}

static inline void io_write64(volatile void *addr, uint64_t value)
{
	fake_io_write(addr, 8, value);
}

#endif
