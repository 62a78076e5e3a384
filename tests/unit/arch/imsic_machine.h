/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Harts with guests' interrupt files (AIA 1.0, chapters 3 and 6), and below
 * them what imsic_files.c is compiled into. A test is every hart, one at a
 * time: smp_call() goes to another and comes back.
 */
#ifndef IMSIC_MACHINE_H
#define IMSIC_MACHINE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>
#include <errno.h>

#include "../../fake/fake.h"

#include <asm/csr.h>
#undef csr_read
#undef csr_write
#undef csr_set
#undef csr_clear
#undef csr_swap
#define csr_read(csr) model_csr(CSR_TEXT(csr), MODEL_READ, 0)
#define csr_write(value, csr)                                                  \
	((void)model_csr(CSR_TEXT(csr), MODEL_SWAP, value))
#define csr_set(bits, csr) ((void)model_csr(CSR_TEXT(csr), MODEL_SET, bits))
#define csr_clear(bits, csr) ((void)model_csr(CSR_TEXT(csr), MODEL_CLEAR, bits))
#define csr_swap(value, csr) model_csr(CSR_TEXT(csr), MODEL_SWAP, value)
enum model_op { MODEL_READ, MODEL_SWAP, MODEL_SET, MODEL_CLEAR };
static uint64_t model_csr(const char *csr, enum model_op op, uint64_t value);

/* What a poster does between two looks: a test may come in there. */
#include "../../../arch/riscv64/virt/vimsic.h"
static bool machine_post(struct vimsic *f, unsigned int ids, uint32_t id);
#define vimsic_post machine_post
#include "../../../arch/riscv64/virt/imsic_files.c"
#undef vimsic_post

#define HARTS 3
#define FILES 3 /* pages of guests by the tree, numbers 1 to 3 */
#define IDS 127
#define WORDS 2
#define VMS 2
#define VCPUS 3
#define FILES_GPA 0x28000000ull
#define FILES_HPA 0x28000000ull

struct cpu cpus[CPU_MAX];
unsigned int cpu_count = HARTS;

/* what each hart has of them: hgeie's bits, 6.1 */
static const unsigned int hart_files[HARTS] = {3, 2, 0};

struct model_file {
	uint64_t eip[WORDS], eie[WORDS];
	uint64_t delivery, threshold;
};

static struct hart {
	uint64_t hstatus, select, hgeie, sstatus;
	struct model_file files[FILES + 1];
	uint8_t window[(FILES + 1) * IMSIC_PAGE_BYTES];
} harts[HARTS];

static struct imsic host_imsic;
static irq_handler_t guest_irq_handler;
static struct vm vms[VMS];
static struct arch_vm arch_vms[VMS];
static struct vm_config configs[VMS];
static struct vcpu vcpus[VMS][VCPUS];
static struct arch_vcpu arch_vcpus[VMS][VCPUS];
static uint64_t mapped[VMS][VCPUS]; /* each page of files; 0: traps */
static unsigned int wakes[VMS][VCPUS];
static uint64_t told[VMS];
static unsigned int quiesces, maps;
static int map_error;
static unsigned int percpu_enables;

/* hooks of a test, each runs once */
static void (*while_quiescing)(void);
static void (*before_post)(void);
static void (*when_mapped)(void);
static int load_moves_to = -1;

static void run_once(void (**hook)(void))
{
	void (*fn)(void) = *hook;

	*hook = NULL;
	if (fn)
		fn();
}

static struct hart *here(void)
{
	return &harts[arch_this_cpu()->id];
}

/*
 * CSRs
 */

static uint64_t apply(uint64_t *at, uint64_t keeps, enum model_op op,
		      uint64_t value)
{
	uint64_t old = *at;

	if (op == MODEL_SWAP)
		*at = value & keeps;
	else if (op == MODEL_SET)
		*at = (old | value) & keeps;
	else if (op == MODEL_CLEAR)
		*at = old & ~value;
	return old;
}

static bool model_has(const struct model_file *f)
{
	for (unsigned int id = 1; id <= IDS; id++)
		if (f->eip[id / 64] & f->eie[id / 64] & BIT(id % 64))
			return f->delivery == 1 &&
			       (!f->threshold || id < f->threshold);
	return false;
}

