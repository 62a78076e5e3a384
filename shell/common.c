/* SPDX-License-Identifier: Apache-2.0 */
/* What several commands need. */
#include "commands.h"

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

void shell_json_string(const char *text)
{
	shell_printf("\"");
	for (; *text; text++) {
		if (*text == '"' || *text == '\\')
			shell_printf("\\%c", *text);
		else if ((unsigned char)*text < ' ')
			shell_printf("\\u%04x", *text);
		else
			shell_printf("%c", *text);
	}
	shell_printf("\"");
}
