#include "cli/plan_print.h"

#include <math.h>
#include <string.h>

#include "base/json.h"
#include "cli/topology_print.h"

enum { BAR = 24, NAME = 40 };

static const char *plural(int n)
{
	return n == 1 ? "" : "s";
}

/* "layer 2", "layers 1-3, readout" */
static void leader_name(const struct ff_plan_report *r, const struct ff_leader *leader, char *text, size_t size)
{
	int layers = r->experiment->n_layers, end = leader->end < layers ? leader->end : layers;
	const char *readout = leader->end > layers ? "readout" : "";
	if (leader->first >= layers)
		snprintf(text, size, "%s", readout);
	else
		snprintf(text, size, end - leader->first > 1 ? "layers %d-%d%s%s" : "layer %d%.0d%s%s",
		         leader->first + 1, end - leader->first > 1 ? end : 0, *readout ? ", " : "", readout);
}

static void bottleneck_name(const struct ff_plan_report *r, const struct ff_forecast *f, char *text, size_t size)
{
	if (f->bottleneck >= 0)
		leader_name(r, &f->plan.leaders[f->bottleneck], text, size);
	else
		snprintf(text, size, "%s",
		         f->bottleneck == FF_FORECAST_SOURCE   ? "source"
		         : f->bottleneck == FF_FORECAST_MEMORY ? "memory"
		                                               : "order");
}

static const char *advice(const struct ff_forecast *f)
{
	switch (f->bottleneck) {
	case FF_FORECAST_SOURCE:
		return ": it makes the batches, on one thread";
	case FF_FORECAST_MEMORY:
		return ": all stages together need more than its bandwidth; larger mini-batches need less";
	case FF_FORECAST_ORDER:
		return ": stages wait for each other in turn; see negatives.lag and execution.depth";
	default:
		return "";
	}
}

static void print_part(const char *name, const char *threads, const char *places, double busy, FILE *stream)
{
	char bar[BAR + 1];
	int filled = (int)lround(fmin(fmax(busy, 0), 1) * BAR);
	memset(bar, '.', BAR);
	memset(bar, '#', (size_t)filled);
	bar[BAR] = '\0';
	fprintf(stream, "%-26s %7s  %-16s |%s| %3.0f %%\n", name, threads, places, bar, 100 * busy);
}

static void print_parts(const struct ff_plan_report *r, FILE *stream)
{
	const struct ff_plan *plan = &r->outlook.plan.plan;
	char name[NAME], threads[16], places[64];
	fprintf(stream, "%-26s %7s  %-16s %s\n", "stage", "threads", "processors", "at work");
	ff_topology_places_text(r->topology, plan->source, 1, places, sizeof places);
	print_part("source", plan->host == FF_PLAN_OWN ? "1" : "shared", places, r->outlook.plan.sim.leaders[0].busy,
	           stream);
	for (int i = 0; i < plan->n_leaders; i++) {
		leader_name(r, &plan->leaders[i], name, sizeof name);
		snprintf(threads, sizeof threads, "%d", plan->leaders[i].threads);
		ff_topology_places_text(r->topology, plan->first[i], plan->leaders[i].threads, places, sizeof places);
		print_part(name, threads, places, r->outlook.plan.sim.leaders[i + 1].busy, stream);
	}
}

static double gain(const struct ff_plan_report *r, const struct ff_forecast *f)
{
	return 100 * (f->samples / r->outlook.plan.samples - 1);
}

static void print_more(const struct ff_plan_report *r, FILE *stream)
{
	fprintf(stream, "next core   %+.1f %%", gain(r, &r->outlook.next));
	if (r->outlook.more == 0)
		fprintf(stream, "; more cores would not help (%d more: less than %.0f %%)", r->most,
		        100 * (FF_FORECAST_WORTH - 1));
	else if (r->outlook.more > 1)
		fprintf(stream, "; %d more: %+.1f %%", r->outlook.more, gain(r, &r->outlook.later));
	fputc('\n', stream);
}

