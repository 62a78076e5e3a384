# SPDX-License-Identifier: Apache-2.0
"""A Timeline as a picture. What is narrower than a pixel is drawn together."""

from xml.sax.saxutils import escape

WIDTH = 1000
LEFT = 130  # names of rows
RIGHT = 24
TOP = 34
HEIGHT = {"cpu": 22, "vm": 20, "vcpu": 22}
GAP = 5
STEP = 0.5  # pixels: the finest that is drawn
LETTER = 6.0  # width of a letter, about

GUEST, ASLEEP, WAITS = "#cfe3c6", "#efefef", "#f3d9a6"
EXIT = "#d8674f"
TASK = "#9db4c8"
STATES = {"Running": "#e8f1e4", "Loading": "#e6eef7", "Suspended": "#f6ecdd"}
PALETTE = ("#7fa36b", "#6f94bd", "#c19a56", "#a67fb0", "#5fa8a0", "#bb7d7d")


class _Slice:
    def __init__(self, begin, depth, name, end=None):
        self.begin, self.depth, self.name, self.end = begin, depth, name, end


def _slices(timeline):
    """Row -> its slices and instants."""
    slices = {id(row): [] for row in timeline.rows}
    instants = {id(row): [] for row in timeline.rows}
    stacks = {id(row): [] for row in timeline.rows}
    for op in timeline.ops:
        stack = stacks[id(op.row)]
        if op.what == "I":
            instants[id(op.row)].append((op.ns, op.name))
        elif op.what == "B":
            stack.append(_Slice(op.ns, len(stack), op.name))
        else:
            done = stack.pop()
            done.end = op.ns
            slices[id(op.row)].append(done)
    for row in timeline.rows:
        # what lies inside another is drawn over it
        slices[id(row)].sort(key=lambda s: (s.depth, s.begin))
    return slices, instants


