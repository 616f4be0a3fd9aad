/* Collects the faults of an experiment in the order of their places. Used by one thread, for one load. */
#ifndef CONFIG_COMPLAIN_H
#define CONFIG_COMPLAIN_H

#include "ffengine/experiment.h"

enum { FF_MAX_QUOTE = 72 };

/* A place in the file (source 0) or in override source - 1. Line and column count from 1; line 0 = the whole. */
struct ff_place {
	int source;
	size_t line, column;
};

struct ff_complaints {
	const char *path; /* of the file, or NULL; the caller's */
	const char *const *overrides;
	int count;
	ff_status status;                           /* of the first complaint by place; FF_OK if there is none */
	struct ff_diagnostics *out;                 /* the caller's, or NULL */
	struct ff_place places[FF_MAX_DIAGNOSTICS]; /* of out->items */
};

/* Less than, equal to or greater than 0 as a stands before, at or behind b. */
int ff_place_compare(struct ff_place a, struct ff_place b);

/* Adds a complaint at its place; hint may be NULL. Returns false, so that a check can end with it. */
bool ff_complain(struct ff_complaints *complaints, struct ff_place place, const char *hint, const char *format, ...)
    FF_PRINTF(4, 5);

/* The same with a status of its own, and without a place in the file. */
bool ff_complain_status(struct ff_complaints *complaints, ff_status status, const char *hint, const char *format, ...)
    FF_PRINTF(4, 5);

/* Writes text as 'text' into quote (FF_MAX_QUOTE bytes): shortened, and without control characters. Returns quote. */
const char *ff_quote(char *quote, const char *text, size_t length);

#endif
