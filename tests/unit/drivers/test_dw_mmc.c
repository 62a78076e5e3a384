/* SPDX-License-Identifier: Apache-2.0 */
/* Rockchip's DesignWare controllers: the cases of all, and what is their own. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "../../../drivers/mmc/dw_mmc_rockchip.c"
#include "../../fake/io_wait.h"
#include "dw_rig.h"
#include "model_soc.h"

#define model host_model

/* as the trees of the boards have it: Debian's rk3588-orangepi-5-plus.dtb */
#define SLOT                                                                   \
	"bus-width = <4>; cap-sd-highspeed; disable-wp; no-sdio; no-mmc; "     \
	"sd-uhs-sdr104; max-frequency = <150000000>; fifo-depth = <0x100>; "

static const struct host_fault data_faults[] = {
	DW_DATA_FAULTS,
	{{0x400, 0}, 0, true},  /* starved */
	{{0, 0x2204}, 0, true}, /* DMA: fatal bus error */
};

static const struct host_stuck stuck[] = {
	DW_STUCK,
};

static bool is_silenced(void)
{
	return !dw_model_reg(0x80);
}

const struct host_rig host_rig = {
	.driver = &dw_mmc_rockchip_driver,
	.name = "dw-mmc",
	.node = "mmc@fe2c0000",
	.props = "compatible = \"rockchip,rk3588-dw-mshc\", "
		 "\"rockchip,rk3288-dw-mshc\"; "
		 "reg = <0 0xfe2c0000 0 0x4000>;",
	.slot = SLOT,
	.emmc = SLOT "cd-gpios = <&{/n0} 4 1>;",
	.regs = 0xfe2c0000,
	.irq = 235,
	.emmc_lines = 4,
	.descs = 256,
	.model_new = dw_model_new,
	.is_silenced = is_silenced,
	DW_RIG,
};

/* Never faster than the card, the wires and the tree allow. */
static void clocks(void **state)
{
	(void)state;
	host_new(SDHC); /* wires for 25 MHz, one line */
	(void)host_disk("fifo-depth = <0x100>;");
	assert_false(card.is->high_speed);
	assert_int_equal(card.is->lines, 1);
	assert_int_equal(dw_model_reg(0x18), 0);
	assert_int_equal(dw_model_hz(), 25000000);
	host_new(SDHC);
	(void)host_disk("cap-sd-highspeed; max-frequency = <30000000>;");
	assert_true(dw_model_hz() <= 30000000 && dw_model_hz() >= 25000000);
	/* somebody knows: ciu 100 MHz, half of it gets there */
	host_new(SDHC);
	model.base_hz = 50000000;
	(void)host_disk("cap-sd-highspeed; clock-frequency = <100000000>;");
	assert_int_equal(dw_model_divider(), 0);
	host_new(SDHC);
	assert_int_equal(host_attach("clock-frequency = <1>;"), -EIO);
	assert_int_equal(host_attach("clock-frequency = <0xffffffff>;"), -EIO);
	assert_non_null(strstr(fake_log, "cannot be divided"));
	host_new(EMMC);
	(void)host_disk("bus-width = <8>; cap-mmc-highspeed;");
	assert_int_equal(card.is->lines, 8);
	assert_int_equal(dw_model_reg(0x18), 0x10000);
	assert_true(dw_model_hz() <= 52000000);
}

/* RK3568's clock unit: gates, 100 MHz for 50 at the card, phases. */
static void clock_unit(void **state)
{
	const uint64_t cru = 0xfdd20000;
	const char *with =
		"bus-width = <4>; cap-sd-highspeed; disable-wp; "
		"clocks = <&cru 176>, <&cru 177>, <&cru 394>, <&cru 395>; "
		"clock-names = \"biu\", \"ciu\", \"ciu-drive\", "
		"\"ciu-sample\"; resets = <&cru 212>; }; "
		"cru: cru { compatible = \"rockchip,rk3568-cru\"; "
		"#clock-cells = <1>; #reset-cells = <1>; "
		"reg = <0 0xfdd20000 0 0x1000>;";

	(void)state;
	host_new(SDHC);
	soc_model_new(false);
	soc_model_poke(cru + 0x584, 0x7f8);
	soc_model_poke(cru + 0x434, 0x10); /* in reset */
	model.in_soc = true;
	model.base_hz = 50000000;
	(void)host_disk(with);
	assert_true(card.is->high_speed);
	assert_int_equal(dw_model_hz(), 50000000);
	assert_int_equal(dw_model_reg(0x08), 0);
	assert_int_equal(soc_model_peek(cru + 0x178), 3 << 8);
	assert_int_equal(soc_model_peek(cru + 0x33c), 0xfffc);
	assert_int_equal(soc_model_peek(cru + 0x580), 2);
	assert_int_equal(soc_model_peek(cru + 0x584), 0);
	assert_int_equal(soc_model_peek(cru + 0x434), 0);
	assert_true(soc_model.waited_us > 0);
	assert_null(strstr(fake_log, " W "));
	/* CPLL is off: 24 MHz is what there is, 12 at the card */
	host_new(SDHC);
	soc_model_new(false);
	soc_model_poke(cru + 0xc0, 0);
	model.in_soc = true;
	model.base_hz = 12000000;
	(void)host_disk(with);
	assert_int_equal(dw_model_hz(), 12000000);
}

/* What is there but cannot be driven. */
static void refused(void **state)
{
	(void)state;
	host_new(SDHC);
	dw_model_hcon |= 3u << 16; /* no DMA */
	assert_int_equal(host_attach(SLOT), -EIO);
	assert_non_null(strstr(fake_log, "cannot be driven"));
	host_new(SDHC);
	dw_model_hcon |= 1u << 27;
	assert_int_equal(host_attach(SLOT), -EIO);
	host_new(SDHC);
	assert_int_equal(host_attach("fifo-depth = <2>;"), -EIO);
	assert_non_null(strstr(fake_log, "FIFO"));
}

/* From the last descriptor it is back to the first. */
static void ring(void **state)
{
	(void)state;
	host_new(SDHC);
	host_moves(host_disk(SLOT));
	assert_int_equal(model.behind, dw_model_reg(0x88));
}

static void not_busy(void **state)
{
	uint8_t buf[512] = {0};
	struct block_device *dev;

	/* of a write, that bit says that the card is not busy any more */
	(void)state;
	host_new(SDHC);
	dev = host_disk(SLOT);
	model.data_extra = 0x2000;
	assert_int_equal(block_write(dev, 42, buf, 1), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		HOST_CASES,
		cmocka_unit_test(clocks),
		cmocka_unit_test(clock_unit),
		cmocka_unit_test(refused),
		cmocka_unit_test(ring),
		cmocka_unit_test(not_busy),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
