# SPDX-License-Identifier: Apache-2.0
# Programs for the build machine: tools, and the unit tests.

HOSTCC ?= cc
host-flags := -std=gnu11 -O2 -g -Wall -Wextra -Werror -D_GNU_SOURCE

fixdep := $(O)/host/fixdep
tag_hostcc := HOSTCC
cmd_hostcc = $(HOSTCC) $(host-flags) $(host-extra) -o $@ $(filter %.c,$(inputs))
$(fixdep): scripts/fixdep.c FORCE
	$(call make-if-changed,hostcc)

# toml2c is the checker that the Image links too, built for this machine with
# the limits of this configuration.
toml2c := $(O)/host/toml2c
toml2c-srcs := $(wildcard scripts/toml2c*.c virt/config/*.c) \
	lib/fdt.c lib/fdt_find.c lib/fdt_irq.c lib/fdt_walk.c \
	$(libfdt-srcs:%=$(libfdt)/%)
toml2c-objects := $(toml2c-srcs:%.c=$(O)/host/obj/%.o)

tag_hostobj := HOSTCC
cmd_hostobj = $(HOSTCC) $(host-flags) $(if $(filter third_party/%,$<),-w) \
	-Iinclude -Iscripts -isystem $(libfdt) -include $(autoconf-h) \
	-MMD -MF $(@D)/.$(@F).d -c -o $@ $<
after_hostobj = $(fixdep) $(config-dir) $@ <$(@D)/.$(@F).d >$(dep-file) && \
	rm $(@D)/.$(@F).d
$(O)/host/obj/%.o: %.c FORCE | $(autoconf-h) $(fixdep)
	$(call make-if-changed,hostobj)
tag_hostld := HOSTLD
cmd_hostld = $(HOSTCC) -o $@ $(inputs)
$(toml2c): $(toml2c-objects) FORCE
	$(call make-if-changed,hostld)
-include $(foreach o,$(toml2c-objects),$(dir $(o)).$(notdir $(o)).dep)

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

unit-flags := -std=gnu11 -O1 -g -Wall -Wextra -Werror \
	-Wno-initializer-overrides -fno-omit-frame-pointer \
	-fsanitize=address,undefined -fno-sanitize-recover=undefined \
	-fprofile-instr-generate -fcoverage-mapping \
	-Iinclude -Itests/fake/include -I$(unit-include) -isystem $(libfdt) $(included-libs) \
	-idirafter arch/aarch64/include \
	-include $(unit-autoconf)

unit-tests :=
-include tests/unit/Makefile

unit-srcs-of = tests/unit/$(1).c $($(1)-srcs)
unit-objs-of = $(patsubst %.c,$(unit-dir)/obj/%.o,$(call unit-srcs-of,$(1)))
unit-objects := $(sort $(foreach t,$(unit-tests),$(call unit-objs-of,$(t))))
unit-libs := $(libfdt-srcs:%.c=$(unit-dir)/libfdt/%.o) \
	$(zlib-srcs:%.c=$(unit-dir)/zlib/%.o) $(unit-dir)/obj/lib/crc32.o
unit-programs := $(unit-tests:%=$(unit-dir)/%)

# Any Kconfig counts, but the header changes only when its text does: the
# stamp carries the time.
$(unit-autoconf): $(unit-dir)/autoconf.stamp ;
$(unit-dir)/autoconf.stamp: $(wildcard Kconfig */Kconfig arch/*/Kconfig) \
		$(unit-config) scripts/kconfig.py
	@mkdir -p $(dir $(unit-autoconf))
	@$(kconfig) --header $(unit-autoconf) autoconf $(unit-config)
	@touch $@

tag_unitcc := UNITCC
cmd_unitcc = $(UNIT_CC) $(unit-flags) -MMD -MP -MF $(dep-file) -MT $@ \
	-c -o $@ $<
# arch/riscv64 and its tests see its headers in place of aarch64's
$(unit-dir)/obj/arch/riscv64/%.o \
$(unit-dir)/obj/tests/unit/arch/test_riscv64_%.o: unit-flags := \
	$(unit-flags:arch/aarch64/include=arch/riscv64/include)
$(unit-dir)/obj/%.o: %.c FORCE | $(unit-autoconf)
	$(call make-if-changed,unitcc)
tag_unitlib := UNITLIB
cmd_unitlib = $(UNIT_CC) -O1 -g -w -fsanitize=address -isystem $(libfdt) \
	$(zlib-flags) -c -o $@ $<
$(unit-dir)/libfdt/%.o: $(libfdt)/%.c FORCE
	$(call make-if-changed,unitlib)
$(unit-dir)/zlib/%.o: $(zlib)/%.c FORCE
	$(call make-if-changed,unitlib)

tag_unitld := UNITLD
cmd_unitld = $(UNIT_CC) $(unit-flags) -o $@ $(inputs) -lcmocka
define unit-rule
$(unit-dir)/$(1): $(call unit-objs-of,$(1)) $(unit-libs) FORCE
	$$(call make-if-changed,unitld)
endef
$(foreach t,$(unit-tests),$(eval $(call unit-rule,$(t))))
-include $(foreach o,$(unit-objects),$(dir $(o)).$(notdir $(o)).dep)

run-unit = LLVM_PROFILE_FILE=$(unit-dir)/$(1).profraw \
	ASAN_OPTIONS=detect_leaks=1 UBSAN_OPTIONS=print_stacktrace=1 \
	$(unit-dir)/$(1)

# Those in tests/unit/boards read trees that are fetched. Without network the
# fetch fails, and they say that they are skipped; after one that did not fail,
# a tree that is not there is an error.
check-unit: $(unit-programs)
	@if $(fetch-guests) boards; then \
		export BOARDS_NEEDED=y; \
	else \
		echo "No fetch: tests on boards' trees that are missing skip" >&2; \
	fi; \
	scripts/run-unit $(unit-dir) $(unit-tests)

# One of them: make unit T=mm/test_pgtable
unit: $(unit-dir)/$(T)
	@$(call run-unit,$(T))
.PHONY: check-unit unit

#
# Fuzz targets: tests/fuzz/Makefile lists them like the unit tests
#
#	fuzz-targets += toml
#	toml-srcs := virt/config/toml.c ...
#	toml-runs := 20000
#	toml-seeds := a.dts
#	toml-plant := virt/config/toml.c
#	toml-plant-sed := s/size < max/size <= max/
#
# tests/fuzz/toml.c holds LLVMFuzzerTestOneInput(), tests/fuzz/corpus/toml/ the
# inputs to begin with, to which those compiled from the seeds come. Each is
# built a second time with the bug that plant-sed puts into the file plant,
# and must find it within five times the runs. FUZZ_SECONDS=60 fuzzes by the
# clock instead, and goes on from what was found before.
#
FUZZ_SECONDS ?=
fuzz-dir := $(O)/fuzz
fuzz-flags := $(filter-out -fprofile% -fcoverage%,$(unit-flags)) \
	-fsanitize=fuzzer

fuzz-targets :=
-include tests/fuzz/Makefile

fuzz-copy-of = $(fuzz-dir)/$(1)-planted.d/$($(1)-plant)
fuzz-seeds-of = $($(1)-seeds:%.dts=$(fuzz-dir)/seeds/$(1)/%.dtb)

tag_fuzz := FUZZCC
cmd_fuzz = $(UNIT_CC) $(fuzz-flags) $(fuzz-dirs:%=-iquote %) -o $@ $(fuzz-srcs)
tag_plant := PLANT
cmd_plant = sed '$(fuzz-sed)' $< >$@ && ! cmp -s $< $@
tag_seed := DTC
cmd_seed = dtc -q -I dts -O dtb -o $@ $<
fuzz-headers := $(wildcard include/*/*.h virt/*.h virt/*/*.h core/*.h \
	arch/*/virt/*.h tests/fake/include/*/*.h tests/fuzz/*.h tests/unit/*/*.h)
