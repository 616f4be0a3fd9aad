/* Execution: a schedule's packets from the source through a net to the collector.
 *
 *     sequential   one packet after another through everything, on the caller's thread: the order that every other must
 *                  equal bit for bit
 *     pipeline     the source and every leader of the graph on a thread of its own, the collector on the caller's; each
 *                  takes its packets from a ring and puts them into the next, so all layers work at once
 *
 * Both give the same bits: every node does the same to the same packets in the same order, and what a packet finds
 * (weights, sums, kept inputs) belongs to the node alone. */
#ifndef ENGINE_PIPELINE_EXECUTE_H
#define ENGINE_PIPELINE_EXECUTE_H

#include "pipeline/binding.h"
#include "pipeline/checkpoint.h"
#include "pipeline/net.h"
#include "pipeline/source.h"
#include "pipeline/track.h"

/* Takes each packet behind the last layer, in order, on the thread that called ff_execute(). A failure ends the run. */
typedef ff_status ff_collect_fn(void *user, const struct ff_slot *slot, struct ff_error *error);

/* For tests: called before node `node` (ff_edge's numbers) works on a packet, on its thread; may wait, look, or
 * fail. */
struct ff_probe {
	ff_status (*before)(void *user, int node, const struct ff_packet *packet, struct ff_error *error);
	void *user;
};

/* Borrowed throughout. Good for one execution: it leaves the net trained and its rings closed. */
struct ff_execution {
	struct ff_net *net;
	struct ff_source *source;
	struct ff_schedule *schedule;
	ff_collect_fn *collect;
	void *user;
	const struct ff_probe *probe;        /* NULL: none */
	struct ff_binding *binding;          /* of the threads of a pipeline; NULL: none is bound */
	struct ff_profile *profile;          /* of the net's graph; NULL: nothing is recorded */
	struct ff_checkpoint_writer *writer; /* for packets CHECKPOINT; NULL if the schedule gives none */
	const struct ff_checkpoint *resume;  /* of the net: what it begins with; NULL: initial weights */
};

/* Draws the net's initial weights, or takes those of a checkpoint, and executes the schedule to its end, in the way
 * the net's graph says. Errors: FF_ERROR_IO or FF_ERROR_DATA of the checkpoint; what a stage, the collector or the
 * probe returned. Of several failures, the one that the sequential order meets first is reported. All threads it
 * started have ended, whatever it returns. FF_ERROR_MEMORY: no more threads. */
FF_NODISCARD ff_status ff_execute(const struct ff_execution *execution, struct ff_error *error);

#endif
