#include "run/train.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/error.h"
#include "run/evaluate.h"

/* A training as its collector sees it. */
struct trainer {
	const struct ff_training *of;
	struct ff_training_totals *totals;
	struct ff_tally tallies[FF_N_SETS];
	struct ff_epoch_metrics metrics; /* of the epoch that still waits for evaluations */
	bool pending;                    /* there is such an epoch */
	bool begun;                      /* a packet has arrived */
	double least_error;              /* on the validation images so far */
	int64_t least_epoch;             /* the epoch that had it */
	int64_t without_gain;            /* evaluations since then */
	int64_t all_epochs;
	double started;       /* of the run */
	double epoch_started; /* when everything before this epoch had arrived; only for the progress */
};

/* ---- training ---- */

/* Whether only the head trains, after the layers. */
static bool head_alone(const struct trainer *t, const struct ff_packet *packet)
{
	return packet->alone == t->of->net->n_layers;
}

static int epochs_of(const struct trainer *t, const struct ff_packet *packet)
{
	const struct ff_experiment *experiment = t->of->experiment;
	return (int)(head_alone(t, packet) ? experiment->head.epochs : experiment->train.epochs);
}

static void report_training(const struct trainer *t, const struct ff_packet *packet)
{
	bool head = head_alone(t, packet);
	double n = (double)t->of->source->n;
	double pairs = head ? (double)(packet->queries_at + packet->queries) : (double)(packet->at + packet->n);
	double now = ff_clock(), done = ((double)t->totals->epochs + pairs / n) / (double)t->all_epochs;
	struct ff_progress progress = {
	    .phase = "training",
	    .layer = packet->alone + 1,
	    .n_layers = t->of->net->n_layers,
	    .epoch = (int)packet->epoch,
	    .epochs = epochs_of(t, packet),
	    .done = done,
	    .samples_per_second = now > t->epoch_started ? pairs / (now - t->epoch_started) : 0,
	    /* The time passed includes evaluations, which will go on taking their share. */
	    .seconds_left = (now - t->started) * (1 - done) / done,
	};
	t->of->progress(t->of->user, &progress);
}

static ff_status take_tile(struct trainer *t, const struct ff_slot *slot, struct ff_error *error)
{
	bool head = head_alone(t, slot->packet);
	(void)error;
	for (int s = 0; s < FF_N_SETS; s++) /* earlier evaluations are of other weights */
		t->of->sets[s]->n = 0;
	*(head ? &t->totals->head_images : &t->totals->pairs) +=
	    (int64_t)(head ? slot->packet->queries : slot->packet->n);
	if (slot->packet->n || head)
		report_training(t, slot->packet);
	return FF_OK;
}

/* ---- the end of an epoch ---- */

static ff_status close_epoch(struct trainer *t, struct ff_error *error)
{
	t->pending = false;
	ff_status status = t->of->epoch(t->of->user, &t->metrics, error);
	t->epoch_started = ff_clock();
	return status;
}

/* Wall-clock time of an epoch's training: from its first packet to its end, on the leader that did the most work. Only a
 * leader's own time tells, since in a pipeline other leaders may still evaluate the epoch before. */
static double training_seconds(const struct trainer *t, const struct ff_station_sums *sums)
{
	const struct ff_graph *graph = &t->of->net->graph;
	double most = 0, seconds = 0;
	for (int i = 0; i < graph->n_leaders; i++) {
		const struct ff_leader *leader = &graph->leaders[i];
		double busy = 0;
		for (int s = leader->first; s < leader->end; s++)
			busy += sums[s].time.busy;
		if (busy > most) {
			most = busy;
			seconds = sums[leader->end - 1].time.ended - sums[leader->first].time.began;
		}
	}
	return seconds;
}

static void add_seconds(struct trainer *t, const struct ff_packet *packet, double seconds)
{
	t->totals->seconds += seconds;
	t->totals->head_seconds += head_alone(t, packet) ? seconds : 0;
}

/* Takes what the readout added behind the layers' sums. */
static void add_head(struct trainer *t, const struct ff_station_sums *readout)
{
	double rows = (double)readout->samples; /* 0 for a head that did not train: NaN */
	t->metrics.head_loss = readout->loss / rows;
	t->metrics.head_error = (double)readout->wrong / rows;
}

