/* Weights W [I x O] and biases b [O] of a layer: how they are laid out, drawn, and updated from the gradient
 * grad W = x^T delta. What dense and labelled layers share. As in layer.h, functions work with the whole team. */
#ifndef ENGINE_MODEL_WEIGHTS_H
#define ENGINE_MODEL_WEIGHTS_H

#include "model/layer.h"
#include "product/csr.h"
#include "product/gemm.h"

/* Lays W and b out, and what peers and images' offsets add to their gradient. panel: as product/panels.h, 0: row-major. */
void ff_weights_layout(struct ff_layer *layer, struct ff_arena *arena, size_t panel);

/* Draws W and b from the seed's streams of the layer: normal: W ~ N(0, 1/I), b = 0; uniform: W and b uniform in
 * (-1/sqrt(I), 1/sqrt(I)] (the default of PyTorch's nn.Linear). Optimizer state and peers' means begin anew. */
void ff_weights_init(struct ff_layer *layer, const struct ff_team *team);

/* W [I x O], as ff_layer_panels() says where its numbers stand, and b [O]. */
static inline float *ff_layer_weight(const struct ff_layer *layer)
{
	return layer->parameters.value;
}
static inline struct ff_panels ff_layer_panels(const struct ff_layer *layer)
{
	return (struct ff_panels){layer->inputs, layer->outputs, layer->panel ? layer->panel : layer->outputs};
}
/* W [i][j], for those who look at few of them. */
static inline float *ff_layer_weight_at(const struct ff_layer *layer, size_t i, size_t j)
{
	return layer->parameters.value + ff_panel_at(ff_layer_panels(layer), i, j);
}
static inline float *ff_layer_bias(const struct ff_layer *layer)
{
	return layer->parameters.value + layer->inputs * layer->outputs;
}

/* The factors of a gradient: W's rows from `first_input` on are x^T delta, for x [rows x I - first_input]. */
struct ff_weight_gradient {
	const float *x;
	struct ff_csr_rows csr; /* x, where it comes as CSR rows */
	struct ff_deltas deltas;
	size_t rows, first_input;
};

/* grad W (+)= x^T delta. */
void ff_weights_add_gradient(struct ff_layer *layer, const struct ff_team *team,
                             const struct ff_weight_gradient *gradient, bool first);

/* One optimizer step over W and b from the gradient that stands in the layer, as ff_layer_update(). */
void ff_weights_update(struct ff_layer *layer, const struct ff_team *team, size_t batch, double rate_factor);

/* The same without storing grad W: each block of it is used while it is in cache. */
void ff_weights_step(struct ff_layer *layer, const struct ff_team *team, const struct ff_weight_gradient *gradient,
                     size_t batch, double rate_factor);

/* A layer's products with W: forward of `multiplied` rows, and the gradient of `learnt` ones (0: none). */
struct ff_weight_work {
	size_t inputs; /* I */
	size_t used;   /* of them by the products */
	size_t multiplied, learnt;
	bool in_panels; /* W */
};

/* The work of these products, and of all else that comes with them for the packet's rows. */
void ff_weights_workload(const struct ff_experiment *experiment, int index, const struct ff_weight_work *work,
                         const struct ff_layer_rows *rows, struct ff_workload *workload);

#endif
