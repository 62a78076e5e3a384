#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""compile_commands.py BUILD: the .x.o.cmd files there, for editors' tools."""

import json
import os
import sys


def main():
    entries = []
    for folder, _, files in os.walk(sys.argv[1]):
        for name in files:
            if not name.endswith(".o.cmd"):
                continue
            with open(os.path.join(folder, name), encoding="utf-8") as f:
                command = f.read().strip()
            source = command.split()[-1]
            if " -c " in command and source.endswith((".c", ".S")):
                entries.append({"directory": os.getcwd(), "file": source,
                                "command": command})
    entries.sort(key=lambda e: (e["file"], e["command"]))
    json.dump(entries, sys.stdout, indent=1)
    print()


if __name__ == "__main__":
    main()
