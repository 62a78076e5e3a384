# SPDX-License-Identifier: Apache-2.0
# Fetched libraries: picolibc (string and printf routines), libfdt, zlib, and
# those that are included as sources: FatFs by fs/fat_lib.c and fs/fat_unicode.c,
# lz4 and zstd by virt/unpack_*.c.

third_party:
	@scripts/third_party
.PHONY: third_party

picolibc := third_party/picolibc/newlib/libc
libfdt := third_party/dtc/libfdt
oofatfs := third_party/oofatfs
included-libs := $(addprefix -isystem third_party/,oofatfs zlib lz4 zstd)

libfdt-srcs := fdt.c fdt_addresses.c fdt_check.c fdt_empty_tree.c \
	fdt_overlay.c fdt_ro.c fdt_rw.c fdt_strerror.c fdt_sw.c fdt_wip.c

# Without a C library of its own, with names that nobody else has, and the CRC of
# lib/crc32.c. Adler's checksum is of zlib's own format alone, which
# virt/unpack_gzip.c does not ask for.
zlib := third_party/zlib
zlib-srcs := inffast.c inflate.c inftrees.c
zlib-flags := -DZ_SOLO -DZ_PREFIX -DHAVE_MEMCPY -Dz_crc32=crc32 -Dz_adler32=crc32 -include string.h

# Being read by make, it is fetched before anything else.
ifneq ($(filter-out help clean mrproper third_party guests lint quickstart \
		%_defconfig $(config-goals),$(goals)),)
  include third_party/versions.mk
  third_party/versions.mk: scripts/third_party.lock
	@scripts/third_party
endif