define fuzz-rule
$(fuzz-dir)/$(1) $(fuzz-dir)/$(1)-planted: tests/fuzz/$(1).c $($(1)-srcs) \
		$($(1)-includes) $(unit-libs) $(fuzz-headers) FORCE | $(unit-autoconf)
	$$(call make-if-changed,fuzz)
$(fuzz-dir)/$(1): fuzz-srcs := tests/fuzz/$(1).c $($(1)-srcs) $(unit-libs)
$(fuzz-dir)/$(1): fuzz-dirs := $(dir $($(1)-plant))
$(fuzz-dir)/$(1)-planted: $(call fuzz-copy-of,$(1))
$(fuzz-dir)/$(1)-planted: fuzz-srcs := tests/fuzz/$(1).c \
	$(subst $($(1)-plant),$(call fuzz-copy-of,$(1)),$($(1)-srcs)) $(unit-libs)
$(fuzz-dir)/$(1)-planted: fuzz-dirs := $(dir $(call fuzz-copy-of,$(1)) \
	$($(1)-plant))
$(call fuzz-copy-of,$(1)): fuzz-sed := $($(1)-plant-sed)
$(call fuzz-copy-of,$(1)): $($(1)-plant) FORCE
	$$(call make-if-changed,plant)
$(fuzz-dir)/seeds/$(1)/%.dtb: %.dts FORCE
	$$(call make-if-changed,seed)
endef
$(foreach t,$(fuzz-targets),$(eval $(call fuzz-rule,$(t))))

fuzz: $(foreach t,$(fuzz-targets),$(fuzz-dir)/$(t) $(fuzz-dir)/$(t)-planted \
	$(call fuzz-seeds-of,$(t)))
check-fuzz: fuzz
	@FUZZ_SECONDS=$(FUZZ_SECONDS) scripts/run-fuzz $(fuzz-dir) \
		$(foreach t,$(fuzz-targets),$(t):$($(t)-runs) \
			$(t)-planted:$($(t)-runs))
.PHONY: fuzz check-fuzz
