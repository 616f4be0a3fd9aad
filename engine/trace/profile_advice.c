/* Rules of thumb over what was measured, the simplest first. */
#include "trace/profile_advice.h"

#include "pipeline/blueprint.h"

#include <stdio.h>
#include <string.h>

#define WHY(a, ...) snprintf((a)->why, sizeof(a)->why, __VA_ARGS__)
#define FIX(a, ...) snprintf((a)->fix, sizeof(a)->fix, __VA_ARGS__)

static const double SATURATED = 0.75; /* share of the time at work above which a thread is the bottleneck */
static const double SPARE = 0.7;      /* load below which a leader can spare a thread */
static const double WORTH = 1.05;     /* speed-up above which another distribution of threads is advised */

static double share_at_work(const struct ff_profile_thread *thread)
{
	return thread->seconds > 0 ? thread->busy / thread->seconds : 0;
}

static int busiest_thread(const struct ff_profile_report *r)
{
	int most = 0;
	for (int i = 1; i < r->n_threads; i++)
		if (share_at_work(&r->tracks[i]) > share_at_work(&r->tracks[most]))
			most = i;
	return most;
}

static int parts_of(const struct ff_profile_report *r, int track)
{
	int n = 0;
	for (int i = 0; i < r->n_parts; i++)
		n += r->parts[i].track == track;
	return n;
}

static const struct ff_profile_part *busiest_part(const struct ff_profile_report *r, int track)
{
	const struct ff_profile_part *most = r->parts;
	for (int i = 0; i < r->n_parts; i++)
		if (r->parts[i].track == track && (most->track != track || r->parts[i].busy > most->busy))
			most = &r->parts[i];
	return most;
}

/* Threads outnumber processors. */
static void advise_fewer(const struct ff_profile_report *r, struct ff_profile_advice *a)
{
	if (ff_threads_given(r->experiment))
		FIX(a, "execution.threads.per_stage: auto, so that threads do not wait for processors");
	else
		FIX(a, "execution.threads.total: %d, so that threads do not wait for processors", r->processors);
}

/* One team trains one layer at a time, so threads do not wait for each other: the steps are short compared to the
 * hand-off between them. */
static void advise_longer_steps(const struct ff_profile_report *r, double share, struct ff_profile_advice *a)
{
	snprintf(a->bottleneck, sizeof a->bottleneck, "hand-off");
	WHY(a,
	    "one layer trains at a time, and no thread is at work for more than %.0f %% of the time: a batch is done "
	    "soon, and the next has to be handed on",
	    100 * share);
	if (r->threads > 1)
		FIX(a,
		    "execution.threads.total: %d, as fewer threads meet sooner; or a larger train.batch, so that "
		    "handing "
		    "on costs less (changes the result)",
		    r->threads / 2);
	else if (r->experiment->train.batch != FF_AUTO)
		FIX(a, "a larger train.batch, so that handing on costs less (changes the result)");
	else
		FIX(a, "execution.kind: sequential, which hands nothing on; or wider layers");
}

/* No thread is always at work. */
static void advise_order(const struct ff_profile_report *r, double share, struct ff_profile_advice *a)
{
	const struct ff_experiment *e = r->experiment;
	snprintf(a->bottleneck, sizeof a->bottleneck, "order");
	WHY(a, "no thread is at work for more than %.0f %% of the time: they wait for each other", 100 * share);
	if (e->train.order == FF_GREEDY && ff_threads_given(e))
		FIX(a, "execution.threads.per_stage: auto, which gives every thread to the layer that trains");
	else if (ff_is_adaptive(e) && e->negatives.lag != FF_AUTO && e->negatives.lag < e->n_layers + 2)
		FIX(a, "negatives.lag: auto, so that stages need not wait for the labels drawn (changes the result)");
	else if (e->train.patience)
		FIX(a, "evaluate.every: %d, since every evaluation with train.patience empties the pipeline",
		    2 * (int)e->evaluate.every);
	else if (r->threads > r->processors)
		advise_fewer(r, a);
	else if (e->train.order == FF_GREEDY)
		advise_longer_steps(r, share, a);
	else
		FIX(a,
		    "execution.depth: %lld, deeper rings even out stages whose speed varies; or a larger train.batch, "
		    "so that handing on costs less (changes the result)",
		    e->execution.depth == FF_AUTO ? 4 : 2 * (long long)e->execution.depth);
}

static void advise_source(const struct ff_profile_report *r, struct ff_profile_advice *a)
{
	const struct ff_experiment *e = r->experiment;
	WHY(a, "it makes the batches, on one thread");
	if (r->threads >= r->processors && r->threads > r->n_threads - 2)
		FIX(a,
		    "execution.threads.total: %d, which leaves it a processor of its own (with execution.bind: always, "
		    "bound)",
		    r->threads - 1);
	else if (e->mode == FF_UNSUPERVISED && e->negatives.blur > 0)
		FIX(a, "a smaller negatives.blur, or negatives.redraw: once with wider layers (change the result)");
	else if (e->augment.shift > 0)
		FIX(a, "augment.shift: 0, or wider layers beside which it is small (change the result)");
	else
		FIX(a, "wider layers or fewer threads: the layers are too small to keep this many busy");
}

