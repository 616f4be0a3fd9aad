/* Training as a pipeline beside sequential training, in turn in the same process: pairs a second, the share of what the
 * stages allow, and what the threads did meanwhile.
 *
 * Each net trains in four ways on `--threads` processors. Their weights are compared byte for byte, in a short training
 * first and in every timed one. A training's time begins with the first stage's first packet, so it includes filling
 * the pipeline and draining it; `whole` includes drawing the initial weights too, which a training of usual length does
 * not feel. The limit comes from the stages' times at work in the sequential training on one thread of the same round:
 *
 *     seconds of a pipeline >= max(slowest stage, sum of stages / processors)
 *
 * A round in which other programs took the processors is repeated, as long as patience lasts; `others` is how many
 * processors they took in the rounds that count. Above some hundredths, ratios mean little.
 *
 * Criteria, a line each at the end:
 *     a  two equal stages, a thread each: 1.85 x sequential on one thread, or 0.92 of the limit
 *     b  the same net, threads shared out: as fast as sequential with all threads in each matrix product
 *     c  eight equal stages: 0.90 of the limit; a thread each, and shared out where processors are fewer
 *     d  in no pipeline is the source as long at work as the slowest leader */
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench/bench.h"
#include "bench/quiet.h"
#include "bench/training.h"

enum {
	EPOCHS = 3,
	BATCH = 100,
	SHORT = 350, /* pairs of an epoch that is only verified: its last batch is not full */
};

enum way { ONE, ALL, EACH, SHARED, WAYS };

static const struct {
	const char *name, *overrides[2];
} WAY[WAYS] = {
    [ONE] = {"sequential, one thread", {"execution.kind=sequential", "execution.threads.total=1"}},
    [ALL] = {"sequential, all threads", {"execution.kind=sequential"}},
    [EACH] = {"pipeline, a thread a stage", {"execution.kind=pipeline", "execution.threads.per_stage=1"}},
    [SHARED] = {"pipeline, all threads", {"execution.kind=pipeline"}},
};

/* Equal stages: images have as many pixels as each layer has units. */
struct subject {
	const char *name, *image, *widths;
	int depth, batches; /* of a timed training's epoch, on two processors */
};

enum net { WIDE, DEEP, NETS };

static const struct subject SUBJECT[NETS] = {
    [WIDE] = {"1000-1000-1000", "{height: 25, width: 40}", "[1000, 1000]", 2, 24},
    [DEEP] = {"500 and 8 x 500", "{height: 20, width: 25}", "[500, 500, 500, 500, 500, 500, 500, 500]", 8, 20},
};

/* What is kept of a net's rounds in one way. */
struct record {
	struct bench_times seconds, whole;              /* without and with the start */
	struct bench_times limit;                       /* share reached of it */
	struct bench_times work;                        /* of all stages, as a multiple of that on one thread */
	struct bench_times leader, source;              /* share of the time at work: slowest leader, source */
	struct bench_times first_waiting, last_waiting; /* share of the time: first and last stage, for packets */
	struct bench_times others;                      /* processors taken by other programs */
	double source_most;                             /* source's time at work by the slowest leader's, at most */
	int leaders, threads, pairs;
};

/* ---- a training ---- */

/* Ends the program if training fails; the caller frees it. */
static struct bench_training *carry_out(const struct subject *subject, enum way way, int pairs, int processors)
{
	char what[96], image[64], widths[80], train[32], batch[32], epochs[32];
	const char *overrides[] = {WAY[way].overrides[0],
	                           image,
	                           widths,
	                           train,
	                           batch,
	                           epochs,
	                           "dataset.name=synthetic",
	                           "evaluate.train=never",
	                           "dataset.test=1",
	                           WAY[way].overrides[1]};
	int n = sizeof overrides / sizeof *overrides - !WAY[way].overrides[1];
	snprintf(what, sizeof what, "%s, %s", subject->name, WAY[way].name);
	snprintf(image, sizeof image, "dataset.synthetic=%s", subject->image);
	snprintf(widths, sizeof widths, "layers.widths=%s", subject->widths);
	snprintf(train, sizeof train, "dataset.train=%d", pairs);
	snprintf(batch, sizeof batch, "train.batch=%d", BATCH);
	snprintf(epochs, sizeof epochs, "train.epochs=%d", EPOCHS);
	return bench_train(what, overrides, n, processors, NULL, NULL);
}

