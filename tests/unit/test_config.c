#include "support/harness.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "config/value.h"
#include "support/config_support.h"

static void every_default_is_valid(void)
{
	for (int k = 0; k < ff_schema_size; k++) {
		const struct ff_key *key = &ff_schema[k];
		if (!key->initial || key->type == FF_KEY_LAYER_SET)
			continue;
		char field[FF_MAX_PATH], text[FF_MAX_VALUE];
		struct ff_error fault = {0};
		struct ff_scalar scalar = {key->initial, strlen(key->initial), true};
		CHECK(ff_value_parse(key, key->path, scalar, field, &fault));
		CHECK_TEXT(fault.what, "");
		CHECK(ff_value_print(key, field, text));
		CHECK_TEXT(text, key->initial);
	}
}

static void a_short_file_gets_all_defaults(void)
{
	struct loaded *got = load("layers: {widths: [64, 32]}\n");
	const struct ff_experiment *e = &got->experiment;
	if (!CHECK_INT(got->status, FF_OK))
		return;
	CHECK(begins(e->name, "ff_config_"));
	CHECK_INT(e->seed, 1);
	CHECK_TEXT(e->dataset.name, "mnist");
	CHECK_INT(e->dataset.train, FF_AUTO);
	CHECK_NEAR(e->dataset.std, FF_STATISTIC_AUTO, 0);
	CHECK_INT(e->dataset.synthetic.width, 28);
	CHECK_INT(e->n_layers, 2);
	CHECK_INT(e->layers[0].width, 64);
	CHECK_INT(e->layers[1].width, 32);
	CHECK_INT(e->layers[1].normalize, FF_NORM_RMS);
	CHECK_NEAR(e->layers[1].threshold, 2, 0);
	CHECK_NEAR(e->layers[1].rate, 0.001, 0);
	CHECK_INT(e->layers[1].threads, FF_AUTO);
	CHECK_INT(e->layers[2].threads, 0);
	CHECK_INT(e->negatives.redraw, FF_REDRAW_EPOCH);
	CHECK_INT(e->train.batch, 100);
	CHECK_INT(e->evaluate.layers.bits[0], 3);
	CHECK_INT(e->evaluate.test, FF_WHEN_END);
	CHECK_INT(e->execution.kind, FF_PIPELINE);
	CHECK_INT(e->execution.threads, FF_AUTO);
	CHECK_INT(e->execution.memory, FF_AUTO);
	CHECK_INT(e->execution.depth, FF_AUTO);
	CHECK_INT(e->execution.bind, FF_BIND_AUTO);
	CHECK(e->execution.checkpoint == FF_CHECKPOINT_AUTO);
}

