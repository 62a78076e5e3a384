/* SPDX-License-Identifier: Apache-2.0 */
/* What the files of this folder share: the architecture's part of a VM. */
#ifndef RISCV64_VIRT_VCPU_H
#define RISCV64_VIRT_VCPU_H

#include "console.h"
#include "forward.h"
#include "imsic_files.h"
#include "insn.h"
#include "irqchips.h"
#include "vaplic.h"
#include "vplic.h"

#include <arch/cpu.h>
#include <arch/virt.h>
#include <asm/csr.h>
#include <asm/guest_regs.h>
#include <asm/vcpu_state.h>
#include <core/cpu.h>
#include <core/timer.h>
#include <lib/types.h>
#include <lib/util.h>
#include <virt/vcpu.h>
#include <virt/vm.h>

/* Exit counters, names in exits.c. */
enum exit_reason {
	REASON_SOFT, /* interrupts of the host, kicks among the first kind */
	REASON_TIMER,
	REASON_EXTERNAL,
	REASON_WFI,
	REASON_SBI,
	REASON_SBI_TIMER,
	REASON_SBI_IPI,
	REASON_SBI_FENCE,
	REASON_PLIC,
	REASON_APLIC,
	REASON_IMSIC,
	REASON_MMIO,
	REASON_FETCH_FAULT,
	REASON_DATA_FAULT,
	REASON_INSN,
	REASON_FP,
	REASON_OTHER,
	REASON_COUNT,
};
_Static_assert(REASON_COUNT <= VCPU_EXIT_REASONS, "room in struct vcpu");

/* Bits of vsie and vsip as VS-mode numbers them. */
#define SIE_SOFT BIT(1)
#define SIE_TIMER BIT(5)
#define SIE_EXTERNAL BIT(9)

/* A hart's own interrupts in traces: behind all of the PLIC's sources, by their
 * causes. */
enum { VIRQ_SOFT = 1024 + 1, VIRQ_TIMER = 1024 + 5 };

/**
 * struct arch_vcpu - this architecture's part of a vCPU
 * @exit:       of the arch_vcpu_run() in progress
 * @guest_cpu:  CPU whose arch_vcpu_run() is between its last look at
 *              @requests and its leaving, -1: none. Pairs with
 *              arch_vcpu_kick().
 * @last_cpu:   where it was loaded last, -1: nowhere. Atomic; written as
 *              loaded_cpu
 * @vs, @fp:    valid while loaded_cpu is -1
 * @fp_changed, @fp_cpu: see fp.c; in its last turn, the hart that has them
 * @timecmp:    next timer interrupt on the guest's time; with Sstc valid while
 *              loaded_cpu is -1
 * @marks:      what virq_sync() has to look at before the guest goes on, tested
 *              at once by entry.S; each is atomic:
 *              @look: the level of its external interrupt may have changed
 *              @soft: a software interrupt that has not reached hvip yet
 *              @tick: without Sstc, its timer may be due
 * @hstatus:    for the way in, but for VTW
 * @eip:        VSEIP as it is in hvip; own task
 * @suspended:  atomic: its halt is one by SBI's hart_suspend; while BLOCKED
 * @tip:        without Sstc, VSTIP as it was there last; own task
 * @wfi_ie:     vsie as of its last WFI: what may end the halt
 * @wfi_deadline: arch_counter() ticks at which its timer ends it; UINT64_MAX:
 *              never
 * @siselect: as @vs, where the harts have AIA
 * @access, @access_va: of the EXIT_MMIO_* or EXIT_UNMAPPED just returned
 * @abort_cause: exception that answers it as a fault
 * @retry:      an access is tried again that the second stage refused
 * @inject_cause, @inject_value: exception to take on the next entry; -1: none
 */
struct arch_vcpu {
	struct guest_regs regs;
	union {
		struct {
			bool look;
			bool soft;
			bool tick;
		};
		uint32_t marks;
	};
	struct vcpu *vcpu;
	struct vcpu_exit *exit;
	int guest_cpu;
	int last_cpu;

