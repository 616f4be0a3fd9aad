#include "support/harness.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "pipeline/blueprint.h"
#include "plan/forecast.h"

static const struct ff_data_shape SHAPE = {.features = 784, .classes = 10, .n = {60000, 0, 10000}};

static struct ff_machine_model machine(int domains, int cores)
{
	return (struct ff_machine_model){ff_rates_table,  4 << 20, cores,          domains * cores,
	                                 domains * cores, 1,       domains * cores};
}

static struct ff_experiment net(int n, int width, enum ff_mode mode)
{
	struct ff_experiment e = {.n_layers = n, .name = "net", .mode = mode};
	e.train.batch = 100;
	e.execution.kind = FF_PIPELINE;
	e.execution.threads = e.execution.depth = e.negatives.lag = FF_AUTO;
	e.negatives.kind = mode == FF_SUPERVISED ? FF_WRONG_LABEL : FF_HYBRID;
	for (int l = 0; l < n; l++)
		e.layers[l] = (struct ff_layer_config){.width = width, .threads = FF_AUTO};
	return e;
}

/* The work of a node on a whole packet of training. */
static void load_of(const struct ff_experiment *e, int node, struct ff_workload *load)
{
	struct ff_graph *graph = malloc(sizeof *graph);
	struct ff_packet packet = ff_schedule_typical(e, &SHAPE, FF_TYPICAL_WHOLE);
	ff_graph_build(graph, e, &SHAPE, 8);
	ff_graph_workload(graph, e, &SHAPE, node, &packet, load);
	free(graph);
}

static double flops_of(const struct ff_experiment *e, int node)
{
	struct ff_workload load;
	load_of(e, node, &load);
	return ff_workload_flops(&load);
}

/* As tests/bench/step.c counts them from packets: 2 rows I O forward, 2 rows I O for the gradient. */
static void products_are_counted(void)
{
	struct ff_experiment e = net(2, 500, FF_SUPERVISED);
	CHECK_NEAR(flops_of(&e, 1), 2.0 * 774 * 500 * (100 + 100),
	           1); /* images, not rows, without the labels' inputs */
	CHECK_NEAR(flops_of(&e, 2), 2.0 * 500 * 500 * (200 + 200), 1);
	e.head.when = FF_HEAD_TOGETHER;
	e.head.layers.bits[0] = 2;
	CHECK_NEAR(flops_of(&e, 1), 2.0 * 774 * 500 * (200 + 100), 1); /* the queried images too */
	CHECK_NEAR(flops_of(&e, 2), 2.0 * 500 * 500 * (300 + 200), 1);
	CHECK_NEAR(flops_of(&e, 3), 4.0 * 500 * 10 * 100, 1);
	e = net(2, 500, FF_UNSUPERVISED);
	e.head.when = FF_HEAD_TOGETHER;
	e.head.layers.bits[0] = 3;
	CHECK_NEAR(flops_of(&e, 1), 2.0 * 784 * 500 * (200 + 200), 1); /* the head reads the positive rows */
	CHECK_NEAR(flops_of(&e, 3), 4.0 * 1000 * 10 * 100, 1);
	e = net(2, 500, FF_SUPERVISED);
	e.negatives.draw = FF_DRAW_GOODNESS;
	CHECK_NEAR(flops_of(&e, 2), 2.0 * 500 * 500 * (1200 + 200), 1);
	CHECK_NEAR(flops_of(&e, 3), 0, 0);
}

