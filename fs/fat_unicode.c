/* SPDX-License-Identifier: Apache-2.0 */
/* FatFs's tables of characters. */
#include "fat_ff.h"

#include <ffunicode.c>