static void add_layer(struct trainer *t, int l, const struct ff_station_sums *sums)
{
	double samples = (double)sums->samples; /* 0 for a layer that did not train: NaN */
	bool negatives = ff_has_negative(ff_schedule_sides(t->of->experiment));
	t->metrics.loss[l] = sums->loss / samples;
	t->metrics.goodness_positive[l] = sums->positive / samples;
	t->metrics.goodness_negative[l] = negatives ? sums->negative / samples : NAN;
}

static ff_status take_epoch_end(struct trainer *t, const struct ff_slot *slot, struct ff_error *error)
{
	const struct ff_station_sums *sums = slot->carried; /* [stations] */
	double seconds = training_seconds(t, sums);
	t->metrics = (struct ff_epoch_metrics){
	    .layer = slot->packet->alone + 1,
	    .epoch = (int)slot->packet->epoch,
	    .n_layers = t->of->net->n_layers,
	    .rate = slot->packet->rate_factor,
	    .head_loss = NAN,
	    .head_error = NAN,
	    .train_error = NAN,
	    .validation_error = NAN,
	    .test_error = NAN,
	    .seconds = seconds,
	    .samples_per_second = (double)t->of->source->n / seconds,
	};
	for (int l = 0; l < t->metrics.n_layers; l++)
		add_layer(t, l, &sums[l]);
	if (ff_net_head(t->of->net))
		add_head(t, &sums[t->metrics.n_layers]);
	t->totals->epochs++;
	t->totals->head_epochs += head_alone(t, slot->packet);
	add_seconds(t, slot->packet, seconds);
	t->pending = true;
	return slot->packet->closes_epoch ? close_epoch(t, error) : FF_OK;
}

/* ---- evaluation ---- */

static void report_evaluation(const struct trainer *t, const struct ff_packet *packet)
{
	static const char *const PHASES[] = {"evaluating train", "evaluating validation", "evaluating test"};
	size_t n = ff_dataset_images(t->of->dataset, packet->set)->n;
	struct ff_progress progress = {
	    .phase = PHASES[packet->set],
	    .n_layers = t->of->net->n_layers,
	    .epoch = (int)packet->epoch,
	    .epochs = epochs_of(t, packet),
	    .done = (double)(packet->queries_at + packet->queries) / (double)n,
	    .seconds_left = NAN,
	};
	t->of->progress(t->of->user, &progress);
}

/* KEEP if the epoch's weights are the best so far; STOP if the last improvement is `patience` evaluations old. */
static enum ff_verdict verdict_on(struct trainer *t)
{
	if (t->metrics.validation_error < t->least_error) {
		t->least_error = t->metrics.validation_error;
		t->least_epoch = t->metrics.epoch;
		t->without_gain = 0;
		return FF_VERDICT_KEEP;
	}
	return ++t->without_gain >= t->of->experiment->train.patience ? FF_VERDICT_STOP : FF_VERDICT_GO_ON;
}

static ff_status take_images(struct trainer *t, const struct ff_slot *slot, struct ff_error *error)
{
	const struct ff_packet *packet = slot->packet;
	double *const errors[] = {&t->metrics.train_error, &t->metrics.validation_error, &t->metrics.test_error};
	FF_TRY(ff_tally_add(&t->tallies[packet->set], t->of->experiment, t->of->dataset, slot, error));
	report_evaluation(t, packet);
	if (packet->last)
		*errors[packet->set] = t->of->sets[packet->set]->error;
	if (!packet->closes_epoch)
		return FF_OK;
	FF_TRY(close_epoch(t, error));
	/* The source waits for a verdict whenever the validation images were evaluated. */
	if (t->of->net->graph.verdict >= 0 && t->of->sets[FF_SET_VALIDATION]->n)
		ff_net_post_verdict(t->of->net, verdict_on(t));
	return FF_OK;
}

/* Every station has kept its weights of the epoch of the last verdict. */
static ff_status take_keep(struct trainer *t, const struct ff_slot *slot, struct ff_error *error)
{
	(void)slot, (void)error;
	t->totals->best_epoch = t->least_epoch;
	return FF_OK;
}

