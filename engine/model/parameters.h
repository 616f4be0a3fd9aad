/* Parameters, and what training keeps for each of them. The memory belongs to an arena. Used by one leader at a time,
 * except where noted. */
#ifndef ENGINE_MODEL_PARAMETERS_H
#define ENGINE_MODEL_PARAMETERS_H

#include "base/arena.h"
#include "base/span.h"
#include "ffengine/experiment.h"

struct ff_parameters {
	size_t n;
	int64_t step;            /* number of updates */
	float *value, *gradient; /* [n] */
	float *state1, *state2;  /* [n], initially 0. adam: m and v; sgd: the smoothed gradient and NULL */
};

/* Number of state arrays of an optimizer. */
static inline int ff_optimizer_states(enum ff_optimizer_kind kind)
{
	return kind == FF_ADAM ? 2 : 1;
}

/* Lays n parameters out in the arena (base/arena.h: once to measure, once for real) for an optimizer of that kind.
 * Writes nothing yet. */
void ff_parameters_layout(struct ff_parameters *parameters, struct ff_arena *arena, size_t n,
                          enum ff_optimizer_kind kind);

/* Clears gradient and state of parameters [begin, end); values and step stay. Threads may clear disjoint ranges. */
void ff_parameters_clear(struct ff_parameters *parameters, size_t begin, size_t end);

enum { FF_PARAMETERS_SPANS = 4 };

/* Fills spans [FF_PARAMETERS_SPANS] with all state that outlives a mini-batch (step, values, optimizer state) and
 * returns how many there are. */
int ff_parameters_spans(struct ff_parameters *parameters, struct ff_span spans[]);

#endif
