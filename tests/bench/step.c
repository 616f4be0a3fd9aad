/* GFLOP/s of whole training steps, as a share of the engine's sgemm on 2000 x 2000 x 2000 with the same threads in the
 * same process; as a pipeline and sequentially.
 *
 * Whole nets train through the runtime on synthetic images of 784 pixels. Their flops are the useful ones: those of the
 * matrix products of the layers and the head, counted from the packets that the stations get; zeros and rows with
 * nothing to teach, which the engine leaves out, count as if it did not. A round takes
 * sgemm and both executions in turn; figures are medians over the rounds. Before its first round, and in every one,
 * both executions must come to the same weights and flops. Each criterion has a line at the end: the share of the
 * pipeline, and its bar. */
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench/bench.h"
#include "bench/quiet.h"
#include "bench/training.h"

enum {
	SGEMMS = 5,
	MAX_OVERRIDES = 32,
};

enum way { PIPELINE, SEQUENTIAL, WAYS };

static const struct {
	const char *name, *override;
} WAY[WAYS] = {
    [PIPELINE] = {"pipeline", "execution.kind=pipeline"},
    [SEQUENTIAL] = {"sequential", "execution.kind=sequential"},
};

/* How nets learn; each ends with NULL. */
static const char *const HINTON[] = {"layers.peer=0.06",
                                     "objective.loss=logistic",
                                     "objective.goodness=sum_square",
                                     "objective.threshold=width",
                                     "negatives.draw=head",
                                     "negatives.lag=auto",
                                     "optimizer.kind=sgd",
                                     "optimizer.rate=0.005",
                                     "optimizer.decay=0.002",
                                     "head.when=together",
                                     "head.optimizer=sgd",
                                     "head.rate=0.1",
                                     "head.decay=0.003",
                                     NULL};
static const char *const SWISH[] = {"objective.loss=swish", "objective.alpha=6", "optimizer.rate=0.001", NULL};
static const char *const SEED[] = {"layers.normalize=l2",
                                   "layers.init=uniform",
                                   "label.strength=max",
                                   "objective.loss=logistic",
                                   "objective.threshold=2",
                                   "objective.reduce=rows",
                                   "negatives.redraw=once",
                                   "optimizer.rate=0.03",
                                   "train.order=greedy",
                                   "dataset.standardize=true",
                                   NULL};

struct subject {
	const char *name, *widths, *const *recipe, *batch;
	int pairs, epochs; /* of a timed training */
	double bar;        /* of its share in a pipeline; 0: none */
};

static const struct subject SUBJECT[] = {
    {"784-4x2000, Hinton, batch 100", "[2000, 2000, 2000, 2000]", HINTON, "100", 10000, 1, 0.80},
    {"784-3x1000, Hinton, batch 100", "[1000, 1000, 1000]", HINTON, "100", 30000, 1, 0.70},
    {"784-2000-2000, swish, batch 500", "[2000, 2000]", SWISH, "500", 10000, 1, 0},
    {"784-64-32, swish, batch 100", "[64, 32]", SWISH, "100", 20000, 4, 0},
    {"784-2000-2000, seed, full batch", "[2000, 2000]", SEED, "full", 8192, 2, 0},
    {"784-64-32, seed, full batch", "[64, 32]", SEED, "full", 50000, 5, 0},
};

enum { SUBJECTS = sizeof SUBJECT / sizeof *SUBJECT };

/* What is kept of a net's rounds in one way. */
struct record {
	struct bench_times seconds, share, sgemm;
	struct bench_times others; /* processors taken by other programs */
	double flops;
};

/* ---- flops ---- */

/* Rows that the stage multiplies by its weights for a packet of training, and rows of its gradient's product: for
 * labels that share images, those of the images. */
static void product_rows(const struct ff_stage *stage, const struct ff_packet *packet, double *forward,
                         double *gradient)
{
	size_t rows = packet->known ? 0 : packet->n + packet->queries, pairs = packet->n;
	if (!stage->layer.kind->labelled) {
		rows = packet->rows;
		pairs = ff_packet_sample_rows(packet);
	}
	*forward = ff_packet_works(packet, stage->station.number) ? (double)rows : 0;
	*gradient = ff_packet_learns(packet, stage->station.number) ? (double)pairs : 0;
}

/* Adds up the useful flops of the node's matrix products of training. */
static void count_flops(struct bench_training *t, int node, const struct ff_packet *packet)
{
	int station = node - 1;
	double forward, gradient;
	if (packet->kind != FF_PACKET_TRAIN || station < 0 || station >= t->net.graph.n_stations)
		return;
	if (!ff_graph_is_layer(&t->net.graph, station)) {
		const struct ff_head *head = ff_net_head(&t->net);
		t->counts[node] += 4.0 * (double)packet->plain * (double)head->inputs * (double)head->classes;
		return;
	}
	const struct ff_stage *stage = (const struct ff_stage *)t->net.stations[station];
	double inputs = (double)(stage->layer.inputs - (stage->layer.kind->labelled ? stage->classes : 0));
	product_rows(stage, packet, &forward, &gradient);
	t->counts[node] += 2 * (forward + gradient) * inputs * (double)stage->layer.outputs;
}

static double flops_of(const struct bench_training *t)
{
	double sum = 0;
	for (int node = 1; node <= t->net.graph.n_stations; node++)
		sum += t->counts[node];
	return sum;
}

/* ---- measuring ---- */

