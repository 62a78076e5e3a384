/* SPDX-License-Identifier: Apache-2.0 */
/* An emulated DesignWare MMC. */
/* the tested code, or the copy with the planted bug */
#include "dw_mshc.c"

#define OPS dw_mshc_ops
#define IDSTS_AT 0x8c
#define DESC 16u
#define DMA_ON 0x02000030u

#include "dw_cards.h"

static void own_start(void)
{
}
