/* SPDX-License-Identifier: Apache-2.0 */
/* What the files of this folder share: the architecture's part of a VM. */
#ifndef VIRT_ARCH_VCPU_H
#define VIRT_ARCH_VCPU_H

#include "pt.h"
#include <asm/guest_regs.h>
#include "vgic.h"
#include "vgic_state.h"

#include <arch/cpu.h>
#include <arch/virt.h>
#include <asm/sysreg.h>
#include <asm/vcpu_state.h>
#include <core/cpu.h>
#include <core/timer.h>
#include <lib/types.h>
#include <lib/util.h>
#include <virt/vcpu.h>
#include <virt/vm.h>

/* Exit counters, names in exits.c. */
enum exit_reason {
	REASON_IRQ, /* the host's, but for kicks */
	REASON_KICK,
	REASON_VTIMER,
	REASON_MAINTENANCE,
	REASON_FIQ,
	REASON_SERROR,
	REASON_WFX,
	REASON_HVC,
	REASON_SMC,
	REASON_SYSREG,
	REASON_SGI,
	REASON_VGIC_MMIO,
	REASON_MMIO,
	REASON_FETCH_ABORT,
	REASON_DATA_ABORT,
	REASON_CP15,
	REASON_OTHER,
	REASON_COUNT,
};
_Static_assert(REASON_COUNT <= VCPU_EXIT_REASONS, "room in struct vcpu");

/**
 * struct mmio_op - an access that one instruction makes, or two in a row
 * @count, @done: accesses of this instruction, and how many are answered
 * @rt:           registers, 31 is XZR
 * @values:       read so far; written to the registers when all are here
 * @base_reg, @base_value: write-back when @writeback; 31 is SP
 */
struct mmio_op {
	gpa_t gpa;
	uint64_t values[2];
	uint64_t base_value;
	uint8_t width;
	uint8_t count;
	uint8_t done;
	uint8_t rt[2];
	uint8_t base_reg;
	bool write;
	bool sign_extend;
	bool sixty_four; /* sign-extends to 64 bits, not to 32 */
	bool big_endian;
	bool writeback;
	bool short_insn; /* two bytes long (T32) */
};

/** struct arch_watch - virtual interrupts that were pending at the last exit,
 * while exits are watched */
struct arch_watch {
	unsigned int pending_count;
	uint16_t pending[VGIC_LR_MAX];
};

/**
 * struct arch_vcpu - this architecture's part of a vCPU
 * @regs:       first, SP_EL2 while the guest runs
 * @exit:       of the arch_vcpu_run() in progress
 * @guest_cpu:  CPU whose arch_vcpu_run() is between its last look at
 *              @requests and its leaving, -1: none. Pairs with
 *              arch_vcpu_kick().
 * @el1, @fp, @timer: valid while loaded_cpu is -1
 * @mmio:       in progress while mmio.count != 0; own task only
 * @inject_esr: exception to take on the next entry, 0: none
 * @wfi_deadline: arch_counter() ticks at which the guest's timers end a halt,
 *              as of its last WFI; UINT64_MAX: never
 */
struct arch_vcpu {
	struct guest_regs regs;
	struct vcpu *vcpu;
	struct vcpu_exit *exit;
	int guest_cpu;
	uint64_t hcr; /* HCR_EL2 but for TWI; vgic_vcpu_reset() may change it */

	struct mmio_op mmio;
	uint64_t inject_esr;
	uint64_t abort_esr; /* of the access that became an EXIT_MMIO_* */
	uint64_t abort_far;

	uint64_t wfi_deadline;
	struct timer halt_timer;
	struct timer ptimer;

	struct vgic_cpu vgic;
	struct pt_vcpu *pt; /* passthrough interrupt mode, else NULL */

	struct arch_el1_state el1;
	struct arch_timer_state timer;
	struct arch_fp_state fp;
	struct arch_watch watch;
};
_Static_assert(offsetof(struct arch_vcpu, regs) == 0, "entry.S");

/**
 * struct arch_vm - this architecture's part of a VM
 * @s2_root: stage 2, constant
 * @cntvoff: counter at the last cold start, where CNTVCT begins at 0, and
 *           what suspends have taken since
 * @last_vcpu: per CPU, the vCPU of this VM that ran there last
 */
struct arch_vm {
	hpa_t s2_root;
	uint64_t cntvoff;
	struct vcpu *last_vcpu[CPU_MAX];
	struct vgic vgic;
};

/* load.c */
/** stage2_use_root() - VTTBR_EL2 becomes this VM's, with its root or a copy of
 * it; interrupts masked */
void stage2_use_root(struct vm *vm, hpa_t root);
static inline void stage2_use(struct vm *vm)
{
	stage2_use_root(vm, vm->arch->s2_root);
}
/** vcpu_load_probe() - once. Return: pointer authentication is switched */
bool vcpu_load_probe(void);