static uint64_t model_hgeip(const struct hart *hart)
{
	uint64_t bits = 0;

	for (unsigned int n = 1; n <= FILES; n++)
		bits |= model_has(&hart->files[n]) ? BIT(n) : 0;
	return bits;
}

static uint64_t model_vsireg(enum model_op op, uint64_t value)
{
	struct hart *hart = here();
	uint64_t number = hart->hstatus >> HSTATUS_VGEIN_SHIFT & 0x3f;
	struct model_file *f = &hart->files[number];
	unsigned int word = (hart->select & 0x3f) / 2;

	/* else it raises an exception (6.2.3) */
	assert_in_range(number, 1, hart_files[hart - harts]);
	switch (hart->select) {
	case IMSIC_EIDELIVERY:
		return apply(&f->delivery, 1, op, value);
	case IMSIC_EITHRESHOLD:
		return apply(&f->threshold, IDS, op, value);
	default:
		break;
	}
	assert_int_equal(hart->select % 2, 0);
	assert_in_range(hart->select, IMSIC_EIP0, 0xff);
	if (word >= WORDS)
		return 0;
	return apply(hart->select < IMSIC_EIE0 ? &f->eip[word] : &f->eie[word],
		     word ? UINT64_MAX : ~1ull, op, value);
}

static uint64_t model_csr(const char *csr, enum model_op op, uint64_t value)
{
	struct hart *hart = here();

#define IS(name) (!strcmp(csr, CSR_TEXT(name)))
	if (IS(CSR_VSIREG))
		return model_vsireg(op, value);
	if (IS(CSR_VSISELECT))
		return apply(&hart->select, UINT64_MAX, op, value);
	if (IS(CSR_HSTATUS))
		return apply(&hart->hstatus, UINT64_MAX, op, value);
	if (IS(CSR_HGEIE))
		return apply(&hart->hgeie,
			     GENMASK(hart_files[hart - harts], 0) & ~1ull, op,
			     value);
	if (IS(sstatus))
		return apply(&hart->sstatus, UINT64_MAX, op, value);
#undef IS
	assert_string_equal(csr, CSR_TEXT(CSR_HGEIP));
	assert_int_equal(op, MODEL_READ);
	return model_hgeip(hart);
}

/*
 * Messages by their pages
 */

static void message_to(unsigned int hart, unsigned int number, uint32_t id)
{
	assert_in_range(number, 1, hart_files[hart]);
	if (id && id <= IDS)
		harts[hart].files[number].eip[id / 64] |= BIT(id % 64);
}

void fake_io_write(volatile void *addr, unsigned int width, uint64_t value)
{
	assert_int_equal(width, 4);
	/* whoever moves the file waits for that (file_leave()) */
	assert_false(arch_irqs_enabled());
	for (unsigned int h = 0; h < HARTS; h++) {
		uint64_t off =
			(uint64_t)((volatile uint8_t *)addr - harts[h].window);

		if (off >= sizeof(harts[h].window))
			continue;
		assert_int_equal(off % IMSIC_PAGE_BYTES, 0);
		message_to(h, (unsigned int)(off / IMSIC_PAGE_BYTES),
			   (uint32_t)value);
		return;
	}
	fail();
}

uint64_t fake_io_read(const volatile void *addr __unused_arg,
		      unsigned int width __unused_arg)
{
	fail();
	return 0;
}

static bool machine_post(struct vimsic *f, unsigned int ids, uint32_t id)
{
	run_once(&before_post);
	return vimsic_post(f, ids, id);
}

/* A store of the guest's own, to any of its pages, by the second stage. */
static void guest_store(unsigned int vm, unsigned int vcpu, uint32_t id)
{
	uint64_t at = mapped[vm][vcpu] - FILES_HPA;

	if (mapped[vm][vcpu])
		message_to((unsigned int)(at / sizeof(harts[0].window)),
			   at % sizeof(harts[0].window) / IMSIC_PAGE_BYTES, id);
	else
		imsic_page_write(&vms[vm], vcpu * IMSIC_PAGE_BYTES, 4, id);
}

/*
 * What is below
 */

const struct imsic *arch_imsic(void)
{
	return host_imsic.guest_bits ? &host_imsic : NULL;
}

