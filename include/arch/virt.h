/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The contract of arch/<a>/virt/: run a guest's CPU, say why it stopped.
 *
 * What only the architecture can mean (its timer, its interrupt controller's
 * hot registers, its trapped system registers, firmware calls that need
 * nothing from the VM) is finished inside arch_vcpu_run(). Everything else
 * comes out as a tagged struct vcpu_exit; virt/vcpu.c holds the only switch.
 */
#ifndef ARCH_VIRT_H
#define ARCH_VIRT_H

#include <lib/types.h>
#include <lib/util.h>

struct arch_vcpu_state;
struct vcpu;
struct vm;

/* Why arch_vcpu_run() returned. */
enum vcpu_exit_kind {
	/* The host wants the CPU (interrupt, kick, request): just run again. */
	EXIT_NOTHING,
	/* hypercall: nr and args; answer by arch_vcpu_hypercall_done(). With
	 * CONFIG_VDEV_CALLS also calls of firmware that arch does not know:
	 * nr is their function id */
	EXIT_HYPERCALL,
	/* mmio: answer by arch_vcpu_mmio_done() or an injected abort */
	EXIT_MMIO_READ,
	EXIT_MMIO_WRITE,
	/* mmio.gpa, .needs, .hopeless: an access that cannot be done for the
	 * guest: its table was being changed and it is tried again, or it is a
	 * fault */
	EXIT_UNMAPPED,
	/* WFI/HLT with nothing to do: sleep until an interrupt is pending */
	EXIT_HALT,
	/* cpu_up: a vCPU of this VM is to start; answer by _cpu_up_done() */
	EXIT_CPU_UP,
	/* where does this vCPU read its stolen time? answer by
	 * arch_vcpu_hypercall_done(): the guest address, or ~0. Where the
	 * guest says itself, arch calls virt/steal.h instead */
	EXIT_STEAL_TIME,
	/* this vCPU turned itself off */
	EXIT_CPU_DOWN,
	/* this VM wants to end or start again */
	EXIT_SYSTEM_OFF,
	EXIT_SYSTEM_RESET,
	/* the guest did what cannot be answered: stop the VM, keep the reason */
	EXIT_FAULT,
	EXIT_KIND_COUNT,
};

struct vcpu_exit {
	enum vcpu_exit_kind kind;
	union {
		struct {
			uint64_t nr;
			uint64_t args[6];
		} hypercall;
		struct {
			gpa_t gpa;
			uint64_t value; /* of a write, zero-extended */
			uint8_t width;  /* bytes: 1, 2, 4, 8 */
			/* enum pgt_prot, of a mapping with which it is tried
			 * again; PGT_X: it was an instruction fetch */
			uint8_t needs;
			/* unmapped: an abort would be taken to that fetch */
			bool hopeless;
		} mmio;
		struct {
			uint64_t hwid; /* as the guest names it */
			uint64_t entry;
			uint64_t arg;
		} cpu_up;
		struct {
			const char
				*what; /* static text, for logs and vm show */
			uint64_t pc;
			uint64_t syndrome;
			gpa_t gpa;
		} fault;
	};
};

/* Answers to EXIT_CPU_UP; arch turns them into its firmware's codes. */
enum cpu_up_result {
	CPU_UP_OK,
	CPU_UP_INVALID,    /* no such vCPU */
	CPU_UP_ALREADY_ON, /* running */
	CPU_UP_PENDING,    /* an earlier start is not finished */
};

/**
 * arch_virt_probe() - look at the boot CPU and host tree once, before any VM
 *
 * Return: 0; -ENODEV with a logged reason when guests cannot run here.
 */
int __must_check arch_virt_probe(void);

/**
 * arch_virt_enable() - turn virtualization on, on the calling CPU
 *
 * Return: 0; -Exxx when this CPU cannot run guests.
 */
int __must_check arch_virt_enable(void);

/**
 * arch_vm_create() - allocate the architecture's part of a VM (vm->arch)
 * @vm: config is final, stage 2 exists, vcpus do not
 *
 * Places the virtual interrupt controller (from emu_devices or where the
 * host's stands).
 *
 * Return: 0; -ENOMEM; -EINVAL with a logged reason.
 */
int __must_check arch_vm_create(struct vm *vm);
void arch_vm_destroy(struct vm *vm);

/** struct arch_window - guest addresses of a virtual interrupt controller */
struct arch_window {
	uint64_t base;
	uint64_t size_bytes;
	const char *name;
};

/** arch_vm_window() - the @index-th; false: there are no more */
bool arch_vm_window(const struct vm *vm, unsigned int index,
		    struct arch_window *window);

