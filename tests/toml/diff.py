#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Hold the TOML reader against Python's tomllib.

Usage: diff.py TOML2JSON [--mutations N] [--seed S]

Every file of good/ must be read by both with the same result, every file of
bad/ refused by both. Then N mutated documents, made from the corpus and from
a grammar, must be judged and read alike. Fixed seed: the same run every time.
"""

import argparse
import datetime
import json
import math
import pathlib
import random
import re
import subprocess
import sys
import tomllib

HERE = pathlib.Path(__file__).resolve().parent
INT_RANGE = range(-(2**63), 2**63)


class OutOfRange(Exception):
    """tomllib read an integer that TOML does not promise."""


def tag(value):
    """What toml2json prints, from tomllib's objects."""
    if isinstance(value, dict):
        return {key: tag(v) for key, v in value.items()}
    if isinstance(value, list):
        return [tag(v) for v in value]
    if isinstance(value, bool):
        return {"t": "boolean", "v": "true" if value else "false"}
    if isinstance(value, int):
        if value not in INT_RANGE:
            raise OutOfRange
        return {"t": "integer", "v": str(value)}
    if isinstance(value, float):
        return {"t": "float", "v": value}
    if isinstance(value, str):
        return {"t": "string", "v": value}
    if isinstance(value, datetime.datetime):
        text = value.replace(tzinfo=None).isoformat(timespec="microseconds")
        if value.tzinfo:
            minutes = value.utcoffset() // datetime.timedelta(minutes=1)
            sign = "-" if minutes < 0 else "+"
            text += f"{sign}{abs(minutes) // 60:02}:{abs(minutes) % 60:02}"
        return {"t": "date-time", "v": text}
    if isinstance(value, datetime.date):
        return {"t": "date", "v": value.isoformat()}
    return {"t": "time", "v": value.isoformat(timespec="microseconds")}


def same(ours, theirs):
    """Equality that reads our floats, which are text, as Python does."""
    if isinstance(theirs, list):
        return (
            isinstance(ours, list)
            and len(ours) == len(theirs)
            and all(map(same, ours, theirs))
        )
    if isinstance(theirs, dict) and isinstance(theirs.get("v"), float):
        if not isinstance(ours, dict) or ours.get("t") != "float":
            return False
        a, b = float(ours["v"]), theirs["v"]
        return a == b or (math.isnan(a) and math.isnan(b))
    if isinstance(theirs, dict):
        return (
            isinstance(ours, dict)
            and list(ours) == list(theirs)
            and all(same(ours[k], theirs[k]) for k in theirs)
        )
    return ours == theirs


def reference(data):
    """(verdict, tree): verdict is True, False or None for 'cannot say'."""
    try:
        return True, tag(tomllib.loads(data.decode()))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError):
        return False, None
    except OutOfRange:
        return False, None
    except (RecursionError, ValueError):
        # tomllib lets a date such as 2026-02-30 escape as a ValueError
        return False, None


def ask(tool, documents):
    """The tool's line for each document."""
    stream = b"".join(b"%d\n%b" % (len(d), d) for d in documents)
    run = subprocess.run([tool], input=stream, capture_output=True, check=False)
    if run.returncode:
        sys.stderr.buffer.write(run.stderr)
        sys.exit(f"diff.py: {tool} ended with {run.returncode}")
    lines = run.stdout.decode().split("\n")[:-1]
    if len(lines) != len(documents):
        sys.exit(f"diff.py: {len(documents)} asked, {len(lines)} answered")
    return lines


def compare(document, line):
    """None when both agree, else what differs."""
    if line.startswith("?"):
        return None  # a limit of ours; tested elsewhere
    good, tree = reference(document)
    if line.startswith("!"):
        return f"refused ({line}), tomllib reads it" if good else None
    if not good:
        return "accepted, tomllib refuses it"
    return None if same(json.loads(line), tree) else f"read as {line}"


FRAGMENTS = [
    b"a", b"b", b"a.b", b"a.b.c", b'"a"', b"'a b'", b'"\\u0061"', b"=", b" = ",
    b"[", b"]", b"[[", b"]]", b"[a]", b"[[a]]", b"[a.b]", b"[[a.b]]", b"[a.b.c]",
    b"{", b"}", b"{}", b"[]", b"{a=1}", b"{a.b=1, a.c=2}", b"[1,2,]", b",", b".",
    b"#", b"# c\n", b"\n", b"\r\n", b"\r", b" ", b"\t", b'"', b"'", b'"""', b"'''",
    b"\\", b"\\n", b"\\u00e9", b"\\ud800", b"\\U0001F600", b"\\\n  ", b"1", b"0",
    b"-1", b"+0", b"0x_1", b"0xff", b"0o17", b"0b1_0", b"1_000", b"1__0", b"01",
    b"9223372036854775807", b"9223372036854775808", b"-9223372036854775808",
    b"1.5", b"1.", b".5", b"1e5", b"1e-5", b"1_0.0_1E+1_0", b"inf", b"-inf", b"nan",
    b"+nan", b"true", b"false", b"True", b"1979-05-27", b"2024-02-29", b"2023-02-29",
    b"07:32:00", b"07:32:00.999999999", b"1979-05-27T07:32:00Z", b"24:00:00",
    b"1979-05-27 07:32:00.5-07:00", b"1979-05-27t07:32:00z", b"1979-05-27T07:32",
    b"\xc3\xa9", b"\xff", b"\xed\xa0\x80", b"\x00", b"\x7f", b"\xf0\x9f\x98\x80",
]  # fmt: skip

