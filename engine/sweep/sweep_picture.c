#include "sweep/sweep_picture.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "sweep/sweep_groups.h"

enum { WIDTH = 460, HEIGHT = 280, LEFT = 70, RIGHT = 20, TOP = 40, BOTTOM = 60, MOST_TICKS = 12 };

/* A panel of the picture: a key and one of the two quantities. */
struct panel {
	const struct ff_sweep_run *run;
	FILE *stream;
	const struct ff_sweep_group *groups;
	int n, k, left, top;
	bool speed, log;
	double low, high; /* range of x, as drawn */
	double most;      /* largest y */
};

static double drawn(const struct panel *panel, double x)
{
	return panel->log ? log(x) : x;
}

static double column(const struct panel *panel, double x)
{
	double width = WIDTH - LEFT - RIGHT, span = panel->high - panel->low;
	return panel->left + LEFT + (span > 0 ? (drawn(panel, x) - panel->low) / span : 0.5) * width;
}

static double row(const struct panel *panel, double y)
{
	return panel->top + HEIGHT - BOTTOM - y / panel->most * (HEIGHT - TOP - BOTTOM);
}

static double quantity(const struct panel *panel, const struct ff_point_result *result)
{
	return panel->speed ? result->samples_per_second : 100 * ff_point_error(result);
}

static void put_text(const char *text, FILE *stream)
{
	for (; *text; text++) {
		const char *entity = *text == '<' ? "&lt;" : *text == '>' ? "&gt;" : *text == '&' ? "&amp;" : NULL;
		if (entity)
			fputs(entity, stream);
		else
			fputc((unsigned char)*text < ' ' ? '?' : *text, stream);
	}
}

/* 1, 2 or 5 times a power of ten, of which a few steps reach the value. */
static double step_of(double most)
{
	double power = pow(10, floor(log10(most / 4)));
	double lead = most / 4 / power;
	return power * (lead < 1.5 ? 1 : lead < 3.5 ? 2 : lead < 7.5 ? 5 : 10);
}

static void draw_axes(const struct panel *p)
{
	double step = step_of(p->most), x0 = p->left + LEFT, x1 = p->left + WIDTH - RIGHT, y0 = row(p, 0);
	fprintf(p->stream, "<text x='%.0f' y='%d' font-weight='bold'>%s</text>\n", x0, p->top + 24,
	        p->speed ? "samples/s" : "error, %");
	for (double y = 0; y <= p->most * 1.0001; y += step)
		fprintf(
		    p->stream,
		    "<path d='M%.1f %.1fH%.1f' stroke='#ddd'/><text x='%.1f' y='%.1f' text-anchor='end'>%.6g</text>\n",
		    x0, row(p, y), x1, x0 - 6, row(p, y) + 4, y);
	fprintf(p->stream, "<path d='M%.1f %.1fH%.1f' stroke='#000'/>\n", x0, y0, x1);
	int every = (p->n + MOST_TICKS - 1) / MOST_TICKS;
	for (int g = 0; g < p->n; g += every) {
		double x = column(p, p->groups[g].x);
		fprintf(p->stream,
		        "<path d='M%.1f %.1fv5' stroke='#000'/><text font-size='10' text-anchor='end' "
		        "transform='translate(%.1f %.1f) rotate(-30)'>",
		        x, y0, x + 4, y0 + 16);
		put_text(p->groups[g].text, p->stream);
		fputs("</text>\n", p->stream);
	}
	fprintf(p->stream, "<text x='%.1f' y='%d' text-anchor='middle'>", (x0 + x1) / 2, p->top + HEIGHT - 6);
	put_text(p->run->sweep->keys[p->k], p->stream);
	fputs("</text>\n", p->stream);
}

static void draw_values(const struct panel *p)
{
	const char *colour = p->speed ? "#0a7" : "#c33", *command = "M";
	fputs("<path fill='none' stroke-width='1.5' ", p->stream);
	fprintf(p->stream, "stroke='%s' d='", colour);
	for (int g = 0; g < p->n; g++) {
		double y = p->speed ? p->groups[g].speed : 100 * p->groups[g].error;
		if (!isfinite(y))
			continue;
		fprintf(p->stream, "%s%.1f %.1f", command, column(p, p->groups[g].x), row(p, y));
		command = "L";
	}
	fputs("'/>\n", p->stream);
	for (int i = 0; i < p->run->sweep->n_points; i++) {
		int g = ff_sweep_group_of(p->run, p->k, i, p->groups, p->n);
		double y = quantity(p, &p->run->results[i]);
		if (g >= 0 && p->run->results[i].state == FF_POINT_DONE && isfinite(y))
			fprintf(p->stream,
			        "<circle cx='%.1f' cy='%.1f' r='3' fill='%s' fill-opacity='0.6'><title>point %d: "
			        "%.6g</title></circle>\n",
			        column(p, p->groups[g].x), row(p, y), colour, i + 1, y);
	}
}

static void draw_panel(struct panel *p)
{
	p->most = 0;
	for (int i = 0; i < p->run->sweep->n_points; i++) {
		double y = quantity(p, &p->run->results[i]);
		if (p->run->results[i].state == FF_POINT_DONE && y > p->most)
			p->most = y;
	}
	p->most = p->most > 0 ? 1.05 * p->most : 1;
	p->low = p->n ? drawn(p, p->groups[0].x) : 0;
	p->high = p->n ? drawn(p, p->groups[p->n - 1].x) : 1;
	draw_axes(p);
	draw_values(p);
}

static void draw(const struct ff_sweep_run *run, struct ff_sweep_group *groups, FILE *stream)
{
	const struct ff_sweep *sweep = run->sweep;
	int height = HEIGHT * sweep->n_keys;
	fprintf(stream,
	        "<svg xmlns='http://www.w3.org/2000/svg' width='%d' height='%d' viewBox='0 0 %d %d' "
	        "font-family='sans-serif' font-size='12'>\n<rect width='100%%' height='100%%' fill='#fff'/>\n",
	        2 * WIDTH, height, 2 * WIDTH, height);
	for (int k = 0; k < sweep->n_keys; k++) {
		bool numeric;
		int n = ff_sweep_groups(run, k, groups, &numeric);
		bool wide = numeric && n > 1 && groups[0].x > 0 && groups[n - 1].x >= 8 * groups[0].x;
		for (int speed = 0; speed < 2; speed++)
			draw_panel(&(struct panel){.run = run,
			                           .stream = stream,
			                           .groups = groups,
			                           .n = n,
			                           .k = k,
			                           .left = speed * WIDTH,
			                           .top = k * HEIGHT,
			                           .speed = speed,
			                           .log = wide});
	}
	fputs("</svg>\n", stream);
}

ff_status ff_sweep_write_picture(const struct ff_sweep_run *run, struct ff_error *error)
{
	char path[FF_MAX_PATH];
	struct ff_file_writer writer;
	struct ff_sweep_group *groups = calloc((size_t)run->sweep->n_points, sizeof *groups);
	if (!groups)
		return ff_fail(error, FF_ERROR_MEMORY, "no memory for a picture");
	ff_status status = FF_ERROR_IO;
	if (!ff_sweep_path(run->options, "", "sweep.svg", "", path))
		ff_fail_at(error, status, run->options->folder, NULL, "the path is too long");
	else
		status = ff_file_create(&writer, path, error);
	if (status == FF_OK) {
		draw(run, groups, writer.stream);
		status = ff_file_commit(&writer, error);
	}
	free(groups);
	return status;
}
