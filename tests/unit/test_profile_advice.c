/* What a profile advises, for reports made by hand. */
#include "support/harness.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "trace/profile_advice.h"

struct made {
	struct ff_experiment experiment;
	struct ff_profile_report report;
};

/* A pipeline of source, two layers and collector, a thread each, that are at work for these shares of 10 s. */
static struct made *make(const double busy[4], int processors)
{
	static const char *const NAMES[] = {"source", "layer 1", "layer 2", "collector"};
	struct made *m = calloc(1, sizeof *m);
	m->experiment.n_layers = 2;
	m->experiment.execution.depth = m->experiment.layers[0].threads = m->experiment.layers[1].threads = FF_AUTO;
	m->experiment.evaluate.every = 1;
	m->report = (struct ff_profile_report){
	    .experiment = &m->experiment,
	    .rates = ff_rates_table,
	    .pipeline = true,
	    .threads = 2,
	    .processors = processors,
	    .n_parts = 4,
	    .n_threads = 4,
	};
	for (int i = 0; i < 4; i++) {
		struct ff_profile_part *part = &m->report.parts[i];
		struct ff_profile_thread *thread = &m->report.tracks[i];
		part->track = i;
		part->threads = thread->threads = 1;
		part->busy = thread->busy = 10 * busy[i];
		part->flops = 50e9;
		part->bytes = 1e9;
		part->peak = 0.5;
		thread->seconds = 10;
		thread->load = 2 * busy[i] / (busy[1] + busy[2]);
		snprintf(part->name, sizeof part->name, "%s", NAMES[i]);
		snprintf(thread->name, sizeof thread->name, "%s", NAMES[i]);
	}
	return m;
}

static void expect(struct made *m, const char *bottleneck, const char *why, const char *fix)
{
	ff_scenario("%s, '%s', '%s', %d processors", bottleneck, why, fix, m->report.processors);
	ff_profile_advise(&m->report);
	CHECK_TEXT(m->report.advice.bottleneck, bottleneck);
	CHECK_HAS(m->report.advice.why, why);
	CHECK_HAS(m->report.advice.fix, fix);
	free(m);
}

static void a_busy_layer(void)
{
	const double busy[] = {0.2, 0.5, 0.95, 0.1};
	expect(make(busy, 4), "layer 2", "50 % of their peak, and is at work for 95 %", "threads: 2 for it");
	expect(make(busy, 2), "layer 2", "with 1 thread", "more cores");
	expect(make(busy, 1), "layer 2", "with 1 thread", "execution.threads.total: 1");
	struct made *m = make(busy, 1);
	m->experiment.layers[0].threads = 1;
	expect(m, "layer 2", "with 1 thread", "execution.threads.per_stage: auto");
	m = make(busy, 2);
	m->report.parts[2].bytes = 60e9;
	expect(m, "layer 2", "with 1 thread", "a larger train.batch");
	m = make(busy, 3);
	m->report.threads = 3;
	m->report.tracks[1].threads = m->report.parts[1].threads = 2;
	expect(m, "layer 2", "with 1 thread", "a thread of layer 1 for it (layers.each, threads: 1 and 2)");
}

static void others(void)
{
	const double source[] = {0.95, 0.5, 0.5, 0.1}, collector[] = {0.2, 0.5, 0.5, 0.9};
	expect(make(source, 8), "source", "on one thread", "wider layers or fewer threads");
	expect(make(collector, 8), "collector", "first thread", "evaluate.every");
	struct made *m = make(source, 8);
	m->experiment.mode = FF_UNSUPERVISED;
	m->experiment.negatives.blur = 10;
	expect(m, "source", "on one thread", "negatives.blur");
}

static void nobody_is_busy(void)
{
	const double busy[] = {0.2, 0.5, 0.6, 0.1};
	expect(make(busy, 4), "order", "more than 60 %", "execution.depth: 4");
	struct made *m = make(busy, 4);
	m->experiment.train.patience = 2;
	expect(m, "order", "wait for each other", "evaluate.every: 2");
	m = make(busy, 4);
	m->experiment.head.when = FF_HEAD_TOGETHER;
	m->experiment.negatives.draw = FF_DRAW_HEAD;
	expect(m, "order", "wait for each other", "negatives.lag: auto");
}

