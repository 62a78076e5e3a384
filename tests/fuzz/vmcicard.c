/* SPDX-License-Identifier: Apache-2.0 */
/* An emulated MCI of Phytium's. */
/* the tested code, or the copy with the planted bug */
#include "phytium_mci.c"

#define OPS phytium_mci_ops
#define IDSTS_AT 0x90
#define DESC 32u
#define DMA_ON 0x02000010u

#include "dw_cards.h"

static void own_start(void)
{
	wr(0x108, 0x502);
}
