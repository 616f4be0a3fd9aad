/* Profiles: they change no bit, their slices cover all of each thread's time, and their sums are those of the slices. */
#include "support/harness.h"

#include <stdlib.h>
#include <string.h>

#include "support/world.h"

enum { SLICES = 20000, MOST = 6 };

/* A world that has trained with a profile of `slices`, or with none (0). NULL after a failed check. */
struct trained {
	struct world world;
	struct epochs epochs;
	struct ff_profile profile;
};

static struct trained *train(const char *const overrides[], int n, size_t slices, bool training_only)
{
	struct ff_error error = {0};
	struct trained *t = calloc(1, sizeof *t);
	if (!world_open(&t->world, 0, overrides, n)) {
		free(t);
		return NULL;
	}
	t->world.training_only = training_only;
	if (slices) {
		t->world.profile = &t->profile;
		CHECK_INT(ff_profile_init(&t->profile, &t->world.net.graph, slices, &error), FF_OK);
	}
	CHECK_INT(world_train(&t->world, &t->epochs, &error), FF_OK);
	return t;
}

static void end(struct trained *t)
{
	ff_profile_fini(&t->profile);
	world_close(&t->world);
	free(t);
}

static const struct {
	const char *name;
	const char *overrides[MOST];
	int n;
} SCENARIOS[] = {
    {"evaluated in each epoch", {"execution.threads.per_stage=2", "evaluate.test=epoch", "dataset.validation=40"}, 3},
    {"sequential", {"execution.kind=sequential"}, 1},
    {"labels drawn by a head, one thread",
     {"execution.threads.total=1", "head.when=together", "negatives={draw: head, lag: 1}"},
     3},
    {"greedy, full batch",
     {"train={order: greedy, batch: full, epochs: 2}", "negatives.redraw=once", "dataset.train=4500"},
     3},
    {"a head after",
     {"evaluate.test=epoch", "dataset.validation=40", "head.when=after", "head.epochs=1",
      "execution.threads.per_stage=1"},
     5},
};
enum { N_SCENARIOS = sizeof SCENARIOS / sizeof *SCENARIOS };

static void it_changes_no_bit(void)
{
	for (int i = 0; i < N_SCENARIOS; i++) {
		ff_scenario("%s", SCENARIOS[i].name);
		struct trained *with = train(SCENARIOS[i].overrides, SCENARIOS[i].n, SLICES, false);
		struct trained *without = train(SCENARIOS[i].overrides, SCENARIOS[i].n, 0, false);
		if (!with || !without)
			return;
		world_check_same(&with->world, &without->world);
		epochs_check_same(&with->epochs, &without->epochs);
		CHECK(with->epochs.n > 0);
		end(with);
		end(without);
	}
}

/* ---- slices ---- */

/* Every slice begins where the one before it ended, from the start to the end; adds them up. */
static void check_track(const struct ff_profile *p, int track, struct ff_step_sum sums[FF_MAX_NODES][FF_N_STEPS])
{
	const struct ff_track *t = &p->tracks[track];
	uint64_t at = t->started, gaps = 0;
	CHECK(t->n_slices > 0);
	for (size_t i = 0; i < t->n_slices; i++) {
		const struct ff_slice *slice = &t->slices[i];
		gaps += slice->start != at || p->track_of[slice->node] != track;
		at = slice->start + slice->nanoseconds;
		sums[slice->node][slice->step].nanoseconds += slice->nanoseconds;
		sums[slice->node][slice->step].slices++;
	}
	CHECK_INT(gaps, 0);
	CHECK_INT(at, t->last);
}

static void slices_are_all_the_time(void)
{
	static struct ff_step_sum sums[FF_MAX_NODES][FF_N_STEPS];
	for (int i = 0; i < N_SCENARIOS; i++) {
		ff_scenario("%s", SCENARIOS[i].name);
		struct trained *t = train(SCENARIOS[i].overrides, SCENARIOS[i].n, SLICES, false);
		if (!t)
			return;
		memset(sums, 0, sizeof sums);
		CHECK_INT(t->profile.n_tracks, t->world.net.graph.pipeline ? t->world.net.graph.n_leaders + 2 : 1);
		for (int track = 0; track < t->profile.n_tracks; track++) {
			CHECK_INT(t->profile.tracks[track].slices_cut, 0);
			check_track(&t->profile, track, sums);
		}
		for (int node = 0; node < t->profile.n_nodes; node++)
			CHECK(memcmp(sums[node], t->profile.nodes[node].steps, sizeof sums[node]) == 0);
		end(t);
	}
}