static void an_exact_batch_takes_what_the_rates_say(void)
{
	const struct ff_rates rates = {
	    .flops = 1e9, .cache_bandwidth = 1e30, .bandwidth = 1e30, .node_bandwidth = 1e30};
	const struct ff_machine_model m = {rates, 0, 8, 8, 8, 1, 8};
	struct ff_workload load = {.phase[0] = {.m = 240, .n = 96, .k = 1000, .effort = 1, .seconds = 0.25}};
	CHECK_NEAR(ff_workload_seconds(&m, &load, 0, 1, 1), 0.25 + 2 * 240 * 96 * 1e-6, 1e-9);
	CHECK_NEAR(ff_workload_seconds(&m, &load, 0, 4, 1), 0.25 + 2 * 60 * 96 * 1e-6, 1e-9);
	CHECK_NEAR(ff_workload_seconds(&m, &load, 0, 3, 1), 0.25 + 2 * 84 * 96 * 1e-6,
	           1e-9); /* 7 of 20 grains of 12 rows */
	load.phase[0] =
	    (struct ff_phase_work){.m = 96, .n = 320, .k = 1000, .effort = 1}; /* the longer side is split */
	CHECK_NEAR(ff_workload_seconds(&m, &load, 0, 2, 1), 2 * 96 * 160 * 1e-6, 1e-9);
	load.phase[0].by_rows = true;
	CHECK_NEAR(ff_workload_seconds(&m, &load, 0, 2, 1), 2 * 48 * 320 * 1e-6, 1e-9);
	load = (struct ff_workload){.phase[1] = {.m = 12, .n = 32, .k = 10, .effort = 1}}; /* not worth splitting */
	CHECK_NEAR(ff_workload_seconds(&m, &load, 1, 8, 1), 2 * 12 * 32 * 10 * 1e-9, 1e-15);
}

static void teams_wait_for_each_other_in_passes(void)
{
	const struct ff_rates rates = {.flops = 1e30, .cache_bandwidth = 40, .bandwidth = 10, .node_bandwidth = 15};
	const struct ff_machine_model m = {rates, 100, 4, 4, 4, 1, 4};
	struct ff_workload load = {.phase[0] = {.passed = 400}};
	CHECK_NEAR(ff_workload_seconds(&m, &load, 0, 1, 1), 10, 1e-9);
	CHECK_NEAR(ff_workload_seconds(&m, &load, 0, 4, 1), 5 * 2.5, 1e-9);
}

/* Most rows of a layer that has learnt by the logistic loss have no gradient, so it has less work. The first layer's
 * images are no sparser than before. */
static void the_logistic_loss_leaves_less_to_do(void)
{
	struct ff_experiment logistic = net(2, 500, FF_SUPERVISED), swish = logistic;
	struct ff_workload learnt, other;
	logistic.objective.goodness = swish.objective.goodness = FF_SUM_SQUARE;
	logistic.objective.loss = FF_LOGISTIC;
	swish.objective.loss = FF_SWISH;
	for (int node = 1; node <= 2; node++) {
		ff_scenario("layer %d", node);
		load_of(&logistic, node, &learnt);
		load_of(&swish, node, &other);
		CHECK_NEAR(learnt.phase[0].effort, (node == 1 ? 1 : 0.55) * other.phase[0].effort, 1e-12);
		CHECK_NEAR(learnt.phase[1].effort, 0.3 * other.phase[1].effort, 1e-12);
		CHECK_NEAR(ff_workload_flops(&learnt), ff_workload_flops(&other), 0);
		logistic.objective.goodness = FF_MEAN_SQUARE; /* whose gradient never becomes exactly 0 */
		load_of(&logistic, node, &learnt);
		logistic.objective.goodness = FF_SUM_SQUARE;
		CHECK_NEAR(learnt.phase[0].effort, other.phase[0].effort, 1e-12);
		CHECK_NEAR(learnt.phase[1].effort, other.phase[1].effort, 1e-12);
	}
}