/* fpsimd.S */
void fpsimd_save(struct arch_fp_state *fp);
void fpsimd_restore(const struct arch_fp_state *fp);

/* exits.c */
static inline void exit_count(struct vcpu *vcpu, enum exit_reason reason)
{
	vcpu->exits[reason]++;
}

/** vcpu_after_change() - on the way back into the guest after a handler that
 * may have changed its interrupts. Return: @action */
static inline int vcpu_after_change(struct vcpu *vcpu, int action)
{
	if (unlikely(__atomic_load_n(&vcpu->arch->vgic.work, __ATOMIC_RELAXED)))
		vgic_sync_in(vcpu);
	return action;
}

/** exit_fault() - end this guest. Return: LEAVE */
int exit_fault(struct vcpu *vcpu, const char *what, uint64_t esr, gpa_t at);

/** regs_read(), regs_write() - by number in an instruction: 31 is XZR */
static inline uint64_t regs_read(const struct vcpu *vcpu, unsigned int n)
{
	return n < 31 ? vcpu->arch->regs.x[n] : 0;
}

/* Return: how entry.S has to resume for the guest to see it */
static inline int regs_write(struct vcpu *vcpu, unsigned int n, uint64_t value)
{
	if (n < 31)
		vcpu->arch->regs.x[n] = value;
	return n >= 19 ? RESUME_ALL : RESUME;
}

/* SPSR_EL2 fields, C5.2.20 */
#define PSR_SS BIT(21)
#define PSR_BTYPE GENMASK(11, 10)

/* PC while in the guest's context (pc_skip) or saved (pc_skip_saved). */
void pc_skip_odd(uint64_t pstate);

static inline void pc_skip(uint64_t esr)
{
	uint64_t pstate = read_sysreg(spsr_el2);

	write_sysreg(read_sysreg(elr_el2) + 2 + (esr >> 24 & 2), elr_el2);
	if (unlikely(pstate & (PSR_MODE_A32 | PSR_SS | PSR_BTYPE)))
		pc_skip_odd(pstate);
}

void pc_skip_saved(struct vcpu *vcpu, bool short_insn);

/* smccc.c */
int smccc_hvc(struct vcpu *vcpu, uint64_t esr);
int smccc_smc_trap(struct vcpu *vcpu, uint64_t esr);
void smccc_probe(void);
/** smccc_mitigate() - another VM takes this CPU: ask firmware, if it must */
void smccc_mitigate(void);

/* abort.c */
int abort_data(struct vcpu *vcpu, uint64_t esr);
int abort_fetch(struct vcpu *vcpu, uint64_t esr);
/** mmio_continue() - Return: false when an exit is due, else it is finished */
bool mmio_continue(struct vcpu *vcpu, struct vcpu_exit *exit);

/* inject.c: exceptions into EL1; "now" needs the state in the registers */
int inject_undef(struct vcpu *vcpu);
/** inject_abort() - as the answer to a stage-2 abort with syndrome @esr */
int inject_abort(struct vcpu *vcpu, uint64_t esr, unsigned int fsc);
/** inject_queued() - take what arch_vcpu_inject_abort() left */
void inject_queued(struct vcpu *vcpu);

/* timer.c */
extern unsigned int vtimer_irq, ptimer_irq;
int guest_timer_probe(void);
void guest_timer_enable(void);
void guest_timer_load(struct vcpu *vcpu);
void guest_timer_put(struct vcpu *vcpu);
void guest_timer_create(struct vcpu *vcpu);
void guest_timer_reset(struct vcpu *vcpu);
void guest_timer_destroy(struct vcpu *vcpu);
/** guest_timer_wfi() - note when the timers end the halt that begins */
void guest_timer_wfi(struct vcpu *vcpu);
/** ptimer_read(), ptimer_write() - CNTP_{TVAL,CTL,CVAL}_EL0 */
enum ptimer_reg { PTIMER_TVAL, PTIMER_CTL, PTIMER_CVAL };
uint64_t ptimer_read(struct vcpu *vcpu, enum ptimer_reg reg);
void ptimer_write(struct vcpu *vcpu, enum ptimer_reg reg, uint64_t value);

/* sysreg.c, idregs.c: see sysreg.h */
int sysreg_trap(struct vcpu *vcpu, uint64_t esr);

/* watch.c */
/** guest_watched_entry() - exits are watched, and the guest is entered */
void guest_watched_entry(struct vcpu *vcpu);

/* probe.c */
extern unsigned int maintenance_irq;
extern unsigned int kick_irq; /* the host's IPI_KICK */
/** hcr_base - HCR_EL2 of an emulated-interrupt guest, without TWI */
extern uint64_t hcr_base;

#endif