volatile void *host_map_device(hpa_t base, uint64_t size_bytes)
{
	assert_int_equal(size_bytes, sizeof(harts[0].window));
	return harts[(base.v - FILES_HPA) / size_bytes].window;
}

int irq_request(unsigned int irq, irq_handler_t handler, void *arg,
		const char *name __unused_arg,
		enum irq_trigger trigger __unused_arg)
{
	assert_int_equal(irq, HART_IRQ_NUMBER_GUEST);
	assert_null(arg);
	guest_irq_handler = handler;
	return 0;
}

void irq_enable_percpu(unsigned int irq)
{
	assert_int_equal(irq, HART_IRQ_NUMBER_GUEST);
	percpu_enables++;
}

/* A hart in interrupt context, as irq or smp_call() puts it there. */
static void on_hart(unsigned int cpu, void (*fn)(void *arg), void *arg)
{
	struct cpu *was = arch_this_cpu();
	unsigned long flags = arch_irq_save();

	arch_set_this_cpu(&cpus[cpu]);
	fn(arg);
	arch_set_this_cpu(was);
	arch_irq_restore(flags);
}

void smp_call(unsigned int cpu, void (*fn)(void *arg), void *arg)
{
	assert_true(arch_irqs_enabled());
	on_hart(cpu, fn, arg);
}

void smp_quiesce(void)
{
	assert_true(arch_irqs_enabled());
	quiesces++;
	run_once(&while_quiescing);
}

static unsigned int vm_of(const struct stage2 *s2, gpa_t gpa, uint64_t size)
{
	assert_true(arch_irqs_enabled());
	assert_int_equal(size, IMSIC_PAGE_BYTES);
	assert_in_range(gpa.v, FILES_GPA,
			FILES_GPA + (VCPUS - 1) * IMSIC_PAGE_BYTES);
	for (unsigned int i = 0; i < VMS; i++)
		if (s2 == &vms[i].stage2)
			return i;
	fail();
	return 0;
}

int stage2_map(struct stage2 *s2, gpa_t gpa, hpa_t hpa, uint64_t size_bytes,
	       unsigned int prot)
{
	unsigned int vm = vm_of(s2, gpa, size_bytes);
	uint64_t *page = &mapped[vm][(gpa.v - FILES_GPA) / IMSIC_PAGE_BYTES];

	assert_int_equal(prot, PGT_R | PGT_W | PGT_DEVICE);
	assert_int_equal(*page, 0);
	maps++;
	if (map_error)
		return map_error;
	*page = hpa.v;
	run_once(&when_mapped);
	return 0;
}

int stage2_unmap(struct stage2 *s2, gpa_t gpa, uint64_t size_bytes)
{
	unsigned int vm = vm_of(s2, gpa, size_bytes);

	mapped[vm][(gpa.v - FILES_GPA) / IMSIC_PAGE_BYTES] = 0;
	return 0;
}

void virq_tell(struct vm *vm, uint64_t whom)
{
	told[vm - vms] |= whom;
}

void vcpu_wake(struct vcpu *vcpu)
{
	wakes[vcpu->vm - vms][vcpu->id]++;
}

static void put(struct vcpu *vcpu)
{
	vcpu->arch->siselect = harts[vcpu->loaded_cpu].select;
	vcpu->loaded_cpu = -1;
}

/* As virq_load() and virq_put() have it. */
void vcpu_load(struct vcpu *vcpu)
{
	unsigned int cpu;

	assert_false(arch_irqs_enabled());
	if (load_moves_to >= 0)
		arch_set_this_cpu(&cpus[load_moves_to]);
	load_moves_to = -1;
	cpu = arch_this_cpu()->id;
	if (vcpu->loaded_cpu == (int)cpu)
		return;
	if (vcpu->loaded_cpu >= 0)
		put(vcpu);
	for (unsigned int i = 0; i < VMS * VCPUS; i++)
		if (vcpus[i / VCPUS][i % VCPUS].loaded_cpu == (int)cpu)
			put(&vcpus[i / VCPUS][i % VCPUS]);
	vcpu->loaded_cpu = (int)cpu;
	harts[cpu].select = vcpu->arch->siselect;
	harts[cpu].hstatus = HSTATUS_SPV | imsic_file_vgein(vcpu);
}

