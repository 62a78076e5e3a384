# SPDX-License-Identifier: Apache-2.0
"""The shell, as its user types.

Over 600 lines, because all of it is tried on one machine that is booted once.
"""

import json
import os
import re
import subprocess
import time
import tomllib

import pexpect
import pytest
from machine import (HANG_S, LOG_LINE, ROOT, SHELL_PROMPT, Console, needs_linux,
                     rebooting)

ODD_NAME = "it's a \\\"vm\\\""
CTRL_A = "\x01\x01"  # QEMU takes the first
LEFT, RIGHT, UP, DOWN = "\033[D", "\033[C", "\033[A", "\033[B"
WORD_LEFT, DELETE = "\033[1;5D", "\033[3~"


MORE = """
[sched]
priority = [9]
budget_us = [5000]
period_us = [10000]

[ivc]
publish = [1, 2]
subscribe = [[31, 7]]
"""


# How each architecture's machine names it.
WORDS = {
    "aarch64": {"cpu": "arm,cortex-a57", "tag": "vgic", "virq": 33,
                "irqchip": "/intc@8000000", "serial": "pl011",
                "firmware": []},
    "riscv64": {"cpu": "riscv", "tag": "plic", "virq": 10,
                "irqchip": "/soc/plic@c000000", "serial": "ns16550a",
                # what it takes for itself, or hides
                "firmware": [
                    ["-r", "/reserved-memory"],
                    ["-d", "/pmu", "riscv,event-to-mhpmcounters"],
                    ["-d", "/soc/plic@c000000", "interrupts-extended"]]},
}


def guest_file(arch, path, number, name):
    """The idle guest under another name, with all tables."""
    with open(os.path.join(ROOT, arch.vm("idle")), encoding="utf-8") as file:
        text = file.read()
    text = text.replace("id = 31", f"id = {number}")
    text = text.replace('name = "idle"', f'name = "{name}"')
    text = text.replace("cpu_num = 1", """cpu_num = 1
on_exit = "restart"
restart_limit = 3
suspend_time = "runs"
""")
    # a power key, of which it takes no notice
    text = text.replace("emu_devices = [", f"""emu_devices = [
  {arch.board.key}""")
    path.write_text(text + MORE)
    return path


@pytest.fixture(scope="module")
def odd(arch, tmp_path_factory):
    return guest_file(arch, tmp_path_factory.mktemp("shell") / "odd.toml", 32,
                      ODD_NAME)


@pytest.fixture(scope="module")
def image(arch, odd):
    return arch.image(arch.vm("idle"), odd)


def start(console):
    console.expect(r"it's a \"vm\": started")
    console.to_shell()
    return console


def sync(console):
    """All that was printed before is read: also prompts that are shown again
    when a line of the log comes in their midst."""
    console.syncs = getattr(console, "syncs", 0) + 1
    console.send(f"help sync{console.syncs}\r")
    console.expect(rf"help: sync{console.syncs}: no such command\r*\n"
                   + SHELL_PROMPT)


def quiet(console):
    """No line of the log comes in the midst of what a command prints."""
    console.send("log error\r")
    sync(console)
    return console


@pytest.fixture(scope="module")
def shell(arch, image, tmp_path_factory):
    """One machine for all that leaves it as it was."""
    log = tmp_path_factory.mktemp("shell") / "console.log"
    with open(log, "w", encoding="utf-8") as file, \
            Console(arch.board(), "-kernel", image, log=file) as console:
        yield quiet(start(console))


def keys(console, typed):
    """Types keys and Enter; returns what the command printed."""
    console.send(typed + "\r")
    # the echo has no line end but the last one
    console.expect(r"\n")
    return answer(console)


def answer(console):
    console.expect(r"(?<![^\n])" + SHELL_PROMPT)
    return console.qemu.before.replace("\r", "")


