/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Guest files from disks.
 *
 * Each is read whole into memory, VM_CONFIG_MAX_BYTES at most, parsed, and checked
 * together with those that were accepted before it: what is found then is its
 * fault, or between it and one of them. The text is gone before the VM is made;
 * the configuration is owned by the VM.
 */
#define LOG_TAG "guests"
#include <virt/vm_files.h>

#include "plan.h"

#include <core/cpu.h>
#include <errno.h>
#include <fs/fs.h>
#include <lib/fdt.h>
#include <lib/log.h>
#include <mm/heap.h>
#include <stdlib.h>
#include <string.h>
#include <virt/vm.h>
#include <virt/vm_life.h>

/** struct vm_file - a configuration and the name that it refers to */
struct vm_file {
	struct vm_config *config;
	char path[VM_FILE_PATH_MAX];
};

void vm_file_free(struct vm_file *file)
{
	if (!file)
		return;
	vm_config_free(file->config);
	heap_free(file);
}

/*
 * Findings
 */

/* A line of the log is shorter than a finding may be. */
#define PIECE 200

static void finding_log(enum config_severity severity, const char *text)
{
	static const enum log_level levels[] = {
		[CONFIG_ERROR] = LOG_ERR,
		[CONFIG_WARNING] = LOG_WARN,
		[CONFIG_NOTE] = LOG_INFO,
	};
	const char *more = "";

	for (size_t left = strlen(text); left;) {
		size_t n = left;

		/* at a blank, when there is one */
		for (n = MIN(left, (size_t)PIECE); n < left && n > 1; n--)
			if (text[n] == ' ')
				break;
		if (n == 1)
			n = MIN(left, (size_t)PIECE);
		log_at(levels[severity], "%s%.*s", more, (int)n, text);
		text += n;
		left -= n;
		more = "...";
	}
}

/* Of the reader: all of it is this file's. */
static void reader_line(struct config_report *report __unused_arg,
			enum config_severity severity, const char *text)
{
	finding_log(severity, text);
}

/* What the new file has to do with. */
struct check_ctx {
	const char *path;
	bool refused;
};

/* As a whole, not as the end of another file's path. */
static bool is_named(const char *text, const char *path)
{
	const char *at = text;

	while ((at = strstr(at, path))) {
		if (at == text || strchr(" \"'(,", at[-1]))
			return true;
		at++;
	}
	return false;
}

/*
 * Of all files together: what does not name the new one was said before, or is
 * of the Image's own VMs, which are there whatever this machine's tree says.
 */
static void check_line(struct config_report *report,
		       enum config_severity severity, const char *text)
{
	struct check_ctx *ctx = report->ctx;

	if (!is_named(text, ctx->path))
		return;
	if (severity == CONFIG_ERROR)
		ctx->refused = true;
	finding_log(severity, text);
}

/*
 * Reading
 */

static int refused(const char *path, const char *what, int err)
{
	log_err("%s: %s, error %d", path, what, err);
	return err;
}

static int text_read(const char *path, char **text, size_t *len)
{
	struct fs_file *file;
	int64_t n = -ENOMEM;
	int err = fs_open(path, FS_READ, &file);

	if (err)
		return refused(path,
			       err == -ENOENT ? "no such file"
					      : "cannot be opened",
			       err);
	*text = NULL;
	if (fs_size(file) > VM_CONFIG_MAX_BYTES) {
		fs_discard(file);
		return refused(path, "is larger than 256 KiB", -EFBIG);
	}
	*len = (size_t)fs_size(file);
	*text = heap_alloc(*len + 1);
	if (*text)
		n = fs_read(file, *text, *len);
	fs_discard(file);
	if (n >= 0 && (size_t)n == *len)
		return 0;
	heap_free(*text);
	return refused(path, "cannot be read", n < 0 ? (int)n : -EIO);
}

static int file_parse(const char *path, struct vm_file **result)
{
	struct config_report report = {.line = reader_line};
	struct vm_file *file;
	char *text = NULL;
	size_t len = 0;
	int err;

	if (strlen(path) >= VM_FILE_PATH_MAX)
		return refused(path, "this name is too long for a guest file",
			       -ENAMETOOLONG);
	err = text_read(path, &text, &len);
	if (err)
		return err;
	file = heap_alloc(sizeof(*file));
	if (file) {
		strcpy(file->path, path);
		err = vm_config_parse(file->path, text, len, &report,
				      &file->config);
	}
	heap_free(text);
	if (!file || err == -ENOMEM)
		err = refused(path, "not enough free memory", -ENOMEM);
	if (err) {
		vm_file_free(file);
		return err;
	}
	*result = file;
	return 0;
}

/*
 * Checking
 */

/* @configs: the accepted ones, the new one last. */
static int set_check(const struct vm_config *const *configs, unsigned int count)
{
	uint64_t *hwids = heap_alloc_array(cpu_count, sizeof(*hwids));
	struct check_ctx ctx = {.path = configs[count - 1]->file};
	struct config_report report = {.line = check_line, .ctx = &ctx};
	const struct config_host host = {
		.fdt = host_fdt(),
		.cpu_count = cpu_count,
		.cpu_hwids = hwids,
	};
	int err;

	if (!hwids)
		return refused(ctx.path, "not enough free memory", -ENOMEM);
	for (unsigned int i = 0; i < cpu_count; i++)
		hwids[i] = cpus[i].hwid;
	err = vm_config_check(configs, count, &host, &report);
	heap_free(hwids);
	if (err == -EINVAL && !ctx.refused)
		err = 0;
	return err;
}

