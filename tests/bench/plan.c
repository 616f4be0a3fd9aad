/* The planner against the clock, on two processors: for nets of two to eight layers, the pairs a second that it
 * predicts beside those measured, and the way that it shares the layers out beside all others.
 *
 * Most nets train on synthetic images at a learning rate that keeps their initial weights, because the model has only
 * two constants for the zeros that products skip once a net has learnt. Some nets do learn. A plan is made once, as a
 * run would. A round measures all rates, as `ffengine plan` would at this moment, and trains with each partition of the
 * layers in turn: one team of two, or two threads, the first with the layers up to some one, the second with the rest.
 * Figures are medians over the rounds, also those of ratios, so that a drift of the machine's speed cancels out.
 *
 * The fastest of many ways is partly so by chance. Where it is not the plan's, both run again in rounds of their own,
 * and the median ratio of their speeds counts.
 *
 * The exit status is 1 if a bar is missed: predictions within 15 % for ten of twelve nets that keep their initial
 * weights, and every plan within 5 %. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench/bench.h"
#include "bench/quiet.h"
#include "bench/training.h"
#include "plan/calibrate.h"
#include "plan/forecast.h"

enum { PROCESSORS = 2, LEAST_BATCHES = 12, MAX_WAYS = 9, RECIPE = 6 };
static const double SECONDS = 0.5, LEARNING = 2; /* of a training, roughly */
static const double CLOSE = 0.15, BEST = 0.05;

struct subject {
	const char *widths;
	int batch;
	const char *recipe[RECIPE]; /* none: it keeps its initial weights */
};

static const struct subject SUBJECT[] = {
    {"[64,32]", 100, {0}},
    {"[64,64,64,64]", 1000, {0}},
    {"[128,128,128]", 50, {0}},
    {"[250,250,250,250,250,250,250,250]", 200, {0}},
    {"[500,500]", 100, {0}},
    {"[500,500,500,500]", 50, {0}},
    {"[500,500,500,500,500,500]", 1000, {0}},
    {"[1000,1000,1000]", 100, {0}},
    {"[1000,1000,1000,1000]", 500, {0}},
    {"[2000,2000]", 500, {0}},
    {"[2000,2000,2000,2000]", 100, {0}},
    {"[2000,1000,500]", 200, {0}},
    {"[1000,64,1000]", 100, {0}},
    {"[200,200,200,200,200]", 400, {0}},
    {"[500,500,500]",
     100,
     {"layers.peer=0.06", "objective.goodness=sum_square", "objective.threshold=width", "optimizer.kind=sgd",
      "optimizer.rate=0.005", "optimizer.decay=0.002"}},
    {"[1000,1000]", 500, {"objective.loss=swish", "objective.alpha=6", "optimizer.rate=0.0003"}},
};
enum { SUBJECTS = sizeof SUBJECT / sizeof *SUBJECT };

/* A net, the ways to share it out, the plan's among them, and what each took. */
struct trial {
	int pairs, ways, planned;
	/* The last two repeat the plan's way and the fastest one, in rounds of their own. */
	struct bench_leaders leaders[MAX_WAYS + 2];
	struct bench_times predicted[MAX_WAYS]; /* pairs a second */
	struct bench_times rate[MAX_WAYS + 2];
};

static _Noreturn void die(const char *why)
{
	fprintf(stderr, "plan: %s\n", why);
	exit(1);
}

/* ---- what is trained ---- */

enum { COMMON = 8, KEYS = COMMON + RECIPE, TEXT = 96 };

struct keys {
	int n;
	char text[KEYS][TEXT];
	const char *list[KEYS];
};

static void write_keys(const struct subject *subject, int pairs, struct keys *keys)
{
	static const char *const OTHERS[COMMON - 3] = {"dataset.name=synthetic", "dataset.test=1",
	                                               "evaluate.train=never", "train.epochs=1", "execution.bind=none"};
	static const char *const AS_DRAWN[RECIPE] = {"objective.loss=symba", "optimizer.rate=1e-9"};
	const char *const *recipe = subject->recipe[0] ? subject->recipe : AS_DRAWN;
	snprintf(keys->text[0], TEXT, "layers.widths=%s", subject->widths);
	snprintf(keys->text[1], TEXT, "train.batch=%d", subject->batch);
	snprintf(keys->text[2], TEXT, "dataset.train=%d", pairs);
	for (keys->n = 3; keys->n < COMMON; keys->n++)
		snprintf(keys->text[keys->n], TEXT, "%s", OTHERS[keys->n - 3]);
	for (int i = 0; i < RECIPE && recipe[i]; i++)
		snprintf(keys->text[keys->n++], TEXT, "%s", recipe[i]);
	for (int i = 0; i < keys->n; i++)
		keys->list[i] = keys->text[i];
}

