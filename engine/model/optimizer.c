#include "model/optimizer.h"

#include <math.h>

struct ff_optimizer_step ff_optimizer_step_at(const struct ff_experiment *experiment, enum ff_optimizer_kind kind,
                                              double rate, double decay, int64_t t)
{
	double beta1 = experiment->optimizer.beta1, beta2 = experiment->optimizer.beta2;
	double momentum = experiment->optimizer.momentum;
	return (struct ff_optimizer_step){
	    .kind = kind,
	    .adam = {.beta1 = (float)beta1,
	             .beta2 = (float)beta2,
	             .fresh1 = (float)(1 - beta1),
	             .fresh2 = (float)(1 - beta2),
	             .rate = (float)(rate / (1 - pow(beta1, (double)t))),
	             .correction = (float)sqrt(1 - pow(beta2, (double)t)),
	             .epsilon = (float)experiment->optimizer.epsilon,
	             .shrink = (float)(rate * decay)},
	    .sgd = {.momentum = (float)momentum,
	            .fresh = (float)(1 - momentum),
	            .rate = (float)rate,
	            .decay = (float)decay},
	};
}

void ff_optimizer_apply(const struct ff_optimizer_step *step, const struct ff_kernels *kernels,
                        struct ff_parameters *parameters, size_t at, struct ff_step_block block)
{
	block.w = parameters->value + at;
	block.state1 = parameters->state1 + at;
	block.state2 = parameters->state2 ? parameters->state2 + at : NULL;
	if (step->kind == FF_ADAM)
		kernels->adam(&step->adam, &block);
	else
		kernels->sgd(&step->sgd, &block);
}

double ff_rate_factor(enum ff_rate_schedule schedule, int64_t epoch, int64_t epochs)
{
	double e = (double)epoch, total = (double)epochs;
	if (schedule == FF_COSINE)
		return 0.5 * (1 + cos(3.141592653589793 * (e - 1) / total));
	if (schedule == FF_COOLDOWN && e > total / 2)
		return (1 + 2 * (total - e)) / total;
	return 1;
}
