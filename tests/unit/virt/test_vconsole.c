/* SPDX-License-Identifier: Apache-2.0 */
#include "fake_virt.h"

#include <core/console.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
#include <virt/vconsole.h>
#include <virt/vdev.h>

#include <cmocka.h>

static const struct vm_config config_a = {.name = "alpha"};
static const struct vm_config config_b = {.name = "beta"};
/* What is in the Image; the name says whose console is shown first. */
static struct vm_config embedded = {.name = CONFIG_CONSOLE_ATTACH};
const struct vm_config *const vm_config_table[] = {&embedded};
const unsigned int vm_config_count = 1;

static struct vm vm_a = {.config = &config_a}, vm_b = {.config = &config_b};

/* What a device has taken, and how much more it takes. */
static char taken[64];
static unsigned int taken_len, room;

static bool device_input(struct vdev *dev, uint8_t byte)
{
	(void)dev;
	if (!room)
		return false;
	room--;
	taken[taken_len++ % sizeof(taken)] = (char)byte;
	return true;
}

static const struct vdev_ops ops = {.console_input = device_input};
static struct vdev dev_a = {.ops = &ops, .vm = &vm_a};
static struct vdev dev_b = {.ops = &ops, .vm = &vm_b};

/* The console task reads these keys, then "sleeps" out of its loop. */
static const char *keys;
static jmp_buf out_of_keys;

int console_read(void)
{
	if (!*keys)
		longjmp(out_of_keys, 1);
	return (unsigned char)*keys++;
}

static void type(const char *text)
{
	keys = text;
	if (!setjmp(out_of_keys))
		fake_tasks[0].fn(fake_tasks[0].arg);
}

static void guest_says(struct vm *vm, const char *text)
{
	while (*text)
		vconsole_put(vm->console, (uint8_t)*text++);
}

static int setup(void **state)
{
	(void)state;
	fake_task_count = 0;
	vconsole_init();
	vm_a.console = vconsole_create(&vm_a, &dev_a);
	vm_b.console = vconsole_create(&vm_b, &dev_b);
	taken_len = 0;
	room = 1000;
	fake_uart_clear();
	return vm_a.console && vm_b.console ? 0 : -1;
}

static int teardown(void **state)
{
	(void)state;
	vconsole_destroy(vm_a.console);
	vconsole_destroy(vm_b.console);
	assert_true(vconsole_is_attached(NULL));
	return 0;
}

static bool shown(const char *text)
{
	return strstr(fake_uart, text);
}

static void only_the_shown_one_prints(void **state)
{
	(void)state;
	vconsole_shell_write("prompt ", 7);
	guest_says(&vm_a, "hidden\n");
	assert_string_equal(fake_uart, "prompt ");

	vconsole_attach(&vm_a);
	assert_true(shown("[console: alpha]"));
	assert_true(shown("hidden\r\n")); /* what was kept */
	guest_says(&vm_a, "direct");
	assert_true(shown("direct"));
	vconsole_shell_write("later", 5);
	assert_false(shown("later"));
	vconsole_attach(NULL);
	assert_true(shown("[console: cvisor]"));
	assert_true(shown("later"));
}

#define KEPT ((size_t)CONFIG_CONSOLE_SCROLLBACK_KIB * 1024)

static void newest_output_is_kept(void **state)
{
	(void)state;
	for (size_t i = 0; i < KEPT + 1234; i++)
		guest_says(&vm_a, "o");
	guest_says(&vm_a, "the end");
	vconsole_attach(&vm_a);
	assert_true(shown("\n[console: alpha; 1241 bytes of older output were "
			  "lost]\r\no"));
	assert_true(shown("oothe end"));
	assert_int_equal(strlen(strchr(fake_uart, ']')), KEPT + 3);

	/* told once; what was seen is not repeated */
	vconsole_attach(NULL);
	guest_says(&vm_a, "!");
	fake_uart_clear();
	vconsole_attach(&vm_a);
	assert_string_equal(fake_uart, "\r\n[console: alpha]\r\n!");
}