static struct bench_training *carry_out(const struct subject *subject, enum way way, int processors)
{
	char what[96], widths[64], batch[32], pairs[32], epochs[32];
	const char *overrides[MAX_OVERRIDES] = {
	    WAY[way].override,      widths,           batch, pairs, epochs, "dataset.name=synthetic",
	    "evaluate.train=never", "dataset.test=1",
	};
	int n = 8;
	for (const char *const *key = subject->recipe; *key; key++)
		overrides[n++] = *key;
	snprintf(what, sizeof what, "%s, %s", subject->name, WAY[way].name);
	snprintf(widths, sizeof widths, "layers.widths=%s", subject->widths);
	snprintf(batch, sizeof batch, "train.batch=%s", subject->batch);
	snprintf(pairs, sizeof pairs, "dataset.train=%d", subject->pairs);
	snprintf(epochs, sizeof epochs, "train.epochs=%d", subject->epochs);
	return bench_train(what, overrides, n, processors, NULL, count_flops);
}

static void compare(const struct subject *subject, const struct bench_training *a, const struct bench_training *b)
{
	if (bench_same_weights(a, b) && flops_of(a) > 0 && flops_of(a) == flops_of(b))
		return;
	fprintf(stderr, "step: %s: pipeline and sequential execution differ in their weights or flops\n",
	        subject->name);
	exit(1);
}

/* Seconds of one product, the median of some. */
static double sgemm_seconds(const struct bench_sgemm *sgemm, int threads)
{
	struct bench_times times = {0};
	for (int i = 0; i < SGEMMS; i++)
		bench_add(&times, bench_sgemm_seconds(sgemm, threads));
	return bench_median(&times);
}

static void keep(struct record *record, double seconds, double flops, double product)
{
	bench_add(&record->seconds, seconds);
	bench_add(&record->sgemm, product);
	bench_add(&record->share, flops / seconds / (bench_sgemm_flops() / product));
	record->flops = flops;
}

/* One round of a net: what it took, for each way. */
static void take_round(const struct subject *subject, const struct bench_sgemm *sgemm, int processors,
                       struct record records[WAYS])
{
	struct bench_training *trained[WAYS];
	for (enum way way = PIPELINE; way < WAYS; way++) {
		double product = sgemm_seconds(sgemm, processors);
		trained[way] = carry_out(subject, way, processors);
		keep(&records[way], bench_training_seconds(trained[way]), flops_of(trained[way]), product);
	}
	compare(subject, trained[PIPELINE], trained[SEQUENTIAL]);
	for (enum way way = PIPELINE; way < WAYS; way++)
		bench_training_free(trained[way]);
}

static void measure(const struct subject *subject, const struct bench_sgemm *sgemm, int processors, int rounds,
                    struct record records[WAYS])
{
	struct bench_watch watch;
	struct record before[WAYS] = {0};
	bench_watch_init(&watch, rounds);
	take_round(subject, sgemm, processors, before); /* warms up */
	for (int i = 0; i < rounds;) {
		memcpy(before, records, sizeof before);
		bench_watch_begin(&watch);
		take_round(subject, sgemm, processors, records);
		if (!bench_watch_end(&watch)) {
			memcpy(records, before, sizeof before);
			continue;
		}
		for (enum way way = PIPELINE; way < WAYS; way++)
			bench_add(&records[way].others, watch.others);
		i++;
	}
}

/* ---- reports ---- */

static void report(const struct subject *subject, enum way way, const struct record *record)
{
	printf("{\"bench\":\"step\",\"net\":\"%s\",\"how\":\"%s\",\"gflops\":%.1f,\"share_of_sgemm\":%.3f,"
	       "\"least\":%.3f,\"most\":%.3f,\"sgemm_gflops\":%.1f,\"seconds\":%.3f,\"gflop\":%.1f,\"others\":%.3f,"
	       "\"rounds\":%d}\n",
	       subject->name, WAY[way].name, 1e-9 * record->flops / bench_median(&record->seconds),
	       bench_median(&record->share), bench_least(&record->share), bench_most(&record->share),
	       1e-9 * bench_sgemm_flops() / bench_median(&record->sgemm), bench_median(&record->seconds),
	       1e-9 * record->flops, bench_median(&record->others), record->seconds.n);
	fflush(stdout);
}

static void judge(const struct subject *subject, const struct record *record)
{
	double share = bench_median(&record->share);
	if (subject->bar > 0)
		printf("{\"bench\":\"step\",\"what\":\"%s\",\"share_of_sgemm\":%.3f,\"bar\":%.2f,\"met\":%s}\n",
		       subject->name, share, subject->bar, share >= subject->bar ? "true" : "false");
}

/* ---- the program ---- */

int main(int argc, char **argv)
{
	static struct record records[SUBJECTS][WAYS];
	struct bench_sgemm sgemm;
	int processors, rounds = 7;
	bench_limit_spinning(argv);
	bench_options(argc, argv, &processors, &rounds);
	bench_stay_on(processors);
	bench_print_machine("step", processors);
	bench_sgemm_init(&sgemm);
	for (int i = 0; i < SUBJECTS; i++) {
		measure(&SUBJECT[i], &sgemm, processors, rounds, records[i]);
		for (enum way way = PIPELINE; way < WAYS; way++)
			report(&SUBJECT[i], way, &records[i][way]);
	}
	for (int i = 0; i < SUBJECTS; i++)
		judge(&SUBJECT[i], &records[i][PIPELINE]);
	bench_sgemm_free(&sgemm);
	return 0;
}
