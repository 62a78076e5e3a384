#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Each #include names its layer; a layer sees only those below it.

    shell -> virt -> fs -> drivers -> core -> mm -> lib and the arch contract
"""

import os
import re
import subprocess
import sys

ORDER = ["shell", "virt", "fs", "drivers", "core", "mm", "lib"]
# Below everything: the contract, what the build generates.
ALWAYS = {"arch", "asm", "generated", "lib"}
# arch/<a>/ calls up only through include/arch/.
ARCH = {"lib", "arch", "asm", "generated"}
ARCH_VIRT = ARCH | {"virt", "core", "mm"}

# The C library, libfdt, FatFs, zlib, lz4: sources only, but for the compiler's own headers.
ANYWHERE = {"stdbool.h", "stddef.h", "stdint.h", "stdarg.h", "limits.h"}
LIBRARY = {"string.h", "errno.h", "stdio.h", "stdlib.h", "libfdt.h",
           "ctype.h", "inttypes.h", "ff.c", "ffunicode.c", "diskio.h",
           "zlib.h", "lz4.c"}
# zstd's sources, in the one file that includes them.
ZSTD = re.compile(r"(common|decompress)/\w+\.c$")
# In fs/'s own headers, too.
FATFS = {"ff.h"}

INCLUDE = re.compile(r'^\s*#\s*include\s+([<"])([^>"]+)[>"]')
ARCH_QUESTION = re.compile(
    r"^\s*#\s*(?:el)?if.*\b(?:__aarch64__|__x86_64__|__riscv|CONFIG_ARCH_\w+)"
    r"|IS_ENABLED\(CONFIG_ARCH_")


def owner(path):
    """(kind, layer) of a source: its folder decides."""
    parts = path.split("/")
    if parts[0] == "include":
        return parts[1]
    if parts[0] == "arch":
        return "arch/virt" if parts[2] == "virt" else "arch"
    return parts[0]


def allowed(layer):
    if layer == "arch":
        return ARCH
    if layer == "arch/virt":
        return ARCH_VIRT
    return ALWAYS | set(ORDER[ORDER.index(layer):])


def check_file(path, complain):
    layer = owner(path)
    seen = allowed(layer)
    with open(path, encoding="utf-8") as source:
        for number, line in enumerate(source, 1):
            where = f"{path}:{number}"
            if layer not in ("arch", "arch/virt") and \
                    ARCH_QUESTION.search(line):
                complain(f"{where}: only arch/ asks which architecture it "
                         "is built for")
            match = INCLUDE.match(line)
            if match:
                check_include(path, layer, seen, where, *match.groups(),
                              complain)


def check_include(path, layer, seen, where, bracket, name, complain):
    if bracket == '"':
        if "/" in name:
            complain(f'{where}: "{name}" lies elsewhere: private headers '
                     "stand beside their source")
        return
    if "/" not in name:
        header = path.endswith(".h") and path.startswith("include/")
        if name in ANYWHERE or (name in LIBRARY and not header) or \
                (name in FATFS and layer == "fs" and not header):
            return
        complain(f"{where}: <{name}> "
                 + ("belongs into sources, not into a public header"
                    if name in LIBRARY else "is no header of ours or of the "
                    "C library's small set"))
        return
    if path == "virt/unpack_zstd.c" and ZSTD.match(name):
        return
    target = name.split("/")[0]
    if target not in seen:
        complain(f"{where}: {layer} may not see <{name}>")


def main():
    files = subprocess.run(
        ["git", "ls-files", "-co", "--exclude-standard", "--", "*.c", "*.h",
         "*.S"], stdout=subprocess.PIPE, text=True, check=True).stdout.split()
    tops = set(ORDER) | {"include", "arch"}
    errors = []
    for path in sorted(files):
        if path.split("/")[0] in tops and os.path.exists(path):
            check_file(path, errors.append)
    for error in errors:
        print(error)
    return 1 if errors else 0


if __name__ == "__main__":
    sys.exit(main())
