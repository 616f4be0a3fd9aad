#include "config/check.h"

#include <inttypes.h>
#include <string.h>

#include "config/check_data.h"
#include "config/modes.h"

enum { MOST_WORDS = 4 };

/* Keys that matter only with certain values of another key. */
static const struct dependence {
	const char *path, *decider, *words[MOST_WORDS];
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
	const struct ff_node none = {0}, each = ff_loader_setting(loader, "layers.each");
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
	const struct ff_key *key = &ff_schema[ff_schema_find("head.optimizer")];
	char kind[FF_MAX_VALUE];
	return loader->experiment.head.when != FF_HEAD_NEVER &&
	       ff_value_print(key, (const char *)&loader->experiment + key->offset, kind) && strcmp(kind, word) == 0;
}

/* A value other than the default that another key leaves without effect. (The default is fine anywhere: a printed
 * experiment spells out every key.) */
static void check_dependence(struct ff_loader *loader, const struct dependence *d)
{
	char word[FF_MAX_VALUE], hint[FF_MAX_DESCRIBED];
	const struct ff_key *key = &ff_schema[ff_schema_find(d->path)],
	                    *decider = &ff_schema[ff_schema_find(d->decider)];
	if (!FF_SOUND(loader, d->path, d->decider) || (d->of_head && head_uses(loader, d->words[0])))
		return;
	struct ff_node node = departure(loader, key);
	if (!node.node || !ff_value_print(decider, (const char *)&loader->experiment + decider->offset, word))
		return;
	int n = snprintf(hint, sizeof hint, "leave it out, or use %s: %s", d->decider, d->words[0]);
	for (int w = 0; w < MOST_WORDS && d->words[w]; w++) {
		if (strcmp(word, d->words[w]) == 0)
			return;
		if (w > 0)
			n += snprintf(hint + n, sizeof hint - (size_t)n, " or %s", d->words[w]);
	}
	struct ff_place place = ff_node_place(node), deciding = FF_PLACE(loader, d->decider);
	ff_complain(&loader->complaints, deciding.source > place.source ? deciding : place, hint,
	            "%s has no effect with %s: %s", d->path, d->decider, word);
}

static void check_objective(struct ff_loader *loader)
{
	const struct ff_experiment *e = &loader->experiment;
	char loss[FF_MAX_VALUE];
	if (FF_SOUND(loader, "objective.loss", "objective.alpha") && e->objective.loss != FF_LOGISTIC &&
	    e->objective.alpha <= 0 &&
	    ff_value_print(&ff_schema[ff_schema_find("objective.loss")], &e->objective.loss, loss))
		ff_complain(&loader->complaints, FF_PLACE(loader, "objective.alpha", "objective.loss"),
		            "give a number above 0, such as 4", "objective.alpha is 0, so the loss %s is constant",
		            loss);
	for (int l = 0; FF_SOUND(loader, "objective.k", "objective.goodness", "layers.widths") && l < e->n_layers; l++)
		if (e->objective.goodness == FF_TOP_K && e->objective.k > e->layers[l].width) {
			ff_complain(
			    &loader->complaints, FF_PLACE(loader, "objective.k", "objective.goodness"),
			    "lower objective.k", "objective.k is %" PRId64 ", but layer %d has only %" PRId64 " unit%s",
			    e->objective.k, l + 1, (int64_t)e->layers[l].width, e->layers[l].width == 1 ? "" : "s");
			return;
		}
}

/* Greedy training begins with the first layer alone, so evaluating in every epoch needs that layer. */
static void check_greedy(struct ff_loader *loader)
{
	const struct ff_experiment *e = &loader->experiment;
	if (!FF_SOUND(loader, "train.order", "evaluate.layers", "evaluate.test", "evaluate.train") || e->n_layers == 0)
		return;
	bool every_epoch = e->evaluate.test == FF_WHEN_EPOCH || e->evaluate.train_split == FF_WHEN_EPOCH;
	if (e->train.order == FF_GREEDY && every_epoch && !ff_layer_set_has(&e->evaluate.layers, 0))
		ff_complain(&loader->complaints,
		            FF_PLACE(loader, "train.order", "evaluate.layers", "evaluate.test", "evaluate.train"),
		            "evaluate at the end, or include layer 1",
		            "while greedy training is at layer 1, no layer of evaluate.layers can be evaluated");
}

/* The least number of threads that the stages of a pipeline have, and the last setting that gives some; no node if
 * none does. */
static struct ff_node stage_threads(const struct ff_loader *loader, int64_t *threads)
{
	const struct ff_experiment *e = &loader->experiment;
	const struct ff_key *key = &ff_schema[ff_schema_find("execution.threads.per_stage")];
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

/* The threads of the stages have to fit the total. */
static void check_threads(struct ff_loader *loader)
{
	const struct ff_experiment *e = &loader->experiment;
	bool open = e->execution.threads == FF_AUTO;
	int64_t threads, most = open ? FF_MAX_THREADS : e->execution.threads;
	if (!FF_SOUND(loader, "execution.kind", "execution.threads.total", "execution.threads.per_stage") ||
	    e->execution.kind != FF_PIPELINE)
		return;
	struct ff_node given = stage_threads(loader, &threads);
	if (!given.node || threads <= most) /* if none is given, consecutive layers share a thread */
		return;
	struct ff_place stages = ff_node_place(given), total = FF_PLACE(loader, "execution.threads.total");
	ff_complain(&loader->complaints, ff_place_compare(total, stages) > 0 ? total : stages,
	            open ? "lower execution.threads.per_stage, or the layers' own threads"
	                 : "leave execution.threads.total out, or raise it",
	            "the stages have %" PRId64 " threads, more than %s%" PRId64, threads,
	            open ? "the limit of " : "execution.threads.total: ", most);
}

void ff_check_relations(struct ff_loader *loader)
{
	ff_check_data(loader);
	for (size_t i = 0; i < sizeof DEPENDENCES / sizeof *DEPENDENCES; i++)
		check_dependence(loader, &DEPENDENCES[i]);
	check_objective(loader);
	check_greedy(loader);
	check_threads(loader);
	ff_check_modes(loader);
}