static void bytes_come_from_the_cache_as_far_as_it_holds(void)
{
	const struct ff_rates rates = {.flops = 1e30, .cache_bandwidth = 40, .bandwidth = 10, .node_bandwidth = 15};
	const struct ff_machine_model m = {rates, 100, 4, 4, 4, 1, 4};
	struct ff_workload load = {.phase[0] = {.streamed = 400}, .footprint = 400};
	CHECK_NEAR(ff_share_in_cache(&m, 400, 1), 0.25, 1e-12);
	CHECK_NEAR(ff_share_in_cache(&m, 400, 8), 1, 1e-12);
	CHECK_NEAR(ff_share_in_cache(&m, 0, 1), 1, 1e-12);
	CHECK_NEAR(ff_workload_seconds(&m, &load, 0, 1, 0.25), 100.0 / 40 + 300.0 / 10, 1e-9);
	CHECK_NEAR(ff_workload_seconds(&m, &load, 0, 2, 0.5), 200.0 / 80 + 200.0 / 15, 1e-9);
	CHECK_NEAR(ff_workload_seconds(&m, &load, 0, 4, 1), 400.0 / 160, 1e-9);
	CHECK_NEAR(ff_workload_traffic(&load, 0.25), 300, 1e-9);
}

static void far_threads_meet_slowly(void)
{
	const struct ff_rates rates = {
	    .flops = 1e30, .cache_bandwidth = 40, .bandwidth = 10, .node_bandwidth = 1e30, .region = 3};
	const struct ff_machine_model m = {rates, 0, 4, 8, 8, 2, 16};
	struct ff_workload load = {.phase[1].regions = 2, .received = 80};
	CHECK_NEAR(ff_workload_seconds(&m, &load, 1, 4, 1), 2 * 2 * 3, 1e-9);
	CHECK_NEAR(ff_workload_seconds(&m, &load, 1, 8, 1), 2 * 3 * 3 * 2, 1e-9);
	CHECK_NEAR(ff_workload_seconds(&m, &load, 1, 16, 1), 2 * 4 * 3 * 4, 1e-9);
	CHECK_NEAR(ff_workload_crossing_seconds(&m, &load, 1), 80.0 / 10 - 80.0 / 40, 1e-9);
	CHECK_NEAR(ff_workload_crossing_seconds(&m, &load, 2), 80.0 / 20 - 80.0 / 80, 1e-9);
}

static struct ff_forecast *forecast(const struct ff_experiment *e, const struct ff_machine_model *m, int cores)
{
	struct ff_forecast *f = calloc(1, sizeof *f);
	struct ff_error error = {0};
	if (!CHECK_INT(ff_forecast_plan(e, &SHAPE, m, cores, f, &error), FF_OK))
		CHECK_TEXT(error.what, "");
	return f;
}

static void more_cores_are_never_slower(void)
{
	const struct ff_machine_model m = machine(8, 16);
	struct ff_experiment e = net(4, 1000, FF_SUPERVISED);
	double before = 0;
	for (int cores = 1; cores <= 128; cores *= 2) {
		ff_scenario("%d cores", cores);
		struct ff_forecast *f = forecast(&e, &m, cores);
		CHECK(f->plan.cores <= cores);
		CHECK(f->samples >= 0.98 * before); /* the search is for the slowest stage, not for its rings */
		CHECK(f->seconds >= 0.999 * f->plan.seconds);
		if (cores > 1)
			CHECK(f->seconds <= 1.1 * f->plan.seconds);
		before = f->samples;
		free(f);
	}
}

static void fewer_cores_than_stages_are_shared_in_balance(void)
{
	const struct ff_machine_model m = machine(1, 4);
	struct ff_experiment e = net(16, 784, FF_UNSUPERVISED);
	struct ff_forecast *f = forecast(&e, &m, 4);
	CHECK_INT(f->plan.n_leaders, 4);
	for (int i = 0; i < 4; i++)
		CHECK_INT(f->plan.leaders[i].end - f->plan.leaders[i].first, 4);
	for (int i = 1; i <= 4; i++)
		CHECK(f->sim.leaders[i].busy > 0.9);
	free(f);
}

