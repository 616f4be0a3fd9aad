/* The schedule of a run: all its packets, in the order in which every station sees them.
 *
 *     together   for each epoch:  its tiles, EPOCH_END, INFER of the sets that are evaluated in this epoch
 *     greedy     the same for each layer in turn: the greedy stages
 *     head       if it trains after the layers: the same once more, for its epochs
 *     then       STOP, INFER of the sets that are evaluated at the end
 *
 * A CHECKPOINT, where one is due, comes between two epochs, after the verdict on the first. It carries the epoch and
 * greedy stage of the second, at which ff_schedule_resume() continues.
 *
 * Adaptive negatives: the wrong labels of batch t come from queries about the images of batch t, which travel D batches
 * ahead of its samples, so they stem from weights exactly D updates old. The queries of the first D batches are sent
 * before the first samples; with D = 0 each batch's queries are sent just before its samples (Hinton's order). Nothing
 * crosses an epoch.
 *
 * Apart from an early stop the schedule depends only on the experiment and the sizes of its sets. Not thread-safe. */
#ifndef ENGINE_PIPELINE_SCHEDULE_H
#define ENGINE_PIPELINE_SCHEDULE_H

#include "pipeline/packet.h"
#include "pipeline/sizes.h"

/* What follows from an epoch's evaluation with early stopping. */
enum ff_verdict { FF_VERDICT_GO_ON, FF_VERDICT_KEEP, FF_VERDICT_STOP };

/* Waits for the verdict on the epoch whose last packet was returned. */
typedef enum ff_verdict ff_verdict_fn(void *user);

/* True if the run is to end early. Called between batches, on the thread that calls ff_schedule_next(). */
typedef bool ff_stop_fn(void *user);

/* True if a checkpoint is due. Called between epochs, on the thread that calls ff_schedule_next(). */
typedef bool ff_due_fn(void *user);

enum ff_schedule_phase {
	FF_PHASE_TRAIN,
	FF_PHASE_EPOCH_END,
	FF_PHASE_EPOCH_SETS,
	FF_PHASE_VERDICT,
	FF_PHASE_CHECKPOINT,
	FF_PHASE_STOP,
	FF_PHASE_SETS,
	FF_PHASE_END,
};

struct ff_schedule {
	const struct ff_experiment *experiment; /* borrowed */
	struct ff_data_shape shape;
	const size_t *kept; /* [L + 1] images whose rows are cached in each greedy stage (input_cache.h); borrowed */
	size_t batch, max_samples; /* samples of a batch; largest number of samples of a packet */
	size_t sides;              /* S, rows of a sample */
	size_t lag;                /* D in samples, for adaptive negatives */
	bool adaptive, head;       /* wrong labels are drawn from the net's answers; there is a head */
	size_t images_per_packet;  /* of inference */
	ff_stop_fn *stop;          /* may be NULL */
	ff_due_fn *due;            /* likewise */
	void *user;                /* of both */
	bool training_only;        /* ends after STOP, without a final evaluation */
	ff_verdict_fn *verdict;    /* called after each evaluated epoch if there is a patience; set by the execution */
	void *verdict_user;

	enum ff_schedule_phase phase; /* of the next packet */
	int alone;                    /* as in struct ff_packet */
	int filled;                   /* the greedy stage whose rows are cached; 0: none */
	int64_t epoch;
	size_t at, queries_at;
	int set;
	bool measured[FF_N_SETS]; /* evaluated with the current weights */
	uint64_t sequence;
	bool restorable;  /* best weights were kept */
	bool interrupted; /* it ended early, because `stop` returned true */
};

void ff_schedule_init(struct ff_schedule *schedule, const struct ff_experiment *experiment,
                      const struct ff_data_shape *shape, const size_t *kept, ff_stop_fn *stop, void *user);

/* Starts at this epoch of this greedy stage, as a packet CHECKPOINT carries them, instead of at the beginning.
 * `restorable`: best weights were kept. Returns false if the experiment has no such epoch or stage. */
FF_NODISCARD bool ff_schedule_resume(struct ff_schedule *schedule, int alone, int64_t epoch, bool restorable);

/* The training packets of a batch, for estimating the work. With a lag of 0 a batch is two packets: queries, then
 * samples. */
enum ff_typical { FF_TYPICAL_WHOLE, FF_TYPICAL_QUERIES, FF_TYPICAL_SAMPLES };

/* A typical packet where all layers train together, past the start of an epoch. */
struct ff_packet ff_schedule_typical(const struct ff_experiment *experiment, const struct ff_data_shape *shape,
                                     enum ff_typical typical);

/* Fills the next packet; false after the last one. A stop ends training after the current batch and continues with STOP
 * and the validation and test images; during the final evaluation it ends that too. */
bool ff_schedule_next(struct ff_schedule *schedule, struct ff_packet *packet);

#endif
