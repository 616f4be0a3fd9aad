#include "support/harness.h"

#include <dirent.h>
#include <locale.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/rng.h"
#include "support/config_support.h"

/* The experiment as printed; NULL on failure. The caller frees it. */
static char *print(const struct ff_experiment *experiment)
{
	char *text = NULL;
	size_t size = 0;
	FILE *stream = open_memstream(&text, &size);
	struct ff_error error = {0};
	CHECK(stream != NULL);
	ff_status status = ff_experiment_print(experiment, stream, &error);
	fclose(stream);
	CHECK_TEXT(error.what, "");
	if (status == FF_OK)
		return text;
	free(text);
	return NULL;
}

/* Printing and loading again gives every byte back. */
static bool survives_printing(const struct ff_experiment *experiment)
{
	struct ff_experiment before;
	memcpy(&before, experiment, sizeof before);
	char *text = print(&before);
	if (!CHECK(text != NULL))
		return false;
	struct loaded *again = load(text);
	bool same = CHECK_INT(again->status, FF_OK) && CHECK(memcmp(&again->experiment, &before, sizeof before) == 0);
	if (!same)
		printf("\n%s\n%s\n", text, line(again, 0));
	free(text);
	return same;
}

/* Alternatives for each key: the property test draws one of them, or leaves the key out. */
static const struct choice {
	const char *key, *values[5];
} CHOICES[] = {
    {"name", {"a", "'0'", "null-1", "'null'", "'true'"}},
    {"seed", {"0", "18446744073709551615", "7", "9223372036854775808", "1"}},
    {"dataset.train", {"1000", "all", "50000", "101", "2000"}},
    {"dataset.validation", {"0", "1", "10000", "5000", "2"}},
    {"dataset.test", {"1", "all", "10000", "77", "5"}},
    {"dataset.classes", {"auto", "2", "256", "10", "11"}},
    {"dataset",
     {"{standardize: true, mean: 0.1307, std: 0.3081}", "{standardize: true, mean: -1e-7}",
      "{name: synthetic, synthetic: {height: 5, width: 4096, noise: 1}}", "{name: fashion-mnist}",
      "{name: files, train_images: 'a b\"\\c', train_labels: \"\\u00e9\\u2028\\uFFFE\\x85\\x01\\U0001F600\", "
      "test_images: ':', test_labels: '# x'}"}},
    {"label.strength", {"max", "0.1", "1", "123456789e-5", "1.00000000000000001e-5"}},
    {"layers.normalize", {"l2", "rms", "l2", "rms", "l2"}},
    {"layers.eps", {"1e-8", "0.30000000000000004", "1", "4.9e-29", "0.1"}},
    {"layers.init", {"uniform", "normal", "uniform", "normal", "normal"}},
    {"layers.dropout", {"0", "0.5", "0.1", "0.99999", "1e-9"}},
    {"augment.shift", {"0", "1", "2", "3", "4"}},
    {"layers.peer", {"0.03", "-0.0", "0", "1e6", "0.1"}},
    {"objective.goodness", {"mean_square", "sum_square", "sum_square", "mean_square", "sum_square"}},
    {"objective", {"{loss: symba, alpha: 3}", "{loss: swish}", "{reduce: rows}", "{loss: logistic, alpha: 4}", "{}"}},
    {"objective.direction", {"minimise", "maximise", "minimise", "minimise", "maximise"}},
    {"objective.threshold", {"width", "0", "2.5", "1e9", "0.1"}},
    {"negatives.redraw", {"once", "epoch", "batch", "once", "batch"}},
    {"optimizer",
     {"{kind: sgd, momentum: 0.99}", "{kind: adam, beta1: 0, beta2: 0.5}", "{epsilon: 1.7e-30}", "{schedule: cooldown}",
      "{schedule: cosine}"}},
    {"optimizer.rate", {"0", "0.1", "1e-5", "3", "0.00030000000000000003"}},
    {"optimizer.decay", {"0", "0.1", "1e-5", "3", "2"}},
    {"train", {"{order: greedy, batch: full}", "{batch: 1}", "{epochs: 1000000}", "{order: together}", "{batch: 100}"}},
    {"evaluate.layers", {"all", "1", "2..", "[1, 3]", "1..2"}},
    {"evaluate",
     {"{every: 3, layers: 1}", "{test: epoch, layers: 3}", "{train: never}", "{train: epoch}", "{test: end}"}},
    {"execution",
     {"{threads: {total: 4}}", "{kind: sequential, memory: {budget: 0}}",
      "{memory: {budget: 4GiB}, depth: 4096, bind: none}",
      "{kind: pipeline, threads: {per_stage: 2, total: 9}, depth: 1}", "{memory: {budget: 4611686018427387904}}"}},
    {"layers.each",
     {"[{rate: 0.1}, {}, {}]", "[{rate: 0.1}, {rate: 0.2}, {rate: 0.3, decay: 0.1}]",
      "[{normalize: l2}, {threshold: width}, {eps: 0.1, init: uniform, peer: 1e-9}]",
      "[{width: 3}, {width: 4}, {width: 5}]", "[{threads: 4}, {threads: auto}, {threshold: 0.1, dropout: 0}]"}},
};
enum { N_CHOICES = sizeof CHOICES / sizeof *CHOICES };

