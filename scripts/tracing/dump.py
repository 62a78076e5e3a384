# SPDX-License-Identifier: Apache-2.0
"""Finds and reads the output of `trace dump` in a console log.

Documentation/tracing.md describes the format. Whatever is wrong becomes a
DumpError that names the file, the line and the matter.
"""

import dataclasses
import re
import urllib.parse

VERSION = 1
MARK_START, MARK_PAUSE, MARK_RESUME = range(3)
REASON_OPEN = 255

ESCAPES = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")


class DumpError(Exception):
    """The log, or the dump in it, cannot be read."""


@dataclasses.dataclass
class Event:
    """One record; the fields that its kind does not have are None."""

    cpu: int
    ticks: int
    kind: str  # one letter, as in the dump
    vm: int = None
    vcpu: int = None
    arg: int = None
    pc: int = None
    syndrome: int = None
    virq: int = None
    name: str = None


@dataclasses.dataclass
class Cpu:
    """A CPU's ring."""

    number: int
    count: int
    lost: int
    events: list


@dataclasses.dataclass
class Dump:
    """All that one dump says."""

    hz: int
    cpu_count: int
    exits: dict
    life: dict
    vms: dict  # id -> (vCPUs, state at the dump, name)
    cpus: list


def _sum(lines):
    value = 2166136261
    for byte in "".join(line + "\n" for line in lines).encode():
        value = (value ^ byte) * 16777619 & 0xffffffff
    return value


def _name(word):
    return urllib.parse.unquote(word, errors="replace")


class _Reader:
    """The lines of one dump, from "@trace" to "@end"."""

    def __init__(self, path, lines):
        self.path = path
        self.lines = lines  # (number in the log, text)
        self.number = lines[0][0]
        self.dump = None
        self.since = 0

    def fail(self, what):
        raise DumpError(f"{self.path}:{self.number}: {what}")

    def words(self, text, count):
        words = text.split(" ")
        if len(words) != count + 1:
            self.fail(f"{text!r}: {count} words belong behind {words[0]}, "
                      f"not {len(words) - 1}")
        return words[1:]

    def integer(self, text, base=10):
        if not re.fullmatch("[0-9]+" if base == 10 else "[0-9a-f]+", text):
            self.fail(f"{text!r} is no number")
        return int(text, base)

    def header(self, text):
        words = text.split(" ")
        if len(words) < 2 or words[1] != str(VERSION):
            self.fail(f"{text!r}: a dump of another version than {VERSION}; "
                      "take the script of the same release as the Image")
        _, hz, cpus = self.words(text, 3)
        self.dump = Dump(self.integer(hz), self.integer(cpus), {}, {}, {}, [])
        if not self.dump.hz:
            self.fail("a counter of 0 Hz")

    def cpu(self, text):
        number, count, lost, first = self.words(text, 4)
        self.cpu_done()
        number = self.integer(number)
        if number != len(self.dump.cpus):
            self.fail(f"CPU {number} follows CPU {len(self.dump.cpus) - 1}: "
                      "lines are missing")
        self.since = self.integer(first, 16)
        self.dump.cpus.append(
            Cpu(number, self.integer(count), self.integer(lost), []))

    def cpu_done(self):
        for cpu in self.dump.cpus[-1:]:
            if len(cpu.events) != cpu.count:
                self.fail(f"CPU {cpu.number} has {len(cpu.events)} events of "
                          f"{cpu.count}: lines are missing or too many")

    def whom(self, event, word):
        if word == "-":
            return
        vm, dot, vcpu = word.partition(".")
        event.vm = self.integer(vm)
        if dot:
            event.vcpu = self.integer(vcpu)

    def event(self, text):
        kind = text[1:2]
        count = {"m": 3, "s": 4, "w": 4, "x": 5, "n": 2, "i": 3, "l": 4}
        if kind not in count or text[2:3] != " ":
            self.fail(f"{text!r}: no kind of line that this script knows")
        if not self.dump.cpus:
            self.fail("an event before the first @cpu: lines are missing")
        words = self.words(text, count[kind])
        self.since += self.integer(words[0], 16)
        event = Event(self.dump.cpus[-1].number, self.since, kind)
        self.whom(event, words[1])
        if kind in "mswxl":
            event.arg = self.integer(words[2])
        if kind in "swl":
            event.name = _name(words[3])
        if kind == "x":
            event.pc = self.integer(words[3], 16)
            event.syndrome = self.integer(words[4], 16)
        if kind == "i":
            event.virq = self.integer(words[2])
        if kind in "xni" and event.vcpu is None:
            self.fail(f"{text!r}: of no vCPU")
        if kind == "l" and event.vm is None:
            self.fail(f"{text!r}: of no VM")
        self.dump.cpus[-1].events.append(event)

    def line(self, text):
        what = text.split(" ", 1)[0]
        if what in ("@exit", "@life"):
            number, name = self.words(text, 2)
            table = self.dump.exits if what == "@exit" else self.dump.life
            table[self.integer(number)] = _name(name)
        elif what == "@vm":
            number, vcpus, state, name = self.words(text, 4)
            self.dump.vms[self.integer(number)] = (
                self.integer(vcpus), self.integer(state), _name(name))
        elif what == "@cpu":
            self.cpu(text)
        else:
            self.event(text)

    def end(self, body, text):
        count, total = self.words(text, 2)
        if self.integer(count) != len(body):
            self.fail(f"{len(body)} lines of {count} are here: other output "
                      "broke into them, or the log is not whole")
        self.cpu_done()
        if len(self.dump.cpus) != self.dump.cpu_count:
            self.fail(f"{len(self.dump.cpus)} CPUs of {self.dump.cpu_count} "
                      "are here")
        if self.integer(total, 16) != _sum(body):
            self.fail("the checksum does not fit: a line is damaged")

    def read(self):
        body = [text for _, text in self.lines[:-1]]
        for self.number, text in self.lines:
            if self.dump is None:
                self.header(text)
            elif text.startswith("@end "):
                self.end(body, text)
            else:
                self.line(text)
        return self.dump


def _split(text, path):
    """The dumps of a log, each a list of numbered lines."""
    dumps, open_dump = [], None
    for number, line in enumerate(text.split("\n"), 1):
        line = ESCAPES.sub("", line).strip("\r ")
        if not line.startswith("@"):
            continue
        if line.startswith("@trace "):
            if open_dump:
                dumps.append(open_dump)
            open_dump = []
        if open_dump is None:
            continue
        open_dump.append((number, line))
        if line.startswith("@end "):
            dumps.append(open_dump)
            open_dump = None
    if open_dump:
        dumps.append(open_dump)
    if not dumps:
        raise DumpError(f"{path}: holds no dump; `trace dump` in the shell "
                        "prints one, which begins with @trace")
    return dumps


def read(data, path, which=-1):
    """The @which-th dump of a log, from 1; -1: the last."""
    dumps = _split(data.decode("utf-8", "replace"), path)
    if which == 0 or which > len(dumps) or which < -1:
        raise DumpError(f"{path}: has dumps 1..{len(dumps)}, not {which}")
    lines = dumps[which - 1 if which > 0 else which]
    if not lines[-1][1].startswith("@end "):
        raise DumpError(f"{path}:{lines[0][0]}: the dump that begins here has "
                        "no @end: the log is cut off")
    return _Reader(path, lines).read()
