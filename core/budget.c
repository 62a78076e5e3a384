/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A sporadic server. Each turn is a chunk that comes back, whole, one period
 * after the task was ready for it.
 *
 * There is room for a bounded number of chunks. Once MERGE_FROM of them are
 * out, a turn that was due within an eighth of a period of the newest chunk's
 * first one joins that, and all of it comes back for the later of them: never
 * early, and at most an eighth of a period late. Chunks beyond MERGE_FROM thus
 * are an eighth of a period apart, and none stays out for more than nine
 * eighths of one: the array cannot overflow.
 */
#include <core/budget.h>

#define MERGE_FROM 6

_Static_assert(BUDGET_CHUNKS >= MERGE_FROM + 10, "chunks that are out at once");

void budget_init(struct budget *budget, uint64_t budget_ticks,
		 uint64_t period_ticks)
{
	*budget = (struct budget){
		.budget = budget_ticks,
		.period = period_ticks,
		.left = (int64_t)budget_ticks,
	};
	spin_init(&budget->lock, LOCK_RANK_BUDGET);
}

/* Lock held. */
static struct budget_chunk *chunk_at(struct budget *budget, unsigned int i)
{
	return &budget->chunks[(budget->first + i) % BUDGET_CHUNKS];
}

/* What has come back by @now. Lock held. */
static void refill(struct budget *budget, uint64_t now)
{
	while (budget->count && chunk_at(budget, 0)->back_at <= now) {
		budget->left += (int64_t)chunk_at(budget, 0)->used;
		budget->first = (budget->first + 1) % BUDGET_CHUNKS;
		budget->count--;
	}
}

/* Where a turn that was due at @since is noted. Lock held. */
static struct budget_chunk *chunk_for(struct budget *budget, uint64_t since)
{
	struct budget_chunk *newest = chunk_at(budget, budget->count - 1u);

	if (budget->count == BUDGET_CHUNKS ||
	    (budget->count >= MERGE_FROM &&
	     since - newest->since < budget->period / 8))
		return newest;
	newest = chunk_at(budget, budget->count++);
	*newest = (struct budget_chunk){.since = since};
	return newest;
}

void budget_charge(struct budget *budget, uint64_t since, uint64_t from,
		   uint64_t to)
{
	unsigned long flags = spin_lock_irqsave(&budget->lock);
	struct budget_chunk *chunk;

	refill(budget, from);
	since = MAX(since, budget->last);
	if (to > from) {
		budget->last = to;
		chunk = chunk_for(budget, since);
		chunk->back_at = since + budget->period;
		chunk->used += to - from;
		budget->left -= (int64_t)(to - from);
	}
	spin_unlock_irqrestore(&budget->lock, flags);
}

uint64_t budget_left(struct budget *budget, uint64_t now)
{
	unsigned long flags = spin_lock_irqsave(&budget->lock);
	int64_t left;

	refill(budget, now);
	left = budget->left;
	spin_unlock_irqrestore(&budget->lock, flags);
	return left > 0 ? (uint64_t)left : 0;
}

uint64_t budget_back_at(struct budget *budget)
{
	unsigned long flags = spin_lock_irqsave(&budget->lock);
	int64_t left = budget->left;
	uint64_t at = 0;

	for (unsigned int i = 0; i < budget->count; i++) {
		const struct budget_chunk *chunk = chunk_at(budget, i);

		at = chunk->back_at;
		left += (int64_t)chunk->used;
		if (left > 0 && (uint64_t)left >= budget->budget / 8)
			break;
	}
	spin_unlock_irqrestore(&budget->lock, flags);
	return at;
}
