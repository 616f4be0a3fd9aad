#include "pipeline/execute.h"

#include "pipeline/execute_pipeline.h"
#include "pipeline/firing.h"

static ff_status execute_sequentially(const struct ff_execution *execution, struct ff_error *error)
{
	struct ff_net *net = execution->net;
	const struct ff_leader *leader = net->graph.leaders;
	const struct ff_team team = {leader->threads};
	int last = net->graph.n_stations;
	struct ff_slot in = ff_net_slot(net, 0, net->inner[0]), out = ff_net_slot(net, last, net->inner[last]);
	struct ff_leader_position position = {0};
	struct ff_packet packet;
	ff_source_begin(execution);
	FF_TRY(ff_leader_begin(execution, leader, error));
	while (ff_schedule_next(execution->schedule, &packet)) {
		FF_TRY(ff_probe_before(execution, 0, &packet, error));
		if (!ff_source_fire(execution, &team, &packet, &in))
			return ff_fail(error, FF_ERROR_INTERNAL, "the readout drew no wrong labels for a batch");
		FF_TRY(ff_leader_fire(execution, leader, &position, error));
		FF_TRY(ff_collector_fire(execution, last + 1, &out, error));
	}
	ff_track_end(ff_profile_track(execution->profile, 0), last + 1);
	return FF_OK;
}

ff_status ff_execute(const struct ff_execution *execution, struct ff_error *error)
{
	return execution->net->graph.pipeline ? ff_execute_pipeline(execution, error)
	                                      : execute_sequentially(execution, error);
}