/* What goes only with other keys: drawn as a whole, onto the same net. */
static const char *const MODES[] = {
    "head: {when: after, layers: auto, optimizer: sgd, rate: 0.1, decay: 1e-5, epochs: 1000000}",
    "head: {when: together, layers: [1, 3], rate: 0}\nnegatives: {draw: head, lag: 0}\nevaluate: {by: head}",
    "head: {when: together, layers: all}\nnegatives: {draw: head, lag: auto}\nobjective: {direction: minimise}",
    "negatives: {draw: goodness, lag: 7}\nobjective: {goodness: top_k, k: 6}\ntrain: {batch: 1024}",
    "mode: unsupervised\nhead: {when: after}\ntrain: {order: greedy, batch: full}\nnegatives: {blur: 0}",
    ("mode: unsupervised\nhead: {when: together, optimizer: sgd}\nnegatives: {kind: hybrid, blur: 1000, redraw: once}\n"
     "optimizer: {kind: adam, momentum: 0.5, beta1: 0.25}"),
    "train: {patience: 3}\ndataset: {validation: 100}\naugment: {shift: 4}",
    "mode: unsupervised\nhead: {when: together, layers: 1}\nevaluate: {by: auto}\noptimizer: {kind: sgd, beta2: 0.5}",
};
enum { N_MODES = sizeof MODES / sizeof *MODES };

static void each_mode_survives(void)
{
	for (int i = 0; i < N_MODES; i++)
		for (int dropout = 0; dropout < 3; dropout++) {
			static const char *const LAYERS[] = {
			    "{widths: [9, 8, 7]}", "{widths: [9, 8, 7], dropout: 0.3}",
			    "{each: [{width: 9, dropout: 0.1}, {width: 8}, {width: 7}]}"};
			char text[600];
			snprintf(text, sizeof text, "layers: %s\n%s\n", LAYERS[dropout], MODES[i]);
			struct loaded *got = load(text);
			CHECK_TEXT(line(got, 0), "");
			if (CHECK_INT(got->status, FF_OK))
				survives_printing(&got->experiment);
		}
}

/* The default of a set keeps its meaning where an override of a printed experiment adds layers. */
static void a_printed_head_follows_the_widths(void)
{
	char *text = print(&load("layers: {widths: [3, 4]}")->experiment);
	CHECK_HAS(text, "\n  layers: auto\n");
	struct loaded *got = load_set(text, "layers.widths=[3, 4, 5]");
	CHECK_TEXT(line(got, 0), "");
	CHECK_INT(got->experiment.head.layers.bits[0], 6);
	free(text);
	text = print(&load("layers: {widths: [3, 4]}\nhead: {when: after, layers: [1, 2]}")->experiment);
	CHECK(strstr(text, "layers: auto") == NULL);
	free(text);
}

static void printed_experiments_load_to_the_same_bytes(void)
{
	enum { TRIALS = 400 };
	int loaded_well = 0;
	for (uint32_t trial = 0; trial < TRIALS; trial++) {
		char texts[N_CHOICES + 1][400];
		const char *overrides[N_CHOICES + 1];
		int n = 0;
		for (uint32_t c = 0; c < N_CHOICES; c++) {
			uint32_t draw = ff_random_below(ff_random_at(5, FF_PURPOSE_WEIGHT, trial, 0, c), 10);
			if (draw >= 5)
				continue;
			snprintf(texts[n], sizeof texts[n], "%s=%s", CHOICES[c].key, CHOICES[c].values[draw]);
			overrides[n] = texts[n];
			n++;
		}
		struct loaded *got = load_bytes("layers: {widths: [9, 8, 7]}", 27, overrides, n);
		loaded_well += got->status == FF_OK;
		if (got->status == FF_OK && !survives_printing(&got->experiment))
			return;
	}
	CHECK(loaded_well > TRIALS / 2);
}