KEYS = [b"a", b"b", b"c", b'"a"', b"'b'", b"a.b", b"a . c", b"b.a.c", b"1.2"]


def random_value(rng, depth=0):
    kind = rng.randrange(9 if depth < 4 else 6)
    if kind < 4:
        return rng.choice(FRAGMENTS[40:])
    if kind == 4:
        return b'"' + rng.choice(FRAGMENTS) + b'"'
    if kind == 5:
        quote = rng.choice([b'"""', b"'''"])
        body = b"".join(rng.choices(FRAGMENTS, k=rng.randrange(6)))
        return quote + body + quote
    parts = [random_value(rng, depth + 1) for _ in range(rng.randrange(4))]
    if kind < 8:
        space = rng.choice([b"", b" ", b"\n", b" # c\n"])
        return b"[" + (b"," + space).join(parts) + rng.choice([b"", b","]) + b"]"
    pairs = [rng.choice(KEYS) + b"=" + p for p in parts]
    return b"{" + b", ".join(pairs) + b"}"


def random_document(rng):
    lines = []
    for _ in range(rng.randrange(1, 10)):
        kind = rng.randrange(8)
        key = rng.choice(KEYS)
        if kind == 0:
            lines.append(b"[" + key + b"]")
        elif kind == 1:
            lines.append(b"[[" + key + b"]]")
        else:
            lines.append(key + b" = " + random_value(rng))
    return rng.choice([b"\n", b"\n", b"\r\n"]).join(lines)


def mutate(rng, data):
    data = bytearray(data)
    for _ in range(rng.randrange(1, 4)):
        at = rng.randrange(len(data) + 1)
        kind = rng.randrange(5)
        if kind == 0:
            data[at:at] = rng.choice(FRAGMENTS)
        elif kind == 1:
            del data[at : at + rng.randrange(1, 6)]
        elif kind == 2 and at < len(data):
            data[at] = rng.randrange(256)
        elif kind == 3:
            data[at : at + rng.randrange(8)] = rng.choice(FRAGMENTS)
        else:
            end = min(len(data), at + rng.randrange(1, 40))
            to = rng.randrange(len(data) + 1)
            data[to:to] = data[at:end]
    return bytes(data)


def short_piece(rng, data):
    """A few neighbouring lines: a mutation in them decides the verdict."""
    lines = data.splitlines(keepends=True)
    at = rng.randrange(max(1, len(lines)))
    return b"".join(lines[at : at + rng.randrange(1, 8)])


def check_all(tool, documents, labels):
    failed = 0
    for document, line, label in zip(documents, ask(tool, documents), labels):
        what = compare(document, line)
        if what:
            failed += 1
            if failed <= 10:
                print(f"{label}: {what}\n  {document!r}")
    return failed


def check_corpus(tool):
    failed = 0
    for want, folder in ((True, "good"), (False, "bad")):
        files = sorted((HERE / folder).glob("*.toml"))
        if not files:
            sys.exit(f"diff.py: no files in {HERE / folder}")
        documents = [f.read_bytes() for f in files]
        for file, document, line in zip(files, documents, ask(tool, documents)):
            if (line[0] not in "!?") != want:
                failed += 1
                print(f"{file}: {'refused' if want else 'accepted'}: {line}")
            elif not want and not re.match(r"[!?]\d+:\d+: ", line):
                failed += 1
                print(f"{file}: no place named: {line}")
        failed += check_all(tool, documents, files)
        print(f"{folder}: {len(files)} files")
    return failed


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("tool")
    parser.add_argument("--mutations", type=int, default=20000)
    parser.add_argument("--seed", type=int, default=1)
    args = parser.parse_args()
    rng = random.Random(args.seed)
    failed = check_corpus(args.tool)
    corpus = [f.read_bytes() for f in sorted(HERE.glob("*/*.toml"))]
    documents = []
    while len(documents) < args.mutations:
        kind = rng.randrange(3)
        if kind == 0:
            documents.append(random_document(rng))
        elif kind == 1:
            documents.append(mutate(rng, random_document(rng)))
        else:
            documents.append(mutate(rng, short_piece(rng, rng.choice(corpus))))
    failed += check_all(args.tool, documents, range(len(documents)))
    read = sum(reference(d)[0] for d in documents[:2000])
    print(f"mutated: {len(documents)} ({read} of the first 2000 valid)")
    if failed:
        sys.exit(f"diff.py: {failed} differences")


if __name__ == "__main__":
    main()