static void compare(const struct subject *subject, enum way way, const struct bench_training *t,
                    const struct bench_training *one)
{
	if (bench_same_weights(t, one))
		return;
	fprintf(stderr, "pipeline: %s, %s: the weights are not those of sequential training on one thread\n",
	        subject->name, WAY[way].name);
	exit(1);
}

/* ---- what it took ---- */

static double slowest_stage(const struct ff_result *result)
{
	double most = 0;
	for (int l = 0; l < result->execution.n_layers; l++)
		most = result->execution.stages[l].busy > most ? result->execution.stages[l].busy : most;
	return most;
}

static double sum_of_stages(const struct ff_result *result)
{
	double sum = 0;
	for (int l = 0; l < result->execution.n_layers; l++)
		sum += result->execution.stages[l].busy;
	return sum;
}

static double busiest_leader(const struct bench_training *t)
{
	double most = 0;
	for (int i = 0; i < t->net.graph.n_leaders; i++) {
		double busy = 0;
		for (int l = t->net.graph.leaders[i].first; l < t->net.graph.leaders[i].end; l++)
			busy += t->result.execution.stages[l].busy;
		most = busy > most ? busy : most;
	}
	return most;
}

/* The least time that training can take, by the stages' times on one thread. */
static double least_seconds(const struct bench_training *one, int processors)
{
	double slowest = slowest_stage(&one->result), shared = sum_of_stages(&one->result) / processors;
	return slowest > shared ? slowest : shared;
}

static void keep(struct record *record, const struct bench_training *t, const struct bench_training *one,
                 int processors)
{
	const struct ff_work *stages = t->result.execution.stages;
	double seconds = bench_training_seconds(t), whole = bench_training_whole(t), leader = busiest_leader(t);
	double source = t->result.execution.source.busy;
	bench_add(&record->seconds, seconds);
	bench_add(&record->whole, whole);
	bench_add(&record->limit, least_seconds(one, processors) / seconds);
	bench_add(&record->work, sum_of_stages(&t->result) / sum_of_stages(&one->result));
	bench_add(&record->leader, leader / whole);
	bench_add(&record->source, source / whole);
	bench_add(&record->first_waiting, stages[0].waiting_input / whole);
	bench_add(&record->last_waiting, stages[t->net.n_layers - 1].waiting_input / whole);
	record->source_most = source / leader > record->source_most ? source / leader : record->source_most;
	record->leaders = t->net.graph.n_leaders;
	record->threads = t->net.graph.threads;
	record->pairs = (int)t->totals.pairs;
}

/* Trains the net in every way, once; keeps what it took unless `records` [WAYS] is NULL. */
static void train_all(const struct subject *subject, int pairs, int processors, struct record *records)
{
	struct bench_training *one = carry_out(subject, ONE, pairs, processors);
	for (enum way way = ONE; way < WAYS; way++) {
		struct bench_training *t = way == ONE ? one : carry_out(subject, way, pairs, processors);
		compare(subject, way, t, one);
		if (records)
			keep(&records[way], t, one, processors);
		if (t != one)
			bench_training_free(t);
	}
	bench_training_free(one);
}

static void measure(const struct subject *subject, int pairs, int processors, int rounds, struct record *records)
{
	struct bench_watch watch;
	struct record before[WAYS];
	bench_watch_init(&watch, rounds);
	train_all(subject, pairs, processors, NULL); /* warms up */
	for (int i = 0; i < rounds;) {
		memcpy(before, records, sizeof before);
		bench_watch_begin(&watch);
		train_all(subject, pairs, processors, records);
		if (!bench_watch_end(&watch)) {
			memcpy(records, before, sizeof before);
			continue;
		}
		for (enum way way = ONE; way < WAYS; way++)
			bench_add(&records[way].others, watch.others);
		i++;
	}
}

/* ---- reports ---- */