static void values_reach_their_fields(void)
{
	struct loaded *got = load("name: a.b-1\nseed: 18446744073709551615\n"
	                          "label: {strength: max}\n"
	                          "dataset: {name: files, train_images: a, train_labels: 'b c', test_images: \"d\", "
	                          "test_labels: /e, train: 5, validation: 2, test: 3, classes: 7, standardize: true, "
	                          "mean: -1e-3, std: .5}\n"
	                          "layers: {widths: [1, 2, 3], normalize: l2, eps: 1E-3, init: uniform, peer: 0.03}\n"
	                          "objective: {goodness: sum_square, loss: symba, alpha: 6, reduce: rows}\n"
	                          "negatives: {redraw: batch}\n"
	                          "optimizer: {kind: sgd, rate: 2., momentum: 0, decay: 0.1, schedule: cosine}\n"
	                          "train: {order: greedy, batch: full, epochs: 3}\n"
	                          "evaluate: {layers: [1, 3..], every: 2, test: epoch, train: never}\n"
	                          "execution: {kind: pipeline, bind: always, threads: {total: 6, per_stage: 2}, "
	                          "memory: {budget: 3 MiB}, depth: 5}\n");
	const struct ff_experiment *e = &got->experiment;
	CHECK_TEXT(line(got, 0), "");
	if (!CHECK_INT(got->status, FF_OK))
		return;
	CHECK_TEXT(e->name, "a.b-1");
	CHECK(e->seed == UINT64_MAX);
	CHECK_NEAR(e->label.strength, FF_STRENGTH_MAX, 0);
	CHECK_TEXT(e->dataset.train_labels, "b c");
	CHECK_TEXT(e->dataset.test_labels, "/e");
	CHECK_INT(e->dataset.train + 10 * e->dataset.validation + 100 * e->dataset.test, 325);
	CHECK_INT(e->dataset.classes, 7);
	CHECK(e->dataset.standardize);
	CHECK_NEAR(e->dataset.mean, -1e-3, 0);
	CHECK_NEAR(e->dataset.std, 0.5, 0);
	CHECK_INT(e->layers[2].normalize, FF_NORM_L2);
	CHECK_NEAR(e->layers[2].eps, 1e-3, 0);
	CHECK_INT(e->layers[2].init, FF_INIT_UNIFORM);
	CHECK_NEAR(e->layers[2].peer, 0.03, 0);
	CHECK_NEAR(e->layers[2].rate, 2, 0);
	CHECK_NEAR(e->layers[2].decay, 0.1, 0);
	CHECK_INT(e->objective.goodness, FF_SUM_SQUARE);
	CHECK_INT(e->objective.loss, FF_SYMBA);
	CHECK_NEAR(e->objective.alpha, 6, 0);
	CHECK_INT(e->objective.reduce, FF_REDUCE_ROWS);
	CHECK_INT(e->optimizer.kind, FF_SGD);
	CHECK_NEAR(e->optimizer.momentum, 0, 0);
	CHECK_INT(e->optimizer.schedule, FF_COSINE);
	CHECK_INT(e->train.order, FF_GREEDY);
	CHECK_INT(e->train.batch, FF_AUTO);
	CHECK_INT(e->evaluate.layers.bits[0], 5);
	CHECK_INT(e->evaluate.every, 2);
	CHECK_INT(e->evaluate.test, FF_WHEN_EPOCH);
	CHECK_INT(e->evaluate.train_split, FF_WHEN_NEVER);
	CHECK_INT(e->execution.kind, FF_PIPELINE);
	CHECK_INT(e->execution.threads, 6);
	CHECK_INT(e->layers[2].threads, 2);
	CHECK_INT(e->execution.memory, 3 << 20);
	CHECK_INT(e->execution.depth, 5);
	CHECK_INT(e->execution.bind, FF_BIND_ALWAYS);
	CHECK_INT(load("layers: {widths: [1]}\nexecution: {kind: sequential}")->experiment.execution.kind,
	          FF_SEQUENTIAL);
}

static void what_has_no_effect_is_refused(void)
{
	struct loaded *got = load("layers: {widths: [4, 3], each: [{}, {threshold: width}]}\n"
	                          "objective: {loss: logistic, threshold: width, alpha: 4}\n"
	                          "optimizer: {momentum: 0.9}\ndataset: {mean: auto, synthetic: {noise: 0.3}}\n");
	CHECK_TEXT(line(got, 0), ""); /* defaults may stand anywhere */
	CHECK_NEAR(got->experiment.layers[0].threshold, FF_THRESHOLD_WIDTH, 0);
	CHECK_NEAR(got->experiment.layers[1].threshold, FF_THRESHOLD_WIDTH, 0);
	got = load_set("layers: {widths: [4]}\noptimizer: {kind: sgd, momentum: 0.5}", "optimizer.kind=adam");
	CHECK_INT(got->diagnostics.count, 1);
	CHECK_HAS(line(got, 0),
	          "--set optimizer.kind=adam: optimizer.momentum has no effect with optimizer.kind: adam");
}

static void threads_are_given_by_stage(void)
{
	struct loaded *got = load("layers: {widths: [4, 3, 2], each: [{threads: 3}, {}, {threads: auto}]}\n"
	                          "execution: {threads: {total: 6, per_stage: 2}}\n");
	const struct ff_experiment *e = &got->experiment;
	CHECK_TEXT(line(got, 0), "");
	CHECK_INT(e->layers[0].threads, 3);
	CHECK_INT(e->layers[1].threads, 2);
	CHECK_INT(e->layers[2].threads, FF_AUTO);
	CHECK_INT(e->execution.threads, 6); /* 3 + 2, and one for layer 3 */
	got = load("layers: {widths: [4, 3, 2]}\nexecution: {threads: {total: 1}}\n");
	CHECK_TEXT(line(got, 0), ""); /* without a number, layers share a thread */
	got = load_set("layers: {widths: [4, 3]}\nexecution: {threads: {per_stage: 3}}\n", "execution.threads.total=5");
	CHECK_HAS(line(got, 0), "--set execution.threads.total=5: the stages have 6 threads, more than");
	got = load_set("layers: {widths: [4, 3]}\nexecution: {threads: {total: 5}}\n", "execution.threads.per_stage=3");
	CHECK_HAS(line(got, 0), "--set execution.threads.per_stage=3: the stages have 6 threads, more than");
	got = load_set("layers: {each: [{width: 4, threads: 3}]}\n", "execution.threads.per_stage=2");
	CHECK_HAS(line(got, 0), "execution.threads.per_stage has no effect: every entry of layers.each has a threads");
	got = load_set("layers: {widths: [4]}\nexecution: {depth: 3}\n", "execution.kind=sequential");
	CHECK_INT(got->diagnostics.count, 1);
	CHECK_HAS(line(got, 0), "--set execution.kind=sequential: execution.depth has no effect");
	got = load("layers: {widths: [4, 3]}\nexecution: {kind: sequential, threads: {total: 1, per_stage: auto}, "
	           "depth: auto}\n");
	CHECK_TEXT(line(got, 0), ""); /* defaults may stand anywhere */
}

