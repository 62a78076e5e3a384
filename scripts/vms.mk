# SPDX-License-Identifier: Apache-2.0
#
# Guest files -> the const VM table. VMS="a.toml b.toml" takes these in place
# of the ticked ones; VMS= takes none.

-include $(O)/vms.mk
ifneq ($(origin VMS),undefined)
  vm-tomls := $(VMS)
else
  vm-tomls := $(vms-y)
endif

# The board's tree: a .dts or .dtb, and more source that is laid over it (what
# firmware adds: memory). Those of Linux come with the guests.
board-dts := $(subst ",,$(CONFIG_BOARD_DTS))
board-dtb := $(if $(filter %.dts %.dtsi,$(board-dts)),$(O)/generated/board.dtb,$(board-dts))

tag_dtc := DTC
cmd_dtc = scripts/board-dtb $@ $(board-dts)
# a .dtb alone is taken as it is, whatever an older build's notes say of this one
ifneq ($(filter %.dts %.dtsi,$(board-dts)),)
$(O)/generated/board.dtb: $(board-dts) scripts/board-dtb FORCE
	$(call make-if-changed,dtc)
endif
images/boards/%.dtb:
	@echo "$@ is not there yet: run make guests" >&2; exit 1

# Our own bare-metal guests are built, not fetched.
test-guests := $(sort $(if $(strip $(vm-tomls)),$(shell sed -n \
	's|^kernel_path *= *"\(images/[a-z]*-$(ARCH)\.bin\)".*|\1|p' \
	$(vm-tomls))))
test-guest-srcs := $(wildcard $(addprefix tests/guests/,Makefile *.c *.h *.lds \
	$(addprefix $(ARCH)/,*.c *.h *.S */*))) $(wildcard guests/include/*)
$(test-guests): images/%: $(test-guest-srcs)
	@mkdir -p images
	@$(MAKE) $(if $(V),,-s) -C tests/guests OUT=$(abspath $(O)/test-guests) \
		$(abspath $(O)/test-guests)/$*
	@cp $(O)/test-guests/$* $@.new.$$$$ && mv $@.new.$$$$ $@

vm-table := $(O)/generated/vm_table.c
vm-images := $(O)/generated/vm_images.S

tag_toml2c := TOML2C
cmd_toml2c = $(toml2c) --out-dir $(O)/generated --root $(CURDIR) \
	$(if $(board-dtb),--dtb $(board-dtb)) $(vm-tomls)
$(vm-table): $(toml2c) $(board-dtb) $(vm-tomls) $(test-guests) FORCE
	$(call make-if-changed,toml2c)
$(vm-images): $(vm-table) ;
-include $(O)/generated/vm_table.d

# Checks without building.
vmcheck: $(toml2c) $(board-dtb) $(test-guests)
	@$(toml2c) --check --root $(CURDIR) --format $(or $(FORMAT),text) \
		$(if $(board-dtb),--dtb $(board-dtb)) $(vm-tomls)
.PHONY: vmcheck
