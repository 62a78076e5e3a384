/* SPDX-License-Identifier: Apache-2.0 */
/* Guest TOML keys as rows of one table, and what a row's setter gets. */
#ifndef VIRT_CONFIG_SCHEMA_H
#define VIRT_CONFIG_SCHEMA_H

#include <virt/config.h>

#include "toml.h"

#ifdef CONFIG_VM_MAX_VCPUS
#define SCHEMA_MAX_VCPUS CONFIG_VM_MAX_VCPUS
#else
#define SCHEMA_MAX_VCPUS 8
#endif

/* base.restart_limit when the file does not say */
#define SCHEMA_RESTART_LIMIT 5

struct reader;

/** struct word - one spelling of an enumeration's value */
struct word {
	const char *text; /* NULL ends the list */
	uint32_t value;
};

/**
 * struct schema_row - one key
 * @example: a right line, shown when the value is wrong
 * @offset, @count_offset: where the value goes in struct vm_config
 */
struct schema_row {
	const char *section;
	const char *key;
	const char *example;
	void (*set)(struct reader *rd, const struct schema_row *row,
		    const struct toml_node *node);
	const struct word *words;
	uint16_t offset;
	uint16_t count_offset;
	bool required;
};

/** struct sched_list - a key of [sched]: one value, or one for each vCPU */
struct sched_list {
	uint32_t count; /* 0: not given, or wrong */
	bool is_array;
	unsigned int line;
	uint32_t values[SCHEMA_MAX_VCPUS];
};
enum { SCHED_PRIORITY, SCHED_SLICE, SCHED_BUDGET, SCHED_PERIOD, SCHED_KEYS };

/**
 * struct reader - one file being read
 * @pool, @pool_left: rest of the result's one allocation, large enough by
 *                    construction
 * @id_count, @set_count: elements of phys_cpu_ids and phys_cpu_sets
 * @sched: keys of [sched] as written
 */
struct reader {
	const char *file;
	struct config_report *report;
	struct vm_config *config;
	uint8_t *pool;
	size_t pool_left;
	uint32_t id_count;
	uint32_t set_count;
	struct sched_list sched[SCHED_KEYS];
};

/** reader_field() - where a row's value goes */
static inline void *reader_field(struct reader *rd, uint16_t offset)
{
	return (uint8_t *)rd->config + offset;
}

void *reader_pool(struct reader *rd, size_t count, size_t size);
/** reader_wrong() - the value has the wrong type or form */
void reader_wrong(struct reader *rd, const struct schema_row *row,
		  const struct toml_node *node, const char *why);
/** reader_uint() - an integer 0..@max, or an error */
bool reader_uint(struct reader *rd, const struct schema_row *row,
		 const struct toml_node *node, uint64_t max, uint64_t *value);
/** reader_string() - a copy without NUL inside, or an error and NULL */
const char *reader_string(struct reader *rd, const struct schema_row *row,
			  const struct toml_node *node);

/* vm_config_sched.c: [sched]; the row's offset is the SCHED_ number. */
void set_sched(struct reader *rd, const struct schema_row *row,
	       const struct toml_node *node);
/** sched_finish() - when all is read: rd->config->sched, or errors */
void sched_finish(struct reader *rd);
/** sched_pool_bytes() - the most that it takes */
size_t sched_pool_bytes(void);

/* Setters of keys that hold arrays. */
void set_u64_list(struct reader *rd, const struct schema_row *row,
		  const struct toml_node *node);
void set_regions(struct reader *rd, const struct schema_row *row,
		 const struct toml_node *node);
void set_emu_devices(struct reader *rd, const struct schema_row *row,
		     const struct toml_node *node);
void set_pt_devices(struct reader *rd, const struct schema_row *row,
		    const struct toml_node *node);
void set_ranges(struct reader *rd, const struct schema_row *row,
		const struct toml_node *node);
void set_excluded(struct reader *rd, const struct schema_row *row,
		  const struct toml_node *node);
void set_ivc_keys(struct reader *rd, const struct schema_row *row,
		  const struct toml_node *node);
void set_ivc_peers(struct reader *rd, const struct schema_row *row,
		   const struct toml_node *node);

/* Life-cycle policy: vm_config_life.c. */
extern const struct word on_exit_words[], suspend_time_words[];
void set_restart_limit(struct reader *rd, const struct schema_row *row,
		       const struct toml_node *node);
void set_watchdog(struct reader *rd, const struct schema_row *row,
		  const struct toml_node *node);
/** check_policy() - warn of keys that mean nothing without another */
void check_policy(struct reader *rd, const struct toml_node *root);

#endif
