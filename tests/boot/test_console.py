# SPDX-License-Identifier: Apache-2.0
"""One UART for the shell and two guests that talk: nothing of what is shown is
lost, what was missed is shown later, and nobody waits for anybody."""

import re

SCROLLBACK = 16 * 1024


def chatters(arch):
    return [f"tests/vms/chatter-{one}-{arch}.toml" for one in "ab"]


def numbered(what, number):
    return f"chatter: {what} {number:08d} 0123456789abcdef\r\n"


GREETING = "chatter: at your service\r\n"
FIRST_WORDS_A = "".join(numbered("line", i) for i in range(1, 301)) + GREETING
FIRST_WORDS_B = "".join(numbered("line", i) for i in range(1, 1001)) + GREETING


def plain(text):
    return text.replace("\r", "")


def missed(console, name):
    """What `vm console` says of a guest's output that was not shown."""
    row = re.search(rf"(?m)^\d+ +{name} +(\d+) +(\d+)",
                    console.shell("vm console"))
    return int(row.group(1))


def shown_after(console, action, last):
    """What a console shows from its announcement up to some text."""
    console.send(action)
    announced = console.expect(r"\[console: ([^\]]+)\]\r*\n").group(1)
    console.expect(re.escape(last.rstrip("\n")) + r"\r*\n" * last.endswith("\n"))
    return announced, plain(console.qemu.before) + last


def test_what_was_missed(arch, boot):
    """Switching shows what was missed to the byte, and counts what is lost."""
    console = boot(arch.board(), "-kernel", arch.image(*chatters(arch)))
    # the first guest is shown from its first word; the log breaks no line
    console.expect(r"console: chat-a\]")
    console.expect(re.escape(GREETING.strip()))
    lines = re.findall(r"(?m)^chatter: line (\d{8}) 0123456789abcdef\r*$",
                       console.qemu.before)
    # one that is broken behind its last byte is there again
    assert sorted(set(map(int, lines))) == list(range(1, 301))
    assert lines == sorted(lines)

    console.to_shell()
    while missed(console, "chat-b") < len(FIRST_WORDS_B):
        pass
    lost = len(FIRST_WORDS_B) - SCROLLBACK
    announced, text = shown_after(console, "vm console chat-b\r", "service\n")
    assert announced == (
        f"chat-b; {lost} bytes of older output were lost")
    assert text == plain(FIRST_WORDS_B[lost:])

    # nothing was missed of the other: it was shown
    console.to_shell()
    assert missed(console, "chat-a") == 0
    assert missed(console, "chat-b") == 0
    announced, text = shown_after(
        console, "vm console chat-a --tail 300\r", "service\n")
    assert announced == "chat-a"
    assert text == plain("".join(FIRST_WORDS_A.splitlines(True)[1:]))

    # a line that has not ended begins again
    console.send("\x182p")
    console.expect(r"chatter: yes\? ")
    console.send("\x18s")
    console.expect(r"\[console: cvisor\]")
    announced, text = shown_after(console, "\x182", "yes? ")
    assert (announced, text) == ("chat-b", "chatter: yes? ")

    # a start is missed like anything else
    console.to_shell()
    console.shell("vm stop -f chat-a")
    console.shell("vm start chat-a")
    while missed(console, "chat-a") < len(FIRST_WORDS_A):
        pass
    announced, text = shown_after(console, "\x181", "service\n")
    assert announced == "chat-a"
    assert text == plain(FIRST_WORDS_A)
    console.to_shell()
    assert "no such VM" in console.shell("vm console nobody")
    assert "usage: vm console" in console.shell("vm console chat-a --tail 0")


def check_mixed(text, hidden, what):
    """Whole lines of a shown flood and of a hidden guest; their numbers."""
    floods, others, broken = [], [], False
    lines = plain(text).split("\n")
    for line in lines[1:-1]: # the ends may be cut
        flood = re.fullmatch(r"chatter: flood (\d{8}) 0123456789abcdef", line)
        other = re.fullmatch(
            rf"{hidden}\| chatter: {what} (\d{{8}}) 0123456789abcdef", line)
        if flood:
            # broken behind its last byte, it is there again
            if not (broken and int(flood.group(1)) == floods[-1]):
                floods.append(int(flood.group(1)))
            broken = False
        elif other:
            others.append(int(other.group(1)))
            broken = bool(floods)
        else: # broken after 20 ms without a byte, and then there again
            assert numbered("flood", 0).startswith(
                re.sub(r"\d", "0", line)[:23] + line[23:]), line
    return floods, others


def test_floods(arch, boot):
    """A flood stops neither the shell nor another guest, shown or hidden."""
    console = boot(arch.board(), "-kernel", arch.image(*chatters(arch)))
    console.expect(r"console: chat-a\]")
    console.expect(re.escape(GREETING.strip()))
    # the other's first words are seen, so that the mixed view has none of them
    console.send("\x182")
    console.expect(r"console: chat-b")
    console.expect(re.escape(GREETING.strip()))
    console.send("\x181f")
    console.expect(r"flood 00000200")

    # hidden: it fills its ring, again and again
    console.to_shell()
    before = missed(console, "chat-a")
    assert re.search(r"chat-b +Running", console.shell("vm list"))
    assert "free" in console.shell("mem")
    while missed(console, "chat-a") < before + 2 * SCROLLBACK:
        pass
    assert re.search(r"chat-a; \d+ bytes of older output were lost",
                     shown_after(console, "\x181", "flood")[0])

    # shown, with the lines of another guest in between: none is lost or torn
    assert console.switch("m") .startswith("lines of hidden guests")
    # one switch after the other: of two at once only the last is announced
    console.send("\x182t")
    console.expect(r"console: chat-b\]")
    console.send("\x181")
    console.expect(r"console: chat-a(?:; \d+ bytes of older output were lost)?\]")
    # whole ones: a line that the switch broke comes again, in the mixed view
    direct = re.findall(r"(?m)^chatter: tick (\d{8}) 0123456789abcdef\r*\n",
                        console.qemu.before)
    console.expect(r"tick 00000100 0123456789abcdef\r*\n")
    floods, ticks = check_mixed(
        console.qemu.before + console.qemu.after, "chat-b", "tick")
    assert floods == list(range(floods[0], floods[0] + len(floods)))
    assert [*map(int, direct), *ticks] == list(range(1, 101))

    # the shell, in the midst of lines of a hidden flood
    console.switch("s")
    console.expect(r"chat-a\| chatter: flood")
    console.send("vm list\r")
    console.expect(r"cvisor:\$ vm list\r*\n")
    console.expect(r"chat-b +Running")
    console.expect(r"chat-a\| chatter: flood")

    console.send("\x18m")
    console.expect(r"hidden guests are hidden")
    console.send("\x181s")
    console.expect(r"chatter: silent")
    console.to_shell()
    assert "mixed view: off" in console.shell("vm console")
