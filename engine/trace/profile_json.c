#include "trace/profile_json.h"

#include <string.h>

#include "base/json.h"

/* Appends and takes the reference. Returns false without memory; the caller then releases the array. */
static bool append(json_t *array, json_t *value)
{
	return json_array_append_new(array, value) == 0;
}

static json_t *steps_to_json(const struct ff_profile_part *part)
{
	json_t *object = json_object();
	for (int step = 0; step < FF_N_STEPS; step++) {
		const struct ff_step_sum *sum = &part->steps[step];
		if (!sum->slices)
			continue;
		json_t *value = json_pack("{sI sf sI}", "nanoseconds", (json_int_t)sum->nanoseconds, "seconds",
		                          1e-9 * (double)sum->nanoseconds, "slices", (json_int_t)sum->slices);
		if (json_object_set_new(object, ff_step_name((enum ff_step)step), value) != 0) {
			json_decref(object);
			return NULL;
		}
	}
	return object;
}

static json_t *part_to_json(const struct ff_profile_report *r, const struct ff_profile_part *part)
{
	const struct ff_profile_thread *thread = &r->tracks[part->track];
	double seconds = thread->seconds > 0 ? thread->seconds : 1;
	return json_pack("{ss si ss so so so sf so so sf sf sf so}", "stage", part->name, "threads", part->threads,
	                 "thread", thread->name, "samples_per_second_at_work", ff_json_real(part->samples),
	                 "head_images_per_second_at_work", ff_json_real(part->head_images), "gflops",
	                 ff_json_real(1e-9 * part->flops), "share_of_peak", part->peak, "gigabytes_per_second",
	                 ff_json_real(1e-9 * part->bytes), "load", ff_json_real(thread->load), "busy",
	                 part->busy / seconds, "waiting_input", part->waiting_input / seconds, "waiting_output",
	                 part->waiting_output / seconds, "steps", steps_to_json(part));
}

static json_t *thread_to_json(const struct ff_profile_thread *thread)
{
	return json_pack("{ss si sf sf so so so sI sI sI}", "thread", thread->name, "threads", thread->threads,
	                 "seconds", thread->seconds, "busy_seconds", thread->busy, "cycles",
	                 ff_json_real(thread->counts[FF_COUNTER_CYCLES]), "instructions",
	                 ff_json_real(thread->counts[FF_COUNTER_INSTRUCTIONS]), "cache_misses",
	                 ff_json_real(thread->counts[FF_COUNTER_MISSES]), "slices", (json_int_t)thread->slices,
	                 "slices_cut", (json_int_t)thread->slices_cut, "levels_cut", (json_int_t)thread->levels_cut);
}

static json_t *ring_to_json(const struct ff_profile_ring *ring)
{
	return json_pack("{ss ss sI sI sf sf sf so}", "from", ring->from, "to", ring->to, "slots",
	                 (json_int_t)ring->slots, "looks", (json_int_t)ring->looks, "mean", ring->mean, "empty",
	                 ring->empty, "full", ring->full, "over_time", ff_json_real_array(ring->bins, FF_PROFILE_BINS));
}

static json_t *parts_to_json(const struct ff_profile_report *r)
{
	json_t *array = json_array();
	bool kept = true;
	for (int i = 0; i < r->n_parts && kept; i++)
		kept = append(array, part_to_json(r, &r->parts[i]));
	if (!kept)
		json_decref(array);
	return kept ? array : NULL;
}

static json_t *threads_to_json(const struct ff_profile_report *r)
{
	json_t *array = json_array();
	bool kept = true;
	for (int i = 0; i < r->n_threads && kept; i++)
		kept = append(array, thread_to_json(&r->tracks[i]));
	if (!kept)
		json_decref(array);
	return kept ? array : NULL;
}

static json_t *rings_to_json(const struct ff_profile_report *r)
{
	json_t *array = json_array();
	bool kept = true;
	for (int i = 0; i < r->n_rings && kept; i++)
		kept = append(array, ring_to_json(&r->rings[i]));
	if (!kept)
		json_decref(array);
	return kept ? array : NULL;
}

json_t *ff_profile_to_json(const struct ff_profile_report *r, json_t *rates)
{
	json_t *refused = r->counters_refused ? json_string(strerror(r->counters_refused)) : json_null();
	return json_pack(
	    "{so sf sI sI sI sI sb sb si si so so so sf so so sI sI sI so ss ss ss so so so so}", "name",
	    ff_json_text(r->experiment->name), "seconds", r->seconds, "epochs", (json_int_t)r->epochs, "pairs",
	    (json_int_t)r->pairs, "head_epochs", (json_int_t)r->head_epochs, "head_images", (json_int_t)r->head_images,
	    "ended_early", r->interrupted, "pipeline", r->pipeline, "threads", r->threads, "processors", r->processors,
	    "samples_per_second", ff_json_real(r->samples), "head_images_per_second", ff_json_real(r->head_samples),
	    "gflops", ff_json_real(1e-9 * r->flops), "share_of_peak", r->peak, "imbalance", ff_json_real(r->imbalance),
	    "thread_a_layer", ff_json_real(r->apart), "slices", (json_int_t)r->slices, "slices_cut",
	    (json_int_t)r->slices_cut, "levels_cut", (json_int_t)r->levels_cut, "counters_refused", refused,
	    "bottleneck", r->advice.bottleneck, "why", r->advice.why, "fix", r->advice.fix, "stages", parts_to_json(r),
	    "rings", rings_to_json(r), "thread_times", threads_to_json(r), "rates", rates);
}