	uint64_t hstatus;
	bool eip;
	bool suspended;
	bool tip;
	uint64_t wfi_ie;
	uint64_t wfi_deadline;
	uint64_t timecmp;
	struct timer halt_timer;

	uint64_t siselect;
	struct imsic_file imsic;

	struct insn_access access;
	uint64_t access_va;
	uint64_t abort_cause;
	bool retry;
	int inject_cause;
	uint64_t inject_value;
	struct arch_injected injected;

	struct arch_vs_state vs;
	struct arch_fp_state fp;
	bool fp_changed;
	int fp_cpu;
};
_Static_assert(offsetof(struct arch_vcpu, regs) == 0, "vcpu_of_regs()");
_Static_assert(offsetof(struct arch_vcpu, marks) == sizeof(struct guest_regs),
	       "entry.S");

/**
 * struct arch_vm - this architecture's part of a VM
 * @s2_root:   second stage, constant
 * @time_base: counter at the last cold start, where the guest's time begins at
 *             0, and what suspends have taken since
 * @last_vcpu: per CPU, the vCPU of this VM that ran there last
 * @vmid_gen:  per CPU, stage2.vmid_gen when it last forgot this VM's first
 *             stages; 0: never. Both written by that CPU, interrupts masked
 */
struct arch_vm {
	hpa_t s2_root;
	uint64_t time_base;
	struct vcpu *last_vcpu[CPU_MAX];
	uint64_t vmid_gen[CPU_MAX];
	struct irqchips chips;
	union {
		struct vplic plic;
		struct vaplic aplic;
	};
	struct forward forward;
	/* of an APLIC in direct mode: forwarded levels that a vCPU claimed */
	uint32_t serving[CONFIG_VM_MAX_VCPUS][VAPLIC_WORDS];
	struct sbi_console console;
};

/* entry.S */
bool guest_fetch(uint64_t pc, uint16_t *half);
void fp_save(struct arch_fp_state *fp);
void fp_restore(const struct arch_fp_state *fp);

/* probe.c: what guests are given, decided by arch_virt_probe() */
struct guest_features {
	bool sstc; /* the guest's timer is the hart's own */
	bool fp;
	bool aia;     /* the harts have Ssaia */
	bool stateen; /* hstateen0 says what a guest may use */
	uint64_t henvcfg;
};
const struct guest_features *guest_features(void);
/** guest_machine_id() - mvendorid, marchid, mimpid */
uint64_t guest_machine_id(unsigned int which);

/* tlb.c; interrupts masked */
/** stage2_use() - hgatp becomes this VM's */
void stage2_use(struct vm *vm);
/** stage2_look_again() - this hart forgets the second stage that it uses: an
 * entry that was invalid may be remembered as such */
void stage2_look_again(void);
/** translations_switch() - a vCPU takes this hart: stage2_use(), and what must
 * not be left from others, or from its own last time here, is forgotten */
void translations_switch(struct vcpu *vcpu, unsigned int cpu);
/** struct guest_fence - @size_bytes of UINT64_MAX: all addresses */
struct guest_fence {
	uint64_t start;
	uint64_t size_bytes;
	uint16_t asid;
	bool by_asid;
};
/** guest_fence_vma() - a running guest asks for SFENCE.VMA on vCPUs, a bit
 * each, of its own VM @vm */
void guest_fence_vma(struct vm *vm, uint64_t vcpus,
		     const struct guest_fence *fence);
/** guest_fence_i() - the same with FENCE.I */
void guest_fence_i(struct vm *vm, uint64_t vcpus);

/* run.c */
/** hstatus_update() - whether WFI is to be told of; interrupts masked */
void hstatus_update(struct vcpu *vcpu);
/** guest_irq() - a guest was left for an interrupt */
int guest_irq(struct vcpu *vcpu, uint64_t cause);

/*
 * Handlers of exits: interrupts masked, the vCPU's state in the hart, its pc
 * and mode in sepc and sstatus, why in scause, stval, htval and htinst.
 * Return: RESUME, RESUME_ALL or LEAVE.
 */