static uint64_t slices_of(const struct ff_profile *p, int node, enum ff_step step)
{
	return p->nodes[node].steps[step].slices;
}

static void each_packet_has_its_steps(void)
{
	static const char *const TOGETHER[] = {"execution.threads.per_stage=1"};
	static const char *const TILES[] = {"train={order: greedy, batch: full, epochs: 3}", "dataset.train=4500"};
	struct trained *t = train(TOGETHER, 1, SLICES, true);
	if (!t)
		return;
	for (int l = 1; l <= 3; l++) { /* 5 batches in each of 2 epochs, an epoch's end in each, STOP */
		CHECK_INT(slices_of(&t->profile, l, FF_STEP_FORWARD), 10);
		CHECK_INT(slices_of(&t->profile, l, FF_STEP_LOSS), 10);
		CHECK_INT(slices_of(&t->profile, l, FF_STEP_GRADIENT_UPDATE), 10);
		CHECK_INT(slices_of(&t->profile, l, FF_STEP_GRADIENT) + slices_of(&t->profile, l, FF_STEP_UPDATE), 0);
		CHECK_INT(slices_of(&t->profile, l, FF_STEP_NORMALISE), 13);
		CHECK_INT(slices_of(&t->profile, l, FF_STEP_CLASSIFY), 0);
	}
	CHECK_INT(slices_of(&t->profile, 0, FF_STEP_MAKE), 13);
	CHECK_INT(slices_of(&t->profile, 4, FF_STEP_COLLECT), 13);
	CHECK_INT(t->epochs.test.n, 0); /* training only */
	end(t);
	t = train(TILES, 2, SLICES, false);
	if (!t)
		return;
	CHECK_INT(slices_of(&t->profile, 1, FF_STEP_GRADIENT), 6); /* two tiles a batch, three epochs */
	CHECK_INT(slices_of(&t->profile, 1, FF_STEP_UPDATE), 3);
	CHECK_INT(slices_of(&t->profile, 1, FF_STEP_GRADIENT_UPDATE), 0);
	CHECK(slices_of(&t->profile, 1, FF_STEP_CLASSIFY) > 0); /* the test images */
	CHECK_INT(t->epochs.test.n, 100);
	end(t);
}

static void a_full_track_is_cut_and_says_so(void)
{
	static const char *const WAY[] = {"execution.threads.per_stage=1"};
	struct trained *t = train(WAY, 1, 4, false);
	if (!t)
		return;
	for (int node = 0; node < t->profile.n_nodes; node++) {
		const struct ff_track *track = &t->profile.tracks[t->profile.track_of[node]];
		uint64_t slices = 0, nanoseconds = 0;
		for (int step = 0; step < FF_N_STEPS; step++) {
			slices += t->profile.nodes[node].steps[step].slices;
			nanoseconds += t->profile.nodes[node].steps[step].nanoseconds;
		}
		CHECK_INT(track->n_slices, 4);
		CHECK_INT(slices, track->n_slices + track->slices_cut); /* one node a track */
		CHECK_INT(nanoseconds, track->last - track->started);
	}
	end(t);
}

/* ---- work ---- */

enum { PACKETS = 4096 };

/* What the slices say about a packet. */
struct seen {
	uint64_t work;
	bool steps[FF_N_STEPS];
};

static enum ff_use use_seen(const struct seen *seen, bool readout)
{
	if (seen->steps[FF_STEP_CLASSIFY])
		return FF_USE_IMAGES;
	if (!seen->steps[FF_STEP_FORWARD])
		return FF_USE_OTHER;
	return readout || !seen->steps[FF_STEP_LOSS] ? FF_USE_HEAD : FF_USE_SAMPLES;
}

static void check_uses(const struct ff_profile *p, int node, bool readout)
{
	struct seen *seen = calloc(PACKETS, sizeof *seen);
	const struct ff_track *track = &p->tracks[p->track_of[node]];
	uint64_t work[FF_N_USES] = {0};
	if (!CHECK(seen != NULL))
		return;
	for (size_t i = 0; i < track->n_slices; i++) {
		const struct ff_slice *slice = &track->slices[i];
		if (slice->node != (unsigned)node || ff_step_is_wait((enum ff_step)slice->step) ||
		    !CHECK(slice->packet < PACKETS))
			continue;
		seen[slice->packet].work += slice->nanoseconds;
		seen[slice->packet].steps[slice->step] = true;
	}
	for (int i = 0; i < PACKETS; i++)
		work[use_seen(&seen[i], readout)] += seen[i].work;
	for (int use = 0; use < FF_N_USES; use++)
		CHECK_INT(p->nodes[node].uses[use].nanoseconds, work[use]);
	CHECK(work[FF_USE_IMAGES] > p->nodes[node].steps[FF_STEP_CLASSIFY].nanoseconds); /* they are normalised too */
	free(seen);
}