# Ways to type `uname -m`.
EDITS = [
    "unamx\be -m",
    "name -m" + CTRL_A + "u",
    "name -m\033[Hu",
    "name -m\033OHu",
    "name -m\033[1~u",
    "name -m\033[7~u",
    "uname -" + CTRL_A + "\x05m",
    "uname -" + CTRL_A + "\033[Fm",
    "uname -" + CTRL_A + "\033OFm",
    "uname -" + CTRL_A + "\033[4~m",
    "uname -" + CTRL_A + "\033[8~m",
    "xuname -m" + CTRL_A + DELETE,
    "xuname -m" + CTRL_A + "\x04",
    "uname -mmm" + LEFT * 2 + "\x0b",
    "nonsense uname -m" + WORD_LEFT * 2 + "\x15",
    "uname -m nonsense\x17",
    "nonsense\x15uname -m",
    "name -m\x02\x02\x02\x06\033b\033bu",
    # sequences that are nothing, damaged, cut short; bytes that are no text
    "un\033[99~ame\033[?25h -m",
    "un\033[[Aame\033OP -m",
    "una\033[1;5\x7fame -m",
    "uname\u00e4\u20ac -m",
]


def test_editing(arch, shell):
    for typed in EDITS:
        assert keys(shell, typed) == f"{arch}\n", repr(typed)


def test_enter_and_ctrl_c(shell):
    assert keys(shell, "") == ""
    shell.send("vm stop idle\x03")
    shell.expect(r"\^C\r*\n")
    shell.expect(SHELL_PROMPT)
    assert "Running" in keys(shell, "vm show idle")


def test_ctrl_l_and_width(arch, shell):
    """The terminal is cleared and asked; the line is shown again."""
    shell.send("uname \x0c")
    shell.expect(r"\x1b\[2J\x1b\[H.*\x1b\[6n\r" + SHELL_PROMPT + "uname ")
    assert keys(shell, "-m") == f"{arch}\n"
    shell.send("uname \x0c")
    shell.expect(r"\x1b\[6n\r" + SHELL_PROMPT + "uname ")
    shell.send("\033[24;40R")
    shell.expect(r"\x1b\[2J\x1b\[H" + SHELL_PROMPT + "uname ")
    assert keys(shell, "-m") == f"{arch}\n"
    # more than 40 columns: the echo scrolls, and is whole at the end
    command = "help " + "x" * 60
    assert shell.shell(command) == f"help: {'x' * 60}: no such command\n"
    shell.send("\033[24;80R")
    shell.expect(SHELL_PROMPT)


def test_history(arch, shell):
    assert keys(shell, "uname -s") == "cvisor\n"
    assert keys(shell, "uname -m") == f"{arch}\n"
    assert keys(shell, UP + UP) == "cvisor\n"
    assert keys(shell, UP + UP + DOWN) == "cvisor\n"
    assert keys(shell, "\x12-m") == f"{arch}\n"
    assert keys(shell, "\x12uname\x12") == "cvisor\n"
    # what was typed before the search comes back
    assert keys(shell, "uname -m\x12-s\x07") == f"{arch}\n"
    # any other key keeps the line
    assert keys(shell, "\x12-m" + RIGHT * 2 + "m") == f"{arch}\n"


def test_long_lines(shell):
    """255 characters are a line; what is more rings the bell."""
    words = "help " + "x" * 250
    printed = shell.shell(words)
    assert "x" * 250 + ": no such command" in printed
    shell.send(words + "y")
    shell.expect("\a")
    assert "y" not in keys(shell, "")


def test_completion(arch, shell):
    assert keys(shell, "una\t-m") == f"{arch}\n"
    assert keys(shell, "vm sh\tid\t").startswith("idle (id 31)")
    assert keys(shell, "vm show 'it\t").startswith('it\'s a "vm" (id 32)')
    assert keys(shell, 'vm show "it\t').startswith('it\'s a "vm" (id 32)')
    assert keys(shell, "vm show it\t").startswith('it\'s a "vm" (id 32)')
    assert keys(shell, "vm list --fo\tj\t").startswith("[{")
    assert keys(shell, "vm list --format=j\t").startswith("[{")
    assert WORDS[arch.name]["cpu"] in keys(shell, "dt /cp\tcpu@1\t")
    tag = WORDS[arch.name]["tag"]
    assert re.search(rf"(?m)^  {tag} +debug$",
                     keys(shell, f"log debug {tag[:3]}\t") + keys(shell, "log"))
    assert keys(shell, f"log def\t{tag[:3]}\t") == ""
    # a second Tab lists
    shell.send("vm s\t\t")
    shell.expect(r"\n[^\n]*show +start +[^\n]*stop")
    shell.expect(SHELL_PROMPT + "vm s$")
    assert keys(shell, "how idle").startswith("idle (id 31)")
    shell.send("dt /cpus/\t\t")
    shell.expect(r"cpu@0/? +cpu@1")
    shell.send("\x03")
    shell.expect(SHELL_PROMPT + r".*\^C\r*\n" + SHELL_PROMPT)


