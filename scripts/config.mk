# SPDX-License-Identifier: Apache-2.0
# Kconfig, by Kconfiglib.

# The first python3 that sees Kconfiglib: PATH may lead to one that does not
# see Debian's modules. Looked for once, when first needed.
find-python = $(shell for p in $(or $(PYTHON),python3 /usr/bin/python3); do \
	command -v $$p >/dev/null && $$p -c 'import $(1)' 2>/dev/null && \
	echo $$p && break; done)
KCONFIG_PYTHON = $(eval KCONFIG_PYTHON := $$(or \
	$$(call find-python,kconfiglib),$$(error \
	No python3 can import kconfiglib: sudo apt-get install \
	python3-kconfiglib, or run scripts/install-deps)))$(KCONFIG_PYTHON)
kconfig = $(KCONFIG_PYTHON) scripts/kconfig.py --out $(O)

config-dir := $(O)/include/config
auto-conf := $(config-dir)/auto.conf
autoconf-h := $(O)/include/generated/autoconf.h

%_defconfig:
	@$(if $(wildcard configs/$@),,echo "No configs/$@; there are:" \
		$(notdir $(wildcard configs/*_defconfig)) >&2; exit 1;) \
	$(kconfig) defconfig configs/$@

# Recipes start with + so that a terminal program gets the terminal.
menuconfig olddefconfig savedefconfig listnewconfig:
	+@$(kconfig) $@

# kconfig.mk is read, so make brings it up to date and starts over. All that
# changes afterwards is what the options' stamps say.
ifneq ($(build-goals),)
  ifeq ($(wildcard $(O)/.config),)
    $(error There is no $(O)/.config yet: run "make <board>_defconfig" first, \
      one of $(notdir $(wildcard configs/*_defconfig)))
  endif
  -include $(auto-conf)
  -include $(config-dir)/kconfig.mk
  vm-files := $(wildcard vms/*.toml)

  # A file that came or went changes no time but the folder's.
  $(config-dir)/kconfig.mk: $(O)/.config $(kconfig-files) vms $(vm-files) \
		scripts/kconfig.py
	@$(kconfig) sync
  $(kconfig-files) $(O)/.config vms $(vm-files): ;

  ARCH := $(patsubst "%",%,$(CONFIG_ARCH))
  ifeq ($(ARCH),)
    # Only until kconfig.mk is there.
    ARCH := aarch64
  endif
endif

.PHONY: menuconfig olddefconfig savedefconfig listnewconfig