/* Both layers on one team of 2. */
static struct made *make_shared(int processors)
{
	const double busy[] = {0.2, 0.5, 0.45, 0.1};
	struct made *m = make(busy, processors);
	m->report.apart = NAN;
	m->report.n_threads = 3;
	m->report.tracks[1].busy = 9.5;
	m->report.parts[2].track = 1;
	m->report.parts[3].track = 2;
	snprintf(m->report.tracks[1].name, sizeof m->report.tracks[1].name, "layer 1 to layer 2");
	return m;
}

static void a_shared_team(void)
{
	const char *team = "layer 1 to layer 2", *most = "layer 1 takes most of it, 53 %";
	expect(make_shared(4), team, most, "execution.threads.total: 4");
	expect(make_shared(1), team, most, "execution.threads.total: 1");
	expect(make_shared(2), team, most, "more cores");
	struct made *m = make_shared(2);
	m->report.apart = 1.04;
	expect(m, team, most, "more cores");
	m = make_shared(2);
	m->report.apart = 1.25;
	expect(m, team, most, "per_stage: 1, a thread a layer, which the cost model expects to be 25 % faster");
	m = make_shared(1);
	m->report.threads = 1;
	expect(m, team, most, "more cores");
}

static void greedy(void)
{
	const char *team = "layer 1 to layer 2", *why = "one after another on one team; layer 1 takes most of it";
	const double busy[] = {0.2, 0.5, 0.6, 0.1};
	for (int processors = 1; processors <= 4; processors++) {
		struct made *m = make_shared(processors);
		m->experiment.train.order = FF_GREEDY;
		expect(m, team, why,
		       processors < 2   ? "execution.threads.total: 1"
		       : processors > 2 ? "there are processors to spare"
		                        : "train.order: together");
	}
	struct made *m = make(busy, 4);
	m->experiment.train.order = FF_GREEDY;
	m->experiment.layers[0].threads = m->experiment.layers[1].threads = 1;
	expect(m, "order", "wait for each other", "per_stage: auto, which gives every thread to the layer that trains");
}

/* One team whose steps are short: deeper rings would not help, as no two layers are at work. */
static void greedy_in_short_steps(void)
{
	for (int threads = 4; threads >= 0; threads -= 2) {
		struct made *m = make_shared(4);
		m->experiment.train.order = FF_GREEDY;
		m->experiment.train.batch = threads ? 100 : FF_AUTO;
		m->report.threads = threads ? threads / 2 : 1;
		m->report.tracks[1].busy = 6;
		expect(m, "hand-off", "one layer trains at a time, and no thread is at work for more than 60 %",
		       threads == 4
		           ? "execution.threads.total: 1, as fewer threads meet sooner; or a larger train.batch"
		       : threads == 2 ? "a larger train.batch"
		                      : "execution.kind: sequential");
	}
	struct made *m = make_shared(1);
	m->experiment.train.order = FF_GREEDY;
	m->report.tracks[1].busy = 6;
	expect(m, "order", "wait for each other",
	       "execution.threads.total: 1, so that threads do not wait for processors");
}

static void sequential(void)
{
	const double busy[] = {0.2, 0.5, 0.45, 0.1};
	struct made *m = make(busy, 4);
	m->report.pipeline = false;
	m->report.n_threads = 1;
	for (int i = 0; i < 4; i++)
		m->report.parts[i].track = 0;
	expect(m, "layer 1", "50 % of the time", "execution.kind: pipeline");
}

FF_TESTS("profile_advice", {"a busy layer", a_busy_layer}, {"the source or the collector", others},
         {"nobody is busy", nobody_is_busy}, {"a shared team", a_shared_team}, {"layers that train in turn", greedy},
         {"layers that train in turn in short steps", greedy_in_short_steps}, {"sequential execution", sequential})
