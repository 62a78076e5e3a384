/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The console's UART in the boards' trees, as firmware leaves it: boot code's
 * first output, and the drivers, on models of a DesignWare 8250 at 1.5 Mbaud
 * and of a PL011.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include <arch/cpu.h>
#include <arch/pgtable.h>
#include <asm/io.h>
#include <core/console.h>
#include <core/irq.h>
#include <drivers/driver.h>
#include <lib/fdt.h>
#include <lib/log.h>
#include <libfdt.h>
#include <mm/host_map.h>

#include "../../../arch/aarch64/boot.h"
#include "boards.h"

/* the window of this model becomes one of several devices */
#define fake_io_read dw_read
#define fake_io_write dw_write
#include "../drivers/model_16550.c"
#undef fake_io_read
#undef fake_io_write

#include "../../../drivers/serial/ns16550.c"
#undef LOG_TAG
#define uart pl011_uart
#define uart_write pl011_uart_write
#define uart_send pl011_uart_send
#define uart_tx_irq pl011_uart_tx_irq
#define uart_irq pl011_uart_irq
#define console pl011_console
#define rx_irq_connect pl011_rx_irq_connect
#include "../../../drivers/serial/pl011.c"
#undef console
#undef uart

/* in place of the linker's table, which has a name for its end */
const struct driver *const __drivers_start[]
	__attribute__((used)) = {&ns16550_driver, &pl011_driver};
__asm__(".globl __drivers_end\n.set __drivers_end, __drivers_start + 16");

#define PL011_FR_EMPTY 0x90 /* both FIFOs: DDI 0183, 3.3.3 */

static const struct board *board;
static uint32_t pl011_regs[0x400];
static char received[16];
static const struct console_dev *dev;
static irq_handler_t handler;
static void *handler_arg;
static unsigned int handler_irq;
static bool pl011_has_byte;

uint64_t fake_io_read(const volatile void *addr, unsigned int width)
{
	uint64_t off = (uintptr_t)addr - board->uart;

	if (off >= 0x1000)
		fail_msg("%p is not the console's", (const void *)addr);
	if (!board->is_pl011)
		return dw_read(model_window + off, width);
	if (off == 0 && pl011_has_byte) {
		pl011_has_byte = false;
		return 'k';
	}
	if (off == 0x18)
		return pl011_has_byte ? 0x80 : PL011_FR_EMPTY;
	return pl011_regs[off / 4];
}

void fake_io_write(volatile void *addr, unsigned int width, uint64_t value)
{
	uint64_t off = (uintptr_t)addr - board->uart;

	if (off >= 0x1000)
		fail_msg("%p is not the console's", (void *)addr);
	if (!board->is_pl011) {
		dw_write(model_window + off, width, value);
		return;
	}
	if (off == 0)
		model.sent[model.sent_count++] = (uint8_t)value;
	else
		pl011_regs[off / 4] = (uint32_t)value;
}

static uint64_t early_mapped;

void boot_map(uint64_t start, uint64_t size_bytes, unsigned int prot)
{
	assert_int_equal(size_bytes, PAGE_SIZE);
	assert_int_equal(prot, PGT_R | PGT_W | PGT_DEVICE);
	early_mapped = start;
}

volatile void *host_map_device(hpa_t base, uint64_t size_bytes)
{
	assert_int_equal(base.v, board->uart);
	/* Synopsys' status register lies above the 16550's */
	assert_true(size_bytes >= 0x80);
	return (volatile void *)(uintptr_t)base.v;
}

void console_register(const struct console_dev *d)
{
	assert_null(dev);
	dev = d;
}

void console_input(char c)
{
	size_t at = strlen(received);

	assert_true(at + 1 < sizeof(received));
	received[at] = c;
}

void console_tx_ready(void)
{
}

int irq_of_fdt(const struct fdt_irq *spec, enum irq_trigger *trigger)
{
	bool edge = true;
	int irq = fdt_gic_intid(spec, &edge);

	*trigger = edge ? IRQ_TRIGGER_EDGE : IRQ_TRIGGER_LEVEL;
	return irq;
}

int irq_request(unsigned int irq, irq_handler_t fn, void *arg,
		const char *name __unused_arg, enum irq_trigger trigger)
{
	assert_int_equal(trigger, IRQ_TRIGGER_LEVEL);
	handler_irq = irq;
	handler = fn;
	handler_arg = arg;
	return 0;
}

