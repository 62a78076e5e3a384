/* SPDX-License-Identifier: Apache-2.0 */
/* The rules that configurations must keep, alone and together. */
#include "check_case.h"

static const struct check_case alone[] = {
	{VM(1, "x") CPU1 KERNEL PLAIN, NULL, GOOD, "", ""},
	/* entry */
	{VM(1, "x") CPU1 ADDRESSES("0x1000", "0x4000_0000") PLAIN, NULL, BAD,
	 "kernel.entry_point: 0x1000", "outside every memory region"},
	{VM(1, "x") CPU1 KERNEL RAM("[0x4000_0000, 0x100_0000, 3, 0]"), NULL,
	 BAD, "kernel.entry_point: 0x40000000", "execute"},
	{VM(1, "x") CPU1 ADDRESSES("0x1000", "0x1000")
		 RAM("[0x4000_0000, 0x100_0000, 7, 1]"),
	 NULL, WARNED, "kernel.entry_point: 0x1000", "ignored"},
	/* alignment */
	{VM(1, "x") CPU1 KERNEL RAM("[0x4000_0000, 0x100_0800, 7, 0]"), NULL,
	 BAD, "kernel.memory_regions[0]", "misaligned"},
	{VM(1, "x") CPU1 KERNEL RAM("[0x4000_0000, 0, 7, 0]"), NULL, BAD,
	 "kernel.memory_regions[0]", "misaligned"},
	{VM(1, "x") CPU1 KERNEL RAM("[0x4000_0000, 0x2_0000_0000_0000, 7, 0]"),
	 NULL, BAD, "kernel.memory_regions[0]", "48 bits"},
	{VM(1, "x") CPU1 KERNEL PLAIN "dtb_load_addr = 0x4080_0004\n", NULL,
	 BAD, "kernel.dtb_load_addr: 0x40800004", "multiple of 8"},
	/* images */
	{VM(1, "x") CPU1 KERNEL RAM("[0x4000_0000, 0x8000, 7, 0]"), NULL, BAD,
	 "kernel.kernel_path (0x40000000-0x4000ffff)", "0x8000 bytes too"},
	{VM(1, "x") CPU1 KERNEL RAM("[0x4000_0000, 0x8000, 7, 0],"
				    "[0x4000_8000, 0x8000, 7, 0]"),
	 NULL, GOOD, "", ""},
	{VM(1, "x") CPU1 ADDRESSES("0x4000_0000", "0x5000_0000") PLAIN, NULL,
	 BAD, "kernel.kernel_path (0x50000000", "outside every"},
	{VM(1, "x") CPU1 KERNEL PLAIN "ramdisk_path = \"r\"\n"
				      "ramdisk_load_addr = 0x4000_8000\n",
	 NULL, BAD, "kernel.ramdisk_path (0x40008000", "kernel.kernel_path"},
	{VM(1, "x") CPU1 KERNEL PLAIN "dtb_path = \"d\"\n"
				      "dtb_load_addr = 0x4000_8000\n",
	 NULL, BAD, "kernel.dtb_path (0x40008000", "kernel.kernel_path"},
	{VM(1, "x") CPU1 KERNEL PLAIN "dtb_load_addr = 0x4000_8000\n", NULL,
	 BAD, "kernel.dtb_load_addr: 0x40008000", "kernel.kernel_path"},
	{VM(1, "x") CPU1 KERNEL PLAIN "dtb_load_addr = 0x5000_0000\n", NULL,
	 BAD, "kernel.dtb_load_addr: 0x50000000", "outside every"},
	/* identical first region: addresses move, the tree's is not used */
	{VM(1, "x") CPU1 ADDRESSES("0x4020_0000", "0x4020_0000")
		 RAM("[0x4000_0000, 0x100_0000, 7, 1]") "dtb_load_addr = 4\n",
	 NULL, GOOD, "", ""},
	/* cards: a size, or a file's; the file is the first one's */
	{VM(1, "x") CPU1 KERNEL PLAIN DEVICES
	 "emu_devices = [[\"s\", 0x9000, 0x1000, 40, 0x44, [64]],"
	 "[\"e\", 0xa000, 0x1000, 41, 0x45, [1]]]\n",
	 NULL, GOOD, "", ""},
	{VM(1, "x") CPU1 KERNEL PLAIN
	 "disk_path = \"d\"\n" DEVICES
	 "emu_devices = [[\"s\", 0x9000, 0x1000, 40, 0x44, []]]\n",
	 NULL, GOOD, "", ""},
	{VM(1, "x") CPU1 KERNEL PLAIN
	 "disk_path = \"d\"\n" DEVICES
	 "emu_devices = [[\"s\", 0x9000, 0x1000, 40, 0x44, []],"
	 "[\"e\", 0xa000, 0x1000, 41, 0x45]]\n",
	 NULL, BAD, "devices.emu_devices[1] \"e\"", "goes to the first card"},
	{VM(1, "x") CPU1 KERNEL PLAIN DEVICES
	 "emu_devices = [[\"s\", 0x9000, 0x1000, 40, 0x44, [0]]]\n",
	 NULL, BAD, "devices.emu_devices[0] \"s\"", "without size"},
	{VM(1, "x") CPU1 KERNEL PLAIN
	 "disk_path = \"d\"\n" DEVICES
	 "emu_devices = [[\"s\", 0x9000, 0x1000, 40, 0x44, [2]]]\n",
	 NULL, BAD, "kernel.disk_path: \"d\" has 3145728", "than the 2 MiB of"},
	{VM(1, "x") CPU1 KERNEL PLAIN
	 "disk_path = \"d\"\n" DEVICES
	 "emu_devices = [[\"s\", 0x9000, 0x1000, 40, 0x44, [3]]]\n",
	 NULL, GOOD, "", ""},
	{VM(1, "x") CPU1 KERNEL PLAIN DEVICES
	 "emu_devices = [[\"s\", 0x9000, 0x1000, 40, 0x44, [0x10_0001]]]\n",
	 NULL, BAD, "devices.emu_devices[0] \"s\"", "at most 0x100000 MiB"},
	{VM(1, "x") CPU1 KERNEL PLAIN DEVICES
	 "emu_devices = [[\"s\", 0x9000, 0x1000, 0, 0x44, [4]]]\n",
	 NULL, BAD, "devices.emu_devices[0] \"s\"",
	 "cannot be a DW-MMC SD card's"},
	{VM(1, "x") CPU1 KERNEL PLAIN DEVICES
	 "emu_devices = [[\"s\", 0x9000, 0x800, 40, 0x45, [4]]]\n",
	 NULL, BAD, "devices.emu_devices[0] \"s\"", "too short"},
	{VM(1, "x") CPU1 KERNEL PLAIN DEVICES
	 "emu_devices = [[\"s\", 0x9000, 0x1000, 40, 0x45, [4]],"
	 "[\"t\", 0xa000, 0x1000, 41, 0x45, [4]]]\n",
	 NULL, BAD, "devices.emu_devices[1] \"t\"", "a DWCMSHC eMMC already"},
	{VM(1, "x") CPU1 KERNEL PLAIN
	 "disk_path = \"d\"\n" DEVICES
	 "emu_devices = [[\"s\", 0x9000, 0x1000, 40, 0x46, []],"
	 "[\"t\", 0xa000, 0x1000, 41, 0x44, [1]]]\n",
	 NULL, GOOD, "", ""},
	{VM(1, "x") CPU1 KERNEL PLAIN DEVICES
	 "emu_devices = [[\"s\", 0x9000, 0x1000, 0, 0x46, [4]]]\n",
	 NULL, BAD, "devices.emu_devices[0] \"s\"",
	 "cannot be a Phytium MCI SD card's"},
	/* two watchdogs, of two kinds */
	{VM(1, "x") CPU1 KERNEL PLAIN DEVICES
	 "emu_devices = [[\"s\", 0x9000, 0x1000, 0, 0x41, []],"
	 "[\"t\", 0xa000, 0x1000, 41, 0x47, []]]\n",
	 NULL, GOOD, "", ""},
	{VM(1, "x") CPU1 KERNEL PLAIN DEVICES
	 "emu_devices = [[\"s\", 0x9000, 0x1000, 0, 0x47, []],"
	 "[\"t\", 0xa000, 0x1000, 0, 0x47, []]]\n",
	 NULL, BAD, "devices.emu_devices[1] \"t\"",
	 "a DesignWare watchdog already"},
	/* whose CRU it is */
	{VM(1, "x") CPU1 KERNEL PLAIN DEVICES
	 "emu_devices = [[\"c\", 0xa0000, 0x5c000, 0, 0x48, [3588]]]\n",
	 NULL, GOOD, "", ""},
	{VM(1, "x") CPU1 KERNEL PLAIN DEVICES
	 "emu_devices = [[\"c\", 0xa0000, 0x21000, 0, 0x48, [3568]]]\n",
	 NULL, GOOD, "", ""},
	{VM(1, "x") CPU1 KERNEL PLAIN DEVICES
	 "emu_devices = [[\"c\", 0xa0000, 0x5b000, 0, 0x48, [3588]]]\n",
	 NULL, BAD, "devices.emu_devices[0] \"c\"", "give 0x5c000"},
	{VM(1, "x") CPU1 KERNEL PLAIN DEVICES
	 "emu_devices = [[\"c\", 0xa0000, 0x400, 0, 0x48, [3568]]]\n",
	 NULL, BAD, "devices.emu_devices[0] \"c\"", "give 0x21000"},
	/* the call that rings SCMI */
	{VM(1, "x") CPU1 KERNEL PLAIN DEVICES
	 "emu_devices = [[\"f\", 0x9000, 0x1000, 0, 0x4b, []]]\n",
	 NULL, GOOD, "", ""},
	{VM(1, "x") CPU1 KERNEL PLAIN DEVICES
	 "emu_devices = [[\"f\", 0x9000, 0x1000, 0, 0x4b, [0x8200_0000]]]\n",
	 NULL, GOOD, "", ""},
	{VM(1, "x") CPU1 KERNEL PLAIN DEVICES
	 "emu_devices = [[\"f\", 0x9000, 0x1000, 0, 0x4b, [0xc200_ffff]]]\n",
	 NULL, GOOD, "", ""},
	{VM(1, "x") CPU1 KERNEL PLAIN DEVICES
	 "emu_devices = [[\"f\", 0x9000, 0x1000, 0, 0x4b, [0x8201_0000]]]\n",
	 NULL, BAD, "devices.emu_devices[0] \"f\"", "0x82010000 is no SiP"},
	{VM(1, "x") CPU1 KERNEL PLAIN DEVICES
	 "emu_devices = [[\"f\", 0x9000, 0x1000, 0, 0x4b, [0x8400_0008]]]\n",
	 NULL, BAD, "devices.emu_devices[0] \"f\"", "no SiP call"},
	{VM(1, "x") CPU1 KERNEL PLAIN DEVICES
	 "emu_devices = [[\"f\", 0x9000, 0x1000, 0, 0x4b, [0x1_8200_0010]]]\n",
	 NULL, BAD, "devices.emu_devices[0] \"f\"", "no SiP call"},
	{VM(1, "x") CPU1 KERNEL PLAIN DEVICES
	 "emu_devices = [[\"f\", 0x9000, 0x1000, 0, 0x4b, [0]]]\n",
	 NULL, BAD, "devices.emu_devices[0] \"f\"", "no SiP call"},
	{VM(1, "x") CPU1 KERNEL PLAIN DEVICES
	 "emu_devices = [[\"f\", 0x9000, 0x100, 0, 0x4b, []]]\n",
	 NULL, BAD, "devices.emu_devices[0] \"f\"",
	 "too short for a clock server (SCMI)"},
	{VM(1, "x") CPU1 KERNEL PLAIN DEVICES
	 "emu_devices = [[\"f\", 0x9000, 0x1000, 0, 0x4b, []],"
	 "[\"g\", 0xa000, 0x1000, 0, 0x4b, [0x8200_0011]]]\n",
	 NULL, BAD, "devices.emu_devices[1] \"g\"",
	 "a clock server (SCMI) already"},
	{VM(1, "x") CPU1 KERNEL PLAIN DEVICES
	 "emu_devices = [[\"c\", 0xa0000, 0x5c000, 0, 0x48, []]]\n",
	 NULL, BAD, "devices.emu_devices[0] \"c\"", "[3588] or [3568]"},
	{VM(1, "x") CPU1 KERNEL PLAIN DEVICES
	 "emu_devices = [[\"c\", 0xa0000, 0x5c000, 0, 0x48, [3399]]]\n",
	 NULL, BAD, "devices.emu_devices[0] \"c\"", "[3588] or [3568]"},
	/* whose power domains */
	{VM(1, "x") CPU1 KERNEL PLAIN DEVICES
	 "emu_devices = [[\"p\", 0xa0000, 0x1000, 0, 0x49, [3588]]]\n",
	 NULL, GOOD, "", ""},
	{VM(1, "x") CPU1 KERNEL PLAIN DEVICES
	 "emu_devices = [[\"p\", 0xa0000, 0x1000, 0, 0x49, [3568]]]\n",
	 NULL, GOOD, "", ""},
	{VM(1, "x") CPU1 KERNEL PLAIN DEVICES
	 "emu_devices = [[\"p\", 0xa0000, 0x400, 0, 0x49, [3588]]]\n",
	 NULL, BAD, "devices.emu_devices[0] \"p\"", "give 0x1000"},
	{VM(1, "x") CPU1 KERNEL PLAIN DEVICES
	 "emu_devices = [[\"p\", 0xa0000, 0x1000, 0, 0x49, [3399]]]\n",
	 NULL, BAD, "devices.emu_devices[0] \"p\"", "whose PMU it is"},
	{VM(1, "x") CPU1 KERNEL PLAIN DEVICES
	 "emu_devices = [[\"p\", 0xa0000, 0x1000, 0, 0x49, [3588]],"
	 "[\"q\", 0xb0000, 0x1000, 0, 0x49, [3588]]]\n",
	 NULL, BAD, "devices.emu_devices[1] \"q\"", "a Rockchip PMU already"},
	/* whose pins */
	{VM(1, "x") CPU1 KERNEL PLAIN DEVICES
	 "emu_devices = [[\"i\", 0xa0000, 0x10000, 0, 0x4a, [3588]]]\n",
	 NULL, GOOD, "", ""},
	{VM(1, "x") CPU1 KERNEL PLAIN DEVICES
	 "emu_devices = [[\"i\", 0xa0000, 0x50000, 0, 0x4a, [3568]]]\n",
	 NULL, GOOD, "", ""},
	{VM(1, "x") CPU1 KERNEL PLAIN DEVICES
	 "emu_devices = [[\"i\", 0xa0000, 0x10000, 0, 0x4a, [3568]]]\n",
	 NULL, BAD, "devices.emu_devices[0] \"i\"", "give 0x50000"},
	{VM(1, "x") CPU1 KERNEL PLAIN DEVICES
	 "emu_devices = [[\"i\", 0xa0000, 0x10000, 0, 0x4a, []]]\n",
	 NULL, BAD, "devices.emu_devices[0] \"i\"", "whose IOC it is"},
	{VM(1, "x") CPU1 KERNEL PLAIN "disk_path = \"d\"\n", NULL, WARNED,
	 "kernel.disk_path: \"d\"", "no card shows it"},
	/* what a card is on, of the machine's disks */
	{VM(1, "x") CPU1 KERNEL PLAIN
	 "disk_path = \"/dev/nvme0n1p2\"\n" DEVICES
	 "emu_devices = [[\"s\", 0x9000, 0x1000, 40, 0x44, [900]]]\n",
	 NULL, GOOD, "", ""},
	{VM(1, "x") CPU1 KERNEL PLAIN
	 "disk_path = \"/dev/disk/by-id\"\n" DEVICES
	 "emu_devices = [[\"s\", 0x9000, 0x1000, 40, 0x44, []]]\n",
	 NULL, BAD, "kernel.disk_path: \"/dev/disk/by-id\"", "as /dev/vda2"},
	{VM(1, "x") CPU1 KERNEL PLAIN
	 "disk_path = \"/dev/\"\n" DEVICES
	 "emu_devices = [[\"s\", 0x9000, 0x1000, 40, 0x44, []]]\n",
	 NULL, BAD, "kernel.disk_path: \"/dev/\"", "name of a partition"},
	/* RAM and windows */
	{VM(1, "x") CPU1 KERNEL RAM("[0x4000_0000, 0x100_0000, 7, 0],"
				    "[0x40f0_0000, 0x100_0000, 7, 2]"),
	 NULL, BAD, "kernel.memory_regions[1]", "memory_regions[0]"},
	{VM(1, "x") CPU1 KERNEL RAM("[0x4000_0000, 0x100_0000, 7, 1],"
				    "[0x4000_0000, 0x100_0000, 7, 0]"),
	 NULL, GOOD, "", ""},
	{VM(1, "x") CPU1 KERNEL PLAIN DEVICES
	 "emu_devices = [[\"u\", 0x4000_1000, 0x1000, 0, 2, []]]\n",
	 NULL, BAD, "devices.emu_devices[0] \"u\"", "memory_regions[0]"},
	{VM(1, "x") CPU1 KERNEL PLAIN DEVICES
	 "emu_devices = [[\"u\", 0x4000_1000, 0x1000, 0, 0, []]]\n",
	 NULL, GOOD, "", ""},
	{VM(1, "x") CPU1 KERNEL PLAIN DEVICES
	 "emu_devices = [[\"u\", 0x9000, 0x1000, 0, 0x21, []],"
	 "[\"v\", 0x9800, 0x1000, 0, 0x20, []]]\n",
	 NULL, BAD, "devices.emu_devices[1] \"v\"", "emu_devices[0]"},
	{VM(1, "x") CPU1 KERNEL PLAIN DEVICES
	 "emu_devices = [[\"u\", 0x2_9000, 0, 0, 2, []]]\n",
	 NULL, BAD, "devices.emu_devices[0] \"u\"", "empty"},
	{VM(1, "x") CPU1 KERNEL RAM("[0x4000_0000, 0x100_0000, 7, 0],"
				    "[0, 0x1000, 7, 0]") DEVICES
	 "emu_devices = [[\"com1\", 0x3f8, 8, 4, 2, []]]\n",
	 NULL, GOOD, "", ""},
	{VM(1, "x") CPU1 KERNEL PLAIN DEVICES
	 "emu_devices = [[\"u\", 0x900_0000, 0x1000, 0, 2, []]]\n"
	 "passthrough_addresses = [[0x800_0000, 0x200_0000]]\n",
	 NULL, WARNED, "devices.emu_devices[0] \"u\"", "is cut out of"},
	{VM(1, "x") CPU1 KERNEL PLAIN DEVICES
	 "passthrough_devices = [[\"d\", 0x4000_0000, 0x900_0000, 0x1000, "
	 "1]]\n",
	 NULL, BAD, "devices.passthrough_devices[0] \"d\"", "memory_regions"},
	{VM(1, "x") CPU1 KERNEL PLAIN DEVICES
	 "passthrough_devices = [[\"d\", 0x1000, 0x2000, 0x1000, 1],"
	 "[\"e\", 0x1000, 0x3000, 0x1000, 1]]\n",
	 NULL, BAD, "devices.passthrough_devices[1] \"e\"", "[0]"},
	{VM(1, "x") CPU1 KERNEL PLAIN DEVICES
	 "passthrough_devices = [[\"d\", 0x1000, 0x2000, 0x1000, 1],"
	 "[\"e\", 0x1000, 0x2000, 0x1000, 1]]\n",
	 NULL, GOOD, "", ""},
	{VM(1, "x") CPU1 KERNEL PLAIN DEVICES
	 "passthrough_devices = [[\"d\", 0x1000, 0x2010, 0x1000, 1]]\n",
	 NULL, BAD, "devices.passthrough_devices[0] \"d\"", "misaligned"},
	{VM(1, "x") CPU1 KERNEL PLAIN DEVICES
	 "passthrough_devices = [[\"d\", 0x1000, 0x2000, 0x100, 1]]\n",
	 NULL, WARNED, "devices.passthrough_devices[0] \"d\"", "widened"},
	{VM(1, "x") CPU1 KERNEL PLAIN DEVICES
	 "passthrough_addresses = [[0x1000, 0x800]]\n",
	 NULL, WARNED, "devices.passthrough_addresses[0]", "widened"},
	/* interrupts */
	{VM(1, "x") CPU1 KERNEL PLAIN DEVICES
	 "emu_devices = [[\"u\", 0x1_9000, 0x1000, 33, 2, []],"
	 "[\"v\", 0x2_9000, 0x1000, 33, 2, []]]\n",
	 NULL, BAD, "devices.emu_devices[1] \"v\"", "interrupt 33"},
	{VM(1, "x") CPU1 KERNEL PLAIN DEVICES
	 "emu_devices = [[\"u\", 0x1_9000, 0x1000, 33, 2, []]]\n"
	 "passthrough_devices = [[\"d\", 0x1000, 0x2000, 0x1000, 33]]\n",
	 NULL, BAD, "devices.passthrough_devices[0] \"d\"", "interrupt 33"},
	{VM(1, "x") CPU1 KERNEL PLAIN DEVICES
	 "emu_devices = [[\"u\", 0x1_9000, 0x1000, 0x1, 2, []]]\n"
	 "passthrough_devices = [[\"d\", 0x1000, 0x2000, 0x1000, 0x1],"
	 "[\"e\", 0x3000, 0x4000, 0x1000, 0x17]]\n",
	 NULL, GOOD, "", ""},
	{VM(1, "x") CPU1 KERNEL PLAIN DEVICES
	 "emu_devices = [[\"u\", 0x1_9000, 0x1000, 1020, 2, []]]\n",
	 NULL, BAD, "devices.emu_devices[0] \"u\"", "interrupt 1020"},
	/* doorbells; without an interrupt it is a range for channels */
	{VM(1, "x") CPU1 KERNEL PLAIN DEVICES
	 "emu_devices = [[\"i\", 0xa00_0000, 0x1000, 40, 0xa, []],"
	 "[\"j\", 0xb00_0000, 0x1_0000, 0x1, 0xa, []]]\n",
	 NULL, GOOD, "", ""},
	{VM(1, "x") CPU1 KERNEL PLAIN DEVICES
	 "emu_devices = [[\"i\", 0xa00_0000, 0x1000, 40, 0xa, []],"
	 "[\"j\", 0xb00_0000, 0x1_0000, 41, 0xa, []]]\n",
	 NULL, WARNED, "devices.emu_devices[1] \"j\"", "one doorbell"},
	{VM(1, "x") CPU1 KERNEL PLAIN DEVICES
	 "emu_devices = [[\"i\", 0xa00_0000, 0x100, 40, 0xa, []]]\n",
	 NULL, WARNED, "devices.emu_devices[0] \"i\"", "too small"},
	/* channels */
	{VM(1, "x") CPU1 KERNEL PLAIN "[ivc]\npublish = [1, 2, 1]\n", NULL,
	 WARNED, "ivc.publish[2]: key 0x1", "[0]"},
	{VM(1, "x") CPU1 KERNEL PLAIN "[ivc]\nsubscribe = [[2, 1]]\n", NULL,
	 WARNED, "ivc.subscribe[0]", "id 2"},
	/* power key and watchdog */
	{VM(1, "x") CPU1 KERNEL PLAIN DEVICES
	 "emu_devices = [[\"k\", 0x1_9000, 0x1000, 39, 0x40, []],"
	 "[\"w\", 0x1_a000, 0x1000, 0, 0x41, []]]\n",
	 NULL, GOOD, "", ""},
	{VM(1, "x") CPU1 KERNEL PLAIN DEVICES
	 "emu_devices = [[\"k\", 0x1_9000, 0x1000, 0, 0x40, []]]\n",
	 NULL, BAD, "devices.emu_devices[0] \"k\"",
	 "interrupt 0 cannot be a power key's"},
	{VM(1, "x") CPU1 KERNEL PLAIN DEVICES
	 "emu_devices = [[\"w\", 0x1_9000, 0x1000, 31, 0x41, []]]\n",
	 NULL, BAD, "devices.emu_devices[0] \"w\"",
	 "interrupt 31 cannot be a watchdog's"},
	{VM(1, "x") CPU1 KERNEL PLAIN DEVICES
	 "emu_devices = [[\"w\", 0x1_9000, 0xfff, 40, 0x41, []]]\n",
	 NULL, BAD, "devices.emu_devices[0] \"w\"", "give 0x1000"},
	{VM(1, "x") CPU1 KERNEL PLAIN DEVICES
	 "emu_devices = [[\"k\", 0x1_9000, 0x1000, 39, 0x40, []],"
	 "[\"l\", 0x1_a000, 0x1000, 40, 0x40, []]]\n",
	 NULL, BAD, "devices.emu_devices[1] \"l\"",
	 "emu_devices[0] is a power key already"},
	/* CPUs */
	{VM(1, "x") "cpu_num = 2\nphys_cpu_ids = [1, 1]\n" KERNEL PLAIN, NULL,
	 BAD, "base.phys_cpu_ids[1]: 0x1", "vCPU 0"},
	{VM(1, "x") CPU1 "phys_cpu_sets = [0]\n" KERNEL PLAIN, NULL, BAD,
	 "base.phys_cpu_sets[0]: 0x0", "no CPU"},
};

