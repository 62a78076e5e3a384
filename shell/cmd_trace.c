/* SPDX-License-Identifier: Apache-2.0 */
/* trace on, off, dump, status */
#include "commands.h"

#include <arch/cpu.h>
#include <arch/virt.h>
#include <core/cpu.h>
#include <core/trace.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <virt/vm.h>
#include <virt/watch.h>

typedef unsigned long long ull;

#define KIB_DEFAULT 256u

static const struct shell_cmd trace_cmd = {
	.name = "trace",
	.help = "record what every CPU does, for scripts/trace2perfetto",
};
SHELL_CMD(trace_cmd);

/*
 * trace on, off, status
 */

enum { ON_SIZE, ON_VM };

static const struct shell_opt on_opts[] = {
	[ON_SIZE] = {'s', "size", "KIB", "ring of each CPU, 4..65536 KiB"},
	[ON_VM] = {0, "vm", "VM", "record exits of this one only"},
	{0},
};

static int on_run(const struct shell_args *args)
{
	const char *size = args->opts[ON_SIZE], *name = args->opts[ON_VM];
	const struct vm *only = name ? shell_vm(name) : NULL;
	uint32_t kib = KIB_DEFAULT;
	int err;

	if (name && !only)
		return 1;
	if (size &&
	    shell_number("--size", size, TRACE_KIB_MIN, TRACE_KIB_MAX, &kib))
		return 1;
	err = watch_trace_start(kib, only);
	switch (err) {
	case -EBUSY:
		shell_printf("it is on already; trace off ends it\n");
		break;
	case -ENOMEM:
		shell_printf("no memory for %u rings of %u KiB; mem shows who "
			     "has it\n",
			     cpu_count, kib);
		break;
	}
	return err ? 1 : 0;
}

static const struct shell_cmd on_cmd = {
	.parent = "trace",
	.name = "on",
	.help = "allocate the rings and record, overwriting the oldest",
	.opts = on_opts,
	.run = on_run,
};
SHELL_CMD(on_cmd);

static int off_run(const struct shell_args *args __unused_arg)
{
	watch_trace_stop();
	return 0;
}

static const struct shell_cmd off_cmd = {
	.parent = "trace",
	.name = "off",
	.help = "stop recording; once more: free what was recorded",
	.run = off_run,
};
SHELL_CMD(off_cmd);

static int status_run(const struct shell_args *args __unused_arg)
{
	const struct trace_ring *ring = trace_ring_of(0);

	if (!ring) {
		shell_printf("off\n");
		return 0;
	}
	shell_printf("%s, %llu KiB for each CPU", trace_is_on() ? "on" : "off",
		     (ull)(ring->size * sizeof(*ring->records) / 1024));
	if (trace_only())
		shell_printf(", VM %u only", trace_tag_vm(trace_only()));
	shell_printf("\n");
	for (unsigned int cpu = 0; (ring = trace_ring_of(cpu)); cpu++) {
		uint64_t oldest = trace_ring_oldest(ring);

		shell_printf("cpu%u  %llu events, %llu older ones lost\n", cpu,
			     (ull)(trace_ring_head(ring) - oldest),
			     (ull)oldest);
	}
	return 0;
}

static const struct shell_cmd status_cmd = {
	.parent = "trace",
	.name = "status",
	.help = "is it on, how many events are there",
	.run = status_run,
};
SHELL_CMD(status_cmd);

/*
 * trace dump: Documentation/tracing.md describes it.
 */

/* Lines of a dump are counted and summed up, so that damage shows. */
static struct dump {
	uint32_t lines;
	uint32_t sum; /* FNV-1a */
} dump;

static void __printf(1, 2) dump_line(const char *fmt, ...)
{
	char line[192];
	va_list args;
	int n;

	va_start(args, fmt);
	n = vsnprintf(line, sizeof(line) - 1, fmt, args);
	va_end(args);
	n = MIN(n, (int)sizeof(line) - 2);
	line[n] = '\n';
	line[n + 1] = '\0';
	for (const char *c = line; *c; c++)
		dump.sum = (dump.sum ^ (uint8_t)*c) * 16777619u;
	dump.lines++;
	shell_printf("%s", line);
}

/* Printable and without blanks: all else as %XX. */
static const char *quoted(const char *name, size_t max, char *buf, size_t size)
{
	size_t n = 0;

	for (size_t i = 0; i < max && name[i] && n + 4 <= size; i++) {
		unsigned char c = (unsigned char)name[i];

		if (c > ' ' && c < 0x7f && c != '%')
			buf[n++] = (char)c;
		else
			n += (size_t)snprintf(buf + n, size - n, "%%%02x", c);
	}
	buf[n] = '\0';
	return buf;
}

