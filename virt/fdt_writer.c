/* SPDX-License-Identifier: Apache-2.0 */
#include "fdt_writer.h"

#include <errno.h>
#include <libfdt.h>
#include <string.h>

static const char *const own_names[FDTW_NAME_COUNT] = {
	"device_type",      "reg",         "enable-method",
	"bootargs",         "stdout-path", "linux,initrd-start",
	"linux,initrd-end", "rng-seed",
};

/* room for @len bytes, padded to cells; NULL: full */
static uint8_t *grab(struct fdt_writer *w, size_t len)
{
	size_t padded = ALIGN_UP(len, 4);
	uint8_t *p = w->buf + w->at;

	if (w->err || padded < len || padded > w->size - w->at) {
		if (!w->err)
			w->err = -ENOSPC;
		return NULL;
	}
	if (padded != len)
		memset(p + padded - 4, 0, 4);
	w->at += padded;
	return p;
}

static void put32(uint8_t *p, uint32_t v)
{
	p[0] = (uint8_t)(v >> 24);
	p[1] = (uint8_t)(v >> 16);
	p[2] = (uint8_t)(v >> 8);
	p[3] = (uint8_t)v;
}

bool fdtw_put_cells(uint8_t *out, uint32_t cells, uint64_t value)
{
	if (cells == 1 && value <= UINT32_MAX) {
		put32(out, (uint32_t)value);
		return true;
	}
	if (cells != 2)
		return false;
	put32(out, (uint32_t)(value >> 32));
	put32(out + 4, (uint32_t)value);
	return true;
}

static void put_reservations(struct fdt_writer *w, const void *fdt)
{
	int count = fdt ? fdt_num_mem_rsv(fdt) : 0;
	uint64_t address, size;
	uint8_t *p;

	for (int i = 0; i < count; i++) {
		p = grab(w, 16);
		if (!p || fdt_get_mem_rsv(fdt, i, &address, &size))
			return;
		fdtw_put_cells(p, 2, address);
		fdtw_put_cells(p + 8, 2, size);
	}
	p = grab(w, 16);
	if (p)
		memset(p, 0, 16);
}

void fdtw_init(struct fdt_writer *w, void *buf, size_t size,
	       const void *reservations, uint32_t names)
{
	*w = (struct fdt_writer){
		.buf = buf,
		.size = MIN(size, (size_t)INT32_MAX),
		.names = names,
	};
	for (unsigned int i = 0; i < FDTW_NAME_COUNT; i++) {
		w->name_offsets[i] = names;
		names += (uint32_t)strlen(own_names[i]) + 1;
	}
	grab(w, sizeof(struct fdt_header));
	put_reservations(w, reservations);
	w->struct_start = w->at;
}

void fdtw_begin(struct fdt_writer *w, const char *name)
{
	size_t len = strlen(name) + 1;
	uint8_t *p = grab(w, 4 + len);

	if (!p)
		return;
	put32(p, FDT_BEGIN_NODE);
	memcpy(p + 4, name, len);
}

void fdtw_end(struct fdt_writer *w)
{
	uint8_t *p = grab(w, 4);

	if (p)
		put32(p, FDT_END_NODE);
}

void fdtw_prop(struct fdt_writer *w, uint32_t nameoff, const void *data,
	       uint32_t len)
{
	uint8_t *p = grab(w, (size_t)12 + len);

	if (!p)
		return;
	put32(p, FDT_PROP);
	put32(p + 4, len);
	put32(p + 8, nameoff);
	memcpy(p + 12, data, len);
}

void fdtw_prop_own(struct fdt_writer *w, enum fdtw_name name, const void *data,
		   uint32_t len)
{
	fdtw_prop(w, w->name_offsets[name], data, len);
}

void fdtw_prop_str(struct fdt_writer *w, enum fdtw_name name, const char *text)
{
	fdtw_prop_own(w, name, text, (uint32_t)strlen(text) + 1);
}

void fdtw_prop_u64(struct fdt_writer *w, enum fdtw_name name, uint64_t value)
{
	uint8_t cells[8];

	fdtw_put_cells(cells, 2, value);
	fdtw_prop_own(w, name, cells, sizeof(cells));
}

static void append(struct fdt_writer *w, const void *data, size_t len)
{
	if (w->err || len > w->size - w->at) {
		w->err = w->err ? w->err : -ENOSPC;
		return;
	}
	memcpy(w->buf + w->at, data, len);
	w->at += len;
}

int fdtw_finish(struct fdt_writer *w, const void *first, const void *second)
{
	uint8_t *p = grab(w, 4);
	size_t strings;

	if (p)
		put32(p, FDT_END);
	strings = w->at;
	append(w, (const char *)first + fdt_off_dt_strings(first),
	       fdt_size_dt_strings(first));
	if (second)
		append(w, (const char *)second + fdt_off_dt_strings(second),
		       fdt_size_dt_strings(second));
	for (unsigned int i = 0; i < FDTW_NAME_COUNT; i++)
		append(w, own_names[i], strlen(own_names[i]) + 1);
	if (w->err)
		return w->err;
	fdt_set_magic(w->buf, FDT_MAGIC);
	fdt_set_totalsize(w->buf, (uint32_t)w->size);
	fdt_set_off_dt_struct(w->buf, (uint32_t)w->struct_start);
	fdt_set_off_dt_strings(w->buf, (uint32_t)strings);
	fdt_set_off_mem_rsvmap(w->buf, sizeof(struct fdt_header));
	fdt_set_version(w->buf, 17);
	fdt_set_last_comp_version(w->buf, 16);
	fdt_set_boot_cpuid_phys(w->buf, 0);
	fdt_set_size_dt_strings(w->buf, (uint32_t)(w->at - strings));
	fdt_set_size_dt_struct(w->buf, (uint32_t)(strings - w->struct_start));
	return 0;
}