static void print_now(const struct ff_plan_report *r, FILE *stream)
{
	const struct ff_plan *now = &r->now.plan;
	fprintf(stream, "as it runs  ");
	if (r->now_known)
		fprintf(stream, "%.0f samples/s, with", r->now.samples);
	else
		fprintf(stream, "more threads than cores, not predicted:");
	if (r->now_known && r->as_planned)
		fprintf(stream, " this plan");
	for (int i = 0; i < now->n_leaders && !(r->now_known && r->as_planned); i++) {
		char name[NAME];
		leader_name(r, &now->leaders[i], name, sizeof name);
		fprintf(stream, "%s %s: %d", i ? ";" : "", name, now->leaders[i].threads);
	}
	fprintf(stream, "\n");
}

void ff_plan_print(const struct ff_plan_report *r, FILE *stream)
{
	const struct ff_forecast *f = &r->outlook.plan;
	char name[NAME];
	fprintf(stream, "%s on %s: %d of %d core%s\n", r->experiment->name, r->machine, f->plan.cores, r->cores,
	        plural(r->cores));
	fprintf(stream, "%.0f samples/s, %.3g ms a batch, %.1f GFLOP/s\n\n", f->samples, 1e3 * f->seconds,
	        1e-9 * f->flops);
	print_parts(r, stream);
	bottleneck_name(r, f, name, sizeof name);
	fprintf(stream, "\nbottleneck  %s%s\n", name, advice(f));
	print_more(r, stream);
	fprintf(stream, "memory      %.0f %% of its bandwidth\n", 100 * f->memory);
	print_now(r, stream);
	fprintf(stream, "rates       %s: a core %.1f GFLOP/s, %.1f GB/s, in caches %.1f; a NUMA node %.1f GB/s\n",
	        r->from == FF_RATES_MEASURED ? "measured" : "given", 1e-9 * r->rates.flops, 1e-9 * r->rates.bandwidth,
	        1e-9 * r->rates.cache_bandwidth, 1e-9 * r->rates.node_bandwidth);
}

/* ---- JSON ---- */

static json_t *processors_to_json(const struct ff_plan_report *r, int first, int n)
{
	json_t *array = json_array();
	for (int i = first; i < first + n; i++)
		if (json_array_append_new(array, json_integer(r->topology->places[i].processor)) != 0) {
			json_decref(array);
			return NULL;
		}
	return array;
}

static json_t *part_to_json(const struct ff_plan_report *r, const char *name, int threads, int first, bool shared,
                            const struct ff_sim_leader *sim)
{
	return json_pack("{ss si so sb sf sf sf}", "stage", name, "threads", threads, "processors",
	                 processors_to_json(r, first, threads), "shares_with_source", shared, "busy", sim->busy,
	                 "waiting_input", sim->waiting_input, "waiting_output", sim->waiting_output);
}

static json_t *leaders_to_json(const struct ff_plan_report *r)
{
	const struct ff_plan *plan = &r->outlook.plan.plan;
	json_t *array = json_array();
	for (int i = 0; i < plan->n_leaders; i++) {
		char name[NAME];
		leader_name(r, &plan->leaders[i], name, sizeof name);
		if (json_array_append_new(array, part_to_json(r, name, plan->leaders[i].threads, plan->first[i],
		                                              plan->host == i, &r->outlook.plan.sim.leaders[i + 1])) !=
		    0) {
			json_decref(array);
			return NULL;
		}
	}
	return array;
}

json_t *ff_plan_to_json(const struct ff_plan_report *r)
{
	const struct ff_forecast *f = &r->outlook.plan;
	char name[NAME];
	bottleneck_name(r, f, name, sizeof name);
	return json_pack("{so so si si sf sf sf sf ss sf si so so sb so so so}", "name",
	                 ff_json_text(r->experiment->name), "machine", ff_json_text(r->machine), "cores", r->cores,
	                 "cores_used", f->plan.cores, "samples_per_second", f->samples, "seconds_per_batch", f->seconds,
	                 "gflops", 1e-9 * f->flops, "memory", f->memory, "bottleneck", name, "next_core",
	                 gain(r, &r->outlook.next) / 100, "more_cores", r->outlook.more, "more_cores_gain",
	                 ff_json_real(r->outlook.more ? gain(r, &r->outlook.later) / 100 : 0), "as_it_runs",
	                 ff_json_real(r->now_known ? r->now.samples : NAN), "as_planned", r->as_planned, "source",
	                 part_to_json(r, "source", 1, f->plan.source, f->plan.host != FF_PLAN_OWN, &f->sim.leaders[0]),
	                 "stages", leaders_to_json(r), "rates", ff_rates_to_json(&r->rates));
}
