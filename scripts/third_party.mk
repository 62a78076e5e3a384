# SPDX-License-Identifier: Apache-2.0
# Fetched libraries: picolibc (string and printf routines), libfdt, and FatFs,
# which fs/fat_lib.c and fs/fat_unicode.c include.

third_party:
	@scripts/third_party
.PHONY: third_party

picolibc := third_party/picolibc/newlib/libc
libfdt := third_party/dtc/libfdt
oofatfs := third_party/oofatfs

libfdt-srcs := fdt.c fdt_addresses.c fdt_check.c fdt_empty_tree.c \
	fdt_overlay.c fdt_ro.c fdt_rw.c fdt_strerror.c fdt_sw.c fdt_wip.c

# Being read by make, it is fetched before anything else.
ifneq ($(filter-out help clean mrproper third_party guests lint quickstart \
		%_defconfig $(config-goals),$(goals)),)
  include third_party/versions.mk
  third_party/versions.mk: scripts/third_party.lock
	@scripts/third_party
endif
