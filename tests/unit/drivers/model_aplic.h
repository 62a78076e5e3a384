/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A domain of an APLIC as AIA 1.0, chapter 4 has it, with IDCs or with harts
 * that take its messages. Offsets are the specification's.
 */
#ifndef MODEL_APLIC_H
#define MODEL_APLIC_H

#include <lib/types.h>

#define MODEL_SOURCES 70
#define MODEL_HARTS 4
#define MODEL_IDS 63
#define MODEL_REGS ((volatile uint8_t *)0x10000000) /* never touched */

struct model_aplic {
	bool msi_only, direct_only;   /* domaincfg.DM is fixed */
	bool kept[MODEL_SOURCES + 1]; /* not delegated */
	bool line[MODEL_SOURCES + 1];
	uint32_t domaincfg;
	uint32_t sourcecfg[MODEL_SOURCES + 1];
	uint32_t target[MODEL_SOURCES + 1];
	bool ie[MODEL_SOURCES + 1];
	bool ip[MODEL_SOURCES + 1];
	struct {
		uint32_t idelivery, iforce, ithreshold;
		bool message[MODEL_IDS + 1];
		unsigned int messages;
	} harts[MODEL_HARTS];
	unsigned int ignored; /* writes that had no effect */
};
extern struct model_aplic model;

void model_line(unsigned int source, bool up);
/** model_notified() - direct mode: is the hart's external interrupt up? */
bool model_notified(unsigned int hart);
/** model_take() - MSI mode: the hart's lowest identity, taken; 0: none */
unsigned int model_take(unsigned int hart);

#endif
