/* SPDX-License-Identifier: Apache-2.0 */
/* the device registers itself in a section only the Image has: take it whole */
#include "../../../virt/dev/ns16550.c"

#include "uart_machine.h"

#define IRQ 10

static uint32_t rd(uint64_t reg)
{
	return (uint32_t)dev.ops->read(&dev, reg, 1);
}

static void wr(uint64_t reg, uint32_t value)
{
	dev.ops->write(&dev, reg, 1, value);
}

static int setup(void **state)
{
	(void)state;
	return uart_make(&ns16550_ops, IRQ);
}

static int setup_dw(void **state)
{
	(void)state;
	return uart_make(&dw_ops, IRQ);
}

/* As an early console: nothing was set up. */
static void sends(void **state)
{
	(void)state;
	assert_int_equal(rd(LSR), LSR_TX_EMPTY);
	wr(RBR_THR, 'a');
	assert_int_equal(sent_len, 1);
	assert_int_equal(sent[0], 'a');
	assert_false(fake_virq_level[IRQ]);
}

/* Being allowed, being read, and the next byte: PC16550D, 8.5. */
static void interrupts_when_empty(void **state)
{
	(void)state;
	assert_int_equal(rd(IIR_FCR), IIR_NONE);
	wr(IER, IER_TX);
	assert_true(fake_virq_level[IRQ]);
	assert_int_equal(rd(IIR_FCR), IIR_TX);
	assert_false(fake_virq_level[IRQ]);
	assert_int_equal(rd(IIR_FCR), IIR_NONE);
	wr(IER, IER_TX); /* no change */
	assert_false(fake_virq_level[IRQ]);
	wr(RBR_THR, 'a');
	assert_true(fake_virq_level[IRQ]);
	wr(IER, 0);
	assert_false(fake_virq_level[IRQ]);
}

static void receives(void **state)
{
	(void)state;
	wr(IER, IER_RX | IER_TX);
	rd(IIR_FCR);
	assert_true(dev.ops->console_input(&dev, 'x'));
	assert_true(fake_virq_level[IRQ]);
	assert_int_equal(rd(IIR_FCR), IIR_RX);
	assert_int_equal(rd(LSR), LSR_TX_EMPTY | LSR_RX);
	assert_false(dev.ops->console_input(&dev, 'y')); /* no FIFO: one */
	assert_int_equal(rd(RBR_THR), 'x');
	assert_int_equal(pumped, 1);
	assert_false(fake_virq_level[IRQ]);
	assert_int_equal(rd(LSR), LSR_TX_EMPTY);
	assert_int_equal(rd(RBR_THR), 0);
}

static void fifo_fills(void **state)
{
	(void)state;
	wr(IIR_FCR, 0x81); /* level 8 */
	wr(IER, IER_RX);
	assert_int_equal(rd(IIR_FCR), IIR_FIFOS | IIR_NONE);
	for (unsigned int i = 0; i < 16; i++) {
		assert_true(dev.ops->console_input(&dev, (uint8_t)i));
		assert_int_equal(rd(IIR_FCR),
				 IIR_FIFOS |
					 (i >= 7 ? IIR_RX : IIR_RX_TIMEOUT));
	}
	assert_false(dev.ops->console_input(&dev, 99));
	for (unsigned int i = 0; i < 16; i++)
		assert_int_equal(rd(RBR_THR), i);
	assert_false(fake_virq_level[IRQ]);

	assert_true(dev.ops->console_input(&dev, 1));
	wr(IIR_FCR, 0x83); /* the receiver is emptied */
	assert_int_equal(rd(LSR) & LSR_RX, 0);
	assert_false(fake_virq_level[IRQ]);
}

static void divisor_is_apart(void **state)
{
	(void)state;
	wr(IER, IER_TX);
	wr(LCR, LCR_DLAB | 3);
	wr(RBR_THR, 0x34);
	wr(IER, 0x12);
	assert_int_equal(rd(RBR_THR), 0x34);
	assert_int_equal(rd(IER), 0x12);
	wr(LCR, 3);
	assert_int_equal(rd(IER), IER_TX);
	assert_int_equal(rd(RBR_THR), 0);
	assert_int_equal(sent_len, 0);
}

/* What drivers look for a 16550 by. */
static void loops_back(void **state)
{
	(void)state;
	assert_int_equal(rd(MSR), 0xb0);
	wr(MCR, MCR_LOOP | 0xa);
	assert_int_equal(rd(MSR), 0x90);
	wr(RBR_THR, 'x');
	assert_int_equal(sent_len, 0);
	assert_int_equal(rd(RBR_THR), 'x');
	assert_false(dev.ops->console_input(&dev, 'y'));
	wr(SCR, 0x5a);
	assert_int_equal(rd(SCR), 0x5a);
}

