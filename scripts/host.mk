# SPDX-License-Identifier: Apache-2.0
# Programs for the build machine: tools, and the unit tests.

HOSTCC ?= cc
host-flags := -std=gnu11 -O2 -g -Wall -Wextra -Werror

fixdep := $(O)/host/fixdep
tag_hostcc := HOSTCC
cmd_hostcc = $(HOSTCC) $(host-flags) $(host-extra) -o $@ $(filter %.c,$(inputs))
$(fixdep): scripts/fixdep.c FORCE
	$(call make-if-changed,hostcc)

# toml2c is the checker that the Image links too, built for this machine.
ifneq ($(wildcard scripts/toml2c.c),)
  toml2c-srcs := $(wildcard scripts/toml2c*.c virt/config/*.c) \
	$(libfdt-srcs:%=$(libfdt)/%)
  $(O)/host/toml2c: host-extra = -Iinclude -isystem $(libfdt) \
	-include $(unit-autoconf)
  $(O)/host/toml2c: $(toml2c-srcs) $(wildcard include/virt/*.h \
		include/lib/*.h virt/config/*.h scripts/toml2c*.h) FORCE \
		| $(unit-autoconf)
	$(call make-if-changed,hostcc)
endif

#
# Unit tests: tests/unit/Makefile lists them and their sources
#
#	unit-tests += mm/test_pgtable
#	mm/test_pgtable-srcs := mm/pgtable.c tests/fake/frames.c
#
UNIT_CC ?= clang
unit-dir := $(O)/unit
unit-include := $(unit-dir)/include
unit-autoconf := $(unit-include)/generated/autoconf.h
unit-config := configs/qemu-aarch64_defconfig tests/unit/unit.config

unit-flags := -std=gnu11 -O1 -g -Wall -Wextra -Werror -fno-omit-frame-pointer \
	-fsanitize=address,undefined -fno-sanitize-recover=undefined \
	-fprofile-instr-generate -fcoverage-mapping \
	-Iinclude -Itests/fake/include -I$(unit-include) -isystem $(libfdt) \
	-include $(unit-autoconf)

unit-tests :=
-include tests/unit/Makefile

unit-srcs-of = tests/unit/$(1).c $($(1)-srcs)
unit-objs-of = $(patsubst %.c,$(unit-dir)/obj/%.o,$(call unit-srcs-of,$(1)))
unit-objects := $(sort $(foreach t,$(unit-tests),$(call unit-objs-of,$(t))))
unit-libfdt := $(libfdt-srcs:%.c=$(unit-dir)/libfdt/%.o)
unit-programs := $(unit-tests:%=$(unit-dir)/%)

# Any Kconfig counts; the header changes only when its text does.
$(unit-autoconf): $(wildcard Kconfig */Kconfig arch/*/Kconfig) $(unit-config) \
		scripts/kconfig.py
	@mkdir -p $(@D)
	@$(kconfig) --header $@ autoconf $(unit-config) && touch $@

tag_unitcc := UNITCC
cmd_unitcc = $(UNIT_CC) $(unit-flags) -MMD -MP -MF $(dep-file) -MT $@ \
	-c -o $@ $<
$(unit-dir)/obj/%.o: %.c FORCE | $(unit-autoconf)
	$(call make-if-changed,unitcc)
tag_unitlib := UNITLIB
cmd_unitlib = $(UNIT_CC) -O1 -g -w -fsanitize=address -isystem $(libfdt) \
	-c -o $@ $<
$(unit-dir)/libfdt/%.o: $(libfdt)/%.c FORCE
	$(call make-if-changed,unitlib)

tag_unitld := UNITLD
cmd_unitld = $(UNIT_CC) $(unit-flags) -o $@ $(inputs) -lcmocka
define unit-rule
$(unit-dir)/$(1): $(call unit-objs-of,$(1)) $(unit-libfdt) FORCE
	$$(call make-if-changed,unitld)
endef
$(foreach t,$(unit-tests),$(eval $(call unit-rule,$(t))))
-include $(foreach o,$(unit-objects),$(dir $(o)).$(notdir $(o)).dep)

run-unit = LLVM_PROFILE_FILE=$(unit-dir)/$(1).profraw \
	ASAN_OPTIONS=detect_leaks=1 UBSAN_OPTIONS=print_stacktrace=1 \
	$(unit-dir)/$(1)

check-unit: $(unit-programs)
	@scripts/run-unit $(unit-dir) $(unit-tests)

# One of them: make unit T=mm/test_pgtable
unit: $(unit-dir)/$(T)
	@$(call run-unit,$(T))
.PHONY: check-unit unit
