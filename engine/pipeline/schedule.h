/* The schedule of a run: all its packets, in the order in which every station sees them.
 *
 *     together   for each epoch:  its tiles, EPOCH_END, INFER of what is measured in this epoch
 *     greedy     the same for each layer, one after the other: the greedy stages
 *     a head     that trains after the layers: the same once more, for its epochs
 *     then       STOP, INFER of what is measured at the end
 *
 * Between two epochs, behind the verdict on the first, comes a CHECKPOINT where one is due; its epoch and greedy stage
 * are those of the second, at which ff_schedule_resume() goes on.
 *
 * Adaptive negatives: the wrong labels of batch t come from queries about batch t's images, which travel D batches ahead
 * of its samples, so from weights exactly D updates old. The first D batches' queries are sent before the first samples;
 * with D = 0, each batch's queries just before its samples (Hinton's order). Nothing crosses an epoch.
 *
 * It depends on the experiment and the sizes of its sets alone, but for an early stop. One thread. */
#ifndef ENGINE_PIPELINE_SCHEDULE_H
#define ENGINE_PIPELINE_SCHEDULE_H

#include "pipeline/packet.h"
#include "pipeline/sizes.h"

/* What comes of an epoch's evaluation where training may stop early. */
enum ff_verdict { FF_VERDICT_GO_ON, FF_VERDICT_KEEP, FF_VERDICT_STOP };

/* Waits for the verdict on the epoch whose last packet was given. */
typedef enum ff_verdict ff_verdict_fn(void *user);

/* True if the run shall end early. Asked between batches, from the thread that asks for packets. */
typedef bool ff_stop_fn(void *user);

/* True if a checkpoint is due. Asked between epochs, from the thread that asks for packets. */
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
	const size_t *kept; /* [L + 1] images whose rows are kept in each greedy stage (input_cache.h); borrowed */
	size_t batch, most_samples; /* samples of a batch; of a packet at most */
	size_t sides;               /* S, rows of a sample */
	size_t lag;                 /* D, in samples; where negatives are adaptive */
	bool adaptive, head;        /* wrong labels are drawn from the net's answers; there is a head */
	size_t images_per_packet;   /* of inference */
	ff_stop_fn *stop;           /* may be NULL */
	ff_due_fn *due;             /* likewise */
	void *user;                 /* of both */
	bool training_only;         /* it ends behind STOP: nothing is measured at the end */
	ff_verdict_fn *verdict;     /* asked after each measured epoch if there is a patience; set by the execution */
	void *verdict_user;

	enum ff_schedule_phase phase; /* where it is: the next packet's */
	int alone;                    /* as in a packet */
	int filled;                   /* the greedy stage whose rows are kept by now; 0: none */
	int64_t epoch;
	size_t at, queries_at;
	int set;
	bool measured[FF_N_SETS]; /* with the weights as they are */
	uint64_t sequence;
	bool restorable;  /* some weights were kept as the best */
	bool interrupted; /* it ended early, as `stop` wished */
};

void ff_schedule_init(struct ff_schedule *schedule, const struct ff_experiment *experiment,
                      const struct ff_data_shape *shape, const size_t *kept, ff_stop_fn *stop, void *user);

/* Goes on before this epoch of this greedy stage, as a packet CHECKPOINT has them, instead of at the beginning; `restorable`:
 * the best weights so far are kept. False if the experiment has no such place. */
FF_NODISCARD bool ff_schedule_resume(struct ff_schedule *schedule, int alone, int64_t epoch, bool restorable);

/* What a packet of training brings the stations, to tell its work beforehand. With a lag of 0 a batch is two packets. */
enum ff_typical { FF_TYPICAL_WHOLE, FF_TYPICAL_QUERIES, FF_TYPICAL_SAMPLES };

/* A packet as they come past an epoch's beginning where all layers train together. */
struct ff_packet ff_schedule_typical(const struct ff_experiment *experiment, const struct ff_data_shape *shape,
                                     enum ff_typical typical);

/* The next packet; false after the last one. A stop ends training after the batch that the source is at, and goes on
 * with STOP and the validation and test images; during the last evaluations it ends those too. */
bool ff_schedule_next(struct ff_schedule *schedule, struct ff_packet *packet);

#endif
