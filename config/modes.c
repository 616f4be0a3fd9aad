#include "config/modes.h"

#include <inttypes.h>
#include <string.h>

#include "config/check_data.h"
#include "config/layer_set.h"

void ff_settle_mode(struct ff_loader *loader)
{
	struct ff_experiment *e = &loader->experiment;
	if (e->mode == FF_UNSUPERVISED && !ff_loader_given(loader, "negatives.kind"))
		e->negatives.kind = FF_HYBRID;
	if (e->evaluate.by == FF_BY_AUTO)
		e->evaluate.by = e->mode == FF_UNSUPERVISED ? FF_BY_HEAD : FF_BY_GOODNESS;
}

/* A complaint about a pair of keys if `wrong`, at the later of their places. */
static void complain_if(struct ff_loader *loader, bool wrong, const char *path, const char *other, const char *hint,
                        const char *what)
{
	if (wrong && FF_SOUND(loader, path, other))
		ff_complain(&loader->complaints, FF_PLACE(loader, path, other), hint, "%s", what);
}

static bool is_all(const struct ff_layer_set *set, int n_layers)
{
	for (int l = 0; l < n_layers; l++)
		if (!ff_layer_set_has(set, l))
			return false;
	return true;
}

/* Whether head.layers holds another set than its default. */
static bool head_layers_differ(const struct ff_experiment *e)
{
	struct ff_layer_set initial = {0};
	ff_layer_set_auto(e->n_layers, &initial);
	return memcmp(&e->head.layers, &initial, sizeof initial) != 0;
}

/* Which negatives go with which mode, and what classifies. */
static void check_mode(struct ff_loader *loader)
{
	const struct ff_experiment *e = &loader->experiment;
	bool unsupervised = e->mode == FF_UNSUPERVISED, head = e->head.when != FF_HEAD_NEVER;
	complain_if(loader, unsupervised && e->negatives.kind != FF_HYBRID, "mode", "negatives.kind",
	            "write negatives.kind: hybrid, or leave it out",
	            "unsupervised mode has no labels, so it cannot have wrong ones");
	complain_if(loader, !unsupervised && e->negatives.kind == FF_HYBRID, "mode", "negatives.kind",
	            "write mode: unsupervised, or negatives.kind: wrong_label",
	            "hybrid negatives need mode: unsupervised");
	complain_if(loader, unsupervised && !head, "mode", "head.when", "write head.when: together, or after",
	            "an unsupervised network needs a head to classify");
	complain_if(loader, unsupervised && e->evaluate.by == FF_BY_GOODNESS, "mode", "evaluate.by",
	            "write evaluate.by: head, or leave it out", "an unsupervised network cannot classify by goodness");
	complain_if(loader, unsupervised && !is_all(&e->evaluate.layers, e->n_layers), "mode", "evaluate.layers",
	            "leave it out; head.layers says what the head reads",
	            "evaluate.layers has no effect with mode: unsupervised");
	complain_if(loader, e->evaluate.by == FF_BY_HEAD && !head && !unsupervised, "evaluate.by", "head.when",
	            "write head.when: together, or after", "there is no head to classify by");
}

static void check_head(struct ff_loader *loader)
{
	const struct ff_experiment *e = &loader->experiment;
	complain_if(loader, e->head.when == FF_HEAD_TOGETHER && e->train.order == FF_GREEDY, "head.when", "train.order",
	            "write head.when: after", "a head cannot train together with greedy layers");
	complain_if(loader, e->head.when == FF_HEAD_NEVER && head_layers_differ(e), "head.layers", "head.when",
	            "write head.when: together, or after", "head.layers has no effect without a head");
}

/* With a lag as long as an epoch, the draw would wait for a mini-batch that never comes. */
static void check_lag(struct ff_loader *loader)
{
#define LAG_KEYS "negatives.lag", "train.batch", "dataset.name", "dataset.train", "dataset.validation"
	const struct ff_experiment *e = &loader->experiment;
	if (!FF_SOUND(loader, LAG_KEYS) || e->negatives.lag == FF_AUTO)
		return;
	int64_t batches = ff_known_batches(e);
	if (batches && e->negatives.lag >= batches)
		ff_complain(&loader->complaints, FF_PLACE(loader, LAG_KEYS), "lower negatives.lag, or write auto",
		            "negatives.lag %" PRId64 " is not below the %" PRId64 " batch%s of an epoch",
		            e->negatives.lag, batches, batches == 1 ? "" : "es");
#undef LAG_KEYS
}

/* Wrong labels sampled from the network's predictions. */
static void check_adaptive(struct ff_loader *loader)
{
	enum { MOST_PAIRS = 1024 }; /* of a batch that goes in one tile */
	const struct ff_experiment *e = &loader->experiment;
	if (e->negatives.draw == FF_DRAW_UNIFORM || e->negatives.kind != FF_WRONG_LABEL)
		return;
	complain_if(loader, e->negatives.draw == FF_DRAW_HEAD && e->head.when != FF_HEAD_TOGETHER, "negatives.draw",
	            "head.when", "write head.when: together, or negatives.draw: goodness",
	            "negatives.draw: head needs a head that trains with the layers");
	complain_if(loader, e->negatives.draw == FF_DRAW_GOODNESS && e->objective.direction == FF_MINIMISE,
	            "negatives.draw", "objective.direction", "write negatives.draw: head, or uniform",
	            "wrong labels cannot be drawn by goodness if positives are to have little of it");
	complain_if(loader, e->train.order == FF_GREEDY, "negatives.draw", "train.order",
	            "write negatives.draw: uniform, or train.order: together",
	            "adaptive negatives need layers that train together, not greedy ones");
	complain_if(loader, e->train.batch == FF_AUTO || e->train.batch > MOST_PAIRS, "negatives.draw", "train.batch",
	            "lower train.batch to at most 1024", "adaptive negatives need mini-batches of at most 1024 pairs");
	check_lag(loader);
}

static void check_patience(struct ff_loader *loader)
{
	const struct ff_experiment *e = &loader->experiment;
	if (!e->train.patience)
		return;
	complain_if(loader, e->dataset.validation == 0, "train.patience", "dataset.validation",
	            "hold images out with dataset.validation", "early stopping needs validation images");
	complain_if(loader, e->train.order == FF_GREEDY, "train.patience", "train.order", "write train.order: together",
	            "early stopping does not work with greedy layers");
	complain_if(loader, e->head.when == FF_HEAD_AFTER, "train.patience", "head.when", "write head.when: together",
	            "early stopping does not work with a head that trains after the layers");
}

void ff_check_modes(struct ff_loader *loader)
{
	check_mode(loader);
	check_head(loader);
	check_adaptive(loader);
	check_patience(loader);
}
