/* SPDX-License-Identifier: Apache-2.0 */
/* The hypervisor application: what cvisor does once its runtime is up. */
#include <core/init.h>

#include <core/cold.h>
#include <core/console.h>
#include <core/cpu.h>
#include <drivers/block.h>
#include <errno.h>
#include <fs/fs.h>
#include <lib/log.h>
#include <mm/frames.h>
#include <shell/shell.h>
#include <virt/vconsole.h>
#include <virt/vm.h>
#include <virt/vmm.h>

#define LOG_TAG "main"

static void banner(void)
{
	static const char name[] = "\ncvisor\n";
	struct frames_stats ram;

	frames_stats(&ram);
	console_write(name, sizeof(name) - 1);
	log_info("%u CPUs, %lu of %lu MiB RAM free", cpu_count,
		 (unsigned long)(ram.free_pages * PAGE_SIZE >> 20),
		 (unsigned long)(ram.total_pages * PAGE_SIZE >> 20));
}

int main(void)
{
	int err;

	banner();
	/* the shell's screen, too: there is one on a machine without guests */
	err = vmm_init();
	if (!err)
		err = virt_enable();
	if (IS_ENABLED(CONFIG_BLOCK))
		host_disks_find();
	/* without a disk the guests need not wait for the file systems */
	if (IS_ENABLED(CONFIG_FS) && block_next(NULL) && !cold_load())
		fs_start();
	if (!err)
		vmm_start();
	else
		log_err("no guests, error %d", err);
	do {
		vconsole_shell_await();
		err = cold_load();
	} while (err == -ENOMEM);
	if (!err)
		shell_run();
	return err;
}
