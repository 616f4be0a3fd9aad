#include "cli/profile_print.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>

enum { BAR = 48 };

/* Each step's letter in the bars and its head in the table. */
static const struct {
	char letter;
	const char *head;
} STEPS[FF_N_STEPS] = {
    [FF_STEP_WAIT_INPUT] = {'.', "wait in"},
    [FF_STEP_MAKE] = {'m', "make"},
    [FF_STEP_FORWARD] = {'f', "forward"},
    [FF_STEP_CLASSIFY] = {'c', "classify"},
    [FF_STEP_NORMALISE] = {'n', "normalise"},
    [FF_STEP_WAIT_OUTPUT] = {'>', "wait out"},
    [FF_STEP_LOSS] = {'l', "loss"},
    [FF_STEP_LOSS_GRADIENT] = {'d', "loss+grad"},
    [FF_STEP_GRADIENT] = {'g', "gradient"},
    [FF_STEP_UPDATE] = {'u', "update"},
    [FF_STEP_GRADIENT_UPDATE] = {'G', "grad+upd"},
    [FF_STEP_COLLECT] = {'r', "collect"},
};

/* From left to right: work, then waits. */
static const enum ff_step ORDER[FF_N_STEPS] = {
    FF_STEP_MAKE,          FF_STEP_FORWARD,  FF_STEP_CLASSIFY,   FF_STEP_NORMALISE,
    FF_STEP_LOSS,          FF_STEP_GRADIENT, FF_STEP_UPDATE,     FF_STEP_GRADIENT_UPDATE,
    FF_STEP_LOSS_GRADIENT, FF_STEP_COLLECT,  FF_STEP_WAIT_INPUT, FF_STEP_WAIT_OUTPUT,
};

static bool is_used(const struct ff_profile_report *r, enum ff_step step)
{
	for (int i = 0; i < r->n_parts; i++)
		if (r->parts[i].steps[step].slices)
			return true;
	return false;
}

/* The step's share of the time of the part's thread. */
static double share(const struct ff_profile_report *r, const struct ff_profile_part *part, enum ff_step step)
{
	double seconds = r->tracks[part->track].seconds;
	return seconds > 0 ? 1e-9 * (double)part->steps[step].nanoseconds / seconds : 0;
}

static void print_number(double number, int width, int decimals, FILE *stream)
{
	if (isfinite(number) && number > 0)
		fprintf(stream, " %*.*f", width, decimals, number);
	else
		fprintf(stream, " %*s", width, "-");
}

static void print_speeds(const struct ff_profile_report *r, FILE *stream)
{
	fprintf(stream, "%-10s %7s %11s %9s %8s %8s %6s   at work\n", "stage", "threads", "samples/s", "GFLOP/s",
	        "of peak", "GB/s", "load");
	for (int i = 0; i < r->n_parts; i++) {
		const struct ff_profile_part *part = &r->parts[i];
		fprintf(stream, "%-10s %7d", part->name, part->threads);
		print_number(isfinite(part->samples) ? part->samples : part->head_images, 11, 0, stream);
		print_number(1e-9 * part->flops, 9, 1, stream);
		if (part->flops > 0)
			fprintf(stream, " %6.0f %%", 100 * part->peak);
		else
			fprintf(stream, " %8s", "-");
		print_number(1e-9 * part->bytes, 8, 1, stream);
		print_number(r->tracks[part->track].load, 6, 2, stream);
		fprintf(stream, " %7.0f %%\n", 100 * part->busy / fmax(r->tracks[part->track].seconds, 1e-9));
	}
}

static void print_steps(const struct ff_profile_report *r, FILE *stream)
{
	fprintf(stream, "\n%-10s", "% of time");
	for (int k = 0; k < FF_N_STEPS; k++)
		if (is_used(r, ORDER[k]))
			fprintf(stream, " %9s", STEPS[ORDER[k]].head);
	fputc('\n', stream);
	for (int i = 0; i < r->n_parts; i++) {
		fprintf(stream, "%-10s", r->parts[i].name);
		for (int k = 0; k < FF_N_STEPS; k++)
			if (is_used(r, ORDER[k]))
				print_number(r->parts[i].steps[ORDER[k]].slices ? 100 * share(r, &r->parts[i], ORDER[k])
				                                                : NAN,
				             9, 1, stream);
		fputc('\n', stream);
	}
}

/* What another node of the thread did is left blank. */
static void print_bar(const struct ff_profile_report *r, const struct ff_profile_part *part, FILE *stream)
{
	char bar[BAR + 1];
	double end = 0;
	int at = 0;
	memset(bar, ' ', BAR);
	bar[BAR] = '\0';
	for (int k = 0; k < FF_N_STEPS; k++) {
		end += share(r, part, ORDER[k]) * BAR;
		for (; at < BAR && at + 0.5 < end; at++)
			bar[at] = STEPS[ORDER[k]].letter;
	}
	fprintf(stream, "%-10s |%s|\n", part->name, bar);
}

