#include "cli/sweep_view.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "cli/progress.h"

enum { SETTINGS = 160, BAR = 24, SHOWN_RUNNING = 16 };

const char *ff_sweep_settings(const struct ff_sweep *sweep, int point, char *text, size_t size)
{
	size_t used = 0;
	*text = '\0';
	for (int k = 0; k < sweep->n_keys && used < size; k++) {
		const char *setting = sweep->points[point].settings[k];
		if (setting)
			used += (size_t)snprintf(text + used, size - used, "%s%s", used ? " " : "", setting);
	}
	return text;
}

void ff_sweep_view_init(struct ff_sweep_view *view, bool quiet)
{
	*view = (struct ff_sweep_view){.quiet = quiet, .terminal = ff_progress_terminal(), .last = -1e9};
}

static void clear(struct ff_sweep_view *view)
{
	if (view->drawn > 1)
		fprintf(stderr, "\033[%dA", view->drawn - 1);
	if (view->drawn)
		fputs("\r\033[J", stderr);
	view->drawn = 0;
}

void ff_sweep_view_end(struct ff_sweep_view *view)
{
	clear(view);
	fflush(stderr);
}

static void describe_best(const struct ff_sweep_run *run, char *text, size_t size)
{
	char settings[SETTINGS];
	int best = ff_sweep_best(run);
	*text = '\0';
	if (best >= 0)
		snprintf(text, size, "best %.2f %%: %s", 100 * ff_point_error(&run->results[best]),
		         ff_sweep_settings(run->sweep, best, settings, sizeof settings));
}

void ff_sweep_view_tick(void *user, const struct ff_sweep_run *run)
{
	struct ff_sweep_view *view = user;
	char text[2 * SETTINGS], settings[SETTINGS];
	double now = ff_clock();
	int shown = 0;
	if (view->quiet || !view->terminal || now - view->last < 0.2)
		return;
	view->last = now;
	clear(view);
	for (int s = 0; s < run->n_slots && shown < SHOWN_RUNNING; s++) {
		int p = run->slots[s];
		if (p < 0)
			continue;
		snprintf(text, sizeof text, "  point %d  %.0f s  %s", p + 1, now - run->results[p].started,
		         ff_sweep_settings(run->sweep, p, settings, sizeof settings));
		ff_progress_draw(text);
		fputc('\n', stderr);
		shown++;
	}
	describe_best(run, settings, sizeof settings);
	snprintf(text, sizeof text, "%d points: %d running, %d done, %d failed, %d refused, %d waiting  %s",
	         run->sweep->n_points, ff_sweep_count(run, FF_POINT_RUNNING), ff_sweep_count(run, FF_POINT_DONE),
	         ff_sweep_count(run, FF_POINT_FAILED), ff_sweep_count(run, FF_POINT_REFUSED),
	         ff_sweep_count(run, FF_POINT_WAITING), settings);
	ff_progress_draw(text);
	view->drawn = shown + 1;
}

void ff_sweep_view_event(void *user, const struct ff_sweep_run *run, int point)
{
	struct ff_sweep_view *view = user;
	const struct ff_point_result *r = &run->results[point];
	char settings[SETTINGS];
	if (view->quiet || (view->terminal && r->state == FF_POINT_RUNNING))
		return;
	clear(view);
	fprintf(stderr, "point %d/%d %s  %s", point + 1, run->sweep->n_points, ff_point_state_name(r->state),
	        ff_sweep_settings(run->sweep, point, settings, sizeof settings));
	if (r->state == FF_POINT_DONE)
		fprintf(stderr, "  error %.2f %%  %.0f samples/s  %.3g s", 100 * ff_point_error(r),
		        r->samples_per_second, r->seconds);
	fprintf(stderr, "%s%s\n", *r->message ? "  " : "", r->message);
	view->last = -1e9;
}

static void print_percent(double error)
{
	if (isfinite(error))
		printf("  %8.2f %%", 100 * error);
	else
		printf("  %10s", "-");
}

static void print_point(const struct ff_sweep_run *run, int p)
{
	char settings[SETTINGS];
	const struct ff_point_result *r = &run->results[p];
	printf("%5d  %-8s", p + 1, ff_point_state_name(r->state));
	print_percent(r->validation_error);
	print_percent(r->test_error);
	if (isfinite(r->samples_per_second))
		printf("  %9.0f", r->samples_per_second);
	else
		printf("  %9s", "-");
	printf("  %s%s%s\n", ff_sweep_settings(run->sweep, p, settings, sizeof settings), *r->message ? "  " : "",
	       r->message);
}

static void print_bar(double value, double most)
{
	int length = most > 0 && value > 0 ? (int)lround(value / most * BAR) : 0;
	for (int i = 0; i < BAR; i++)
		putchar(i < length ? '#' : ' ');
}

/* The means of a key's values. */
static void print_chart(const struct ff_sweep_run *run, int k, struct ff_sweep_group *groups)
{
	bool numeric;
	int n = ff_sweep_groups(run, k, groups, &numeric), width = (int)strlen(run->sweep->keys[k]);
	double error = 0, speed = 0;
	for (int g = 0; g < n; g++) {
		int length = (int)strlen(groups[g].text);
		width = length > width ? length : width;
		error = groups[g].error > error ? groups[g].error : error;
		speed = groups[g].speed > speed ? groups[g].speed : speed;
	}
	if (n < 2)
		return;
	printf("\n%-*s  %9s  %-*s  %9s\n", width, run->sweep->keys[k], "error", BAR, "", "samples/s");
	for (int g = 0; g < n; g++) {
		printf("%-*s  %7.2f %%  ", width, groups[g].text, 100 * groups[g].error);
		print_bar(groups[g].error, error);
		printf("  %9.0f  ", groups[g].speed);
		print_bar(groups[g].speed, speed);
		putchar('\n');
	}
}

void ff_sweep_print(const struct ff_sweep_run *run)
{
	char text[2 * SETTINGS];
	struct ff_sweep_group *groups = calloc((size_t)run->sweep->n_points, sizeof *groups);
	printf("%5s  %-8s  %10s  %10s  %9s\n", "point", "status", "validation", "test", "samples/s");
	for (int p = 0; p < run->sweep->n_points; p++)
		print_point(run, p);
	for (int k = 0; groups && k < run->sweep->n_keys; k++)
		print_chart(run, k, groups);
	free(groups);
	describe_best(run, text, sizeof text);
	printf("\n%d of %d points done in %.1f s%s%s\n\nfolder  %s\n", ff_sweep_count(run, FF_POINT_DONE),
	       run->sweep->n_points, ff_clock() - run->started, *text ? "; " : "", text, run->options->folder);
	if (run->others)
		printf("        %d more run folders in points/ belong to no point of this sweep: they are kept, but "
		       "not in the table\n",
		       run->others);
}

void ff_sweep_print_points(const struct ff_sweep *sweep, FILE *stream)
{
	fprintf(stream, "# a sweep of %d point%s; `ffengine sweep` runs %s\npoints:\n", sweep->n_points,
	        sweep->n_points == 1 ? "" : "s", sweep->n_points == 1 ? "it" : "them");
	for (int p = 0; p < sweep->n_points; p++) {
		fprintf(stream, "  - {name: %s", sweep->points[p].name);
		for (int k = 0; k < sweep->n_keys; k++) {
			const char *value = ff_sweep_value(sweep, &sweep->points[p], k);
			if (value)
				fprintf(stream, ", %s: %s", sweep->keys[k], value);
		}
		fputs("}\n", stream);
	}
}
