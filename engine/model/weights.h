/* Weights W [I x O] and biases b [O] of a layer: layout, initial values, and the update from the gradient grad W = x^T
 * delta. Shared by dense and labelled layers. As in layer.h, functions use the whole team. */
#ifndef ENGINE_MODEL_WEIGHTS_H
#define ENGINE_MODEL_WEIGHTS_H

#include "model/layer.h"
#include "product/csr.h"
#include "product/gemm.h"

/* Lays out W and b, and the terms that peers and images' offsets add to their gradient. panel: see product/panels.h; 0:
 * row-major. */
void ff_weights_layout(struct ff_layer *layer, struct ff_arena *arena, size_t panel);

/* Draws W and b with the layer's random numbers. normal: W ~ N(0, 1/I), b = 0. uniform: W and b uniform in (-1/sqrt(I),
 * 1/sqrt(I)] (the default of PyTorch's nn.Linear). Resets optimizer state and peers' means. */
void ff_weights_init(struct ff_layer *layer, const struct ff_team *team);

/* W [I x O]; ff_layer_panels() gives the order of its numbers. b [O]. */
static inline float *ff_layer_weight(const struct ff_layer *layer)
{
	return layer->parameters.value;
}
static inline struct ff_panels ff_layer_panels(const struct ff_layer *layer)
{
	return (struct ff_panels){layer->inputs, layer->outputs, layer->panel ? layer->panel : layer->outputs};
}
/* W [i][j], for callers that read only a few. */
static inline float *ff_layer_weight_at(const struct ff_layer *layer, size_t i, size_t j)
{
	return layer->parameters.value + ff_panel_at(ff_layer_panels(layer), i, j);
}
static inline float *ff_layer_bias(const struct ff_layer *layer)
{
	return layer->parameters.value + layer->inputs * layer->outputs;
}

/* "weight" [I x O] and "bias" [O]. */
int ff_weights_tensors(const struct ff_layer *layer, struct ff_layer_tensor tensors[]);

/* The factors of a gradient: rows of grad W from `first_input` on are x^T delta, for x [rows x I - first_input]. */
struct ff_weight_gradient {
	const float *x;
	struct ff_csr_rows csr; /* x, where it is given as CSR rows */
	struct ff_deltas deltas;
	size_t rows, first_input;
};

/* grad W (+)= x^T delta. */
void ff_weights_add_gradient(struct ff_layer *layer, const struct ff_team *team,
                             const struct ff_weight_gradient *gradient, bool first);

/* One optimizer step over W and b with the layer's gradient, as ff_layer_update() does. */
void ff_weights_update(struct ff_layer *layer, const struct ff_team *team, size_t batch, double rate_factor);

/* The same without storing grad W: each block of it is used while it is in cache. */
void ff_weights_step(struct ff_layer *layer, const struct ff_team *team, const struct ff_weight_gradient *gradient,
                     size_t batch, double rate_factor);

/* A layer's products with W: forward of `multiplied` rows, and the gradient over `learnt` rows (0: none). */
struct ff_weight_work {
	size_t inputs; /* I */
	size_t used;   /* inputs that the products use */
	size_t multiplied, learnt;
	bool in_panels; /* W is stored in panels */
};

/* The work of these products, and of everything else that the packet's rows need. */
void ff_weights_workload(const struct ff_experiment *experiment, int index, const struct ff_weight_work *work,
                         const struct ff_layer_rows *rows, struct ff_workload *workload);

#endif
