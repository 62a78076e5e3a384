/* SPDX-License-Identifier: Apache-2.0 */
/* What a card tells about itself: SD chapter 5, 4.3.10, 4.10.2; eMMC chapter 7. */
#ifndef VIRT_DEV_CARD_REGS_H
#define VIRT_DEV_CARD_REGS_H

#include "card.h"

/** card_cid(), card_csd() - 136 bits' answers, bits 127 to 96 first */
void card_cid(const struct card *card, uint32_t words[4]);
void card_csd(const struct card *card, uint32_t words[4]);

/** card_scr() - of an SD card, 8 bytes */
void card_scr(uint8_t *bytes);

/** card_sd_status() - 64 bytes */
void card_sd_status(const struct card *card, uint8_t *bytes);

/** card_sd_switch() - CMD6 of an SD card: do it, and its 64 bytes of answer */
void card_sd_switch(struct card *card, uint32_t arg, uint8_t *bytes);

/** card_ext_csd() - of an eMMC, as after power-on */
void card_ext_csd(struct card *card);

/** card_ext_csd_switch() - CMD6 of an eMMC. Return: false: SWITCH_ERROR */
bool card_ext_csd_switch(struct card *card, uint32_t arg);

#endif
