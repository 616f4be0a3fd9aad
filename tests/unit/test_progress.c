#include "support/harness.h"

#include <math.h>
#include <string.h>

#include "cli/progress.h"

static void training_shows_the_share_of_the_run(void)
{
	char line[FF_PROGRESS_LINE];
	struct ff_progress p = {"training", 2, 3, 40, 0.07, 81234.4, 74.2};
	ff_progress_describe(&p, line, sizeof line);
	CHECK_TEXT(line, "  7 %  layer 2  epoch 3/40  81234 samples/s  1:14 left");
	p = (struct ff_progress){.phase = "training", .epoch = 1, .seconds_left = (double)NAN};
	ff_progress_describe(&p, line, sizeof line);
	CHECK_TEXT(line, "  0 %  epoch 1");
}

/* An evaluation counts its own images: its percentage must not look like the run's. */
static void evaluation_shows_its_own_share(void)
{
	char line[FF_PROGRESS_LINE];
	struct ff_progress p = {"evaluating test", 0, 5, 5, 0.45, 0, (double)NAN};
	ff_progress_describe(&p, line, sizeof line);
	CHECK_TEXT(line, "evaluating test 45 %");
}

static void a_short_line_is_cut(void)
{
	char line[8];
	struct ff_progress p = {"evaluating test", 0, 5, 5, 0.45, 0, (double)NAN};
	ff_progress_describe(&p, line, sizeof line);
	CHECK_TEXT(line, "evaluat");
}

FF_TESTS("progress", {"training shows the share of the run", training_shows_the_share_of_the_run},
         {"evaluation shows its own share", evaluation_shows_its_own_share},
         {"a short line is cut", a_short_line_is_cut})