static void load(const struct keys *keys, struct ff_experiment *experiment)
{
	static struct ff_diagnostics diagnostics;
	if (ff_experiment_load(NULL, keys->list, keys->n, experiment, &diagnostics) != FF_OK)
		die(diagnostics.items[0].what);
}

/* ---- predictions ---- */

static void add_way(struct trial *trial, int n, struct ff_leader first, struct ff_leader second)
{
	trial->leaders[trial->ways++] = (struct bench_leaders){n, {first, second}};
}

static bool same_way(const struct bench_leaders *way, const struct ff_plan *plan)
{
	return ff_leaders_same(way->leaders, way->n, plan->leaders, plan->n_leaders);
}

static struct ff_data_shape shape_of(const struct subject *subject)
{
	return (struct ff_data_shape){784, 10, {(size_t)(100 * subject->batch), 0, 1}, false};
}

static void load_subject(const struct subject *subject, struct ff_experiment *experiment)
{
	struct keys keys;
	write_keys(subject, 100 * subject->batch, &keys);
	load(&keys, experiment);
}

/* All ways, which of them a run would take, and how many pairs that trains in the time a training is to take. */
static void plan(struct trial *trial, const struct subject *subject, const struct ff_machine_model *machine)
{
	struct ff_experiment experiment;
	struct ff_forecast *f = malloc(sizeof *f);
	struct ff_error error;
	struct ff_machine_model now = *machine;
	now.rates = ff_calibrate_briefly(machine, PROCESSORS);
	load_subject(subject, &experiment);
	const struct ff_data_shape shape = shape_of(subject);
	int layers = experiment.n_layers;
	add_way(trial, 1, (struct ff_leader){0, layers, PROCESSORS}, (struct ff_leader){0});
	for (int split = 1; split < layers; split++)
		add_way(trial, 2, (struct ff_leader){0, split, 1}, (struct ff_leader){split, layers, 1});
	if (!f || ff_forecast_plan(&experiment, &shape, &now, PROCESSORS, f, &error) != FF_OK)
		die("no plan");
	trial->planned = -1;
	for (int w = 0; w < trial->ways; w++)
		if (same_way(&trial->leaders[w], &f->plan))
			trial->planned = w;
	if (trial->planned < 0)
		die("the plan is none of the ways");
	double seconds = subject->recipe[0] ? LEARNING : SECONDS;
	int batches = (int)(seconds * f->samples) / subject->batch;
	trial->pairs = subject->batch * (batches < LEAST_BATCHES ? LEAST_BATCHES : batches);
	free(f);
}

/* What each way should bring, at the rates that are measured now. */
static void predict(struct trial *trial, const struct subject *subject, struct ff_machine_model *machine)
{
	struct ff_experiment experiment;
	struct ff_forecast *f = malloc(sizeof *f);
	struct ff_error error;
	load_subject(subject, &experiment);
	const struct ff_data_shape shape = shape_of(subject);
	if (!f || ff_calibrate(machine, &machine->rates, &error) != FF_OK)
		die("no memory to predict");
	for (int w = 0; w < trial->ways; w++) {
		if (ff_forecast_given(&experiment, &shape, machine, PROCESSORS, trial->leaders[w].leaders,
		                      trial->leaders[w].n, f, &error) != FF_OK)
			die(error.what);
		bench_add(&trial->predicted[w], f->samples);
	}
	free(f);
}

/* ---- measuring ---- */

static void train(struct trial *trial, const struct subject *subject, int way)
{
	struct keys keys;
	write_keys(subject, trial->pairs, &keys);
	struct bench_training *t = bench_train("plan", keys.list, keys.n, PROCESSORS, &trial->leaders[way], NULL);
	bench_add(&trial->rate[way], trial->pairs / bench_training_seconds(t));
	bench_training_free(t);
}

/* The ways [first, end), every other round backwards, with a prediction if `machine`. A round that other
 * programs disturbed is repeated, a limited number of times. */