static inline struct vcpu *vcpu_of_regs(struct guest_regs *regs)
{
	return ((struct arch_vcpu *)regs)->vcpu;
}

/* exits.c */
static inline void exit_count(struct vcpu *vcpu, enum exit_reason reason)
{
	vcpu->exits[reason]++;
}
static inline void pc_skip(unsigned int bytes)
{
	csr_write(csr_read(sepc) + bytes, sepc);
}
/** exit_fault() - end this guest. Return: LEAVE */
int exit_fault(struct vcpu *vcpu, const char *what, uint64_t cause);
/** exit_halt() - the guest waits for an interrupt. Return: RESUME when there is
 * one */
int exit_halt(struct vcpu *vcpu);

/* abort.c */
/** insn_fetch() - at the guest's pc; the exit's CSRs have been read. Return:
 * false: the guest's own tables have changed since */
bool insn_fetch(uint64_t pc, uint32_t *insn);
int abort_guest_page(struct vcpu *vcpu, uint64_t cause);

/* calls.c */
int guest_sbi(struct vcpu *vcpu, uint64_t cause);

/* inject.c */
/** inject() - an exception into VS; the state is loaded. Return: RESUME */
int inject(struct vcpu *vcpu, uint64_t cause, uint64_t value);
/** inject_queued() - take what arch_vcpu_inject_abort() left */
void inject_queued(struct vcpu *vcpu);

/* fp.c */
/** guest_fp_load() - the vCPU takes the hart; interrupts masked, as in all */
void guest_fp_load(struct vcpu *vcpu, unsigned int cpu);
/** guest_fp_put() - it loses it: what it changed is in memory */
void guest_fp_put(struct vcpu *vcpu);
/** guest_fp_forget() - memory was written: no hart's copy counts any more */
void guest_fp_forget(struct vcpu *vcpu);
/** guest_fp_use() - its instruction was illegal. Return: it has its registers
 * now and is to try again; false: it is illegal */
bool guest_fp_use(struct vcpu *vcpu);

/* timer.c */
void guest_timer_load(struct vcpu *vcpu);
void guest_timer_put(struct vcpu *vcpu);
void guest_timer_create(struct vcpu *vcpu);
void guest_timer_reset(struct vcpu *vcpu);
/** guest_timer_set() - by SBI, @deadline on the guest's time */
void guest_timer_set(struct vcpu *vcpu, uint64_t deadline);
/** guest_timer_sync() - on the way in, where the timer is not the hart's */
void guest_timer_sync(struct vcpu *vcpu);
/** guest_timer_deadline() - when it interrupts, in arch_counter() ticks */
uint64_t guest_timer_deadline(struct vcpu *vcpu);

/* virq.c */
/** virq_sync() - what became pending goes to hvip; the state is loaded */
void virq_sync(struct vcpu *vcpu);
/** virq_tell() - vCPUs, a bit each, are to look at their external interrupt */
void virq_tell(struct vm *vm, uint64_t vcpus);
/** virq_soft() - a software interrupt for a vCPU */
void virq_soft(struct vcpu *vcpu);
/** virq_reset() - nothing is pending; the vCPU does not run */
void virq_reset(struct vcpu *vcpu);
/** virq_put() - the hart's hvip is another's from now on; and its AIA
 * registers */
void virq_put(struct vcpu *vcpu);
/** virq_load() - they are this vCPU's */
void virq_load(struct vcpu *vcpu);
/** virq_vm_create() - place the controllers. Return: 0; -EINVAL, logged */
int __must_check virq_vm_create(struct vm *vm);
/** virq_vm_reset() - they are cold; no vCPU runs */
void virq_vm_reset(struct vm *vm);

/** virq_has() - is it a register of one of the controllers? */
static inline bool virq_has(const struct vm *vm, gpa_t at)
{
	const struct irqchips *chips = &vm->arch->chips;

	return at.v - chips->base < chips->size_bytes ||
	       at.v - chips->files < chips->files_bytes;
}
/** virq_access() - finish one there; @value: of a write. Return: what is read
 */
uint64_t virq_access(struct vcpu *vcpu, gpa_t at, uint64_t value);

#endif
