# SPDX-License-Identifier: Apache-2.0
"""Events of a dump -> rows with slices, instants and flows, in order of time.

Rows: every CPU (who runs), every VM (its state), every vCPU (in the guest, or
out of it and why). A slice's end may lie inside another slice's of its row
only when its beginning does, so that viewers can nest them.
"""

import dataclasses
import heapq

from . import dump as dumps

(TASK_READY, TASK_RUNNING, TASK_BLOCKED, TASK_DEAD,
 TASK_THROTTLED) = range(5)
OFF_CPU = {TASK_BLOCKED: "asleep", TASK_THROTTLED: "out of budget"}
OFF_CPU_ELSE = "waits for a CPU"
LIFE_STATES = 16  # events below are states of a VM


@dataclasses.dataclass
class Row:
    """One line of the viewer."""

    kind: str  # "cpu", "vm", "vcpu"
    key: tuple
    name: str
    stack: list = dataclasses.field(default_factory=list)


@dataclasses.dataclass
class Op:
    """begin, end or instant, as viewers take them."""

    what: str  # "B", "E", "I"
    ns: int
    row: Row
    name: str = ""
    args: dict = dataclasses.field(default_factory=dict)
    flow: int = 0      # begins here
    flow_end: int = 0  # ends here


@dataclasses.dataclass
class Timeline:
    """What is drawn."""

    rows: list
    ops: list
    begin_ns: int
    end_ns: int