static void the_bottleneck_is_named(void)
{
	struct ff_leader each[7];
	struct ff_machine_model m = machine(1, 8);
	struct ff_experiment e = net(3, 500, FF_SUPERVISED);
	e.layers[1].width = 4000;
	struct ff_forecast *f = forecast(&e, &m, 3);
	CHECK(f->bottleneck >= 0 && f->plan.leaders[f->bottleneck].end >= 2);
	free(f);
	m.rates.node_bandwidth = m.rates.bandwidth = 1e8;
	m.cache = 0;
	f = forecast(&e, &m, 8);
	CHECK_INT(f->bottleneck, FF_FORECAST_MEMORY);
	CHECK_NEAR(f->memory, 1, 1e-9);
	free(f);
	m = machine(1, 8);
	e = net(6, 1000, FF_SUPERVISED);
	e.negatives.draw = FF_DRAW_HEAD;
	e.head.when = FF_HEAD_TOGETHER;
	e.head.layers.bits[0] = 63;
	f = calloc(1, sizeof *f);
	for (int i = 0; i < 7; i++)
		each[i] = (struct ff_leader){i, i + 1, 1};
	CHECK_INT(ff_forecast_given(&e, &SHAPE, &m, 8, each, 7, f, NULL), FF_OK);
	CHECK(f->bottleneck >= 0);
	double free_flow = f->samples;
	e.negatives.lag = 0; /* each batch waits for its own answers */
	CHECK_INT(ff_forecast_given(&e, &SHAPE, &m, 8, each, 7, f, NULL), FF_OK);
	CHECK_INT(f->bottleneck, FF_FORECAST_ORDER);
	CHECK(f->samples < 0.5 * free_flow);
	double in_turn = f->samples;
	free(f);
	f = forecast(&e, &m, 8); /* teams do better then */
	CHECK(f->samples > 1.5 * in_turn);
	free(f);
}

static void a_batch_is_all_its_tiles(void)
{
	const struct ff_machine_model m = machine(1, 2);
	struct ff_experiment e = net(2, 784, FF_SUPERVISED);
	struct ff_forecast *f = forecast(&e, &m, 2);
	CHECK_NEAR(f->seconds, 100 / f->samples, 1e-9 * f->seconds);
	CHECK_NEAR(f->seconds, f->sim.seconds, 1e-9 * f->seconds);
	free(f);
	e.train.batch = 10000;
	f = forecast(&e, &m, 2);
	double tiles = 10000.0 / (double)ff_schedule_tile_size(&e, &SHAPE);
	CHECK(tiles > 1);
	CHECK_NEAR(f->seconds, 10000 / f->samples, 1e-9 * f->seconds);
	CHECK_NEAR(f->seconds, tiles * f->sim.seconds, 1e-9 * f->seconds);
	free(f);
	e.train.batch = FF_AUTO;
	f = forecast(&e, &m, 2);
	CHECK_NEAR(f->seconds, 60000 / f->samples, 1e-9 * f->seconds);
	free(f);
}

static struct ff_outlook *outlook(const struct ff_experiment *e, const struct ff_machine_model *m, int cores, int most)
{
	struct ff_outlook *o = calloc(1, sizeof *o);
	struct ff_error error = {0};
	CHECK_INT(ff_forecast_outlook(e, &SHAPE, m, m, cores, most, o, &error), FF_OK);
	return o;
}

static int more_of(const struct ff_experiment *e, const struct ff_machine_model *m, int cores, int most)
{
	struct ff_outlook *o = outlook(e, m, cores, most);
	int more = o->more;
	free(o);
	return more;
}

