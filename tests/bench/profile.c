/* What a profile costs: a training with one beside the same training without, in turn in one process. Their weights are
 * compared byte for byte. A round that other programs disturbed is repeated, a limited number of times.
 * The figure is the median over the rounds of one time by the other; it must be below 1.02, or the exit status is 1.
 * Trainings are short and many, so that a drift of the machine's speed within seconds meets both of a pair. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench/bench.h"
#include "bench/quiet.h"
#include "bench/training.h"

enum { MAX_OVERRIDES = 5 };

static const double BAR = 1.02;

/* From a net whose steps take microseconds to one whose steps take milliseconds. */
static const struct subject {
	const char *name, *overrides[MAX_OVERRIDES];
} SUBJECT[] = {
    {"784-64-32, batch 100", {"layers.widths=[64, 32]", "dataset.train=20000", "train.epochs=4"}},
    {"784-3x500, batch 100, a head", {"layers.widths=[500, 500, 500]", "head.when=together", "dataset.train=8000"}},
    {"784-2000-2000, batch 500", {"layers.widths=[2000, 2000]", "train.batch=500", "dataset.train=4000"}},
};

enum { SUBJECTS = sizeof SUBJECT / sizeof *SUBJECT };

struct record {
	struct bench_times without, with, others;
};

static struct bench_training *carry_out(const struct subject *subject, int processors,
                                        const struct bench_leaders *leaders, size_t slices)
{
	const char *overrides[4 + MAX_OVERRIDES] = {"dataset.name=synthetic", "evaluate.train=never", "dataset.test=1",
	                                            "train.epochs=1"};
	int n = 4;
	for (int i = 0; i < MAX_OVERRIDES && subject->overrides[i]; i++)
		overrides[n++] = subject->overrides[i];
	return bench_train_profiled(subject->name, overrides, n, processors, leaders, slices);
}

/* The order alternates from round to round. The second training has the leaders that were planned for the first. */
static void take_round(const struct subject *subject, int processors, int round, struct record *record)
{
	struct bench_training *t[2];
	struct bench_leaders leaders;
	for (int i = 0; i < 2; i++) {
		int with = (i + round) % 2;
		t[with] = carry_out(subject, processors, i ? &leaders : NULL, with ? FF_PROFILE_SLICES : 0);
		const struct ff_graph *graph = &t[with]->net.graph;
		leaders.n = graph->n_leaders;
		memcpy(leaders.leaders, graph->leaders, sizeof leaders.leaders);
	}
	if (!bench_same_weights(t[0], t[1])) {
		fprintf(stderr, "profile: %s: the weights differ\n", subject->name);
		exit(1);
	}
	bench_add(&record->without, bench_training_seconds(t[0]));
	bench_add(&record->with, bench_training_seconds(t[1]));
	bench_training_free(t[0]);
	bench_training_free(t[1]);
}

static void measure(const struct subject *subject, int processors, int rounds, struct record *record)
{
	struct bench_watch watch;
	struct record before = {0};
	bench_watch_init(&watch, rounds);
	take_round(subject, processors, 0, &before); /* warms up */
	for (int i = 0; i < rounds;) {
		before = *record;
		bench_watch_begin(&watch);
		take_round(subject, processors, i, record);
		if (!bench_watch_end(&watch)) {
			*record = before;
			continue;
		}
		bench_add(&record->others, watch.others);
		i++;
	}
}

int main(int argc, char **argv)
{
	static struct record records[SUBJECTS];
	int processors, rounds = 41;
	bool met = true;
	bench_limit_spinning(argv);
	bench_options(argc, argv, &processors, &rounds);
	bench_stay_on(processors);
	bench_print_machine("profile", processors);
	for (int i = 0; i < SUBJECTS; i++) {
		const struct record *r = &records[i];
		measure(&SUBJECT[i], processors, rounds, &records[i]);
		double ratio = bench_median_ratio(&r->with, &r->without);
		printf(
		    "{\"bench\":\"profile\",\"net\":\"%s\",\"with_by_without\":%.4f,\"seconds\":%.3f,\"others\":%.3f,"
		    "\"rounds\":%d,\"below\":%.2f,\"met\":%s}\n",
		    SUBJECT[i].name, ratio, bench_median(&r->without), bench_median(&r->others), rounds, BAR,
		    ratio < BAR ? "true" : "false");
		fflush(stdout);
		met = met && ratio < BAR;
	}
	return met ? 0 : 1;
}
