/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Synopsys' watchdog as the host's own: DesignWare DW_apb_wdt Databook,
 * chapter "Registers". Once it runs, only a reset stops it.
 *
 * A task feeds it, above all others of its CPU, three times within the limit:
 * a host whose timers, scheduler or interrupts do not work any more is reset.
 */
#include <asm/io.h>
#include <core/cold.h>
#include <core/task.h>
#include <core/timer.h>
#include <drivers/clk.h>
#include <drivers/driver.h>
#include <drivers/soc.h>
#include <drivers/watchdog.h>
#include <errno.h>
#include <lib/log.h>
#include <mm/host_map.h>

#define LOG_TAG "watchdog"

#define WDT_CR 0x00u
#define CR_ENABLE 0x1u
#define CR_INTERRUPT_FIRST 0x2u
#define WDT_TORR 0x04u
#define TORR_MAX 15u
#define TORR_FIRST_SHIFT 4 /* of the time after it is enabled */
#define WDT_CRR 0x0cu
#define CRR_RESTART 0x76u
#define REGS_BYTES 0x10u

/* WDT_TORR: 2 to the power of this and its value clocks */
#define COUNTER_BITS_MIN 16u

#define NS_PER_S 1000000000ull

static struct watchdog {
	volatile uint8_t *regs;
	uint64_t period_ns;
	int node;
} watchdog = {.node = -1};

int watchdog_node(void)
{
	return watchdog.node;
}

static void feed(void *arg)
{
	(void)arg;
	for (;;) {
		io_write32(watchdog.regs + WDT_CRR, CRR_RESTART);
		task_sleep_until(time_ns() + watchdog.period_ns / 3);
	}
}

/* The shortest that is as long as asked for, or the longest. */
static uint32_t limit_choose(uint64_t hz)
{
	uint32_t top = 0;

	while (top < TORR_MAX &&
	       (1ull << (COUNTER_BITS_MIN + top)) / hz < CONFIG_DW_WDT_SECONDS)
		top++;
	watchdog.period_ns =
		((1ull << (COUNTER_BITS_MIN + top)) * NS_PER_S) / hz;
	return top;
}

static int start(uint64_t hz)
{
	const struct task_attr attr = {
		.name = "watchdog",
		.fn = feed,
		.priority = TASK_PRIO_MAX,
		.affinity = BIT(0),
	};
	volatile uint8_t *regs = watchdog.regs;
	uint32_t top = limit_choose(hz);
	struct task *task;
	/* who feeds it has to be there before it runs */
	int err = task_create(&attr, &task);

	if (err)
		return err;
	io_write32(regs + WDT_TORR, top << TORR_FIRST_SHIFT | top);
	io_write32(regs + WDT_CRR, CRR_RESTART);
	io_write32(regs + WDT_CR,
		   (io_read32(regs + WDT_CR) & ~CR_INTERRUPT_FIRST) |
			   CR_ENABLE);
	io_write32(regs + WDT_CRR, CRR_RESTART);
	log_info("resets the machine when it hangs for %u ms",
		 (unsigned int)(watchdog.period_ns / 1000000));
	return 0;
}

static int dw_wdt_probe(const void *fdt, int node)
{
	struct fdt_reg reg;
	struct clk clk;
	uint64_t hz = 0;
	int err;

	/* one is enough */
	if (watchdog.regs)
		return -ENODEV;
	if (fdt_node_reg(fdt, node, 0, &reg) || reg.addr % 4 ||
	    reg.size < REGS_BYTES)
		return -EINVAL;
	err = cold_load(); /* where drivers of clocks are */
	if (!err)
		err = soc_device_on(fdt, node);
	if (err)
		return err;
	/* the binding: "tclk" counts, where it has a name */
	if (!clk_get(fdt, node, "tclk", &clk) ||
	    !clk_get(fdt, node, NULL, &clk))
		hz = clk_rate(&clk);
	if (!hz || hz > UINT32_MAX) {
		log_err("what its clock runs at is not known: not started");
		return -ENODEV;
	}
	watchdog.regs = host_map_device(hpa(reg.addr), reg.size);
	if (!watchdog.regs)
		return -ENOMEM;
	err = start(hz);
	if (err)
		watchdog.regs = NULL;
	else
		watchdog.node = node;
	return err;
}

static const char *const dw_wdt_compatible[] = {"snps,dw-wdt", NULL};

static const struct driver dw_wdt_driver = {
	.name = "dw-wdt",
	.phase = DRIVER_DEVICE,
	.compatible = dw_wdt_compatible,
	.probe = dw_wdt_probe,
};
DRIVER(dw_wdt_driver);
