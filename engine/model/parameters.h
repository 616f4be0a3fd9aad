/* Parameters, and what training keeps beside each of them. The memory is an arena's; one leader at a time, but where
 * said. */
#ifndef ENGINE_MODEL_PARAMETERS_H
#define ENGINE_MODEL_PARAMETERS_H

#include "base/arena.h"
#include "base/span.h"
#include "ffengine/experiment.h"

struct ff_parameters {
	size_t n;
	int64_t step;            /* updates done */
	float *value, *gradient; /* [n] */
	float *state1, *state2;  /* [n], 0 before the first step: adam m and v; sgd the smoothed gradient and NULL */
};

/* Arrays of state an optimizer keeps. */
static inline int ff_optimizer_states(enum ff_optimizer_kind kind)
{
	return kind == FF_ADAM ? 2 : 1;
}

/* Lays n parameters out in the arena (measure, then for real) for an optimizer of that kind; nothing is written yet. */
void ff_parameters_layout(struct ff_parameters *parameters, struct ff_arena *arena, size_t n,
                          enum ff_optimizer_kind kind);

/* Gradient and state of the parameters [begin, end) to 0; values and step stay. Threads may clear ranges apart. */
void ff_parameters_clear(struct ff_parameters *parameters, size_t begin, size_t end);

enum { FF_PARAMETERS_SPANS = 4 };

/* Where all lies that parameters take from one batch to the next: step, values, state. Fills spans
 * [FF_PARAMETERS_SPANS] and returns how many there are. */
int ff_parameters_spans(struct ff_parameters *parameters, struct ff_span spans[]);

#endif
