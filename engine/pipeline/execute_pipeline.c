/* Execution as a pipeline.
 *
 * Ending: a node that has no more packets to send closes its output ring; the next node takes what is left in it,
 * closes its own, and so on down to the collector. A node that fails closes its output ring too, because the packets
 * before the failure must still arrive: sequential execution would have delivered them, and they may fail there first.
 * It also aborts the ring that it reads, so that the nodes before it stop at once. */
#include "pipeline/execute_pipeline.h"

#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>

#include "pipeline/firing.h"

/* The first and only failure of a thread. Written by the thread, read after it has ended. */
struct failure {
	struct ff_error error; /* FF_OK: no failure */
	uint64_t sequence;     /* of the packet */
	int node;
};

struct worker {
	const struct ff_execution *execution;
	const struct ff_leader *leader; /* NULL: the source */
	struct failure failure;
	pthread_t thread;
};

static void fail(struct failure *failure, ff_status status, uint64_t sequence, int node)
{
	failure->error.status = status;
	failure->sequence = sequence;
	failure->node = node;
}

/* ---- the threads ---- */

/* Names the thread for debuggers and ps; the team's threads inherit the name. */
static void name_thread(const struct worker *worker)
{
	char name[32] = "ff source";
	if (worker->leader)
		snprintf(name, sizeof name, "ff layer %d", worker->leader->first + 1);
	(void)prctl(PR_SET_NAME, name);
}

static void *run_source(void *context)
{
	struct worker *worker = context;
	const struct ff_execution *x = worker->execution;
	const struct ff_team alone = {1};
	struct ff_ring *ring = &x->net->rings[0];
	struct ff_packet packet;
	struct ff_track *track = ff_profile_track(x->profile, 0);
	name_thread(worker);
	ff_binding_enter_source(x->binding);
	ff_source_begin(x);
	ff_arena_seal(true);
	while (ff_schedule_next(x->schedule, &packet)) {
		ff_status status = ff_probe_before(x, 0, &packet, &worker->failure.error);
		if (status != FF_OK) {
			fail(&worker->failure, status, packet.sequence, 0);
			break;
		}
		ff_mark(track, 0, FF_STEP_WAIT_INPUT, packet.sequence); /* the wait for a verdict */
		void *memory = ff_ring_reserve(ring);
		if (!memory)
			break;
		ff_mark(track, 0, FF_STEP_WAIT_OUTPUT, packet.sequence);
		struct ff_slot slot = ff_net_slot(x->net, 0, memory);
		if (!ff_source_fire(x, &alone, &packet, &slot))
			break;
		ff_ring_commit(ring);
	}
	ff_ring_close(ring);
	ff_track_end(track, 0);
	ff_arena_seal(false);
	return NULL;
}

/* Closes every ring that the leader writes and aborts every one that it reads, since it will not read them again. An
 * edge that goes back stays open: a later station may still write to it with the packets that it has, and it has slots
 * for all of that. */
static void leave(struct ff_net *net, const struct ff_leader *leader)
{
	for (int e = 0; e < net->graph.n_edges; e++) {
		const struct ff_edge *edge = &net->graph.edges[e];
		bool writes = leader->first < edge->from && edge->from <= leader->end;
		bool reads = leader->first < edge->to && edge->to <= leader->end;
		if (edge->ring && writes && !reads)
			ff_ring_close(&net->rings[e]);
		if (edge->ring && reads && !writes && edge->from < edge->to)
			ff_ring_abort(&net->rings[e]);
	}
}

static void *run_leader(void *context)
{
	struct worker *worker = context;
	const struct ff_execution *x = worker->execution;
	struct ff_leader_position position = {0};
	const struct ff_team team = {worker->leader->threads};
	name_thread(worker);
	ff_track_open(ff_profile_track(x->profile, worker->leader->first + 1)); /* before the team starts */
	ff_binding_enter(x->binding, (int)(worker->leader - x->net->graph.leaders), &team);
	/* The team touches its memory for the first time here. */
	ff_status status = ff_leader_begin(x, worker->leader, &worker->failure.error);
	ff_arena_seal(true);
	while (status == FF_OK && !position.ended)
		status = ff_leader_fire(x, worker->leader, &position, &worker->failure.error);
	if (status != FF_OK)
		fail(&worker->failure, status, position.sequence, position.node);
	leave(x->net, worker->leader);
	ff_track_end(ff_profile_track(x->profile, worker->leader->first + 1), worker->leader->first + 1);
	ff_arena_seal(false);
	return NULL;
}

