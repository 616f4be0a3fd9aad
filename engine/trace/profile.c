#include "trace/profile.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/error.h"
#include "machine/threads.h"
#include "pipeline/blueprint.h"
#include "plan/bind.h"
#include "plan/calibrate.h"
#include "plan/forecast.h"
#include "plan/lead.h"
#include "trace/profile_advice.h"

/* ---- running ---- */

/* Shows the progress of the profile, not of the experiment. */
static void forward_progress(void *user, const struct ff_progress *progress)
{
	const struct ff_profiling *p = user;
	struct ff_progress shown = *progress;
	double passed = ff_clock() - p->started, limit = p->options->seconds;
	if (!p->options->observer.progress)
		return;
	if (passed / limit > shown.done) {
		shown.done = fmin(passed / limit, 1);
		shown.seconds_left = fmax(limit - passed, 0);
	}
	p->options->observer.progress(p->options->observer.user, &shown);
}

static ff_status ignore_epoch(void *user, const struct ff_epoch_metrics *metrics, struct ff_error *error)
{
	(void)user, (void)metrics, (void)error;
	return FF_OK;
}

static bool stopped(void *user)
{
	const struct ff_profiling *p = user;
	return ff_clock() - p->started >= p->options->seconds || (p->options->stop && p->options->stop(NULL));
}

static ff_status open_all(struct ff_profiling *p, struct ff_error *error)
{
	FF_TRY(ff_dataset_open(p->experiment, &p->dataset, error));
	const struct ff_data_shape shape = ff_source_shape(p->experiment, &p->dataset);
	FF_TRY(ff_source_init(&p->source, p->experiment, &p->dataset, error));
	const struct ff_machine_model machine = ff_machine_model_here(p->experiment, &p->topology);
	struct ff_graph graph; /* large */
	FF_TRY(ff_graph_plan(&graph, p->experiment, &shape, &machine, error));
	FF_TRY(ff_net_create(p->experiment, &shape, &graph, &p->net, error));
	FF_TRY(ff_binding_choose(&p->binding, &p->topology, &p->net.graph, p->experiment, error));
	FF_TRY(ff_threads_check(p->net.graph.threads + (p->net.graph.pipeline ? 1 : -1), error));
	return ff_profile_init(&p->profile, &p->net.graph, p->options->slices, error);
}

ff_status ff_profiling_run(struct ff_profiling *profiling, const struct ff_experiment *experiment,
                           const struct ff_profile_options *options, struct ff_error *error)
{
	profiling->experiment = experiment;
	profiling->options = options;
	FF_TRY(open_all(profiling, error));
	const struct ff_training training = {
	    .experiment = experiment,
	    .dataset = &profiling->dataset,
	    .net = &profiling->net,
	    .source = &profiling->source,
	    .user = profiling,
	    .progress = forward_progress,
	    .epoch = ignore_epoch,
	    .stop = stopped,
	    .sets = {&profiling->sets[0], &profiling->sets[1], &profiling->sets[2]},
	    .training_only = true,
	    .binding = &profiling->binding,
	    .profile = &profiling->profile,
	};
	profiling->started = ff_clock();
	return ff_train(&training, &profiling->totals, error);
}

void ff_profiling_fini(struct ff_profiling *profiling)
{
	ff_profile_fini(&profiling->profile);
	ff_net_destroy(&profiling->net);
	ff_source_fini(&profiling->source);
	ff_topology_fini(&profiling->topology);
	ff_dataset_close(&profiling->dataset);
}

/* ---- what it says ---- */

static double seconds_of(uint64_t nanoseconds)
{
	return 1e-9 * (double)nanoseconds;
}

static double rate_of(int64_t samples, double seconds)
{
	return samples > 0 && seconds > 0 ? (double)samples / seconds : NAN;
}

static double use_rate(const struct ff_node_sum *sum, enum ff_use use)
{
	return rate_of((int64_t)sum->uses[use].samples, seconds_of(sum->uses[use].nanoseconds));
}

static int team_of(const struct ff_graph *graph, int node)
{
	for (int i = 0; i < graph->n_leaders; i++)
		if (!graph->pipeline || (graph->leaders[i].first < node && node <= graph->leaders[i].end))
			return graph->leaders[i].threads;
	return 1;
}

