/* The firings of source, stations and collector, which sequential and pipeline execution share. */
#ifndef ENGINE_PIPELINE_FIRING_H
#define ENGINE_PIPELINE_FIRING_H

#include "pipeline/execution.h"

/* Calls the test probe for node `node` and a packet. FF_OK without one. */
static inline ff_status ff_probe_before(const struct ff_execution *execution, int node, const struct ff_packet *packet,
                                        struct ff_error *error)
{
	const struct ff_probe *probe = execution->probe;
	return probe ? probe->before(probe->user, node, packet, error) : FF_OK;
}

/* Records the fill level of the edge's ring in the profile, then takes its next slot as ff_net_peek() does. */
static inline void *ff_take(const struct ff_execution *execution, int edge)
{
	struct ff_net *net = execution->net;
	if (net->graph.edges[edge].ring)
		ff_record_level(ff_profile_track(execution->profile, net->graph.edges[edge].to), edge,
		                &net->rings[edge]);
	return ff_net_peek(net, edge);
}

/* Lets the schedule read its verdicts from the net, and starts the source's profile. */
void ff_source_begin(const struct ff_execution *execution);

/* Fills the slot for the packet, with the wrong labels that the readout drew for it. False if the run has ended
 * meanwhile. */
FF_NODISCARD bool ff_source_fire(const struct ff_execution *execution, const struct ff_team *team,
                                 const struct ff_packet *packet, const struct ff_slot *slot);

/* Where a leader is among its stations. */
struct ff_leader_position {
	int node;          /* that it works on; names the place of a failure */
	uint64_t sequence; /* of the packet; likewise */
	bool ended;        /* a neighbour has ended, so the leader ends too */
};

/* Draws the initial weights of the leader's stations, or restores their state from the checkpoint. */
FF_NODISCARD ff_status ff_leader_begin(const struct ff_execution *execution, const struct ff_leader *leader,
                                       struct ff_error *error);

/* Takes the next packet through all of the leader's stations. Each slot goes back to its ring as soon as it is no
 * longer needed. */
FF_NODISCARD ff_status ff_leader_fire(const struct ff_execution *execution, const struct ff_leader *leader,
                                      struct ff_leader_position *position, struct ff_error *error);

/* Hands the packet to the collector, node `node`; adds the time to the net's `collecting`. */
FF_NODISCARD ff_status ff_collector_fire(const struct ff_execution *execution, int node, const struct ff_slot *slot,
                                         struct ff_error *error);

#endif
