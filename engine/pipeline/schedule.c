#include "pipeline/schedule.h"

#include <assert.h>
#include <string.h>

#include "model/optimizer.h"

static size_t least(size_t a, size_t b)
{
	return a < b ? a : b;
}

void ff_schedule_init(struct ff_schedule *schedule, const struct ff_experiment *experiment,
                      const struct ff_data_shape *shape, const size_t *kept, ff_stop_fn *stop, void *user)
{
	*schedule = (struct ff_schedule){
	    .experiment = experiment,
	    .shape = *shape,
	    .kept = kept,
	    .batch = ff_schedule_batch_size(experiment, shape),
	    .max_samples = ff_schedule_max_samples(experiment),
	    .sides = ff_schedule_sides(experiment),
	    .lag = (size_t)ff_schedule_lag(experiment, shape) * ff_schedule_batch_size(experiment, shape),
	    .adaptive = ff_is_adaptive(experiment),
	    .head = ff_has_head(experiment),
	    .images_per_packet = ff_schedule_images_per_packet(experiment, shape),
	    .stop = stop,
	    .user = user,
	    .phase = FF_PHASE_TRAIN,
	    .alone = experiment->train.order == FF_GREEDY ? 0 : FF_ALL_TOGETHER,
	    .epoch = 1,
	};
	assert(schedule->images_per_packet > 0 && schedule->batch > 0);
}

/* ---- position ---- */

static bool stopped(const struct ff_schedule *s)
{
	return s->stop && s->stop(s->user);
}

static void enter(struct ff_schedule *s, enum ff_schedule_phase phase)
{
	s->phase = phase;
	s->at = s->queries_at = 0;
	s->set = 0;
}

static void interrupt(struct ff_schedule *s, enum ff_schedule_phase phase)
{
	s->interrupted = true;
	enter(s, phase);
}

static bool head_alone(const struct ff_schedule *s)
{
	return s->alone == s->experiment->n_layers;
}

/* Whether the head has trained or is training. */
static bool head_ready(const struct ff_schedule *s)
{
	return s->head && (s->experiment->head.when == FF_HEAD_TOGETHER || head_alone(s));
}

/* Number of layers that have trained or are training. */
static int layers_so_far(const struct ff_schedule *s)
{
	return s->alone == FF_ALL_TOGETHER || head_alone(s) ? s->experiment->n_layers : s->alone + 1;
}

static int64_t epochs_of_stage(const struct ff_schedule *s)
{
	return head_alone(s) ? s->experiment->head.epochs : s->experiment->train.epochs;
}

static struct ff_packet packet_of(const struct ff_schedule *s, enum ff_packet_kind kind)
{
	return (struct ff_packet){
	    .kind = kind,
	    .epoch = s->epoch,
	    .rate_factor = ff_rate_factor(s->experiment->optimizer.schedule, s->epoch, epochs_of_stage(s)),
	    .alone = s->alone,
	    .sides = s->sides,
	};
}

/* ---- training ---- */

/* The tile that begins at position `at` of the epoch, within its batch. */
struct tile {
	size_t number, done, samples, batch;
};

static struct tile tile_at(const struct ff_schedule *s, size_t at)
{
	struct tile tile = {.number = at / s->batch, .done = at % s->batch};
	tile.batch = least(s->batch, s->shape.n[FF_SET_TRAIN] - tile.number * s->batch);
	tile.samples = least(s->max_samples, tile.batch - tile.done);
	return tile;
}

static void add_samples(struct ff_schedule *s, struct ff_packet *packet)
{
	struct tile tile = tile_at(s, s->at);
	packet->at = s->at;
	packet->n = tile.samples;
	packet->number = (int64_t)tile.number;
	packet->batch = tile.batch;
	packet->rows = ff_packet_sample_rows(packet);
	packet->known = s->adaptive && s->lag == 0; /* directly after its queries, as adaptive batches are one tile */
	assert(!packet->known || tile.samples == tile.batch);
	s->at += tile.samples;
}

/* Adds queries: images for the head to learn from, or for drawing wrong labels. In unsupervised mode without dropout
 * the positives serve as their plain rows. */
static void add_queries(struct ff_schedule *s, struct ff_packet *packet)
{
	const struct ff_experiment *e = s->experiment;
	struct tile tile = tile_at(s, s->queries_at);
	bool positives = e->mode == FF_UNSUPERVISED && packet->n && !ff_schedule_any_dropout(e);
	packet->queries = tile.samples;
	packet->queries_at = s->queries_at;
	packet->queries_batch = tile.batch;
	packet->draws = s->adaptive && !head_alone(s);
	packet->scored = packet->draws && e->negatives.draw == FF_DRAW_GOODNESS ? tile.samples * s->shape.classes : 0;
	packet->plain = head_ready(s) ? tile.samples : 0;
	packet->plain_at = positives ? 0 : packet->rows + packet->scored;
	packet->rows += packet->scored + (positives ? 0 : packet->plain);
	s->queries_at += tile.samples;
}

