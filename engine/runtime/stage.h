/* A stage: one layer with its team, its scratch and what it hands on.
 *
 * A stage trains on a packet (forward, hand on, learn, and after a batch's last tile the update) or infers rows
 * (forward, hand on). What it hands on is its activations, from before the update, normalised as the next layer wants
 * its input.
 * One leader at a time; nothing is allocated after ff_stage_init(). */
#ifndef ENGINE_RUNTIME_STAGE_H
#define ENGINE_RUNTIME_STAGE_H

#include "model/layer.h"
#include "runtime/packet.h"

/* What a stage's packets of an epoch added up to. */
struct ff_stage_sums {
	struct ff_tile_sums tiles;
	size_t pairs; /* 0 for a layer that did not train */
};

struct ff_stage {
	struct ff_layer layer;
	int index; /* of the layer, from 0 */
	struct ff_team team;
	struct ff_arena arena;
	const struct ff_layer_config *next; /* whose input this stage normalises; its own layer's if it is the last */
	size_t max_rows;
	float *y;                     /* [max_rows x O], then delta */
	float *sum_square, *goodness; /* [max_rows] */
	struct ff_stage_sums sums;    /* of the epoch so far */
};

/* Bytes that ff_stage_init() would allocate. */
size_t ff_stage_bytes(const struct ff_experiment *experiment, int index, size_t inputs, size_t max_rows);

/* Allocates and draws the initial weights. Errors: FF_ERROR_MEMORY. The experiment must outlive the stage. */
FF_NODISCARD ff_status ff_stage_init(struct ff_stage *stage, const struct ff_experiment *experiment, int index,
                                     size_t inputs, size_t max_rows, struct ff_team team, struct ff_error *error);

void ff_stage_fini(struct ff_stage *stage);

/* Ends an epoch: gives its sums and starts them anew. */
struct ff_stage_sums ff_stage_end_epoch(struct ff_stage *stage);

/* Trains on x [2 pairs x I]. out [2 pairs x O] is what is handed on, or NULL if nobody reads it.
 * Errors: FF_ERROR_NUMERIC if the loss is not finite (names layer, epoch, batch and learning rate); the layer is then
 * not updated. */
FF_NODISCARD ff_status ff_stage_train(struct ff_stage *stage, const struct ff_packet *packet, const float *x,
                                      float *out, struct ff_error *error);

/* Infers rows of x [rows x I] into goodness [rows]; out as above. */
void ff_stage_infer(struct ff_stage *stage, const float *x, size_t rows, float *out, float *goodness);

#endif