/** arch_vm_reset() - cold state of everything that belongs to no one vCPU */
void arch_vm_reset(struct vm *vm);

/**
 * arch_vcpu_create() - allocate vcpu->arch; arch_vcpu_reset() comes later
 *
 * Return: 0; -ENOMEM; -EINVAL.
 */
int __must_check arch_vcpu_create(struct vcpu *vcpu);
void arch_vcpu_destroy(struct vcpu *vcpu);

/**
 * arch_vcpu_reset() - cold state, about to execute @entry
 * @arg: boot argument: DTB address for the first vCPU, context id for others
 */
void arch_vcpu_reset(struct vcpu *vcpu, uint64_t entry, uint64_t arg);

/**
 * arch_vcpu_run() - run the guest until something needs the VM
 *
 * Called in the vCPU's own task with interrupts enabled; returns so. Calls
 * vcpu_load() first, in case another one, or none, had this CPU.
 */
void arch_vcpu_run(struct vcpu *vcpu, struct vcpu_exit *exit);

/**
 * arch_vcpu_load() - a vCPU's state from memory into the calling CPU's registers
 * arch_vcpu_put() - the reverse; the registers are another's from now on
 *
 * Interrupts masked. virt/vcpu_load.c decides when, and asks nothing but these
 * two: what stays in registers over many arch_vcpu_run() is theirs to move.
 */
void arch_vcpu_load(struct vcpu *vcpu, unsigned int cpu);
void arch_vcpu_put(struct vcpu *vcpu);

/**
 * arch_vcpu_kick() - make a running vCPU leave the guest and look at its
 * requests and interrupts; from any context, costs nothing if it is not in
 * the guest
 */
void arch_vcpu_kick(struct vcpu *vcpu);

/**
 * arch_vcpu_park() - the vCPU's own task is about to sleep until a resume
 *
 * No timer of the guest fires before the vCPU runs again; an interrupt that
 * comes for it stays pending.
 */
void arch_vcpu_park(struct vcpu *vcpu);

/**
 * arch_vm_time_skip() - the guest's counter did not run for so long
 * @ticks: of arch_counter(); every vCPU is parked or off
 */
void arch_vm_time_skip(struct vm *vm, uint64_t ticks);

/**
 * arch_exits_watch() - on the calling CPU, report guests' exits and entries
 * from now on, or no longer; interrupts masked
 *
 * By watch_exit() and the others of virt/watch.h. Entries by arch_vcpu_run()
 * are reported while watch_is_on(). Off, it costs an exit nothing.
 */
void arch_exits_watch(bool on);

/** arch_vcpu_wakeable() - would an interrupt or its timer end a halt now? */
bool arch_vcpu_wakeable(struct vcpu *vcpu);

/**
 * arch_vcpu_halt_prepare() - before sleeping: arm host timers for the guest's
 * arch_vcpu_halt_finish() - after: disarm
 *
 * A firing timer wakes the vCPU by vcpu_wake().
 */
void arch_vcpu_halt_prepare(struct vcpu *vcpu);
void arch_vcpu_halt_finish(struct vcpu *vcpu);

/*
 * Answers to exits; each belongs to the exit just returned.
 */

/** arch_vcpu_hypercall_done() - the guest gets @result */
void arch_vcpu_hypercall_done(struct vcpu *vcpu, uint64_t result);
/** arch_vcpu_mmio_done() - of a read, @value is what it gets */
void arch_vcpu_mmio_done(struct vcpu *vcpu, uint64_t value);
/** ARCH_STEAL_RECORD_BYTES - of a vCPU's stolen time, on every architecture */
#define ARCH_STEAL_RECORD_BYTES 64
/** arch_steal_record_set() - @record, which a guest reads at any time, says that
 * a vCPU has missed @steal_ns since its VM's cold start */
void arch_steal_record_set(void *record, uint64_t steal_ns);

/** arch_vcpu_cpu_up_done() - how turning another vCPU on went */
void arch_vcpu_cpu_up_done(struct vcpu *vcpu, enum cpu_up_result result);

/** arch_vcpu_retry() - answer an MMIO or unmapped exit: do it once more */
void arch_vcpu_retry(struct vcpu *vcpu);

/** arch_vcpu_inject_abort() - answer the same by a fault in the guest */
void arch_vcpu_inject_abort(struct vcpu *vcpu, const struct vcpu_exit *exit);