/* "vm.vcpu", "vm" or "-" */
static const char *who(uint64_t tag, char *buf, size_t size)
{
	int vcpu = trace_tag_vcpu(tag);

	if (!tag)
		return "-";
	if (vcpu < 0)
		snprintf(buf, size, "%u", trace_tag_vm(tag));
	else
		snprintf(buf, size, "%u.%d", trace_tag_vm(tag), vcpu);
	return buf;
}

static void dump_event(const struct trace_record *r, uint64_t since)
{
	static const char letters[TRACE_KIND_COUNT] = {
		[TRACE_MARK] = 'm', [TRACE_SWITCH] = 's', [TRACE_WAKE] = 'w',
		[TRACE_EXIT] = 'x', [TRACE_ENTRY] = 'n',  [TRACE_INJECT] = 'i',
		[TRACE_LIFE] = 'l',
	};
	enum trace_kind kind = trace_record_kind(r);
	unsigned int arg = trace_record_arg(r);
	const uint64_t words[2] = {r->a, r->b};
	char name[64], whom[24], head[64];

	snprintf(head, sizeof(head), "@%c %llx %s", letters[kind],
		 (ull)(r->ticks - since),
		 who(trace_record_tag(r), whom, sizeof(whom)));
	switch (kind) {
	case TRACE_EXIT:
		dump_line("%s %u %llx %llx", head, arg, (ull)r->a, (ull)r->b);
		break;
	case TRACE_INJECT:
		dump_line("%s %llu", head, (ull)r->a);
		break;
	case TRACE_SWITCH:
	case TRACE_WAKE:
	case TRACE_LIFE:
		dump_line("%s %u %s", head, arg,
			  quoted((const char *)words, sizeof(words), name,
				 sizeof(name)));
		break;
	case TRACE_MARK:
		dump_line("%s %u", head, arg);
		break;
	default:
		dump_line("%s", head);
		break;
	}
}

static void dump_names(void)
{
	char name[128];
	const char *text;

	for (unsigned int i = 0; (text = arch_exit_reason_name(i)); i++)
		dump_line("@exit %u %s", i, text);
	for (unsigned int i = 0; i < WATCH_LIFE_COUNT; i++)
		if ((text = watch_life_name(i)))
			dump_line("@life %u %s", i, text);
	for (const struct vm *vm = vm_first(); vm; vm = vm->next)
		dump_line("@vm %u %u %u %s", vm->config->id, vm->vcpu_count,
			  __atomic_load_n(&vm->state, __ATOMIC_ACQUIRE),
			  quoted(vm->config->name, 40, name, sizeof(name)));
}

static void dump_cpu(unsigned int cpu, const struct trace_ring *ring,
		     uint64_t last)
{
	uint64_t head = trace_ring_head(ring), pos = trace_ring_oldest(ring);
	struct trace_record record = {0};
	uint64_t since;

	if (last && head - pos > last)
		pos = head - last;
	/* a record that the writer could be in does not count */
	while (pos < head && trace_ring_get(ring, pos, &record))
		pos++;
	since = record.ticks;
	dump_line("@cpu %u %llu %llu %llx", cpu, (ull)(head - pos), (ull)pos,
		  (ull)since);
	for (; pos < head; pos++) {
		if (trace_ring_get(ring, pos, &record))
			continue;
		dump_event(&record, since);
		since = record.ticks;
	}
}

enum { DUMP_LAST };

static const struct shell_opt dump_opts[] = {
	[DUMP_LAST] = {'l', "last", "N", "only the newest N of each CPU"},
	{0},
};

static int dump_run(const struct shell_args *args)
{
	const char *last = args->opts[DUMP_LAST];
	const struct trace_ring *ring;
	bool on = trace_is_on();
	uint32_t count = 0;

	if (last && shell_number("--last", last, 1, UINT32_MAX, &count))
		return 1;
	if (!trace_ring_of(0)) {
		shell_printf("nothing is recorded; trace on starts it\n");
		return 1;
	}
	if (on)
		trace_pause(true);
	dump = (struct dump){.sum = 2166136261u};
	dump_line("@trace 1 %llu %u", (ull)arch_counter_freq_hz(), cpu_count);
	dump_names();
	for (unsigned int cpu = 0; (ring = trace_ring_of(cpu)); cpu++)
		dump_cpu(cpu, ring, count);
	shell_printf("@end %u %08x\n", dump.lines, dump.sum);
	if (on)
		trace_pause(false);
	return 0;
}

static const struct shell_cmd dump_cmd = {
	.parent = "trace",
	.name = "dump",
	.help = "print what was recorded; recording rests meanwhile",
	.opts = dump_opts,
	.run = dump_run,
};
SHELL_CMD(dump_cmd);
