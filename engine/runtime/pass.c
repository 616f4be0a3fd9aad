#include "runtime/pass.h"

#include "base/clock.h"

void ff_leader_begin(struct ff_net *net, const struct ff_leader *leader)
{
	for (int l = leader->first; l < leader->end; l++)
		ff_stage_begin(&net->stages[l]);
}

ff_status ff_leader_pass(const struct ff_execution *execution, const struct ff_leader *leader,
                         struct ff_leader_ends ends, struct ff_slot in, struct ff_slot out, int *node,
                         struct ff_error *error)
{
	struct ff_net *net = execution->net;
	for (int l = leader->first; l < leader->end; l++) {
		bool last = l + 1 == leader->end;
		struct ff_slot next = last ? out : ff_net_slot(net, l + 1, net->inner[l + 1]);
		*node = l + 1;
		FF_TRY(ff_probe_before(execution, *node, in.packet, error));
		ff_stage_hand_on(&net->stages[l], &in, &next);
		if (last && ends.out) /* before learning: the next leader need not wait for that */
			ff_ring_commit(ends.out);
		FF_TRY(ff_stage_learn(&net->stages[l], &in, error));
		if (l == leader->first && ends.in)
			ff_ring_release(ends.in);
		in = next;
	}
	return FF_OK;
}

ff_status ff_collect_packet(const struct ff_execution *execution, int node, const struct ff_slot *slot,
                            struct ff_error *error)
{
	double started = ff_clock();
	FF_TRY(ff_probe_before(execution, node, slot->packet, error));
	ff_status status = execution->collect(execution->user, slot, error);
	execution->net->collecting += ff_clock() - started;
	return status;
}
