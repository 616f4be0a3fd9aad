#include "model/parameters.h"

#include <string.h>

void ff_parameters_layout(struct ff_parameters *parameters, struct ff_arena *arena, size_t n,
                          enum ff_optimizer_kind kind)
{
	*parameters = (struct ff_parameters){.n = n};
	parameters->value = ff_arena_take(arena, n, sizeof(float));
	parameters->gradient = ff_arena_take(arena, n, sizeof(float));
	parameters->state1 = ff_arena_take(arena, n, sizeof(float));
	if (ff_optimizer_states(kind) > 1)
		parameters->state2 = ff_arena_take(arena, n, sizeof(float));
}

void ff_parameters_clear(struct ff_parameters *parameters, size_t begin, size_t end)
{
	size_t bytes = (end - begin) * sizeof(float);
	memset(parameters->gradient + begin, 0, bytes);
	memset(parameters->state1 + begin, 0, bytes);
	if (parameters->state2)
		memset(parameters->state2 + begin, 0, bytes);
}

int ff_parameters_spans(struct ff_parameters *parameters, struct ff_span spans[])
{
	size_t bytes = parameters->n * sizeof(float);
	int n = 0;
	spans[n++] = (struct ff_span){&parameters->step, sizeof parameters->step};
	spans[n++] = (struct ff_span){parameters->value, bytes};
	spans[n++] = (struct ff_span){parameters->state1, bytes};
	if (parameters->state2)
		spans[n++] = (struct ff_span){parameters->state2, bytes};
	return n;
}
