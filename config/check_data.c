#include "config/check_data.h"

#include <inttypes.h>
#include <string.h>

/* Images in the two parts of a dataset whose size never changes; 0 of any other. */
static void known_size(const struct ff_experiment *experiment, int64_t *train, int64_t *test)
{
	const char *name = experiment->dataset.name;
	bool known = strcmp(name, "mnist") == 0 || strcmp(name, "fashion-mnist") == 0;
	*train = known ? 60000 : 0;
	*test = known ? 10000 : 0;
}

static void check_split(struct ff_loader *loader)
{
	if (!FF_SOUND(loader, "dataset.name", "dataset.train", "dataset.validation", "dataset.test"))
		return;
	const struct ff_experiment *e = &loader->experiment;
	int64_t train, test, wanted = e->dataset.train == FF_AUTO ? 1 : e->dataset.train;
	known_size(e, &train, &test);
	if (train && wanted + e->dataset.validation > train)
		ff_complain(
		    &loader->complaints, FF_PLACE(loader, "dataset.name", "dataset.train", "dataset.validation"),
		    "lower dataset.train or dataset.validation",
		    "%" PRId64 " training and %" PRId64 " validation images are more than the %" PRId64 " of %s",
		    wanted, e->dataset.validation, train, e->dataset.name);
	else if (FF_SOUND(loader, "train.batch")) {
		int64_t left = e->dataset.train != FF_AUTO ? e->dataset.train : train - e->dataset.validation;
		if (e->train.batch != FF_AUTO && left > 0 && e->train.batch > left)
			ff_complain(&loader->complaints,
			            FF_PLACE(loader, "train.batch", "dataset.train", "dataset.validation"),
			            "lower train.batch, or write full",
			            "a batch of %" PRId64 " is larger than the %" PRId64 " training images",
			            e->train.batch, left);
	}
	if (test && e->dataset.test > test)
		ff_complain(&loader->complaints, FF_PLACE(loader, "dataset.name", "dataset.test"), "lower dataset.test",
		            "%" PRId64 " test images are more than the %" PRId64 " of %s", e->dataset.test, test,
		            e->dataset.name);
}

static void check_files(struct ff_loader *loader)
{
	static const char *const PATHS[] = {"dataset.train_images", "dataset.train_labels", "dataset.test_images",
	                                    "dataset.test_labels"};
	if (!FF_SOUND(loader, "dataset.name"))
		return;
	bool files = strcmp(loader->experiment.dataset.name, "files") == 0;
	for (size_t i = 0; i < sizeof PATHS / sizeof *PATHS; i++) {
		bool given = ff_loader_given(loader, PATHS[i]);
		if (files && !given)
			ff_complain(&loader->complaints, FF_PLACE(loader, "dataset.name"),
			            "give the path of an IDX file", "dataset.name is 'files', but %s is missing",
			            PATHS[i]);
		if (!files && given)
			ff_complain(&loader->complaints, FF_PLACE(loader, PATHS[i]),
			            "write dataset.name: files, or leave it out",
			            "%s is only read with dataset.name: files, not %s", PATHS[i],
			            loader->experiment.dataset.name);
	}
}

static void check_synthetic(struct ff_loader *loader)
{
	const struct ff_experiment *e = &loader->experiment;
	if (!FF_SOUND(loader, "dataset.name", "dataset.classes", "dataset.synthetic.height",
	              "dataset.synthetic.width") ||
	    strcmp(e->dataset.name, "synthetic") != 0 || e->dataset.classes == FF_AUTO)
		return;
	int64_t pixels = e->dataset.synthetic.height * e->dataset.synthetic.width;
	if (e->dataset.classes > pixels)
		ff_complain(&loader->complaints,
		            FF_PLACE(loader, "dataset.classes", "dataset.synthetic.height", "dataset.synthetic.width"),
		            "the label takes one pixel per class",
		            "%" PRId64 " classes do not fit an image of %" PRId64 " pixels", e->dataset.classes,
		            pixels);
}

/* A mask of one line or column has nothing to blur. (Of files, the shape is known when they are opened.) */
static void check_hybrid(struct ff_loader *loader)
{
	const struct ff_experiment *e = &loader->experiment;
	int64_t height = e->dataset.synthetic.height, width = e->dataset.synthetic.width;
	if (e->negatives.kind != FF_HYBRID || strcmp(e->dataset.name, "synthetic") != 0 || (height > 1 && width > 1) ||
	    !FF_SOUND(loader, "negatives.kind", "dataset.name", "dataset.synthetic.height", "dataset.synthetic.width"))
		return;
	ff_complain(&loader->complaints,
	            FF_PLACE(loader, "mode", "negatives.kind", "dataset.name", "dataset.synthetic.height",
	                     "dataset.synthetic.width"),
	            "raise dataset.synthetic.height and width to at least 2",
	            "hybrid negatives need images of at least 2 x 2 pixels, not %" PRId64 " x %" PRId64, height, width);
}

int64_t ff_known_batches(const struct ff_experiment *e)
{
	int64_t train, test;
	known_size(e, &train, &test);
	int64_t n = e->dataset.train != FF_AUTO ? e->dataset.train : train ? train - e->dataset.validation : 0;
	if (n <= 0)
		return 0;
	return e->train.batch == FF_AUTO ? 1 : n / e->train.batch + (n % e->train.batch != 0);
}

void ff_check_data(struct ff_loader *loader)
{
	check_files(loader);
	check_split(loader);
	check_synthetic(loader);
	check_hybrid(loader);
}
