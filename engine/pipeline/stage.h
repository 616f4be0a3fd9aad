/* A stage: one layer with its team, its scratch and what it hands on.
 *
 * For each packet a stage first hands on (forward, goodness, and its activations normalised as the next layer wants its
 * input), then learns (losses, gradient, and after a batch's last tile the update). What it hands on is thus from
 * before the update, and the next stage need not wait for the learning.
 * One leader at a time; nothing is allocated after ff_stage_init(). */
#ifndef ENGINE_PIPELINE_STAGE_H
#define ENGINE_PIPELINE_STAGE_H

#include "pipeline/input_cache.h"
#include "pipeline/schedule.h"
#include "pipeline/station.h"
#include "pipeline/track.h"

struct ff_stage {
	struct ff_layer layer;
	int index; /* of the layer, from 0 */
	struct ff_team team;
	struct ff_arena arena;
	const struct ff_layer_config *next; /* whose input this stage normalises; its own layer's if it is the last */
	struct ff_input_cache *cache;       /* of greedy inputs; borrowed, NULL: none are kept */
	size_t max_rows;
	size_t classes;               /* C of the labels that come with images; 0: rows come as they are */
	struct ff_labelled_room room; /* for those */
	const float *x;               /* the rows of the packet at hand, in its slot or in the cache; NULL: as lists */
	float *y;                     /* [max_rows x O], then delta */
	float *sum_square, *goodness; /* [max_rows] */
	struct ff_stage_sums sums;    /* of the epoch so far */
	float *best;                  /* [I*O + O], a copy of the parameters; NULL if none is ever kept */
	bool read_above;              /* the head reads what the last layer hands on */
	double seconds;               /* at work so far */
	struct ff_track *track;       /* of its leader; borrowed, NULL: no profile */
};

/* Bytes that ff_stage_init() would allocate. */
size_t ff_stage_bytes(const struct ff_experiment *experiment, const struct ff_data_shape *shape, int index);

/* Allocates, and touches nothing. Errors: FF_ERROR_MEMORY. The experiment must outlive the stage. */
FF_NODISCARD ff_status ff_stage_init(struct ff_stage *stage, const struct ff_experiment *experiment,
                                     const struct ff_data_shape *shape, int index, struct ff_team team,
                                     struct ff_error *error);

void ff_stage_fini(struct ff_stage *stage);

/* Draws the initial weights. By the leader, whose team is thus the first to touch them. */
void ff_stage_begin(struct ff_stage *stage);

/* Takes a packet and writes what goes on to the next station: its header, what it carries and this stage's share of
 * that, and for the layers above this one the rows [rows x O]; behind the last layer, out's rows are the plain ones
 * alone [plain x O]. side: the way to the head, or NULL: the header and the plain rows. */
void ff_stage_hand_on(struct ff_stage *stage, const struct ff_slot *in, const struct ff_slot *out,
                      const struct ff_slot *side);

/* Learns from the packet that was handed on last; nothing to do unless it is this layer's to learn from.
 * Errors: FF_ERROR_NUMERIC if the loss is not finite (names layer, epoch, batch and learning rate); the layer is then
 * not updated. */
FF_NODISCARD ff_status ff_stage_learn(struct ff_stage *stage, const struct ff_slot *in, struct ff_error *error);

#endif
