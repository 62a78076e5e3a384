#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# The two commands of a newcomer, on a fresh Debian 12 or 13:
#
#	scripts/quickstart.sh demo   install, fetch, build, boot two Linux guests
#	scripts/quickstart.sh test   the same, then all of the tests
#
# O=DIR builds elsewhere than in build/.
set -eu

cd "$(dirname "$0")/.."
O=${O:-build}
jobs=-j$(nproc)

step()
{
	printf '\n== %s\n' "$*"
}

usage()
{
	sed -n 's/^#\t//p' "$0" >&2
	exit 2
}

prepare()
{
	step 'What is needed on this machine'
	scripts/install-deps
	step 'Library sources and guests'
	scripts/third_party
	scripts/guests "$@"
}

demo()
{
	prepare aarch64
	step "Build into $O/demo"
	make O="$O/demo" qemu-aarch64_defconfig
	make O="$O/demo" "$jobs" VMS="vms/linux-aarch64-qemu-smp1.toml \
		vms/linux-aarch64-qemu-smp2.toml"
	step 'Two Linux guests side by side, then the shell'
	python=$(for p in python3 /usr/bin/python3; do
		"$p" -c 'import pexpect' 2>/dev/null && echo "$p" && break
	done)
	exec "${python:?no python3 with pexpect}" -B scripts/demo.py \
		"$O/demo/Image"
}

case ${1:-} in
demo) demo ;;
test)
	prepare
	step "Build into $O"
	if [ ! -e "$O/.config" ]; then
		make O="$O" qemu-aarch64_defconfig
	fi
	make O="$O" "$jobs"
	step 'Lint'
	make O="$O" lint
	step 'Tests'
	make O="$O" "$jobs" check
	step 'All passed'
	;;
*) usage ;;
esac