/* An outlook computes once what its forecasts have in common. They must equal forecasts made one by one. */
static void an_outlook_is_of_forecasts(void)
{
	struct ff_machine_model m = machine(4, 8), decider = m;
	struct ff_experiment e = net(4, 700, FF_SUPERVISED);
	decider.rates.region *= 3;
	e.head.when = FF_HEAD_TOGETHER;
	e.head.layers.bits[0] = 15;
	e.negatives.draw = FF_DRAW_HEAD;
	for (int in_turn = 0; in_turn < 2; in_turn++)
		for (int cores = 3; cores < 32; cores += 9) {
			e.negatives.lag = in_turn ? 0 : FF_AUTO;
			ff_scenario("%d cores, %s", cores, in_turn ? "in turn" : "overlapped");
			struct ff_outlook *o = calloc(1, sizeof *o);
			struct ff_forecast *f = calloc(1, sizeof *f);
			const struct ff_machine_model *d = cores % 2 ? &m : &decider;
			CHECK_INT(ff_forecast_outlook(&e, &SHAPE, d, &m, cores, 20, o, NULL), FF_OK);
			const struct ff_forecast *looked[] = {&o->plan, &o->next, &o->later};
			for (int i = 0; i < 2 + (o->more > 0); i++) {
				int more = i < 2 ? i : o->more;
				CHECK_INT(ff_forecast_decided(&e, &SHAPE, d, &m, cores + more, f, NULL), FF_OK);
				CHECK_NEAR(looked[i]->samples, f->samples, 0);
				CHECK(ff_leaders_same(looked[i]->plan.leaders, looked[i]->plan.n_leaders,
				                      f->plan.leaders, f->plan.n_leaders));
			}
			free(f);
			free(o);
		}
}

static void cores_that_would_help_are_counted(void)
{
	struct ff_machine_model m = machine(1, 64);
	struct ff_experiment e = net(2, 784, FF_UNSUPERVISED);
	CHECK_INT(more_of(&e, &m, 1, 16), 1);
	e = net(2, 16, FF_UNSUPERVISED); /* too small to share */
	CHECK_INT(more_of(&e, &m, 16, 16), 0);
	e = net(4, 2000, FF_SUPERVISED);
	for (int cores = 8; cores <= 64; cores *= 2) {
		ff_scenario("%d cores", cores);
		int more = more_of(&e, &m, cores, 80);
		struct ff_forecast *now = forecast(&e, &m, cores), *then = forecast(&e, &m, cores + more);
		struct ff_forecast *before = forecast(&e, &m, cores + (more ? more - 1 : 80));
		CHECK(more == 0 || then->samples >= 1.01 * now->samples);
		CHECK(before->samples < 1.01 * now->samples);
		free(now);
		free(then);
		free(before);
	}
}

static struct ff_experiment large_net(bool head, int64_t lag);

/* A machine on which memory bandwidth is the limit from some number of cores on, with caches or without. */
static void cores_beyond_the_memory_stay_idle(void)
{
	struct ff_machine_model m = machine(1, 256);
	const struct ff_experiment e = large_net(false, 0);
	m.cache = 0;
	struct ff_forecast *few = forecast(&e, &m, 64), *fewer = forecast(&e, &m, few->plan.cores - 2);
	CHECK(few->plan.cores < 64);
	CHECK_INT(few->bottleneck, FF_FORECAST_MEMORY);
	CHECK(fewer->samples < 0.999 * few->samples); /* it needs every core that it uses */
	for (int cores = 100; cores <= 256; cores += 52) {
		ff_scenario("%d cores", cores);
		struct ff_forecast *f = forecast(&e, &m, cores);
		CHECK_NEAR(f->samples, few->samples, 1e-6 * few->samples);
		CHECK_INT(f->plan.cores, few->plan.cores);
		CHECK_INT(f->bottleneck, FF_FORECAST_MEMORY);
		CHECK_INT(more_of(&e, &m, cores, 272), 0);
		free(f);
	}
	free(few);
	free(fewer);
	m.cache = 1 << 20; /* too small for the weights, so idle cores' caches would not help: no core is idle */
	struct ff_forecast *all = forecast(&e, &m, 256), *again = forecast(&e, &m, all->plan.cores);
	CHECK(all->memory > 0.9);
	CHECK_NEAR(again->samples, all->samples, 1e-6 * all->samples);
	CHECK(more_of(&e, &m, 128, 272) > 0);
	free(all);
	free(again);
}

