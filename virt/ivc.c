/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Channels between VMs: memory that a publisher and its subscribers share.
 *
 * ivc_lock guards who has which channel, and is held while stage 2 is edited;
 * notifications (ivc_doorbell.c) go past it. Memory is got and zeroed before it
 * is taken, and zeroed and given back after it is released.
 *
 * A publisher that unpublishes leaves the memory to its subscribers until the
 * last one goes. When it dies they see zeros in the same place at once: each
 * subscriber brings its own zeroed pages for that when it comes (its shadow), so
 * nothing can run out when it happens: 2 MiB for the beginning, where the header
 * must stay zero wherever else the guest goes on writing, and 2 MiB that the
 * rest of a longer channel shows again and again.
 */
#include "ivc.h"

#include <arch/pgtable.h>
#include <errno.h>
#include <lib/log.h>
#include <mm/frames.h>
#include <mm/heap.h>
#include <mm/stage2.h>
#include <virt/config.h>
#include <virt/vm.h>

#define WINDOW_PROT (PGT_R | PGT_W)
#define SHADOW_HEAD SIZE_2M
#define SHADOW_MAX (2 * SIZE_2M)

/* What a channel begins with. */
struct ivc_header {
	uint64_t publisher_id;
	uint64_t key;
};
_Static_assert(sizeof(struct ivc_header) == 16, "guests read it");

struct spinlock ivc_lock = SPINLOCK_INIT(LOCK_RANK_IVC);
struct ivc_channel *ivc_channels;

struct mm_owner ivc_owner = {.name = "ivc"};

/* What is to be freed once ivc_lock is released. */
struct garbage {
	struct ivc_memory *memory;
	struct ivc_end *ends;
	struct ivc_channel *channels;
};

/*
 * Memory
 */

/* Largest leaves, and a shadow has leaves of the same sizes. */
static uint64_t align_for(uint64_t size_bytes)
{
	return size_bytes >= SIZE_2M ? SIZE_2M : PAGE_SIZE;
}

static struct ivc_memory *memory_create(uint64_t size_bytes)
{
	struct ivc_memory *memory = heap_alloc(sizeof(*memory));

	if (!memory)
		return NULL;
	if (frames_alloc(&ivc_owner, size_bytes, align_for(size_bytes),
			 &memory->hpa)) {
		heap_free(memory);
		return NULL;
	}
	memory->size_bytes = size_bytes;
	/* a guest may look past its caches */
	arch_page_zero_clean(phys_to_virt(memory->hpa), size_bytes);
	return memory;
}

static void memory_destroy(struct ivc_memory *memory)
{
	if (!memory)
		return;
	arch_page_zero(phys_to_virt(memory->hpa), memory->size_bytes);
	frames_free(&ivc_owner, memory->hpa, memory->size_bytes);
	heap_free(memory);
}

static void memory_drop(struct garbage *g, struct ivc_memory *memory)
{
	if (!memory)
		return;
	memory->next = g->memory;
	g->memory = memory;
}

static void garbage_free(struct garbage *g)
{
	while (g->memory) {
		struct ivc_memory *next = g->memory->next;

		memory_destroy(g->memory);
		g->memory = next;
	}
	while (g->ends) {
		struct ivc_end *next = g->ends->next;

		heap_free(g->ends);
		g->ends = next;
	}
	while (g->channels) {
		struct ivc_channel *next = g->channels->next;

		heap_free(g->channels);
		g->channels = next;
	}
}

/*
 * Accounts
 */

static int bytes_take(struct ivc_vm *iv, uint64_t bytes)
{
	uint64_t most = (uint64_t)CONFIG_IVC_VM_MAX_MIB << 20;
	int err = 0;

	spin_lock(&ivc_lock);
	if (bytes > most || iv->bytes > most - bytes)
		err = -ENOSPC;
	else
		iv->bytes += bytes;
	spin_unlock(&ivc_lock);
	return err;
}

static void bytes_give(struct ivc_vm *iv, uint64_t bytes)
{
	spin_lock(&ivc_lock);
	iv->bytes -= bytes;
	spin_unlock(&ivc_lock);
}

/*
 * Finding; ivc_lock held
 */

static struct ivc_channel *channel_find(uint64_t publisher, uint64_t key)
{
	struct ivc_channel *channel = ivc_channels;

	/* those that nobody publishes any more only wait for their ends */
	while (channel && !(channel->publisher && channel->key == key &&
			    channel->publisher_id == publisher))
		channel = channel->next;
	return channel;
}

