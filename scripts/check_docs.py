#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Every function that include/ declares has its kernel-doc comment there.

A declaration that follows another without a blank line shares its comment.
A parameter that the comment names must be one of the function's; whatever
must be checked says what it returns. Inline helpers speak for themselves.
"""

import glob
import re
import sys

COMMENT = re.compile(r"/\*.*?\*/", re.S)
FUNCTION = re.compile(
    r"^(?!typedef|struct \w+ \{|enum|union|return|else)"
    r"(?P<head>[A-Za-z_][\w\s*]*?)\b(?P<name>[a-z_]\w*)\("
    r"(?P<params>[^;{}]*?)\)\s*(?P<tail>(?:__\w+(?:\([^;{]*?\))?\s*)*)(?P<end>[;{])",
    re.M | re.S)

RETURNS = re.compile(r"Return|-E[A-Z]+|NULL|\b0;|\btrue\b")


def split_params(text):
    """Names of the parameters; nested parentheses are function pointers."""
    names, depth, part = [], 0, ""
    for char in text + ",":
        if char == "," and depth == 0:
            pointer = re.search(r"\(\s*\*\s*(\w+)\s*\)", part)
            plain = re.search(r"(\w+)\s*(?:\[[^]]*\])?\s*$", part)
            if pointer:
                names.append(pointer.group(1))
            elif plain and plain.group(1) != "void":
                names.append(plain.group(1))
            part = ""
            continue
        depth += {"(": 1, ")": -1}.get(char, 0)
        part += char
    return names


def blank_bodies(text):
    """Same length, with everything inside braces blanked."""
    out, depth = [], 0
    for char in text:
        if char == "{":
            depth += 1
            out.append(char if depth == 1 else " ")
        elif char == "}":
            depth -= 1
            out.append(char if depth == 0 else " ")
        else:
            out.append(char if depth == 0 or char == "\n" else " ")
    return "".join(out)


def blank_preprocessor(text):
    return re.sub(r"^[ \t]*#(?:[^\n]*\\\n)*[^\n]*",
                  lambda m: re.sub(r"[^\n]", " ", m.group()), text, flags=re.M)


def check_doc(where, function, doc, complain):
    name = function["name"]
    title = doc.strip("/* \t\n").split("\n")[0]
    listed = re.findall(r"^\s*\*\s*@(\w+):", doc, re.M)
    params = split_params(function["params"])
    if not re.search(rf"\b{name}\b\(?\)?", title):
        complain(f"{where}: the comment above {name}() begins with another "
                 f"name: {title!r}")
        return
    for item in listed:
        if item not in params:
            complain(f"{where}: {name}() has no parameter {item}")
    must_check = "__must_check" in function["head"] + function["tail"]
    if must_check and not RETURNS.search(doc):
        complain(f"{where}: {name}() says nothing of what it returns")


def check_file(path, complain):
    with open(path, encoding="utf-8") as f:
        text = f.read()
    comments = [(m.start(), m.end(), m.group())
                for m in COMMENT.finditer(text)]
    bare = COMMENT.sub(lambda m: re.sub(r"[^\n]", " ", m.group()), text)
    bare = blank_bodies(blank_preprocessor(bare))
    covered_end = None
    for match in FUNCTION.finditer(bare):
        if match["head"].startswith("static"):
            continue
        start = match.start("head")
        where = f"{path}:{text.count(chr(10), 0, start) + 1}"
        before = [c for c in comments
                  if c[1] <= start and not text[c[1]:start].strip()]
        if before:
            doc = before[-1][2]
            if doc.startswith("/**"):
                check_doc(where, match.groupdict(), doc, complain)
                covered_end = match.end()
                continue
        gap = text[covered_end:start] if covered_end is not None else "\n\n"
        # Trailing comments of the line before do not part the two.
        if "\n\n" not in COMMENT.sub("", gap):
            covered_end = match.end()
            continue
        complain(f"{where}: {match['name']}() has no kernel-doc comment")


def main():
    errors = []
    for path in sorted(glob.glob("include/**/*.h", recursive=True)):
        check_file(path, errors.append)
    for error in errors:
        print(error)
    return 1 if errors else 0


if __name__ == "__main__":
    sys.exit(main())
