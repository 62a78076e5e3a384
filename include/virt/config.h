/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A VM's configuration: what a guest TOML says, and the rules it must keep.
 *
 * The same sources (virt/config/) are built for the build machine, as toml2c
 * and vmcheck, and linked into the Image. toml2c writes these structs as
 * const C tables.
 */
#ifndef VIRT_CONFIG_H
#define VIRT_CONFIG_H

#include <lib/types.h>
#include <lib/util.h>

enum vm_type { VM_TYPE_HOST, VM_TYPE_RTOS, VM_TYPE_LINUX };
enum vm_image_location { VM_IMAGE_FS, VM_IMAGE_MEMORY };
enum vm_boot_protocol { VM_BOOT_DIRECT, VM_BOOT_MULTIBOOT, VM_BOOT_UEFI };
enum vm_map_type { VM_MAP_ALLOC, VM_MAP_IDENTICAL, VM_MAP_RESERVED };
enum vm_irq_mode { VM_IRQ_NONE, VM_IRQ_EMULATED, VM_IRQ_PASSTHROUGH };
enum vm_address_policy { VM_ADDR_VIRTUALIZED, VM_ADDR_PASSTHROUGH };
enum vm_on_exit { VM_ON_EXIT_STOP, VM_ON_EXIT_RESTART };
enum vm_suspend_time { VM_TIME_STOPS, VM_TIME_RUNS };

/* emu_devices' type numbers */
enum vm_emu_type {
	VM_EMU_DUMMY = 0x0,
	VM_EMU_IRQCHIP = 0x1,
	VM_EMU_CONSOLE = 0x2, /* cfg: enum vm_console_kind */
	VM_EMU_FW_CFG = 0x3,
	VM_EMU_IVC = 0xa,
	VM_EMU_GIC_REDIST = 0x20, /* cfg: vcpu count, stride, first pCPU */
	VM_EMU_GIC_DIST = 0x21,
	VM_EMU_GIC_ITS = 0x22, /* cfg: host ITS base */
	VM_EMU_IOAPIC = 0x23,
	VM_EMU_PIT = 0x24,
	VM_EMU_PLIC = 0x30, /* cfg: contexts */
	/* cvisor's own: 0x40 to 0x4f */
	VM_EMU_POWER_KEY = 0x40,
	VM_EMU_WATCHDOG = 0x41,
	VM_EMU_APLIC = 0x42, /* cfg: sources */
	VM_EMU_IMSIC = 0x43,
	VM_EMU_SD_CARD = 0x44,      /* cfg: MiB */
	VM_EMU_EMMC = 0x45,         /* cfg: MiB */
	VM_EMU_PHYTIUM_CARD = 0x46, /* cfg: MiB */
	VM_EMU_DW_WATCHDOG = 0x47,
	VM_EMU_ROCKCHIP_CRU = 0x48, /* cfg: enum vm_rk_soc */
	VM_EMU_ROCKCHIP_PMU = 0x49, /* the same */
	VM_EMU_ROCKCHIP_IOC = 0x4a, /* the same */
	VM_EMU_SCMI = 0x4b,         /* cfg: function id of its call */
	VM_EMU_VIRTIO_BLK = 0xe1,
	VM_EMU_VIRTIO_NET = 0xe2,
	VM_EMU_VIRTIO_CONSOLE = 0xe3,
};

enum vm_console_kind {
	VM_CONSOLE_HOSTS, /* as the host's UART; else the first one built in */
	VM_CONSOLE_PL011,
	VM_CONSOLE_16550,
	VM_CONSOLE_DW8250,
	VM_CONSOLE_KINDS,
};

enum vm_rk_soc { VM_RK3568 = 3568, VM_RK3588 = 3588 };

/*
 * Of the window of a part of Rockchip's; 0: there is no such. RK3568's CRU has
 * the PMU's before it, and its GRF.
 */
static inline uint64_t vm_rk_bytes(uint32_t type, uint64_t soc)
{
	if (soc != VM_RK3568 && soc != VM_RK3588)
		return 0;
	if (type == VM_EMU_ROCKCHIP_CRU)
		return soc == VM_RK3588 ? 0x5c000 : 0x21000;
	if (type == VM_EMU_ROCKCHIP_IOC)
		return soc == VM_RK3588 ? 0x10000 : 0x50000;
	return type == VM_EMU_ROCKCHIP_PMU ? 0x1000 : 0;
}

