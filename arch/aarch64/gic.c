/* SPDX-License-Identifier: Apache-2.0 */
/* Where the GIC's driver leaves what the rest of the architecture needs. */
#include <arch/gic.h>

static const struct gic *host_gic;

void arch_gic_register(const struct gic *gic)
{
	host_gic = gic;
}

const struct gic *arch_gic(void)
{
	return host_gic;
}
