#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""size_table.py MAP IMAGE [JSON]: where the Image's bytes go, by layer.

Reads the linker's map, GNU ld's or lld's. What the linker makes itself is a
line of its own. The relocation table is not in it, and the cold part counts as
it is once it is unpacked: the Image holds both packed (pack_image.py).
"""

import json
import os
import re
import sys

COLUMNS = ("text", "rodata", "data", "bss")


def column_of(section):
    """The column that an output section counts in; None: not loaded."""
    section = section.removeprefix(".cold")
    if section.startswith((".debug", ".comment", ".symtab", ".strtab",
                           ".shstrtab", ".note", ".rela", "/DISCARD/")):
        return None
    if section.startswith((".text", ".head")):
        return "text"
    if section.startswith((".bss", ".noinit", ".stack", ".boot_stack")):
        return "bss"
    if section.startswith((".data", ".got")) and ".rel.ro" not in section:
        return "data"
    return "rodata"


def layer_of(path):
    """arch/aarch64/virt/x.o -> arch; generated/vm_images.o -> guests."""
    if not path or "(" in path and "lib.a" in path:
        return "libraries" if path else "linker"
    if path.endswith("generated/vm_images.o"):
        return "guests"
    if "generated/vm_table" in path:
        return "guests"
    if "generated/symbols" in path:
        return "symbols"
    match = re.search(
        r"(?:^|/)(arch/\w+/virt|arch|lib|mm|core|drivers|fs|virt|shell)/", path)
    if not match:
        return "linker"
    return re.sub(r"/\w+(?=/virt)", "", match.group(1))


def gnu_map(lines):
    """Yield (output section, size, object) of GNU ld's map."""
    output, pending = None, None
    started = False
    for line in lines:
        line = line.rstrip("\n")
        if line.startswith("Linker script and memory map"):
            started = True
        if not started or not line:
            continue
        # A long section name stands alone; its numbers follow below.
        if pending is not None:
            line, pending = pending + " " + line.strip(), None
        elif re.fullmatch(r" ?[.\w/]\S*", line):
            if line[0] != " ":
                output = line
            pending = line
            continue
        match = re.match(
            r"( ?)(\*fill\*|[.\w/]\S*) +0x[0-9a-f]+ +0x([0-9a-f]+)(?: +(.*))?$",
            line)
        if not match:
            continue
        space, name, size, source = match.groups()
        if not space:
            output = name
            yield output, int(size, 16), None
        elif output:
            yield output, int(size, 16), source or ""


def lld_map(lines):
    output = None
    for line in lines:
        match = re.match(
            r" *[0-9a-f]+ +[0-9a-f]+ +([0-9a-f]+) +\d+ (.*)$", line)
        if not match:
            continue
        size, rest = int(match.group(1), 16), match.group(2)
        if not rest.startswith(" "):
            output = rest
            yield output, size, None
        elif rest.startswith(" " * 8) and not rest.startswith(" " * 9):
            source = re.match(r"(.*):\(.*\)$", rest.strip())
            if source:
                yield output, size, source.group(1)


def tally(entries):
    """Bytes by layer and column; what no object claims is the linker's, but
    for what is filled up because the guests' files begin with a page."""
    table, totals = {}, {}
    fill = 0
    for section, size, source in entries:
        column = column_of(section)
        if column is None:
            continue
        if source is None:
            totals[column] = totals.get(column, 0) + size
            continue
        layer = layer_of(source)
        if layer == "guests" and fill:
            table["linker"][column] -= fill
            size += fill
        fill = 0 if source else size
        row = table.setdefault(layer, dict.fromkeys(COLUMNS, 0))
        row[column] += size
    rest = table.setdefault("linker", dict.fromkeys(COLUMNS, 0))
    for column in COLUMNS:
        claimed = sum(row[column] for row in table.values())
        rest[column] += max(0, totals.get(column, 0) - claimed)
    return table


def main():
    with open(sys.argv[1], encoding="utf-8", errors="replace") as f:
        lines = f.readlines()
    is_lld = any("VMA" in line and "Symbol" in line for line in lines[:3])
    table = tally(lld_map(lines) if is_lld else gnu_map(lines))
    image = os.path.getsize(sys.argv[2])

    order = ["arch", "arch/virt", "lib", "mm", "core", "drivers", "fs", "virt",
             "shell", "libraries", "symbols", "linker", "guests"]
    print(f"{'layer':<12}" + "".join(f"{c:>10}" for c in COLUMNS))
    for layer in order:
        if layer in table and any(table[layer].values()):
            print(f"{layer:<12}" + "".join(
                f"{table[layer][c]:>10}" for c in COLUMNS))
    guests = sum(table.get("guests", {}).get(c, 0) for c in COLUMNS[:3])
    print(f"Image: {image} bytes, {image - guests} without guests")
    if len(sys.argv) > 3:
        with open(sys.argv[3], "w", encoding="utf-8") as f:
            json.dump({"layers": table, "image_bytes": image,
                       "image_bytes_without_guests": image - guests}, f,
                      indent=1, sort_keys=True)


if __name__ == "__main__":
    main()