/* The host's UART is the slower one: as a transmitter that is not empty. */
static void waits_for_room(void **state)
{
	(void)state;
	wr(IER, IER_TX);
	full = true;
	wr(RBR_THR, 'b'); /* sent all the same */
	assert_int_equal(sent_len, 1);
	assert_false(fake_virq_level[IRQ]);
	assert_int_equal(rd(LSR), 0);
	full = false;
	dev.ops->console_room(&dev);
	assert_true(fake_virq_level[IRQ]);
	assert_int_equal(rd(LSR), LSR_TX_EMPTY);
}

static bool quick(uint64_t offset, bool write, uint64_t *value)
{
	return dev.ops->quick(&dev, offset, 1, write, value);
}

/* What is finished in the trap's handler, and what is not begun there. */
static void quick_accesses(void **state)
{
	uint64_t value = 'q';

	(void)state;
	assert_true(quick(RBR_THR, true, &value));
	assert_int_equal(sent_len, 1);
	assert_true(quick(LSR, false, &value));
	assert_int_equal(value, LSR_TX_EMPTY);
	assert_false(quick(RBR_THR, false, &value));
	assert_false(quick(IER, true, &value));
	wr(LCR, LCR_DLAB);
	assert_false(quick(RBR_THR, true, &value));
	wr(LCR, 0);
	wr(MCR, MCR_LOOP);
	assert_false(quick(RBR_THR, true, &value));
	assert_int_equal(sent_len, 1);
}

static void any_access_is_safe(void **state)
{
	unsigned int stride = dev.ops == &dw_ops ? DW_STRIDE : 1;

	(void)state;
	for (uint64_t offset = 0; offset < 0x1000; offset++)
		for (unsigned int width = 1; width <= 8; width *= 2) {
			dev.ops->write(&dev, offset, width, UINT64_MAX);
			dev.ops->read(&dev, offset, width);
		}
	dev.ops->reset(&dev);
	assert_int_equal(rd(IER * stride), 0);
	assert_int_equal(rd(LSR * stride), LSR_TX_EMPTY);
	assert_false(fake_virq_level[IRQ]);
}

/* A tree like QEMU's: its root names no interrupt parent, its PLIC has one
 * cell. */
static void has_a_node(void **state)
{
	char fdt[1024];
	int node, len;

	(void)state;
	assert_int_equal(fdt_create_empty_tree(fdt, sizeof(fdt)), 0);
	assert_int_equal(fdt_setprop_u32(fdt, 0, "#address-cells", 2), 0);
	assert_int_equal(fdt_setprop_u32(fdt, 0, "#size-cells", 2), 0);
	assert_int_equal(dev.ops->fdt_node(&dev, fdt, 0), -EINVAL);

	assert_int_equal(fdt_create_empty_tree(fdt, sizeof(fdt)), 0);
	assert_int_equal(fdt_setprop_u32(fdt, 0, "#address-cells", 2), 0);
	assert_int_equal(fdt_setprop_u32(fdt, 0, "#size-cells", 2), 0);
	node = fdt_add_subnode(fdt, 0, "plic@c000000");
	fdt_setprop_string(fdt, node, "compatible", "riscv,plic0");
	fdt_setprop_u32(fdt, node, "#interrupt-cells", 1);
	fdt_setprop_u32(fdt, node, "phandle", 9);
	assert_int_equal(dev.ops->fdt_node(&dev, fdt, 0), 0);

	node = fdt_path_offset(fdt, "/serial@10000000");
	assert_true(node > 0);
	assert_int_equal(fdt_node_check_compatible(fdt, node, "ns16550a"), 0);
	assert_int_equal(
		fdt32_ld(fdt_getprop(fdt, node, "interrupt-parent", &len)), 9);
	assert_int_equal(fdt32_ld(fdt_getprop(fdt, node, "interrupts", &len)),
			 IRQ);
	assert_int_equal(len, 4);
}

/* An APLIC's second cell is the trigger: level, high. */
static void has_a_node_on_an_aplic(void **state)
{
	const fdt32_t *cells;
	char fdt[1024];
	int node, len;

	(void)state;
	assert_int_equal(fdt_create_empty_tree(fdt, sizeof(fdt)), 0);
	node = fdt_add_subnode(fdt, 0, "aplic@d000000");
	fdt_setprop_u32(fdt, node, "#interrupt-cells", 2);
	fdt_setprop_u32(fdt, node, "phandle", 9);
	fdt_setprop_u32(fdt, 0, "interrupt-parent", 9);
	node = fdt_add_subnode(fdt, 0, "uart");
	assert_int_equal(vdev_fdt_irq(&dev, fdt, node), 0);
	cells = fdt_getprop(fdt, node, "interrupts", &len);
	assert_int_equal(len, 8);
	assert_int_equal(fdt32_ld(cells), IRQ);
	assert_int_equal(fdt32_ld(cells + 1), 4);
}

