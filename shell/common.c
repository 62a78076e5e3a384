/* SPDX-License-Identifier: Apache-2.0 */
/* What several commands need. */
#include "commands.h"

#include <errno.h>
#include <string.h>
#include <virt/vm.h>

struct vm *shell_vm(const char *arg)
{
	struct vm *vm = vm_find_name(arg);
	const char *digit = arg;
	uint32_t id = 0;

	if (vm)
		return vm;
	while (*digit >= '0' && *digit <= '9' && id < 100000000)
		id = 10 * id + (uint32_t)(*digit++ - '0');
	vm = *arg && !*digit ? vm_find(id) : NULL;
	if (!vm)
		shell_printf("%s: no such VM; `vm list` lists them\n", arg);
	return vm;
}

int shell_number(const char *what, const char *text, uint32_t min, uint32_t max,
		 uint32_t *value)
{
	const char *digit = text;
	uint64_t number = 0;

	while (*digit >= '0' && *digit <= '9' && number <= max)
		number = 10 * number + (uint64_t)(*digit++ - '0');
	if (!*text || *digit || number < min || number > max) {
		shell_printf("%s: \"%s\" is no number from %u to %u\n", what,
			     text, min, max);
		return -EINVAL;
	}
	*value = (uint32_t)number;
	return 0;
}

int shell_choice(const char *choices, const char *text)
{
	size_t len = strlen(text);

	for (int i = 0; choices; i++) {
		const char *bar = strchr(choices, '|');
		size_t n = bar ? (size_t)(bar - choices) : strlen(choices);

		if (n == len && !memcmp(choices, text, len))
			return i;
		choices = bar ? bar + 1 : NULL;
	}
	return -1;
}