static void take_round(struct trial *trial, const struct subject *subject, int first, int end,
                       struct ff_machine_model *machine, struct bench_watch *watch)
{
	for (;;) {
		struct trial before = *trial;
		bool backwards = trial->rate[first].n % 2;
		bench_watch_begin(watch);
		if (machine)
			predict(trial, subject, machine);
		for (int w = first; w < end; w++)
			train(trial, subject, backwards ? end - 1 - (w - first) : w);
		if (bench_watch_end(watch))
			return;
		*trial = before;
	}
}

static int fastest(const struct trial *trial)
{
	int best = 0;
	for (int w = 1; w < trial->ways; w++)
		if (bench_median(&trial->rate[w]) > bench_median(&trial->rate[best]))
			best = w;
	return best;
}

/* How fast the plan's way is, as a share of the fastest. */
static double share_of_best(struct trial *trial, const struct subject *subject, int rounds, struct bench_watch *watch)
{
	int best = fastest(trial), again = trial->ways;
	if (best == trial->planned)
		return 1;
	trial->leaders[again] = trial->leaders[trial->planned];
	trial->leaders[again + 1] = trial->leaders[best];
	for (int r = 0; r < 2 * rounds; r++)
		take_round(trial, subject, again, again + 2, NULL, watch);
	return bench_median_ratio(&trial->rate[again], &trial->rate[again + 1]);
}

/* Prints a net's results; counts it in *close if its prediction was, in *good if its plan was as good as the best. */
static void report(const struct trial *trial, const struct subject *subject, double of_best, int *close, int *good)
{
	double ratio = bench_median_ratio(&trial->predicted[trial->planned], &trial->rate[trial->planned]);
	*close += !subject->recipe[0] && fabs(ratio - 1) <= CLOSE;
	*good += of_best >= 1 - BEST;
	printf("{\"bench\":\"plan\",\"widths\":%s,\"batch\":%d,\"learns\":%s,\"predicted\":%.0f,\"measured\":%.0f,"
	       "\"ratio\":%.3f,\"of_best\":%.3f,\"plan\":%d,\"best\":%d,\"ways\":[",
	       subject->widths, subject->batch, subject->recipe[0] ? "true" : "false",
	       bench_median(&trial->predicted[trial->planned]), bench_median(&trial->rate[trial->planned]), ratio,
	       of_best, trial->planned, fastest(trial));
	for (int w = 0; w < trial->ways; w++)
		printf("%s{\"predicted\":%.0f,\"measured\":%.0f}", w ? "," : "", bench_median(&trial->predicted[w]),
		       bench_median(&trial->rate[w]));
	printf("]}\n");
	fflush(stdout);
}

int main(int argc, char **argv)
{
	static struct trial trials[SUBJECTS];
	struct ff_topology topology;
	struct ff_error error;
	int processors = PROCESSORS, rounds = 5, close = 0, good = 0, drawn = 0;
	bench_limit_spinning(argv);
	bench_options(argc, argv, &processors, &rounds);
	if (processors != PROCESSORS)
		die("all ways to share out are tried on two threads only");
	bench_stay_on(PROCESSORS);
	bench_print_machine("plan", PROCESSORS);
	if (ff_topology_init(&topology, &(struct ff_topology_options){0}, &error) != FF_OK)
		die(error.what);
	struct ff_machine_model machine = ff_machine_model_of(&topology, &ff_rates_table);
	ff_topology_fini(&topology);
	machine.cores = PROCESSORS;
	for (int i = 0; i < SUBJECTS; i++) {
		struct bench_watch watch;
		bench_watch_init(&watch, rounds);
		plan(&trials[i], &SUBJECT[i], &machine);
		drawn += !SUBJECT[i].recipe[0];
		for (int r = 0; r < rounds; r++)
			take_round(&trials[i], &SUBJECT[i], 0, trials[i].ways, &machine, &watch);
		double of_best = share_of_best(&trials[i], &SUBJECT[i], rounds, &watch);
		report(&trials[i], &SUBJECT[i], of_best, &close, &good);
	}
	bool met = 12 * close >= 10 * drawn && good == SUBJECTS;
	printf("{\"bench\":\"plan\",\"what\":\"criterion\",\"nets\":%d,\"as_drawn\":%d,\"within_15_percent\":%d,"
	       "\"within_5_percent_of_best\":%d,\"met\":%s}\n",
	       SUBJECTS, drawn, close, good, met ? "true" : "false");
	return met ? 0 : 1;
}
