#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""demo.py IMAGE: boot it under QEMU, show the Linux guest and the shell.

For quickstart.sh where no terminal is: exits 0 when both answered.
"""

import sys

import pexpect

# Against hangs, not a measure.
HANG_S = 300
GUEST_PROMPT = r"/root # "
SHELL_PROMPT = r"cvisor:\S*\$ "
TO_SHELL = "\x18["


def main():
    qemu = pexpect.spawn(
        "qemu-system-aarch64",
        ["-M", "virt,virtualization=on,gic-version=3", "-cpu", "cortex-a57",
         "-smp", "4", "-m", "2G", "-nic", "none", "-nographic",
         "-kernel", sys.argv[1]],
        timeout=HANG_S, encoding="utf-8", codec_errors="replace")
    qemu.logfile_read = sys.stdout
    try:
        qemu.expect("cvisor guest ready")
        qemu.expect(GUEST_PROMPT)
        for command in ("nproc", "uname -a"):
            qemu.send(command + "\n")
            qemu.expect(GUEST_PROMPT)
        for _ in range(8):
            qemu.send(TO_SHELL + "\r")
            if qemu.expect([SHELL_PROMPT, pexpect.TIMEOUT], timeout=5) == 0:
                break
        else:
            raise pexpect.TIMEOUT("the shell's prompt")
        qemu.send("vm list\r")
        qemu.expect("vm list")
        qemu.expect(SHELL_PROMPT)
    except (pexpect.TIMEOUT, pexpect.EOF) as error:
        print(f"\ndemo: {str(error).splitlines()[0]}", file=sys.stderr)
        return 1
    finally:
        qemu.close(force=True)
    print("\nThe guest and the shell answered. On a terminal this leaves you "
          "at the guest's prompt.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