def test_words(arch, shell):
    """Quotes, backslashes, what is wrong with them."""
    assert keys(shell, "'uname' \"-m\"") == f"{arch}\n"
    assert keys(shell, "u\\name -m") == f"{arch}\n"
    assert keys(shell, "vm show 'it'\\''s a \"vm\"'").startswith("it's")
    assert keys(shell, "vm show it\\'s\\ a\\ \\\"vm\\\"").startswith("it's")
    assert keys(shell, "vm show 'idle") == "the quote ' is not closed\n"
    assert keys(shell, 'vm show "idle') == 'the quote " is not closed\n'
    assert keys(shell, "vm show idle\\") == (
        "nothing stands behind the last \\\n")
    assert keys(shell, "help" + " x" * 40) == "more than 32 words\n"


def commands(shell, group=""):
    """The commands that help lists, and the groups' ones."""
    found = []
    listed = keys(shell, f"help {group}")
    if group:  # behind its usage and what it is for
        listed = listed.split("\n", 2)[2]
    for name in re.findall(r"(?m)^  ([a-z]+) ", listed):
        command = f"{group} {name}".strip()
        usage = keys(shell, f"help {command}").split("\n")[0]
        if usage.endswith(" COMMAND"):
            found += commands(shell, command)
        else:
            found.append(command)
    return found


def test_every_command(shell):
    """Each has help, and an error that names it for what it cannot take."""
    names = commands(shell)
    assert {"help", "clear", "vm list", "vm show", "vm start", "vm stop",
            "mem", "log", "dmesg", "dt", "uname", "poweroff", "reboot",
            "exit", "quit"} <= set(names)
    for name in names:
        usage = keys(shell, f"help {name}")
        assert usage.startswith(f"usage: {name}"), usage
        assert len(usage.strip().split("\n")) >= 2, usage
        assert keys(shell, f"{name} --help") == usage
        for option in ("--nonsense", "--nonsense=1"):
            said = keys(shell, f"{name} {option}")
            assert said.startswith(f"{name}: {option}: no such option\n")
            assert said.split("\n")[1] == usage.split("\n")[0]
        said = keys(shell, f"{name} -\\%")
        assert said.startswith(f"{name}: -%: no such option\n")
    documented = document()
    for name in names:
        assert re.search(rf"`{name}\b", documented), f"{name} in shell.md"


def test_groups(shell):
    listed = keys(shell, "vm")
    assert listed.startswith("usage: vm COMMAND\n")
    assert keys(shell, "vm help") == listed
    assert keys(shell, "help vm") == listed
    assert keys(shell, "vm --help") == listed
    assert keys(shell, "vm help start") == keys(shell, "help vm start")
    assert keys(shell, "vm nonsense") == (
        "vm nonsense: no such command; try `help vm`\n")


# What is wrong, and what must be said.
WRONG = {
    "nonsense": "nonsense: no such command; try `help`",
    "Uname": "Uname: no such command; try `help`",
    "help nonsense": "help: nonsense: no such command",
    "help vm nonsense": "help: vm nonsense: no such command",
    "uname x": "uname: x: one word too many",
    "vm show": "vm show: needs VM",
    "vm show 99": "99: no such VM; `vm list` lists them",
    "vm show ''": ": no such VM; `vm list` lists them",
    "vm show 4294967327": "4294967327: no such VM; `vm list` lists them",
    "vm start nobody": "nobody: no such VM; `vm list` lists them",
    "vm stop nobody": "nobody: no such VM; `vm list` lists them",
    "vm list --format xml":
        'vm list: --format: "xml" is none of table|json',
    "vm list --format": "vm list: --format: needs table|json",
    "vm list --all=1": "vm list: --all=1: takes no value",
    "log loud": "log: loud: is none of off|error|warn|info|debug|trace|on|"
                "default",
    "log info nobody": "nobody: no such subsystem; there are: ",
    "dmesg -n -1": 'dmesg: -n: "-1" is no number from 0 to 1000000',
    "dmesg -n 9999999999999999999999":
        'dmesg: -n: "9999999999999999999999" is no number',
    "dmesg -l loud": 'dmesg: -l: "loud" is none of error|warn|info|debug|'
                     'trace',
    "dmesg -t nobody": "nobody: no such subsystem; there are: ",
    "dt /nowhere": "dt: /nowhere: no such node or alias; ",
    "dt nowhere": "dt: nowhere: no such node or alias; ",
    "dt ''": "dt: : no such node or alias; ",
    "exit 256": 'exit: "256" is no number from 0 to 255',
    "exit": "exit: VMs are running: idle, it's a \"vm\"; stop them first, "
            "or use poweroff",
    "quit 0": "exit: VMs are running: idle, ",
}