static void collect(const struct ff_execution *x, struct failure *failure)
{
	int edge = x->net->graph.n_stations, node = edge + 1;
	struct ff_ring *ring = &x->net->rings[edge];
	struct ff_track *track = ff_profile_track(x->profile, node);
	ff_track_open(track);
	ff_track_start(track);
	for (void *memory; (memory = ff_take(x, edge)); ff_ring_release(ring)) {
		struct ff_slot slot = ff_net_slot(x->net, edge, memory);
		ff_status status = ff_collector_fire(x, node, &slot, &failure->error);
		if (status != FF_OK) {
			fail(failure, status, slot.packet->sequence, node);
			ff_ring_abort(ring);
			break;
		}
	}
	if (x->net->graph.verdict >= 0)
		ff_ring_close(&x->net->rings[x->net->graph.verdict]); /* no more verdicts will follow */
	ff_track_end(track, node);
}

/* ---- starting and joining ---- */

/* Starts the workers [n] with all signals blocked, because the caller's thread handles them. Returns how many
 * started. */
static int start(struct worker *workers, int n)
{
	sigset_t all, before;
	int started = 0;
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	while (started < n) {
		struct worker *worker = &workers[started];
		if (pthread_create(&worker->thread, NULL, worker->leader ? run_leader : run_source, worker) != 0)
			break;
		started++;
	}
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	return started;
}

static void abort_rings(struct ff_net *net)
{
	for (int e = 0; e < net->graph.n_edges; e++)
		if (net->graph.edges[e].ring)
			ff_ring_abort(&net->rings[e]);
}

/* The failure that sequential execution would meet first, or NULL. */
static const struct failure *first_failure(const struct worker *workers, int n, const struct failure *collector)
{
	const struct failure *first = collector->error.status != FF_OK ? collector : NULL;
	for (int i = 0; i < n; i++) {
		const struct failure *f = &workers[i].failure;
		if (f->error.status == FF_OK)
			continue;
		if (!first || f->sequence < first->sequence ||
		    (f->sequence == first->sequence && f->node < first->node))
			first = f;
	}
	return first;
}

static ff_status run(const struct ff_execution *execution, struct worker *workers, int n, struct ff_error *error)
{
	struct failure collector = {0};
	int started = start(workers, n);
	if (started == n)
		collect(execution, &collector);
	else
		abort_rings(execution->net);
	for (int i = 0; i < started; i++)
		pthread_join(workers[i].thread, NULL);
	if (started < n)
		return ff_fail_at(error, FF_ERROR_MEMORY, NULL,
		                  "lower execution.threads, or raise the limit on threads",
		                  "cannot start thread %d of %d", started + 1, n);
	const struct failure *failure = first_failure(workers, n, &collector);
	if (!failure)
		return FF_OK;
	if (error)
		*error = failure->error;
	return failure->error.status;
}

ff_status ff_execute_pipeline(const struct ff_execution *execution, struct ff_error *error)
{
	const struct ff_graph *graph = &execution->net->graph;
	int n = graph->n_leaders + 1;
	struct worker *workers = calloc((size_t)n, sizeof *workers);
	if (!workers)
		return ff_fail(error, FF_ERROR_MEMORY, "no memory for %d threads", n);
	workers[0] = (struct worker){.execution = execution};
	for (int i = 1; i < n; i++)
		workers[i] = (struct worker){.execution = execution, .leader = &graph->leaders[i - 1]};
	ff_status status = run(execution, workers, n, error);
	free(workers);
	return status;
}
