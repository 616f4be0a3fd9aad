#include "run/record.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/json.h"
#include "run/result.h"

enum { EXACT = JSON_REAL_PRECISION(17) };

static json_t *totals_of(const struct ff_training_totals *t)
{
	return json_pack("{sI sI sI sI sI so so}", "epochs", (json_int_t)t->epochs, "head_epochs",
	                 (json_int_t)t->head_epochs, "pairs", (json_int_t)t->pairs, "head_images",
	                 (json_int_t)t->head_images, "best_epoch", (json_int_t)t->best_epoch, "seconds",
	                 ff_json_real(t->seconds), "head_seconds", ff_json_real(t->head_seconds));
}

static json_t *of_sets(const int64_t numbers[FF_N_SETS])
{
	return json_pack("[III]", (json_int_t)numbers[0], (json_int_t)numbers[1], (json_int_t)numbers[2]);
}

char *ff_record_format(const struct ff_record *record)
{
	const struct ff_training_state *t = &record->training;
	json_t *root =
	    json_pack("{ss so so so si sI sb so sI so so sI so}", "experiment", record->experiment, "machine",
	              ff_machine_to_json(), "images", of_sets(record->data.images), "sums", of_sets(record->data.sums),
	              "turn", t->alone, "epoch", (json_int_t)t->epoch, "restorable", t->restorable, "least_error",
	              ff_json_real(t->least_error), "without_gain", (json_int_t)t->without_gain, "totals",
	              totals_of(&t->totals), "training_seconds", ff_json_real(t->seconds), "metrics_bytes",
	              (json_int_t)record->metrics_bytes, "seconds", ff_json_real(record->seconds));
	char *text = root ? json_dumps(root, EXACT) : NULL;
	json_decref(root);
	return text;
}

/* Refuses a record of another type of machine and names the first difference. */
static ff_status check_machine(const json_t *machine, const char *where, struct ff_error *error)
{
	json_t *here = ff_machine_to_json();
	const char *key;
	json_t *value;
	ff_status status = here ? FF_OK : ff_fail(error, FF_ERROR_MEMORY, "no memory to describe the machine");
	json_object_foreach(here, key, value)
	{
		const json_t *then = json_object_get(machine, key);
		if (status != FF_OK || json_equal(value, then))
			continue;
		status =
		    ff_fail_at(error, FF_ERROR_USAGE, where, "resume on that type of machine, or start the run again",
		               "another type of machine gives other bits: %s is '%s' here, was '%s'", key,
		               json_string_value(value), json_is_string(then) ? json_string_value(then) : "");
	}
	json_decref(here);
	return status;
}

static bool unpack(json_t *root, struct ff_record *record)
{
	struct ff_training_state *t = &record->training;
	struct ff_training_totals *totals = &t->totals;
	const char *experiment = "";
	json_t *least_error = NULL;
	json_int_t images[3], sums[3], epoch, without_gain, metrics_bytes, epochs, head_epochs, pairs, head_images,
	    best_epoch;
	int restorable;
	int failed = json_unpack(
	    root, "{ss s[III] s[III] si sI sb so sI sF sI sF s{sI sI sI sI sI sF sF}}", "experiment", &experiment,
	    "images", &images[0], &images[1], &images[2], "sums", &sums[0], &sums[1], &sums[2], "turn", &t->alone,
	    "epoch", &epoch, "restorable", &restorable, "least_error", &least_error, "without_gain", &without_gain,
	    "training_seconds", &t->seconds, "metrics_bytes", &metrics_bytes, "seconds", &record->seconds, "totals",
	    "epochs", &epochs, "head_epochs", &head_epochs, "pairs", &pairs, "head_images", &head_images, "best_epoch",
	    &best_epoch, "seconds", &totals->seconds, "head_seconds", &totals->head_seconds);
	if (failed || metrics_bytes < 0)
		return false;
	snprintf(record->experiment, sizeof record->experiment, "%s", experiment);
	for (int s = 0; s < FF_N_SETS; s++) {
		record->data.images[s] = images[s];
		record->data.sums[s] = sums[s];
	}
	record->data.summed = true;
	record->metrics_bytes = metrics_bytes;
	t->epoch = epoch;
	t->restorable = restorable;
	t->least_error = json_is_number(least_error) ? json_number_value(least_error) : (double)INFINITY;
	t->without_gain = without_gain;
	totals->epochs = epochs;
	totals->head_epochs = head_epochs;
	totals->pairs = pairs;
	totals->head_images = head_images;
	totals->best_epoch = best_epoch;
	return true;
}

ff_status ff_record_read(const char *text, const char *where, struct ff_record *record, struct ff_error *error)
{
	*record = (struct ff_record){.metrics_bytes = 0};
	json_t *root = json_loads(text, 0, NULL);
	ff_status status = FF_OK;
	if (!unpack(root, record))
		status = ff_fail_at(error, FF_ERROR_DATA, where, "start the run again",
		                    "the checkpoint does not say where training resumes");
	else
		status = check_machine(json_object_get(root, "machine"), where, error);
	json_decref(root);
	return status;
}
