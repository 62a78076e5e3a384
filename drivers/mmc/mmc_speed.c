/* SPDX-License-Identifier: Apache-2.0 */
/* More data lines and a faster clock: SD 4.3.10 and 5.6, eMMC 6.6. */
#include "mmc.h"

#include <errno.h>
#include <lib/log.h>

#define LOG_TAG "mmc"

#define CMD_SWITCH 6u
#define CMD_SEND_EXT_CSD 8u
#define CMD_APP 55u
#define ACMD_BUS_WIDTH 6u
#define ACMD_SEND_SCR 51u

#define SD_HIGH_SPEED_HZ 50000000u
#define EMMC_HIGH_SPEED_HZ 52000000u

/* SD 4.3.10: function 1 of group 1, the others as they are */
#define SD_SWITCH_HIGH_SPEED 0x80fffff1u
#define SD_SWITCH_BYTES 64u
#define SCR_BYTES 8u
#define SCR_4_LINES 0x4u

/* eMMC 7.4: EXT_CSD, and 6.6.1: how a byte of it is written */
#define EXT_CSD_BYTES 512u
#define EXT_CSD_BUS_WIDTH 183u
#define EXT_CSD_HS_TIMING 185u
#define EXT_CSD_DEVICE_TYPE 196u
#define EXT_CSD_SEC_COUNT 212u
#define DEVICE_TYPE_52MHZ 0x2u
#define SWITCH_BYTE(index, value) (3u << 24 | (index) << 16 | (value) << 8)

static int app(struct mmc_host *host)
{
	return mmc_simple(host, CMD_APP, MMC_R1, (uint32_t)host->card.rca << 16,
			  NULL);
}

/* SD 5.6: bits 51..48 of SCR are the widths */
static void sd_widen(struct mmc_host *host)
{
	if (host->lines < 4 || app(host) ||
	    mmc_small(host, ACMD_SEND_SCR, 0, SCR_BYTES) ||
	    !(host->page[1] & SCR_4_LINES))
		return;
	if (!app(host) && !mmc_simple(host, ACMD_BUS_WIDTH, MMC_R1, 2, NULL))
		host->ops->set_width(host, 4);
}

/* SD 4.3.10.4: bits 379..376 of the answer are the function now */
static void sd_quicken(struct mmc_host *host)
{
	bool high = host->high_speed && host->card.can_switch &&
		    !mmc_small(host, CMD_SWITCH, SD_SWITCH_HIGH_SPEED,
			       SD_SWITCH_BYTES) &&
		    (host->page[16] & 0xf) == 1;

	host->ops->set_clock(host, high ? SD_HIGH_SPEED_HZ : host->card.hz,
			     high);
}

static int byte_write(struct mmc_host *host, uint32_t index, uint32_t value)
{
	return mmc_simple(host, CMD_SWITCH, MMC_R1B, SWITCH_BYTE(index, value),
			  NULL);
}

int mmc_ext_csd_read(struct mmc_host *host)
{
	int err = mmc_small(host, CMD_SEND_EXT_CSD, 0, EXT_CSD_BYTES);
	const uint8_t *at = host->page + EXT_CSD_SEC_COUNT;

	if (err)
		return err;
	if (host->card.by_block)
		host->card.blocks = (uint32_t)at[3] << 24 |
				    (uint32_t)at[2] << 16 |
				    (uint32_t)at[1] << 8 | at[0];
	return 0;
}

/* Data by the new width must be what it was by the old one. */
static void emmc_widen(struct mmc_host *host)
{
	static const struct {
		uint8_t lines, value;
	} widths[] = {{8, 2}, {4, 1}};
	uint64_t blocks = host->card.blocks;

	for (unsigned int i = 0; i < ARRAY_SIZE(widths); i++) {
		if (host->lines < widths[i].lines ||
		    byte_write(host, EXT_CSD_BUS_WIDTH, widths[i].value))
			continue;
		host->ops->set_width(host, widths[i].lines);
		if (!mmc_ext_csd_read(host) && host->card.blocks == blocks)
			return;
		host->card.blocks = blocks;
		host->ops->set_width(host, 1);
		(void)byte_write(host, EXT_CSD_BUS_WIDTH, 0);
	}
}

static void emmc_quicken(struct mmc_host *host)
{
	bool high = host->high_speed &&
		    (host->page[EXT_CSD_DEVICE_TYPE] & DEVICE_TYPE_52MHZ) &&
		    !byte_write(host, EXT_CSD_HS_TIMING, 1);

	host->ops->set_clock(host, high ? EMMC_HIGH_SPEED_HZ : host->card.hz,
			     high);
}

void mmc_speed_up(struct mmc_host *host)
{
	if (host->card.is_mmc) {
		emmc_quicken(host);
		emmc_widen(host);
	} else {
		sd_quicken(host);
		sd_widen(host);
	}
}
