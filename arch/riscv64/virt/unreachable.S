/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What only a VM's or a vCPU's owner calls (include/arch/virt.h, and the second
 * stage of include/arch/pgtable.h): as long as arch_virt_probe() fails there is
 * no such owner, and being here is a bug of ours.
 */
	.text
	.balign	4
	.irp	name, arch_virt_enable, arch_vm_create, arch_vm_destroy, \
		arch_vm_window, arch_vm_reset, arch_vm_time_skip, \
		arch_vcpu_create, arch_vcpu_destroy, arch_vcpu_reset, \
		arch_vcpu_run, arch_vcpu_kick, arch_vcpu_park, \
		arch_vcpu_wakeable, arch_vcpu_halt_prepare, \
		arch_vcpu_halt_finish, arch_vcpu_hypercall_done, \
		arch_vcpu_mmio_done, arch_vcpu_cpu_up_done, arch_vcpu_retry, \
		arch_vcpu_inject_abort, arch_vcpu_injected, arch_vcpu_pc, \
		arch_vcpu_backtrace, arch_vcpu_state_get, \
		arch_vcpu_state_print, arch_vcpu_state_size, \
		arch_virq_set, arch_virq_forward, arch_virq_unforward_all, \
		arch_steal_record_set, arch_fdt_fixup, arch_fdt_rules, arch_stage2_format, \
		arch_stage2_tlb_flush, arch_stage2_vmid_bits, \
		arch_tlb_flush_all_guests
	.globl	\name
\name:
	.endr
	mv	a0, ra
	call	unreachable_called