/* With evaluation during training, and a head that trains on images after the layers. */
static void work_is_told_apart_by_its_use(void)
{
	struct trained *t = train(SCENARIOS[4].overrides, SCENARIOS[4].n, SLICES, false);
	if (!t)
		return;
	const struct ff_training_totals *totals = &t->epochs.totals;
	CHECK_INT(totals->epochs, 3);
	CHECK_INT(totals->head_epochs, 1);
	CHECK_INT(totals->pairs, 2 * totals->head_images);
	CHECK(totals->head_seconds > 0 && totals->head_seconds < totals->seconds);
	for (int node = 0; node <= 4; node++) {
		const struct ff_use_sum *uses = t->profile.nodes[node].uses;
		CHECK_INT(uses[FF_USE_SAMPLES].samples, node < 4 ? totals->pairs : 0);
		CHECK_INT(uses[FF_USE_HEAD].samples, totals->head_images);
		CHECK(uses[FF_USE_IMAGES].samples > 0);
		if (node > 0)
			check_uses(&t->profile, node, node == 4);
	}
	end(t);
}

/* 230 images in 2 epochs: the first layer multiplies an image once for both rows of its pair, without its label. */
static void flops_are_those_of_the_products(void)
{
	static const char *const WAY[] = {"execution.threads.per_stage=1"};
	struct trained *t = train(WAY, 1, SLICES, true);
	if (!t)
		return;
	double images = 2 * 230, inputs[] = {36 - t->world.dataset.classes, 24, 20}, outputs[] = {24, 20, 12};
	for (int l = 0; l < 3; l++) {
		const struct ff_node_sum *sum = &t->profile.nodes[l + 1];
		double rows = l ? 2 * images : images;
		CHECK_NEAR(sum->flops[0], 2 * rows * inputs[l] * outputs[l], 0.5);
		CHECK_NEAR(sum->flops[1], 2 * rows * inputs[l] * outputs[l], 0.5);
		CHECK(sum->bytes[0] > 0 && sum->bytes[1] > 0);
		CHECK_INT(sum->uses[FF_USE_SAMPLES].samples, 460);
		CHECK_INT(sum->packets, 10);
	}
	CHECK_NEAR(t->profile.nodes[0].flops[0], 0, 0);
	end(t);
}

static void rings_are_looked_at_by_their_readers(void)
{
	static const char *const WAY[] = {"execution.threads.per_stage=1", "execution.depth=3", "head.when=together"};
	struct trained *t = train(WAY, 3, SLICES, true);
	if (!t)
		return;
	const struct ff_graph *graph = &t->world.net.graph;
	for (int e = 0; e < graph->n_edges; e++) {
		const struct ff_ring_sum *sum = &t->profile.rings[e];
		bool main = e <= graph->n_stations;
		CHECK_INT(sum->looks, main ? 14 : 13); /* 13 packets, and on main edges the end */
		CHECK(sum->packets <= sum->looks * graph->edges[e].slots);
		CHECK(sum->empty + sum->full <= sum->looks);
	}
	for (int i = 0; i < t->profile.n_tracks; i++)
		for (size_t k = 0; k < t->profile.tracks[i].n_levels; k++) {
			const struct ff_level *level = &t->profile.tracks[i].levels[k];
			CHECK_INT(t->profile.track_of[graph->edges[level->edge].to], i);
			CHECK(level->packets <= graph->edges[level->edge].slots);
			CHECK(level->time >= t->profile.tracks[i].started);
		}
	end(t);
}

FF_TESTS("profile", {"it changes no bit of a training", it_changes_no_bit},
         {"the slices of a thread are all of its time, and the sums theirs", slices_are_all_the_time},
         {"each packet has its steps", each_packet_has_its_steps},
         {"a full track is cut, its sums are whole", a_full_track_is_cut_and_says_so},
         {"work is told apart by what it is for", work_is_told_apart_by_its_use},
         {"flops are those of the products", flops_are_those_of_the_products},
         {"rings are looked at by their readers", rings_are_looked_at_by_their_readers})