/*
 * As U-Boot leaves them: 24 MHz by 16 by 1 is 1,500,000 baud; 8N1, FIFOs on,
 * its last words still on their way.
 */
static void hand_over(void **state, const void *tree)
{
	board = *state;
	fdt_set_host(tree);
	model_reset();
	model.shift = 2;
	model.width = 4;
	model.is_dw = true;
	model.fifo_size = 64;
	model.lcr = 0x3;
	model.dll = 1;
	model.fcr = 1;
	model.mcr = 3;
	if (!board->is_pl011)
		for (const char *c = "kernel ...\r\n"; *c; c++)
			model.tx[model.tx_count++] = (uint8_t)*c;
	pl011_regs[0x24 / 4] = 26; /* IBRD, of 48 MHz at 115200 */
	pl011_regs[0x28 / 4] = 3;
	pl011_regs[0x2c / 4] = 0x70; /* LCR_H: 8 bits, FIFOs */
	pl011_regs[0x30 / 4] = 0x301;
}

/* All that was sent, after what U-Boot had left; the line is as it was. */
static void sent(const char *text)
{
	const char *before = board->is_pl011 ? "" : "kernel ...\r\n";
	char want[256];

	/* time passes with each look */
	for (unsigned int i = 0; i < 200 && !board->is_pl011; i++)
		(void)fake_io_read((void *)(uintptr_t)(board->uart + 5 * 4), 4);
	snprintf(want, sizeof(want), "%s%s", before, text);
	assert_int_equal(model.sent_count, strlen(want));
	assert_memory_equal(model.sent, want, strlen(want));
	assert_int_equal(model.lost_tx, 0);
	assert_int_equal(model.lcr_refused, 0);
	assert_int_equal(model.dll, 1);
	assert_int_equal(model.dlm, 0);
	assert_int_equal(model.lcr, 3);
	if (board->is_pl011) {
		assert_int_equal(pl011_regs[0x24 / 4], 26);
		assert_int_equal(pl011_regs[0x28 / 4], 3);
		assert_int_equal(pl011_regs[0x2c / 4] & 0x60, 0x60);
	}
}

static void named_by_stdout_path(void **state)
{
	const void *tree = board_tree(*state);

	board = *state;
	assert_int_equal(fdt_stdout_node(tree),
			 board_node(tree, board->console));
	/* the rate stands behind the alias */
	assert_string_equal(
		strchr(fdt_getprop(tree, board_node(tree, "/chosen"),
				   "stdout-path", NULL),
		       ':'),
		board->is_pl011 ? ":115200n8" : ":1500000n8");
}

/* Before there is memory or a driver: why a boot ends must be seen. */
static void early(void **state)
{
	const void *tree = board_tree(*state);

	hand_over(state, tree);
	earlycon_init(tree);
	assert_int_equal(early_mapped, board->uart);
	assert_non_null(arch_early_putc);
	for (const char *c = "cannot boot\n"; *c; c++)
		arch_early_putc(*c);
	sent("cannot boot\n");
}

/* A line that stands still costs time, and no more. */
static void early_without_end(void **state)
{
	const void *tree = board_tree(*state);

	hand_over(state, tree);
	model.ticks_a_byte = 0;
	model.fifo_size = 256;
	earlycon_init(tree);
	arch_early_putc('x');
	assert_int_equal(model.sent_count, board->is_pl011);
}

static void driven(void **state)
{
	const void *tree = board_tree(*state);

	hand_over(state, tree);
	board_log_start();
	drivers_probe(DRIVER_CONSOLE);
	log_set_sink(NULL);
	assert_string_equal(board_log, "");
	assert_non_null(dev);
	assert_int_equal(dev->node, board_node(tree, board->console));
	assert_string_equal(dev->name, board->is_pl011 ? "PL011" : "16550");
	assert_int_equal(handler_irq, board->uart_intid);
	assert_non_null(dev->tx_irq);
	dev->write("cvisor\r\n", 8);
	sent("cvisor\r\n");
}

static void receives(void **state)
{
	hand_over(state, board_tree(*state));
	drivers_probe(DRIVER_CONSOLE);
	if (board->is_pl011) {
		pl011_has_byte = true;
	} else {
		model_receive('k');
		assert_true(model_line());
	}
	assert_int_equal(handler(handler_irq, handler_arg), IRQ_HANDLED);
	assert_string_equal(received, "k");
	if (!board->is_pl011)
		assert_false(model_line());
}

