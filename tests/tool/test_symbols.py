# SPDX-License-Identifier: Apache-2.0
"""scripts/symbols.py writes what lib/symbols.c reads."""

import os
import random
import subprocess
import sys

import pytest

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))

MAIN = r"""
#include <lib/image.h>
#include <lib/symbols.h>
#include <stdio.h>

const struct image image = {.text = (char *)0x40000000,
			    .cold_text = (char *)0x47ffb000};

int main(void)
{
	unsigned long long pc;
	uint64_t none;

	/* not before it is there */
	if (symbol_lookup(0x47ffb000, &none))
		return 1;
	symbols_add_cold();
	while (scanf("%llx", &pc) == 1) {
		uint64_t offset = 0;
		const char *name = symbol_lookup(pc, &offset);

		printf("%s %llu\n", name ? name : "-",
		       (unsigned long long)offset);
	}
	return 0;
}
"""


def write(nm_lines):
    return subprocess.run(
        [sys.executable, os.path.join(ROOT, "scripts/symbols.py")],
        input=nm_lines, capture_output=True, text=True, check=False)


def names(rng):
    yield "a" * 200  # nests deeply, and is cut
    yield from ("main", "vm_start", "vm_start.isra.0", "x", "_", "vm_")
    for _ in range(600):
        yield rng.choice(["vgic_", "core_", "a", "B"]) + "_".join(
            rng.choice(["lr", "set", "word", "x1", "aaaa"])
            for _ in range(rng.randint(1, 5)))


@pytest.mark.parametrize("step", [4, 2])
def test_names_come_back(tmp_path, step):
    """Those of the cold part, too, which lies anywhere behind."""
    rng = random.Random(1)
    at, symbols = 0x5000, []
    for name in names(rng):
        if len(symbols) == 500:
            at = cold = 0x8000000
        symbols.append((at, name))
        at += step * rng.choice([1, 2, 127, 128, 129, 255, 256, 0x7fff])
    table = ["0000000000000000 T _start", "0000000000005000 T __text_start"]
    table += [f"{a:016x} {rng.choice('tTwW')} {n}" for a, n in symbols]
    table += ["0000000000005004 t $x", f"{cold:016x} D __cold_text",
              f"{at:016x} D data"]
    made = write("\n".join(table) + "\n")
    assert made.returncode == 0, made.stderr
    (tmp_path / "table.S").write_text(made.stdout.replace("%progbits", "@progbits"))
    (tmp_path / "main.c").write_text(MAIN)
    subprocess.run(
        ["cc", "-Wall", "-g", "-fsanitize=address,undefined", f"-I{ROOT}/include",
         tmp_path / "main.c", tmp_path / "table.S", f"{ROOT}/lib/symbols.c",
         "-o", tmp_path / "lookup"], check=True)
    asked, answers = [], []
    for i, (a, n) in enumerate(symbols):
        end = symbols[i + 1][0] if i + 1 < len(symbols) else at
        for pc in {a, a + (end - a) // 2, end - 1}:
            asked.append(f"{pc - 0x5000 + 0x40000000:x}")
            answers.append(f"{n[:63]} {pc - a}")
    asked.append("3fffffff")
    answers.append("- 0")
    told = subprocess.run([tmp_path / "lookup"], input="\n".join(asked),
                          capture_output=True, text=True, check=True)
    assert told.stdout.splitlines() == answers


def test_too_far_apart():
    made = write("0000000000000000 T __text_start\n0000000000000000 T a\n"
                 "0000000000100000 T b\n")
    assert made.returncode and "too far apart" in made.stderr
