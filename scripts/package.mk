# SPDX-License-Identifier: Apache-2.0
# What boot loaders take, and QEMU.

SMP ?= 4
MEM ?= 2G
CPU ?= $(arch-qemu-cpu)
QEMU_EXTRA ?=

fit-load := $(CONFIG_FIT_LOAD_ADDR)

tag_its := ITS
cmd_its = sed -e 's|@IMAGE@|$(abspath $<)|' -e 's|@LOAD@|$(fit-load)|' \
	-e 's|@ARCH@|$(arch-uboot-name)|' scripts/cvisor.its.in >$@
$(O)/cvisor.its: $(O)/Image scripts/cvisor.its.in FORCE
	$(call make-if-changed,its)

tag_fit := FIT
cmd_fit = mkimage -f $< $@ >$@.log || { cat $@.log; exit 1; }; rm $@.log
$(O)/cvisor.itb: $(O)/cvisor.its $(O)/Image FORCE
	$(call make-if-changed,fit)

# IDBLOADER= and UBOOT=, or LOADER=, put Rockchip's boot loaders in.
IDBLOADER ?=
UBOOT ?=
LOADER ?=
board-fdtfile := $(patsubst "%",%,$(CONFIG_BOARD_FDTFILE))
sd-files := $(if $(board-fdtfile),$(firstword $(board-dts))) $(IDBLOADER) $(UBOOT) $(LOADER)

tag_sd := SDIMAGE
cmd_sd = scripts/sdimage $< $@ $(if $(CONFIG_SD_ROCKCHIP),--rockchip) \
	$(if $(board-fdtfile),--dtb $(board-fdtfile)=$(firstword $(board-dts))) \
	$(if $(IDBLOADER),--idbloader $(IDBLOADER)) \
	$(if $(UBOOT),--uboot $(UBOOT)) $(if $(LOADER),--loader $(LOADER))
$(O)/sd.img: $(O)/Image scripts/sdimage $(sd-files) FORCE
	$(call make-if-changed,sd)

fit: $(O)/cvisor.itb
sdimage: $(O)/sd.img

qemu = $(arch-qemu) -smp $(SMP) -m $(MEM) -nographic

# + keeps the terminal for QEMU; Ctrl+A X ends it.
run: all
	+@echo "Ctrl+A X ends QEMU, Ctrl+X h lists the console keys"
	+$(if $(V),,@)$(qemu) -kernel $(O)/Image $(QEMU_EXTRA)

run-uboot: $(O)/sd.img
	+@echo "Ctrl+A X ends QEMU, Ctrl+X h lists the console keys"
	+$(if $(V),,@)$(qemu) $(arch-uboot) \
		-drive if=none,file=$(O)/sd.img,format=raw,id=d0 \
		-device virtio-blk-device,drive=d0 $(QEMU_EXTRA)

.PHONY: fit sdimage run run-uboot