/* Whether the next packet holds samples, and whether it holds queries. */
static void what_comes(const struct ff_schedule *s, bool *samples, bool *queries)
{
	size_t n = s->shape.n[FF_SET_TRAIN];
	if (head_alone(s)) {
		*samples = false;
		*queries = true;
	} else if (s->adaptive) {
		bool ahead = s->queries_at >= n || (s->lag ? s->queries_at >= least(s->lag, n) : s->queries_at > s->at);
		*samples = ahead;
		*queries = !ahead || (s->lag && s->queries_at < n);
	} else {
		*samples = true;
		*queries = s->head && s->experiment->head.when == FF_HEAD_TOGETHER;
	}
}

/* In its first epoch the station that trains alone caches what it can of its inputs; from then on it reads the
 * cache. */
static void use_kept(const struct ff_schedule *s, struct ff_packet *packet)
{
	size_t end = head_alone(s) ? packet->queries_at + packet->queries : packet->at + packet->n;
	bool kept = s->alone > 0 && end <= s->kept[s->alone];
	packet->from = kept && s->filled == s->alone ? s->alone : 0;
	packet->keep = kept && !packet->from;
}

static bool next_tile(struct ff_schedule *s, struct ff_packet *packet)
{
	size_t n = s->shape.n[FF_SET_TRAIN], at = head_alone(s) ? s->queries_at : s->at;
	bool samples, queries;
	if (at == n) {
		enter(s, FF_PHASE_EPOCH_END);
		return false;
	}
	if (at % s->batch == 0 && stopped(s)) {
		interrupt(s, FF_PHASE_STOP);
		return false;
	}
	what_comes(s, &samples, &queries);
	*packet = packet_of(s, FF_PACKET_TRAIN);
	packet->opens_epoch = s->at == 0 && s->queries_at == 0;
	struct tile tile = tile_at(s, at);
	packet->first = tile.done == 0;
	packet->last = tile.done + tile.samples == tile.batch;
	packet->end = layers_so_far(s);
	if (samples)
		add_samples(s, packet);
	if (queries)
		add_queries(s, packet);
	use_kept(s, packet);
	memset(s->measured, 0, sizeof s->measured);
	return true;
}

/* ---- inference ---- */

static bool measured_in_epoch(const struct ff_schedule *s, int set)
{
	const struct ff_experiment *e = s->experiment;
	if (s->epoch % e->evaluate.every != 0 && s->epoch != epochs_of_stage(s))
		return false;
	return set == FF_SET_VALIDATION ||
	       (set == FF_SET_TRAIN ? e->evaluate.train_split : e->evaluate.test) == FF_WHEN_EPOCH;
}

/* Sets that are requested and not evaluated yet; after an early end only those worth waiting for. */
static bool measured_at_end(const struct ff_schedule *s, int set)
{
	if (s->measured[set])
		return false;
	return set != FF_SET_TRAIN || (!s->interrupted && s->experiment->evaluate.train_split != FF_WHEN_NEVER);
}

/* The first set from `set` on that is due in this phase; FF_N_SETS if none is due or nothing could classify it yet. */
static int due(const struct ff_schedule *s, int set)
{
	if (s->experiment->mode == FF_UNSUPERVISED && !head_ready(s))
		return FF_N_SETS;
	for (; set < FF_N_SETS; set++)
		if (s->shape.n[set] &&
		    (s->phase == FF_PHASE_SETS ? measured_at_end(s, set) : measured_in_epoch(s, set)))
			break;
	return set;
}

/* Goes to the next epoch, or to the next greedy stage if this was the last epoch; first to a checkpoint if one is
 * due. */
static void advance(struct ff_schedule *s)
{
	const struct ff_experiment *e = s->experiment;
	int layers = e->n_layers, head = e->head.when == FF_HEAD_AFTER;
	int next = s->alone == FF_ALL_TOGETHER ? (head ? layers : layers + 1) : s->alone + 1;
	if (s->epoch < epochs_of_stage(s)) {
		s->epoch++;
	} else if (next < layers + head) {
		s->alone = next;
		s->epoch = 1;
	} else {
		enter(s, FF_PHASE_STOP);
		return;
	}
	enter(s, s->due && s->due(s->user) ? FF_PHASE_CHECKPOINT : FF_PHASE_TRAIN);
}

static void leave_epoch(struct ff_schedule *s)
{
	if (s->experiment->train.patience && s->measured[FF_SET_VALIDATION])
		enter(s, FF_PHASE_VERDICT);
	else
		advance(s);
}