/* A thread with several stations. */
static void advise_shared(const struct ff_profile_report *r, int track, struct ff_profile_advice *a)
{
	const struct ff_profile_part *part = busiest_part(r, track);
	WHY(a, "its stations take turns on one team; %s takes most of it, %.0f %%", part->name,
	    100 * part->busy / r->tracks[track].busy);
	if (r->threads > r->processors)
		advise_fewer(r, a);
	else if (r->threads < r->processors)
		FIX(a, "execution.threads.total: %d, so that they have threads of their own", r->processors);
	else if (r->apart > WORTH)
		FIX(a,
		    "execution.threads.per_stage: 1, a thread a layer, which the cost model expects to be %.0f %% "
		    "faster",
		    100 * (r->apart - 1));
	else
		FIX(a, "more cores, or narrower layers: every processor is in use");
}

/* One team for all layers, which train one after another. */
static void advise_greedy(const struct ff_profile_report *r, int track, struct ff_profile_advice *a)
{
	const struct ff_profile_part *part = busiest_part(r, track);
	WHY(a, "layers train one after another on one team; %s takes most of it, %.0f %%", part->name,
	    100 * part->busy / r->tracks[track].busy);
	if (r->threads > r->processors)
		advise_fewer(r, a);
	else if (r->threads < r->processors)
		FIX(a, "execution.threads.total: %d: there are processors to spare", r->processors);
	else
		FIX(a, "more cores, or train.order: together, so that layers overlap (changes the result)");
}

/* The leader with the smallest load that can spare a thread, or -1. */
static int lightest_team(const struct ff_profile_report *r)
{
	int least = -1;
	for (int i = 1; i + 1 < r->n_threads; i++)
		if (r->tracks[i].threads > 1 && r->tracks[i].load < SPARE &&
		    (least < 0 || r->tracks[i].load < r->tracks[least].load))
			least = i;
	return least;
}

/* Whether, by the rates, moving its data takes longer than its products. */
static bool moves_much(const struct ff_profile_report *r, const struct ff_profile_part *part)
{
	return part->bytes / r->rates.cache_bandwidth > part->flops / r->rates.flops;
}

static void advise_layer(const struct ff_profile_report *r, int track, struct ff_profile_advice *a)
{
	const struct ff_profile_part *part = busiest_part(r, track);
	int lightest = lightest_team(r), threads = part->threads;
	const char *s = threads == 1 ? "" : "s";
	WHY(a, "with %d thread%s it reaches %.0f %% of their peak, and is at work for %.0f %% of the time", threads, s,
	    100 * part->peak, 100 * share_at_work(&r->tracks[track]));
	if (r->threads > r->processors)
		advise_fewer(r, a);
	else if (r->threads < r->processors)
		FIX(a,
		    "threads: %d for it in layers.each, or execution.threads.total: %d: there are processors to spare",
		    threads + 1, r->processors);
	else if (lightest > 0 && lightest != track)
		FIX(a, "a thread of %s for it (layers.each, threads: %d and %d)", r->tracks[lightest].name,
		    r->tracks[lightest].threads - 1, threads + 1);
	else if (moves_much(r, part))
		FIX(a, "a larger train.batch: weights and optimizer state take longer to move than the products to "
		       "compute (changes the result)");
	else
		FIX(a, "more cores, or a narrower layer: every processor is in use");
}

static void advise_sequential(const struct ff_profile_report *r, struct ff_profile_advice *a)
{
	const struct ff_profile_part *part = busiest_part(r, 0);
	memcpy(a->bottleneck, part->name, sizeof part->name);
	WHY(a, "it takes %.0f %% of the time, and the others wait meanwhile: the execution is sequential",
	    100 * part->busy / r->tracks[0].seconds);
	if (r->experiment->train.order == FF_GREEDY && r->threads < r->processors)
		FIX(a, "execution.threads.total: %d: there are processors to spare", r->processors);
	else
		FIX(a, "execution.kind: pipeline, which overlaps them");
}

void ff_profile_advise(struct ff_profile_report *r)
{
	struct ff_profile_advice *a = &r->advice;
	int most = busiest_thread(r);
	double share = share_at_work(&r->tracks[most]);
	if (!r->pipeline) {
		advise_sequential(r, a);
		return;
	}
	memcpy(a->bottleneck, r->tracks[most].name, sizeof a->bottleneck);
	if (share < SATURATED) {
		advise_order(r, share, a);
	} else if (most == 0) {
		advise_source(r, a);
	} else if (most == r->n_threads - 1) {
		WHY(a, "it takes the results, on the program's first thread");
		FIX(a, "a larger train.batch or evaluate.every: fewer packets to collect");
	} else if (parts_of(r, most) > 1 && r->experiment->train.order == FF_GREEDY) {
		advise_greedy(r, most, a);
	} else if (parts_of(r, most) > 1) {
		advise_shared(r, most, a);
	} else {
		advise_layer(r, most, a);
	}
}
