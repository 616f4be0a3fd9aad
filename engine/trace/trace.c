/* The Trace Event Format: https://docs.google.com/document/d/1CvAClvFfyA5R-PhYUmn5OOQtYMH4h6I0nSsKchNAySU, "JSON Object
 * Format". Metadata events name the process and its threads (ph M), complete events are the slices (ph X), counter
 * events the rings (ph C). Times are microseconds; three decimals keep the nanoseconds exactly. */
#include "trace/trace.h"

#include <inttypes.h>

#include <jansson.h>

#include "pipeline/blueprint.h"
#include "trace/profile_report.h"

enum { PROCESS = 1 };

/* Writes a JSON string; the name of an experiment may contain anything but NUL. */
static void write_text(const char *text, FILE *stream)
{
	json_t *value = json_string(text);
	if (!value) /* not UTF-8, or no memory */
		value = json_string("experiment");
	if (!value || json_dumpf(value, stream, JSON_ENCODE_ANY | JSON_ENSURE_ASCII) != 0)
		(void)fputs("\"\"", stream);
	json_decref(value);
}

static void write_time(const char *key, uint64_t nanoseconds, FILE *stream)
{
	fprintf(stream, ",\"%s\":%" PRIu64 ".%03" PRIu64, key, nanoseconds / 1000, nanoseconds % 1000);
}

static void write_names(const struct ff_profile *p, const char *name, FILE *stream)
{
	fprintf(stream, "{\"name\":\"process_name\",\"ph\":\"M\",\"pid\":%d,\"tid\":0,\"args\":{\"name\":", PROCESS);
	write_text(name, stream);
	fputs("}}", stream);
	for (int i = 0; i < p->n_tracks; i++) {
		char first[FF_PROFILE_NAME] = "", last[FF_PROFILE_NAME] = "";
		for (int node = p->n_nodes - 1; node >= 0; node--)
			if (p->track_of[node] == i)
				ff_node_name(p->graph, node, *last ? first : last, sizeof first);
		fprintf(
		    stream,
		    ",\n{\"name\":\"thread_name\",\"ph\":\"M\",\"pid\":%d,\"tid\":%d,\"args\":{\"name\":\"%s%s%s\"}}",
		    PROCESS, i + 1, first, *first ? " to " : "", last);
		fprintf(stream,
		        ",\n{\"name\":\"thread_sort_index\",\"ph\":\"M\",\"pid\":%d,\"tid\":%d,\"args\":{\"sort_"
		        "index\":%d}}",
		        PROCESS, i + 1, i);
	}
}

/* If a thread has several nodes, the name of a slice begins with its node's name. */
static void write_slices(const struct ff_profile *p, int track, uint64_t origin, FILE *stream)
{
	const struct ff_track *t = &p->tracks[track];
	int nodes = 0;
	for (int node = 0; node < p->n_nodes; node++)
		nodes += p->track_of[node] == track;
	for (size_t i = 0; i < t->n_slices; i++) {
		const struct ff_slice *slice = &t->slices[i];
		const char *step = ff_step_name((enum ff_step)slice->step);
		char stage[FF_PROFILE_NAME];
		ff_node_name(p->graph, slice->node, stage, sizeof stage);
		fprintf(stream, ",\n{\"name\":\"%s%s%s\",\"cat\":\"%s\",\"ph\":\"X\"", nodes > 1 ? stage : "",
		        nodes > 1 ? ": " : "", step, ff_step_is_wait((enum ff_step)slice->step) ? "wait" : "work");
		write_time("ts", slice->start - origin, stream);
		write_time("dur", slice->nanoseconds, stream);
		fprintf(stream,
		        ",\"pid\":%d,\"tid\":%d,\"args\":{\"stage\":\"%s\",\"step\":\"%s\",\"packet\":%" PRIu64 "}}",
		        PROCESS, track + 1, stage, step, slice->packet);
	}
}

static void write_levels(const struct ff_profile *p, int track, uint64_t origin, FILE *stream)
{
	const struct ff_track *t = &p->tracks[track];
	for (size_t i = 0; i < t->n_levels; i++) {
		const struct ff_edge *edge = &p->graph->edges[t->levels[i].edge];
		char from[FF_PROFILE_NAME], to[FF_PROFILE_NAME];
		ff_node_name(p->graph, edge->from, from, sizeof from);
		ff_node_name(p->graph, edge->to, to, sizeof to);
		fprintf(stream, ",\n{\"name\":\"ring %s to %s\",\"ph\":\"C\"", from, to);
		write_time("ts", t->levels[i].time - origin, stream);
		fprintf(stream, ",\"pid\":%d,\"tid\":%d,\"args\":{\"packets\":%" PRIu32 "}}", PROCESS, track + 1,
		        t->levels[i].packets);
	}
}

void ff_trace_write(const struct ff_profile *profile, const char *name, FILE *stream)
{
	uint64_t origin = UINT64_MAX, slices = 0, levels = 0;
	for (int i = 0; i < profile->n_tracks; i++) {
		const struct ff_track *t = &profile->tracks[i];
		origin = t->started < origin ? t->started : origin;
		slices += t->slices_cut;
		levels += t->levels_cut;
	}
	fputs("{\"traceEvents\":[\n", stream);
	write_names(profile, name, stream);
	for (int i = 0; i < profile->n_tracks && !ferror(stream); i++) {
		write_slices(profile, i, origin, stream);
		write_levels(profile, i, origin, stream);
	}
	fprintf(stream,
	        "\n],\"displayTimeUnit\":\"ms\",\"otherData\":{\"slices_cut\":%" PRIu64 ",\"levels_cut\":%" PRIu64
	        "}}\n",
	        slices, levels);
}
