/* trace_check TRACE REPORT: holds a trace to the rules of the Trace Event Format's JSON Object Format, and to its
 * report: slices of a thread never overlap, those of each stage and step add up to the report's sums (to less, where
 * the report says that the trace was cut). Prints what is wrong; the exit status is 1 if anything is. */
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

struct slice {
	long long thread, start, end; /* nanoseconds */
};

static int faults;

static void fault(const char *format, ...) __attribute__((format(printf, 1, 2)));
static void fault(const char *format, ...)
{
	va_list list;
	va_start(list, format);
	if (faults++ < 10) {
		vprintf(format, list);
		putchar('\n');
	}
	va_end(list);
}

static json_t *load(const char *path)
{
	json_error_t error;
	json_t *root = json_load_file(path, JSON_REJECT_DUPLICATES, &error);
	if (root)
		return root;
	printf("%s: line %d: %s\n", path, error.line, error.text);
	exit(1);
}

static long long nanoseconds(const json_t *event, const char *key)
{
	const json_t *value = json_object_get(event, key);
	double time = json_number_value(value);
	if (!json_is_number(value) || !(time >= 0))
		fault("a slice's or counter's %s is not a number of microseconds >= 0", key);
	return llround(1000 * time);
}

static void check_metadata(const json_t *event, const char *name)
{
	const json_t *args = json_object_get(event, "args");
	if (strcmp(name, "process_name") == 0 || strcmp(name, "thread_name") == 0) {
		if (!json_is_string(json_object_get(args, "name")))
			fault("%s has no name", name);
	} else if (strcmp(name, "thread_sort_index") == 0) {
		if (!json_is_integer(json_object_get(args, "sort_index")))
			fault("%s has no index", name);
	} else {
		fault("unknown metadata '%s'", name);
	}
}

static void check_counter(const json_t *event, const char *name)
{
	const char *key;
	json_t *value;
	json_t *args = json_object_get(event, "args");
	(void)nanoseconds(event, "ts");
	if (json_object_size(args) == 0)
		fault("counter '%s' counts nothing", name);
	json_object_foreach(args, key, value) if (!json_is_number(value) || json_number_value(value) < 0)
	    fault("counter '%s': '%s' is not a number >= 0", name, key);
}

/* Adds a slice to sums: {stage: {step: [nanoseconds, slices]}}. */
static void add_slice(const json_t *event, json_t *sums, struct slice *slice)
{
	const json_t *args = json_object_get(event, "args");
	const char *stage = json_string_value(json_object_get(args, "stage"));
	const char *step = json_string_value(json_object_get(args, "step"));
	slice->thread = json_integer_value(json_object_get(event, "tid"));
	slice->start = nanoseconds(event, "ts");
	slice->end = slice->start + nanoseconds(event, "dur");
	if (!stage || !step || !json_is_integer(json_object_get(args, "packet"))) {
		fault("a slice lacks its stage, step or packet");
		return;
	}
	if (!json_object_get(sums, stage))
		json_object_set_new(sums, stage, json_object());
	json_t *steps = json_object_get(sums, stage), *sum = json_object_get(steps, step);
	if (!sum) {
		sum = json_pack("[i, i]", 0, 0);
		json_object_set_new(steps, step, sum);
	}
	json_integer_set(json_array_get(sum, 0),
	                 json_integer_value(json_array_get(sum, 0)) + slice->end - slice->start);
	json_integer_set(json_array_get(sum, 1), json_integer_value(json_array_get(sum, 1)) + 1);
}

static int by_thread_and_start(const void *a, const void *b)
{
	const struct slice *x = a, *y = b;
	if (x->thread != y->thread)
		return x->thread < y->thread ? -1 : 1;
	return (x->start > y->start) - (x->start < y->start);
}

static void check_overlap(struct slice *slices, size_t n)
{
	qsort(slices, n, sizeof *slices, by_thread_and_start);
	for (size_t i = 1; i < n; i++)
		if (slices[i].thread == slices[i - 1].thread && slices[i].start < slices[i - 1].end)
			fault("slices of thread %lld overlap at %lld ns", slices[i].thread, slices[i].start);
}

static size_t check_events(const json_t *events, json_t *sums)
{
	size_t n = json_array_size(events), n_slices = 0;
	struct slice *slices = calloc(n + 1, sizeof *slices);
	for (size_t i = 0; i < n; i++) {
		const json_t *event = json_array_get(events, i);
		const char *name = json_string_value(json_object_get(event, "name"));
		const char *phase = json_string_value(json_object_get(event, "ph"));
		if (!name || !*name || !phase || !json_is_integer(json_object_get(event, "pid")) ||
		    !json_is_integer(json_object_get(event, "tid")))
			fault("event %zu lacks its name, ph, pid or tid", i);
		else if (strcmp(phase, "M") == 0)
			check_metadata(event, name);
		else if (strcmp(phase, "C") == 0)
			check_counter(event, name);
		else if (strcmp(phase, "X") == 0)
			add_slice(event, sums, &slices[n_slices++]);
		else
			fault("event %zu has the phase '%s'", i, phase);
	}
	check_overlap(slices, n_slices);
	free(slices);
	return n_slices;
}

/* A sum of the report, and what the trace has of it. */
static void check_sum(const char *stage, const char *step, const json_t *reported, const json_t *traced, int cut)
{
	static const char *const KEYS[] = {"nanoseconds", "slices"};
	for (size_t k = 0; k < 2; k++) {
		const json_t *value = json_object_get(reported, KEYS[k]);
		long long wanted = json_integer_value(value), got = json_integer_value(json_array_get(traced, k));
		if (!json_is_integer(value) || got > wanted || (got < wanted && !cut))
			fault("%s, %s: %lld %s in the trace, %lld in the report", stage, step, got, KEYS[k], wanted);
	}
}

/* Every sum, and that their numbers are all the trace's. */
static void check_report(const json_t *report, const json_t *sums, size_t n_slices)
{
	long long cut = json_integer_value(json_object_get(report, "slices_cut")), all = 0;
	const json_t *stages = json_object_get(report, "stages");
	for (size_t i = 0; i < json_array_size(stages); i++) {
		const json_t *part = json_array_get(stages, i);
		const char *stage = json_string_value(json_object_get(part, "stage")), *step;
		json_t *steps = json_object_get(part, "steps"), *value;
		json_object_foreach(steps, step, value)
		{
			check_sum(stage ? stage : "?", step, value,
			          json_object_get(json_object_get(sums, stage ? stage : ""), step), cut > 0);
			all += json_integer_value(json_object_get(value, "slices"));
		}
	}
	if (all != (long long)n_slices + cut || n_slices == 0)
		fault("%zu slices in the trace and %lld cut, %lld in the report", n_slices, cut, all);
}

int main(int argc, char *argv[])
{
	if (argc != 3)
		return 2;
	json_t *trace = load(argv[1]), *report = load(argv[2]), *sums = json_object();
	const json_t *events = json_object_get(trace, "traceEvents");
	if (!json_is_array(events))
		fault("no traceEvents");
	size_t n = check_events(events, sums);
	check_report(report, sums, n);
	json_decref(trace);
	json_decref(report);
	json_decref(sums);
	return faults > 0;
}