static unsigned int vms_count(void)
{
	unsigned int count = 0;

	for (const struct vm *vm = vm_first(); vm; vm = vm->next)
		count++;
	return count;
}

/* Together with the VMs that there are. */
static int file_check(const struct vm_file *file)
{
	unsigned int most = vms_count(), count = 0;
	const struct vm_config **set = heap_alloc_array(most + 1, sizeof(*set));
	int err;

	if (!set)
		return refused(file->path, "not enough free memory", -ENOMEM);
	/* boot may make one more meanwhile */
	for (const struct vm *vm = vm_first(); vm && count < most;
	     vm = vm->next)
		set[count++] = vm->config;
	set[count++] = file->config;
	err = set_check(set, count);
	heap_free(set);
	return err;
}

static int file_make(struct vm_file *file, struct vm **vm)
{
	int err = vm_create(file->config, vm);

	if (err) {
		refused(file->path, "is refused", err);
		vm_file_free(file);
	} else {
		(*vm)->plan->file = file;
	}
	return err;
}

int vm_file_create(const char *path, struct vm **vm)
{
	struct vm_file *file;
	int err = file_parse(path, &file);

	if (err)
		return err;
	err = file_check(file);
	if (err) {
		vm_file_free(file);
		return err;
	}
	return file_make(file, vm);
}

/*
 * At boot
 */

struct boot_files {
	unsigned int name_count;
	unsigned int file_count;
	char names[VM_FILES_MAX][VM_FILE_PATH_MAX];
	struct vm_file *files[VM_FILES_MAX];
	const struct vm_config *configs[VM_FILES_MAX];
};

static bool is_guest_file(const struct fs_dirent *entry)
{
	size_t len = strlen(entry->name);

	return entry->stat.kind != FS_DIRECTORY && entry->name[0] != '.' &&
	       len > 5 && !strcasecmp(entry->name + len - 5, ".toml");
}

static void name_add(struct boot_files *boot, const char *name)
{
	size_t room = VM_FILE_PATH_MAX - sizeof(VM_FILES_FOLDER "/");
	char *to = boot->names[boot->name_count];

	if (strlen(name) > room) {
		(void)refused(name, "this name is too long for a guest file",
			      -ENAMETOOLONG);
		return;
	}
	if (boot->name_count == VM_FILES_MAX) {
		log_warn("%s: left out, there are more than %u", name,
			 VM_FILES_MAX);
		return;
	}
	strcpy(to, VM_FILES_FOLDER "/");
	strcat(to, name);
	boot->name_count++;
}

static int by_name(const void *a, const void *b)
{
	return strcmp(a, b);
}

static void names_find(struct boot_files *boot)
{
	struct fs_dirent *entry = heap_alloc(sizeof(*entry));
	struct fs_dir *dir;
	int err = entry ? fs_opendir(VM_FILES_FOLDER, &dir) : -ENOMEM;

	if (!err) {
		while ((err = fs_readdir(dir, entry)) > 0)
			if (is_guest_file(entry))
				name_add(boot, entry->name);
		fs_closedir(dir);
	}
	if (err && err != -ENOENT)
		(void)refused(VM_FILES_FOLDER, "cannot be read", err);
	heap_free(entry);
	qsort(boot->names, boot->name_count, sizeof(boot->names[0]), by_name);
}

static void file_accept(struct boot_files *boot, const char *path)
{
	unsigned int n = boot->file_count;

	if (file_parse(path, &boot->files[n]))
		return;
	boot->configs[n] = boot->files[n]->config;
	if (set_check(boot->configs, n + 1))
		vm_file_free(boot->files[n]);
	else
		boot->file_count++;
}

/* A guest runs while the next one's VM is made. */
static void files_start(struct boot_files *boot)
{
	for (unsigned int i = 0; i < boot->file_count; i++) {
		struct vm *vm;

		/* the others are to know whom this one leaves its devices */
		vm_boot_table = boot->configs + i;
		vm_boot_count = boot->file_count - i;
		if (!file_make(boot->files[i], &vm))
			vm_boot_start(vm);
	}
	/* those that were made are in the list of VMs */
	vm_boot_count = 0;
}

bool vm_files_boot(void)
{
	struct boot_files *boot;
	bool found;

	if (!fs_mounted())
		return false;
	boot = heap_alloc(sizeof(*boot));
	if (!boot)
		return false;
	names_find(boot);
	found = boot->name_count;
	if (found)
		log_info("%u guest files in %s, in place of the %u VMs of this "
			 "Image",
			 boot->name_count, VM_FILES_FOLDER, vm_config_count);
	for (unsigned int i = 0; i < boot->name_count; i++)
		file_accept(boot, boot->names[i]);
	if (found)
		files_start(boot);
	heap_free(boot);
	return found;
}