static void print_bars(const struct ff_profile_report *r, FILE *stream)
{
	fputc('\n', stream);
	for (int i = 0; i < r->n_parts; i++)
		print_bar(r, &r->parts[i], stream);
	fprintf(stream, "%10s", "");
	for (int k = 0, n = 0; k < FF_N_STEPS; k++)
		if (is_used(r, ORDER[k]))
			fprintf(stream, "%s%c %s", n++ ? ", " : "  ", STEPS[ORDER[k]].letter, ff_step_name(ORDER[k]));
	fputc('\n', stream);
}

static void print_rings(const struct ff_profile_report *r, FILE *stream)
{
	static const char DENSITY[] = " .:-=+*#@";
	if (r->n_rings == 0)
		return;
	fprintf(stream, "\n%-24s %5s %5s %7s %7s  packets over time, blank to @ for full\n", "ring", "slots", "mean",
	        "empty", "full");
	for (int i = 0; i < r->n_rings; i++) {
		const struct ff_profile_ring *ring = &r->rings[i];
		char name[2 * FF_PROFILE_NAME + 8];
		snprintf(name, sizeof name, "%s to %s", ring->from, ring->to);
		fprintf(stream, "%-24s %5zu %5.1f %5.0f %% %5.0f %%  |", name, ring->slots, ring->mean,
		        100 * ring->empty, 100 * ring->full);
		for (int b = 0; b < FF_PROFILE_BINS; b++) {
			double filled = fmin(ring->bins[b] / (double)ring->slots, 1);
			fputc(isfinite(filled) ? DENSITY[lround(filled * (sizeof DENSITY - 2))] : '?', stream);
		}
		fputs("|\n", stream);
	}
}

/* "12.3 G" */
static void print_count(const char *name, double count, FILE *stream)
{
	if (isfinite(count))
		fprintf(stream, "  %s %.3g", name, count);
	else
		fprintf(stream, "  %s -", name);
}

static void print_counters(const struct ff_profile_report *r, FILE *stream)
{
	bool any = false;
	for (int i = 0; i < r->n_threads; i++)
		for (int c = 0; c < FF_N_COUNTERS; c++)
			any |= isfinite(r->tracks[i].counts[c]);
	if (r->counters_refused)
		fprintf(stream, "counters    %s not available here: perf_event_open: %s\n", any ? "some are" : "are",
		        strerror(r->counters_refused));
	for (int i = 0; any && i < r->n_threads; i++) {
		const double *counts = r->tracks[i].counts;
		fprintf(stream, "counters    %-20s", r->tracks[i].name);
		print_count("cycles", counts[FF_COUNTER_CYCLES], stream);
		print_count("instructions", counts[FF_COUNTER_INSTRUCTIONS], stream);
		print_count("a cycle", counts[FF_COUNTER_INSTRUCTIONS] / counts[FF_COUNTER_CYCLES], stream);
		print_count("cache misses", counts[FF_COUNTER_MISSES], stream);
		fputc('\n', stream);
	}
}

static void print_totals(const struct ff_profile_report *r, FILE *stream)
{
	fprintf(stream, "%s: %.2f s of training on %d thread%s, %" PRId64 " pairs", r->experiment->name, r->seconds,
	        r->threads, r->threads == 1 ? "" : "s", r->pairs);
	if (r->head_images)
		fprintf(stream, ", then %" PRId64 " images by the head alone", r->head_images);
	fprintf(stream, "\n%.0f samples/s, ", isfinite(r->samples) ? r->samples : 0);
	if (isfinite(r->head_samples))
		fprintf(stream, "then %.0f images/s, ", r->head_samples);
	fprintf(stream, "%.1f GFLOP/s, %.0f %% of the peak of its threads\n\n", 1e-9 * r->flops, 100 * r->peak);
}

void ff_profile_print(const struct ff_profile_report *r, FILE *stream)
{
	print_totals(r, stream);
	print_speeds(r, stream);
	print_steps(r, stream);
	print_bars(r, stream);
	print_rings(r, stream);
	fprintf(stream, "\nbottleneck  %s: %s\ntry         %s\n", r->advice.bottleneck, r->advice.why, r->advice.fix);
	fprintf(stream, "imbalance   %.2f: the work of the busiest leader, relative to the mean of all\n",
	        r->imbalance);
	fprintf(stream,
	        "peak        %.1f GFLOP/s per thread; flops are counted as of dense products, which skip no zeros\n",
	        1e-9 * r->rates.flops);
	print_counters(r, stream);
	if (r->slices_cut || r->levels_cut)
		fprintf(stream,
		        "cut         the trace lacks %" PRIu64 " slices and %" PRIu64
		        " levels that did not fit (see --slices); the sums are complete\n",
		        r->slices_cut, r->levels_cut);
}
