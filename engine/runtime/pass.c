#include "runtime/pass.h"

#include "base/clock.h"

/* ---- source ---- */

/* Once the collector has ended there is no verdict to come. */
static enum ff_verdict wait_for_verdict(void *user)
{
	struct ff_net *net = user;
	const enum ff_verdict *slot = ff_net_peek(net, net->graph.verdict);
	enum ff_verdict verdict = slot ? *slot : FF_VERDICT_STOP;
	if (slot)
		ff_net_release(net, net->graph.verdict);
	return verdict;
}

void ff_source_begin(const struct ff_execution *execution)
{
	execution->schedule->verdict = wait_for_verdict;
	execution->schedule->verdict_user = execution->net;
}

bool ff_source_pass(const struct ff_execution *execution, const struct ff_team *team, const struct ff_packet *packet,
                    const struct ff_slot *slot)
{
	struct ff_net *net = execution->net;
	bool drawn = packet->kind == FF_PACKET_TRAIN && packet->n && net->graph.feedback >= 0;
	const uint8_t *wrong = drawn ? ff_net_peek(net, net->graph.feedback) : NULL;
	if (drawn && !wrong)
		return false;
	ff_source_fill(execution->source, team, packet, wrong, slot);
	if (drawn)
		ff_net_release(net, net->graph.feedback);
	return true;
}

/* ---- stations ---- */

void ff_leader_begin(const struct ff_execution *execution, const struct ff_leader *leader)
{
	struct ff_net *net = execution->net;
	for (int s = leader->first; s < leader->end; s++)
		if (ff_graph_is_readout(&net->graph, s)) {
			net->readout.labels = execution->source->dataset->train.labels;
			ff_readout_begin(&net->readout);
		} else {
			ff_stage_begin(&net->stages[s]);
		}
}

static ff_status pass_layer(struct ff_net *net, int l, const struct ff_slot *in, struct ff_passage *passage,
                            struct ff_error *error)
{
	int side = net->graph.side[l];
	void *memory = ff_net_reserve(net, l + 1), *aside = side < 0 ? NULL : ff_net_reserve(net, side);
	passage->ended = !memory || (side >= 0 && !aside);
	if (passage->ended)
		return FF_OK;
	struct ff_slot out = ff_net_slot(net, l + 1, memory), away = {0};
	if (aside)
		away = ff_net_slot(net, side, aside);
	ff_stage_hand_on(&net->stages[l], in, &out, aside ? &away : NULL);
	ff_net_commit(net, l + 1); /* before learning: the next leader need not wait for that */
	if (aside)
		ff_net_commit(net, side);
	return ff_stage_learn(&net->stages[l], in, error);
}

/* Fills parts with the head's inputs; false if a neighbour has ended. */
static bool peek_parts(struct ff_net *net, const struct ff_slot *in, const float *parts[FF_MAX_LAYERS])
{
	const struct ff_head *head = &net->readout.head;
	for (int i = 0; i < head->n_parts; i++) {
		int side = net->graph.side[head->layers[i]];
		void *memory = side < 0 ? NULL : ff_net_peek(net, side);
		if (side >= 0 && !memory)
			return false;
		parts[i] = side < 0 ? in->rows : ff_net_slot(net, side, memory).rows;
	}
	return true;
}

static void release_parts(struct ff_net *net)
{
	for (int l = 0; l < net->n_layers; l++)
		if (net->graph.side[l] >= 0)
			ff_net_release(net, net->graph.side[l]);
}

static ff_status pass_readout(struct ff_net *net, const struct ff_slot *in, struct ff_passage *passage,
                              struct ff_error *error)
{
	int out_edge = net->graph.n_stations, feedback = net->graph.feedback;
	const float *parts[FF_MAX_LAYERS];
	bool draws = in->packet->draws;
	void *memory = ff_net_reserve(net, out_edge);
	uint8_t *drawn = draws ? ff_net_reserve(net, feedback) : NULL;
	passage->ended = !memory || (draws && !drawn) || !peek_parts(net, in, parts);
	if (passage->ended)
		return FF_OK;
	struct ff_slot out = ff_net_slot(net, out_edge, memory);
	ff_readout_hand_on(&net->readout, in, parts, &out, drawn);
	if (drawn)
		ff_net_commit(net, feedback);
	ff_net_commit(net, out_edge);
	FF_TRY(ff_readout_learn(&net->readout, in, parts, error));
	release_parts(net);
	return FF_OK;
}

ff_status ff_leader_pass(const struct ff_execution *execution, const struct ff_leader *leader,
                         struct ff_passage *passage, struct ff_error *error)
{
	struct ff_net *net = execution->net;
	for (int s = leader->first; s < leader->end; s++) {
		void *memory = ff_net_peek(net, s);
		passage->ended = !memory;
		if (passage->ended)
			return FF_OK;
		struct ff_slot in = ff_net_slot(net, s, memory);
		passage->node = s + 1;
		passage->sequence = in.packet->sequence;
		FF_TRY(ff_probe_before(execution, passage->node, in.packet, error));
		if (ff_graph_is_readout(&net->graph, s))
			FF_TRY(pass_readout(net, &in, passage, error));
		else
			FF_TRY(pass_layer(net, s, &in, passage, error));
		if (passage->ended)
			return FF_OK;
		ff_net_release(net, s);
	}
	return FF_OK;
}

/* ---- collector ---- */

ff_status ff_collect_packet(const struct ff_execution *execution, int node, const struct ff_slot *slot,
                            struct ff_error *error)
{
	double started = ff_clock();
	FF_TRY(ff_probe_before(execution, node, slot->packet, error));
	ff_status status = execution->collect(execution->user, slot, error);
	execution->net->collecting += ff_clock() - started;
	return status;
}
