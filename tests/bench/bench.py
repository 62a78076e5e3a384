#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""make bench: what cvisor costs, in instructions, beside its peers.

Runs the bare-metal benchmark guests and a Linux boot under QEMU -icount, which
counts the instructions of guest and hypervisor together, and writes bench.json
into the build folder. Documentation/performance.md says what each figure means.

usage: bench.py BUILD_DIR [--quick] [ARCH...]   (--quick: no boots of Linux)
"""

import argparse
import json
import os
import sys
import tempfile

import aarch64
import riscv64
from common import make

ARCHITECTURES = {"aarch64": aarch64, "riscv64": riscv64}


def print_table(headings, peers, values, ranges):
    rows = [("operation", "cvisor", "min", "max", "target", *headings)]
    for name, (*others, target) in peers.items():
        if name not in values:
            continue
        low, high = ranges.get(name, ("", ""))
        rows.append((name, str(values[name]), str(low), str(high),
                     f"<= {target}", *others))
    for name, value in values.items():
        if name not in peers:
            low, high = ranges.get(name, ("", ""))
            rows.append((name, str(value), str(low), str(high), "",
                         *("" for _ in headings)))
    widths = [max(len(row[i]) for row in rows) for i in range(len(rows[0]))]
    for row in rows:
        print("  ".join(cell.ljust(width) if i == 0 else cell.rjust(width)
                        for i, (cell, width) in enumerate(zip(row, widths))))


def measure(measures, work, build, quick):
    """Prints each figure when it is there. Return: medians, ranges."""
    values, ranges = {}, {}
    for figures in measures.measure(work, build, quick):
        for name, value in figures.items():
            if isinstance(value, tuple):
                value, *ranges[name] = value
            values[name] = value
            print(f"{name} {value}", flush=True)
    return values, ranges


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("build", help="build folder")
    parser.add_argument("arch", nargs="*", help="aarch64, riscv64; all")
    parser.add_argument("--quick", action="store_true",
                        help="leave the Linux boots out")
    options = parser.parse_intermixed_args()
    build = os.path.abspath(options.build)
    results = {}
    for arch in options.arch or ARCHITECTURES:
        if arch not in ARCHITECTURES:
            sys.exit(f"bench: {arch}: there are {' '.join(ARCHITECTURES)}")
        measures = ARCHITECTURES[arch]
        with tempfile.TemporaryDirectory() as work:
            # a build folder of our own: the user's keeps the VMs it was made with
            own = os.path.join(build, "bench", arch)
            os.makedirs(own, exist_ok=True)
            make(own, f"qemu-{arch}_defconfig")
            print(f"== {arch}, as it comes", flush=True)
            values, ranges = measure(measures, work, own, options.quick)
        # nothing of measuring itself; there is one entry
        values.pop("empty")
        ranges.pop("entry_to_guest")
        print(f"== {arch}")
        print_table(measures.HEADINGS, measures.PEERS, values, ranges)
        results[arch] = values
    path = os.path.join(build, "bench.json")
    with open(path, "w", encoding="utf-8") as file:
        json.dump(results, file, indent=2)
        file.write("\n")
    print(f"written to {path}")


if __name__ == "__main__":
    main()