static void each_value_survives_alone(void)
{
	for (int c = 0; c < N_CHOICES; c++)
		for (int v = 0; v < 5; v++) {
			char text[400];
			snprintf(text, sizeof text, "%s=%s", CHOICES[c].key, CHOICES[c].values[v]);
			struct loaded *got = load_set("layers: {widths: [9, 8, 7]}", text);
			CHECK_TEXT(line(got, 0), "");
			if (got->status == FF_OK)
				survives_printing(&got->experiment);
		}
}

static void each_is_printed_only_where_layers_differ(void)
{
	char *text = print(&load("layers: {widths: [3, 4], each: [{rate: 0.5}, {rate: 0.5}]}")->experiment);
	CHECK_HAS(text, "rate: 0.5\n");
	CHECK_HAS(text, "widths: [3, 4]\n");
	CHECK(strstr(text, "each") == NULL);
	CHECK(strstr(text, "train_images") == NULL);
	CHECK(strchr(text, '#') == NULL && strchr(text, '\t') == NULL);
	free(text);
	text = print(&load("layers: {widths: [3, 4, 5], each: [{rate: 0.5}, {}, {}]}")->experiment);
	CHECK_HAS(text, "  each:\n    - {rate: 0.5}\n    - {}\n    - {}\n");
	CHECK_HAS(text, "  rate: 0.001\n");
	free(text);
	text = print(&load("layers: {widths: [3], peer: -0.0}")->experiment);
	CHECK_HAS(text, "  peer: 0\n");
	free(text);
}

static void what_holds_no_experiment_is_not_printed(void)
{
	struct ff_error error;
	char buffer[8192];
	struct ff_experiment e = load("layers: {widths: [3]}")->experiment;
	FILE *stream = fmemopen(buffer, sizeof buffer, "w");
	e.objective.loss = (enum ff_loss_kind)77;
	CHECK_INT(ff_experiment_print(&e, stream, &error), FF_ERROR_USAGE);
	CHECK_HAS(error.what, "objective.loss");
	e.objective.loss = FF_SWISH;
	e.layers[0].rate = NAN;
	CHECK_INT(ff_experiment_print(&e, stream, &error), FF_ERROR_USAGE);
	CHECK_HAS(error.what, "optimizer.rate");
	e.n_layers = FF_MAX_LAYERS + 1;
	CHECK_INT(ff_experiment_print(&e, stream, &error), FF_ERROR_USAGE);
	fclose(stream);
	e = load("layers: {widths: [3]}")->experiment;
	stream = fopen("/dev/full", "w");
	if (stream) {
		CHECK_INT(ff_experiment_print(&e, stream, &error), FF_ERROR_IO);
		fclose(stream);
	}
}

static void numbers_do_not_follow_the_locale(void)
{
	static const char *const COMMAS[] = {"de_DE.UTF-8", "fr_FR.UTF-8", "de_DE", "fr_FR", "nl_NL.UTF-8"};
	const char *set = NULL;
	for (size_t i = 0; i < sizeof COMMAS / sizeof *COMMAS && !set; i++)
		set = setlocale(LC_ALL, COMMAS[i]);
	if (!set) {
		ff_test_skip("no locale with a decimal comma");
		return;
	}
	struct loaded *got = load_set("layers: {widths: [3]}", "optimizer.rate=0.25");
	CHECK_NEAR(got->experiment.layers[0].rate, 0.25, 0);
	survives_printing(&got->experiment);
	setlocale(LC_ALL, "C");
}

/* What must hold of any experiment that was loaded: it is in range, so it prints and loads again. */
static bool is_consistent(const struct ff_experiment *e)
{
	bool ok = e->n_layers >= 1 && e->n_layers <= FF_MAX_LAYERS && *e->name && e->train.epochs >= 1;
	uint64_t used = 0;
	for (int l = 0; ok && l < e->n_layers; l++) {
		const struct ff_layer_config *layer = &e->layers[l];
		ok = layer->width >= 1 && layer->width <= 1000000 && layer->eps > 0 && layer->rate >= 0;
		used |= ff_layer_set_has(&e->evaluate.layers, l) &&
		        (e->head.when == FF_HEAD_NEVER || e->head.layers.bits[0]);
	}
	return CHECK(ok && used) && survives_printing(e);
}