/* Two leaders of two threads each: in one package, in one package each, and with a team split between packages. */
static void packages_are_crossed(void)
{
	struct ff_machine_model one = machine(1, 6), two = one;
	struct ff_experiment e = net(2, 784, FF_UNSUPERVISED);
	struct ff_forecast *f = calloc(1, sizeof *f);
	const struct ff_leader given[] = {{0, 1, 2}, {1, 2, 2}};
	CHECK_INT(ff_forecast_given(&e, &SHAPE, &one, 6, given, 2, f, NULL), FF_OK);
	double near = f->samples, busy = f->sim.leaders[2].busy * f->sim.seconds;
	two.package = 3;
	CHECK_INT(ff_forecast_given(&e, &SHAPE, &two, 6, given, 2, f, NULL), FF_OK);
	struct ff_workload load;
	load_of(&e, 2, &load);
	CHECK_NEAR(load.received, 4 * 200 * 784, 1e-9);
	CHECK_NEAR(f->sim.leaders[2].busy * f->sim.seconds, busy + ff_workload_crossing_seconds(&two, &load, 2),
	           1e-6 * busy);
	CHECK(f->samples < near);
	two.package = 4; /* the team would be split if no core were idle */
	CHECK_INT(ff_forecast_given(&e, &SHAPE, &two, 6, given, 2, f, NULL), FF_OK);
	CHECK_NEAR(f->sim.leaders[2].busy * f->sim.seconds, busy + ff_workload_crossing_seconds(&two, &load, 2),
	           1e-6 * busy);
	two.cores = 5; /* 5 of which are used */
	CHECK_INT(ff_forecast_given(&e, &SHAPE, &two, 5, given, 2, f, NULL), FF_OK);
	double torn = ff_workload_split_seconds(&two, &load, 0, 2) + ff_workload_split_seconds(&two, &load, 1, 2);
	CHECK_NEAR(torn, 5 * two.rates.region, 1e-12); /* two and three regions, one meeting each */
	CHECK_NEAR(f->sim.leaders[2].busy * f->sim.seconds, busy + torn, 1e-6 * busy);
	two.package = 5;
	CHECK_INT(ff_forecast_given(&e, &SHAPE, &two, 6, given, 2, f, NULL), FF_OK);
	CHECK_NEAR(f->samples, near, 1e-6 * near);
	free(f);
}

static void the_machine_is_that_of_the_topology(void)
{
	struct ff_topology t;
	struct ff_error error = {0};
	const char *description = "package:2 numa:2 l3:4(size=32MiB) core:8";
	if (!CHECK_INT(ff_topology_init(&t, &(struct ff_topology_options){.description = description}, &error), FF_OK))
		return;
	const struct ff_machine_model m = ff_machine_model_of(&t, &ff_rates_table);
	CHECK_INT(m.domain, 8);
	CHECK_INT(m.node, 32);
	CHECK_INT(m.package, 64);
	CHECK_INT(m.nodes, 4);
	CHECK_INT(m.cores, 128);
	CHECK_NEAR(m.cache, 4 << 20, 1e-9);
	ff_topology_fini(&t);
}

static void given_leaders_are_forecast(void)
{
	const struct ff_machine_model m = machine(1, 4);
	struct ff_experiment e = net(2, 784, FF_UNSUPERVISED);
	struct ff_error error = {0};
	struct ff_forecast *f = calloc(1, sizeof *f), *planned = forecast(&e, &m, 4);
	const struct ff_leader given[] = {{0, 1, 2}, {1, 2, 1}}, too_many[] = {{0, 1, 4}, {1, 2, 1}};
	CHECK_INT(ff_forecast_given(&e, &SHAPE, &m, 4, given, 2, f, &error), FF_OK);
	CHECK_INT(f->plan.host, FF_PLAN_OWN);
	CHECK_INT(f->bottleneck, 1);
	CHECK(f->samples <= planned->samples);
	CHECK_INT(ff_forecast_given(&e, &SHAPE, &m, 4, too_many, 2, f, &error), FF_ERROR_USAGE);
	free(planned);
	free(f);
}