/* Its busy interrupt ends by a read of USR, or comes for ever. */
static void busy_quirk(void **state)
{
	hand_over(state, board_tree(*state));
	drivers_probe(DRIVER_CONSOLE);
	model.usr_reads = 0;
	model.busy_irq = true;
	assert_true(model_line());
	handler(handler_irq, handler_arg);
	assert_int_equal(model.usr_reads, 1);
	assert_false(model_line());
}

/*
 * Trees that are damaged
 */

static void refuses(void **state, void *tree, const char *logged)
{
	hand_over(state, tree);
	arch_early_putc = NULL;
	earlycon_init(tree);
	assert_null(arch_early_putc);
	board_log_start();
	drivers_probe(DRIVER_CONSOLE);
	log_set_sink(NULL);
	assert_null(dev);
	if (!strstr(board_log, logged))
		fail_msg("\"%s\" is not in \"%s\"", logged, board_log);
}

static void reg_truncated(void **state)
{
	void *tree = board_tree(*state);

	board = *state;
	fdt_setprop(tree, board_node(tree, board->console), "reg", "\0\0\0\1",
		    4);
	refuses(state, tree, "error -22");
}

static void no_reg(void **state)
{
	void *tree = board_tree(*state);

	board = *state;
	fdt_delprop(tree, board_node(tree, board->console), "reg");
	refuses(state, tree, "error -2");
}

static void registers_misaligned(void **state)
{
	void *tree = board_tree(*state);
	uint8_t reg[16];
	int node;

	board = *state;
	node = board_node(tree, board->console);
	memcpy(reg, fdt_getprop(tree, node, "reg", NULL), sizeof(reg));
	reg[7] = 2;
	fdt_setprop(tree, node, "reg", reg, sizeof(reg));
	refuses(state, tree, "error -22");
}

static void odd_wiring(void **state)
{
	static const uint32_t odd[][2] = {
		{0, 4}, {2, 3}, {2, 8}, {5, 4}, {UINT32_MAX, 4}};
	void *tree = board_tree(*state);
	int node;

	board = *state;
	for (unsigned int i = 0; i < ARRAY_SIZE(odd); i++) {
		node = board_node(tree, board->console);
		fdt_setprop_u32(tree, node, "reg-shift", odd[i][0]);
		node = board_node(tree, board->console);
		fdt_setprop_u32(tree, node, "reg-io-width", odd[i][1]);
		refuses(state, tree, "do not fit");
	}
}

static void disabled(void **state)
{
	void *tree = board_tree(*state);

	board = *state;
	fdt_setprop_string(tree, board_node(tree, board->console), "status",
			   "disabled");
	hand_over(state, tree);
	drivers_probe(DRIVER_CONSOLE);
	assert_null(dev);
}

static void no_interrupt(void **state)
{
	void *tree = board_tree(*state);

	board = *state;
	fdt_delprop(tree, board_node(tree, board->console), "interrupts");
	hand_over(state, tree);
	board_log_start();
	drivers_probe(DRIVER_CONSOLE);
	log_set_sink(NULL);
	assert_non_null(dev);
	assert_null(dev->tx_irq);
	assert_non_null(strstr(board_log, "output only, and polled"));
	dev->write("on\r\n", 4);
	sent("on\r\n");
}

/* A path to nothing: boot says nothing early, and goes on. */
static void stdout_path_to_nothing(void **state)
{
	static const char *const paths[] = {"serial77:1500000n8", "/nothing",
					    ":", "", "/"};
	void *tree = board_tree(*state);

	board = *state;
	for (unsigned int i = 0; i < ARRAY_SIZE(paths); i++) {
		fdt_setprop_string(tree, board_node(tree, "/chosen"),
				   "stdout-path", paths[i]);
		assert_true(fdt_stdout_node(tree) < 0);
		earlycon_init(tree);
		assert_null(arch_early_putc);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		ON_EACH_BOARD(named_by_stdout_path),
		ON_EACH_BOARD(early),
		ON_EACH_BOARD(early_without_end),
		ON_EACH_BOARD(driven),
		ON_EACH_BOARD(receives),
		ON_ROCKCHIP(busy_quirk),
		ON_EACH_BOARD(reg_truncated),
		ON_EACH_BOARD(no_reg),
		ON_EACH_BOARD(registers_misaligned),
		ON_ROCKCHIP(odd_wiring),
		ON_EACH_BOARD(disabled),
		ON_EACH_BOARD(no_interrupt),
		ON_EACH_BOARD(stdout_path_to_nothing),
	};

	return boards_run(tests, ARRAY_SIZE(tests));
}
