/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The life of a VM. What each call does in each state is a table in
 * Documentation/life-cycle.md.
 *
 * Calls that wait do so for a limited time: guests of higher priority may keep
 * a VM's tasks from running for ever. What was begun then ends by itself,
 * later. One task, the shell's, calls those that change a VM's state; guests'
 * own ends and the policy may come between at any time.
 *
 * Common results: -EALREADY: it is in that state; -EBUSY: not from the state
 * it is in; -ETIMEDOUT: begun, not finished yet.
 */
#ifndef VIRT_VM_LIFE_H
#define VIRT_VM_LIFE_H

#include <lib/util.h>
#include <virt/vm.h>

/* A guest that dies after it ran for so long begins a new count of restarts. */
#define VM_RESTART_WINDOW_NS 60000000000u

/** vm_start_begin() - run a VM from cold; its loader goes on by itself.
 * Return: 0; -EALREADY; -EBUSY */
int __must_check vm_start_begin(struct vm *vm);
/** vm_start() - the same, and wait until it runs. Return: also -Exxx of the
 * loader, logged */
int __must_check vm_start(struct vm *vm);

/** vm_stop() - without asking the guest, and wait until it is over. Return: 0;
 * -EALREADY; -ETIMEDOUT */
int __must_check vm_stop(struct vm *vm, enum vm_stop_reason reason);

/**
 * vm_stop_ask() - press the guest's power key; when it ends it stays down
 *
 * Return: 0; -EALREADY; -EBUSY: it does not run; -ENODEV: no power key.
 */
int __must_check vm_stop_ask(struct vm *vm);
/**
 * vm_stop_graceful() - the same, and wait; after @timeout_ns without an end, by
 * force
 *
 * Return: 0, the reason of the stop says how it went; as vm_stop_ask().
 */
int __must_check vm_stop_graceful(struct vm *vm, uint64_t timeout_ns);

/**
 * vm_restart() - from cold, whether it runs or not
 * @force: also a VM that is stopping: it starts again then
 *
 * Return: 0; -EBUSY; -ETIMEDOUT; -Exxx of the loader, logged.
 */
int __must_check vm_restart(struct vm *vm, bool force);

/** vm_suspend() - every vCPU leaves its guest and waits. Return: also
 * -ECANCELED: the VM ended meanwhile, by its guest or by force */
int __must_check vm_suspend(struct vm *vm);
/** vm_resume() - go on; guest time as base.suspend_time says. Return: 0;
 * -EALREADY; -EBUSY */
int __must_check vm_resume(struct vm *vm);

/**
 * struct vm_life - where a VM's life stands, all of one moment
 * @detail:   why it stopped, for people
 * @starts:   from cold, since it was created
 * @restarts: of these, by the policy in a row
 * @up_ns:    since it started; 0: it does not run
 */
struct vm_life {
	enum vm_state state;
	enum vm_stop_reason reason;
	char detail[128];
	uint32_t starts;
	uint32_t restarts;
	uint64_t up_ns;
};
/** vm_life_get() - for listings */
void vm_life_get(struct vm *vm, struct vm_life *life);

#endif
