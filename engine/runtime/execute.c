#include "runtime/execute.h"

#include "runtime/pass.h"
#include "runtime/pipeline.h"

static ff_status execute_sequentially(const struct ff_execution *execution, struct ff_error *error)
{
	struct ff_net *net = execution->net;
	const struct ff_leader *leader = net->graph.leaders;
	const struct ff_team team = {leader->threads};
	int node, collector = net->n_layers + 1;
	struct ff_slot in = ff_net_slot(net, 0, net->inner[0]);
	struct ff_slot out = ff_net_slot(net, net->n_layers, net->inner[net->n_layers]);
	struct ff_packet packet;
	ff_leader_begin(net, leader);
	while (ff_schedule_next(execution->schedule, &packet)) {
		FF_TRY(ff_probe_before(execution, 0, &packet, error));
		ff_source_fill(execution->source, &team, &packet, &in);
		FF_TRY(ff_leader_pass(execution, leader, (struct ff_leader_ends){0}, in, out, &node, error));
		FF_TRY(ff_collect_packet(execution, collector, &out, error));
	}
	return FF_OK;
}

ff_status ff_execute(const struct ff_execution *execution, struct ff_error *error)
{
	return execution->net->graph.pipeline ? ff_execute_pipeline(execution, error)
	                                      : execute_sequentially(execution, error);
}
