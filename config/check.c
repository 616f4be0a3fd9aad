#include <inttypes.h>
#include <string.h>

#include "config/loader.h"

static int index_of(const char *path)
{
	return ff_schema_find(path);
}

bool ff_loader_given(const struct ff_loader *loader, const char *path)
{
	return loader->settings[index_of(path)].node != NULL;
}

struct ff_place ff_loader_place(const struct ff_loader *loader, const char *const paths[])
{
	struct ff_place last = {0};
	for (; *paths; paths++) {
		struct ff_node node = loader->settings[index_of(*paths)];
		if (node.node && ff_place_compare(ff_node_place(node), last) > 0)
			last = ff_node_place(node);
	}
	return last;
}

bool ff_loader_sound(const struct ff_loader *loader, const char *const paths[])
{
	for (; *paths; paths++)
		if (loader->bad[index_of(*paths)])
			return false;
	return true;
}

/* The place for a complaint about several keys, and whether their values may be compared. */
#define PLACE(...) ff_loader_place(loader, (const char *const[]){__VA_ARGS__, NULL})
#define SOUND(...) ff_loader_sound(loader, (const char *const[]){__VA_ARGS__, NULL})

void ff_loader_known_size(const struct ff_loader *loader, int64_t *train, int64_t *test)
{
	const char *name = loader->experiment.dataset.name;
	bool known = strcmp(name, "mnist") == 0 || strcmp(name, "fashion-mnist") == 0;
	*train = known ? 60000 : 0;
	*test = known ? 10000 : 0;
}

static void check_split(struct ff_loader *loader)
{
	if (!SOUND("dataset.name", "dataset.train", "dataset.validation", "dataset.test"))
		return;
	const struct ff_experiment *e = &loader->experiment;
	int64_t train, test, wanted = e->dataset.train == FF_AUTO ? 1 : e->dataset.train;
	ff_loader_known_size(loader, &train, &test);
	if (train && wanted + e->dataset.validation > train)
		ff_complain(&loader->complaints, PLACE("dataset.name", "dataset.train", "dataset.validation"),
		            "lower dataset.train or dataset.validation",
		            "%" PRId64 " images to train on and %" PRId64 " for validation are more than the %" PRId64
		            " of %s",
		            wanted, e->dataset.validation, train, e->dataset.name);
	else if (SOUND("train.batch")) {
		int64_t left = e->dataset.train != FF_AUTO ? e->dataset.train : train - e->dataset.validation;
		if (e->train.batch != FF_AUTO && left > 0 && e->train.batch > left)
			ff_complain(&loader->complaints, PLACE("train.batch", "dataset.train", "dataset.validation"),
			            "lower train.batch, or write full",
			            "a batch of %" PRId64 " is larger than the %" PRId64 " images to train on",
			            e->train.batch, left);
	}
	if (test && e->dataset.test > test)
		ff_complain(&loader->complaints, PLACE("dataset.name", "dataset.test"), "lower dataset.test",
		            "%" PRId64 " images to test on are more than the %" PRId64 " of %s", e->dataset.test, test,
		            e->dataset.name);
}

static void check_files(struct ff_loader *loader)
{
	static const char *const PATHS[] = {"dataset.train_images", "dataset.train_labels", "dataset.test_images",
	                                    "dataset.test_labels"};
	if (!SOUND("dataset.name"))
		return;
	bool files = strcmp(loader->experiment.dataset.name, "files") == 0;
	for (size_t i = 0; i < sizeof PATHS / sizeof *PATHS; i++) {
		bool given = ff_loader_given(loader, PATHS[i]);
		if (files && !given)
			ff_complain(&loader->complaints, PLACE("dataset.name"), "give the path of an IDX file",
			            "dataset.name is 'files', but %s is missing", PATHS[i]);
		if (!files && given)
			ff_complain(&loader->complaints, PLACE(PATHS[i]), "write dataset.name: files, or leave it out",
			            "%s is only read with dataset.name: files, not %s", PATHS[i],
			            loader->experiment.dataset.name);
	}
}

static void check_synthetic(struct ff_loader *loader)
{
	const struct ff_experiment *e = &loader->experiment;
	if (!SOUND("dataset.name", "dataset.classes", "dataset.synthetic.height", "dataset.synthetic.width") ||
	    strcmp(e->dataset.name, "synthetic") != 0 || e->dataset.classes == FF_AUTO)
		return;
	int64_t pixels = e->dataset.synthetic.height * e->dataset.synthetic.width;
	if (e->dataset.classes > pixels)
		ff_complain(&loader->complaints,
		            PLACE("dataset.classes", "dataset.synthetic.height", "dataset.synthetic.width"),
		            "the label takes one input a class",
		            "%" PRId64 " classes do not fit an image of %" PRId64 " pixels", e->dataset.classes,
		            pixels);
}

