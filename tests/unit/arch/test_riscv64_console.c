/* SPDX-License-Identifier: Apache-2.0 */
/* Typed bytes of a guest that has no UART. */
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include <lib/log.h>
#include <virt/vconsole.h>
#include <virt/vm.h>

#include "../../../arch/riscv64/virt/console.h"

static struct vm_config config = {.name = "test"};
static struct vm vm;
static struct sbi_console con;
static char anything;
static unsigned int made, pumps;
static bool no_memory;

struct vconsole *vconsole_create(struct vm *v, struct vdev *dev)
{
	assert_ptr_equal(v, &vm);
	assert_non_null(dev->ops->console_input);
	made++;
	return no_memory ? NULL : (struct vconsole *)&anything;
}

void vconsole_pump(struct vconsole *c)
{
	assert_ptr_equal(c, &anything);
	pumps++;
}

static int setup(void **state)
{
	(void)state;
	vm = (struct vm){.config = &config};
	con = (struct sbi_console){.head = 0};
	made = pumps = 0;
	no_memory = false;
	return 0;
}

static bool type(char byte)
{
	return con.dev.ops->console_input(&con.dev, (uint8_t)byte);
}

static void typed_is_read(void **state)
{
	uint8_t got[8];

	(void)state;
	sbi_console_reset(&con, &vm);
	assert_int_equal(made, 1);
	assert_int_equal(sbi_console_read(&con, got, 8), 0);
	assert_int_equal(pumps, 0);
	for (const char *p = "abc"; *p; p++)
		assert_true(type(*p));
	assert_int_equal(sbi_console_read(&con, got, 2), 2);
	assert_memory_equal(got, "ab", 2);
	assert_int_equal(pumps, 1); /* there is room: more may have waited */
	assert_int_equal(sbi_console_read(&con, got, 8), 1);
	assert_int_equal(got[0], 'c');
	assert_int_equal(sbi_console_read(&con, got, 8), 0);
}

/* What does not fit waits in the console. */
static void fills(void **state)
{
	uint8_t got[128];

	(void)state;
	con.head = con.tail = UINT32_MAX - 10; /* over the counters' end */
	sbi_console_reset(&con, &vm);
	for (unsigned int i = 0; i < sizeof(con.in); i++)
		assert_true(type((char)i));
	assert_false(type('x'));
	assert_int_equal(sbi_console_read(&con, got, 1), 1);
	assert_true(type('y'));
	assert_false(type('z'));
	assert_int_equal(sbi_console_read(&con, got, 128), sizeof(con.in));
	assert_int_equal(got[0], 1);
	assert_int_equal(got[sizeof(con.in) - 1], 'y');
}

/* A cold start forgets what was typed, and keeps the console. */
static void reset(void **state)
{
	uint8_t byte;

	(void)state;
	sbi_console_reset(&con, &vm);
	assert_true(type('a'));
	sbi_console_reset(&con, &vm);
	assert_int_equal(made, 1);
	assert_int_equal(sbi_console_read(&con, &byte, 1), 0);
	assert_true(type('b'));
	assert_int_equal(sbi_console_read(&con, &byte, 1), 1);
	assert_int_equal(byte, 'b');
}

/* With a UART the console is that one's, and so is what is typed. */
static void uarts(void **state)
{
	uint8_t byte;

	(void)state;
	vm.console = (struct vconsole *)&anything;
	sbi_console_reset(&con, &vm);
	assert_int_equal(made, 0);
	assert_int_equal(sbi_console_read(&con, &byte, 1), 0);
}

static void no_room_for_one(void **state)
{
	(void)state;
	no_memory = true;
	sbi_console_reset(&con, &vm);
	assert_null(vm.console);
	no_memory = false;
	sbi_console_reset(&con, &vm);
	assert_non_null(vm.console);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(typed_is_read, setup),
		cmocka_unit_test_setup(fills, setup),
		cmocka_unit_test_setup(reset, setup),
		cmocka_unit_test_setup(uarts, setup),
		cmocka_unit_test_setup(no_room_for_one, setup),
	};

	return cmocka_run_group_tests_name("riscv64 console", tests, NULL,
					   NULL);
}
