/* SPDX-License-Identifier: Apache-2.0 */
/* Channels between VMs: what a table allows and nobody could ever use. */
#include "vm_check.h"

static const struct vm_config *vm_by_id(const struct check *check, uint64_t id)
{
	unsigned int i;

	for (i = 0; i < check->count; i++)
		if (check->configs[i]->id == id)
			return check->configs[i];
	return NULL;
}

static bool publishes(const struct vm_config *config, uint64_t key)
{
	unsigned int i;

	if (!config->has_ivc)
		return true;
	for (i = 0; i < config->ivc_publish_count; i++)
		if (config->ivc_publish[i] == key)
			return true;
	return false;
}

static void check_publish(struct check *check, const struct vm_config *config,
			  unsigned int i)
{
	unsigned int j;

	for (j = 0; j < i; j++)
		if (config->ivc_publish[j] == config->ivc_publish[i])
			check_warn(check, config,
				   "ivc.publish[%u]: key 0x%lx is already "
				   "[%u]'s; remove one",
				   i, (unsigned long)config->ivc_publish[i], j);
}

static void check_subscribe(struct check *check, const struct vm_config *config,
			    unsigned int i)
{
	const struct vm_ivc_peer *peer = &config->ivc_subscribe[i];
	const struct vm_config *publisher = vm_by_id(check, peer->vm);
	unsigned int j;

	for (j = 0; j < i; j++)
		if (config->ivc_subscribe[j].vm == peer->vm &&
		    config->ivc_subscribe[j].key == peer->key)
			check_warn(check, config,
				   "ivc.subscribe[%u]: [%lu, 0x%lx] is already "
				   "[%u]; remove one",
				   i, (unsigned long)peer->vm,
				   (unsigned long)peer->key, j);
	if (!publisher)
		check_warn(check, config,
			   "ivc.subscribe[%u]: no VM here has the id %lu: "
			   "there is nothing to subscribe to until one with "
			   "it is made",
			   i, (unsigned long)peer->vm);
	else if (!publishes(publisher, peer->key))
		check_warn(check, config,
			   "ivc.subscribe[%u]: %s (VM \"%.30s\") does not list "
			   "key 0x%lx in its ivc.publish and will never "
			   "publish it; add it there",
			   i, publisher->file, publisher->name,
			   (unsigned long)peer->key);
}

/* One doorbell each; a window too small for its registers has none. */
static void check_doorbells(struct check *check, const struct vm_config *config)
{
	const struct vm_emu_device *device;
	bool found = false;
	unsigned int i;

	for (i = 0; i < config->emu_device_count; i++) {
		device = &config->emu_devices[i];
		if (device->type != VM_EMU_IVC || !is_irq(check, device->irq))
			continue;
		if (device->size_bytes < PAGE_SIZE)
			check_warn(check, config,
				   "devices.emu_devices[%u] \"%.30s\": length "
				   "0x%lx: too small for a doorbell's "
				   "registers, left out; use 0x1000",
				   i, device->name,
				   (unsigned long)device->size_bytes);
		else if (found)
			check_warn(
				check, config,
				"devices.emu_devices[%u] \"%.30s\": a VM has "
				"one doorbell, the first; remove this one",
				i, device->name);
		else
			found = true;
	}
}

void check_ivc(struct check *check, const struct vm_config *config)
{
	unsigned int i;

	for (i = 0; i < config->ivc_publish_count; i++)
		check_publish(check, config, i);
	for (i = 0; i < config->ivc_subscribe_count; i++)
		check_subscribe(check, config, i);
	check_doorbells(check, config);
}
