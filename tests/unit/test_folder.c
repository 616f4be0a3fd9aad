#include "support/harness.h"

#include <math.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <jansson.h>

#include "run/folder_open.h"
#include "run/model_file.h"

static struct ff_experiment experiment;
static struct ff_diagnostics diagnostics;
static struct ff_result result;
static char work[] = "/tmp/ff_folder_XXXXXX";

/* A valid experiment, and an empty current folder. */
static void set_up(void)
{
	static const char *const SET[] = {"name=unit", "layers.widths=[8,4]"};
	CHECK_INT(ff_experiment_load(NULL, SET, 2, &experiment, &diagnostics), FF_OK);
	snprintf(experiment.name, sizeof experiment.name, "unit");
	CHECK(mkdtemp(work) != NULL && chdir(work) == 0);
}

static json_t *load(const char *folder, const char *name)
{
	char path[4 * FF_MAX_PATH];
	snprintf(path, sizeof path, "%s/%s", folder, name);
	json_t *root = json_load_file(path, JSON_REJECT_DUPLICATES, NULL);
	CHECK(json_is_object(root));
	return root;
}

static bool exists(const char *folder, const char *name)
{
	char path[4 * FF_MAX_PATH];
	snprintf(path, sizeof path, "%s/%s", folder, name);
	return access(path, F_OK) == 0;
}

static void open_creates_the_files(void)
{
	struct ff_run_folder folder;
	struct stat st;
	CHECK_INT(ff_run_folder_open("a/b/c", &experiment, &folder, NULL), FF_OK);
	CHECK_TEXT(folder.path, "a/b/c");
	CHECK(exists("a/b/c", "metrics.jsonl") && exists("a/b/c", "log.txt"));
	CHECK(stat("a/b/c/resolved.yaml", &st) == 0 && st.st_size > 0);
	CHECK(!exists("a/b/c", "result.json"));
	CHECK_INT(ff_run_folder_close(&folder, NULL), FF_OK);
	CHECK_INT(ff_run_folder_close(&folder, NULL), FF_OK);
	CHECK_INT(ff_run_folder_close(&(struct ff_run_folder){0}, NULL), FF_OK);
}

static void default_folders_never_collide(void)
{
	struct ff_run_folder folders[3];
	for (int i = 0; i < 3; i++) {
		ff_scenario("folder %d of the same second", i + 1);
		CHECK_INT(ff_run_folder_open(NULL, &experiment, &folders[i], NULL), FF_OK);
		CHECK_HAS(folders[i].path, "runs/unit-20");
		CHECK(exists(folders[i].path, "resolved.yaml"));
		for (int j = 0; j < i; j++)
			CHECK(strcmp(folders[i].path, folders[j].path) != 0);
	}
	for (int i = 0; i < 3; i++)
		CHECK_INT(ff_run_folder_close(&folders[i], NULL), FF_OK);
}

static void used_folders_are_refused_and_left_alone(void)
{
	struct ff_run_folder folder;
	struct ff_error error;
	CHECK_INT(mkdir("empty", 0777), 0);
	CHECK_INT(ff_run_folder_open("empty", &experiment, &folder, &error), FF_OK);
	CHECK_INT(ff_run_folder_close(&folder, NULL), FF_OK);
	CHECK_INT(mkdir("used", 0777), 0);
	FILE *stream = fopen("used/metrics.jsonl", "w");
	if (!CHECK(stream && fputs("mine", stream) >= 0 && fclose(stream) == 0))
		return;
	CHECK_INT(ff_run_folder_open("used", &experiment, &folder, &error), FF_ERROR_USAGE);
	CHECK_TEXT(error.where, "used");
	CHECK_HAS(error.what, "not empty");
	struct stat st;
	CHECK(stat("used/metrics.jsonl", &st) == 0 && st.st_size == 4);
	CHECK(!exists("used", "resolved.yaml"));
	CHECK_INT(ff_run_folder_close(&folder, NULL), FF_OK);
}

static void impossible_folders_are_io_errors(void)
{
	struct ff_run_folder folder;
	struct ff_error error;
	char longest[FF_MAX_PATH + 10];
	memset(longest, 'x', sizeof longest);
	longest[sizeof longest - 1] = '\0';
	CHECK_INT(ff_run_folder_open("/dev/null/run", &experiment, &folder, &error), FF_ERROR_IO);
	CHECK_HAS(error.where, "/dev/null");
	CHECK_HAS(error.hint, "--out");
	CHECK_INT(ff_run_folder_open("/dev/null", &experiment, &folder, &error), FF_ERROR_IO);
	CHECK_INT(ff_run_folder_open("", &experiment, &folder, &error), FF_ERROR_IO);
	CHECK_INT(ff_run_folder_open(longest, &experiment, &folder, &error), FF_ERROR_IO);
	CHECK_HAS(error.what, "too long");
}

