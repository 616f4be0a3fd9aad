#include "cli/progress.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "base/clock.h"

static const double REDRAW_SECONDS = 0.1, LINE_SECONDS = 1.0;

enum { SHOWN_LOSSES = 4, DEFAULT_WIDTH = 80 };

/* Appends to a line, which is cut where it is full. */
static void append(char *line, size_t size, const char *format, ...) FF_PRINTF(3, 4);
static void append(char *line, size_t size, const char *format, ...)
{
	size_t used = strlen(line);
	va_list args;
	va_start(args, format);
	vsnprintf(line + used, size - used, format, args);
	va_end(args);
}

bool ff_progress_terminal(void)
{
	const char *kind = getenv("TERM");
	return isatty(STDERR_FILENO) && kind && *kind && strcmp(kind, "dumb") != 0;
}

void ff_progress_draw(const char *text)
{
	struct winsize window;
	bool known = ioctl(STDERR_FILENO, TIOCGWINSZ, &window) == 0 && window.ws_col > 1;
	int width = known ? window.ws_col : DEFAULT_WIDTH;
	fprintf(stderr, "\r%.*s\033[K", width - 1, text);
	fflush(stderr);
}

void ff_progress_init(struct ff_progress_view *view, bool quiet)
{
	*view = (struct ff_progress_view){.quiet = quiet, .terminal = ff_progress_terminal(), .last = -1e9};
}

static bool is_due(struct ff_progress_view *view, double interval)
{
	double now = ff_clock();
	if (now - view->last < interval)
		return false;
	view->last = now;
	return true;
}

/* "layer 2  epoch 3/40"; the head comes behind the last layer. */
static void append_position(char *line, size_t size, int layer, int n_layers, int epoch, int epochs)
{
	if (layer > n_layers)
		append(line, size, "head  ");
	else if (layer)
		append(line, size, "layer %d  ", layer);
	append(line, size, "epoch %d", epoch);
	if (epochs)
		append(line, size, "/%d", epochs);
}

static void append_time_left(char *line, size_t size, double seconds)
{
	if (!isfinite(seconds) || seconds < 0 || seconds > 1e8)
		return;
	long left = lround(seconds);
	if (left >= 3600)
		append(line, size, "  %ld:%02ld:%02ld left", left / 3600, left / 60 % 60, left % 60);
	else
		append(line, size, "  %ld:%02ld left", left / 60, left % 60);
}

void ff_progress_describe(const struct ff_progress *p, char *line, size_t size)
{
	*line = '\0';
	if (p->phase && strcmp(p->phase, "training") != 0) { /* `done` is then the phase's own */
		append(line, size, "%s %.0f %%", p->phase, 100 * p->done);
		return;
	}
	append(line, size, "%3.0f %%  ", 100 * p->done);
	append_position(line, size, p->layer, p->n_layers, p->epoch, p->epochs);
	if (p->samples_per_second > 0)
		append(line, size, "  %.0f samples/s", p->samples_per_second);
	append_time_left(line, size, p->seconds_left);
}

static void on_progress(void *user, const struct ff_progress *p)
{
	struct ff_progress_view *view = user;
	char line[FF_PROGRESS_LINE] = "";
	view->epochs = p->epochs;
	if (view->quiet || !view->terminal || !is_due(view, REDRAW_SECONDS))
		return;
	ff_progress_describe(p, line, sizeof line);
	append(line, sizeof line, "%s", view->losses);
	ff_progress_draw(line);
	view->drawn = true;
}

/* "  loss 0.512 0.433  head 0.211  validation 4.52 %": of the layers that trained, the first few; of a head that
 * trained alone, "  loss 0.211". */
static void describe_losses(const struct ff_epoch_metrics *m, char *text, size_t size)
{
	int shown = 0;
	*text = '\0';
	for (int l = 0; l < m->n_layers && shown < SHOWN_LOSSES; l++)
		if (!isnan(m->loss[l]))
			append(text, size, "%s %.4g", shown++ ? "" : "  loss", m->loss[l]);
	if (m->layer == 0 && m->n_layers > SHOWN_LOSSES)
		append(text, size, " ...");
	if (!isnan(m->head_loss))
		append(text, size, "  %s %.4g", shown ? "head" : "loss", m->head_loss);
	if (!isnan(m->validation_error))
		append(text, size, "  validation %.2f %%", 100 * m->validation_error);
}

static void write_held(struct ff_progress_view *view)
{
	if (*view->held)
		fprintf(stderr, "%s\n", view->held);
	*view->held = '\0';
}

static void on_epoch(void *user, const struct ff_epoch_metrics *m)
{
	struct ff_progress_view *view = user;
	describe_losses(m, view->losses, sizeof view->losses);
	if (view->quiet || view->terminal)
		return;
	if (m->layer != view->layer)
		write_held(view); /* a layer's last epoch is worth a line */
	view->layer = m->layer;
	*view->held = '\0';
	append_position(view->held, sizeof view->held, m->layer, m->n_layers, m->epoch, view->epochs);
	append(view->held, sizeof view->held, "%s  %.3g s  %.0f samples/s", view->losses, m->seconds,
	       m->samples_per_second);
	if (is_due(view, LINE_SECONDS))
		write_held(view);
}

static void clear_line(struct ff_progress_view *view)
{
	if (view->drawn)
		ff_progress_draw("");
	view->drawn = false;
}

static void on_message(void *user, const char *text)
{
	clear_line(user);
	fprintf(stderr, "ffengine: %s\n", text);
}

struct ff_observer ff_progress_observer(struct ff_progress_view *view)
{
	return (struct ff_observer){view, on_progress, on_epoch, on_message};
}

void ff_progress_end(struct ff_progress_view *view)
{
	clear_line(view);
	write_held(view);
	view->quiet = true;
}