/* Four bytes apart; between them is nothing. */
static void dw_has_the_same_registers(void **state)
{
	(void)state;
	wr(4 * SCR, 0x5a);
	assert_int_equal(rd(4 * SCR), 0x5a);
	wr(4 * SCR + 1, 0xff);
	assert_int_equal(rd(4 * SCR), 0x5a);
	assert_int_equal(rd(4 * SCR + 1), 0);
	assert_int_equal(rd(SCR), 0);
	wr(4 * IER, IER_TX | IER_RX);
	assert_int_equal(rd(4 * IIR_FCR), IIR_TX);
	wr(RBR_THR, 'a');
	assert_int_equal(sent[0], 'a');
	assert_int_equal(rd(4 * LSR), LSR_TX_EMPTY);
	wr(8 * 4, 'b'); /* behind the eight */
	assert_int_equal(sent_len, 1);
}

/* By these Linux's 8250_dw sizes the FIFO, and knows that LCR took. */
static void dw_has_its_own(void **state)
{
	(void)state;
	assert_int_equal(rd(DW_UCV), 0x3430332a);
	assert_int_equal(rd(DW_CPR) >> 16 & 0xff, 1);
	assert_int_equal(rd(DW_CTR), 0x44570110);
	assert_int_equal(rd(DW_USR), DW_USR_TX_ROOM | DW_USR_TX_EMPTY);
	wr(4 * IIR_FCR, FCR_ENABLE);
	assert_true(dev.ops->console_input(&dev, 'x'));
	assert_true(dev.ops->console_input(&dev, 'y'));
	assert_int_equal(rd(DW_RFL), 2);
	assert_true(rd(DW_USR) & DW_USR_RX);
	wr(4 * LCR, LCR_DLAB | 3); /* not refused: it is not busy */
	assert_int_equal(rd(4 * LCR), LCR_DLAB | 3);
	wr(4 * LCR, 3);
	wr(DW_SRR, DW_SRR_RX_FIFO);
	assert_int_equal(rd(DW_RFL), 0);
	full = true;
	assert_int_equal(rd(DW_USR), 0);
	assert_int_equal(rd(DW_TFL), FIFO_SIZE);
	full = false;
	wr(4 * IER, IER_TX);
	wr(DW_SRR, DW_SRR_UART);
	assert_int_equal(rd(4 * IER), 0);
	assert_false(fake_virq_level[IRQ]);
}

static void dw_is_quick(void **state)
{
	uint64_t value = 'q';

	(void)state;
	assert_true(quick(RBR_THR, true, &value));
	assert_true(quick(4 * LSR, false, &value));
	assert_int_equal(value, LSR_TX_EMPTY);
	value = 'q';
	assert_false(quick(1, true, &value));
	assert_false(quick(4 * LSR + 1, false, &value));
	assert_false(quick(DW_SRR, true, &value));
	assert_int_equal(sent_len, 1);
}

static void dw_has_a_node(void **state)
{
	char fdt[1024];
	int node, len;

	(void)state;
	dev.virq = 0;
	assert_int_equal(fdt_create_empty_tree(fdt, sizeof(fdt)), 0);
	assert_int_equal(fdt_setprop_u32(fdt, 0, "#address-cells", 2), 0);
	assert_int_equal(fdt_setprop_u32(fdt, 0, "#size-cells", 2), 0);
	assert_int_equal(dev.ops->fdt_node(&dev, fdt, 0), 0);
	node = fdt_path_offset(fdt, "/serial@10000000");
	assert_true(node > 0);
	assert_int_equal(
		fdt_node_check_compatible(fdt, node, "snps,dw-apb-uart"), 0);
	assert_int_equal(fdt32_ld(fdt_getprop(fdt, node, "reg-shift", &len)),
			 2);
	assert_int_equal(fdt32_ld(fdt_getprop(fdt, node, "reg-io-width", &len)),
			 4);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
#define TEST_DW(name) cmocka_unit_test_setup_teardown(name, setup_dw, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(sends),
		TEST(interrupts_when_empty),
		TEST(receives),
		TEST(fifo_fills),
		TEST(divisor_is_apart),
		TEST(loops_back),
		TEST(waits_for_room),
		TEST(quick_accesses),
		TEST(any_access_is_safe),
		TEST(has_a_node),
		TEST(has_a_node_on_an_aplic),
		TEST_DW(dw_has_the_same_registers),
		TEST_DW(dw_has_its_own),
		TEST_DW(dw_is_quick),
		TEST_DW(dw_has_a_node),
		TEST_DW(any_access_is_safe),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