static ff_status take_checkpoint(struct trainer *t, const struct ff_slot *slot, struct ff_error *error)
{
	(void)error;
	const struct ff_training_state state = {
	    .alone = slot->packet->alone,
	    .epoch = slot->packet->epoch,
	    .restorable = slot->packet->restore,
	    .least_error = t->least_error,
	    .without_gain = t->without_gain,
	    .totals = *t->totals,
	    .seconds = ff_clock() - t->started,
	};
	t->of->checkpoint(t->of->user, slot->packet->sequence, &state);
	t->epoch_started = ff_clock();
	return FF_OK;
}

static ff_status take_stop(struct trainer *t, const struct ff_slot *slot, struct ff_error *error)
{
	for (int s = 0; s < FF_N_SETS && slot->packet->restore; s++)
		t->of->sets[s]->n = 0;                                    /* measured with weights that are gone now */
	add_seconds(t, slot->packet, training_seconds(t, slot->carried)); /* of an incomplete epoch */
	int layers = t->of->net->n_layers, alone = slot->packet->alone;
	t->totals->layers = alone == FF_ALL_TOGETHER || alone >= layers ? layers : alone + 1;
	if (t->pending) /* stopped before its evaluation was complete */
		FF_TRY(close_epoch(t, error));
	return t->of->trained ? t->of->trained(t->of->user, error) : FF_OK;
}

/* ---- the run ---- */

static ff_status take_packet(void *user, const struct ff_slot *slot, struct ff_error *error)
{
	typedef ff_status take_fn(struct trainer *, const struct ff_slot *, struct ff_error *);
	static take_fn *const TAKE[] = {
	    [FF_PACKET_TRAIN] = take_tile,   [FF_PACKET_EPOCH_END] = take_epoch_end,
	    [FF_PACKET_INFER] = take_images, [FF_PACKET_KEEP] = take_keep,
	    [FF_PACKET_STOP] = take_stop,    [FF_PACKET_CHECKPOINT] = take_checkpoint,
	};
	struct trainer *t = user;
	if (!t->begun && t->of->begun)
		t->of->begun(t->of->user);
	t->begun = true;
	return TAKE[slot->packet->kind](t, slot, error);
}

static ff_status execute(struct trainer *t, struct ff_error *error)
{
	const struct ff_training *of = t->of;
	const struct ff_data_shape shape = ff_source_shape(of->experiment, of->dataset);
	struct ff_schedule schedule;
	ff_schedule_init(&schedule, of->experiment, &shape, of->net->cache.kept, of->stop, of->user);
	schedule.training_only = of->training_only;
	schedule.due = of->due;
	if (of->state && !ff_schedule_resume(&schedule, of->state->alone, of->state->epoch, of->state->restorable))
		return ff_fail(error, FF_ERROR_DATA,
		               "the checkpoint's state does not occur in this experiment's training");
	struct ff_execution execution = {
	    .net = of->net,
	    .source = of->source,
	    .schedule = &schedule,
	    .collect = take_packet,
	    .user = t,
	    .probe = of->probe,
	    .binding = of->binding,
	    .profile = of->profile,
	    .writer = of->writer,
	    .resume = of->resume,
	};
	ff_status status = ff_execute(&execution, error);
	t->totals->interrupted = schedule.interrupted;
	return status;
}

static void go_on(struct trainer *t, const struct ff_training_state *state)
{
	t->least_error = state->least_error;
	t->without_gain = state->without_gain;
	*t->totals = state->totals;
	t->started -= state->seconds;
}

ff_status ff_train(const struct ff_training *training, struct ff_training_totals *totals, struct ff_error *error)
{
	const struct ff_experiment *experiment = training->experiment;
	int turns = experiment->train.order == FF_GREEDY ? experiment->n_layers : 1;
	struct trainer *trainer = malloc(sizeof *trainer);
	*totals = (struct ff_training_totals){0};
	if (!trainer)
		return ff_fail(error, FF_ERROR_MEMORY, "no memory to collect results");
	*trainer = (struct trainer){
	    .of = training,
	    .totals = totals,
	    .least_error = INFINITY,
	    .all_epochs = experiment->train.epochs * turns +
	                  (experiment->head.when == FF_HEAD_AFTER ? experiment->head.epochs : 0),
	    .started = ff_clock(),
	    .epoch_started = ff_clock(),
	};
	for (int s = 0; s < FF_N_SETS; s++)
		trainer->tallies[s].evaluation = training->sets[s];
	if (training->state)
		go_on(trainer, training->state);
	ff_status status = execute(trainer, error);
	free(trainer);
	return status;
}