class _Picture:
    def __init__(self, timeline, window):
        self.timeline = timeline
        begin, end = timeline.begin_ns, timeline.end_ns
        if window:
            begin, end = (timeline.begin_ns + int(1e6 * ms) for ms in window)
        self.begin, self.end = begin, max(end, begin + 1)
        self.out = []
        self.vm_colors = {}
        self.y = TOP

    def x(self, ns):
        return LEFT + (ns - self.begin) / (self.end - self.begin) * (
            WIDTH - LEFT - RIGHT)

    def color(self, row, name):
        if row.kind == "vm":
            return STATES.get(name, "#eeeeee")
        if row.kind == "cpu":
            vm = name.rpartition("/")[0]
            return self.vm_colors.get(vm, TASK)
        return {"guest": self.vm_colors.get(self.vm_of(row), GUEST),
                "asleep": ASLEEP, "waits for a CPU": WAITS,
                "out of budget": WAITS}.get(name, EXIT)

    def vm_of(self, row):
        for other in self.timeline.rows:
            if other.kind == "vm" and other.key[0] == row.key[0]:
                return other.name
        return ""

    def line(self, text):
        self.out.append(text)

    def label(self, x, y, text, what=""):
        self.line(f'<text x="{x:.5g}" y="{y:.5g}"{what}>{escape(text)}</text>')

    def merged(self, row, slices):
        """[x0, x1, colour, name]: neighbours too narrow to tell apart are one;
        the widest gives the colour."""
        runs = []
        for item in slices:
            if item.end < self.begin or item.begin > self.end:
                continue
            x0 = self.x(max(item.begin, self.begin))
            x1 = self.x(min(item.end, self.end))
            color = self.color(row, item.name)
            last = runs[-1] if runs and runs[-1][5] == item.depth else None
            if last and x1 - last[0] < STEP:
                if x1 - x0 > last[4]:
                    last[2:5] = color, item.name, x1 - x0
                last[1] = max(last[1], x1)
            elif last and last[2] == color and x0 - last[1] < STEP:
                last[1], last[3] = x1, "" if last[3] != item.name else last[3]
            else:
                runs.append([x0, x1, color, item.name, x1 - x0, item.depth])
        return runs

    def row(self, row, slices, instants):
        height = HEIGHT[row.kind]
        indent = 18 if row.kind == "vcpu" else 0
        weight = ' font-weight="bold"' if row.kind != "vcpu" else ""
        self.label(8 + indent, self.y + height - 7, row.name, weight)
        by_color = {}
        texts = []
        for x0, x1, color, name, _, depth in self.merged(row, slices):
            inset = min(depth, 2) * 4
            by_color.setdefault((depth, color), []).append(
                f"M{x0:.5g} {self.y + inset}h{max(x1 - x0, STEP):.3g}"
                f"v{height - 2 * inset}h-{max(x1 - x0, STEP):.3g}z")
            if name and x1 - x0 > LETTER * len(name) + 4:
                # what lies inside says more than what it lies in
                texts = [t for t in texts if not x0 - 9 < t[0] < x1]
                texts.append((x0 + 3, name))
        for _, color in sorted(by_color):
            self.line(f'<path fill="{color}" d="'
                      + "".join(by_color[_, color]) + '"/>')
        for x, name in texts:
            self.label(x, self.y + height - 7, name)
        self.instants(instants, height)
        self.y += height + GAP

    def instants(self, instants, height):
        drawn, last = [], None
        for ns, name in instants:
            x = self.x(ns)
            if not self.begin <= ns <= self.end or name.startswith("wakes "):
                continue
            if last is None or x - last > 1:
                drawn.append(f"M{x:.5g} {self.y + height}l2 4h-4z")
                last = x
        if drawn:
            self.line('<path fill="#333" d="' + "".join(drawn) + '"/>')

    def axis(self):
        span = (self.end - self.begin) / 1e6
        step = 10.0 ** 9
        while span / step < 5:
            step /= 2 if f"{step:e}"[0] in "12" else 2.5
        ms = 0.0
        while ms <= span * 1.0001:
            x = self.x(self.begin + ms * 1e6)
            self.line(f'<path stroke="#ccc" d="M{x:.5g} 20V{self.y}"/>')
            self.label(x, 14, f"{ms:g} ms", ' text-anchor="middle" fill="#555"')
            ms += step

    def legend(self):
        x = LEFT
        self.y += 8
        for color, name in (("#7fa36b", "guest code, in the VM's colour"),
                            (EXIT, "exit"), (ASLEEP, "asleep"),
                            (WAITS, "waits for a CPU"), (TASK, "host task")):
            self.line(f'<rect x="{x:.5g}" y="{self.y}" width="12" height="12" '
                      f'fill="{color}"/>')
            self.label(x + 17, self.y + 10, name)
            x += 40 + LETTER * len(name)
        self.line(f'<path fill="#333" d="M{x + 4:.5g} {self.y + 2}l4 8h-8z"/>')
        self.label(x + 14, self.y + 10, "interrupt injected")
        self.y += 20

    def draw(self):
        rows = self.timeline.rows
        for i, row in enumerate(r for r in rows if r.kind == "vm"):
            self.vm_colors[row.name] = PALETTE[i % len(PALETTE)]
        slices, instants = _slices(self.timeline)
        for i, row in enumerate(rows):
            if row.kind == "vm" or (i and row.kind != rows[i - 1].kind
                                    and row.kind == "cpu"):
                self.y += 6
            self.row(row, slices[id(row)], instants[id(row)])
        body, self.out = self.out, []
        self.axis()
        grid, self.out = self.out, []
        self.legend()
        return "\n".join([
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} '
            f'{self.y}" font-family="sans-serif" font-size="11">',
            f'<rect width="{WIDTH}" height="{self.y}" fill="#fff"/>',
            *grid, *body, *self.out, "</svg>", ""])


def draw(timeline, window=None):
    """An SVG of the whole timeline, or of (begin, end) in ms."""
    return _Picture(timeline, window).draw()