static struct ivc_end *end_find(const struct ivc_vm *iv, uint64_t publisher,
				uint64_t key, bool is_publisher)
{
	for (unsigned int i = 0; i < IVC_SLOTS; i++) {
		struct ivc_end *end = iv->ends[i];

		if (end && end->is_publisher == is_publisher &&
		    end->channel->publisher_id == publisher &&
		    end->channel->key == key)
			return end;
	}
	return NULL;
}

/*
 * Ends; ivc_lock held
 */

/* Give the guest its view. */
static int end_map(struct ivc_end *end)
{
	const struct ivc_channel *channel = end->channel;
	const struct ivc_vm *iv = end->iv;
	const struct space_wish wish = {
		.size_bytes = channel->size_bytes,
		.align = align_for(channel->size_bytes),
		.lo = iv->space_base,
		.hi = iv->space_end,
	};
	int err = space_take(iv->vm, &wish, &end->window);

	if (err)
		return err;
	err = stage2_map(&iv->vm->stage2, gpa(end->window.base),
			 channel->memory->hpa, channel->size_bytes,
			 WINDOW_PROT);
	if (err)
		space_give(iv->vm, &end->window);
	return err;
}

static void end_unmap(struct ivc_end *end)
{
	int err = stage2_unmap(&end->iv->vm->stage2, gpa(end->window.base),
			       end->window.size_bytes);

	/* whole leaves: there is nothing to split, so nothing to run out of */
	BUG_ON(err);
	space_give(end->iv->vm, &end->window);
}

/* Map it and make it known to notifications. */
static int end_join(struct ivc_end *end)
{
	struct ivc_channel *channel = end->channel;
	struct ivc_vm *iv = end->iv;
	unsigned int slot = 0;
	int err;

	while (slot < IVC_SLOTS && iv->ends[slot])
		slot++;
	if (slot == IVC_SLOTS)
		return -ENOSPC;
	err = end_map(end);
	if (err)
		return err;

	end->slot = slot;
	spin_lock(&channel->lock);
	if (end->is_publisher) {
		channel->publisher = end;
	} else {
		end->next = channel->subscribers;
		channel->subscribers = end;
		ivc_post(channel->publisher, IVC_EVENT_JOINED);
	}
	spin_unlock(&channel->lock);
	spin_lock(&iv->lock);
	iv->ends[slot] = end;
	iv->connected |= BIT(slot);
	spin_unlock(&iv->lock);
	return 0;
}

static void channel_remove(struct ivc_channel *channel, struct garbage *g)
{
	struct ivc_channel **at = &ivc_channels;

	while (*at != channel)
		at = &(*at)->next;
	*at = channel->next;
	memory_drop(g, channel->memory);
	channel->next = g->channels;
	g->channels = channel;
}

static void subscriber_unlink(struct ivc_channel *channel, struct ivc_end *end)
{
	struct ivc_end **at = &channel->subscribers;

	while (*at != end)
		at = &(*at)->next;
	*at = end->next;
}

/* Nobody notifies it any more, then its guest does not see it any more. */
static void end_leave(struct ivc_end *end, struct garbage *g)
{
	struct ivc_channel *channel = end->channel;
	struct ivc_vm *iv = end->iv;

	spin_lock(&iv->lock);
	iv->ends[end->slot] = NULL;
	iv->connected &= ~(uint32_t)BIT(end->slot);
	spin_unlock(&iv->lock);
	spin_lock(&channel->lock);
	if (end->is_publisher) {
		channel->publisher = NULL;
	} else {
		subscriber_unlink(channel, end);
		if (channel->publisher)
			ivc_post(channel->publisher, IVC_EVENT_LEFT);
	}
	spin_unlock(&channel->lock);
	ivc_forget(iv, end->slot);

	end_unmap(end);
	iv->bytes -= channel->size_bytes;
	memory_drop(g, end->shadow);
	end->next = g->ends;
	g->ends = end;
	if (!channel->publisher && !channel->subscribers)
		channel_remove(channel, g);
}

static void subscribers_tell(struct ivc_channel *channel, uint32_t event)
{
	spin_lock(&channel->lock);
	for (struct ivc_end *end = channel->subscribers; end; end = end->next)
		ivc_post(end, event);
	spin_unlock(&channel->lock);
}