static const struct check_case together[] = {
	{ONE, TWO, GOOD, "", ""},
	/* channels */
	{ONE "[ivc]\npublish = [5]\n", TWO "[ivc]\nsubscribe = [[1, 5]]\n",
	 GOOD, "", ""},
	{ONE, TWO "[ivc]\nsubscribe = [[1, 5]]\n", GOOD, "", ""},
	{ONE "[ivc]\npublish = [5]\n", TWO "[ivc]\nsubscribe = [[1, 6]]\n",
	 WARNED, "b.toml: warning: ivc.subscribe[0]", "a.toml"},
	{ONE "[ivc]\n", TWO "[ivc]\nsubscribe = [[1, 6], [1, 6]]\n", WARNED,
	 "b.toml: warning: ivc.subscribe[1]", "[0]"},
	{ONE, VM(1, "y") CPU1 KERNEL PLAIN, BAD, "b.toml: error: base.id: 1",
	 "a.toml"},
	{ONE, VM(2, "x") CPU1 KERNEL PLAIN, BAD,
	 "b.toml: error: base.name: \"x\"", "a.toml"},
	/* what one has of the machine's disks is no other's */
	{VM(1, "x") CPU1 KERNEL PLAIN
	 "disk_path = \"/dev/vda2\"\n" DEVICES
	 "emu_devices = [[\"s\", 0x9000, 0x1000, 40, 0x44, []]]\n",
	 VM(2, "y") CPU1 KERNEL PLAIN
	 "disk_path = \"/dev/vda2\"\n" DEVICES
	 "emu_devices = [[\"s\", 0x9000, 0x1000, 40, 0x44, []]]\n",
	 BAD, "b.toml: error: kernel.disk_path: \"/dev/vda2\"", "a.toml has"},
	{VM(1, "x") CPU1 KERNEL PLAIN
	 "disk_path = \"/dev/nvme0n1\"\n" DEVICES
	 "emu_devices = [[\"s\", 0x9000, 0x1000, 40, 0x44, []]]\n",
	 VM(2, "y") CPU1 KERNEL PLAIN
	 "disk_path = \"/dev/nvme0n1p3\"\n" DEVICES
	 "emu_devices = [[\"s\", 0x9000, 0x1000, 40, 0x44, []]]\n",
	 BAD, "b.toml: error: kernel.disk_path: \"/dev/nvme0n1p3\"",
	 "a.toml has"},
	{VM(1, "x") CPU1 KERNEL PLAIN
	 "disk_path = \"/dev/vda12\"\n" DEVICES
	 "emu_devices = [[\"s\", 0x9000, 0x1000, 40, 0x44, []]]\n",
	 VM(2, "y") CPU1 KERNEL PLAIN
	 "disk_path = \"/dev/vda1\"\n" DEVICES
	 "emu_devices = [[\"s\", 0x9000, 0x1000, 40, 0x44, []]]\n",
	 GOOD, "", ""},
	{VM(1, "x") CPU1 KERNEL PLAIN
	 "disk_path = \"/dev/nvme0n1\"\n" DEVICES
	 "emu_devices = [[\"s\", 0x9000, 0x1000, 40, 0x44, []]]\n",
	 VM(2, "y") CPU1 KERNEL PLAIN
	 "disk_path = \"/dev/nvme0n12\"\n" DEVICES
	 "emu_devices = [[\"s\", 0x9000, 0x1000, 40, 0x44, []]]\n",
	 GOOD, "", ""},
	{VM(1, "x") CPU1 KERNEL PLAIN
	 "disk_path = \"/a.img\"\n"
	 "image_location = \"fs\"\n" DEVICES
	 "emu_devices = [[\"s\", 0x9000, 0x1000, 40, 0x44, []]]\n",
	 VM(2, "y") CPU1 KERNEL PLAIN
	 "disk_path = \"/a.img\"\n"
	 "image_location = \"fs\"\n" DEVICES
	 "emu_devices = [[\"s\", 0x9000, 0x1000, 40, 0x44, []]]\n",
	 WARNED, "b.toml: warning: kernel.disk_path: \"/a.img\"", "refused"},
	/* reserved memory */
	{VM(1, "x") CPU1 KERNEL RAM("[0x4000_0000, 0x100_0000, 7, 2]"),
	 VM(2, "y") CPU1 KERNEL RAM("[0x4000_0000, 0x100_0000, 7, 2]"), GOOD,
	 "", ""},
	{VM(1, "x") CPU1 KERNEL RAM("[0x4000_0000, 0x100_0000, 7, 2]"),
	 VM(2, "y") CPU1 KERNEL RAM("[0x4000_0000, 0x200_0000, 7, 2]"), BAD,
	 "kernel.memory_regions[0]", "reserved memory overlaps"},
	{VM(1, "x") CPU1 KERNEL RAM("[0x4000_0000, 0x100_0000, 7, 2]"),
	 VM(2, "y") CPU1 KERNEL RAM("[0x4000_0000, 0x200_0000, 7, 1]"), GOOD,
	 "", ""},
	{VM(1, "x") CPU1 KERNEL RAM("[0x4000_0000, 0x100_0000, 7, 2]"),
	 TWO DEVICES "passthrough_devices = [[\"d\", 0x1000, 0x4000_0000, "
		     "0x1000, 1]]\n",
	 BAD, "devices.passthrough_devices[0] \"d\"", "a.toml"},
	/* devices */
	{ONE DEVICES "passthrough_devices = [[\"/uart@1\"]]\n",
	 TWO DEVICES "passthrough_devices = [[\"/uart@1\"]]\n", BAD,
	 "devices.passthrough_devices[0]: \"/uart@1\"", "a.toml"},
	{ONE DEVICES "passthrough_devices = [[\"/soc\"]]\n",
	 TWO DEVICES "passthrough_devices = [[\"/soc/uart@1\"]]\n", WARNED,
	 "a.toml: warning: devices.passthrough_devices[0]: \"/soc/uart@1\"",
	 "cut out of \"/soc\""},
	{ONE DEVICES "passthrough_devices = [[\"/soc\"]]\n",
	 TWO DEVICES "passthrough_devices = [[\"/soc2\"]]\n", GOOD, "", ""},
	{ONE DEVICES "passthrough_devices = [[\"/\"]]\n",
	 TWO DEVICES "passthrough_devices = [[\"/\"]]\n", WARNED,
	 "b.toml: warning: devices.passthrough_devices[0]", "a.toml"},
	{ONE DEVICES
	 "passthrough_devices = [[\"d\", 0x1000, 0x2000, 0x1000, 1]]\n",
	 TWO DEVICES
	 "passthrough_devices = [[\"e\", 0x5000, 0x2000, 0x1000, 1]]\n",
	 BAD, "devices.passthrough_devices[0] \"e\" (0x2000", "a.toml"},
	{ONE DEVICES
	 "passthrough_devices = [[\"d\", 0x1000, 0x2000, 0x1000, 1]]\n",
	 TWO DEVICES "passthrough_addresses = [[0x1000, 0x4000]]\n", WARNED,
	 "cut out of devices.passthrough_addresses[0]", "a.toml"},
	{ONE DEVICES "passthrough_addresses = [[0x1000, 0x4000]]\n",
	 TWO DEVICES "passthrough_addresses = [[0x1000, 0x4000]]\n", BAD,
	 "devices.passthrough_addresses[0]", "a.toml"},
	{ONE DEVICES "passthrough_ports = [[0x3f8, 8]]\n",
	 TWO DEVICES "passthrough_ports = [[0x3f0, 16]]\n", BAD,
	 "devices.passthrough_ports[0]: 0x3f0", "a.toml"},
	/* interrupts; dummies are passed over */
	{ONE DEVICES
	 "passthrough_devices = [[\"d\", 0x1000, 0x2000, 0x1000, 40]]\n",
	 TWO DEVICES
	 "passthrough_devices = [[\"e\", 0x1000, 0x3000, 0x1000, 40]]\n",
	 BAD, "devices.passthrough_devices[0] \"e\"", "interrupt 40"},
	{ONE DEVICES
	 "passthrough_devices = [[\"d\", 0x1000, 0x2000, 0x1000, 23]]\n",
	 TWO DEVICES
	 "passthrough_devices = [[\"e\", 0x1000, 0x3000, 0x1000, 23]]\n",
	 GOOD, "", ""},
	/* owned CPUs */
	{VM(1, "x") CPU1 "phys_cpu_sets = [2]\n" KERNEL PLAIN DEVICES
			 "interrupt_mode = \"passthrough\"\n",
	 VM(2, "y") CPU1 "phys_cpu_sets = [2]\n" KERNEL PLAIN DEVICES
			 "interrupt_mode = \"passthrough\"\n",
	 BAD, "base.phys_cpu_sets: CPUs 0x2", "a.toml"},
	{VM(1, "x") CPU1 "phys_cpu_sets = [2]\n" KERNEL PLAIN DEVICES
			 "interrupt_mode = \"passthrough\"\n",
	 TWO, WARNED, "a.toml: warning: devices.interrupt_mode", "b.toml"},
	{VM(1, "x") CPU1 "phys_cpu_sets = [2]\n" KERNEL PLAIN DEVICES
			 "interrupt_mode = \"passthrough\"\n",
	 VM(2, "y") CPU1 "phys_cpu_sets = [1]\n" KERNEL PLAIN, GOOD, "", ""},
	/* budgets: 60 % and 50 % of CPU 1; of CPU 1 and CPU 0; of any */
	{VM(1, "x") CPU1 "phys_cpu_sets = [2]\n" KERNEL PLAIN SHARE(6),
	 VM(2, "y") CPU1 "phys_cpu_sets = [2]\n" KERNEL PLAIN SHARE(5), WARNED,
	 "b.toml: warning: sched.budget_us: 2 vCPUs", "110 % of CPU 1"},
	{VM(1, "x") CPU1 "phys_cpu_sets = [2]\n" KERNEL PLAIN SHARE(5),
	 VM(2, "y") CPU1 "phys_cpu_sets = [2]\n" KERNEL PLAIN SHARE(5), GOOD,
	 "", ""},
	{VM(1, "x") CPU1 "phys_cpu_sets = [2]\n" KERNEL PLAIN SHARE(6),
	 VM(2, "y") CPU1 "phys_cpu_sets = [1]\n" KERNEL PLAIN SHARE(6), GOOD,
	 "", ""},
	{VM(1, "x") CPU1 "phys_cpu_sets = [2]\n" KERNEL PLAIN SHARE(6),
	 VM(2, "y") CPU1 KERNEL PLAIN SHARE(6), GOOD, "", ""},
	{VM(1, "x") CPU1 "phys_cpu_sets = [2]\n" KERNEL PLAIN DEVICES
			 "interrupt_mode = \"passthrough\"\n" SHARE(6),
	 TWO, WARNED, "a.toml: warning: devices.interrupt_mode", "budgets"},
};

