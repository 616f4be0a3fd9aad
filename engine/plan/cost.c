#include "plan/cost.h"

#include <math.h>
#include <string.h>

#include "model/layer.h"
#include "product/gemm.h"
#include "product/gemm_simd.h"

const struct ff_rates ff_rates_table = {
    .flops = 200e9,
    .packing = 12,
    .cache_bandwidth = 60e9,
    .bandwidth = 12e9,
    .node_bandwidth = 100e9,
    .region = 10e-6,
    .hand_off = 5e-6,
};

/* Seconds: of the source or a layer for what does not grow, of a pair's losses; of the source for a pixel of an image,
 * for a pixel of a hybrid's mask and pass; of the readout for a class of a row, whose exponential is a call. Fitted to
 * trainings of many nets, by the rates of their moments (tests/bench/NOTEBOOK.md). */
static const double FIXED = 5e-6, PAIR = 20e-9, PIXEL = 0.4e-9, BLUR = 0.15e-9, CLASS = 10e-9;

/* Fitted likewise: what a layer's product takes of one whose operands were in cache; more for a gradient that adds up
 * in memory, too long for registers; a team's passes by those of one thread, for each waits for what the others have
 * written; flops of a product that take as long as Adam's root and division for a weight. */
static const double BETWEEN_OTHERS = 1.08, LONG_SUMS = 1.1, TEAM_PASSES = 5, ADAM = 60;

/* What products take once a layer has learnt by Hinton's recipe, of those without zeros: most rows have no gradient any
 * more, their loss being flat to the last bit, and few units of the layer below are at work. Of hinton_sup_3x1000.yaml
 * after its first epoch. */
static const double LEARNT_FORWARD = 0.55, LEARNT_GRADIENT = 0.3;

/* Bytes for a core; virtual machines show the cache of the whole machine, shared with others. */
enum { MOST_CACHE = 8 << 20 };

/* ---- the machine ---- */

static int largest_domain(const struct ff_topology *t)
{
	int most = 1;
	for (int d = 0; d < t->n_domains; d++)
		most = t->domains[d].n_places > most ? t->domains[d].n_places : most;
	return most;
}

static int node_of(const struct ff_place *place)
{
	return place->node;
}

static int package_of(const struct ff_place *place)
{
	return place->package;
}

/* Places in a row that are in the same one. */
static int largest(const struct ff_topology *t, int (*which)(const struct ff_place *place))
{
	int most = 1;
	for (int i = 0, begin = 0; i < t->n_places; i++) {
		if (which(&t->places[i]) != which(&t->places[begin]))
			begin = i;
		most = i - begin + 1 > most ? i - begin + 1 : most;
	}
	return most;
}

struct ff_machine_model ff_machine_model_of(const struct ff_topology *topology, const struct ff_rates *rates)
{
	double bytes = 0;
	for (int d = 0; d < topology->n_domains; d++)
		bytes += (double)topology->domains[d].bytes;
	bytes /= topology->n_places ? topology->n_places : 1;
	return (struct ff_machine_model){
	    .rates = *rates,
	    .cache = fmin(bytes, MOST_CACHE),
	    .domain = largest_domain(topology),
	    .package = largest(topology, package_of),
	    .node = largest(topology, node_of),
	    .nodes = topology->n_nodes > 0 ? topology->n_nodes : 1,
	    .cores = topology->n_places,
	};
}

struct ff_machine_model ff_machine_model_flat(int cores, const struct ff_rates *rates)
{
	return (struct ff_machine_model){*rates, 0, cores, cores, cores, 1, cores};
}

/* ---- loads ---- */

/* Rows of a packet. */
struct rows {
	size_t pairs, probes, images; /* n, m, and images that the first layer multiplies */
	size_t plain, all;
};

