/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Who owns which memory, CPUs and devices, as a picture.
 *
 * A column for each VM. Memory is drawn by address, highest on top, with
 * each range at least a line of text high; gaps are one line.
 */
#include "toml2c.h"

#include <stdlib.h>

#define COLUMN 340
#define MARGIN 24
#define LINE 18
#define RANGES_MAX 256

struct row {
	uint64_t base;
	uint64_t size;
	const char *fill;
	const char *what;
	const char *name;
};

struct picture {
	FILE *out;
	unsigned int bottom;
};

static const char *const fill_of_map[] = {"#cfe3f7", "#d5f0d0", "#fbe3b8"};

static void put_text(FILE *out, const char *text)
{
	for (; *text; text++) {
		if (*text == '<')
			fputs("&lt;", out);
		else if (*text == '>')
			fputs("&gt;", out);
		else if (*text == '&')
			fputs("&amp;", out);
		else if ((unsigned char)*text >= 0x20)
			fputc(*text, out);
	}
}

static void line(struct picture *pic, unsigned int x, unsigned int *y,
		 const char *class, char *text)
{
	fprintf(pic->out, "<text class=\"%s\" x=\"%u\" y=\"%u\">", class, x,
		*y + 13);
	put_text(pic->out, text);
	fprintf(pic->out, "</text>\n");
	free(text);
	*y += LINE;
}

static void heading(struct picture *pic, unsigned int x, unsigned int *y,
		    const char *text)
{
	*y += LINE / 2;
	line(pic, x, y, "h", xprintf("%s", text));
}

static void box(struct picture *pic, unsigned int x, unsigned int y,
		unsigned int w, unsigned int h, const char *fill)
{
	fprintf(pic->out,
		"<rect x=\"%u\" y=\"%u\" width=\"%u\" height=\"%u\" "
		"fill=\"%s\"/>\n",
		x, y, w, h, fill);
}

static int by_address(const void *a, const void *b)
{
	const struct row *ra = a;
	const struct row *rb = b;

	/* highest first; an image before the RAM that it lies in */
	if (ra->base != rb->base)
		return ra->base < rb->base ? 1 : -1;
	return ra->size < rb->size ? -1 : ra->size > rb->size;
}

static unsigned int add_row(struct row *rows, unsigned int count,
			    struct row row)
{
	if (count < RANGES_MAX && row.size)
		rows[count++] = row;
	return count;
}

static unsigned int collect(const struct vm_config *c, struct row *rows)
{
	const struct vm_image *image;
	unsigned int n = 0;
	unsigned int i;

	for (i = 0; i < c->region_count; i++)
		n = add_row(rows, n,
			    (struct row){
				    c->regions[i].gpa, c->regions[i].size_bytes,
				    fill_of_map[c->regions[i].map_type], "RAM",
				    map_type_name(c->regions[i].map_type)});
	for (i = 0; i < VM_IMAGES; i++) {
		image = config_image(c, i);
		if (image->path && image->has_load)
			n = add_row(rows, n,
				    (struct row){image->load, image->size_bytes,
						 "#e4d4f4", image_slots[i].name,
						 image->path});
	}
	for (i = 0; i < c->emu_device_count; i++)
		n = add_row(rows, n,
			    (struct row){c->emu_devices[i].gpa,
					 c->emu_devices[i].size_bytes,
					 "#f7d0d0", "emulated",
					 c->emu_devices[i].name});
	for (i = 0; i < c->pt_device_count; i++)
		if (!c->pt_devices[i].path)
			n = add_row(rows, n,
				    (struct row){c->pt_devices[i].gpa,
						 c->pt_devices[i].size_bytes,
						 "#f3f3a8", "passed through",
						 c->pt_devices[i].name});
	for (i = 0; i < c->pt_address_count; i++)
		n = add_row(rows, n,
			    (struct row){c->pt_addresses[i].base,
					 c->pt_addresses[i].size_bytes,
					 "#f3f3a8", "passed through", "1:1"});
	qsort(rows, n, sizeof(*rows), by_address);
	return n;
}

static void draw_memory(struct picture *pic, unsigned int x, unsigned int *y,
			const struct vm_config *c)
{
	static struct row rows[RANGES_MAX];
	unsigned int count = collect(c, rows);
	unsigned int i;

	heading(pic, x, y, "Memory");
	for (i = 0; i < count; i++) {
		box(pic, x, *y, COLUMN - MARGIN, 2 * LINE + 2, rows[i].fill);
		line(pic, x + 6, y, "t",
		     xprintf("%s  %.34s", rows[i].what, rows[i].name));
		line(pic, x + 6, y, "m",
		     xprintf("0x%lx-0x%lx", (unsigned long)rows[i].base,
			     (unsigned long)(rows[i].base + rows[i].size - 1)));
		*y += 4;
	}
}

