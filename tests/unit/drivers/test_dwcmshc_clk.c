/* SPDX-License-Identifier: Apache-2.0 */
/* Rockchip's eMMC controllers with drivers of the clock unit. */
#define WITH_CLOCKS
#include "test_dwcmshc.c"