static struct rows rows_of(const struct ff_experiment *e, const struct ff_data_shape *shape, enum ff_cost_packet packet)
{
	struct rows rows = {0};
	size_t n = ff_schedule_tile_pairs(e, shape);
	bool head = e->head.when == FF_HEAD_TOGETHER, adaptive = ff_is_adaptive(e);
	bool positives = e->mode == FF_UNSUPERVISED && !ff_schedule_any_dropout(e); /* serve as plain rows */
	size_t scored = adaptive && e->negatives.draw == FF_DRAW_GOODNESS ? shape->classes : 0;
	if (packet != FF_COST_PROBES)
		rows.pairs = n;
	if (packet != FF_COST_PAIRS && (head || adaptive))
		rows.probes = n;
	rows.plain = head ? rows.probes : 0;
	rows.images = packet == FF_COST_PAIRS ? 0 : rows.pairs + rows.probes; /* else they are known */
	rows.all = 2 * rows.pairs + scored * rows.probes + (positives && rows.pairs ? 0 : rows.plain);
	return rows;
}

static void load_source(const struct ff_experiment *e, const struct ff_data_shape *shape, const struct rows *rows,
                        struct ff_load *load)
{
	double pixels = (double)shape->features;
	double images = (double)(rows->pairs + rows->probes);
	load->half[0].seconds = FIXED + images * pixels * PIXEL;
	if (e->mode == FF_UNSUPERVISED)
		load->half[0].seconds =
		    FIXED + (double)rows->pairs * pixels * (2 * PIXEL + (double)e->negatives.blur * BLUR);
}

/* Tiles of a batch, each with a gradient that adds up to those before it; the update comes once. */
static double tiles_of(const struct ff_experiment *e, const struct ff_data_shape *shape)
{
	return ceil((double)ff_schedule_batch_pairs(e, shape) / (double)ff_schedule_tile_pairs(e, shape));
}

/* Of a layer's product, forward or gradient, of so many rows, with weights in panels or not. */
static double effort_of(size_t inputs, size_t outputs, size_t rows, bool gradient, bool in_panels)
{
	if (!in_panels && inputs >= FF_GEMM_LARGE && outputs >= FF_GEMM_LARGE && rows >= FF_GEMM_LARGE)
		return 1; /* the library's */
	return gradient && rows > FF_SIMD_LAST_SECTION ? BETWEEN_OTHERS * LONG_SUMS : BETWEEN_OTHERS;
}

/* A mean of squares never gets as far from its threshold. */
static double learnt(const struct ff_experiment *e, double share)
{
	return e->objective.loss == FF_LOGISTIC && e->objective.goodness == FF_SUM_SQUARE ? share : 1;
}

static void load_learning(const struct ff_experiment *e, const struct ff_data_shape *shape, size_t inputs,
                          size_t outputs, size_t rows, struct ff_load *load)
{
	double weights = (double)inputs * (double)outputs, tiles = tiles_of(e, shape);
	double arrays = 1 + ff_optimizer_states(e->optimizer.kind); /* weights and states, each read and written */
	struct ff_half *half = &load->half[1];
	half->m = inputs;
	half->n = outputs;
	half->k = rows;
	half->by_rows = tiles == 1;
	half->effort = learnt(e, LEARNT_GRADIENT) * effort_of(inputs, outputs, rows, true, false);
	half->streamed = 8 * weights * (tiles > 1 ? arrays / tiles + 1 : arrays);
	half->flops = e->optimizer.kind == FF_ADAM ? ADAM * weights / tiles : 0;
	half->regions = 3;
	load->footprint += 4 * weights * (arrays - 1 + (tiles > 1));
}