/**
 * arch_virq_set() - drive a shared (SPI, PLIC source, GSI) interrupt line
 * @virq:  the guest controller's number
 * @level: for edge interrupts a rising level is the edge
 *
 * Any task, any CPU, interrupts on or off. Unknown numbers are ignored.
 */
void arch_virq_set(struct vm *vm, unsigned int virq, bool level);

/**
 * arch_virq_forward() - connect a physical interrupt to a VM
 * @irq:  host number
 * @virq: guest number; the guest's end of interrupt ends the physical one
 *
 * Return: 0; -EBUSY when taken; -EINVAL when the number is none of these.
 */
int __must_check arch_virq_forward(struct vm *vm, unsigned int irq,
				   unsigned int virq);
/** arch_irq_passthrough_refusal() - why no VM can have interrupts passed
 * through on this machine; NULL: it can */
const char *arch_irq_passthrough_refusal(void);

/** arch_virq_unforward_all() - take every forwarded interrupt back */
void arch_virq_unforward_all(struct vm *vm);

/**
 * arch_vcpu_state_get() - all of a vCPU's registers, wherever they are
 * arch_vcpu_state_set() - the reverse
 *
 * The vCPU must not be in the guest (paused, stopped, or the caller's own).
 * Sleeps while another CPU gives the state up.
 */
void arch_vcpu_state_get(struct vcpu *vcpu, struct arch_vcpu_state *state);
void arch_vcpu_state_set(struct vcpu *vcpu,
			 const struct arch_vcpu_state *state);

/**
 * arch_vcpu_state_print() - the registers as lines, for vm show and faults
 * @line: called with each finished line
 */
void arch_vcpu_state_print(const struct arch_vcpu_state *state,
			   void (*line)(void *ctx, const char *text),
			   void *ctx);
size_t arch_vcpu_state_size(void);

/** arch_vcpu_pc() - where the guest is; from the vCPU's own task, outside
 * arch_vcpu_run() */
uint64_t arch_vcpu_pc(const struct vcpu *vcpu);

/**
 * arch_vcpu_backtrace() - follow a guest's frame pointers
 * @state: of one of its vCPUs
 * @pcs:   filled, innermost first; the first is the state's own PC
 *
 * Reads guest RAM through the guest's own translation. Whatever is damaged
 * ends it; the cost is bounded.
 *
 * Return: how many, at most @max.
 */
unsigned int arch_vcpu_backtrace(struct vm *vm,
				 const struct arch_vcpu_state *state,
				 uint64_t *pcs, unsigned int max);

/** struct arch_injected - interrupts that a vCPU was given
 * @timer: of its own timer, as far as the host has a part in them
 * @other: shared and private ones that were placed for it; one that waits
 *         while the vCPU loses its CPU is placed again. What vCPUs send each
 *         other is not among them: the exits of the senders count those.
 */
struct arch_injected {
	uint64_t timer;
	uint64_t other;
};
/** arch_vcpu_injected() - how many so far, since the VM exists */
struct arch_injected arch_vcpu_injected(const struct vcpu *vcpu);

/** arch_exit_reason_name() - name of exit counter @reason, NULL past the end */
const char *arch_exit_reason_name(unsigned int reason);
/** arch_exit_is_irq() - the guest was left because an interrupt came */
bool arch_exit_is_irq(unsigned int reason);

/** arch_elf_machine() - e_machine of ELF files that run here as guests */
uint16_t arch_elf_machine(void);

/*
 * Guest device tree: what the generic filter asks (virt/guest_fdt.c).
 */

/** struct arch_fdt_rules - which host nodes a guest always gets */
struct arch_fdt_rules {
	/* ends in NULL: nodes with these compatibles stay, selected or not */
	const char *const *always_compatible;
	/* ends in NULL: no guest gets these: they reset or halt the machine,
	 * or are the firmware's */
	const char *const *kept_compatible;
	/* ends in NULL: absolute paths that stay */
	const char *const *always_paths;
	/* value of enable-method for guest cpus, NULL: remove the property */
	const char *enable_method;
};
/** arch_fdt_rules() - this architecture's */
const struct arch_fdt_rules *arch_fdt_rules(void);

/**
 * arch_fdt_fixup() - last word on a guest's tree
 * @vm:  config and arch part exist
 * @fdt: libfdt blob with free room
 *
 * Places the interrupt controller's node at its guest addresses (creating it
 * where the tree has none), PSCI by hvc, the timer, removes what is not
 * offered (ITS, GICv2 windows, maintenance interrupt).
 *
 * Return: 0; -ENOSPC; -EINVAL with a logged reason.
 */
int __must_check arch_fdt_fixup(struct vm *vm, void *fdt);

#endif
