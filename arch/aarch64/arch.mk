# SPDX-License-Identifier: Apache-2.0
# What the build must know of this architecture.

arch-cross := aarch64-linux-gnu-
arch-clang-target := aarch64-linux-gnu

# EL2 code leaves FP/SIMD to the guests. Everything but the guests' files, and
# but what only assembly and boot.c name, which lies last, is within 1 MiB
# (core/cvisor.lds.S), unless large tables are asked for. What runs before the
# MMU is on must not access memory unaligned: all of it is device memory then
# (D7.2.1).
arch-cflags := -mgeneral-regs-only -mno-outline-atomics \
	$(if $(CONFIG_CODE_MODEL_TINY),-mcmodel=tiny)
$(O)/arch/aarch64/boot.o $(O)/arch/aarch64/pgtable_format.o: \
	object-flags := -mstrict-align
$(O)/arch/aarch64/boot.o: object-flags += -mcmodel=small
arch-hot := $(addprefix arch/aarch64/virt/,abort exits load psci run \
	smccc sysreg_trap timer vgic vgic_hw vgic_irq vgic_lr vgic_mmio watch)
arch-ldflags := -maarch64linux

arch-qemu = qemu-system-aarch64 \
	-M virt,virtualization=on,gic-version=3 -cpu $(CPU) -nic none
arch-qemu-cpu := cortex-a57
arch-uboot-name := arm64
arch-uboot := -bios /usr/lib/u-boot/qemu_arm64/u-boot.bin