/* The call that rings an SCMI server, where a file says none. */
#define VM_SCMI_CALL 0x82000010u

static inline uint32_t vm_scmi_call(const uint64_t *cfg, uint32_t count)
{
	return count ? (uint32_t)cfg[0] : VM_SCMI_CALL;
}

/** vm_is_sip_call() - is @fn a fast call of the silicon's vendor (DEN 0028)? */
static inline bool vm_is_sip_call(uint64_t fn)
{
	return (fn & ~(uint64_t)0x4000ffff) == 0x82000000;
}

/**
 * struct vm_image - a file that becomes guest memory
 * @path: as written; NULL: none
 * @data: embedded bytes; NULL: in the file system or none
 * @load: guest address; meaningful when @has_load
 */
struct vm_image {
	const char *path;
	const void *data;
	uint64_t size_bytes;
	uint64_t load;
	bool has_load;
};

struct vm_region {
	uint64_t gpa;
	uint64_t size_bytes;
	uint32_t
		prot; /* enum pgt_prot: R 1 W 2 X 4 U 8 DEVICE 0x10 UNCACHED 0x20 */
	uint32_t map_type; /* enum vm_map_type */
};

#define VM_EMU_CFG_MAX 8
struct vm_emu_device {
	const char *name;
	uint64_t gpa;
	uint64_t size_bytes;
	uint32_t irq; /* 0: none */
	uint32_t type;
	uint64_t cfg[VM_EMU_CFG_MAX];
	uint32_t cfg_count;
};

/** struct vm_pt_device - a path (then path != NULL) or an address tuple */
struct vm_pt_device {
	const char *path;
	const char *name;
	uint64_t gpa;
	uint64_t hpa;
	uint64_t size_bytes;
	uint32_t irq;
};

struct vm_range {
	uint64_t base;
	uint64_t size_bytes;
};

/* [sched]: what a guest file may say; priorities are core/task.h's */
#define VM_SCHED_PRIORITY_MIN 1
#define VM_SCHED_PRIORITY_MAX 23
#define VM_SCHED_PRIORITY_DEFAULT 8
#define VM_SCHED_SLICE_US_MIN 100
#define VM_SCHED_SLICE_US_MAX 1000000
#define VM_SCHED_BUDGET_US_MIN 50
#define VM_SCHED_PERIOD_US_MIN 200
#define VM_SCHED_PERIOD_US_MAX 1000000

/** struct vm_sched - how one vCPU shares its CPU */
struct vm_sched {
	uint32_t priority;
	uint32_t slice_us;  /* 0: CONFIG_TASK_SLICE_US */
	uint32_t budget_us; /* 0: no limit; else period_us is at least this */
	uint32_t period_us;
};

/** struct vm_ivc_peer - a channel that a VM may subscribe to */
struct vm_ivc_peer {
	uint64_t vm;
	uint64_t key;
};

struct vm_config {
	const char *file; /* for messages */

	/* [base] */
	uint32_t id;
	const char *name;
	uint32_t type; /* enum vm_type */
	uint32_t vcpu_count;
	const uint64_t *phys_cpu_ids;  /* vcpu_count of them, or NULL */
	const uint64_t *phys_cpu_sets; /* vcpu_count of them, or NULL */
	uint32_t on_exit;       /* enum vm_on_exit: when the guest dies */
	uint32_t restart_limit; /* in a row, then it is Failed */
	uint32_t watchdog_s;    /* 0: not given */
	uint32_t suspend_time;  /* enum vm_suspend_time */

	/* [kernel] */
	uint64_t entry_point;
	struct vm_image kernel;
	struct vm_image dtb;
	struct vm_image ramdisk;
	struct vm_image bios;
	struct vm_image uefi;
	struct vm_image disk;
	const char *cmdline;     /* NULL: none given */
	uint32_t image_location; /* enum vm_image_location */
	uint32_t boot_protocol;  /* enum vm_boot_protocol */
	bool enable_bios;
	const struct vm_region *regions;
	uint32_t region_count;

