#include "pipeline/track.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#include "machine/memory.h"

/* ---- memory ---- */

static void layout(struct ff_profile *p)
{
	p->tracks = ff_arena_take(&p->arena, (size_t)p->n_tracks, sizeof *p->tracks);
	p->nodes = ff_arena_take(&p->arena, (size_t)p->n_nodes, sizeof *p->nodes);
	p->rings = ff_arena_take(&p->arena, (size_t)p->graph->n_edges, sizeof *p->rings);
	for (int i = 0; i < p->n_tracks; i++) {
		struct ff_slice *slices = ff_arena_take(&p->arena, p->capacity, sizeof *slices);
		struct ff_level *levels = ff_arena_take(&p->arena, p->capacity, sizeof *levels);
		if (!p->tracks)
			continue;
		p->tracks[i] = (struct ff_track){.profile = p, .slices = slices, .levels = levels};
		for (int c = 0; c < FF_N_COUNTERS; c++)
			p->tracks[i].counters.files[c] = -1;
	}
}

/* One track a thread. A leader's counters include its team; the caller of a pipeline starts the other threads, so its
 * counters exclude what it starts. */
static void share_out(struct ff_profile *p)
{
	const struct ff_graph *graph = p->graph;
	p->n_nodes = graph->n_stations + 2;
	p->n_tracks = graph->pipeline ? graph->n_leaders + 2 : 1;
	for (int i = 0; graph->pipeline && i < graph->n_leaders; i++)
		for (int s = graph->leaders[i].first; s < graph->leaders[i].end; s++)
			p->track_of[s + 1] = i + 1;
	p->track_of[p->n_nodes - 1] = p->n_tracks - 1;
}

ff_status ff_profile_init(struct ff_profile *profile, const struct ff_graph *graph, size_t slices,
                          struct ff_error *error)
{
	*profile = (struct ff_profile){.graph = graph, .capacity = slices};
	share_out(profile);
	layout(profile);
	FF_TRY(ff_memory_check(profile->arena.used, "the profile", error));
	FF_TRY(ff_arena_init(&profile->arena, error));
	layout(profile);
	for (int i = 0; i < profile->n_tracks; i++)
		profile->tracks[i].inherit = !graph->pipeline || i + 1 < profile->n_tracks;
	for (int e = 0; e < graph->n_edges; e++)
		profile->rings[e].last = UINT64_MAX;
	return FF_OK;
}

void ff_profile_fini(struct ff_profile *profile)
{
	if (!profile)
		return;
	for (int i = 0; profile->arena.base && i < profile->n_tracks; i++)
		ff_counters_close(&profile->tracks[i].counters); /* after an execution that failed */
	ff_arena_fini(&profile->arena);
	*profile = (struct ff_profile){0};
}

/* ---- names ---- */

const char *ff_step_name(enum ff_step step)
{
	static const char *const NAMES[FF_N_STEPS] = {
	    [FF_STEP_WAIT_INPUT] = "wait for input",
	    [FF_STEP_MAKE] = "make",
	    [FF_STEP_FORWARD] = "forward",
	    [FF_STEP_CLASSIFY] = "classify",
	    [FF_STEP_NORMALISE] = "normalise",
	    [FF_STEP_WAIT_OUTPUT] = "wait for output",
	    [FF_STEP_LOSS] = "loss",
	    [FF_STEP_LOSS_GRADIENT] = "loss + gradient",
	    [FF_STEP_GRADIENT] = "gradient",
	    [FF_STEP_UPDATE] = "update",
	    [FF_STEP_GRADIENT_UPDATE] = "gradient + update",
	    [FF_STEP_COLLECT] = "collect",
	};
	return NAMES[step];
}

/* ---- recording ---- */

static uint64_t now(void)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return 1000000000 * (uint64_t)t.tv_sec + (uint64_t)t.tv_nsec;
}

void ff_track_open(struct ff_track *track)
{
	if (!track || track->open)
		return;
	track->open = true;
	ff_counters_open(&track->counters, track->inherit);
	/* First touch of the records: the steady state then has no page faults from them, and they lie on the thread's
	 * own NUMA node. */
	memset(track->slices, 0, track->profile->capacity * sizeof *track->slices);
	memset(track->levels, 0, track->profile->capacity * sizeof *track->levels);
}

