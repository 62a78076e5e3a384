# SPDX-License-Identifier: Apache-2.0
"""Fixtures of the boot tests."""

import os
import sys

import pytest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

import machine  # noqa: E402


@pytest.fixture(scope="session")
def builder(tmp_path_factory):
    """One build folder for the whole run: Images differ in their guests."""
    return machine.Builder(tmp_path_factory.mktemp("images"))


@pytest.fixture
def boot(tmp_path):
    """boot(board, *QEMU arguments) gives a Console; its log is kept."""
    consoles = []

    def start(board, *arguments):
        log = open(tmp_path / f"console{len(consoles)}.log", "w",
                   encoding="utf-8")
        consoles.append(machine.Console(board, *arguments, log=log))
        return consoles[-1]

    yield start
    for console in consoles:
        console.qemu.close(force=True)