/* Keys that matter only with certain words of another key. */
static const struct dependence {
	const char *path, *decider, *words[2];
	bool of_head; /* the head's optimizer may need it too */
} DEPENDENCES[] = {
    {"dataset.mean", "dataset.standardize", {"true"}, false},
    {"dataset.std", "dataset.standardize", {"true"}, false},
    {"dataset.synthetic.height", "dataset.name", {"synthetic"}, false},
    {"dataset.synthetic.width", "dataset.name", {"synthetic"}, false},
    {"dataset.synthetic.noise", "dataset.name", {"synthetic"}, false},
    {"objective.threshold", "objective.loss", {"logistic"}, false},
    {"objective.alpha", "objective.loss", {"symba", "swish"}, false},
    {"optimizer.beta1", "optimizer.kind", {"adam"}, true},
    {"optimizer.beta2", "optimizer.kind", {"adam"}, true},
    {"optimizer.epsilon", "optimizer.kind", {"adam"}, true},
    {"optimizer.momentum", "optimizer.kind", {"sgd"}, true},
    {"objective.k", "objective.goodness", {"top_k"}, false},
    {"label.strength", "mode", {"supervised"}, false},
    {"negatives.draw", "negatives.kind", {"wrong_label"}, false},
    {"negatives.redraw", "negatives.draw", {"uniform"}, false},
    {"negatives.lag", "negatives.draw", {"head", "goodness"}, false},
    {"negatives.blur", "negatives.kind", {"hybrid"}, false},
    {"head.optimizer", "head.when", {"together", "after"}, false},
    {"head.rate", "head.when", {"together", "after"}, false},
    {"head.decay", "head.when", {"together", "after"}, false},
    {"head.epochs", "head.when", {"after"}, false},
    {"execution.threads.per_stage", "execution.kind", {"pipeline"}, false},
    {"execution.depth", "execution.kind", {"pipeline"}, false},
    {"execution.bind", "execution.kind", {"pipeline"}, false},
};

/* Whether a field has another value than the key's default. */
static bool departs(const struct ff_key *key, const void *field)
{
	char initial[sizeof(double)];
	ff_value_default(key, initial);
	return memcmp(field, initial, key->size) != 0;
}

/* The setting that gives a layer's key another value than its default in layer l; none if it has the default. */
static struct ff_node departure_in(const struct ff_loader *loader, const struct ff_key *key, int l)
{
	const struct ff_node none = {0}, each = loader->settings[index_of("layers.each")];
	if (!departs(key, (const char *)&loader->experiment.layers[l] + key->offset))
		return none;
	struct ff_node entry = each.node ? ff_node_item(each, l) : none, name;
	for (int i = 0; entry.node && i < ff_node_count(entry); i++) {
		struct ff_node value = ff_node_pair(entry, i, &name);
		if (strcmp(ff_node_scalar(name).text, key->each) == 0)
			return value;
	}
	return loader->settings[key - ff_schema];
}

/* The setting that gives the key another value than its default, in some layer if it is a layer's; none if none does. */
static struct ff_node departure(const struct ff_loader *loader, const struct ff_key *key)
{
	const struct ff_experiment *e = &loader->experiment;
	struct ff_node node = {0};
	if (!key->in_layer && departs(key, (const char *)e + key->offset))
		return loader->settings[key - ff_schema];
	for (int l = 0; key->in_layer && l < e->n_layers && !node.node; l++)
		node = departure_in(loader, key, l);
	return node;
}

/* Whether there is a head with this word as its optimizer. */
static bool head_uses(const struct ff_loader *loader, const char *word)
{
	const struct ff_key *key = &ff_schema[index_of("head.optimizer")];
	char kind[FF_MAX_VALUE];
	return loader->experiment.head.when != FF_HEAD_NEVER &&
	       ff_value_print(key, (const char *)&loader->experiment + key->offset, kind) && strcmp(kind, word) == 0;
}

/* A value other than the default that another key leaves without effect. (The default is fine anywhere: a printed
 * experiment spells out every key.) */
static void check_dependence(struct ff_loader *loader, const struct dependence *d)
{
	char word[FF_MAX_VALUE], hint[FF_MAX_DESCRIBED];
	const struct ff_key *key = &ff_schema[index_of(d->path)], *decider = &ff_schema[index_of(d->decider)];
	if (!SOUND(d->path, d->decider) || (d->of_head && head_uses(loader, d->words[0])))
		return;
	struct ff_node node = departure(loader, key);
	bool known = ff_value_print(decider, (const char *)&loader->experiment + decider->offset, word);
	if (!node.node || !known || strcmp(word, d->words[0]) == 0 || (d->words[1] && strcmp(word, d->words[1]) == 0))
		return;
	struct ff_place place = ff_node_place(node), deciding = PLACE(d->decider);
	snprintf(hint, sizeof hint, "leave it out, or use %s: %s%s%s", d->decider, d->words[0],
	         d->words[1] ? " or " : "", d->words[1] ? d->words[1] : "");
	ff_complain(&loader->complaints, deciding.source > place.source ? deciding : place, hint,
	            "%s has no effect with %s: %s", d->path, d->decider, word);
}

