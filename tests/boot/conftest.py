# SPDX-License-Identifier: Apache-2.0
"""Fixtures of the boot tests."""

import fcntl
import os
import sys

import pytest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

import machine  # noqa: E402


def pytest_configure(config):
    config.addinivalue_line("markers", "full: by make check-full only")
    config.addinivalue_line(
        "markers", "alone: it measures time: no other test runs meanwhile")
    config.addinivalue_line(
        "markers", "needs_linux(arch): skipped without a guest kernel")


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_protocol(item):
    """Tests share the machine, but one that measures time has it alone. Whoever
    waits for it keeps those who come later out of the door."""
    alone = item.get_closest_marker("alone")
    with open(__file__, "rb") as door, open(machine.__file__, "rb") as room:
        fcntl.flock(door, fcntl.LOCK_EX)
        fcntl.flock(room, fcntl.LOCK_EX if alone else fcntl.LOCK_SH)
        fcntl.flock(door, fcntl.LOCK_UN)
        yield


def pytest_runtest_setup(item):
    """Linux of the test's own architecture."""
    marker = item.get_closest_marker("needs_linux")
    if not marker:
        return
    params = item.callspec.params if hasattr(item, "callspec") else {}
    name = (*marker.args, params.get("arch", "aarch64"))[0]
    if not os.path.exists(os.path.join(
            machine.ROOT, f"images/linux-{name}.Image")):
        pytest.skip(f"no guest kernel for {name}: run `make guests`")


@pytest.fixture(scope="session")
def archs(tmp_path_factory):
    """One build folder for each architecture and the whole run."""
    return {name: machine.Arch(board, tmp_path_factory.mktemp(name))
            for name, board in machine.BOARDS.items()}


@pytest.fixture(scope="session", params=list(machine.BOARDS))
def arch(request, archs):
    """Each architecture in turn."""
    return archs[request.param]


@pytest.fixture(scope="session")
def builder(archs):
    """Images of aarch64: they differ in their guests."""
    return archs["aarch64"].builder


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
