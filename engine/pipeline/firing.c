#include "pipeline/firing.h"

#include "base/clock.h"

/* ---- source ---- */

/* Returns STOP if the collector has ended, because no verdict will follow. */
static enum ff_verdict wait_for_verdict(void *user)
{
	struct ff_net *net = user;
	int edge = net->graph.verdict;
	void *memory = ff_net_peek(net, edge);
	if (!memory)
		return FF_VERDICT_STOP;
	enum ff_verdict verdict = *(enum ff_verdict *)ff_net_slot(net, edge, memory).carried;
	ff_net_release(net, edge);
	return verdict;
}

void ff_source_begin(const struct ff_execution *execution)
{
	execution->schedule->verdict = wait_for_verdict;
	execution->schedule->verdict_user = execution->net;
	ff_track_open(ff_profile_track(execution->profile, 0));
	ff_track_start(ff_profile_track(execution->profile, 0));
}

bool ff_source_fire(const struct ff_execution *execution, const struct ff_team *team, const struct ff_packet *packet,
                    const struct ff_slot *slot)
{
	struct ff_net *net = execution->net;
	struct ff_track *track = ff_profile_track(execution->profile, 0);
	int labels = net->graph.labels;
	bool drawn = labels >= 0 && ff_edge_is_read(&net->graph.edges[labels], packet);
	void *memory = drawn ? ff_take(execution, labels) : NULL;
	if (drawn && !memory)
		return false;
	ff_mark(track, 0, FF_STEP_WAIT_INPUT, packet->sequence);
	if (packet->kind == FF_PACKET_CHECKPOINT)
		ff_checkpoint_begin(execution->writer, packet->sequence);
	ff_source_fill(execution->source, team, packet, drawn ? ff_net_slot(net, labels, memory).carried : NULL, slot);
	if (drawn)
		ff_net_release(net, labels);
	ff_count(track, 0, packet, packet->rows > 0, NULL);
	ff_mark(track, 0, FF_STEP_MAKE, packet->sequence);
	return true;
}

/* ---- stations ---- */

ff_status ff_leader_begin(const struct ff_execution *execution, const struct ff_leader *leader, struct ff_error *error)
{
	struct ff_net *net = execution->net;
	struct ff_track *track = ff_profile_track(execution->profile, leader->first + 1);
	ff_track_open(track); /* before the team starts, so that the counters include it; no effect if it is open */
	for (int s = leader->first; s < leader->end; s++) {
		net->stations[s]->track = track;
		ff_station_begin(net->stations[s], &execution->source->data);
	}
	for (int s = leader->first; s < leader->end && execution->resume; s++)
		FF_TRY(ff_checkpoint_restore(execution->resume, net, s, error));
	ff_track_start(track);
	return FF_OK;
}

static struct ff_port port_of(const struct ff_net *net, int e, void *memory)
{
	return (struct ff_port){net->graph.edges[e].kind, ff_net_slot(net, e, memory)};
}

/* Waits for everything that the station reads besides the packet of in[0]; false if a neighbour has ended. */
static bool take_others(const struct ff_execution *execution, const struct ff_node_edges *edges,
                        const struct ff_packet *packet)
{
	struct ff_net *net = execution->net;
	for (int i = 1; i < edges->n_in; i++) {
		edges->in_ports[i] = (struct ff_port){.kind = net->graph.edges[edges->in[i]].kind};
		if (ff_packet_ends_epoch(packet) && !ff_net_drain(net, edges->in[i]))
			return false;
		if (!ff_edge_is_read(&net->graph.edges[edges->in[i]], packet))
			continue;
		void *memory = ff_take(execution, edges->in[i]);
		if (!memory)
			return false;
		edges->in_ports[i] = port_of(net, edges->in[i], memory);
	}
	return true;
}

/* Waits for the slots to write; false if a neighbour has ended. */
static bool reserve_all(struct ff_net *net, const struct ff_node_edges *edges, const struct ff_packet *packet)
{
	for (int i = 0; i < edges->n_out; i++) {
		edges->out_ports[i] = (struct ff_port){.kind = net->graph.edges[edges->out[i]].kind};
		if (!ff_edge_is_written(&net->graph.edges[edges->out[i]], packet))
			continue;
		void *memory = ff_net_reserve(net, edges->out[i]);
		if (!memory)
			return false;
		edges->out_ports[i] = port_of(net, edges->out[i], memory);
	}
	return true;
}

