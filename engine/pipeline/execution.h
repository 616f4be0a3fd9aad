/* What an execution works on, sequential or as a pipeline. */
#ifndef ENGINE_PIPELINE_EXECUTION_H
#define ENGINE_PIPELINE_EXECUTION_H

#include "pipeline/binding.h"
#include "pipeline/checkpoint.h"
#include "pipeline/net.h"
#include "pipeline/source.h"
#include "pipeline/track.h"

/* Called with each packet behind the last layer, in order, on the thread that called ff_execute(). A failure ends the
 * run. */
typedef ff_status ff_collect_fn(void *user, const struct ff_slot *slot, struct ff_error *error);

/* Test hook: called before node `node` (numbered as in struct ff_edge) works on a packet, on the node's thread. It may
 * wait, inspect the packet, or fail. */
struct ff_probe {
	ff_status (*before)(void *user, int node, const struct ff_packet *packet, struct ff_error *error);
	void *user;
};

/* All pointers are borrowed. Good for one execution, which leaves the net trained and its rings closed. */
struct ff_execution {
	struct ff_net *net;
	struct ff_source *source;
	struct ff_schedule *schedule;
	ff_collect_fn *collect;
	void *user;
	const struct ff_probe *probe;        /* NULL: none */
	struct ff_binding *binding;          /* for the threads of a pipeline; NULL: no thread is bound */
	struct ff_profile *profile;          /* of the net's graph; NULL: no profile is recorded */
	struct ff_checkpoint_writer *writer; /* for the packets CHECKPOINT; NULL if the schedule makes none */
	const struct ff_checkpoint *resume;  /* state of the net to start from; NULL: initial weights */
};

#endif
