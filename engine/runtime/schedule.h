/* The schedule of a run: all its packets, in the order in which every stage sees them.
 *
 *     together   for each epoch:  its tiles, EPOCH_END, INFER of what is measured in this epoch
 *     greedy     the same for each layer in turn
 *     then       STOP, INFER of what is measured at the end
 *
 * It depends on the experiment and the sizes of its sets alone, but for an early stop. One thread. */
#ifndef ENGINE_RUNTIME_SCHEDULE_H
#define ENGINE_RUNTIME_SCHEDULE_H

#include "ffengine/experiment.h"
#include "runtime/packet.h"

/* What the schedule and the stages have to know of a dataset. */
struct ff_data_shape {
	size_t features, classes;
	size_t n[FF_N_SETS]; /* images of each set */
};

/* True if the run shall end early. Asked between batches, from the thread that asks for packets. */
typedef bool ff_stop_fn(void *user);

enum ff_phase { FF_PHASE_TRAIN, FF_PHASE_EPOCH_END, FF_PHASE_EPOCH_SETS, FF_PHASE_STOP, FF_PHASE_SETS, FF_PHASE_END };

struct ff_schedule {
	const struct ff_experiment *experiment; /* borrowed */
	struct ff_data_shape shape;
	const size_t *kept;       /* [L] images whose rows each greedy layer keeps (cache.h); borrowed */
	size_t batch;             /* pairs */
	size_t images_per_packet; /* of inference */
	ff_stop_fn *stop;         /* may be NULL */
	void *user;

	enum ff_phase phase; /* where it is: the next packet's */
	int layer;
	int64_t epoch;
	size_t at;
	int set;
	bool measured[FF_N_SETS]; /* with the weights as they are */
	uint64_t sequence;
	bool interrupted; /* it ended early */
};

/* Pairs of a training packet, but for an epoch's last ones. */
size_t ff_schedule_tile_pairs(const struct ff_experiment *experiment, const struct ff_data_shape *shape);

/* Rows of the largest packet: two a pair in training, one a class in inference. Fixed by the experiment alone. */
size_t ff_schedule_max_rows(const struct ff_experiment *experiment, const struct ff_data_shape *shape);

void ff_schedule_init(struct ff_schedule *schedule, const struct ff_experiment *experiment,
                      const struct ff_data_shape *shape, const size_t *kept, ff_stop_fn *stop, void *user);

/* The next packet; false after the last one. A stop ends training after the batch that the source is at, and goes on with
 * STOP and the validation and test images; during the last evaluations it ends those too. */
bool ff_schedule_next(struct ff_schedule *schedule, struct ff_packet *packet);

#endif