static void fill_part(const struct ff_profile *p, int node, const struct ff_rates *rates, struct ff_profile_part *part)
{
	const struct ff_node_sum *sum = &p->nodes[node];
	part->track = p->track_of[node];
	part->threads = team_of(p->graph, node);
	ff_node_name(p->graph, node, part->name, sizeof part->name);
	memcpy(part->steps, sum->steps, sizeof part->steps);
	for (int step = 0; step < FF_N_STEPS; step++)
		if (!ff_step_is_wait((enum ff_step)step))
			part->busy += seconds_of(sum->steps[step].nanoseconds);
	part->waiting_input = seconds_of(sum->steps[FF_STEP_WAIT_INPUT].nanoseconds);
	part->waiting_output = seconds_of(sum->steps[FF_STEP_WAIT_OUTPUT].nanoseconds);
	part->samples = use_rate(sum, FF_USE_SAMPLES);
	part->head_images = use_rate(sum, FF_USE_HEAD);
	part->flops = part->busy > 0 ? (sum->flops[0] + sum->flops[1]) / part->busy : 0;
	part->bytes = part->busy > 0 ? (sum->bytes[0] + sum->bytes[1]) / part->busy : 0;
	part->peak = part->flops / (part->threads * rates->flops);
}

/* "source", "layer 2", "layers 1-3", "all" */
static void track_name(const struct ff_profile *p, int track, char *text, size_t size)
{
	char first[FF_PROFILE_NAME] = "", last[FF_PROFILE_NAME] = "";
	int n = 0;
	for (int node = 0; node < p->n_nodes; node++)
		if (p->track_of[node] == track && n++ == 0)
			ff_node_name(p->graph, node, first, sizeof first);
		else if (p->track_of[node] == track)
			ff_node_name(p->graph, node, last, sizeof last);
	snprintf(text, size, n > 1 ? "%s to %s" : "%s%s", first, last);
}

static void fill_tracks(const struct ff_profile *p, struct ff_profile_report *r)
{
	double leaders = 0;
	for (int i = 0; i < p->n_tracks; i++) {
		const struct ff_track *track = &p->tracks[i];
		struct ff_profile_thread *thread = &r->tracks[i];
		track_name(p, i, thread->name, sizeof thread->name);
		thread->seconds = seconds_of(track->last - track->started);
		memcpy(thread->counts, track->counts, sizeof thread->counts);
		thread->slices = track->n_slices;
		thread->slices_cut = track->slices_cut;
		thread->levels_cut = track->levels_cut;
		if (!r->counters_refused)
			r->counters_refused = track->counters.refused;
	}
	for (int node = 0; node < p->n_nodes; node++) {
		struct ff_profile_thread *thread = &r->tracks[p->track_of[node]];
		thread->busy += r->parts[node].busy;
		thread->threads = team_of(p->graph, node);
		leaders += node > 0 && node <= p->graph->n_stations ? r->parts[node].busy : 0;
	}
	for (int i = 0; i < p->n_tracks; i++) {
		struct ff_profile_thread *thread = &r->tracks[i];
		bool leader = !p->graph->pipeline || (i > 0 && i <= p->graph->n_leaders);
		thread->load = leaders > 0 ? thread->busy / (leaders / p->graph->n_leaders) : 0;
		r->imbalance = leader ? fmax(r->imbalance, thread->load) : r->imbalance;
		r->slices += thread->slices;
		r->slices_cut += thread->slices_cut;
		r->levels_cut += thread->levels_cut;
	}
	if (!p->graph->pipeline)
		r->imbalance = r->tracks[0].load = 1; /* one thread for all */
}

static void recorded(const struct ff_profile *p, uint64_t *begin, uint64_t *end)
{
	*begin = UINT64_MAX, *end = 0;
	for (int i = 0; i < p->n_tracks; i++) {
		*begin = p->tracks[i].started < *begin ? p->tracks[i].started : *begin;
		*end = p->tracks[i].last > *end ? p->tracks[i].last : *end;
	}
}

/* Adds a level that held from `from` to `to`, both as shares of the time. */
static void fill_bins(double from, double to, double level, double bins[FF_PROFILE_BINS])
{
	for (int b = (int)(from * FF_PROFILE_BINS); b < FF_PROFILE_BINS && b < to * FF_PROFILE_BINS; b++) {
		double begin = fmax(from * FF_PROFILE_BINS, b), end = fmin(to * FF_PROFILE_BINS, b + 1);
		bins[b] += level * fmax(end - begin, 0);
	}
}

/* Fills the mean level over time: each level holds until the next one. Nothing is known behind a cut. */
static void fill_levels(const struct ff_profile *p, int edge, uint64_t begin, uint64_t end,
                        double bins[FF_PROFILE_BINS])
{
	const struct ff_track *track = &p->tracks[p->track_of[p->graph->edges[edge].to]];
	double length = (double)(end - begin), at = 0, level = 0;
	for (size_t i = 0; i < track->n_levels; i++) {
		double time = (double)(track->levels[i].time - begin) / length;
		if (track->levels[i].edge != (uint32_t)edge)
			continue;
		fill_bins(at, time, level, bins);
		at = time;
		level = track->levels[i].packets;
	}
	if (!track->levels_cut)
		fill_bins(at, 1, level, bins);
	for (int b = FF_PROFILE_BINS - 1; track->levels_cut && b >= 0 && b + 1 > at * FF_PROFILE_BINS; b--)
		bins[b] = NAN;
}

