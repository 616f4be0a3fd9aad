#include "runtime/schedule.h"

#include <assert.h>
#include <string.h>

#include "model/optimizer.h"

enum { MIN_ROWS = 1024 }; /* so that evaluation has tiles worth a matrix product whatever the batch */

static size_t least(size_t a, size_t b)
{
	return a < b ? a : b;
}

static size_t batch_of(const struct ff_experiment *experiment, const struct ff_data_shape *shape)
{
	return experiment->train.batch == FF_AUTO ? shape->n[FF_SET_TRAIN] : (size_t)experiment->train.batch;
}

size_t ff_schedule_tile_pairs(const struct ff_experiment *experiment, const struct ff_data_shape *shape)
{
	return least(batch_of(experiment, shape), FF_TILE_PAIRS);
}

size_t ff_schedule_max_rows(const struct ff_experiment *experiment, const struct ff_data_shape *shape)
{
	size_t rows = 2 * ff_schedule_tile_pairs(experiment, shape);
	return rows > MIN_ROWS ? rows : MIN_ROWS;
}

void ff_schedule_init(struct ff_schedule *schedule, const struct ff_experiment *experiment,
                      const struct ff_data_shape *shape, const size_t *kept, ff_stop_fn *stop, void *user)
{
	*schedule = (struct ff_schedule){
	    .experiment = experiment,
	    .shape = *shape,
	    .kept = kept,
	    .batch = batch_of(experiment, shape),
	    .images_per_packet = ff_schedule_max_rows(experiment, shape) / shape->classes,
	    .stop = stop,
	    .user = user,
	    .phase = FF_PHASE_TRAIN,
	    .layer = experiment->train.order == FF_GREEDY ? 0 : -1,
	    .epoch = 1,
	};
	assert(schedule->images_per_packet > 0 && schedule->batch > 0);
}

static bool stopped(const struct ff_schedule *s)
{
	return s->stop && s->stop(s->user);
}

static void enter(struct ff_schedule *s, enum ff_phase phase)
{
	s->phase = phase;
	s->at = 0;
	s->set = 0;
}

static void interrupt(struct ff_schedule *s, enum ff_phase phase)
{
	s->interrupted = true;
	enter(s, phase);
}

/* Layers that can be evaluated: those that trained, or began to. */
static int layers_so_far(const struct ff_schedule *s)
{
	return s->layer < 0 ? s->experiment->n_layers : s->layer + 1;
}

static double rate_factor(const struct ff_schedule *s)
{
	return ff_rate_factor(s->experiment->optimizer.schedule, s->epoch, s->experiment->train.epochs);
}

static struct ff_packet packet_of(const struct ff_schedule *s, enum ff_packet_kind kind)
{
	return (struct ff_packet){.kind = kind, .epoch = s->epoch, .rate_factor = rate_factor(s), .layer = s->layer};
}

/* ---- training ---- */

static bool next_tile(struct ff_schedule *s, struct ff_packet *packet)
{
	size_t n = s->shape.n[FF_SET_TRAIN], number = s->at / s->batch, start = number * s->batch;
	size_t done = s->at - start, batch = least(s->batch, n - start);
	if (s->at == n) {
		enter(s, FF_PHASE_EPOCH_END);
		return false;
	}
	if (done == 0 && stopped(s)) {
		interrupt(s, FF_PHASE_STOP);
		return false;
	}
	size_t pairs = least(FF_TILE_PAIRS, batch - done);
	bool kept = s->layer > 0 && s->at + pairs <= s->kept[s->layer];
	*packet = packet_of(s, FF_PACKET_TRAIN);
	packet->from = kept && s->epoch > 1 ? s->layer : 0;
	packet->end = layers_so_far(s);
	packet->keep = kept && s->epoch == 1;
	packet->at = s->at;
	packet->n = pairs;
	packet->rows = 2 * pairs;
	packet->number = (int64_t)number;
	packet->batch = batch;
	packet->first = done == 0;
	packet->last = done + pairs == batch;
	s->at += pairs;
	memset(s->measured, 0, sizeof s->measured);
	return true;
}

