/* SPDX-License-Identifier: Apache-2.0 */
/* The registers that a card tells about itself: SD 5.2, 5.3, eMMC 7.2, 7.3. */
#include "mmc.h"

#include <string.h>

uint32_t mmc_bits(const uint32_t answer[4], unsigned int from,
		  unsigned int count)
{
	uint64_t low = answer[3 - from / 32];
	uint64_t high = from / 32 < 3 ? answer[2 - from / 32] : 0;

	return (uint32_t)((high << 32 | low) >> from % 32 &
			  (((uint64_t)1 << count) - 1));
}

/* TRAN_SPEED, SD 5.3.2: a digit and a power of ten, in 100 kbit/s */
static uint32_t speed_hz(uint32_t tran_speed)
{
	static const uint8_t tenths[16] = {0,  10, 12, 13, 15, 20, 25, 30,
					   35, 40, 45, 50, 55, 60, 70, 80};
	uint32_t hz = 10000;

	for (uint32_t i = tran_speed & 7; i && i < 4; i--)
		hz *= 10;
	return hz * tenths[tran_speed >> 3 & 15];
}

/* C_SIZE, C_SIZE_MULT and READ_BL_LEN of version 1 and of eMMC: SD 5.3.2 */
static uint64_t small_blocks(const uint32_t csd[4])
{
	uint32_t bl_len = mmc_bits(csd, 80, 4);
	uint64_t bytes = ((uint64_t)mmc_bits(csd, 62, 12) + 1)
			 << (mmc_bits(csd, 47, 3) + 2);

	return bl_len >= 9 && bl_len <= 11 ? bytes << bl_len >> 9 : 0;
}

void mmc_csd_read(struct mmc_card *card, const uint32_t csd[4])
{
	uint32_t structure = mmc_bits(csd, 126, 2);

	if (card->is_mmc || structure == 0)
		card->blocks = small_blocks(csd);
	else if (structure == 1) /* SD 5.3.3: C_SIZE in 512 KiB */
		card->blocks = ((uint64_t)mmc_bits(csd, 48, 22) + 1) << 10;
	else if (structure == 2) /* SDUC: C_SIZE is longer */
		card->blocks = ((uint64_t)mmc_bits(csd, 48, 28) + 1) << 10;
	card->hz = speed_hz(mmc_bits(csd, 96, 8));
	card->can_switch = mmc_bits(csd, 84, 12) & BIT(10);
	card->read_only = mmc_bits(csd, 12, 2);
}

/* PNM: five letters, six of an eMMC, from bit 103 down */
void mmc_cid_read(struct mmc_card *card, const uint32_t cid[4])
{
	unsigned int letters = card->is_mmc ? 6 : 5;

	memcpy(card->cid, cid, sizeof(card->cid));
	for (unsigned int i = 0; i < letters; i++) {
		char c = (char)mmc_bits(cid, 96 - 8 * i, 8);

		card->model[i] = c > 0x20 && c < 0x7f ? c : '?';
	}
	card->model[letters] = 0;
}
