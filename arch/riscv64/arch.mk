# SPDX-License-Identifier: Apache-2.0
# What the build must know of this architecture.

arch-cross := riscv64-linux-gnu-
arch-clang-target := riscv64-linux-gnu

# No floating point: its registers are the guests'.
arch-cflags := -march=rv64imac$(if $(LLVM),,_zicsr_zifencei) -mabi=lp64 \
	-mcmodel=medany $(if $(LLVM),-mno-relax,-msmall-data-limit=0)
arch-hot := arch/riscv64/cache \
	$(addprefix arch/riscv64/virt/,abort calls exits fp inject insn load run \
	sbi timer tlb virq vplic)
arch-ldflags := -melf64lriscv $(if $(LLVM),--no-relax)

arch-qemu = qemu-system-riscv64 -M virt -cpu $(CPU) -nic none
arch-qemu-cpu := rv64
arch-uboot-name := riscv
# QEMU's own firmware starts it in S-mode
arch-uboot := -kernel /usr/lib/u-boot/qemu-riscv64_smode/u-boot.bin