static void test_alone(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(alone); i++)
		run(&alone[i], NULL);
}

static void test_together(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(together); i++)
		run(&together[i], NULL);
}

static const uint64_t hwids[] = {0x0, 0x100};
static const struct config_host two_cpus = {.cpu_count = 2, .cpu_hwids = hwids};

static const struct check_case on_two_cpus[] = {
	{VM(1, "x") CPU1
	 "phys_cpu_ids = [0x100]\nphys_cpu_sets = [2]\n" KERNEL PLAIN,
	 NULL, GOOD, "", ""},
	{VM(1, "x") CPU1 "phys_cpu_ids = [0x200]\n" KERNEL PLAIN, NULL, BAD,
	 "base.phys_cpu_ids[0]: 0x200", "no such CPU"},
	{VM(1, "x") CPU1 "phys_cpu_sets = [4]\n" KERNEL PLAIN, NULL, BAD,
	 "base.phys_cpu_sets[0]: 0x4", "has 2"},
	{VM(1, "x") CPU1 "phys_cpu_sets = [7]\n" KERNEL PLAIN, NULL, WARNED,
	 "base.phys_cpu_sets[0]: 0x7", "0x3 remains"},
};

static void test_cpus(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(on_two_cpus); i++)
		run(&on_two_cpus[i], &two_cpus);
}

