/* Optimizers over blocks of parameters, and learning-rate schedules. */
#ifndef ENGINE_MODEL_OPTIMIZER_H
#define ENGINE_MODEL_OPTIMIZER_H

#include "ffengine/experiment.h"
#include "model/kernels.h"
#include "model/parameters.h"

/* One step with all constants computed: a plain value, made once per update and used for all parameters. */
struct ff_optimizer_step {
	enum ff_optimizer_kind kind;
	struct ff_adam_step adam;
	struct ff_sgd_step sgd;
};

/* Step number t (from 1) of an optimizer of this kind, with the constants of the experiment's section `optimizer` and
 * the given learning rate and weight decay. */
struct ff_optimizer_step ff_optimizer_step_at(const struct ff_experiment *experiment, enum ff_optimizer_kind kind,
                                              double rate, double decay, int64_t t);

/* Applies the step to the parameters from index `at` on, as rows of the block, whose w, state1 and state2 this sets.
 * Element-wise, so any split into blocks gives the same bits. */
void ff_optimizer_apply(const struct ff_optimizer_step *step, const struct ff_kernels *kernels,
                        struct ff_parameters *parameters, size_t at, struct ff_step_block block);

/* Factor on the learning rate in epoch e of E (from 1), constant within an epoch. constant: 1; cooldown (Hinton's
 * code): 1 for e <= E/2, then (1 + 2 (E - e)) / E; cosine (Loshchilov & Hutter 2017): (1 + cos(pi (e - 1) / E)) / 2. */
double ff_rate_factor(enum ff_rate_schedule schedule, int64_t epoch, int64_t epochs);

#endif
