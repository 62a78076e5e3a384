/* SPDX-License-Identifier: Apache-2.0 */
/* core/cold.h on the build machine, where nothing is packed. */
#include <core/cold.h>

#include "fake.h"

unsigned int fake_cold_hurries;

int cold_load(void)
{
	return 0;
}

void cold_hurry(void)
{
	fake_cold_hurries++;
}

bool cold_is_loaded(void)
{
	return true;
}