	/* [devices] */
	const struct vm_emu_device *emu_devices;
	uint32_t emu_device_count;
	const struct vm_pt_device *pt_devices;
	uint32_t pt_device_count;
	const struct vm_range *pt_addresses;
	uint32_t pt_address_count;
	const struct vm_range *pt_ports;
	uint32_t pt_port_count;
	const char *const *excluded; /* paths */
	uint32_t excluded_count;
	uint32_t irq_mode;       /* enum vm_irq_mode */
	uint32_t address_policy; /* enum vm_address_policy */

	/* [sched] */
	const struct vm_sched *sched; /* vcpu_count of them; NULL: defaults */

	/* [ivc] */
	bool has_ivc; /* without the section everything is allowed */
	const uint64_t *ivc_publish;
	uint32_t ivc_publish_count;
	const struct vm_ivc_peer *ivc_subscribe;
	uint32_t ivc_subscribe_count;
};

#define VM_CARD_MIB_MAX 0x100000u /* of cfg[0] */

static inline bool vm_emu_is_card(uint32_t type)
{
	return type == VM_EMU_SD_CARD || type == VM_EMU_EMMC ||
	       type == VM_EMU_PHYTIUM_CARD;
}

/* The card that kernel.disk_path goes to: the first in the file; NULL: none. */
static inline const struct vm_emu_device *
vm_config_card(const struct vm_config *config)
{
	for (uint32_t i = 0; i < config->emu_device_count; i++)
		if (vm_emu_is_card(config->emu_devices[i].type))
			return &config->emu_devices[i];
	return NULL;
}

/* Names what begins with it of the machine's disks: "/dev/vda2". */
#define VM_DISK_DEV "/dev/"
#define VM_DISK_NAME_MAX 31

/* The partition or disk that kernel.disk_path names; NULL: it names none. */
static inline const char *vm_disk_part(const struct vm_config *config)
{
	const char *path = config->disk.path;

	for (const char *dev = VM_DISK_DEV; path && *dev; dev++)
		path = *path == *dev ? path + 1 : NULL;
	return path;
}

/* Is it written to where it is, on the machine's disks? Else it is embedded,
 * and copied into memory. */
static inline bool vm_disk_is_kept(const struct vm_config *config)
{
	return config->disk.path &&
	       (config->image_location == VM_IMAGE_FS || vm_disk_part(config));
}

/* The VMs embedded in this Image; generated by toml2c. */
extern const struct vm_config *const vm_config_table[];
extern const unsigned int vm_config_count;

/* Those that are VMs after boot, or will be: the same, or what guest files on a
 * disk say in their place. Changed by boot's own task. */
extern const struct vm_config *const *vm_boot_table;
extern unsigned int vm_boot_count;

/*
 * Reading and checking
 */

enum config_severity { CONFIG_ERROR, CONFIG_WARNING, CONFIG_NOTE };

/**
 * struct config_report - where findings go
 * @line: called with each, e.g. "vms/a.toml:12: error: kernel.entry_point:
 *        0x1000 lies outside every memory region; put it inside one"
 */
struct config_report {
	void (*line)(struct config_report *report,
		     enum config_severity severity, const char *text);
	void *ctx;
	unsigned int error_count;
	unsigned int warning_count;
};

#define VM_CONFIG_MAX_BYTES (256u * 1024) /* of a guest file */

/**
 * vm_config_parse() - read one guest TOML
 * @file: name for messages and vm_config.file (kept by reference)
 * @text: its bytes; need not end in NUL; kept by nothing after the return
 * @config: result, in one allocation; vm_config_free() releases it
 *
 * Every finding goes to @report; reading goes on after the first.
 *
 * Return: 0; -EINVAL when any error was reported; -ENOMEM.
 */
int __must_check vm_config_parse(const char *file, const char *text, size_t len,
				 struct config_report *report,
				 struct vm_config **config);
void vm_config_free(struct vm_config *config);

/**
 * struct config_host - what is known of the machine, for the checks
 * @fdt:        host tree, NULL: unknown
 * @cpu_count:  0: unknown
 * @cpu_hwids:  hwid of each CPU
 */
struct config_host {
	const void *fdt;
	unsigned int cpu_count;
	const uint64_t *cpu_hwids;
};

/**
 * vm_config_check() - all VMs together against each other and the machine
 *
 * Image sizes count where known (size_bytes != 0).
 *
 * Return: 0; -EINVAL when any error was reported.
 */
int __must_check vm_config_check(const struct vm_config *const *configs,
				 unsigned int count,
				 const struct config_host *host,
				 struct config_report *report);

#endif