static void what_is_no_pipeline_is_refused(void)
{
	const struct ff_machine_model m = machine(1, 4);
	struct ff_experiment e = net(2, 784, FF_UNSUPERVISED);
	struct ff_forecast *f = calloc(1, sizeof *f);
	struct ff_error error = {0};
	e.train.order = FF_GREEDY;
	CHECK_INT(ff_forecast_plan(&e, &SHAPE, &m, 4, f, &error), FF_ERROR_CONFIG);
	CHECK_HAS(error.what, "greedy");
	e.train.order = FF_TOGETHER;
	e.execution.kind = FF_SEQUENTIAL;
	CHECK_INT(ff_forecast_plan(&e, &SHAPE, &m, 4, f, &error), FF_ERROR_CONFIG);
	free(f);
}

/* 64 layers of uneven widths, those from the second on read by a head that draws wrong labels; or none. */
static struct ff_experiment large_net(bool head, int64_t lag)
{
	struct ff_experiment e = net(64, 0, FF_SUPERVISED);
	for (int l = 0; l < 64; l++)
		e.layers[l].width = 100 + l * 37 % 1900;
	if (head) {
		e.head.when = FF_HEAD_TOGETHER;
		e.head.layers.bits[0] = ~1ULL;
		e.negatives.draw = FF_DRAW_HEAD;
		e.negatives.lag = lag;
	}
	return e;
}

#if defined __SANITIZE_ADDRESS__ || defined __SANITIZE_THREAD__ || !defined __OPTIMIZE__
#define SLOWED 1
#elif defined __has_feature
#define SLOWED (__has_feature(address_sanitizer) || __has_feature(thread_sanitizer))
#else
#define SLOWED 0
#endif

/* Everything that `ffengine plan` computes. Measures processor time, which other programs do not add to, and takes the
 * least of some tries, as other programs disturb the caches. */
static void large_forecasts_take_less_than_a_second(void)
{
	const struct ff_machine_model m = machine(32, 8);
	const struct ff_experiment nets[] = {large_net(false, 0), large_net(true, FF_AUTO), large_net(true, 0)};
	const double bar = SLOWED ? 20 : 1;
	for (int i = 0; i < 3; i++) {
		double least = INFINITY;
		ff_scenario("net %d", i);
		for (int tries = 0; tries < 3 && least >= bar; tries++) {
			clock_t started = clock();
			free(forecast(&nets[i], &m, 255));
			free(outlook(&nets[i], &m, 256, 272));
			least = fmin(least, (double)(clock() - started) / CLOCKS_PER_SEC);
		}
		CHECK(least < bar);
	}
}

FF_TESTS("forecast", {"products are counted", products_are_counted},
         {"an exact batch takes what the rates say", an_exact_batch_takes_what_the_rates_say},
         {"bytes come from the cache as far as it holds", bytes_come_from_the_cache_as_far_as_it_holds},
         {"teams wait for each other in passes", teams_wait_for_each_other_in_passes},
         {"the logistic loss leaves less to do", the_logistic_loss_leaves_less_to_do},
         {"far threads meet slowly", far_threads_meet_slowly},
         {"more cores are never slower", more_cores_are_never_slower},
         {"fewer cores than stages are shared in balance", fewer_cores_than_stages_are_shared_in_balance},
         {"the bottleneck is named", the_bottleneck_is_named}, {"a batch is all its tiles", a_batch_is_all_its_tiles},
         {"an outlook is of forecasts", an_outlook_is_of_forecasts},
         {"cores that would help are counted", cores_that_would_help_are_counted},
         {"cores beyond the memory stay idle", cores_beyond_the_memory_stay_idle},
         {"packages are crossed", packages_are_crossed},
         {"the machine is that of the topology", the_machine_is_that_of_the_topology},
         {"given leaders are forecast", given_leaders_are_forecast},
         {"what is no pipeline is refused", what_is_no_pipeline_is_refused},
         {"large forecasts take less than a second", large_forecasts_take_less_than_a_second})
