/* A run's progress on standard error: one line that overwrites itself on a terminal, else a line an epoch, at most
 * about one a second. One thread. */
#ifndef ENGINE_CLI_PROGRESS_H
#define ENGINE_CLI_PROGRESS_H

#include <stdbool.h>

#include "ffengine/run.h"

enum { FF_PROGRESS_LINE = 512 };

struct ff_progress_view {
	bool quiet, terminal;
	bool drawn;                  /* a line without its end stands on the terminal */
	double last;                 /* when a line was last written */
	int epochs;                  /* of the run of a greedy layer or of a head alone; 0 = not known yet */
	char losses[128];            /* of the last epoch that ended, with its validation error */
	int layer;                   /* of `held` */
	char held[FF_PROGRESS_LINE]; /* an epoch's line that came too soon; written in the end */
};

void ff_progress_init(struct ff_progress_view *view, bool quiet);

/* The callbacks; observer.user is the view. Messages are shown even if quiet. */
struct ff_observer ff_progress_observer(struct ff_progress_view *view);

/* Where a run is, as text: "  7 %  epoch 3/40  81000 samples/s  0:14 left", or "evaluating test 45 %". */
void ff_progress_describe(const struct ff_progress *progress, char *line, size_t size);

/* Writes what was held back, or clears the terminal's line; nothing of the view is written afterwards. */
void ff_progress_end(struct ff_progress_view *view);

/* True if standard error is a terminal that understands cursor movements. */
bool ff_progress_terminal(void);

/* Replaces the terminal's last line with text, cut to the terminal's width. */
void ff_progress_draw(const char *text);

#endif
