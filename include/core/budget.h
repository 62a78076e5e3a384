/* SPDX-License-Identifier: Apache-2.0 */
/*
 * CPU budgets: a sporadic server.
 *
 * What a task uses comes back one period after it could have begun to use it.
 * So no stretch of time as long as a period holds more than its budget, unless
 * others held the task up before: then it catches up, by one budget at most.
 * Documentation/scheduling.md says why it is this scheme.
 */
#ifndef CORE_BUDGET_H
#define CORE_BUDGET_H

#include <lib/lock.h>
#include <lib/types.h>
#include <lib/util.h>

#define BUDGET_CHUNKS 16

/**
 * struct budget - what one task, or several, may use of their CPU
 * @lock:   guards the rest; interrupts masked
 * @budget, @period: in ticks of arch_counter(), constant
 * @last:   end of the last turn: with several tasks, one's turn is no wait
 *          that the next can claim
 * @left:   to be used now; below zero it is an overrun that is paid back
 * @chunks: used ones, oldest at @first, and when each comes back
 */
struct budget {
	struct spinlock lock;
	uint64_t budget;
	uint64_t period;
	uint64_t last;
	int64_t left;
	uint8_t first;
	uint8_t count;
	struct budget_chunk {
		uint64_t since;
		uint64_t back_at;
		uint64_t used;
	} chunks[BUDGET_CHUNKS];
};

/** budget_init() - full; 0 < @budget <= @period, in ticks */
void budget_init(struct budget *budget, uint64_t budget_ticks,
		 uint64_t period_ticks);

/**
 * budget_charge() - a turn that lasted from @from to @to, in ticks
 * @since: no later than @from; since when it could have run
 */
void budget_charge(struct budget *budget, uint64_t since, uint64_t from,
		   uint64_t to);

/**
 * budget_left() - what may be used from @now on
 *
 * Return: ticks; 0: it is used up, see budget_back_at().
 */
uint64_t budget_left(struct budget *budget, uint64_t now);

/**
 * budget_back_at() - when a turn is worth it again, of one that is used up
 *
 * An eighth of the budget, or all there will be, so that crumbs do not make
 * for a switch each.
 */
uint64_t budget_back_at(struct budget *budget);

#endif
