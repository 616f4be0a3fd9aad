/* Optimizers over blocks of parameters, and learning-rate schedules. */
#ifndef ENGINE_MODEL_OPTIMIZER_H
#define ENGINE_MODEL_OPTIMIZER_H

#include "ffengine/experiment.h"
#include "model/kernels.h"
#include "model/parameters.h"

/* One step with all its constants worked out; plain value, made once an update, used for all of W. */
struct ff_optimizer_step {
	enum ff_optimizer_kind kind;
	struct ff_adam_step adam;
	struct ff_sgd_step sgd;
};

/* The step number t (from 1) of an optimizer of the given kind, with the constants of `experiment`'s section optimizer,
 * at the given learning rate and weight decay. */
struct ff_optimizer_step ff_optimizer_step_at(const struct ff_experiment *experiment, enum ff_optimizer_kind kind,
                                              double rate, double decay, int64_t t);

/* The parameters from number `at` on take the step, as rows of the block, whose w, state1 and state2 this fills in.
 * Element-wise, so any split into blocks gives the same bits. */
void ff_optimizer_apply(const struct ff_optimizer_step *step, const struct ff_kernels *kernels,
                        struct ff_parameters *parameters, size_t at, struct ff_step_block block);

/* Factor on the learning rate in epoch e of E (from 1), constant within an epoch. constant: 1; cooldown (Hinton's
 * code): 1 for e <= E/2, then (1 + 2 (E - e)) / E; cosine (Loshchilov & Hutter 2017): (1 + cos(pi (e - 1) / E)) / 2. */
double ff_rate_factor(enum ff_rate_schedule schedule, int64_t epoch, int64_t epochs);

#endif