static void check_objective(struct ff_loader *loader)
{
	const struct ff_experiment *e = &loader->experiment;
	if (SOUND("objective.loss", "objective.alpha") && e->objective.loss != FF_LOGISTIC && e->objective.alpha <= 0)
		ff_complain(&loader->complaints, PLACE("objective.alpha", "objective.loss"), "more than 0, such as 4",
		            "objective.alpha is 0, so that the loss %s is constant",
		            e->objective.loss == FF_SYMBA ? "symba" : "swish");
	for (int l = 0; SOUND("objective.k", "objective.goodness", "layers.widths") && l < e->n_layers; l++)
		if (e->objective.goodness == FF_TOP_K && e->objective.k > e->layers[l].width) {
			ff_complain(
			    &loader->complaints, PLACE("objective.k", "objective.goodness"), "lower objective.k",
			    "objective.k is %" PRId64 ", but layer %d has only %" PRId64 " unit%s", e->objective.k,
			    l + 1, (int64_t)e->layers[l].width, e->layers[l].width == 1 ? "" : "s");
			return;
		}
}

/* Greedy training has only its first layer at first: an evaluation in every epoch needs that one. */
static void check_greedy(struct ff_loader *loader)
{
	const struct ff_experiment *e = &loader->experiment;
	if (!SOUND("train.order", "evaluate.layers", "evaluate.test", "evaluate.train") || e->n_layers == 0)
		return;
	bool every_epoch = e->evaluate.test == FF_WHEN_EPOCH || e->evaluate.train_split == FF_WHEN_EPOCH;
	if (e->train.order == FF_GREEDY && every_epoch && !ff_layer_set_has(&e->evaluate.layers, 0))
		ff_complain(&loader->complaints,
		            PLACE("train.order", "evaluate.layers", "evaluate.test", "evaluate.train"),
		            "evaluate at the end, or with layer 1 too",
		            "while greedy trains layer 1, there is no layer of evaluate.layers to evaluate");
}

/* Threads that the stages of a pipeline have at least, and the last setting that says so; none if none does. */
static struct ff_node stage_threads(const struct ff_loader *loader, int64_t *threads)
{
	const struct ff_experiment *e = &loader->experiment;
	const struct ff_key *key = &ff_schema[index_of("execution.threads.per_stage")];
	struct ff_node last = {0};
	*threads = 0;
	for (int l = 0; l < e->n_layers; l++) {
		struct ff_node node = departure_in(loader, key, l);
		*threads += node.node ? e->layers[l].threads : 1;
		if (node.node && (!last.node || ff_place_compare(ff_node_place(node), ff_node_place(last)) > 0))
			last = node;
	}
	*threads += e->head.when != FF_HEAD_NEVER || e->negatives.draw != FF_DRAW_UNIFORM; /* the readout's */
	return last;
}

/* The stages' threads count into a total that is given too. */
static void check_threads(struct ff_loader *loader)
{
	const struct ff_experiment *e = &loader->experiment;
	bool open = e->execution.threads == FF_AUTO;
	int64_t threads, most = open ? FF_MAX_THREADS : e->execution.threads;
	if (!SOUND("execution.kind", "execution.threads.total", "execution.threads.per_stage") ||
	    e->execution.kind != FF_PIPELINE)
		return;
	struct ff_node given = stage_threads(loader, &threads);
	if (!given.node || threads <= most) /* if none is given, consecutive layers share a thread */
		return;
	struct ff_place stages = ff_node_place(given), total = PLACE("execution.threads.total");
	ff_complain(&loader->complaints, ff_place_compare(total, stages) > 0 ? total : stages,
	            open ? "lower execution.threads.per_stage, or the layers' own threads"
	                 : "leave execution.threads.total out, or raise it",
	            "the stages have %" PRId64 " threads, more than %s%" PRId64, threads,
	            open ? "the limit of " : "execution.threads.total: ", most);
}

void ff_check_relations(struct ff_loader *loader)
{
	check_files(loader);
	check_split(loader);
	check_synthetic(loader);
	for (size_t i = 0; i < sizeof DEPENDENCES / sizeof *DEPENDENCES; i++)
		check_dependence(loader, &DEPENDENCES[i]);
	check_objective(loader);
	check_greedy(loader);
	check_threads(loader);
	ff_check_modes(loader);
}