static void load_layer(const struct ff_experiment *e, const struct ff_data_shape *shape, int l, const struct rows *rows,
                       struct ff_load *load)
{
	bool shared = ff_layer_has_labels(e, l); /* an image is multiplied once for its labels */
	size_t inputs = ff_inputs_of(e, shape->features, l), outputs = (size_t)e->layers[l].width;
	size_t multiplied = shared ? rows->images : rows->all;
	double weights = (double)inputs * (double)outputs, all = (double)rows->all;
	struct ff_half *half = &load->half[0];
	half->m = multiplied;
	half->n = outputs;
	half->k = inputs;
	half->in_panels = ff_layer_panel_of(e, l, ff_schedule_tile_pairs(e, shape));
	half->effort =
	    (l > 0 ? learnt(e, LEARNT_FORWARD) : 1) * effort_of(inputs, outputs, multiplied, false, half->in_panels);
	half->streamed = 4 * weights;
	half->passed = 4 * (4 * all * (double)outputs + (double)multiplied * (double)inputs);
	half->seconds = FIXED + PAIR * (double)rows->pairs;
	load->received = l > 0 ? 4 * all * (double)inputs : 0;
	half->regions = 2 + shared;
	load->footprint = 4 * weights;
	if (!rows->pairs)
		return;
	load_learning(e, shape, inputs, outputs, shared ? rows->pairs : 2 * rows->pairs, load);
	load->half[1].passed = 4 * 4 * 2 * (double)rows->pairs * (double)outputs;
}

static void load_readout(const struct ff_experiment *e, const struct ff_data_shape *shape, const struct rows *rows,
                         struct ff_load *load)
{
	size_t inputs = 0;
	for (int l = 0; l < e->n_layers; l++)
		inputs += rows->plain && ff_layer_set_has(&e->head.layers, l) ? (size_t)e->layers[l].width : 0;
	double answers = (double)rows->probes * (double)shape->classes, weights = (double)(inputs * shape->classes);
	double arrays = 1 + ff_optimizer_states(e->head.optimizer);
	load->half[0].seconds = FIXED + (ff_is_adaptive(e) ? CLASS * answers : 0);
	if (!inputs)
		return;
	load->received = 4 * (double)rows->plain * (double)inputs;
	load->half[0].m = rows->plain;
	load->half[0].n = shape->classes;
	load->half[0].k = inputs;
	load->half[0].effort = BETWEEN_OTHERS;
	load->half[0].streamed = 4 * weights;
	load->half[0].regions = 1;
	load->half[1] = (struct ff_half){
	    .m = inputs, .n = shape->classes, .k = rows->plain, .effort = BETWEEN_OTHERS, .regions = 2};
	load->half[1].streamed = 8 * weights * arrays;
	load->half[1].seconds = CLASS * answers;
	load->footprint = 4 * weights * arrays;
}

void ff_load_of(const struct ff_experiment *experiment, const struct ff_data_shape *shape, int node,
                enum ff_cost_packet packet, struct ff_load *load)
{
	struct rows rows = rows_of(experiment, shape, packet);
	memset(load, 0, sizeof *load);
	if (node == 0)
		load_source(experiment, shape, &rows, load);
	else if (node <= experiment->n_layers)
		load_layer(experiment, shape, node - 1, &rows, load);
	else
		load_readout(experiment, shape, &rows, load);
}

/* A layer's part of a packet: none of what it does not compute on, and no gradient where it does not learn. */
static void load_part(const struct ff_experiment *e, const struct ff_data_shape *shape, int l,
                      const struct ff_packet *packet, struct rows rows, struct ff_load *load)
{
	if (!ff_packet_works(packet, l))
		return;
	if (!ff_packet_learns(packet, l))
		rows.pairs = 0;
	load_layer(e, shape, l, &rows, load);
	if (!ff_layer_has_labels(e, l))
		return;
	load->half[0].k -= shape->classes;
	load->half[1].m -= rows.pairs ? shape->classes : 0;
}

void ff_load_of_packet(const struct ff_experiment *experiment, const struct ff_data_shape *shape, int node,
                       const struct ff_packet *packet, struct ff_load *load)
{
	struct rows rows = {
	    .pairs = packet->n,
	    .probes = packet->probes,
	    .images = packet->known ? 0 : packet->n + packet->probes,
	    .plain = packet->plain,
	    .all = packet->rows,
	};
	memset(load, 0, sizeof *load);
	if (node > 0 && node <= experiment->n_layers)
		load_part(experiment, shape, node - 1, packet, rows, load);
	else if (node > experiment->n_layers)
		load_readout(experiment, shape, &rows, load);
	if (node > experiment->n_layers && packet->kind != FF_PACKET_TRAIN)
		load->half[1] = (struct ff_half){0};
}

