#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# The two commands of a newcomer, on a fresh Debian 12 or 13:
#
#	scripts/quickstart.sh demo   install, fetch, build, boot to Linux
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
	scripts/guests
	step "Build into $O"
	if [ ! -e "$O/.config" ]; then
		make O="$O" qemu-aarch64_defconfig
	fi
	make O="$O" "$jobs"
}

demo()
{
	prepare
	step 'Boot'
	if [ -t 0 ] && [ -t 1 ]; then
		exec make O="$O" run
	fi
	echo 'No terminal: booting, asking the guest and the shell, leaving'
	python=$(for p in python3 /usr/bin/python3; do
		"$p" -c 'import pexpect' 2>/dev/null && echo "$p" && break
	done)
	"${python:?no python3 with pexpect}" -B scripts/demo.py "$O/Image"
}

case ${1:-} in
demo) demo ;;
test)
	prepare
	step 'Lint'
	make O="$O" lint
	step 'Tests'
	make O="$O" "$jobs" check
	step 'All passed'
	;;
*) usage ;;
esac
