# SPDX-License-Identifier: Apache-2.0
#
# The build of cvisor. "make help" says what there is. Folders' own Makefiles
# hold nothing but obj-y lines; the rules are here and in scripts/*.mk:
#
#   rules.mk        how a target is made, exactly when it must be
#   config.mk       Kconfig
#   third_party.mk  picolibc and libfdt
#   vms.mk          guest files -> the VM table
#   image.mk        objects -> cvisor.elf, Image, System.map
#   package.mk      FIT, disk image, QEMU
#   host.mk         tools and unit tests on the build machine
#   check.mk        check, lint, bench

VERSION := 0.2.0

MAKEFLAGS += -rR --no-print-directory
SHELL := /bin/sh
.DEFAULT_GOAL := all
.DELETE_ON_ERROR:
.SUFFIXES:
.SECONDARY:
# The locale and the caller's variables must not show in what is built.
export LC_ALL := C
export SOURCE_DATE_EPOCH := 0
unexport ARCH CFLAGS LDFLAGS CDPATH

O ?= build
override O := $(patsubst $(CURDIR)/%,%,$(patsubst %/,%,$(O)))
ifneq ($(words $(O)),1)
  $(error O= names one folder without blanks in its path)
endif

# What can be made without a configuration, or makes one.
config-goals := menuconfig olddefconfig savedefconfig listnewconfig
free-goals := help clean mrproper third_party guests check check-unit \
	check-fuzz check-boot check-full check-build unit fuzz lint bench quickstart FORCE
goals := $(or $(MAKECMDGOALS),all)
build-goals := $(filter-out %_defconfig $(config-goals) $(free-goals),$(goals))

include scripts/rules.mk
include scripts/config.mk
include scripts/third_party.mk
include scripts/host.mk
include scripts/check.mk
ifneq ($(build-goals),)
  include arch/$(ARCH)/arch.mk
  include scripts/vms.mk
  include scripts/image.mk
  include scripts/package.mk
endif

clean:
	rm -rf $(O)/arch $(O)/core $(O)/drivers $(O)/fs $(O)/lib $(O)/mm $(O)/shell \
		$(O)/third_party $(O)/virt $(O)/generated $(O)/host $(O)/unit \
		$(O)/fuzz $(O)/boot $(O)/check-build $(O)/lint $(O)/bench \
		$(O)/test-guests $(O)/bench.json $(O)/flags $(O)/sources \
		$(O)/Image $(O)/cvisor.elf* $(O)/System.map $(O)/*.map \
		$(O)/.*.cmd $(O)/compile_commands.json $(O)/cvisor.itb \
		$(O)/cvisor.its $(O)/sd.img $(O)/include/generated/asm-offsets.h* \
		$(O)/include/generated/version.h*

mrproper: clean
	rm -rf $(O)/include $(O)/.config $(O)/.config.old $(O)/vms.* \
		$(O)/defconfig
	@rmdir $(O) 2>/dev/null || true

help:
	@O=$(O) scripts/help

FORCE:
.PHONY: all clean mrproper help FORCE
