# SPDX-License-Identifier: Apache-2.0
# Everything that is checked, and the benchmark.

TEST_PYTHON = $(eval TEST_PYTHON := $$(or \
	$$(call find-python,pytest$(comma) pexpect),$$(error \
	No python3 can import pytest and pexpect: sudo apt-get install \
	python3-pytest python3-pexpect, or run scripts/install-deps)))$(TEST_PYTHON)
comma := ,

guests:
	@scripts/guests

# Boot tests build their own Images under $(O)/boot; PYTEST="-k linux" picks.
PYTEST ?=
check-boot: guests
	+@mkdir -p $(O)/boot && $(TEST_PYTHON) -B -m pytest -p no:cacheprovider \
		--basetemp=$(abspath $(O)/boot) -q $(PYTEST) tests/boot

check: check-unit check-fuzz check-boot

bench: guests
	+@mkdir -p $(O) && $(TEST_PYTHON) -B tests/bench/bench.py \
		$(abspath $(O))

lint:
	+@O=$(abspath $(O))/lint CLANG=$(UNIT_CC) MAKE="$(MAKE)" scripts/lint

.PHONY: guests check-boot check bench lint