static void draw_devices(struct picture *pic, unsigned int x, unsigned int *y,
			 const struct vm_config *c)
{
	unsigned int i;

	heading(pic, x, y, "Devices");
	for (i = 0; i < c->pt_device_count; i++)
		if (c->pt_devices[i].path)
			line(pic, x, y, "m",
			     xprintf("%.44s", c->pt_devices[i].path));
	for (i = 0; i < c->excluded_count; i++)
		line(pic, x, y, "m", xprintf("without %.36s", c->excluded[i]));
	for (i = 0; i < c->emu_device_count; i++)
		line(pic, x, y, "m",
		     xprintf("%.20s (%s), irq %u", c->emu_devices[i].name,
			     emu_type_name(c->emu_devices[i].type),
			     c->emu_devices[i].irq));
	for (i = 0; i < c->pt_port_count; i++)
		line(pic, x, y, "m",
		     xprintf("ports 0x%lx+%lu",
			     (unsigned long)c->pt_ports[i].base,
			     (unsigned long)c->pt_ports[i].size_bytes));
	for (i = 0; i < c->ivc_publish_count; i++)
		line(pic, x, y, "m",
		     xprintf("publishes key 0x%lx",
			     (unsigned long)c->ivc_publish[i]));
	for (i = 0; i < c->ivc_subscribe_count; i++)
		line(pic, x, y, "m",
		     xprintf("subscribes to VM %lu, key 0x%lx",
			     (unsigned long)c->ivc_subscribe[i].vm,
			     (unsigned long)c->ivc_subscribe[i].key));
	line(pic, x, y, "t",
	     xprintf("interrupts: %s", irq_mode_name(c->irq_mode)));
}

/* CPUs as squares; filled: some vCPU may run there. */
static void draw_cpus(const struct tool *tool, struct picture *pic,
		      unsigned int x, unsigned int *y,
		      const struct vm_config *c)
{
	unsigned int cpus = tool->host.cpu_count;
	uint64_t used = ~(uint64_t)0;
	unsigned int i;

	for (i = 0; c->phys_cpu_sets && i < c->vcpu_count; i++)
		used = (i ? used : 0) | c->phys_cpu_sets[i];
	heading(pic, x, y,
		c->phys_cpu_sets ? "CPUs" : "CPUs (any of the machine's)");
	if (!cpus)
		for (cpus = 1;
		     cpus < 16 && used != ~(uint64_t)0 && used >> cpus;)
			cpus++;
	cpus = MIN(cpus, 16U);
	for (i = 0; i < cpus; i++) {
		box(pic, x + i * 19, *y, 16, 16,
		    used >> i & 1 ? "#7fb2e5" : "#eeeeee");
		fprintf(pic->out,
			"<text class=\"m\" x=\"%u\" y=\"%u\">%u</text>\n",
			x + i * 19 + 3, *y + 12, i);
	}
	*y += LINE + 4;
	for (i = 0; i < c->vcpu_count; i++)
		line(pic, x, y, "m",
		     c->phys_cpu_ids
			     ? xprintf("vCPU %u is 0x%lx", i,
				       (unsigned long)c->phys_cpu_ids[i])
			     : xprintf("vCPU %u", i));
}

static void draw_vm(const struct tool *tool, struct picture *pic,
		    unsigned int column)
{
	const struct vm_config *c = tool->guests[column].config;
	unsigned int x = MARGIN + column * COLUMN;
	unsigned int y = MARGIN;

	line(pic, x, &y, "v", xprintf("%u %.30s", c->id, c->name));
	line(pic, x, &y, "m", xprintf("%.44s", c->file));
	draw_cpus(tool, pic, x, &y, c);
	draw_memory(pic, x, &y, c);
	draw_devices(pic, x, &y, c);
	pic->bottom = MAX(pic->bottom, y);
}

static void draw_all(const struct tool *tool, struct picture *pic)
{
	unsigned int i;

	pic->bottom = 4 * MARGIN;
	for (i = 0; i < tool->guest_count; i++)
		draw_vm(tool, pic, i);
}

void print_svg(const struct tool *tool, FILE *out)
{
	struct picture pic = {.out = fopen("/dev/null", "w")};
	unsigned int width = MARGIN + MAX(tool->guest_count, 1U) * COLUMN;

	if (!pic.out)
		return;
	draw_all(tool, &pic); /* once for the height */
	fclose(pic.out);
	fprintf(out,
		"<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%u\" "
		"height=\"%u\">\n<style>text{font-family:sans-serif;"
		"font-size:12px;fill:#222}.m{font-family:monospace;"
		"font-size:11px}.h{font-weight:bold}.v{font-size:16px;"
		"font-weight:bold}rect{stroke:#888}</style>\n"
		"<rect x=\"0\" y=\"0\" width=\"%u\" height=\"%u\" "
		"fill=\"#ffffff\"/>\n",
		width, pic.bottom + MARGIN, width, pic.bottom + MARGIN);
	pic.out = out;
	draw_all(tool, &pic);
	fprintf(out, "</svg>\n");
}