static const char WHOLE[] = "name: whole\nseed: 3\n"
                            "dataset: {name: mnist, train: 50000, validation: 10000, standardize: true, mean: 0.1}\n"
                            "layers:\n  widths: [30, 40]\n  normalize: l2\n  each:\n    - {rate: 0.5}\n    - {}\n"
                            "objective: &o {loss: 'swish', alpha: 6, reduce: rows}\n"
                            "optimizer: {kind: sgd, momentum: 0.9}\n"
                            "evaluate: {layers: [1, 2..]} # all\n"
                            "head: {when: together, layers: [2], rate: 0.01}\n"
                            "negatives: {draw: head, lag: 2}\n"
                            "execution: {memory: {budget: 64MiB}}\n";

static void truncated_files_never_load_wrong(void)
{
	int well = 0;
	for (size_t n = 0; n < sizeof WHOLE; n++) {
		struct loaded *got = load_bytes(WHOLE, n, NULL, 0);
		CHECK((got->status == FF_OK) == (got->diagnostics.count == 0));
		if (got->status == FF_OK && is_consistent(&got->experiment))
			well++;
		if (got->status != FF_OK)
			CHECK(*got->diagnostics.items[0].what && *got->diagnostics.items[0].where);
	}
	CHECK(well > 10);
	CHECK_INT(load(WHOLE)->status, FF_OK);
}

static void damaged_files_never_load_wrong(void)
{
	static const char MARKS[] = "\n\t :,{}[]&*!|>'\"%@`#-?0.e~<\\\x80\xFF";
	for (uint32_t trial = 0; trial < 4000; trial++) {
		char text[sizeof WHOLE];
		memcpy(text, WHOLE, sizeof WHOLE);
		for (uint32_t i = 0; i <= trial % 3; i++) {
			struct ff_random r = ff_random_at(6, FF_PURPOSE_WEIGHT, trial, 0, i);
			size_t at = r.word[0] % (sizeof WHOLE - 1);
			text[at] = r.word[1] & 1 ? MARKS[r.word[2] % (sizeof MARKS - 1)]
			                         : (char)(text[at] ^ 1 << r.word[2] % 8);
		}
		struct loaded *got = load_bytes(text, sizeof WHOLE - 1, NULL, 0);
		CHECK((got->status == FF_OK) == (got->diagnostics.count == 0));
		if (got->status == FF_OK && !is_consistent(&got->experiment))
			return;
		text[sizeof WHOLE - 1] = '\0';
		const char *override = text + trial % 200;
		got = load_set("layers: {widths: [2]}", override);
		CHECK((got->status == FF_OK) == (got->diagnostics.count == 0));
	}
}

/* Loads every .yaml file of a folder; returns how many there are. */
static int load_folder(const char *folder)
{
	DIR *dir = opendir(folder);
	int n = 0;
	if (!CHECK(dir != NULL))
		return 0;
	for (struct dirent *entry; (entry = readdir(dir));) {
		static struct loaded got;
		char path[300];
		const char *dot = strrchr(entry->d_name, '.');
		if (!dot || strcmp(dot, ".yaml") != 0)
			continue;
		n++;
		snprintf(path, sizeof path, "%s/%s", folder, entry->d_name);
		got.status = ff_experiment_load(path, NULL, 0, &got.experiment, &got.diagnostics);
		CHECK_TEXT(line(&got, 0), "");
		if (!CHECK_INT(got.status, FF_OK))
			continue;
		CHECK(*got.experiment.name != '\0');
		survives_printing(&got.experiment);
	}
	closedir(dir);
	return n;
}

static void the_experiments_load(void)
{
	CHECK(load_folder("experiments") >= 3);
	CHECK(load_folder("experiments/seed") >= 2);
}

FF_TESTS("config print", {"printed experiments load to the same bytes", printed_experiments_load_to_the_same_bytes},
         {"each value survives alone", each_value_survives_alone}, {"each mode survives", each_mode_survives},
         {"a printed head follows the widths", a_printed_head_follows_the_widths},
         {"each is printed only where layers differ", each_is_printed_only_where_layers_differ},
         {"what holds no experiment is not printed", what_holds_no_experiment_is_not_printed},
         {"numbers do not follow the locale", numbers_do_not_follow_the_locale},
         {"truncated files never load wrong", truncated_files_never_load_wrong},
         {"damaged files never load wrong", damaged_files_never_load_wrong},
         {"the experiments load", the_experiments_load})
