#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The configuration steps of the build, by Kconfiglib.

kconfig.py [options] COMMAND
  vms        write the tick boxes of vms/*.toml: Kconfig and make fragments
  defconfig  NAME -> .config
  olddefconfig, menuconfig, savedefconfig, listnewconfig   as in kbuild
  sync       .config -> auto.conf, autoconf.h and one stamp a changed option
  autoconf   DEFCONFIG... -> a header alone (the unit tests' configuration)
"""

import argparse
import os
import re
import sys

import kconfiglib

ARCHES = ("aarch64", "riscv64", "x86_64")


def write_if_changed(path, text):
    os.makedirs(os.path.dirname(path) or ".", exist_ok=True)
    try:
        with open(path, encoding="utf-8") as old:
            if old.read() == text:
                return
    except FileNotFoundError:
        pass
    with open(path + ".new", "w", encoding="utf-8") as new:
        new.write(text)
    os.replace(path + ".new", path)


def leading_comment(path):
    """The comment lines a TOML begins with, without the licence line."""
    lines = []
    with open(path, encoding="utf-8", errors="replace") as toml:
        for line in toml:
            line = line.strip()
            if not line.startswith("#"):
                break
            text = line.lstrip("#").strip()
            if not text.startswith("SPDX-License-Identifier"):
                lines.append(text)
    while lines and not lines[0]:
        lines.pop(0)
    while lines and not lines[-1]:
        lines.pop()
    return lines


def vm_boxes(out):
    """Every vms/*.toml becomes a symbol; O/vms.kconfig and O/vms.mk."""
    kconfig = ["# Made of vms/*.toml"]
    make = ["# Made of vms/*.toml: the ticked ones"]
    names = sorted(n for n in os.listdir("vms") if n.endswith(".toml"))
    for name in names:
        stem = name[: -len(".toml")]
        symbol = "VM_" + re.sub(r"[^A-Z0-9]", "_", stem.upper())
        arch = next((a for a in ARCHES if f"-{a}-" in f"-{stem}-"), None)
        kconfig += ["", f"config {symbol}", f'\tbool "{stem}"']
        if arch:
            kconfig.append(f"\tdepends on ARCH_{arch.upper()}")
        help_lines = leading_comment(os.path.join("vms", name))
        kconfig.append("\thelp")
        kconfig += ["\t  " + line if line else "" for line in help_lines]
        kconfig.append(f"\t  (vms/{name})")
        make.append(f"vms-$(CONFIG_{symbol}) += vms/{name}")
    write_if_changed(f"{out}/vms.kconfig", "\n".join(kconfig) + "\n")
    write_if_changed(f"{out}/vms.mk", "\n".join(make) + "\n")


def load(out, config=None):
    os.environ["KCONFIG_VMS"] = os.path.abspath(f"{out}/vms.kconfig")
    os.environ["KCONFIG_CONFIG"] = f"{out}/.config"
    os.environ["CONFIG_"] = "CONFIG_"
    kconf = kconfiglib.Kconfig("Kconfig", suppress_traceback=True)
    if config:
        kconf.load_config(config)
    return kconf


def fail_on_warnings(kconf):
    """A name in a defconfig that no Kconfig knows is a mistake."""
    if kconf.warnings:
        sys.exit("kconfig: the warnings above count as errors")


def list_new(kconf):
    for sym in kconf.unique_defined_syms:
        if sym.visibility and sym.user_value is None and not sym.choice:
            line = sym.config_string
            if line:
                print(line, end="")


def sync(kconf, out):
    kconf.write_config(f"{out}/.config", save_old=False)
    config_dir = f"{out}/include/config"
    os.makedirs(config_dir, exist_ok=True)
    os.makedirs(f"{out}/include/generated", exist_ok=True)
    kconf.sync_deps(config_dir)
    kconf.write_autoconf(f"{out}/include/generated/autoconf.h")
    files = " ".join(sorted(os.path.relpath(os.path.join(kconf.srctree, f))
                            for f in kconf.kconfig_filenames))
    # Written last and always: its time says when the rest was brought up.
    with open(f"{config_dir}/kconfig.mk", "w", encoding="utf-8") as mk:
        mk.write(f"kconfig-files := {files}\n")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--out", required=True)
    parser.add_argument("--header")
    parser.add_argument("command")
    parser.add_argument("args", nargs="*")
    opts = parser.parse_args()
    out, config = opts.out, f"{opts.out}/.config"

    os.makedirs(out, exist_ok=True)
    vm_boxes(out)
    if opts.command == "vms":
        return
    if opts.command == "defconfig":
        kconf = load(out, opts.args[0])
        fail_on_warnings(kconf)
        kconf.write_config(config)
        print(f"{opts.args[0]} -> {config}")
    elif opts.command == "autoconf":
        kconf = load(out)
        for name in opts.args:
            kconf.load_config(name, replace=False)
        fail_on_warnings(kconf)
        text = kconf._autoconf_contents(None)  # pylint: disable=W0212
        write_if_changed(opts.header, text)
    else:
        known = os.path.exists(config)
        kconf = load(out, config if known else None)
        if opts.command == "menuconfig":
            import menuconfig
            menuconfig.menuconfig(kconf)
        elif opts.command == "olddefconfig":
            print(kconf.write_config(config))
        elif opts.command == "savedefconfig":
            kconf.write_min_config(f"{out}/defconfig")
            print(f"{out}/defconfig written")
        elif opts.command == "listnewconfig":
            list_new(kconf)
        elif opts.command == "sync":
            sync(kconf, out)
        else:
            parser.error(f"unknown command {opts.command}")


if __name__ == "__main__":
    main()
