# SPDX-License-Identifier: Apache-2.0
# Objects -> cvisor.elf, Image, System.map.

ifeq ($(LLVM),1)
  CROSS_COMPILE :=
  CC := clang --target=$(arch-clang-target)
  LD := ld.lld
  AR := llvm-ar
  NM := llvm-nm
  OBJCOPY := llvm-objcopy
else
  CROSS_COMPILE ?= $(arch-cross)
  CC := $(CROSS_COMPILE)gcc
  LD := $(CROSS_COMPILE)ld
  AR := $(CROSS_COMPILE)ar
  NM := $(CROSS_COMPILE)nm
  OBJCOPY := $(CROSS_COMPILE)objcopy
endif

compiler-include := $(shell $(CC) -print-file-name=include)
ifeq ($(wildcard $(compiler-include)/stddef.h),)
  $(error $(firstword $(CC)) does not run: install \
    gcc-$(ARCH)-linux-gnu (scripts/install-deps does), or give CROSS_COMPILE=)
endif

# What gcc does for speed at -Oz too, and the size it costs is seen.
smaller := $(if $(LLVM),,-fno-move-loop-invariants -fno-shrink-wrap \
	-fno-inline-small-functions -fno-tree-dominator-opts \
	-fno-tree-ch -fno-tree-sink -fno-tree-loop-im -fno-tree-tail-merge \
	-fno-guess-branch-probability)
faster := -O2 $(if $(LLVM),,-fmove-loop-invariants -fshrink-wrap \
	-finline-small-functions -ftree-dominator-opts \
	-ftree-ch -ftree-sink -ftree-loop-im -ftree-tail-merge \
	-fguess-branch-probability \
	-fno-align-functions -fno-align-jumps -fno-align-loops -fno-align-labels)

# Flags for all code, ours and the libraries'.
common-flags := -std=gnu11 -Oz $(smaller) -g -ffreestanding -fpie \
	-fvisibility=hidden -include include/lib/hidden.h \
	-ffunction-sections -fdata-sections -fno-common -fno-strict-aliasing \
	-fno-omit-frame-pointer -fno-stack-protector \
	-fno-asynchronous-unwind-tables -fno-unwind-tables \
	-nostdinc -isystem $(compiler-include) $(arch-cflags) \
	-ffile-prefix-map=$(O)/= -ffile-prefix-map=$(CURDIR)/= \
	-ffile-prefix-map=$(CURDIR)=.
libc-include := -isystem $(O)/include/libc -isystem $(picolibc)/include \
	-isystem $(picolibc)/tinystdio -DPICOLIBC_INTEGER_PRINTF_SCANF -DTINY_STDIO
warnings = -Wall -Wextra -Werror -Wstrict-prototypes -Wmissing-prototypes \
	-Wundef -Wvla -Wwrite-strings $(table-warnings)
# A table's default row is meant to be overridden.
table-warnings := $(if $(LLVM),-Wno-initializer-overrides,-Wno-override-init)
our-flags = $(common-flags) $(object-flags) $(libc-include) -isystem $(libfdt) \
	$(included-libs) $(warnings) \
	-Iinclude -Iarch/$(ARCH)/include -I$(O)/include -include $(autoconf-h)

#
# Our objects, layer by layer
#
layers := arch/$(ARCH) lib mm core drivers fs virt shell

# $(call objects-of,DIR/): what DIR/Makefile and those below it list
objects-of = $(eval obj-y :=)$(eval include $(1)Makefile)$(call \
	split-objects,$(1),$(obj-y))
split-objects = $(addprefix $(1),$(filter %.o,$(2))) $(foreach \
	d,$(filter %/,$(2)),$(call objects-of,$(1)$(d)))

objects := $(addprefix $(O)/,$(foreach l,$(layers),$(call objects-of,$(l)/)))
table-objects := $(O)/generated/vm_table.o $(O)/generated/vm_images.o

