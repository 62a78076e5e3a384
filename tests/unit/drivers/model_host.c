/* SPDX-License-Identifier: Apache-2.0 */
#include "model_host.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "../../fake/io_wait.h"

struct host_model host_model;

#define model host_model

static bool (*raised)(void);

static void step(void)
{
	if (model.later_count) {
		model.hidden.raw &= ~model.later[0].raw;
		model.hidden.dma &= ~model.later[0].dma;
		model.later[0] = model.later[1];
		memset(&model.later[1], 0, sizeof(model.later[1]));
		model.later_count--;
		/* nobody would look, but for a lost interrupt's sake */
		assert_true(raised() || model.busy_left);
	}
	if (raised() && model.line) {
		model.irqs++;
		model.line();
		assert_false(raised());
	}
}

void host_model_new(volatile uint8_t *at, bool (*is_raised)(void))
{
	memset(&model, 0, sizeof(model));
	model.at = at;
	model.present = true;
	raised = is_raised;
	fake_device_step = step;
}

void host_inject(uint32_t raw, uint32_t dma)
{
	model.injected.raw |= raw;
	model.injected.dma |= dma;
}

bool host_is_honest(void)
{
	return !model.mute_dma && !model.busy_left && !model.hidden.raw &&
	       !model.hidden.dma && !model.injected.raw && !model.injected.dma;
}

bool host_is_faulty(uint32_t timeout, uint32_t over)
{
	if (model.taken_in_data) {
		model.present = false;
		host_inject(timeout, 0);
	} else if (model.data_fault.raw || model.data_fault.dma) {
		host_inject(model.data_fault.raw, model.data_fault.dma);
	} else if (model.never_dma) {
		host_inject(over, 0);
	} else if (!model.never_data) {
		return false;
	}
	model.live = true;
	return true;
}

void host_delay(struct host_events now, uint32_t of_command)
{
	uint32_t first = now.raw & of_command;

	if (!model.delayed)
		return;
	model.hidden = now;
	model.later[0] = (struct host_events){first, 0};
	model.later[1] = (struct host_events){now.raw & ~first, now.dma};
	model.later_count = now.raw == first && !now.dma ? 1 : 2;
}

void host_delay_end(void)
{
	model.later_count = 0;
	memset(model.later, 0, sizeof(model.later));
	memset(&model.hidden, 0, sizeof(model.hidden));
}