@pytest.mark.parametrize("command", WRONG)
def test_wrong(shell, command):
    assert keys(shell, command).startswith(WRONG[command])


def version():
    with open(os.path.join(ROOT, "Makefile"), encoding="utf-8") as file:
        return re.search(r"(?m)^VERSION := (\S+)$", file.read()).group(1)


def test_uname(arch, shell):
    assert keys(shell, "uname") == "cvisor\n"
    assert keys(shell, "uname -a") == f"cvisor {version()} {arch}\n"
    assert keys(shell, "uname -m -s") == f"cvisor {arch}\n"
    assert keys(shell, "uname -r") == f"{version()}\n"


#
# JSON
#


def document():
    path = os.path.join(ROOT, "Documentation/shell.md")
    with open(path, encoding="utf-8") as file:
        return file.read()


def documented(heading):
    """{field: type} of the table below a heading."""
    text = document().split(f"### `{heading}`\n")[1]
    text = re.split(r"(?m)^#", text)[0]
    return dict(re.findall(r"(?m)^\| `([^`]+)` \| ([a-z ]+) \|", text))


def kind(value):
    if isinstance(value, list) and value and all(
            isinstance(v, int) for v in value):
        return "array of integer"
    return {int: "integer", str: "string", list: "array", dict: "object",
            type(None): "null"}[type(value)]


def flat(value, path=""):
    """(field, type) of everything in a value."""
    if path and not path.endswith("[]"):
        yield path, kind(value)
    if isinstance(value, dict):
        for key, part in value.items():
            yield from flat(part, f"{path}.{key}" if path else key)
    elif isinstance(value, list) and kind(value) == "array":
        for part in value:
            yield from flat(part, path + "[]")


def assert_documented(value, heading):
    table = documented(heading)
    assert table
    seen = set()
    for field, found in flat(value):
        name = next((n for n in table if re.fullmatch(
            re.escape(n).replace(r"\*", r"[a-z0-9-]+"), field)), None)
        assert name, f"{field} is not documented"
        types = table[name].split(" or ")
        assert found in types or (found == "array" and
                                  types[0].startswith("array")), field
        seen.add(name)
    return set(table) - seen


def test_json_list(shell):
    vms = json.loads(keys(shell, "vm list --format json"))
    assert assert_documented(vms, "vm list --format json") == set()
    assert [vm["id"] for vm in vms] == [31, 32]
    assert vms[1]["name"] == "it's a \"vm\""
    assert vms[0]["state"] == "Running"
    assert (vms[0]["vcpus"], vms[0]["ram_mib"]) == (1, 8)
    again = json.loads(keys(shell, "vm list --format=json"))
    assert again[0]["uptime_ms"] >= vms[0]["uptime_ms"] > 0


def test_json_show(arch, shell):
    shown = keys(shell, "vm show --format json 32")
    assert shown.count("\n") == 1
    vm = json.loads(shown)
    # nothing is passed through to this one
    assert assert_documented(vm, "vm show --format json") == {
        "passed[].gpa", "passed[].hpa", "passed[].size_bytes"}
    assert vm["name"] == "it's a \"vm\""
    assert vm["ram"][0]["gpa"] == arch.board.ram
    assert vm["ram"][0]["size_bytes"] == 8 << 20
    uart = [dev for dev in vm["devices"] if dev["gpa"] == arch.board.uart_at]
    assert [dev["virq"] for dev in uart] == [WORDS[arch.name]["virq"]]
    assert vm["vcpus"][0]["cpus"] == [0]
    assert vm["vcpus"][0]["cpu"] == 0
    assert vm["vcpus"][0]["exits"]["mmio"] > 0
    # text says the same
    text = keys(shell, "vm show 32")
    assert f"0x{vm['ram'][0]['hpa']:010x}" in text
    assert f"stage 2 tables: {vm['stage2_pages']} pages" in text


