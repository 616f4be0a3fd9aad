/* What both ways of execution do alike: the firings of source, stations and collector. */
#ifndef ENGINE_PIPELINE_FIRING_H
#define ENGINE_PIPELINE_FIRING_H

#include "pipeline/execution.h"

/* The probe's word on node `node` and a packet; FF_OK without one. */
static inline ff_status ff_probe_before(const struct ff_execution *execution, int node, const struct ff_packet *packet,
                                        struct ff_error *error)
{
	const struct ff_probe *probe = execution->probe;
	return probe ? probe->before(probe->user, node, packet, error) : FF_OK;
}

/* The next slot of the edge, as ff_net_peek() gives it; looks at the ring before. */
static inline void *ff_take(const struct ff_execution *execution, int edge)
{
	struct ff_net *net = execution->net;
	if (net->graph.edges[edge].ring)
		ff_look(ff_profile_track(execution->profile, net->graph.edges[edge].to), edge, &net->rings[edge]);
	return ff_net_peek(net, edge);
}

/* Makes the schedule ask the net for verdicts. */
void ff_source_begin(const struct ff_execution *execution);

/* Fills the slot with the packet, with what the readout drew for it. False if the run has ended there. */
FF_NODISCARD bool ff_source_fire(const struct ff_execution *execution, const struct ff_team *team,
                                 const struct ff_packet *packet, const struct ff_slot *slot);

/* Where a packet on its way through a leader's stations is. */
struct ff_passage {
	int node;          /* for a failure */
	uint64_t sequence; /* likewise */
	bool ended;        /* a neighbour has ended, so the leader does too */
};

/* Draws the initial weights of the leader's stations, or takes their state from the checkpoint to resume from. */
FF_NODISCARD ff_status ff_leader_begin(const struct ff_execution *execution, const struct ff_leader *leader,
                                       struct ff_error *error);

/* Takes the next packet through all of the leader's stations; each slot is given to its ring as soon as it is done
 * with. */
FF_NODISCARD ff_status ff_leader_fire(const struct ff_execution *execution, const struct ff_leader *leader,
                                      struct ff_passage *passage, struct ff_error *error);

/* Lets the collector, node `node`, take the packet; counts the time in the net. */
FF_NODISCARD ff_status ff_collector_fire(const struct ff_execution *execution, int node, const struct ff_slot *slot,
                                         struct ff_error *error);

#endif