# What lies on the way from a guest's exit to its entry, on the scheduler's, or
# walks trees before the first guest runs, is compiled for speed; the rest to be
# small, which is a sixth less.
hot-objects := $(arch-hot) \
	$(addprefix core/,sched timer wait) \
	drivers/storage \
	$(addprefix lib/,fdt_walk lock) \
	mm/pgtable mm/stage2 \
	$(addprefix virt/,hypercall mmio vcpu)
$(hot-objects:%=$(O)/%.o): object-flags += $(faster)

# The cold part, which lies packed in the Image until somebody needs it: see
# include/core/cold.h. What a start of the Image's own VMs needs is not in it.
cold-objects := $(filter-out $(addprefix \
	$(O)/,shell/main.o virt/config/elf.o virt/config/vm_span.o),$(filter \
	$(addprefix $(O)/,drivers/clk/% drivers/soc/% fs/% shell/% virt/config/% \
	$(addprefix drivers/mmc/,dw_mmc.o mmc%.o phytium_mci.o sdhci.o) \
	lib/fdt_irq.o lib/log_tags.o \
	$(addprefix virt/dev/,card%.o dw_%.o dwcmshc.o phytium_mci.o pl061.o \
	rk_%.o scmi%.o sdhci.o sp805.o wdt.o) \
	$(addprefix virt/,unpack_lz4.o unpack_zstd.o vdev_clock.o vdisk%.o \
	vm_files.o vm_soc.o xxh32.o)), \
	$(objects)))

tag_cc := CC
cmd_cc = $(CC) $(our-flags) -MMD -MF $(@D)/.$(@F).d -c -o $@ $<
after_cc = $(fixdep) $(config-dir) $@ <$(@D)/.$(@F).d >$(dep-file) && \
	rm $(@D)/.$(@F).d
tag_as := AS
cmd_as = $(CC) $(our-flags) -D__ASSEMBLY__ -MMD -MF $(@D)/.$(@F).d -c -o $@ $<
after_as = $(after_cc)

# The version, in a header: a new one compiles no more than what says it.
version-h := $(O)/include/generated/version.h
tag_version := VERSION
cmd_version = echo '\#define CVISOR_VERSION "$(VERSION)"' >$@
$(version-h): FORCE
	$(call make-if-changed,version)

prepared := $(autoconf-h) $(version-h) $(O)/include/libc/picolibc.h
$(O)/%.o: %.c FORCE | $(prepared) asm-offsets $(fixdep)
	$(call make-if-changed,cc)
$(O)/%.o: %.S FORCE | $(prepared) asm-offsets $(fixdep)
	$(call make-if-changed,as)
$(O)/generated/%.o: $(O)/generated/%.c FORCE | $(prepared) $(fixdep)
	$(call make-if-changed,cc)
$(O)/generated/%.o: $(O)/generated/%.S FORCE | $(prepared) $(fixdep)
	$(call make-if-changed,as)

$(autoconf-h): $(config-dir)/kconfig.mk ;
$(O)/include/libc/picolibc.h:
	@mkdir -p $(@D) && : >$@

# Structure offsets for assembly: the compiler writes them as text, see
# include/lib/asm_offsets.h.
offsets-h := $(O)/include/generated/asm-offsets.h
ifneq ($(wildcard arch/$(ARCH)/asm-offsets.c),)
  tag_offsets := OFFSETS
  cmd_offsets = $(CC) $(our-flags) -MMD -MF $(@D)/.$(@F).d -MT $@ -S -o $@.s \
	$< && sed -n 's/.*->\([A-Za-z0-9_]*\) [$$\#]*\(-*[0-9]*\).*/\#define \1 \2/p' \
	$@.s >$@.new && { cmp -s $@.new $(offsets-h) || \
	cp $@.new $(offsets-h); } && rm $@.s $@.new && touch $@
  after_offsets = $(after_cc)
  # Its own stamp carries the time, so that equal offsets rebuild nothing.
  $(offsets-h).stamp: arch/$(ARCH)/asm-offsets.c FORCE | $(prepared) $(fixdep)
	$(call make-if-changed,offsets)
