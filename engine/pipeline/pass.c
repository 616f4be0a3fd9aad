#include "pipeline/pass.h"

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
	ff_track_open(ff_profile_track(execution->profile, 0));
	ff_track_start(ff_profile_track(execution->profile, 0));
}

bool ff_source_pass(const struct ff_execution *execution, const struct ff_team *team, const struct ff_packet *packet,
                    const struct ff_slot *slot)
{
	struct ff_net *net = execution->net;
	struct ff_track *track = ff_profile_track(execution->profile, 0);
	bool drawn = packet->kind == FF_PACKET_TRAIN && packet->n && net->graph.feedback >= 0;
	const uint8_t *wrong = drawn ? ff_take(execution, net->graph.feedback) : NULL;
	if (drawn && !wrong)
		return false;
	ff_mark(track, 0, FF_STEP_WAIT_INPUT, packet->sequence);
	if (packet->kind == FF_PACKET_CHECKPOINT)
		ff_checkpoint_begin(execution->writer, packet->sequence);
	ff_source_fill(execution->source, team, packet, wrong, slot);
	if (drawn)
		ff_net_release(net, net->graph.feedback);
	ff_count(track, 0, packet);
	ff_mark(track, 0, FF_STEP_MAKE, packet->sequence);
	return true;
}

/* ---- stations ---- */

ff_status ff_leader_begin(const struct ff_execution *execution, const struct ff_leader *leader, struct ff_error *error)
{
	struct ff_net *net = execution->net;
	struct ff_track *track = ff_profile_track(execution->profile, leader->first + 1);
	ff_track_open(track); /* unless it is: before the team starts, which its counters shall count */
	for (int s = leader->first; s < leader->end; s++)
		if (ff_graph_is_readout(&net->graph, s)) {
			net->readout.labels = execution->source->dataset->train.labels;
			net->readout.track = track;
			ff_readout_begin(&net->readout);
		} else {
			net->stages[s].track = track;
			ff_stage_begin(&net->stages[s]);
		}
	for (int s = leader->first; s < leader->end && execution->resume; s++)
		FF_TRY(ff_checkpoint_restore(execution->resume, net, s, error));
	ff_track_start(track);
	return FF_OK;
}

static ff_status pass_layer(struct ff_net *net, int l, const struct ff_slot *in, struct ff_passage *passage,
                            struct ff_error *error)
{
	struct ff_track *track = net->stages[l].track;
	uint64_t packet = in->packet->sequence;
	int side = net->graph.side[l];
	void *memory = ff_net_reserve(net, l + 1), *aside = side < 0 ? NULL : ff_net_reserve(net, side);
	passage->ended = !memory || (side >= 0 && !aside);
	if (passage->ended)
		return FF_OK;
	ff_mark(track, l + 1, FF_STEP_WAIT_OUTPUT, packet);
	struct ff_slot out = ff_net_slot(net, l + 1, memory), away = {0};
	if (aside)
		away = ff_net_slot(net, side, aside);
	ff_stage_hand_on(&net->stages[l], in, &out, aside ? &away : NULL);
	ff_net_commit(net, l + 1); /* before learning: the next leader need not wait for that */
	if (aside)
		ff_net_commit(net, side);
	ff_count(track, l + 1, in->packet);
	ff_mark(track, l + 1, FF_STEP_NORMALISE, packet);
	return ff_stage_learn(&net->stages[l], in, error);
}

/* Fills slots with the head's inputs; false if a neighbour has ended. */
static bool peek_parts(const struct ff_execution *execution, const struct ff_slot *in, float *slots[FF_MAX_LAYERS])
{
	struct ff_net *net = execution->net;
	const struct ff_head *head = &net->readout.head;
	for (int i = 0; i < head->n_parts; i++) {
		int side = net->graph.side[head->layers[i]];
		void *memory = side < 0 ? NULL : ff_take(execution, side);
		if (side >= 0 && !memory)
			return false;
		slots[i] = side < 0 ? in->rows : ff_net_slot(net, side, memory).rows;
	}
	return true;
}

static void release_parts(struct ff_net *net)
{
	for (int l = 0; l < net->n_layers; l++)
		if (net->graph.side[l] >= 0)
			ff_net_release(net, net->graph.side[l]);
}

static ff_status pass_readout(const struct ff_execution *execution, const struct ff_slot *in,
                              struct ff_passage *passage, struct ff_error *error)
{
	struct ff_net *net = execution->net;
	struct ff_track *track = net->readout.track;
	int out_edge = net->graph.n_stations, feedback = net->graph.feedback, node = out_edge;
	uint64_t packet = in->packet->sequence;
	float *slots[FF_MAX_LAYERS];
	const float *parts[FF_MAX_LAYERS];
	bool draws = in->packet->draws;
	void *memory = ff_net_reserve(net, out_edge);
	uint8_t *drawn = draws ? ff_net_reserve(net, feedback) : NULL;
	ff_mark(track, node, FF_STEP_WAIT_OUTPUT, packet);
	passage->ended = !memory || (draws && !drawn) || !peek_parts(execution, in, slots);
	if (passage->ended)
		return FF_OK;
	ff_mark(track, node, FF_STEP_WAIT_INPUT, packet);
	struct ff_slot out = ff_net_slot(net, out_edge, memory);
	ff_readout_take_parts(&net->readout, in, slots, parts);
	ff_readout_hand_on(&net->readout, in, parts, &out, drawn);
	if (drawn)
		ff_net_commit(net, feedback);
	ff_net_commit(net, out_edge);
	ff_count(track, node, in->packet);
	ff_mark(track, node, FF_STEP_NORMALISE, packet);
	FF_TRY(ff_readout_learn(&net->readout, in, parts, error));
	release_parts(net);
	return FF_OK;
}

ff_status ff_leader_pass(const struct ff_execution *execution, const struct ff_leader *leader,
                         struct ff_passage *passage, struct ff_error *error)
{
	struct ff_net *net = execution->net;
	for (int s = leader->first; s < leader->end; s++) {
		void *memory = ff_take(execution, s);
		passage->ended = !memory;
		if (passage->ended)
			return FF_OK;
		struct ff_slot in = ff_net_slot(net, s, memory);
		passage->node = s + 1;
		passage->sequence = in.packet->sequence;
		ff_mark(ff_profile_track(execution->profile, s + 1), s + 1, FF_STEP_WAIT_INPUT, passage->sequence);
		FF_TRY(ff_probe_before(execution, passage->node, in.packet, error));
		/* before the packet goes on: behind all stations, all is written */
		if (in.packet->kind == FF_PACKET_CHECKPOINT)
			ff_checkpoint_save(execution->writer, passage->sequence, net, s);
		if (ff_graph_is_readout(&net->graph, s))
			FF_TRY(pass_readout(execution, &in, passage, error));
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
	struct ff_track *track = ff_profile_track(execution->profile, node);
	ff_mark(track, node, FF_STEP_WAIT_INPUT, slot->packet->sequence);
	FF_TRY(ff_probe_before(execution, node, slot->packet, error));
	ff_status status = execution->collect(execution->user, slot, error);
	execution->net->collecting += ff_clock() - started;
	ff_mark(track, node, FF_STEP_COLLECT, slot->packet->sequence);
	return status;
}
