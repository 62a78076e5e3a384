#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""demo.py IMAGE [QEMU argument...]: two Linux guests side by side, then the
shell.

Boots the Image under QEMU, asks both guests who they are, shows `vm list`, and
hands the shell over to the terminal. Without a terminal it exits 0 when all of
them answered.
"""

import os
import re
import signal
import sys

import pexpect

# Against hangs, not a measure.
HANG_S = 300
GUESTS = ("linux-smp1", "linux-smp2")
GUEST_READY = "cvisor guest ready"
GUEST_PROMPT = r"/root # "
SHELL_PROMPT = r"cvisor:\S*\$ "
TO_SHELL = "\x18" "0"
HINT = """
== You are in cvisor's shell; both guests go on beside it. Try:
     vm list                 vm show linux-smp2
     vm console linux-smp1   (and back: Ctrl+X 0; next console: Ctrl+X ])
     vm stop linux-smp2      vm start linux-smp2
     help                    (Tab completes; Ctrl+A x leaves QEMU)
"""


def guest_asked(qemu, name):
    """Shows a guest's console and asks it who it is."""
    qemu.send(f"vm console {name}\r")
    qemu.expect(rf"\[console: {re.escape(name)}[;\]]")
    qemu.expect(GUEST_READY)
    qemu.send("\n")
    qemu.expect(GUEST_PROMPT)
    for command in ("nproc", "uname -a"):
        qemu.send(command + "\n")
        qemu.expect(GUEST_PROMPT)
    qemu.send(TO_SHELL)
    qemu.expect(r"\[console: cvisor[;\]]")
    qemu.send("\r")
    qemu.expect(SHELL_PROMPT)


def shown(qemu):
    """From power-on to the shell, with two guests that have answered."""
    qemu.expect(rf"\[console: {re.escape(GUESTS[0])}[;\]]")
    qemu.send(TO_SHELL)
    qemu.expect(SHELL_PROMPT)
    for name in GUESTS:
        guest_asked(qemu, name)
    qemu.send("vm list\r")
    qemu.expect("vm list")
    qemu.expect(SHELL_PROMPT)


def hand_over(qemu):
    """The terminal is the user's until QEMU ends."""
    print(HINT)
    qemu.logfile_read = None
    qemu.send("\r")
    signal.signal(signal.SIGWINCH, signal.SIG_IGN)
    qemu.interact(escape_character=None)


def main():
    qemu = pexpect.spawn(
        "qemu-system-aarch64",
        ["-M", "virt,virtualization=on,gic-version=3", "-cpu", "cortex-a57",
         "-smp", "4", "-m", "2G", "-nic", "none", "-nographic",
         "-kernel", *sys.argv[1:]],
        timeout=HANG_S, encoding="utf-8", codec_errors="replace")
    qemu.logfile_read = sys.stdout
    try:
        shown(qemu)
        if os.isatty(0) and os.isatty(1):
            hand_over(qemu)
    except (pexpect.TIMEOUT, pexpect.EOF) as error:
        print(f"\ndemo: {str(error).splitlines()[0]}", file=sys.stderr)
        return 1
    finally:
        qemu.close(force=True)
    print("\nBoth guests and the shell answered. On a terminal this leaves you "
          "in the shell.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
