#include "support/harness.h"

#include "base/clock.h"
#include "plan/calibrate.h"

static void rates_are_measured(void)
{
	struct ff_rates rates = {0};
	struct ff_error error = {0};
	const struct ff_machine_model m = ff_machine_model_flat(2, &ff_rates_table);
	CHECK_INT(ff_calibrate(&m, &rates, &error), FF_OK);
	CHECK(rates.flops > 1e7 && rates.flops < 1e12);
	CHECK(rates.packing >= 0 && rates.packing < 1e4);
	CHECK(rates.cache_bandwidth > 1e7 && rates.bandwidth > 1e7);
	CHECK(rates.node_bandwidth >= rates.bandwidth);
	CHECK(rates.region > 0);
	CHECK_NEAR(rates.hand_off, rates.region / 4, 1e-12);
	const struct ff_rates measured = {1, 2, 3, 4, 5, 6, 7}, mixed = ff_rates_of_run(&measured);
	CHECK_NEAR(mixed.flops, (96.0 + ff_rates_table.packing) / (96 + 2), 1e-12); /* 96 rows take as long */
	CHECK(mixed.region == 6 && mixed.hand_off == 7);
	CHECK(mixed.packing == ff_rates_table.packing && mixed.bandwidth == ff_rates_table.bandwidth);
}

/* Within a factor that allows for other work on the machine. */
static void a_brief_look_sees_the_same_machine(void)
{
	const struct ff_machine_model m = ff_machine_model_flat(2, &ff_rates_table);
	struct ff_rates rates = {0};
	CHECK_INT(ff_calibrate(&m, &rates, NULL), FF_OK);
	const double started = ff_clock();
	const struct ff_rates two = ff_calibrate_briefly(&m, 2), one = ff_calibrate_briefly(&m, 1);
	CHECK(ff_clock() - started < 5);
	CHECK(two.flops > rates.flops / 10 && two.flops < 10 * rates.flops);
	CHECK(two.flops != ff_rates_table.flops && two.region > 0 && two.region != ff_rates_table.region);
	CHECK(two.bandwidth == ff_rates_table.bandwidth);
	CHECK(one.flops != ff_rates_table.flops && one.region == ff_rates_table.region); /* which nobody needs */
}

FF_TESTS("calibrate", {"rates are measured", rates_are_measured},
         {"a brief look sees the same machine", a_brief_look_sees_the_same_machine})
