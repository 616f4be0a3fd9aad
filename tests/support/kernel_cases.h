/* The kernels of model/kernels.h that work element by element, as a table: how to call each, and its formula in double. */
#ifndef TESTS_SUPPORT_KERNEL_CASES_H
#define TESTS_SUPPORT_KERNEL_CASES_H

#include "model/kernels.h"

/* Arrays [n]; each kernel has some of them as its arguments. */
struct operands {
	float *y, *x, *m, *v, *p, *q;
	size_t n;
};

/* Element j of the arrays. */
struct element {
	double y, x, m, v, p, q;
	uint8_t byte; /* of x as bytes */
	uint32_t j;
};

struct kernel_case {
	const char *name;
	/* Calls it; returns its sum, or 0 if it has none. */
	float (*run)(const struct ff_kernels *k, const struct operands *o);
	/* The element after it. */
	struct element (*formula)(struct element before);
	/* What the element adds to its sum; NULL: it has none. */
	double (*term)(struct element before, struct element after);
};

extern const struct kernel_case kernel_cases[];
extern const int n_kernel_cases;

/* Constants that the calls use. */
extern const struct ff_adam_step kernel_adam_step;
extern const struct ff_sgd_step kernel_sgd_step;
extern const struct ff_mask kernel_mask;

#endif