static bool next_images(struct ff_schedule *s, struct ff_packet *packet)
{
	bool in_epoch = s->phase == FF_PHASE_EPOCH_SETS;
	s->set = due(s, s->set);
	if (s->set == FF_N_SETS) {
		if (in_epoch)
			leave_epoch(s);
		else
			enter(s, FF_PHASE_END);
		return false;
	}
	if (!s->interrupted && stopped(s)) {
		interrupt(s, in_epoch ? FF_PHASE_STOP : FF_PHASE_END);
		return false;
	}
	size_t left = s->shape.n[s->set] - s->at, images = least(left, s->images_per_packet);
	*packet = packet_of(s, FF_PACKET_INFER);
	packet->end = layers_so_far(s);
	packet->queries_at = s->at;
	packet->queries = images;
	packet->scored = s->experiment->mode == FF_SUPERVISED ? images * s->shape.classes : 0;
	packet->plain = head_ready(s) ? images : 0;
	packet->plain_at = packet->scored;
	packet->rows = packet->scored + packet->plain;
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
	s->filled = s->alone;
	*packet = packet_of(s, FF_PACKET_EPOCH_END);
	packet->closes_epoch = due(s, 0) == FF_N_SETS;
	return true;
}

/* Asks for the verdict on the epoch's evaluation. */
static bool next_verdict(struct ff_schedule *s, struct ff_packet *packet)
{
	enum ff_verdict verdict = s->verdict(s->verdict_user);
	*packet = packet_of(s, FF_PACKET_KEEP); /* of the epoch that was evaluated */
	if (verdict == FF_VERDICT_STOP)
		enter(s, FF_PHASE_STOP);
	else
		advance(s);
	s->restorable |= verdict == FF_VERDICT_KEEP;
	return verdict == FF_VERDICT_KEEP;
}

static bool next_checkpoint(struct ff_schedule *s, struct ff_packet *packet)
{
	enter(s, FF_PHASE_TRAIN);
	*packet = packet_of(s, FF_PACKET_CHECKPOINT);
	packet->restore = s->restorable;
	return true;
}

static bool next_stop(struct ff_schedule *s, struct ff_packet *packet)
{
	enter(s, s->training_only ? FF_PHASE_END : FF_PHASE_SETS);
	*packet = packet_of(s, FF_PACKET_STOP);
	packet->restore = s->restorable;
	if (s->restorable)
		memset(s->measured, 0, sizeof s->measured);
	return true;
}

bool ff_schedule_resume(struct ff_schedule *schedule, int alone, int64_t epoch, bool restorable)
{
	const struct ff_experiment *e = schedule->experiment;
	bool after = alone == e->n_layers && e->head.when == FF_HEAD_AFTER;
	bool layers = e->train.order == FF_GREEDY ? alone >= 0 && alone < e->n_layers : alone == FF_ALL_TOGETHER;
	if (!after && !layers)
		return false;
	schedule->alone = alone;
	schedule->epoch = epoch;
	schedule->restorable = restorable;
	return epoch >= 1 && epoch <= epochs_of_stage(schedule) && (!restorable || e->train.patience > 0);
}

struct ff_packet ff_schedule_typical(const struct ff_experiment *e, const struct ff_data_shape *shape,
                                     enum ff_typical typical)
{
	size_t n = ff_schedule_tile_size(e, shape);
	bool head = e->head.when == FF_HEAD_TOGETHER, adaptive = ff_is_adaptive(e);
	bool positives = e->mode == FF_UNSUPERVISED && !ff_schedule_any_dropout(e); /* serve as plain rows */
	struct ff_packet packet = {
	    .kind = FF_PACKET_TRAIN,
	    .alone = FF_ALL_TOGETHER,
	    .end = e->n_layers,
	    .sides = ff_schedule_sides(e),
	    .n = typical == FF_TYPICAL_QUERIES ? 0 : n,
	    .queries = typical != FF_TYPICAL_SAMPLES && (head || adaptive) ? n : 0,
	    .known = typical == FF_TYPICAL_SAMPLES,
	    .csr = shape->csr,
	};
	packet.plain = head ? packet.queries : 0;
	packet.draws = adaptive && packet.queries;
	packet.scored = packet.draws && e->negatives.draw == FF_DRAW_GOODNESS ? packet.queries * shape->classes : 0;
	packet.rows = ff_packet_sample_rows(&packet) + packet.scored + (positives && packet.n ? 0 : packet.plain);
	return packet;
}

bool ff_schedule_next(struct ff_schedule *schedule, struct ff_packet *packet)
{
	typedef bool next_fn(struct ff_schedule *, struct ff_packet *);
	static next_fn *const NEXT[] = {
	    [FF_PHASE_TRAIN] = next_tile,
	    [FF_PHASE_EPOCH_END] = next_epoch_end,
	    [FF_PHASE_EPOCH_SETS] = next_images,
	    [FF_PHASE_VERDICT] = next_verdict,
	    [FF_PHASE_STOP] = next_stop,
	    [FF_PHASE_SETS] = next_images,
	    [FF_PHASE_CHECKPOINT] = next_checkpoint,
	};
	while (schedule->phase != FF_PHASE_END)
		if (NEXT[schedule->phase](schedule, packet)) {
			packet->sequence = schedule->sequence++;
			return true;
		}
	return false;
}