static void layer_sets(void)
{
	static const struct {
		const char *text;
		int bits;
	} CASES[] = {{"all", 15},   {"2", 2},         {"2..", 14},      {"2..3", 6},
	             {"[1, 4]", 9}, {"[1, 3..]", 13}, {"[2..2, 2]", 2}, {"[all]", 15}};
	for (size_t i = 0; i < sizeof CASES / sizeof *CASES; i++) {
		char text[200];
		snprintf(text, sizeof text, "layers: {widths: [1, 1, 1, 1]}\nevaluate: {layers: %s}", CASES[i].text);
		struct loaded *got = load(text);
		CHECK_TEXT(line(got, 0), "");
		CHECK_INT(got->experiment.evaluate.layers.bits[0], CASES[i].bits);
	}
}

static void layers_override_the_defaults(void)
{
	struct loaded *got = load("layers: {eps: 0.5, each: [{width: 3, rate: 0.1}, {width: 4, normalize: l2}]}\n"
	                          "optimizer: {rate: 0.2}\nobjective: {threshold: 1}\n");
	const struct ff_layer_config *l = got->experiment.layers;
	CHECK_TEXT(line(got, 0), "");
	CHECK_INT(got->experiment.n_layers, 2);
	CHECK_INT(l[0].width + 10 * l[1].width, 43);
	CHECK_NEAR(l[0].rate, 0.1, 0);
	CHECK_NEAR(l[1].rate, 0.2, 0);
	CHECK_INT(l[0].normalize, FF_NORM_RMS);
	CHECK_INT(l[1].normalize, FF_NORM_L2);
	CHECK_NEAR(l[0].threshold + l[1].threshold, 2, 0);
	CHECK_NEAR(l[1].eps, 0.5, 0);
	got = load_set("layers: {each: [{width: 3, rate: 0.1}, {width: 4}]}\n", "layers.widths=[7, 8]");
	CHECK_INT(got->status, FF_OK);
	CHECK_INT(l[0].width + 10 * l[1].width, 87);
	CHECK_NEAR(l[0].rate, 0.1, 0);
}

static void all_faults_come_in_order_of_place(void)
{
	static const char *const OVERRIDES[] = {"nmae=x", "train.epochs=0"};
	static const char TEXT[] =
	    "evaluate: {layers: 9}\nsede: 1\nlayers: {widths: [1]}\noptimizer: {rate: x, kind: y}\n";
	static const char *const WANTED[] = {"1:20: ",
	                                     "2:1: ",
	                                     "4:19: ",
	                                     "4:28: ",
	                                     "--set nmae=x: unknown key 'nmae'",
	                                     "--set train.epochs=0: train.epochs is out"};
	struct loaded *got = load_bytes(TEXT, strlen(TEXT), OVERRIDES, 2);
	CHECK_INT(got->diagnostics.count, 6);
	for (int i = 0; i < 6; i++)
		CHECK_HAS(line(got, i), WANTED[i]);
}

static void many_faults_are_counted(void)
{
	char text[4000] = "layers: {widths: [1]}\n";
	for (int i = 0; i < 200; i++)
		snprintf(text + strlen(text), sizeof text - strlen(text), "zz%d: 1\n", i);
	struct loaded *got = load(text);
	CHECK_INT(got->status, FF_ERROR_CONFIG);
	CHECK_INT(got->diagnostics.count, 200);
	CHECK_HAS(line(got, FF_MAX_DIAGNOSTICS - 1), "51:1: unknown key 'zz49'");
	struct ff_experiment experiment;
	CHECK_INT(ff_experiment_load("/no/such.yaml", NULL, 0, &experiment, NULL), FF_ERROR_IO);
}

