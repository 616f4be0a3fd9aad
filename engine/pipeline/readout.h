/* The readout: the station behind the layers that turns what they say of an image into answers. It runs the softmax
 * head where there is one, and draws the wrong labels of adaptive negatives for the source.
 *
 * Like a stage, for each packet it first hands on (logits, drawn labels), then learns. One leader at a time; nothing is
 * allocated after ff_readout_init(). */
#ifndef ENGINE_PIPELINE_READOUT_H
#define ENGINE_PIPELINE_READOUT_H

#include "model/head.h"
#include "pipeline/input_cache.h"
#include "pipeline/station.h"
#include "pipeline/track.h"

/* What the head's packets of an epoch added up to; rows is 0 if it did not learn. */
struct ff_readout_sums {
	struct ff_head_sums head;
	struct ff_station_time time;
};

struct ff_readout {
	const struct ff_experiment *experiment; /* borrowed */
	struct ff_head head;                    /* unused without one */
	bool has_head;
	struct ff_input_cache *cache; /* of the head's inputs; borrowed, NULL: none are kept */
	struct ff_team team;
	struct ff_arena arena;
	size_t classes, max_probes;
	const uint8_t *labels; /* of the training images; borrowed, set before it runs */
	float *logits;         /* [max_probes x C], of the packet under way */
	uint8_t *targets;      /* [max_probes], its labels */
	float *best;           /* the head's best parameters; NULL if none are ever kept */
	struct ff_readout_sums sums;
	double seconds;         /* at work so far */
	struct ff_track *track; /* of its leader; borrowed, NULL: no profile */
};

/* Whether an experiment needs one. */
bool ff_readout_needed(const struct ff_experiment *experiment);

/* Bytes that ff_readout_init() would allocate. */
size_t ff_readout_bytes(const struct ff_experiment *experiment, size_t classes, size_t max_probes);

/* Errors: FF_ERROR_MEMORY. The experiment must outlive it. */
FF_NODISCARD ff_status ff_readout_init(struct ff_readout *readout, const struct ff_experiment *experiment,
                                       size_t classes, size_t max_probes, struct ff_team team, struct ff_error *error);

void ff_readout_fini(struct ff_readout *readout);

/* By the leader: sets the head's weights to 0. */
void ff_readout_begin(struct ff_readout *readout);

/* The parts of the head's input [plain x O_l] that lie in the slots at `parts` [n_parts]: left as they are, kept, or
 * those that the cache has. */
void ff_readout_take_parts(struct ff_readout *readout, const struct ff_slot *in, float *const slots[],
                           const float *parts[]);

/* Takes a packet in `in`, and the parts of the head's input [plain x O_l] in the order of its layers; writes what goes
 * on to the collector: header, what is carried, and for inference the logits. drawn [probes]: the wrong labels drawn
 * from a training packet's probes; NULL if none are wanted. */
void ff_readout_hand_on(struct ff_readout *readout, const struct ff_slot *in, const float *const parts[],
                        const struct ff_slot *out, uint8_t *drawn);

/* The head learns from the packet that was handed on last, if it is one to learn from.
 * Errors: FF_ERROR_NUMERIC if its loss is not finite; it is then not updated. */
FF_NODISCARD ff_status ff_readout_learn(struct ff_readout *readout, const struct ff_slot *in,
                                        const float *const parts[], struct ff_error *error);

#endif