static struct ff_epoch_metrics sample_epoch(void)
{
	return (struct ff_epoch_metrics){.layer = 2,
	                                 .epoch = 3,
	                                 .n_layers = 2,
	                                 .rate = 0.5,
	                                 .loss = {(double)NAN, 0.05},
	                                 .goodness_positive = {1.5, 2.5},
	                                 .goodness_negative = {(double)INFINITY, 0.25},
	                                 .head_loss = 0.75,
	                                 .head_error = (double)NAN,
	                                 .train_error = 0.5,
	                                 .validation_error = (double)NAN,
	                                 .test_error = 0.0955,
	                                 .seconds = 1.25,
	                                 .samples_per_second = 4000};
}

static void an_epoch_is_a_flushed_line(void)
{
	struct ff_run_folder folder;
	struct ff_epoch_metrics epoch = sample_epoch();
	char line[1024] = "";
	CHECK_INT(ff_run_folder_open("metrics", &experiment, &folder, NULL), FF_OK);
	CHECK_INT(ff_run_folder_epoch(&folder, &epoch, NULL), FF_OK);
	epoch.epoch = 4;
	CHECK_INT(ff_run_folder_epoch(&folder, &epoch, NULL), FF_OK);
	FILE *stream = fopen("metrics/metrics.jsonl", "r"); /* before the folder is closed */
	if (!CHECK(stream && fgets(line, sizeof line, stream)))
		return;
	CHECK_TEXT(line, "{\"epoch\": 3, \"layer\": 2, \"rate\": 0.5, \"loss\": [null, 0.05], \"goodness_positive\": "
	                 "[1.5, 2.5], \"goodness_negative\": [null, 0.25], \"head_loss\": 0.75, \"head_error\": null, "
	                 "\"train_error\": 0.5, \"validation_error\": null, \"test_error\": 0.0955, \"seconds\": 1.25, "
	                 "\"samples_per_second\": 4000.0}\n");
	CHECK(fgets(line, sizeof line, stream) && strncmp(line, "{\"epoch\": 4,", 12) == 0);
	CHECK(!fgets(line, sizeof line, stream));
	fclose(stream);
	CHECK_INT(ff_run_folder_close(&folder, NULL), FF_OK);
}

static void a_full_disk_is_reported(void)
{
	struct ff_run_folder folder;
	struct ff_error error;
	struct ff_epoch_metrics epoch = sample_epoch();
	CHECK_INT(ff_run_folder_open("full", &experiment, &folder, NULL), FF_OK);
	FILE *full = fopen("/dev/full", "w");
	if (!full) {
		ff_test_skip("no /dev/full");
		CHECK_INT(ff_run_folder_close(&folder, NULL), FF_OK);
		return;
	}
	fclose(folder.metrics);
	folder.metrics = full;
	CHECK_INT(ff_run_folder_epoch(&folder, &epoch, &error), FF_ERROR_IO);
	CHECK_TEXT(error.where, "full/metrics.jsonl");
	CHECK_HAS(error.what, "No space left");
	CHECK_HAS(error.hint, "space");
	error = (struct ff_error){0};
	CHECK_INT(ff_run_folder_close(&folder, &error), FF_ERROR_IO);
	CHECK_HAS(error.what, "cannot write");
	CHECK(!folder.metrics && !folder.log);
}

/* The file-size limit stands for a disk that is full before the run begins. */
static void no_room_for_the_experiment(void)
{
	struct ff_run_folder folder;
	struct ff_error error = {0};
	struct rlimit before, none;
	signal(SIGXFSZ, SIG_IGN);
	CHECK_INT(getrlimit(RLIMIT_FSIZE, &before), 0);
	none = (struct rlimit){100, before.rlim_max};
	CHECK_INT(setrlimit(RLIMIT_FSIZE, &none), 0);
	ff_status status = ff_run_folder_open("crammed", &experiment, &folder, &error);
	CHECK_INT(setrlimit(RLIMIT_FSIZE, &before), 0);
	CHECK_INT(status, FF_ERROR_IO);
	CHECK_TEXT(error.where, "crammed/resolved.yaml");
	CHECK_HAS(error.what, "cannot write: File too large");
	CHECK_HAS(error.hint, "another folder");
	CHECK(!exists("crammed", ""));
}

