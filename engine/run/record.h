/* The part of a checkpoint that is not the stations' state, as JSON in its head (pipeline/checkpoint.h):
 *
 *     experiment    hash of all that decides the result (run/settings.h)
 *     machine       as in result.json
 *     images, sums  the fingerprint of the data (run/fingerprint.h)
 *     turn, epoch   where training resumes
 *     ...           the rest of struct ff_training_state, with the totals so far */
#ifndef ENGINE_RUN_RECORD_H
#define ENGINE_RUN_RECORD_H

#include "run/fingerprint.h"
#include "run/settings.h"
#include "run/train.h"

struct ff_record {
	char experiment[FF_SETTINGS_HASH];
	struct ff_fingerprint data; /* complete */
	int64_t metrics_bytes;      /* of metrics.jsonl */
	double seconds;             /* the run's time so far, in all its processes */
	struct ff_training_state training;
};

/* The record as a text that the caller frees; with this machine. NULL without memory. */
char *ff_record_format(const struct ff_record *record);

/* Reads the text of ff_record_format(). `where` is for the error.
 * Errors: FF_ERROR_DATA (not a record), FF_ERROR_USAGE (of another type of machine), FF_ERROR_MEMORY. */
FF_NODISCARD ff_status ff_record_read(const char *text, const char *where, struct ff_record *record,
                                      struct ff_error *error);

#endif