void ff_track_start(struct ff_track *track)
{
	if (!track)
		return;
	ff_counters_start(&track->counters);
	track->started = track->last = now();
}

static void go_to_packet(struct ff_node_sum *sum, uint64_t packet)
{
	if (sum->packet == packet)
		return;
	sum->packet = packet;
	sum->use = FF_USE_OTHER;
	sum->pending = 0;
}

/* Records all the time since the last mark. */
static void add_slice(struct ff_track *track, int node, enum ff_step step, uint64_t packet, uint64_t time)
{
	uint64_t nanoseconds = time - track->last;
	struct ff_node_sum *sum = &track->profile->nodes[node];
	sum->steps[step].nanoseconds += nanoseconds;
	sum->steps[step].slices++;
	go_to_packet(sum, packet);
	if (!ff_step_is_wait(step)) {
		sum->uses[sum->use].nanoseconds += nanoseconds;
		sum->pending += nanoseconds;
	}
	if (track->n_slices < track->profile->capacity)
		track->slices[track->n_slices++] =
		    (struct ff_slice){track->last, nanoseconds, (uint64_t)node, step, packet};
	else
		track->slices_cut++;
	track->last = time;
	track->packet = packet;
}

void ff_track_mark(struct ff_track *track, int node, enum ff_step step, uint64_t packet)
{
	uint64_t time = now();
	if (ff_step_is_wait(step) && time - track->last < FF_BRIEF_WAIT)
		return;
	add_slice(track, node, step, packet, time);
}

void ff_track_end(struct ff_track *track, int node)
{
	if (!track)
		return;
	add_slice(track, node, FF_STEP_WAIT_INPUT, track->packet, now());
	ff_counters_read(&track->counters, track->counts);
	ff_counters_close(&track->counters);
}

/* Fill levels are recorded only when they change. */
void ff_track_record_level(struct ff_track *track, int edge, const struct ff_ring *ring)
{
	struct ff_profile *profile = track->profile;
	struct ff_ring_sum *sum = &profile->rings[edge];
	size_t packets = ff_ring_filled(ring);
	sum->looks++;
	sum->packets += packets;
	sum->empty += packets == 0;
	sum->full += packets == profile->graph->edges[edge].slots;
	if (packets == sum->last)
		return;
	sum->last = packets;
	if (track->n_levels < profile->capacity)
		track->levels[track->n_levels++] = (struct ff_level){track->last, (uint32_t)edge, (uint32_t)packets};
	else
		track->levels_cut++;
}

static enum ff_use use_of(const struct ff_profile *profile, const struct ff_packet *packet, bool works)
{
	if (!works)
		return FF_USE_OTHER;
	if (packet->kind != FF_PACKET_TRAIN)
		return FF_USE_IMAGES;
	return packet->alone == profile->graph->n_layers ? FF_USE_HEAD : FF_USE_SAMPLES;
}

/* A packet's first steps are marked before it is counted, so their time moves to its use here. */
void ff_track_count(struct ff_track *track, int node, const struct ff_packet *packet, bool works,
                    const struct ff_workload *workload)
{
	struct ff_profile *profile = track->profile;
	struct ff_node_sum *sum = &profile->nodes[node];
	go_to_packet(sum, packet->sequence);
	sum->uses[sum->use].nanoseconds -= sum->pending;
	sum->use = use_of(profile, packet, works);
	sum->uses[sum->use].nanoseconds += sum->pending;
	if (!works)
		return;
	sum->packets++;
	bool samples = sum->use == FF_USE_SAMPLES && node <= profile->graph->n_layers;
	sum->uses[sum->use].samples += samples ? packet->n : packet->queries;
	for (int h = 0; workload && h < FF_N_WORK_PHASES; h++) {
		sum->flops[h] += ff_phase_flops(&workload->phase[h]);
		sum->bytes[h] += workload->phase[h].streamed + workload->phase[h].passed;
	}
}