/* ---- inference ---- */

static bool measured_in_epoch(const struct ff_schedule *s, int set)
{
	const struct ff_experiment *e = s->experiment;
	if (s->epoch % e->evaluate.every != 0 && s->epoch != e->train.epochs)
		return false;
	return set == FF_SET_VALIDATION ||
	       (set == FF_SET_TRAIN ? e->evaluate.train_split : e->evaluate.test) == FF_WHEN_EPOCH;
}

/* What is asked for and not measured yet; of an early end, what is worth waiting for. */
static bool measured_at_end(const struct ff_schedule *s, int set)
{
	if (s->measured[set])
		return false;
	return set != FF_SET_TRAIN || (!s->interrupted && s->experiment->evaluate.train_split != FF_WHEN_NEVER);
}

/* The first set from `set` on that is due in this phase; FF_N_SETS if none is. */
static int due(const struct ff_schedule *s, int set)
{
	for (; set < FF_N_SETS; set++)
		if (s->shape.n[set] &&
		    (s->phase == FF_PHASE_SETS ? measured_at_end(s, set) : measured_in_epoch(s, set)))
			break;
	return set;
}

/* Behind an epoch: the next one, of the next layer if this was the layer's last. */
static void advance(struct ff_schedule *s)
{
	bool last = s->epoch == s->experiment->train.epochs;
	bool more = s->layer >= 0 && s->layer + 1 < s->experiment->n_layers;
	if (last && !more) {
		enter(s, FF_PHASE_STOP);
		return;
	}
	s->layer += last;
	s->epoch = last ? 1 : s->epoch + 1;
	enter(s, FF_PHASE_TRAIN);
}

static bool next_images(struct ff_schedule *s, struct ff_packet *packet)
{
	bool in_epoch = s->phase == FF_PHASE_EPOCH_SETS;
	if (!s->interrupted && stopped(s)) {
		interrupt(s, in_epoch ? FF_PHASE_STOP : FF_PHASE_END);
		return false;
	}
	s->set = due(s, s->set);
	if (s->set == FF_N_SETS) {
		if (in_epoch)
			advance(s);
		else
			enter(s, FF_PHASE_END);
		return false;
	}
	size_t left = s->shape.n[s->set] - s->at, images = least(left, s->images_per_packet);
	*packet = packet_of(s, FF_PACKET_INFER);
	packet->end = layers_so_far(s);
	packet->at = s->at;
	packet->n = images;
	packet->rows = images * s->shape.classes;
	packet->set = (enum ff_set)s->set;
	packet->first = s->at == 0;
	packet->last = images == left;
	packet->closes_epoch = in_epoch && packet->last && due(s, s->set + 1) == FF_N_SETS;
	s->measured[s->set] = packet->last;
	s->at = packet->last ? 0 : s->at + images;
	s->set += packet->last;
	return true;
}

/* ---- control ---- */

static bool next_epoch_end(struct ff_schedule *s, struct ff_packet *packet)
{
	enter(s, FF_PHASE_EPOCH_SETS);
	*packet = packet_of(s, FF_PACKET_EPOCH_END);
	packet->closes_epoch = due(s, 0) == FF_N_SETS;
	return true;
}

static bool next_stop(struct ff_schedule *s, struct ff_packet *packet)
{
	enter(s, FF_PHASE_SETS);
	*packet = packet_of(s, FF_PACKET_STOP);
	return true;
}

bool ff_schedule_next(struct ff_schedule *schedule, struct ff_packet *packet)
{
	typedef bool next_fn(struct ff_schedule *, struct ff_packet *);
	static next_fn *const NEXT[] = {
	    [FF_PHASE_TRAIN] = next_tile, [FF_PHASE_EPOCH_END] = next_epoch_end, [FF_PHASE_EPOCH_SETS] = next_images,
	    [FF_PHASE_STOP] = next_stop,  [FF_PHASE_SETS] = next_images,
	};
	while (schedule->phase != FF_PHASE_END)
		if (NEXT[schedule->phase](schedule, packet)) {
			packet->sequence = schedule->sequence++;
			return true;
		}
	return false;
}
