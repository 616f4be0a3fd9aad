/* A toy kind of station: a stage that is told, by an edge back from the one behind it, the mean goodness of the packet
 * before, and learns the more slowly the greater that is: rate / (1 + goodness above). */
#include "pipeline/stage.h"
#include "toys/toys.h"

struct toy_station {
	struct ff_stage stage; /* which begins with the station */
	double above;          /* mean goodness of the layer behind, on the training packet before; 0 at first */
};

/* One edge back from each station to the one before it: when an epoch begins a packet lies in it, all 0. */
static void connect(struct ff_graph *graph, const struct ff_experiment *experiment, const struct ff_data_shape *shape,
                    int number)
{
	(void)shape;
	if (number + 1 >= experiment->n_layers)
		return;
	struct ff_slot_shape slot = {.carried_bytes = ff_align_up(sizeof(double))};
	struct ff_edge *edge = ff_graph_add_edge(graph, FF_EDGE_BACK, number + 2, number + 1, slot);
	edge->slots = 2;
	edge->tokens = 1;
	edge->filled = true;
}

static double mean_goodness(const struct ff_stage *stage, size_t rows)
{
	double sum = 0;
	for (size_t r = 0; r < rows; r++)
		sum += (double)stage->goodness[r];
	return rows ? sum / (double)rows : 0;
}

static void hand_on(struct ff_station *station, const struct ff_port in[], const struct ff_port out[])
{
	struct toy_station *toy = (struct toy_station *)station;
	const struct ff_packet *packet = in[0].slot.packet;
	size_t rows = ff_packet_works(packet, station->number) ? packet->rows : 0;
	ff_stage_kind.hand_on(station, in, out);
	for (int i = 1; i < station->n_in; i++) /* only training packets go back */
		if (in[i].kind == FF_EDGE_BACK && in[i].slot.packet)
			toy->above = *(const double *)in[i].slot.carried;
	for (int i = 1; i < station->n_out; i++)
		if (out[i].kind == FF_EDGE_BACK && out[i].slot.packet)
			*(double *)out[i].slot.carried = mean_goodness(&toy->stage, rows);
}

static ff_status learn(struct ff_station *station, const struct ff_port in[], struct ff_error *error)
{
	const struct toy_station *toy = (const struct toy_station *)station;
	struct ff_packet packet = *in[0].slot.packet;
	struct ff_port slowed = in[0];
	packet.rate_factor /= 1 + toy->above;
	slowed.slot.packet = &packet;
	return ff_stage_kind.learn(station, &slowed, error);
}

const struct ff_station_kind *toy_back_kind(void)
{
	static struct ff_station_kind kind;
	kind = ff_stage_kind;
	kind.name = "stage with an edge back";
	kind.size = sizeof(struct toy_station);
	kind.connect = connect;
	kind.hand_on = hand_on;
	kind.learn = learn;
	return &kind;
}