def test_json_stat(shell):
    vms = json.loads(keys(shell, "vm stat --format json"))
    # nobody measures what exits cost
    assert assert_documented(vms, "vm stat --format json") == {
        "[].vcpus[].costs.*", "[].vcpus[].costs.*.count",
        "[].vcpus[].costs.*.mean_ns", "[].vcpus[].costs.*.worst_ns"}
    keys(shell, "vm stat --cost on")
    # a start has exits of which the cost is known, once it has come so far
    keys(shell, "vm stop idle")
    keys(shell, "vm start idle")
    for _ in range(HANG_S):
        vms = json.loads(keys(shell, "vm stat --format json"))
        missing = assert_documented(vms, "vm stat --format json")
        if not missing:
            break
        time.sleep(0.5)
    keys(shell, "vm stat --cost off")
    assert missing == set()


def test_show_options(arch, shell, odd):
    """-c is a guest file again, -s statistics, -f all."""
    for file, name in ((os.path.join(ROOT, arch.vm("idle")), "idle"), (odd, "32")):
        with open(file, "rb") as source:
            written = tomllib.load(source)
        read = tomllib.loads(keys(shell, f"vm show -c {name}"))
        for table, values in written.items():
            for key, value in values.items():
                assert read[table][key] == value, key
    stats = keys(shell, "vm show -s idle")
    assert re.search(r"(?m)^idle \(id 31\): Running", stats)
    assert re.search(r"(?m)^ +mmio +\d+$", stats)
    assert "ram " not in stats
    full = keys(shell, "vm show -f idle")
    assert "ram " in full and "[kernel]" in full
    assert re.search(r"(?m)^ +mmio +\d+$", full)


def test_table_is_aligned(shell):
    lines = keys(shell, "vm list").rstrip("\n").split("\n")
    assert lines[0].split() == ["ID", "NAME", "STATE", "VCPUS", "RAM",
                                "REASON"]
    at = lines[0].index("STATE")
    assert len(lines) == 3
    for line in lines[1:]:
        assert line[at - 1] == " " and line[at:].split()[0] == "Running"


#
# The log
#

def test_dmesg(arch, shell):
    lines = keys(shell, "dmesg").rstrip("\n").split("\n")
    assert all(LOG_LINE.fullmatch(line) for line in lines)
    assert any("main: 2 CPUs" in line for line in lines)
    assert keys(shell, "dmesg -n 2").rstrip("\n").split("\n") == lines[-2:]
    assert keys(shell, "dmesg -n 0") == ""
    only = keys(shell, "dmesg -t vmm").rstrip("\n").split("\n")
    assert only == [line for line in lines if " I vmm: " in line]
    assert len(only) == 2
    assert keys(shell, "dmesg -l error") == ""
    shell.send("dmesg --follow -n 1\r")
    shell.expect(re.escape(lines[-1]))
    shell.send("x")
    shell.expect(r"\n" + SHELL_PROMPT)
    assert keys(shell, "uname -m") == f"{arch}\n"


def test_log_by_subsystem(shell):
    """One may be silent, or speak alone; both are seen and taken back."""
    keys(shell, "log info")
    keys(shell, "log off vm")
    assert keys(shell, "log") == "info\n  vm             off\n"
    keys(shell, "dmesg -c")
    shell.send("vm stop idle\rvm start idle\r")
    shell.expect(r"vmm: idle: started|vm start idle\r*\n")
    sync(shell)
    assert "Stopped" not in keys(shell, "dmesg")

    keys(shell, "log error")
    keys(shell, "log info vm")
    assert keys(shell, "log") == "error\n  vm             info\n"
    keys(shell, "dmesg -c")
    shell.send("vm stop idle\r")
    shell.expect(r"vm: idle: Stopped \(clean\)\r*\n")
    sync(shell)
    said = keys(shell, "dmesg").rstrip("\n").split("\n")
    assert [LOG_LINE.fullmatch(line).group(1) for line in said] == ["vm"]

    keys(shell, "log default vm")
    assert keys(shell, "log") == "error\n"
    assert keys(shell, "vm start idle") == ""


#
# The device tree
#


def dtc(source, kind_in, kind_out):
    return subprocess.run(["dtc", "-q", "-I", kind_in, "-O", kind_out, "-s",
                           source], check=True,
                          stdout=subprocess.PIPE).stdout


