/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Any bytes as guest files: read, and checked as two VMs against each other.
 *
 * The input is split at a line "%%" into two files. What is accepted must
 * keep what its readers rely on.
 */
#define _GNU_SOURCE
#include <stdlib.h>
#include <string.h>

#include <virt/config.h>

static unsigned int lines;

static void count_line(struct config_report *report,
		       enum config_severity severity __unused_arg,
		       const char *text)
{
	(void)report;
	lines++;
	if (!strlen(text))
		abort();
}

/* What the rest of cvisor takes for granted in an accepted file. */
static void check_accepted(const struct vm_config *c)
{
	unsigned int i;

	if (!c->name || !*c->name || !c->vcpu_count || !c->region_count)
		abort();
	if (c->vcpu_count > CONFIG_VM_MAX_VCPUS)
		abort();
	for (i = 0; i < c->emu_device_count; i++)
		if (!c->emu_devices[i].name ||
		    c->emu_devices[i].cfg_count > VM_EMU_CFG_MAX)
			abort();
	for (i = 0; i < c->pt_device_count; i++)
		if (!c->pt_devices[i].path == !c->pt_devices[i].name)
			abort();
}

static struct vm_config *parse(const char *text, size_t len,
			       struct config_report *report)
{
	struct vm_config *config;
	int err;

	/* exactly its length: ASan watches the byte behind */
	char *copy = malloc(len ? len : 1);

	if (!copy)
		abort();
	memcpy(copy, text, len);
	err = vm_config_parse("fuzz.toml", copy, len, report, &config);
	free(copy);
	if ((err == 0) != (config != NULL))
		abort();
	if (config)
		check_accepted(config);
	return config;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const uint64_t hwids[] = {0, 0x100};
	const struct config_host host = {.cpu_count = 2, .cpu_hwids = hwids};
	struct config_report report = {.line = count_line};
	const uint8_t *cut = memmem(data, size, "\n%%\n", 4);
	const char *text = (const char *)data;
	struct vm_config *vms[2];
	const struct vm_config *list[2];
	unsigned int count = 0;
	unsigned int i;

	vms[0] = parse(text, cut ? (size_t)(cut - data) : size, &report);
	vms[1] = cut ? parse((const char *)cut + 4,
			     size - (size_t)(cut + 4 - data), &report)
		     : NULL;
	for (i = 0; i < 2; i++)
		if (vms[i])
			list[count++] = vms[i];
	if ((vm_config_check(list, count, &host, &report) != 0) &&
	    !report.error_count)
		abort();
	vm_config_free(vms[0]);
	vm_config_free(vms[1]);
	return 0;
}