static void range_cut_off(struct ivc_end *end, uint64_t offset,
			  uint64_t size_bytes, uint64_t span)
{
	const struct pgt_redirect zeros = {
		.va = end->window.base + offset,
		.pa = hpa(end->shadow->hpa.v + offset),
		.span = span,
		.prot = WINDOW_PROT,
	};
	int err = stage2_redirect(&end->iv->vm->stage2, size_bytes, &zeros);

	/* whole leaves of sizes that the shadow has: see align_for() */
	BUG_ON(err);
}

/* Zeros in place of the channel; none of its pages is reached any more. */
static void subscriber_cut_off(struct ivc_end *end)
{
	uint64_t size = end->window.size_bytes;
	uint64_t head = MIN(size, (uint64_t)SHADOW_HEAD);

	range_cut_off(end, 0, head, head);
	if (size > head)
		range_cut_off(end, head, size - head,
			      end->shadow->size_bytes - head);
}

static void publisher_die(struct ivc_end *publisher, struct garbage *g)
{
	struct ivc_channel *channel = publisher->channel;

	for (struct ivc_end *end = channel->subscribers; end; end = end->next)
		subscriber_cut_off(end);
	memory_drop(g, channel->memory);
	channel->memory = NULL;
	subscribers_tell(channel, IVC_EVENT_DEAD);
	end_leave(publisher, g);
}

/*
 * The four calls
 */

static struct ivc_channel *channel_create(uint64_t publisher, uint64_t key,
					  uint64_t size_bytes)
{
	struct ivc_channel *channel = heap_alloc(sizeof(*channel));
	struct ivc_header *header;

	if (!channel)
		return NULL;
	channel->memory = memory_create(size_bytes);
	if (!channel->memory) {
		heap_free(channel);
		return NULL;
	}
	spin_init(&channel->lock, LOCK_RANK_IVC_CHANNEL);
	channel->publisher_id = publisher;
	channel->key = key;
	channel->size_bytes = size_bytes;
	header = phys_to_virt(channel->memory->hpa);
	*header = (struct ivc_header){publisher, key};
	arch_dcache_clean_inval(header, sizeof(*header));
	return channel;
}

/* Of both kinds; @shadow_bytes 0: a publisher's. */
static struct ivc_end *end_create(struct ivc_vm *iv, uint64_t shadow_bytes)
{
	struct ivc_end *end = heap_alloc(sizeof(*end));

	if (!end)
		return NULL;
	end->iv = iv;
	end->is_publisher = !shadow_bytes;
	if (shadow_bytes)
		end->shadow = memory_create(shadow_bytes);
	if (shadow_bytes && !end->shadow) {
		heap_free(end);
		return NULL;
	}
	return end;
}

static void end_destroy(struct ivc_end *end)
{
	if (end)
		memory_destroy(end->shadow);
	heap_free(end);
}

static int publish_ready(struct ivc_end *end, struct ivc_channel *channel)
{
	int err = -EEXIST;

	spin_lock(&ivc_lock);
	if (!channel_find(channel->publisher_id, channel->key)) {
		end->channel = channel;
		err = end_join(end);
	}
	if (!err) {
		channel->next = ivc_channels;
		ivc_channels = channel;
	}
	spin_unlock(&ivc_lock);
	return err;
}

int ivc_publish(struct vm *vm, uint64_t key, uint64_t bytes, uint64_t *gpa,
		uint64_t *size_bytes)
{
	struct ivc_channel *channel;
	struct ivc_end *end;
	int err;

	if (!bytes || bytes > (uint64_t)CONFIG_IVC_VM_MAX_MIB << 20)
		return -EINVAL;
	bytes = ALIGN_UP(bytes, PAGE_SIZE);
	err = bytes_take(vm->ivc, bytes);
	if (err)
		return err;
	channel = channel_create(vm->config->id, key, bytes);
	end = end_create(vm->ivc, 0);
	err = channel && end ? publish_ready(end, channel) : -ENOMEM;
	if (!err) {
		*gpa = end->window.base;
		*size_bytes = bytes;
		return 0;
	}
	end_destroy(end);
	if (channel)
		memory_destroy(channel->memory);
	heap_free(channel);
	bytes_give(vm->ivc, bytes);
	return err;
}

/* 0: there is none. */
static uint64_t channel_size(uint64_t publisher, uint64_t key)
{
	const struct ivc_channel *channel;
	uint64_t size_bytes;

	spin_lock(&ivc_lock);
	channel = channel_find(publisher, key);
	size_bytes = channel ? channel->size_bytes : 0;
	spin_unlock(&ivc_lock);
	return size_bytes;
}

