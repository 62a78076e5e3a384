/* SPDX-License-Identifier: Apache-2.0 */
/* Device trees for tests, from their source by dtc. After cmocka.h. */
#ifndef TESTS_FAKE_DTS_H
#define TESTS_FAKE_DTS_H

#include <libfdt.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

/** dts_file() - of a .dts file into @fdt, of @size bytes; checked. Return: how
 * many came */
static inline size_t dts_file(const char *path, void *fdt, size_t size)
{
	char command[256];
	size_t got;
	FILE *in;

	snprintf(command, sizeof(command), "dtc -q -I dts -O dtb %s", path);
	in = popen(command, "r");
	assert_non_null(in);
	got = fread(fdt, 1, size, in);
	assert_int_equal(pclose(in), 0);
	assert_int_equal(fdt_check_full(fdt, got), 0);
	return got;
}

/** dts_text() - the same of a source in memory */
static inline size_t dts_text(const char *source, void *fdt, size_t size)
{
	FILE *out = tmpfile();
	char path[64];
	size_t got;

	assert_non_null(out);
	fputs(source, out);
	assert_int_equal(fflush(out), 0);
	snprintf(path, sizeof(path), "/proc/%d/fd/%d", (int)getpid(),
		 fileno(out));
	got = dts_file(path, fdt, size);
	fclose(out);
	return got;
}

#endif