double ff_load_flops(const struct ff_load *load)
{
	return ff_half_flops(&load->half[0]) + ff_half_flops(&load->half[1]);
}

/* ---- seconds ---- */

static double up_to(size_t n, size_t grain)
{
	return (double)((n + grain - 1) / grain * grain);
}

/* The largest of the shares of `length` that the threads get, in whole grains. */
static double share_of(size_t length, size_t grain, int threads)
{
	size_t grains = (length + grain - 1) / grain, parts = (size_t)threads;
	return (double)((grains + parts - 1) / parts * grain);
}

/* C [m x n] = A [m x k] B [k x n]: whole registers of rows and columns are computed. */
static double product_seconds(const struct ff_rates *rates, const struct ff_half *half, int threads)
{
	double rows = up_to(half->m, FF_SIMD_ROW_GRAIN), columns = up_to(half->n, FF_SIMD_COLUMN_GRAIN);
	if ((double)half->m * (double)half->n * (double)half->k < FF_GEMM_WORTH_SPLITTING)
		threads = 1;
	if (half->by_rows || half->m >= half->n)
		rows = share_of(half->m, FF_SIMD_ROW_GRAIN, threads);
	else
		columns = share_of(half->n, FF_SIMD_COLUMN_GRAIN, threads);
	return half->effort * 2 * (rows + (half->in_panels ? 0 : rates->packing)) * columns * (double)half->k /
	       rates->flops;
}

double ff_share_in_cache(const struct ff_machine_model *machine, double footprint, int cores)
{
	return footprint > 0 ? fmin(1, machine->cache * cores / footprint) : 1;
}

/* Bytes a second of a team from memory: of each core's, at most its nodes'. */
static double team_bandwidth(const struct ff_machine_model *machine, int threads)
{
	double nodes = ceil((double)threads / machine->node);
	return fmin(threads * machine->rates.bandwidth, nodes * machine->rates.node_bandwidth);
}

/* Threads meet in a tree, and farther away beyond a cache domain and beyond a package. */
static double region_seconds(const struct ff_machine_model *machine, int threads, bool torn)
{
	double far = (threads > machine->domain ? 2 : 1) * (torn || threads > machine->package ? 2 : 1);
	return threads == 1 ? 0 : machine->rates.region * log2(threads) * far;
}

double ff_load_seconds(const struct ff_machine_model *machine, const struct ff_load *load, int half, int threads,
                       double cached)
{
	const struct ff_rates *rates = &machine->rates;
	const struct ff_half *h = &load->half[half];
	double seconds = h->seconds + h->regions * region_seconds(machine, threads, false);
	if (h->m && h->n && h->k)
		seconds += product_seconds(rates, h, threads);
	seconds += h->flops / (threads * rates->flops);
	seconds +=
	    ((threads > 1 ? TEAM_PASSES : 1) * h->passed + cached * h->streamed) / (threads * rates->cache_bandwidth);
	seconds += (1 - cached) * h->streamed / team_bandwidth(machine, threads);
	return seconds + (half == 0 ? rates->hand_off : 0);
}

double ff_load_torn_seconds(const struct ff_machine_model *machine, const struct ff_load *load, int half, int threads)
{
	double near = region_seconds(machine, threads, false);
	return load->half[half].regions * (region_seconds(machine, threads, true) - near);
}

double ff_load_crossing_seconds(const struct ff_machine_model *machine, const struct ff_load *load, int threads)
{
	return load->received *
	       fmax(0, 1 / team_bandwidth(machine, threads) - 1 / (threads * machine->rates.cache_bandwidth));
}

double ff_load_traffic(const struct ff_load *load, double cached)
{
	return (1 - cached) * (load->half[0].streamed + load->half[1].streamed);
}
