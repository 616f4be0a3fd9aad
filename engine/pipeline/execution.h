/* What an execution works with, whichever way it goes. */
#ifndef ENGINE_PIPELINE_EXECUTION_H
#define ENGINE_PIPELINE_EXECUTION_H

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

#endif
