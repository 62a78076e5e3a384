# SPDX-License-Identifier: Apache-2.0
# Everything that is checked, and the benchmark.

TEST_PYTHON = $(eval TEST_PYTHON := $$(or \
	$$(call find-python,pytest$(comma) xdist$(comma) pexpect),$$(error \
	No python3 can import pytest, xdist and pexpect: sudo apt-get install \
	python3-pytest python3-pytest-xdist python3-pexpect, or run \
	scripts/install-deps)))$(TEST_PYTHON)
comma := ,

# One at a time: two would work in the same folder.
fetch-guests = mkdir -p images && flock images scripts/guests

# Of the configured architecture, and a board's; of all where there is none yet.
# GUEST_IMAGES: more, by their names in the registry CVISOR_REGISTRY.
guests:
	@$(fetch-guests) $(shell sed -n 's/^CONFIG_ARCH="\(.*\)"/\1/p; \
		/^CONFIG_BOARD_DTS="configs.qemu-/!s/^CONFIG_BOARD_DTS=.*/boards/p' \
		$(O)/.config 2>/dev/null)
	$(if $(GUEST_IMAGES),@scripts/guest-image fetch $(GUEST_IMAGES))

# Boot tests build their own Images under $(O)/boot; PYTEST="-k linux" picks.
# check-boot has each case where it can break, check-full all combinations.
# BOOT_JOBS files of tests run at a time, each with build folders of its own.
PYTEST ?=
BOOT_JOBS ?= $(shell nproc)
cmd_boot = mkdir -p $(O)/boot && $(TEST_PYTHON) -B -m pytest \
	-p no:cacheprovider --basetemp=$(abspath $(O)/boot) -q \
	-n $(BOOT_JOBS) --dist loadfile
check-boot:
	@$(fetch-guests)
	+@$(cmd_boot) -m "not full" $(PYTEST) tests/boot
check-full:
	@$(fetch-guests)
	+@$(cmd_boot) $(PYTEST) tests/boot

# The guest files' reader against Python's tomllib, toml2c as its users meet
# it. The mutated documents are the same ones every time.
TOML_MUTATIONS ?= 2000
toml2json := $(O)/host/toml2json
$(toml2json): $(patsubst %.c,$(O)/host/obj/%.o,tests/toml/toml2json.c \
		$(toml-srcs-all)) FORCE
	$(call make-if-changed,hostld)
check-toml: $(toml2json) $(toml2c)
	@$(fetch-guests) boards
	@$(TEST_PYTHON) -B tests/toml/diff.py $(toml2json) \
		--mutations $(TOML_MUTATIONS)
	@TOML2C=$(abspath $(toml2c)) $(TEST_PYTHON) -B -m pytest \
		-p no:cacheprovider -q tests/tool

# Makes copies of the project and builds those; no QEMU.
check-build: third_party/versions.mk
	+@mkdir -p $(O) && $(TEST_PYTHON) -B -m pytest -p no:cacheprovider \
		--basetemp=$(abspath $(O)/check-build) -q tests/build

check: check-unit check-toml check-fuzz check-build check-boot

bench:
	@$(fetch-guests)
	+@mkdir -p $(O) && $(TEST_PYTHON) -B tests/bench/bench.py \
		$(abspath $(O))

lint:
	+@O=$(abspath $(O))/lint CLANG=$(UNIT_CC) MAKE="$(MAKE)" scripts/lint

.PHONY: guests check-build check-boot check-full check-toml check bench lint