def dts(source):
    """A tree as text, sorted, without what differs from boot to boot."""
    return [line for line in dtc(source, "dtb", "dts").decode().split("\n")
            if not re.search(r"rng-seed|kaslr-seed", line)]


def test_dt(arch, shell, tmp_path):
    """All of it is what QEMU says it is, and the firmware."""
    words = WORDS[arch.name]
    written, real = tmp_path / "written", tmp_path / "real.dtb"
    text = keys(shell, "dt -r /")
    written.write_text("/dts-v1/;\n" + text)
    subprocess.run([arch.board.program, *arch.board().arguments(),
                    "-machine", f"dumpdtb={real}"], check=True,
                   stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    written.write_bytes(dtc(written, "dts", "dtb"))
    for tree in (written, real):
        for edit in words["firmware"]:
            subprocess.run(["fdtput", edit[0], tree, *edit[1:]], check=False,
                           stderr=subprocess.DEVNULL)
    assert dts(written) == dts(real)
    assert re.search(rf"interrupt-parent = <0x\w+>; /\* {words['irqchip']} \*/",
                     text)
    if arch.name == "aarch64":
        assert re.search(
            r"clocks = <0x(\w+) 0x\1>; /\* /apb-pclk, /apb-pclk \*/", text)
    assert re.search(r"rng-seed; /\* 32 bytes, not shown \*/", text)

    root = keys(shell, "dt")
    assert root == keys(shell, "dt /")
    assert "\tcpus { /* ... */ };\n" in root
    assert "device_type" not in root
    cpu = keys(shell, "dt /cpus/cpu@0")
    assert cpu.startswith("/cpus/cpu@0 {\n")
    assert f'\tcompatible = "{words["cpu"]}";\n' in cpu
    assert keys(shell, "dt /cpus/") == keys(shell, "dt /cpus")
    assert words["serial"] in keys(shell, "dt serial0")


#
# The end
#


def ends(console):
    console.qemu.expect(pexpect.EOF, timeout=HANG_S)
    console.qemu.close()
    assert console.qemu.exitstatus == 0


def test_poweroff(arch, boot, image):
    console = start(boot(arch.board(), "-kernel", image))
    assert keys(console, "poweroff -t 0").startswith(
        'poweroff: "0" is no number from 1 to 3600')
    console.send("poweroff --timeout 2\r")
    console.expect(r"stopping idle\r*\nstopping it's")
    # one has no power key, the other does not look at it
    console.expect(r"it's a \"vm\": did not end within 2 s")
    console.expect(r"vm: idle: Stopped \(forced\)")
    console.expect(r"vm: it's a \"vm\": Stopped \(forced\)")
    console.expect(r"Powering off\.")
    ends(console)


@needs_linux
@pytest.mark.parametrize("arch", ["aarch64"], indirect=True)
def test_poweroff_asks(arch, boot, tmp_path):
    """A guest that knows its power key ends by itself, before the machine,
    and is not started again."""
    toml = tmp_path / "linux.toml"
    with open(os.path.join(ROOT, arch.vm("linux")), encoding="utf-8") as file:
        toml.write_text(file.read().replace(
            "cpu_num = 1\n", 'cpu_num = 1\non_exit = "restart"\n'))
    console = boot(arch.board(), "-kernel", arch.image(toml))
    console.to_linux()
    console.to_shell()
    console.send(f"poweroff -t {HANG_S}\r")
    console.expect(r"stopping linux-smp1")
    console.expect(r"vm: linux-smp1: powered off by its guest")
    console.expect(r"vm: linux-smp1: Stopped \(system down\)")
    console.expect(r"Powering off\.")
    ends(console)


def test_exit(arch, boot, image):
    console = quiet(start(boot(arch.board(), "-kernel", image)))
    keys(console, "vm stop idle")
    assert keys(console, "exit") == (
        "exit: VMs are running: it's a \"vm\"; stop them first, or use "
        "poweroff\n")
    keys(console, "vm stop 32")
    console.send("quit 3\r")
    console.expect(r"Powering off, exit code 3\.")
    ends(console)


def test_reboot(arch, boot, image):
    console = start(boot(rebooting(arch.board)(), "-kernel", image))
    console.send("reboot -f\r")
    console.expect(r"Rebooting\.")
    start(console)
    console.send("reboot -t 1\r")
    console.expect(r"vm: idle: Stopped")
    console.expect(r"Rebooting\.")
    start(console)