static void overrides_win(void)
{
	static const char TEXT[] = "layers: {widths: [5, 5], each: [{rate: 1}, {}]}\ntrain: {epochs: ten, batch: 7}\n";
	static const char *const GOOD[] = {"train.epochs=3", "train.epochs=4", "optimizer={kind: sgd, rate: 0.5}",
	                                   "name=set"};
	struct loaded *got = load_bytes(TEXT, strlen(TEXT), GOOD, 4);
	CHECK_TEXT(line(got, 0), "");
	CHECK_INT(got->experiment.train.epochs, 4);
	CHECK_INT(got->experiment.train.batch, 7);
	CHECK_INT(got->experiment.optimizer.kind, FF_SGD);
	CHECK_NEAR(got->experiment.layers[0].rate, 1, 0);
	CHECK_NEAR(got->experiment.layers[1].rate, 0.5, 0);
	CHECK_TEXT(got->experiment.name, "set");
	got = load_set("layers: {widths: [5]}\ntrain: {epochs: 2, batch: 7}\n", "train={epochs: 3}");
	CHECK_INT(got->experiment.train.epochs, 3);
	CHECK_INT(got->experiment.train.batch, 100); /* the section as a whole was replaced */
	got = load_set("layers: {widths: [5]}", "layers={}");
	CHECK_INT(got->diagnostics.count, 1);
	CHECK_HAS(line(got, 0), "--set layers={}: layers.widths is missing");
}

static void overrides_are_checked(void)
{
	static const struct {
		const char *text, *wanted, *hint;
	} CASES[] = {
	    {"train.epochs", "--set train.epochs: 'train.epochs' has no '='", "KEY=VALUE"},
	    {"train.epochs=", "--set train.epochs=: 'train.epochs' has no value", "KEY=VALUE"},
	    {"train.epocs=3", "--set train.epocs=3: unknown key 'train.epocs'", "'train.epochs'?"},
	    {"trian.epochs=3", "--set trian.epochs=3: unknown key 'trian.epochs'", "'train.epochs'?"},
	    {"=3", "--set =3: unknown key ''", "the keys are name"},
	    {"train.epochs.x=3", "--set train.epochs.x=3: unknown key", "the keys are order, batch"},
	    {"train.epochs=[3", "--set train.epochs=[3: not YAML", "bracket"},
	    {"train.epochs=[3]", "--set train.epochs=[3]: train.epochs needs a whole number, not a list",
	     "1 to 1000000"},
	    {"train=3", "--set train=3: 'train' is a section", "its keys: order"},
	    {"layers.each[0].rate=3", "--set layers.each[0].rate=3: 'layers.each[0].rate': an entry of a list",
	     "each="},
	    {"layers.widths=[1, 2, 3]", "--set layers.widths=[1, 2, 3]: layers.widths has 3 layers, but", "length"},
	    {"optimizer.decay=3", "--set optimizer.decay=3: optimizer.decay has no effect", "layers.each"},
	    {"execution={kind: sequential, depth: 2}",
	     ": execution.depth has no effect with execution.kind: sequential", "execution.kind: pipeline"},
	    {"execution.threads={total: 3, per_stage: 2}", ": the stages have 4 threads, more than", "raise it"},
	    {"dataset.name=npy", "--set dataset.name=npy: dataset.name: 'npy' is reserved", "mnist"},
	    {"head.rate=1", "--set head.rate=1: head.rate has no effect with head.when: never", "head.when: together"},
	    {"head.none=1", "--set head.none=1: unknown key 'head.none'", "the keys are when, layers"},
	    {"negatives.draw=head", "--set negatives.draw=head: negatives.draw: head needs a head",
	     "head.when: together"},
	    {"schedule.kind=greedy", "--set schedule.kind=greedy: unknown key", "train.order and execution.kind"},
	    {"schedule.batch=3", "--set schedule.batch=3: unknown key 'schedule.batch'", "'train.batch'?"},
	    {"schedule.epochs=3", "--set schedule.epochs=3: unknown key 'schedule.epochs'", "'train.epochs'?"},
	    {"classify.layers=3", "--set classify.layers=3: unknown key", "'evaluate.layers'?"},
	    {"threads.total=3", "--set threads.total=3: unknown key", "'execution.threads.total'?"},
	    {"memory.budget=3", "--set memory.budget=3: unknown key", "'execution.memory.budget'?"},
	    {"sweep.seed=1", "--set sweep.seed=1: unknown key 'sweep.seed'", "'sweep.seeds'?"},
	};
	for (size_t i = 0; i < sizeof CASES / sizeof *CASES; i++) {
		struct loaded *got =
		    load_set("layers: {widths: [5, 5], each: [{decay: 1}, {decay: 2}]}", CASES[i].text);
		CHECK_INT(got->status, FF_ERROR_CONFIG);
		CHECK_INT(got->diagnostics.count, 1);
		CHECK_HAS(line(got, 0), CASES[i].wanted);
		CHECK(*CASES[i].hint != '\0');
		CHECK_HAS(line(got, 0), CASES[i].hint);
	}
}

