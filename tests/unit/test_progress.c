#include "support/harness.h"

#include <math.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "cli/progress.h"

static void training_shows_the_share_of_the_run(void)
{
	char line[FF_PROGRESS_LINE];
	struct ff_progress p = {"training", 2, 3, 3, 40, 0.07, 81234.4, 74.2};
	ff_progress_describe(&p, line, sizeof line);
	CHECK_TEXT(line, "  7 %  layer 2  epoch 3/40  81234 samples/s  1:14 left");
	p = (struct ff_progress){.phase = "training", .epoch = 1, .seconds_left = (double)NAN};
	ff_progress_describe(&p, line, sizeof line);
	CHECK_TEXT(line, "  0 %  epoch 1");
}

static void a_head_alone_is_called_so(void)
{
	char line[FF_PROGRESS_LINE];
	struct ff_progress p = {"training", 4, 3, 2, 10, 0.5, 0, (double)NAN};
	ff_progress_describe(&p, line, sizeof line);
	CHECK_TEXT(line, " 50 %  head  epoch 2/10");
	p.layer = 3;
	ff_progress_describe(&p, line, sizeof line);
	CHECK_TEXT(line, " 50 %  layer 3  epoch 2/10");
}

/* Standard error goes into a file from start_capture() to end_capture(), which reads it. */
static FILE *captured;
static int standard_error;

static void start_capture(void)
{
	captured = tmpfile();
	fflush(stderr);
	standard_error = dup(STDERR_FILENO);
	CHECK(captured && standard_error >= 0 && dup2(fileno(captured), STDERR_FILENO) >= 0);
}

static void end_capture(char *text, size_t size)
{
	fflush(stderr);
	CHECK(dup2(standard_error, STDERR_FILENO) >= 0);
	close(standard_error);
	rewind(captured);
	text[fread(text, 1, size - 1, captured)] = '\0';
	fclose(captured);
}

static struct ff_epoch_metrics epoch_of(int layer, double loss, double head_loss)
{
	return (struct ff_epoch_metrics){.layer = layer,
	                                 .epoch = 2,
	                                 .n_layers = 2,
	                                 .loss = {loss, loss / 2},
	                                 .head_loss = head_loss,
	                                 .validation_error = 0.25,
	                                 .seconds = 0.5,
	                                 .samples_per_second = 4000};
}

static void an_epoch_shows_its_losses(void)
{
	const double none = (double)NAN;
	char text[2048];
	struct ff_progress_view view;
	struct ff_progress progress = {"training", 0, 2, 2, 7, 0, 0, none};
	struct ff_epoch_metrics together = epoch_of(0, 0.5, 2.25), layer = epoch_of(2, 0.5, none),
	                        head = epoch_of(3, none, 2.125);
	layer.loss[0] = none;
	ff_progress_init(&view, false);
	view.terminal = false;
	struct ff_observer observer = ff_progress_observer(&view);
	start_capture();
	observer.progress(observer.user, &progress);
	observer.epoch(observer.user, &together);
	observer.epoch(observer.user, &layer);
	progress.epochs = 9;
	observer.progress(observer.user, &progress);
	observer.epoch(observer.user, &head);
	ff_progress_end(&view);
	end_capture(text, sizeof text);
	CHECK_TEXT(text, "epoch 2/7  loss 0.5 0.25  head 2.25  validation 25.00 %  0.5 s  4000 samples/s\n"
	                 "layer 2  epoch 2/7  loss 0.25  validation 25.00 %  0.5 s  4000 samples/s\n"
	                 "head  epoch 2/9  loss 2.125  validation 25.00 %  0.5 s  4000 samples/s\n");
}

/* An evaluation counts its own images: its percentage must not look like the run's. */
static void evaluation_shows_its_own_share(void)
{
	char line[FF_PROGRESS_LINE];
	struct ff_progress p = {"evaluating test", 0, 3, 5, 5, 0.45, 0, (double)NAN};
	ff_progress_describe(&p, line, sizeof line);
	CHECK_TEXT(line, "evaluating test 45 %");
}

static void a_short_line_is_cut(void)
{
	char line[8];
	struct ff_progress p = {"evaluating test", 0, 3, 5, 5, 0.45, 0, (double)NAN};
	ff_progress_describe(&p, line, sizeof line);
	CHECK_TEXT(line, "evaluat");
}

FF_TESTS("progress", {"training shows the share of the run", training_shows_the_share_of_the_run},
         {"a head alone is called so", a_head_alone_is_called_so},
         {"an epoch shows its losses", an_epoch_shows_its_losses},
         {"evaluation shows its own share", evaluation_shows_its_own_share},
         {"a short line is cut", a_short_line_is_cut})