/* What was seen is kept, too. */
static void tail_is_copied(void **state)
{
	char buf[16];

	(void)state;
	vconsole_attach(&vm_a);
	guest_says(&vm_a, "seen ");
	vconsole_attach(NULL);
	guest_says(&vm_a, "unseen");
	assert_int_equal(vconsole_tail(&vm_a, buf, sizeof(buf)), 11);
	assert_memory_equal(buf, "seen unseen", 11);
	assert_int_equal(vconsole_tail(&vm_a, buf, 3), 3);
	assert_memory_equal(buf, "een", 3);
	assert_int_equal(vconsole_tail(&vm_b, buf, sizeof(buf)), 0);
	assert_int_equal(vconsole_tail(&(struct vm){0}, buf, 3), 0);
}

static void newlines(void **state)
{
	(void)state;
	vconsole_attach(&vm_a);
	fake_uart_clear();
	guest_says(&vm_a, "a\r\nb\nc\rd");
	assert_string_equal(fake_uart, "a\r\nb\r\nc\rd");
}

static void typed_bytes_go_to_the_shown_one(void **state)
{
	(void)state;
	type("ls");
	assert_int_equal(taken_len, 0);
	assert_int_equal(vconsole_shell_read(), 'l');
	assert_int_equal(vconsole_shell_read(), 's');

	vconsole_attach(&vm_a);
	type("hi\x18\x18");
	assert_int_equal(taken_len, 3);
	assert_memory_equal(taken, "hi\x18", 3);
}

static void typed_bytes_wait_for_room(void **state)
{
	(void)state;
	vconsole_attach(&vm_a);
	room = 2;
	type("abcd");
	assert_int_equal(taken_len, 2);
	room = 1000;
	vconsole_pump(vm_a.console);
	assert_int_equal(taken_len, 4);
	assert_memory_equal(taken, "abcd", 4);

	/* a guest that never reads: bytes are lost, nothing stops */
	room = 0;
	for (unsigned int i = 0; i < 1000; i++)
		type("z");
	room = 10000;
	vconsole_pump(vm_a.console);
	assert_int_equal(taken_len, 4 + 256);
}

static void ctrl_x_goes_around(void **state)
{
	(void)state;
	type("\x18]");
	assert_true(vconsole_is_attached(&vm_a));
	type("\x18]");
	assert_true(vconsole_is_attached(&vm_b));
	type("\x18]");
	assert_true(vconsole_is_attached(NULL));
	type("\x18[");
	assert_true(vconsole_is_attached(&vm_b));
	type("\x18[");
	assert_true(vconsole_is_attached(&vm_a));
	type("\x18h");
	assert_true(vconsole_is_attached(&vm_a));
	assert_true(shown("Ctrl+X then"));
	type("\x18q");
	assert_true(shown("unknown key"));
	assert_int_equal(taken_len, 0);
}

static void destroying_the_shown_one_shows_the_shell(void **state)
{
	(void)state;
	vconsole_attach(&vm_b);
	vconsole_destroy(vm_b.console);
	vm_b.console = NULL;
	assert_true(vconsole_is_attached(NULL));
	type("\x18]");
	type("\x18]");
	assert_true(vconsole_is_attached(NULL));
}

static int setup_other_image(void **state)
{
	embedded.name = "beta";
	return setup(state);
}

static int teardown_other_image(void **state)
{
	embedded.name = CONFIG_CONSOLE_ATTACH;
	return teardown(state);
}

/* CONFIG_CONSOLE_ATTACH names a VM that this Image does not have. */
static void without_the_named_vm_the_first_is_shown(void **state)
{
	(void)state;
	assert_true(vconsole_is_attached(&vm_a));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(only_the_shown_one_prints,
						setup, teardown),
		cmocka_unit_test_setup_teardown(newest_output_is_kept, setup,
						teardown),
		cmocka_unit_test_setup_teardown(tail_is_copied, setup,
						teardown),
		cmocka_unit_test_setup_teardown(newlines, setup, teardown),
		cmocka_unit_test_setup_teardown(typed_bytes_go_to_the_shown_one,
						setup, teardown),
		cmocka_unit_test_setup_teardown(typed_bytes_wait_for_room,
						setup, teardown),
		cmocka_unit_test_setup_teardown(ctrl_x_goes_around, setup,
						teardown),
		cmocka_unit_test_setup_teardown(
			destroying_the_shown_one_shows_the_shell, setup,
			teardown),
		cmocka_unit_test_setup_teardown(
			without_the_named_vm_the_first_is_shown,
			setup_other_image, teardown_other_image),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
