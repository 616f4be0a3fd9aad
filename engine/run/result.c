#include "run/result.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "run/machine_type.h"

#include "ffengine/version.h"

static json_t *error_of(const struct ff_evaluation *set)
{
	return ff_json_real(set->n ? set->error : (double)NAN);
}

/* The error of one of the two classifiers. */
static json_t *error_by(const struct ff_evaluation *set, double error)
{
	return ff_json_real(set->n ? error : (double)NAN);
}

static json_t *layer_errors_of(const struct ff_evaluation *set)
{
	return set->n && set->n_layers ? ff_json_real_array(set->layer_error, (size_t)set->n_layers) : json_null();
}

/* [C x C] counts; each row is a true class. */
static json_t *confusion_of(const struct ff_evaluation *set)
{
	if (!set->n || isnan(set->error))
		return json_null();
	json_t *rows = json_array();
	for (int i = 0; i < set->classes; i++) {
		json_t *row = json_array();
		int failed = json_array_append_new(rows, row);
		for (int j = 0; j < set->classes && !failed; j++)
			failed = json_array_append_new(row, json_integer(set->confusion[i][j]));
		if (failed) {
			json_decref(rows);
			return NULL;
		}
	}
	return rows;
}

static json_t *describe_failure(const struct ff_error *failure)
{
	return json_pack("{ss so so so}", "status", ff_status_name(failure->status), "what",
	                 ff_json_text(failure->what), "where", ff_json_text(failure->where), "hint",
	                 ff_json_text(failure->hint));
}

json_t *ff_machine_to_json(void)
{
	struct ff_machine machine;
	ff_machine_describe(&machine);
	return json_pack("{so so so so ss}", "cpu", ff_json_text(machine.cpu), "matrices",
	                 ff_json_text(machine.matrices), "libc", ff_json_text(machine.libc), "compiler",
	                 ff_json_text(machine.compiler), "version", ff_version());
}

/* The measured values in the order of the file. */
static json_t *describe_outcome(const struct ff_result *r)
{
	return json_pack("{sI si so so so so so so so so so so so sI so}", "epochs", (json_int_t)r->epochs,
	                 "layers_trained", r->layers_trained, "seconds", ff_json_real(r->seconds), "total_seconds",
	                 ff_json_real(r->total_seconds), "samples_per_second", ff_json_real(r->samples_per_second),
	                 "train_error", error_of(&r->train), "validation_error", error_of(&r->validation), "test_error",
	                 error_of(&r->test), "layer_train_error", layer_errors_of(&r->train), "layer_validation_error",
	                 layer_errors_of(&r->validation), "layer_test_error", layer_errors_of(&r->test),
	                 "goodness_test_error", error_by(&r->test, r->test.goodness_error), "head_test_error",
	                 error_by(&r->test, r->test.head_error), "best_epoch", (json_int_t)r->best_epoch, "confusion",
	                 confusion_of(&r->test));
}

static json_t *describe_work(const struct ff_work *work)
{
	const char *processors = *work->processors ? work->processors : NULL;
	return json_pack("{si so so so ss?}", "threads", work->threads, "busy", ff_json_real(work->busy),
	                 "waiting_input", ff_json_real(work->waiting_input), "waiting_output",
	                 ff_json_real(work->waiting_output), "processors", processors);
}

/* Names station -1 (the source) to n_stations (the collector): "layer 2", "readout". */
static void name_station(const struct ff_result *r, int station, char name[24])
{
	if (station < 0)
		strcpy(name, "source");
	else if (station == r->execution.n_stations)
		strcpy(name, "collector");
	else if (station == r->execution.n_layers)
		strcpy(name, "readout");
	else
		snprintf(name, 24, "layer %d", station + 1);
}

static json_t *describe_station(const struct ff_result *r, int s)
{
	char name[24];
	name_station(r, s, name);
	json_t *layer = s < r->execution.n_layers ? json_integer(s + 1) : json_null();
	json_t *station = json_pack("{ss so si}", "name", name, "layer", layer, "leader", r->execution.leader[s] + 1);
	json_t *work = describe_work(&r->execution.stages[s]);
	int failed = json_object_update(station, work);
	json_decref(work);
	if (!failed)
		return station;
	json_decref(station);
	return NULL;
}

