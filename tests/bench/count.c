/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A TCG plugin for QEMU that counts the instructions that CPUs execute, all
 * together, and writes the sum to a file when QEMU ends. What -icount counts
 * grows while all CPUs sleep for a disk; this does not.
 *
 *	-plugin count.so,to=FILE
 *
 * QEMU's packages bring no header for plugins: what is used of its interface
 * is declared here (QEMU 10.0, "TCG plugins", API version 4).
 */
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#define EXPORTED __attribute__((visibility("default")))

struct qemu_plugin_tb;
struct qemu_plugin_insn;
struct qemu_plugin_scoreboard;

struct per_cpu_u64 {
	struct qemu_plugin_scoreboard *score;
	size_t offset;
};

enum { OP_ADD_U64 = 0 };

void qemu_plugin_register_vcpu_tb_trans_cb(
	uint64_t id, void (*translated)(uint64_t id, struct qemu_plugin_tb *));
size_t qemu_plugin_tb_n_insns(const struct qemu_plugin_tb *tb);
struct qemu_plugin_insn *qemu_plugin_tb_get_insn(const struct qemu_plugin_tb *,
						 size_t i);
struct qemu_plugin_scoreboard *qemu_plugin_scoreboard_new(size_t size);
void qemu_plugin_register_vcpu_insn_exec_inline_per_vcpu(
	struct qemu_plugin_insn *insn, int op, struct per_cpu_u64 entry,
	uint64_t value);
uint64_t qemu_plugin_u64_sum(struct per_cpu_u64 entry);
void qemu_plugin_register_atexit_cb(uint64_t id,
				    void (*ended)(uint64_t id, void *),
				    void *arg);
EXPORTED int qemu_plugin_install(uint64_t id, const void *info, int argc,
				 char **argv);

EXPORTED int qemu_plugin_version = 4;

static struct per_cpu_u64 executed;
static FILE *to;

static void translated(uint64_t id, struct qemu_plugin_tb *tb)
{
	(void)id;
	/* each by itself: a fault may leave a block in its middle */
	for (size_t i = 0; i < qemu_plugin_tb_n_insns(tb); i++)
		qemu_plugin_register_vcpu_insn_exec_inline_per_vcpu(
			qemu_plugin_tb_get_insn(tb, i), OP_ADD_U64, executed,
			1);
}

static void ended(uint64_t id, void *arg)
{
	(void)id;
	(void)arg;
	fprintf(to, "%llu\n",
		(unsigned long long)qemu_plugin_u64_sum(executed));
	fclose(to);
}

int qemu_plugin_install(uint64_t id, const void *info, int argc, char **argv)
{
	(void)info;
	if (argc != 1 || strncmp(argv[0], "to=", 3)) {
		fprintf(stderr, "count.so: wants to=FILE\n");
		return -1;
	}
	to = fopen(argv[0] + 3, "w");
	if (!to) {
		perror(argv[0] + 3);
		return -1;
	}
	executed.score = qemu_plugin_scoreboard_new(sizeof(uint64_t));
	qemu_plugin_register_vcpu_tb_trans_cb(id, translated);
	qemu_plugin_register_atexit_cb(id, ended, NULL);
	return 0;
}
