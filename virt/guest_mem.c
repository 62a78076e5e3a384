/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The only way to touch a guest's RAM: checked copies.
 *
 * vm->ram does not change while the VM lives, so nothing is locked. A range
 * is checked whole before its first byte is touched.
 */
#include <virt/guest_mem.h>

#include <arch/pgtable.h>
#include <errno.h>
#include <string.h>
#include <virt/vm.h>

/* One stretch of guest RAM, as long as host memory is contiguous. */
struct stretch {
	void *host;
	uint64_t left; /* bytes from host to the region's end */
};

static bool stretch_find(const struct vm *vm, uint64_t addr, struct stretch *s)
{
	for (unsigned int i = 0; i < vm->ram_count; i++) {
		const struct vm_ram *ram = &vm->ram[i];
		/* an address below the region wraps to a huge offset */
		uint64_t offset = addr - ram->gpa.v;

		if (!ram->mapped || offset >= ram->size_bytes)
			continue;
		s->host = (char *)phys_to_virt(ram->hpa) + offset;
		s->left = ram->size_bytes - offset;
		return true;
	}
	return false;
}

void *guest_ptr(const struct vm *vm, gpa_t gpa, uint64_t len)
{
	struct stretch s;

	return stretch_find(vm, gpa.v, &s) && s.left >= len ? s.host : NULL;
}

static int range_check(const struct vm *vm, uint64_t addr, uint64_t len)
{
	if (addr + len < addr)
		return -EFAULT;
	while (len) {
		struct stretch s;

		if (!stretch_find(vm, addr, &s))
			return -EFAULT;
		s.left = MIN(s.left, len);
		addr += s.left;
		len -= s.left;
	}
	return 0;
}

enum access { ACCESS_READ, ACCESS_WRITE, ACCESS_ZERO, ACCESS_LOAD };

/*
 * A guest starts with its MMU off and reads memory past the caches: zeros
 * still in them would show it what was there before.
 */
static void bytes_zero(char *p, uint64_t len)
{
	if (!len)
		return;
	memset(p, 0, len);
	arch_dcache_clean_inval(p, len);
}

static void stretch_zero(void *host, uint64_t len)
{
	/* whole pages by the CPU's fast way, the ragged ends by hand */
	uint64_t head = MIN(-(uintptr_t)host & (PAGE_SIZE - 1), len);
	uint64_t pages = ALIGN_DOWN(len - head, PAGE_SIZE);
	char *p = host;

	bytes_zero(p, head);
	if (pages)
		arch_page_zero_clean(p + head, pages);
	bytes_zero(p + head + pages, len - head - pages);
}

static void stretch_access(void *host, char *buf, uint64_t len,
			   enum access access)
{
	switch (access) {
	case ACCESS_READ:
		memcpy(buf, host, len);
		break;
	case ACCESS_WRITE:
		memcpy(host, buf, len);
		break;
	case ACCESS_ZERO:
		stretch_zero(host, len);
		break;
	case ACCESS_LOAD:
		memcpy(host, buf, len);
		arch_dcache_clean_inval(host, len);
		break;
	}
}

static int guest_access(struct vm *vm, gpa_t gpa, char *buf, uint64_t len,
			enum access access)
{
	uint64_t addr = gpa.v;

	if (range_check(vm, addr, len))
		return -EFAULT;
	while (len) {
		struct stretch s;

		if (!stretch_find(vm, addr, &s))
			return -EFAULT;
		s.left = MIN(s.left, len);
		stretch_access(s.host, buf, s.left, access);
		addr += s.left;
		len -= s.left;
		if (buf)
			buf += s.left;
	}
	if (access == ACCESS_LOAD)
		arch_icache_inval();
	return 0;
}

int guest_read(struct vm *vm, gpa_t gpa, void *buf, size_t len)
{
	return guest_access(vm, gpa, buf, len, ACCESS_READ);
}

int guest_write(struct vm *vm, gpa_t gpa, const void *buf, size_t len)
{
	return guest_access(vm, gpa, (char *)(uintptr_t)buf, len, ACCESS_WRITE);
}

int guest_zero(struct vm *vm, gpa_t gpa, uint64_t len)
{
	return guest_access(vm, gpa, NULL, len, ACCESS_ZERO);
}

/* So that a load from a slow disk shows how far it is. */
#define FILL_STEP ((uint64_t)1 << 20)

int64_t guest_fill(struct vm *vm, gpa_t gpa, uint64_t room, guest_filler fill,
		   void *ctx)
{
	uint64_t done = 0;
	int64_t n = 1;

	if (range_check(vm, gpa.v, room))
		return -EFAULT;
	while (done < room) {
		struct stretch s;

		if (!stretch_find(vm, gpa.v + done, &s))
			return -EFAULT;
		s.left = MIN(MIN(s.left, room - done), FILL_STEP);
		n = fill(ctx, s.host, s.left);
		if (n <= 0)
			break;
		arch_dcache_clean_inval(s.host, (uint64_t)n);
		done += (uint64_t)n;
	}
	arch_icache_inval();
	return n < 0 ? n : (int64_t)done;
}

int guest_load(struct vm *vm, gpa_t gpa, const void *buf, uint64_t len)
{
	return guest_access(vm, gpa, (char *)(uintptr_t)buf, len, ACCESS_LOAD);
}
