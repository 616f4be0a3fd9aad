/* What a checkpoint says of a run. */
#include "support/harness.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "run/record.h"

static struct ff_record filled(void)
{
	return (struct ff_record){
	    .experiment = "0123456789abcdef",
	    .data = {.images = {60000, 0, 10000}, .sums = {4294967295, 0, 1}, .summed = true},
	    .metrics_bytes = INT64_C(5000000000),
	    .seconds = 1.0 / 3,
	    .training = {.alone = -1,
	                 .epoch = 7,
	                 .restorable = true,
	                 .least_error = 0.1 + 0.2, /* needs all digits */
	                 .without_gain = 2,
	                 .totals = {.epochs = 6,
	                            .head_epochs = 1,
	                            .pairs = INT64_C(1) << 40,
	                            .head_images = 3,
	                            .best_epoch = 4,
	                            .seconds = 1e-9 / 3,
	                            .head_seconds = 0.25},
	                 .seconds = 12.5},
	};
}

static void what_is_written_is_read(void)
{
	for (int k = 0; k < 2; k++) {
		ff_scenario("%s an evaluation", k ? "before" : "after");
		struct ff_record wanted = filled(), got;
		struct ff_error error = {0};
		if (k)
			wanted.training.least_error = (double)INFINITY; /* no evaluation yet */
		char *text = ff_record_format(&wanted);
		CHECK(text && strlen(text) < FF_CHECKPOINT_RECORD / 2);
		CHECK_INT(ff_record_read(text, "file", &got, &error), FF_OK);
		CHECK_TEXT(error.what, "");
		CHECK_TEXT(got.experiment, wanted.experiment);
		CHECK(memcmp(got.data.images, wanted.data.images, sizeof got.data.images) == 0);
		CHECK(memcmp(got.data.sums, wanted.data.sums, sizeof got.data.sums) == 0);
		CHECK(got.data.summed);
		CHECK(got.metrics_bytes == wanted.metrics_bytes && got.seconds == wanted.seconds);
		const struct ff_training_state *g = &got.training, *w = &wanted.training;
		CHECK(g->alone == w->alone && g->epoch == w->epoch && g->restorable == w->restorable);
		CHECK(g->least_error == w->least_error && g->without_gain == w->without_gain);
		CHECK(g->seconds == w->seconds);
		CHECK_INT(g->totals.epochs, w->totals.epochs);
		CHECK_INT(g->totals.head_epochs, w->totals.head_epochs);
		CHECK_INT(g->totals.pairs, w->totals.pairs);
		CHECK_INT(g->totals.head_images, w->totals.head_images);
		CHECK_INT(g->totals.best_epoch, w->totals.best_epoch);
		CHECK(g->totals.seconds == w->totals.seconds && g->totals.head_seconds == w->totals.head_seconds);
		free(text);
	}
}

/* The first `old` in a record becomes `new`, of the same length; the record is then refused. */
static void refused(const char *old, const char *new, ff_status status, const char *what)
{
	struct ff_record record = filled();
	struct ff_error error = {0};
	char *text = ff_record_format(&record), *at = strstr(text, old);
	if (CHECK(at != NULL) && CHECK_INT(strlen(new), strlen(old))) {
		memcpy(at, new, strlen(new));
		CHECK_INT(ff_record_read(text, "file", &record, &error), status);
		CHECK_HAS(error.what, what);
		CHECK_TEXT(error.where, "file");
	}
	free(text);
}

static void what_does_not_fit_is_refused(void)
{
	refused("\"cpu\": \"", "\"cpu\":\"X", FF_ERROR_USAGE, "another type of machine gives other bits: cpu is '");
	refused("\"version\": \"", "\"version\":\"9", FF_ERROR_USAGE, "version is '");
	refused("\"compiler\"", "\"compilers", FF_ERROR_DATA, "does not say");
	refused("\"compiler\"", "\"Compiler\"", FF_ERROR_USAGE, "compiler is '");
	refused("\"epoch\"", "\"Epoch\"", FF_ERROR_DATA, "does not say where");
	refused("\"epoch\": 7", "\"epoch\":\"\"", FF_ERROR_DATA, "does not say where");
	refused("5000000000", "-500000000", FF_ERROR_DATA, "does not say where");
	refused("\"sums\"", "\"Sums\"", FF_ERROR_DATA, "does not say where");
	refused("{", "[", FF_ERROR_DATA, "does not say where");
}

FF_TESTS("record", {"what is written is read", what_is_written_is_read},
         {"what does not fit is refused", what_does_not_fit_is_refused})
