/* A plan as a table with a picture, and as JSON. */
#ifndef ENGINE_CLI_PLAN_PRINT_H
#define ENGINE_CLI_PLAN_PRINT_H

#include <jansson.h>
#include <stdio.h>

#include "cli/plan_rates.h"
#include "plan/forecast.h"

/* All that a plan's report says. */
struct ff_plan_report {
	const struct ff_experiment *experiment;
	const struct ff_topology *topology;
	const char *machine; /* its name */
	struct ff_rates rates;
	enum ff_rates_from from;
	int cores, most;           /* that it may use; that may be too few by at most so many */
	struct ff_outlook outlook; /* of these cores */
	struct ff_forecast now;    /* as training does it */
	bool as_planned;           /* training shares cores out like the plan */
	bool now_known;            /* else training has more threads than there are cores */
};

void ff_plan_print(const struct ff_plan_report *report, FILE *stream);

/* A new reference, NULL without memory. */
json_t *ff_plan_to_json(const struct ff_plan_report *report);

#endif