static unsigned int lines;

static void count_line(struct config_report *r __unused_arg,
		       enum config_severity severity __unused_arg,
		       const char *text __unused_arg)
{
	lines++;
}

/* Each range over each device: all are counted, not all are told. */
static void test_flood(void **state)
{
	static char text[65536];
	const struct vm_config *vms[1];
	struct vm_config *config;
	unsigned int i;
	size_t at;

	(void)state;
	at = (size_t)sprintf(text, "%s", ONE DEVICES "emu_devices = [");
	for (i = 0; i < 100; i++)
		at += (size_t)sprintf(text + at, "[\"u\", %u, 4096, 0, 2, []],",
				      0x10000000 + i * 4096);
	at += (size_t)sprintf(text + at, "]\npassthrough_addresses = [");
	for (i = 0; i < 100; i++)
		at += (size_t)sprintf(text + at, "[%u, %u],", 0x10000000,
				      0x1000000 - i * 4096);
	sprintf(text + at, "]\n");
	report = fresh_report();
	config = parse("a.toml", text);
	report.line = count_line;
	lines = 0;
	vms[0] = config;
	assert_int_equal(vm_config_check(vms, 1, NULL, &report), 0);
	assert_int_equal(report.warning_count, 100 * 100);
	assert_int_equal(lines, 201);
	vm_config_free(config);
}

/* A kernel's BSS counts: the header's image_size, not the file's. */
static void test_footprint(void **state)
{
	static uint8_t image[0x1000];
	const struct vm_config *vms[1];
	struct vm_config *config;

	(void)state;
	report = fresh_report();
	config = parse("a.toml", ONE);
	memcpy(image + 56, "ARM\x64", 4);
	config->kernel.data = image;
	config->kernel.size_bytes = sizeof(image);
	vms[0] = config;
	assert_int_equal(vm_config_check(vms, 1, NULL, &report), 0);
	image[19] = 0x02; /* 32 MiB */
	assert_true(vm_config_check(vms, 1, NULL, &report) < 0);
	assert_finding("kernel.kernel_path", "0x2000000 bytes");
	vm_config_free(config);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_alone),
		cmocka_unit_test(test_together),
		cmocka_unit_test(test_cpus),
		cmocka_unit_test(test_flood),
		cmocka_unit_test(test_footprint),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
