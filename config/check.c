/* Keys that do not go together. What needs the data (counts of images, classes) is checked when it is opened. */
#include <string.h>

#include "config/load.h"
#include "config/value.h"

struct check {
	struct ff_tree *tree;
	const struct ff_experiment *e;
};

/* True if the key has another value than its default: a resolved file spells all defaults out, so that a key is given
 * says nothing. Of a layer's key: if any layer has. */
static bool differs(const struct check *c, const char *path)
{
	const struct ff_key *key = &ff_schema[ff_schema_find(path)];
	char initial[FF_MAX_PATH];
	ff_value_default(key, initial);
	if (!key->in_layer)
		return memcmp(initial, (const char *)c->e + key->offset, key->size) != 0;
	for (int l = 0; l < c->e->n_layers; l++)
		if (memcmp(initial, (const char *)&c->e->layers[l] + key->offset, key->size) != 0)
			return true;
	return false;
}

static void check_files(const struct check *c)
{
	static const char *const KEYS[] = {"dataset.train_images", "dataset.train_labels", "dataset.test_images",
	                                   "dataset.test_labels"};
	bool files = strcmp(c->e->dataset.name, "files") == 0;
	for (size_t i = 0; i < sizeof KEYS / sizeof *KEYS; i++) {
		if (files && !differs(c, KEYS[i]))
			ff_complain(c->tree->complaints, ff_place_of(c->tree, "dataset.name"), "name an IDX file",
			            "dataset.name: files needs %s", KEYS[i]);
		if (!files && differs(c, KEYS[i]))
			ff_complain(c->tree->complaints, ff_place_of(c->tree, KEYS[i]), "set dataset.name: files",
			            "%s has no use with dataset.name: %s", KEYS[i], c->e->dataset.name);
	}
}

static void check_data(const struct check *c)
{
	const struct ff_experiment *e = c->e;
	check_files(c);
	if (!e->dataset.standardize)
		for (int i = 0; i < 2; i++) {
			const char *key = i ? "dataset.std" : "dataset.mean";
			if (differs(c, key))
				ff_complain(c->tree->complaints, ff_place_of(c->tree, key),
				            "set dataset.standardize: true, or leave it out",
				            "%s has no use without standardisation", key);
		}
	if (e->dataset.train != FF_AUTO && e->train.batch != FF_AUTO && e->train.batch > e->dataset.train)
		ff_complain(c->tree->complaints, ff_place_of(c->tree, "train.batch"),
		            "lower train.batch, or write full", "train.batch: %lld is more than dataset.train: %lld",
		            (long long)e->train.batch, (long long)e->dataset.train);
}

static void check_objective(const struct check *c)
{
	const struct ff_experiment *e = c->e;
	if (e->objective.loss != FF_LOGISTIC && e->objective.alpha == 0)
		ff_complain(c->tree->complaints, ff_place_of(c->tree, "objective.alpha"), "use a number above 0",
		            "objective.alpha: 0 makes the loss constant");
	if (e->objective.loss == FF_LOGISTIC && differs(c, "objective.alpha"))
		ff_complain(c->tree->complaints, ff_place_of(c->tree, "objective.alpha"),
		            "set objective.loss to symba or swish, or leave it out",
		            "objective.alpha has no use with the logistic loss");
	if (e->objective.loss != FF_LOGISTIC && differs(c, "objective.threshold"))
		ff_complain(c->tree->complaints, ff_place_of(c->tree, "objective.threshold"),
		            "set objective.loss: logistic, or leave it out",
		            "objective.threshold is used by the logistic loss only");
}

static void check_optimizer(const struct check *c)
{
	static const struct {
		const char *key;
		enum ff_optimizer_kind kind;
	} OWN[] = {{"optimizer.beta1", FF_ADAM},
	           {"optimizer.beta2", FF_ADAM},
	           {"optimizer.epsilon", FF_ADAM},
	           {"optimizer.momentum", FF_SGD}};
	for (size_t i = 0; i < sizeof OWN / sizeof *OWN; i++)
		if (differs(c, OWN[i].key) && c->e->optimizer.kind != OWN[i].kind)
			ff_complain(c->tree->complaints, ff_place_of(c->tree, OWN[i].key),
			            "change optimizer.kind, or leave it out", "%s is used by %s only", OWN[i].key,
			            OWN[i].kind == FF_ADAM ? "adam" : "sgd");
}

void ff_experiment_check(struct ff_tree *tree, const struct ff_experiment *experiment)
{
	struct check check = {tree, experiment};
	check_data(&check);
	check_objective(&check);
	check_optimizer(&check);
}
