/* SPDX-License-Identifier: Apache-2.0 */
/* Which properties name other nodes. */
#ifndef VIRT_FDT_REFS_H
#define VIRT_FDT_REFS_H

#include <lib/types.h>

/** struct fdt_ref_rule - how a property refers */
struct fdt_ref_rule {
	const char *name;
	uint8_t match; /* enum in fdt_refs.c */
	bool once;     /* one phandle, then whatever */
	bool whole;    /* the target is of no use without its descendants */
	/* of the target: cells after each phandle; NULL: none */
	const char *cells_name;
};

/** fdt_ref_rule() - NULL: the property refers to nothing */
const struct fdt_ref_rule *fdt_ref_rule(const char *prop);

#endif