void vcpu_evict(struct vcpu *vcpu)
{
	assert_true(arch_irqs_enabled());
	if (vcpu->loaded_cpu >= 0)
		put(vcpu);
}

static inline void enable(void *arg __unused_arg)
{
	imsic_files_enable();
}

static inline void machine_make(void)
{
	memset(harts, 0, sizeof(harts));
	memset(files_free, 0, sizeof(files_free));
	memset(owners, 0, sizeof(owners));
	memset(mapped, 0, sizeof(mapped));
	memset(wakes, 0, sizeof(wakes));
	memset(told, 0, sizeof(told));
	memset(pages, 0, sizeof(pages));
	quiesces = maps = percpu_enables = 0;
	map_error = 0;
	load_moves_to = -1;
	while_quiescing = before_post = when_mapped = NULL;
	fake_irqs_masked = false;
	host_imsic = (struct imsic){.guest_id_count = IDS, .guest_bits = 2};
	for (unsigned int h = 0; h < HARTS; h++) {
		cpus[h].id = h;
		host_imsic.file[h] =
			hpa(FILES_HPA + h * sizeof(harts[0].window));
		/* what a boot loader left there */
		for (unsigned int n = 1; n <= hart_files[h]; n++)
			harts[h].files[n] =
				(struct model_file){.eip = {BIT(9), BIT(3)},
						    .eie = {BIT(9), BIT(3)},
						    .delivery = 1,
						    .threshold = 5};
	}
	arch_set_this_cpu(&cpus[0]);
	for (unsigned int v = 0; v < VMS; v++) {
		configs[v] = (struct vm_config){.name = "vm"};
		vms[v] = (struct vm){.arch = &arch_vms[v],
				     .config = &configs[v],
				     .vcpu_count = VCPUS};
		arch_vms[v] = (struct arch_vm){
			.chips = {.kind = IRQCHIP_AIA,
				  .files = FILES_GPA,
				  .files_bytes = VCPUS * IMSIC_PAGE_BYTES,
				  .ids = IDS}};
		for (unsigned int i = 0; i < VCPUS; i++) {
			arch_vcpus[v][i] =
				(struct arch_vcpu){.vcpu = &vcpus[v][i]};
			vcpus[v][i] = (struct vcpu){.vm = &vms[v],
						    .id = i,
						    .arch = &arch_vcpus[v][i],
						    .loaded_cpu = -1};
			vms[v].vcpus[i] = &vcpus[v][i];
			imsic_file_reset(&vcpus[v][i]);
		}
	}
	imsic_files_probe();
	for (unsigned int h = 0; h < HARTS; h++)
		on_hart(h, enable, NULL);
}

/* The vCPU's task goes on on this CPU, to its guest. */
static inline void run_on(struct vcpu *vcpu, unsigned int cpu)
{
	arch_set_this_cpu(&cpus[cpu]);
	arch_irq_disable();
	imsic_vcpu_load(vcpu);
	assert_false(arch_irqs_enabled());
	harts[arch_this_cpu()->id].sstatus = SSTATUS_SPP; /* VS-mode */
	arch_irq_enable();
}

/* CSRRW and its kin of sireg or stopei from x11 into x10, by the guest that
 * runs here. */
static inline uint64_t guest_csr(struct vcpu *vcpu, unsigned int csr,
				 enum model_op op, uint64_t value)
{
	static const uint8_t funct3[] = {2, 1, 2, 3};
	uint32_t rs1 = op == MODEL_READ ? 0 : 11;

	vcpu->arch->regs.x[10] = 0xdead;
	vcpu->arch->regs.x[11] = value;
	assert_true(imsic_insn(vcpu, csr << 20 | rs1 << 15 |
					     (uint32_t)funct3[op] << 12 |
					     10 << 7 | OPCODE_SYSTEM));
	return vcpu->arch->regs.x[10];
}

static inline uint64_t guest_reg(struct vcpu *vcpu, unsigned int reg,
				 enum model_op op, uint64_t value)
{
	harts[vcpu->loaded_cpu].select = reg;
	if (place_get(&vcpu->arch->imsic))
		return model_vsireg(op, value);
	return guest_csr(vcpu, CSR_SIREG, op, value);
}

#endif