static void the_log_is_dated(void)
{
	struct ff_run_folder folder;
	char line[256] = "";
	CHECK_INT(ff_run_folder_open("log", &experiment, &folder, NULL), FF_OK);
	ff_run_folder_log(&folder, "rate %d of %s", 3, "all");
	FILE *stream = fopen("log/log.txt", "r");
	if (!CHECK(stream && fgets(line, sizeof line, stream)))
		return;
	CHECK_HAS(line, "experiment unit, seed"); /* the folder's own beginning */
	CHECK(fgets(line, sizeof line, stream) && fgets(line, sizeof line, stream));
	int year = 0, month = 0;
	CHECK_INT(sscanf(line, "%4d-%2d-", &year, &month), 2);
	CHECK(year >= 2024 && month >= 1 && month <= 12);
	CHECK_HAS(line, " rate 3 of all\n");
	fclose(stream);
	CHECK_INT(ff_run_folder_close(&folder, NULL), FF_OK);
	ff_run_folder_log(&folder, "nobody listens");
}

static void fill_result(const char *path)
{
	memset(&result, 0, sizeof result);
	snprintf(result.name, sizeof result.name, "unit \"x\"");
	snprintf(result.folder, sizeof result.folder, "%s", path);
	result.seed = 1234;
	result.epochs = 60;
	result.seconds = 1.5;
	result.total_seconds = 2.5;
	result.samples_per_second = 1e5;
	result.test.n = 4;
	result.test.classes = 2;
	result.test.n_layers = 2;
	result.test.error = 0.25;
	result.test.goodness_error = (double)NAN;
	result.test.head_error = 0.125;
	result.best_epoch = 41;
	result.execution.n_layers = 2;
	result.execution.n_stations = 3;
	result.execution.bottleneck = 2;
	strcpy(result.execution.stages[1].processors, "4-6:2");
	result.test.layer_error[0] = 0.5;
	result.test.layer_error[1] = 0.05;
	result.test.confusion[0][0] = 2;
	result.test.confusion[1][0] = 1;
	result.test.confusion[1][1] = 1;
}

static double number(const json_t *root, const char *key)
{
	const json_t *value = json_object_get(root, key);
	CHECK(json_is_number(value));
	return json_number_value(value);
}

/* Two layers and a readout, which is the slowest. */
static void check_stations(const json_t *execution)
{
	const json_t *stages = json_object_get(execution, "stages");
	CHECK_TEXT(json_string_value(json_object_get(execution, "bottleneck")), "readout");
	CHECK_INT(json_array_size(stages), 3);
	CHECK_TEXT(json_string_value(json_object_get(json_array_get(stages, 1), "name")), "layer 2");
	CHECK_INT(json_integer_value(json_object_get(json_array_get(stages, 1), "layer")), 2);
	CHECK_TEXT(json_string_value(json_object_get(json_array_get(stages, 2), "name")), "readout");
	CHECK(json_is_null(json_object_get(json_array_get(stages, 2), "layer")));
}

static void check_outcome(const json_t *root)
{
	CHECK_TEXT(json_string_value(json_object_get(root, "status")), "finished");
	CHECK_TEXT(json_string_value(json_object_get(root, "name")), "unit \"x\"");
	CHECK_INT(json_integer_value(json_object_get(root, "seed")), 1234);
	CHECK_NEAR(number(root, "epochs"), 60, 0);
	CHECK_NEAR(number(root, "seconds"), 1.5, 0);
	CHECK_NEAR(number(root, "total_seconds"), 2.5, 0);
	CHECK_NEAR(number(root, "samples_per_second"), 1e5, 0);
	CHECK_NEAR(number(root, "test_error"), 0.25, 0);
	CHECK(json_is_null(json_object_get(root, "train_error")));
	CHECK(json_is_null(json_object_get(root, "validation_error")));
	CHECK(json_is_null(json_object_get(root, "goodness_test_error")));
	CHECK_NEAR(number(root, "head_test_error"), 0.125, 0);
	CHECK_NEAR(number(root, "best_epoch"), 41, 0);
	CHECK(!json_object_get(root, "error"));
	check_stations(json_object_get(root, "execution"));
	json_t *layers = json_object_get(root, "layer_test_error");
	CHECK_INT(json_array_size(layers), 2);
	CHECK_NEAR(json_number_value(json_array_get(layers, 1)), 0.05, 0);
	json_t *row = json_array_get(json_object_get(root, "confusion"), 1);
	CHECK_INT(json_array_size(json_object_get(root, "confusion")), 2);
	CHECK_INT(json_array_size(row), 2);
	CHECK_INT(json_integer_value(json_array_get(row, 0)), 1);
	CHECK_INT(json_object_size(json_object_get(root, "machine")), 5);
}