class _Builder:
    def __init__(self, dump):
        self.dump = dump
        self.rows = {}
        self.ops = []
        self.names = {vm: name for vm, (_, _, name) in dump.vms.items()}
        self.running = {}  # cpu -> event of the switch
        self.paused = set()
        self.wakes = {}
        self.flows = 0
        self.find_names()
        self.make_rows()

    def events(self):
        """Of all CPUs, in order of time."""
        return heapq.merge(*(cpu.events for cpu in self.dump.cpus),
                           key=lambda event: event.ticks)

    def ns(self, event):
        return event.ticks * 1000000000 // self.dump.hz

    def find_names(self):
        """Of VMs that were deleted before the dump."""
        for event in self.events():
            if event.kind == "l":
                self.names.setdefault(event.vm, event.name)

    def make_rows(self):
        vcpus = {(vm, vcpu) for vm, (count, _, _) in self.dump.vms.items()
                 for vcpu in range(count)}
        vms = set(self.dump.vms)
        for event in self.events():
            if event.vm is not None:
                vms.add(event.vm)
            if event.vcpu is not None:
                vcpus.add((event.vm, event.vcpu))
        for cpu in self.dump.cpus:
            self.row("cpu", (cpu.number,), f"CPU {cpu.number}")
        for vm in sorted(vms):
            self.row("vm", (vm,), self.vm_name(vm))
            for _, vcpu in sorted(v for v in vcpus if v[0] == vm):
                self.row("vcpu", (vm, vcpu), f"vCPU {vcpu}")

    def row(self, kind, key, name=None):
        return self.rows.setdefault((kind, key), Row(kind, key, name))

    def vm_name(self, vm):
        return self.names.get(vm, f"VM {vm}")

    def task_name(self, event):
        if event.vcpu is not None:
            return f"{self.vm_name(event.vm)}/{event.vcpu}"
        if event.vm is not None:
            return f"{self.vm_name(event.vm)} (loader)"
        return event.name

    # slices

    def begin(self, row, ns, name, **args):
        self.ops.append(Op("B", ns, row, name, args))
        row.stack.append(name)
        return self.ops[-1]

    def end(self, row, ns, depth=0):
        """Close slices until @depth are left."""
        while len(row.stack) > depth:
            row.stack.pop()
            self.ops.append(Op("E", ns, row))

    def instant(self, row, ns, name, **args):
        self.ops.append(Op("I", ns, row, name, args))
        return self.ops[-1]

    def end_all(self, ns, kinds=("cpu", "vm", "vcpu")):
        for row in self.rows.values():
            if row.kind in kinds:
                self.end(row, ns)

    # events

    def mark(self, event):
        if event.arg == dumps.MARK_PAUSE:
            self.end_all(self.ns(event), ("cpu", "vcpu"))
            self.paused.add(event.cpu)
            self.running.pop(event.cpu, None)
        elif event.arg == dumps.MARK_RESUME:
            self.paused.discard(event.cpu)

    def left_cpu(self, event):
        """The vCPU that a switch took from its CPU, if it was one's task."""
        before = self.running.get(event.cpu)
        if before is None or before.vcpu is None:
            return
        row = self.row("vcpu", (before.vm, before.vcpu))
        if event.arg == TASK_DEAD:
            self.end(row, self.ns(event))
        else:
            self.begin(row, self.ns(event),
                       OFF_CPU.get(event.arg, OFF_CPU_ELSE))

    def switch(self, event):
        row = self.row("cpu", (event.cpu,))
        ns = self.ns(event)
        self.end(row, ns)
        self.left_cpu(event)
        self.running[event.cpu] = event
        if event.vcpu is not None:
            vcpu = self.row("vcpu", (event.vm, event.vcpu))
            if vcpu.stack and vcpu.stack[-1] in (*OFF_CPU.values(),
                                                 OFF_CPU_ELSE):
                self.end(vcpu, ns, len(vcpu.stack) - 1)
        if not event.name.startswith("idle/"):
            run = self.begin(row, ns, self.task_name(event))
            run.flow_end = self.wakes.pop(self.task_key(event), 0)

    @staticmethod
    def task_key(event):
        if event.vcpu is not None:
            return event.vm, event.vcpu
        return event.name

    def wake(self, event):
        self.flows += 1
        self.instant(self.row("cpu", (event.cpu,)), self.ns(event),
                     "wakes " + self.task_name(event)).flow = self.flows
        self.wakes[self.task_key(event)] = self.flows

    def runs_here(self, event):
        """The switch to this vCPU was overwritten, but it runs."""
        if event.cpu not in self.running:
            self.running[event.cpu] = event
            self.begin(self.row("cpu", (event.cpu,)), self.ns(event),
                       self.task_name(event))

    def exit(self, event):
        self.runs_here(event)
        row = self.row("vcpu", (event.vm, event.vcpu))
        reason = self.dump.exits.get(event.arg, "exit")
        self.end(row, self.ns(event))
        self.begin(row, self.ns(event), reason, pc=event.pc,
                   syndrome=event.syndrome, cpu=event.cpu)

    def entry(self, event):
        self.runs_here(event)
        row = self.row("vcpu", (event.vm, event.vcpu))
        self.end(row, self.ns(event))
        self.begin(row, self.ns(event), "guest", cpu=event.cpu)

    def inject(self, event):
        self.instant(self.row("vcpu", (event.vm, event.vcpu)), self.ns(event),
                     f"interrupt {event.virq}", cpu=event.cpu)

    def life(self, event):
        name = self.dump.life.get(event.arg, f"event {event.arg}")
        if event.vcpu is not None:
            row = self.row("vcpu", (event.vm, event.vcpu))
            if name == "vcpu-off":
                self.end(row, self.ns(event))
            self.instant(row, self.ns(event), name)
            return
        row = self.row("vm", (event.vm,))
        if event.arg < LIFE_STATES:
            self.end(row, self.ns(event))
            self.begin(row, self.ns(event), name)
            return
        if name == "deleted":
            self.end(row, self.ns(event))
        self.instant(row, self.ns(event), name)

    def known_states(self, ns):
        """Of VMs whose state did not change, as far as the rings tell."""
        changed = {event.vm for event in self.events()
                   if event.kind == "l" and event.vcpu is None}
        for vm, (_, state, _) in self.dump.vms.items():
            if vm not in changed:
                self.begin(self.row("vm", (vm,)), ns,
                           self.dump.life.get(state, f"state {state}"))

    def build(self):
        handlers = {"m": self.mark, "s": self.switch, "w": self.wake,
                    "x": self.exit, "n": self.entry, "i": self.inject,
                    "l": self.life}
        first = last = None
        for event in self.events():
            last = self.ns(event)
            if first is None:
                first = last
                self.known_states(first)
            if event.kind != "m" and event.cpu in self.paused:
                continue
            handlers[event.kind](event)
        self.end_all(last or 0)
        return Timeline(list(self.rows.values()), self.ops, first or 0,
                        last or 0)


def build(dump):
    """A Dump's Timeline."""
    return _Builder(dump).build()