/* How the run was executed, how each station spent its time, and which one was the slowest. */
static json_t *describe_execution(const struct ff_result *r)
{
	char slowest[24];
	json_t *stages = json_array();
	int failed = 0;
	for (int s = 0; s < r->execution.n_stations && !failed; s++)
		failed = json_array_append_new(stages, describe_station(r, s));
	if (failed) {
		json_decref(stages);
		return NULL;
	}
	name_station(r, r->execution.bottleneck, slowest);
	return json_pack("{ss ss ss? so so so}", "kind", r->execution.pipeline ? "pipeline" : "sequential",
	                 "bottleneck", slowest, "unbound", *r->execution.unbound ? r->execution.unbound : NULL,
	                 "source", describe_work(&r->execution.source), "stages", stages, "collector",
	                 describe_work(&r->execution.collector));
}

static json_t *describe_result(const struct ff_result *result, const struct ff_error *failure)
{
	json_t *root = json_pack("{so so ss}", "name", ff_json_text(result->name), "seed",
	                         ff_json_unsigned(result->seed), "status",
	                         failure               ? "failed"
	                         : result->interrupted ? "interrupted"
	                                               : "finished");
	json_t *outcome = describe_outcome(result);
	int failed = failure && json_object_set_new(root, "error", describe_failure(failure)) != 0;
	failed = failed || json_object_update(root, outcome) != 0;
	failed = failed || json_object_set_new(root, "execution", describe_execution(result)) != 0;
	failed = failed || json_object_set_new(root, "machine", ff_machine_to_json()) != 0;
	failed = failed || json_object_set_new(root, "folder", ff_json_text(result->folder)) != 0;
	json_decref(outcome);
	if (!failed)
		return root;
	json_decref(root);
	return NULL;
}

/* Prints one key per line, since one line in all is too long, and one per number of the confusion matrix too many. */
static int print_members(json_t *root, FILE *stream)
{
	const char *key, *separator = "{";
	json_t *value;
	int failed = 0;
	json_object_foreach(root, key, value)
	{
		fprintf(stream, "%s\n  \"%s\": ", separator, key);
		failed |= json_dumpf(value, stream, JSON_ENCODE_ANY | FF_JSON_DIGITS);
		separator = ",";
	}
	fputs("\n}\n", stream);
	return failed;
}

char *ff_result_format(const struct ff_result *result, const struct ff_error *failure)
{
	char *text = NULL;
	size_t size = 0;
	json_t *root = describe_result(result, failure);
	FILE *stream = root ? open_memstream(&text, &size) : NULL;
	int failed = !stream || print_members(root, stream) != 0;
	failed |= stream && ferror(stream);
	failed |= stream && fclose(stream) != 0;
	json_decref(root);
	if (!failed)
		return text;
	free(text);
	return NULL;
}

char *ff_result_to_json(const struct ff_result *result)
{
	return ff_result_format(result, NULL);
}

char *ff_metrics_format(const struct ff_epoch_metrics *m)
{
	size_t n = (size_t)m->n_layers;
	json_t *root =
	    json_pack("{si si so so so so so so so so so so so}", "epoch", m->epoch, "layer", m->layer, "rate",
	              ff_json_real(m->rate), "loss", ff_json_real_array(m->loss, n), "goodness_positive",
	              ff_json_real_array(m->goodness_positive, n), "goodness_negative",
	              ff_json_real_array(m->goodness_negative, n), "head_loss", ff_json_real(m->head_loss),
	              "head_error", ff_json_real(m->head_error), "train_error", ff_json_real(m->train_error),
	              "validation_error", ff_json_real(m->validation_error), "test_error", ff_json_real(m->test_error),
	              "seconds", ff_json_real(m->seconds), "samples_per_second", ff_json_real(m->samples_per_second));
	char *line = root ? json_dumps(root, FF_JSON_DIGITS) : NULL;
	json_decref(root);
	char *text = line ? realloc(line, strlen(line) + 2) : NULL;
	if (!text) {
		free(line);
		return NULL;
	}
	return strcat(text, "\n");
}
