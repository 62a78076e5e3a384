/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What every host controller of cards has to do, by its driver's binding: a
 * table of cases, and a rig for each controller that says what is its own.
 */
#ifndef TESTS_HOST_CASES_H
#define TESTS_HOST_CASES_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <drivers/block.h>
#include <drivers/driver.h>

#include "model_card.h"
#include "model_host.h"

/** struct host_fault - bits of its status: @raw, @dma; of a command, what the
 * driver makes of it: @err; of data, whether a write has it, too: @writing */
struct host_fault {
	struct host_events bits;
	int err;
	bool writing;
};

/**
 * struct host_rig - a controller under the cases
 * @name:     that its disks have for the driver
 * @node:     of the tree, "mmc@…", with compatible and reg as @props; @nodes:
 *            beside it, or NULL
 * @slot, @emmc: properties of a node with a slot, with an eMMC of @emmc_lines
 * @card_hz:  what a fast card gets; @slow: by its default timing
 * @descs:    of a command as long as it may be
 * @model_new: as cold, behind card_new()
 * @hz:       the card's clock
 * @is_open:  data without an end
 * @is_quiet: it lets no interrupt through
 * @is_silenced: it has been told to reach no memory
 * @lines_check: it has been told of so many lines
 * @stuck:    faults, as offsets of bools in struct host_model, and what the
 *            driver says of each
 */
struct host_rig {
	const struct driver *driver;
	const char *name, *node, *props, *nodes, *slot, *emmc;
	uint64_t regs;
	unsigned int irq, emmc_lines, descs;
	uint32_t card_hz;
	bool slow;
	void (*model_new)(volatile uint8_t *at);
	uint32_t (*hz)(void);
	bool (*is_open)(void), (*is_quiet)(void), (*is_silenced)(void);
	void (*lines_check)(unsigned int lines);
	const struct host_fault *data_faults, *command_faults;
	unsigned int data_fault_count, command_fault_count;
	const struct host_stuck {
		size_t flag;
		const char *says;
	} * stuck;
	unsigned int stuck_count;
};

extern const struct host_rig host_rig;

/* interrupts that were given back */
extern unsigned int host_freed;

/** host_new() - a cold controller with this card */
void host_new(enum fake_kind kind);
/** host_attach() - by a node of its own with these properties. Return: the
 * driver's */
int host_attach(const char *props);
/** host_disk() - the disk that comes of it */
struct block_device *host_disk(const char *props);
/** host_moves() - data both ways, in all sizes */
void host_moves(struct block_device *dev);

/* The cases. */
void host_cards(void **state);
void host_wires(void **state);
void host_refused(void **state);
void host_stuck(void **state);
void host_data_errors(void **state);
void host_command_errors(void **state);
void host_timeouts(void **state);
void host_taken_out(void **state);

#define HOST_CASES                                                             \
	cmocka_unit_test(host_cards), cmocka_unit_test(host_wires),            \
		cmocka_unit_test(host_refused), cmocka_unit_test(host_stuck),  \
		cmocka_unit_test(host_data_errors),                            \
		cmocka_unit_test(host_command_errors),                         \
		cmocka_unit_test(host_timeouts),                               \
		cmocka_unit_test(host_taken_out)

#endif
