/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The system part of RK3568 and RK3588 as the CPU sees it: registers whose
 * upper half says which bits of the lower one are written, and what follows
 * from them; they are those that guests get (virt/dev/rk_cru_regs.c,
 * rk_ioc_regs.c, rk_pmu_regs.c).
 * Sources: RK3568 TRM part 1 and RK3588 TRM part 1, "Address
 * Mapping", "CRU", "GRF" and "IOC", "PMU", as public drivers tell them (see the
 * tables' files). Numbers stand here again, not as the drivers' macros; but
 * for the PMU's domains, which test_rk_pmu.c has again.
 */
#ifndef TESTS_MODEL_SOC_H
#define TESTS_MODEL_SOC_H

#include <lib/types.h>

#define SOC_WRITES_MAX 512

/** struct soc_model - @writes: in their order; @waited_us: time_delay_us();
 * @stuck: the PMU does nothing */
struct soc_model {
	bool is_3588;
	unsigned int write_count;
	struct {
		uint64_t addr;
		uint32_t value;
	} writes[SOC_WRITES_MAX];
	uint32_t waited_us;
	bool stuck;
};

extern struct soc_model soc_model;

/** soc_model_new() - as U-Boot leaves it: GPLL at 1188 MHz, CPLL at 1500 or
 * 1000 MHz, gates that are not needed shut */
void soc_model_new(bool is_3588);

/** soc_model_all_off() - power domains have no power, their buses are idle,
 * their memories are on */
void soc_model_all_off(void);

/** soc_model_peek(), soc_model_poke() - a register's bits, as hardware has
 * them; nothing else happens */
uint32_t soc_model_peek(uint64_t addr);
void soc_model_poke(uint64_t addr, uint32_t value);

/** soc_model_read(), soc_model_write() - by the CPU, of 4 bytes */
uint32_t soc_model_read(uint64_t addr);
void soc_model_write(uint64_t addr, uint32_t value);

#endif