static int subscribe_ready(struct ivc_end *end, uint64_t publisher,
			   uint64_t key, uint64_t size_bytes)
{
	struct ivc_channel *channel;
	int err = -ENOENT;

	spin_lock(&ivc_lock);
	channel = channel_find(publisher, key);
	if (end_find(end->iv, publisher, key, false)) {
		err = -EEXIST;
	} else if (channel && channel->size_bytes == size_bytes) {
		end->channel = channel;
		err = end_join(end);
	}
	spin_unlock(&ivc_lock);
	return err;
}

int ivc_subscribe(struct vm *vm, uint64_t publisher, uint64_t key,
		  uint64_t *gpa, uint64_t *size_bytes)
{
	uint64_t bytes = channel_size(publisher, key);
	struct ivc_end *end;
	int err;

	if (!bytes)
		return -ENOENT;
	err = bytes_take(vm->ivc, bytes);
	if (err)
		return err;
	end = end_create(vm->ivc, MIN(bytes, (uint64_t)SHADOW_MAX));
	err = end ? subscribe_ready(end, publisher, key, bytes) : -ENOMEM;
	if (!err) {
		*gpa = end->window.base;
		*size_bytes = bytes;
		return 0;
	}
	end_destroy(end);
	bytes_give(vm->ivc, bytes);
	return err;
}

static int leave(struct vm *vm, uint64_t publisher, uint64_t key,
		 bool is_publisher)
{
	struct garbage g = {0};
	struct ivc_end *end;

	spin_lock(&ivc_lock);
	end = end_find(vm->ivc, publisher, key, is_publisher);
	if (end && is_publisher)
		subscribers_tell(end->channel, IVC_EVENT_CLOSED);
	if (end)
		end_leave(end, &g);
	spin_unlock(&ivc_lock);
	garbage_free(&g);
	return end ? 0 : -ENOENT;
}

int ivc_unpublish(struct vm *vm, uint64_t key)
{
	return leave(vm, vm->config->id, key, true);
}

int ivc_unsubscribe(struct vm *vm, uint64_t publisher, uint64_t key)
{
	return leave(vm, publisher, key, false);
}

/*
 * A VM's life
 */

int ivc_vm_create(struct vm *vm)
{
	vm->ivc = heap_alloc(sizeof(*vm->ivc));
	if (!vm->ivc)
		return -ENOMEM;
	vm->ivc->vm = vm;
	spin_init(&vm->ivc->lock, LOCK_RANK_IVC_ENDS);
	ivc_doorbell_init(vm->ivc);
	return 0;
}

/* One end at a time: others' calls and switches come between. */
static void slot_leave(struct ivc_vm *iv, unsigned int slot)
{
	struct garbage g = {0};
	struct ivc_end *end;

	spin_lock(&ivc_lock);
	end = iv->ends[slot];
	if (end && end->is_publisher)
		publisher_die(end, &g);
	else if (end)
		end_leave(end, &g);
	spin_unlock(&ivc_lock);
	garbage_free(&g);
}

void ivc_vm_stopped(struct vm *vm)
{
	for (unsigned int i = 0; vm->ivc && i < IVC_SLOTS; i++)
		slot_leave(vm->ivc, i);
}

void ivc_vm_destroy(struct vm *vm)
{
	ivc_vm_stopped(vm);
	heap_free(vm->ivc);
	vm->ivc = NULL;
}

/*
 * Looking on
 */

static void info_fill(const struct ivc_end *end, struct ivc_info *info)
{
	const struct ivc_channel *channel = end->channel;

	*info = (struct ivc_info){
		.publisher_id = channel->publisher_id,
		.key = channel->key,
		.size_bytes = channel->size_bytes,
		.vm_id = end->iv->vm->config->id,
		.slot = end->slot,
		.is_publisher = end->is_publisher,
		.is_dead = !channel->memory,
		.is_closed = channel->memory && !channel->publisher,
		.gpa = end->window.base,
		.sent = end->sent,
		.received = end->received,
	};
}

bool ivc_info(unsigned int n, struct ivc_info *info)
{
	const struct ivc_end *found = NULL;

	spin_lock(&ivc_lock);
	for (struct ivc_channel *channel = ivc_channels; channel && !found;
	     channel = channel->next) {
		const struct ivc_end *end = channel->publisher;

		spin_lock(&channel->lock); /* the counters */
		if (end && n-- == 0)
			found = end;
		for (end = channel->subscribers; end && !found; end = end->next)
			if (n-- == 0)
				found = end;
		if (found)
			info_fill(found, info);
		spin_unlock(&channel->lock);
	}
	spin_unlock(&ivc_lock);
	return found;
}