static void limits_hold(void)
{
	enum { BIG = (1 << 20) + 1 };
	char *big = malloc(BIG + 1);
	if (!CHECK(big != NULL))
		return;
	memset(big, '#', BIG);
	CHECK_HAS(line(load_bytes(big, BIG, NULL, 0), 0), "longer than 1048576 bytes");
	CHECK_HAS(line(load_bytes(big, BIG - 1, NULL, 0), 0), "the file is empty");
	memset(big, '[', BIG);
	CHECK_HAS(line(load_bytes(big, BIG - 1, NULL, 0), 0), "nested deeper than 16");
	for (int i = 0; i < BIG - 1; i++)
		big[i] = "- 1\n"[i % 4];
	CHECK_HAS(line(load_bytes(big, BIG - 1, NULL, 0), 0), "more than 10000 values");
	free(big);
	struct loaded *got =
	    load("a: &a [x, x, x, x, x, x, x, x, x, x]\nb: &b [*a, *a, *a, *a, *a, *a, *a, *a, *a, *a]\n"
	         "c: &c [*b, *b, *b, *b, *b, *b, *b, *b, *b, *b]\n"
	         "d: &d [*c, *c, *c, *c, *c, *c, *c, *c, *c, *c]\n");
	CHECK_HAS(line(got, 0), "aliases repeat more than 10000 values");
	got = load("layers: {each: [&a {width: 3, rate: 0.1}, *a, *a]}");
	CHECK_TEXT(line(got, 0), "");
	CHECK_INT(got->experiment.layers[2].width, 3);
	got = load("\xEF\xBB\xBFlayers: {widths: [3]}\r\nseed: 4\r\n");
	CHECK_TEXT(line(got, 0), "");
	CHECK_INT(got->experiment.seed, 4);
}

static void unreadable_files_are_io_errors(void)
{
	static struct loaded loaded;
	loaded.status = ff_experiment_load("/no/such.yaml", NULL, 0, &loaded.experiment, &loaded.diagnostics);
	CHECK_INT(loaded.status, FF_ERROR_IO);
	CHECK_HAS(line(&loaded, 0), "/no/such.yaml: cannot read the experiment file: No such file");
	CHECK_INT(ff_experiment_load("/", NULL, 0, &loaded.experiment, &loaded.diagnostics), FF_ERROR_IO);
	static const char *const SET[] = {"layers.widths=[4]"};
	CHECK_INT(ff_experiment_load(NULL, SET, 1, &loaded.experiment, &loaded.diagnostics), FF_OK);
	CHECK_TEXT(loaded.experiment.name, "experiment");
	CHECK_INT(ff_experiment_load(NULL, NULL, 0, &loaded.experiment, &loaded.diagnostics), FF_ERROR_CONFIG);
	CHECK_HAS(line(&loaded, 0), "layers.widths is missing");
}

static void the_key_table_is_complete_and_narrow(void)
{
	char *text = NULL;
	size_t size = 0;
	FILE *stream = open_memstream(&text, &size);
	if (!CHECK(stream != NULL))
		return;
	ff_experiment_print_keys(stream);
	fclose(stream);
	for (int k = 0; k < ff_schema_size; k++)
		CHECK_HAS(strstr(text, ff_schema[k].path), ff_schema[k].doc[0] ? ff_schema[k].path : "no doc");
	CHECK_HAS(text, "npy (reserved)");
	CHECK(strstr(text, "hybrid (reserved)") == NULL);
	CHECK(strstr(text, "pipeline (reserved)") == NULL);
	for (const char *start = text, *end; (end = strchr(start, '\n')); start = end + 1)
		CHECK(end - start <= 100 && (end == start || end[-1] != ' '));
	free(text);
}

FF_TESTS("config", {"every default is valid", every_default_is_valid},
         {"a short file gets all defaults", a_short_file_gets_all_defaults},
         {"values reach their fields", values_reach_their_fields},
         {"what has no effect is refused", what_has_no_effect_is_refused},
         {"threads are given by stage", threads_are_given_by_stage}, {"layer sets", layer_sets},
         {"layers override the defaults", layers_override_the_defaults},
         {"all faults come in order of place", all_faults_come_in_order_of_place},
         {"many faults are counted", many_faults_are_counted}, {"overrides win", overrides_win},
         {"overrides are checked", overrides_are_checked}, {"limits hold", limits_hold},
         {"unreadable files are io errors", unreadable_files_are_io_errors},
         {"the key table is complete and narrow", the_key_table_is_complete_and_narrow})