static void a_finished_run_is_told(void)
{
	struct ff_run_folder folder;
	CHECK_INT(ff_run_folder_open("finished", &experiment, &folder, NULL), FF_OK);
	fill_result(folder.path);
	CHECK_INT(ff_run_folder_result(&folder, &result, NULL, NULL), FF_OK);
	json_t *root = load("finished", "result.json");
	check_outcome(root);
	CHECK_TEXT(json_string_value(json_object_get(root, "folder")), "finished");
	json_decref(root);
	char *text = ff_result_to_json(&result), bytes[8192] = "";
	FILE *stream = fopen("finished/result.json", "r");
	CHECK(stream && fread(bytes, 1, sizeof bytes - 1, stream) > 0);
	CHECK_TEXT(text, bytes);
	CHECK_HAS(text, "\n  \"layer_test_error\": [0.5, 0.05],\n"); /* one key a line, short numbers */
	fclose(stream);
	free(text);
	CHECK_INT(ff_run_folder_close(&folder, NULL), FF_OK);
}

static void a_failed_run_says_why(void)
{
	struct ff_run_folder folder;
	struct ff_error failure = {FF_ERROR_NUMERIC, "the loss is not finite", "layer 2, epoch 3", "lower the rate"};
	CHECK_INT(ff_run_folder_open("failed", &experiment, &folder, NULL), FF_OK);
	fill_result("caf\xe9"); /* a folder's name may be any bytes */
	result.seed = UINT64_MAX;
	result.seconds = (double)NAN;
	CHECK_INT(ff_run_folder_result(&folder, &result, &failure, NULL), FF_OK);
	json_t *root = load("failed", "result.json"), *error = json_object_get(root, "error");
	CHECK_TEXT(json_string_value(json_object_get(root, "status")), "failed");
	CHECK_TEXT(json_string_value(json_object_get(root, "seed")), "18446744073709551615");
	CHECK_TEXT(json_string_value(json_object_get(root, "folder")), "caf?");
	CHECK(json_is_null(json_object_get(root, "seconds")));
	CHECK_TEXT(json_string_value(json_object_get(error, "status")), "numeric");
	CHECK_TEXT(json_string_value(json_object_get(error, "what")), "the loss is not finite");
	CHECK_TEXT(json_string_value(json_object_get(error, "where")), "layer 2, epoch 3");
	CHECK_TEXT(json_string_value(json_object_get(error, "hint")), "lower the rate");
	json_decref(root);
	CHECK_INT(ff_run_folder_close(&folder, NULL), FF_OK);
}

static void the_model_carries_its_origin(void)
{
	struct ff_run_folder folder;
	static const float WEIGHTS[6] = {1, 2, 3, 4, 5, 6};
	const struct ff_tensor tensor = {"layers.0.weight", 2, 3, true, 0, WEIGHTS};
	char bytes[1024] = "";
	CHECK_INT(ff_run_folder_open("model", &experiment, &folder, NULL), FF_OK);
	CHECK_INT(ff_model_file_write_tensors(&folder, &experiment, &tensor, 1, NULL), FF_OK);
	FILE *stream = fopen("model/model.safetensors", "rb");
	if (CHECK(stream != NULL)) {
		CHECK(fread(bytes, 1, sizeof bytes - 1, stream) > 8);
		CHECK_HAS(bytes + 8, "\"name\":\"unit\"");
		CHECK_HAS(bytes + 8, "\"shape\":[3,2]");
		fclose(stream);
	}
	CHECK_INT(ff_run_folder_close(&folder, NULL), FF_OK);
}

static void clean_up(void)
{
	char command[128];
	snprintf(command, sizeof command, "rm -rf %s", work);
	CHECK_INT(chdir("/"), 0);
	CHECK_INT(system(command), 0);
}

FF_TESTS("folder", {"set-up", set_up}, {"open creates the files", open_creates_the_files},
         {"default folders never collide", default_folders_never_collide},
         {"used folders are refused and left alone", used_folders_are_refused_and_left_alone},
         {"impossible folders are I/O errors", impossible_folders_are_io_errors},
         {"an epoch is a flushed line", an_epoch_is_a_flushed_line},
         {"a full disk is reported", a_full_disk_is_reported},
         {"no room for the experiment", no_room_for_the_experiment}, {"the log is dated", the_log_is_dated},
         {"a finished run is told", a_finished_run_is_told}, {"a failed run says why", a_failed_run_says_why},
         {"the model carries its origin", the_model_carries_its_origin}, {"nothing is left over", clean_up})
