/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which extensions of the host's harts a guest's tree names. Pure.
 *
 * Those that are known to have no registers, or only such as are switched with
 * the vCPU, or of which henvcfg gives the guest its part. All others are left
 * out, those too that nobody here has heard of: their registers would carry
 * from one guest to the next. Left out so are
 *  - h, sh*, sm*, sdtrig, ssstateen: of hypervisors, machine mode, debuggers
 *  - v, zv*, q, zfinx and its like, zcmt: registers that are not switched, or
 *    (Zfinx) that no sstatus.FS guards
 *  - zicntr, zihpm, sscofpmf, sscounterenw, ssccfg, sscsrind, ssctr: counters
 *    are the hart's, of all its guests; time alone is there
 *  - zkr, zk, which holds it: the seed is machine mode's to give
 *  - zicfilp, zicfiss, ssnpm, sspm, supm, ssdbltrp, ssqosid: bits of henvcfg and
 *    registers that are not given
 */
#ifndef RISCV64_VIRT_ISA_GUEST_H
#define RISCV64_VIRT_ISA_GUEST_H

#include <lib/types.h>

/**
 * struct isa_guest - what a guest gets
 * @fp:      f and d
 * @aia:     ssaia
 * @henvcfg: as its harts have it
 */
struct isa_guest {
	bool fp;
	bool aia;
	uint64_t henvcfg;
};

/** isa_guest_has() - a name, without a version, @len bytes of it */
bool isa_guest_has(const struct isa_guest *guest, const char *name, size_t len);

/**
 * isa_guest_string() - what is left of a riscv,isa
 * @from: "rv64..."
 * @to:   room for ISA_GUEST_GROWTH more bytes than @from has, its end included
 *
 * Return: bytes of @to, its end included; 0: @from is no such string.
 */
size_t isa_guest_string(const struct isa_guest *guest, const char *from,
			char *to);
/* the first 'g' may become "ima"; a name behind the letters gets its '_' */
#define ISA_GUEST_GROWTH 3

/** isa_guest_list() - the same of a riscv,isa-extensions, @size bytes; it gets
 * no longer. Return: bytes of @to */
size_t isa_guest_list(const struct isa_guest *guest, const char *from,
		      size_t size, char *to);

#endif