static void report(const struct subject *subject, const struct record *records, enum way way)
{
	const struct record *r = &records[way];
	printf(
	    "{\"bench\":\"pipeline\",\"what\":\"training\",\"net\":\"%s\",\"how\":\"%s\",\"leaders\":%d,\"threads\":%d,"
	    "\"samples_per_second\":%.0f,\"seconds\":%.3f,\"least\":%.3f,\"most\":%.3f,\"whole\":%.3f,"
	    "\"speedup\":%.3f,\"limit_share\":%.3f,\"stage_work\":%.3f,\"slowest_leader_busy\":%.3f,"
	    "\"source_busy\":%.4f,\"first_waiting_input\":%.3f,\"last_waiting_input\":%.3f,\"others\":%.3f,\"rounds\":%"
	    "d}\n",
	    subject->name, WAY[way].name, r->leaders, r->threads, r->pairs / bench_median(&r->seconds),
	    bench_median(&r->seconds), bench_least(&r->seconds), bench_most(&r->seconds), bench_median(&r->whole),
	    bench_median_ratio(&records[ONE].seconds, &r->seconds), bench_median(&r->limit), bench_median(&r->work),
	    bench_median(&r->leader), bench_median(&r->source), bench_median(&r->first_waiting),
	    bench_median(&r->last_waiting), bench_median(&r->others), r->seconds.n);
	fflush(stdout);
}

/* How fast `of` is beside `beside`, and its share of the limit; a bar of 0 cannot be met. */
static void judge(const char *what, const struct record *of, const struct record *beside, double bar, double limit_bar)
{
	double ratio = bench_median_ratio(&beside->seconds, &of->seconds), share = bench_median(&of->limit);
	bool met = (bar > 0 && ratio >= bar) || (limit_bar > 0 && share >= limit_bar);
	printf("{\"bench\":\"pipeline\",\"what\":\"%s\",\"ratio\":%.3f,\"whole_ratio\":%.3f,\"limit_share\":%.3f,"
	       "\"bar\":%.2f,\"limit_bar\":%.2f,\"others\":%.3f,\"met\":%s}\n",
	       what, ratio, bench_median_ratio(&beside->whole, &of->whole), share, bar, limit_bar,
	       bench_median(&of->others), met ? "true" : "false");
}

static void judge_source(struct record records[NETS][WAYS])
{
	double most = 0, waiting = 0;
	for (int net = 0; net < NETS; net++)
		for (enum way way = EACH; way <= SHARED; way++) {
			const struct record *r = &records[net][way];
			most = r->source_most > most ? r->source_most : most;
			waiting = bench_median(&r->first_waiting) > waiting ? bench_median(&r->first_waiting) : waiting;
		}
	printf("{\"bench\":\"pipeline\",\"what\":\"d\",\"ratio\":%.3f,\"first_waiting_input\":%.3f,\"bar\":1.00,"
	       "\"met\":%s}\n",
	       most, waiting, most < 1 ? "true" : "false");
}

/* ---- the program ---- */

/* Long enough that filling the pipeline hardly counts, also where all of its stages work at once. */
static int timed_pairs(const struct subject *subject, int processors)
{
	int at_once = processors < subject->depth ? processors : subject->depth;
	return BATCH * subject->batches * (at_once > 2 ? at_once : 2) / 2;
}

int main(int argc, char **argv)
{
	static struct record records[NETS][WAYS];
	int processors, rounds = 7;
	bench_limit_spinning(argv);
	bench_options(argc, argv, &processors, &rounds);
	bench_stay_on(processors);
	bench_print_machine("pipeline", processors);
	for (int net = 0; net < NETS; net++)
		train_all(&SUBJECT[net], SHORT, processors, NULL);
	for (int net = 0; net < NETS; net++) {
		measure(&SUBJECT[net], timed_pairs(&SUBJECT[net], processors), processors, rounds, records[net]);
		for (enum way way = ONE; way < WAYS; way++)
			report(&SUBJECT[net], records[net], way);
	}
	judge("a", &records[WIDE][EACH], &records[WIDE][ONE], 1.85, 0.92);
	judge("b", &records[WIDE][SHARED], &records[WIDE][ALL], 1.00, 0);
	judge("c", &records[DEEP][EACH], &records[DEEP][ONE], 0, 0.90);
	if (processors < SUBJECT[DEEP].depth)
		judge("c, shared out", &records[DEEP][SHARED], &records[DEEP][ONE], 0, 0.90);
	judge_source(records);
	return 0;
}
