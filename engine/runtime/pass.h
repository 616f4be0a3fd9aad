/* What both ways of execution do alike. */
#ifndef ENGINE_RUNTIME_PASS_H
#define ENGINE_RUNTIME_PASS_H

#include "runtime/execute.h"

/* The probe's word on node `node` and a packet; FF_OK without one. */
static inline ff_status ff_probe_before(const struct ff_execution *execution, int node, const struct ff_packet *packet,
                                        struct ff_error *error)
{
	const struct ff_probe *probe = execution->probe;
	return probe ? probe->before(probe->user, node, packet, error) : FF_OK;
}

/* Lets the collector, node `node`, take the packet; counts the time in the net. */
FF_NODISCARD ff_status ff_collect_packet(const struct ff_execution *execution, int node, const struct ff_slot *slot,
                                         struct ff_error *error);

/* The rings at a leader's ends; NULL where there is none. */
struct ff_leader_ends {
	struct ff_ring *in, *out;
};

/* Draws the initial weights of the leader's layers. */
void ff_leader_begin(struct ff_net *net, const struct ff_leader *leader);

/* Takes the packet in slot `in` through the leader's layers into slot `out`; each end's slot is given to the ring there
 * as soon as it is done with. *node is where it stood if it failed. */
FF_NODISCARD ff_status ff_leader_pass(const struct ff_execution *execution, const struct ff_leader *leader,
                                      struct ff_leader_ends ends, struct ff_slot in, struct ff_slot out, int *node,
                                      struct ff_error *error);

#endif