endif
asm-offsets: $(if $(wildcard arch/$(ARCH)/asm-offsets.c),$(offsets-h).stamp)
$(offsets-h): | asm-offsets ;
.PHONY: asm-offsets

# One object, or all of a folder's, by name: make mm/frames.o, make mm/
$(foreach g,$(filter %.o %/,$(goals)),$(eval \
	$(g): $(filter $(O)/$(g)%,$(objects))))
.PHONY: $(filter %.o %/,$(goals))

#
# The libraries: an archive, so that only what is used gets in
#
libc-srcs := $(addprefix string/,memchr.c memcmp.c memcpy.c memmove.c \
	memset.c memrchr.c memmem.c strcat.c strchr.c strcmp.c strcpy.c \
	strcspn.c strlcat.c strlcpy.c strlen.c strncat.c strncmp.c strncpy.c \
	strnlen.c strpbrk.c strrchr.c strspn.c strstr.c strtok_r.c \
	strcasecmp.c strncasecmp.c) \
	$(addprefix stdlib/,strtoul.c strtoull.c strtol.c strtoll.c) \
	$(addprefix search/,qsort.c bsearch.c) errno/errno.c locale/localedata.c \
	ctype/ctype_.c \
	$(addprefix tinystdio/,snprintf.c vsnprintf.c filestrput.c vfiprintf.c)
library-objects := $(libc-srcs:%.c=$(O)/third_party/picolibc/%.o) \
	$(libfdt-srcs:%.c=$(O)/third_party/libfdt/%.o) \
	$(zlib-srcs:%.c=$(O)/third_party/zlib/%.o)
library := $(O)/third_party/lib.a

# Loops in memcpy() and memset() must not become calls of themselves. printf
# without floating point still names the type, which needs FP registers.
tag_lib := LIB
cmd_lib = $(CC) $(common-flags) $(libc-include) -isystem $(libfdt) -w \
	$(lib-flags) -MMD -MF $(@D)/.$(@F).d -c -o $@ $<
after_lib = $(after_cc)
fast-strings := memchr memcmp memcpy memmove memset strcmp strlen strnlen
$(O)/third_party/picolibc/%: lib-flags = -D_COMPILING_NEWLIB -D_LIBC \
	$(if $(filter $(fast-strings:%=string/%),$*),$(faster)) \
	-fno-builtin $(if $(LLVM),,-fno-tree-loop-distribute-patterns) \
	-I$(picolibc)/$(*D) -I$(picolibc)/locale -I$(picolibc)/stdlib
$(O)/third_party/picolibc/tinystdio/vfiprintf.o: lib-flags += -Ddouble=long
$(O)/third_party/picolibc/tinystdio/%snprintf.o: lib-flags += \
	-Dvfprintf=__i_vfprintf
$(O)/third_party/picolibc/tinystdio/snprintf.o: lib-flags += \
	-Dvfprintf=__i_vfprintf
$(O)/third_party/picolibc/%.o: $(picolibc)/%.c FORCE | $(prepared) $(fixdep)
	$(call make-if-changed,lib)
# Trees are walked, but not laid over each other, before the first guest runs.
$(O)/third_party/libfdt/%: lib-flags = $(if $(filter %_overlay.o,$@),,-Os \
	$(if $(LLVM),,-ftree-loop-im -ftree-tail-merge \
	-fguess-branch-probability))
$(O)/third_party/libfdt/%.o: $(libfdt)/%.c FORCE | $(prepared) $(fixdep)
	$(call make-if-changed,lib)
# The loop that goes through every byte of a packed kernel.
$(O)/third_party/zlib/%: lib-flags = $(zlib-flags) \
	$(if $(filter %/inffast.o,$@),$(faster))
$(O)/third_party/zlib/%.o: $(zlib)/%.c FORCE | $(prepared) $(fixdep)
	$(call make-if-changed,lib)