static void commit_all(struct ff_net *net, const struct ff_node_edges *edges)
{
	for (int i = 0; i < edges->n_out; i++)
		if (edges->out_ports[i].slot.packet)
			ff_net_commit(net, edges->out[i]);
}

/* After an epoch, the next one begins with the tokens that the reader has taken off. False if that has ended. */
static bool fill_all(struct ff_net *net, const struct ff_node_edges *edges, const struct ff_packet *packet)
{
	bool filled = true;
	for (int i = 1; i < edges->n_out && ff_packet_ends_epoch(packet); i++)
		filled = filled && ff_net_fill(net, edges->out[i]);
	return filled;
}

static void release_all(struct ff_net *net, const struct ff_node_edges *edges)
{
	for (int i = 0; i < edges->n_in; i++)
		if (edges->in_ports[i].slot.packet)
			ff_net_release(net, edges->in[i]);
}

/* Adds the station's work on the packet to the profile, if there is one. */
static void count(const struct ff_execution *execution, const struct ff_station *station,
                  const struct ff_packet *packet)
{
	struct ff_workload workload = {0};
	if (!station->track)
		return;
	bool works = packet->rows && station->kind->works(packet, station->number);
	if (works)
		station->kind->workload(station->experiment, &execution->schedule->shape, station->number, packet,
		                        &workload);
	ff_count(station->track, station->number + 1, packet, works, &workload);
}

static ff_status fire(const struct ff_execution *execution, struct ff_station *station,
                      struct ff_leader_position *position, struct ff_error *error)
{
	struct ff_net *net = execution->net;
	const struct ff_node_edges *edges = &net->nodes[station->number + 1];
	const struct ff_packet *packet = edges->in_ports[0].slot.packet;
	position->ended = !take_others(execution, edges, packet);
	if (position->ended)
		return FF_OK;
	ff_station_mark(station, packet, FF_STEP_WAIT_INPUT);
	position->ended = !reserve_all(net, edges, packet);
	if (position->ended)
		return FF_OK;
	ff_station_mark(station, packet, FF_STEP_WAIT_OUTPUT);
	ff_station_hand_on(station, edges->in_ports, edges->out_ports);
	commit_all(net, edges); /* before learning, so that the next leader need not wait for it */
	count(execution, station, packet);
	ff_station_mark(station, packet, FF_STEP_NORMALISE);
	ff_status status = ff_station_learn(station, edges->in_ports, error);
	position->ended = !fill_all(net, edges, packet);
	release_all(net, edges); /* after a failure too: who writes an edge back may have packets left */
	return status;
}

ff_status ff_leader_fire(const struct ff_execution *execution, const struct ff_leader *leader,
                         struct ff_leader_position *position, struct ff_error *error)
{
	struct ff_net *net = execution->net;
	for (int s = leader->first; s < leader->end; s++) {
		void *memory = ff_take(execution, s);
		position->ended = !memory;
		if (position->ended)
			return FF_OK;
		net->nodes[s + 1].in_ports[0] = port_of(net, s, memory);
		const struct ff_packet *packet = net->nodes[s + 1].in_ports[0].slot.packet;
		position->node = s + 1;
		position->sequence = packet->sequence;
		ff_station_mark(net->stations[s], packet, FF_STEP_WAIT_INPUT);
		FF_TRY(ff_probe_before(execution, position->node, packet, error));
		/* Before the packet goes on: when the collector gets it, every part is written. */
		if (packet->kind == FF_PACKET_CHECKPOINT)
			ff_checkpoint_save(execution->writer, position->sequence, net, s);
		FF_TRY(fire(execution, net->stations[s], position, error));
		if (position->ended)
			return FF_OK;
	}
	return FF_OK;
}

/* ---- collector ---- */

ff_status ff_collector_fire(const struct ff_execution *execution, int node, const struct ff_slot *slot,
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
