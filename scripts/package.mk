# SPDX-License-Identifier: Apache-2.0
# FIT, disk image, and QEMU.