tag_ar := AR
cmd_ar = rm -f $@ && $(AR) rcsD $@ $(inputs)
$(library): $(library-objects) FORCE
	$(call make-if-changed,ar)

#
# Linking, twice: the table of symbols for backtraces is made of the first
# result and lies behind the text, which therefore stays where it is.
#
lds := $(O)/core/cvisor.lds
tag_lds := LDS
cmd_lds = $(CC) $(our-flags) -D__ASSEMBLY__ -E -P -x assembler-with-cpp \
	-MMD -MF $(@D)/.$(@F).d -MT $@ -o $@ $< && \
	sed -i 's:@hot@:EXCLUDE_FILE($(strip $(cold-objects))):g' $@
after_lds = $(after_cc)
$(lds): core/cvisor.lds.S FORCE | $(prepared) asm-offsets $(fixdep)
	$(call make-if-changed,lds)

link-flags := -pie --no-dynamic-linker -z max-page-size=4096 -z noexecstack \
	--build-id=none --gc-sections --orphan-handling=warn --fatal-warnings \
	$(arch-ldflags)
link-inputs := $(objects) $(table-objects)
tag_link := LINK
cmd_link = $(LD) $(link-flags) -T $(lds) -Map=$@.map -o $@ \
	$(filter %.o,$(inputs)) $(library)

tag_symbols := SYMBOLS
cmd_symbols = $(NM) -n $(filter %.elf.1,$(inputs)) | \
	python3 scripts/symbols.py >$@
$(O)/generated/symbols0.S: scripts/symbols.py FORCE
	$(call make-if-changed,symbols)
$(O)/generated/symbols0.S: private NM = : #
$(O)/generated/symbols.S: $(O)/cvisor.elf.1 scripts/symbols.py FORCE
	$(call make-if-changed,symbols)

$(O)/cvisor.elf.1: $(link-inputs) $(O)/generated/symbols0.o $(library) $(lds) \
		FORCE
	$(call make-if-changed,link)
$(O)/cvisor.elf: $(link-inputs) $(O)/generated/symbols.o $(library) $(lds) \
		FORCE
	$(call make-if-changed,link)
after_link = $(if $(filter %.1,$@),:,$(NM) -n $@ | \
	python3 scripts/symbols.py --check $(O)/generated/symbols.S)

tag_objcopy := OBJCOPY
cmd_objcopy = $(OBJCOPY) -O binary $< $@.raw && $(NM) $< | \
	python3 scripts/pack_image.py $@.raw $@ && rm $@.raw
$(O)/Image: $(O)/cvisor.elf scripts/pack_image.py FORCE
	$(call make-if-changed,objcopy)

tag_map := MAP
cmd_map = $(NM) -n $< | grep -v ' [aNU$$] \| \$$[dx]' >$@
$(O)/System.map: $(O)/cvisor.elf FORCE
	$(call make-if-changed,map)

all: $(O)/Image $(O)/System.map
	@python3 scripts/size_table.py $(O)/cvisor.elf.map $(O)/Image

objects: $(objects) $(library)

tag_ccj := JSON
$(O)/compile_commands.json: $(objects)
	@python3 scripts/compile_commands.py $(O) >$@
compile_commands.json: $(O)/compile_commands.json
.PHONY: objects compile_commands.json

# What the compiler said last time about each object's inputs.
-include $(foreach o,$(objects) $(table-objects) $(library-objects) $(lds) \
	$(offsets-h).stamp $(O)/generated/symbols.o \
	$(O)/generated/symbols0.o,$(dir $(o)).$(notdir $(o)).dep)

# The flags of our sources, and which are built, for scripts/lint.
flags: $(prepared) asm-offsets
	$(file >$(O)/flags,$(filter-out -g -Oz -ffile-prefix-map=%,\
		$(wordlist 2,99,$(CC)) $(our-flags)))@:
	@printf '%s\n' $(objects:$(O)/%.o=%.c) >$(O)/sources
.PHONY: flags