static void fill_rings(const struct ff_profile *p, uint64_t begin, uint64_t end, struct ff_profile_report *r)
{
	for (int e = 0; e < p->graph->n_edges; e++) {
		const struct ff_edge *edge = &p->graph->edges[e];
		const struct ff_ring_sum *sum = &p->rings[e];
		struct ff_profile_ring *ring = &r->rings[r->n_rings];
		if (!sum->looks) /* inside a leader; verdicts, for which the source waits */
			continue;
		r->n_rings++;
		ff_node_name(p->graph, edge->from, ring->from, sizeof ring->from);
		ff_node_name(p->graph, edge->to, ring->to, sizeof ring->to);
		ring->slots = edge->slots;
		ring->looks = sum->looks;
		ring->mean = (double)sum->packets / (double)sum->looks;
		ring->empty = (double)sum->empty / (double)sum->looks;
		ring->full = (double)sum->full / (double)sum->looks;
		fill_levels(p, e, begin, end, ring->bins);
	}
}

/* Pairs a second by the cost model; NaN if it cannot tell. */
static double predict(const struct ff_experiment *e, const struct ff_data_shape *shape,
                      const struct ff_machine_model *machine, const struct ff_graph *graph)
{
	struct ff_forecast *f = malloc(sizeof *f);
	bool known = f && ff_forecast_given(e, shape, machine, graph->processors, graph->leaders, graph->n_leaders, f,
	                                    NULL) == FF_OK;
	double samples = known ? f->samples : NAN;
	free(f);
	return samples;
}

/* report->apart: against the graph of a run whose experiment says per_stage: 1. */
static double predict_apart(const struct ff_profiling *p, const struct ff_rates *rates)
{
	const struct ff_graph *now = &p->net.graph;
	const struct ff_data_shape shape = ff_source_shape(p->experiment, &p->dataset);
	struct ff_machine_model machine =
	    p->topology.here ? ff_machine_model_of(&p->topology, rates) : ff_machine_model_flat(now->processors, rates);
	double gain = NAN;
	if (!now->pipeline || now->n_leaders == now->n_stations || p->experiment->train.order != FF_TOGETHER)
		return gain;
	struct ff_experiment *e = malloc(sizeof *e);
	struct ff_graph *then = malloc(sizeof *then);
	machine.cores = now->processors;
	if (e && then) {
		*e = *p->experiment;
		e->execution.threads = FF_AUTO;
		for (int l = 0; l < e->n_layers; l++)
			e->layers[l].threads = 1;
		if (ff_graph_plan(then, e, &shape, &machine, NULL) == FF_OK)
			gain = predict(e, &shape, &machine, then) / predict(p->experiment, &shape, &machine, now);
	}
	free(then);
	free(e);
	return gain;
}

void ff_profile_report_fill(const struct ff_profiling *profiling, const struct ff_rates *rates,
                            struct ff_profile_report *report)
{
	const struct ff_profile *p = &profiling->profile;
	const struct ff_training_totals *totals = &profiling->totals;
	uint64_t begin, end;
	recorded(p, &begin, &end);
	*report = (struct ff_profile_report){
	    .experiment = profiling->experiment,
	    .rates = *rates,
	    .threads = p->graph->threads,
	    .processors = p->graph->processors,
	    .pipeline = p->graph->pipeline,
	    .interrupted = totals->interrupted,
	    .epochs = totals->epochs - totals->head_epochs,
	    .pairs = totals->pairs,
	    .head_epochs = totals->head_epochs,
	    .head_images = totals->head_images,
	    .seconds = seconds_of(end - begin),
	    .samples = rate_of(totals->pairs, totals->seconds - totals->head_seconds),
	    .head_samples = rate_of(totals->head_images, totals->head_seconds),
	    .apart = predict_apart(profiling, rates),
	    .n_parts = p->n_nodes,
	    .n_threads = p->n_tracks,
	};
	for (int node = 0; node < p->n_nodes; node++) {
		fill_part(p, node, rates, &report->parts[node]);
		report->flops += (p->nodes[node].flops[0] + p->nodes[node].flops[1]) / report->seconds;
	}
	report->peak = report->flops / (report->threads * rates->flops);
	fill_tracks(p, report);
	fill_rings(p, begin, end, report);
	ff_profile_advise(report);
}
