/* What a checkpoint says of a run besides the stations' state, as JSON in its head (pipeline/checkpoint.h):
 *
 *     experiment   hash of all that decides the result (run/settings.h)
 *     machine      as in result.json
 *     images, sums of the sets of images (run/fingerprint.h)
 *     turn, epoch  where training goes on
 *     ...          struct ff_training_state and the totals so far */
#ifndef ENGINE_RUN_RECORD_H
#define ENGINE_RUN_RECORD_H

#include "run/fingerprint.h"
#include "run/settings.h"
#include "run/train.h"

struct ff_record {
	char experiment[FF_SETTINGS_HASH];
	struct ff_fingerprint data; /* complete */
	int64_t metrics_bytes;      /* of metrics.jsonl */
	double seconds;             /* that the run took so far, in all its processes */
	struct ff_training_state training;
};

/* As text, of this machine; the caller frees it, NULL without memory. */
char *ff_record_format(const struct ff_record *record);

/* Reads what ff_record_format() wrote on a machine of this type; `where` is for the error.
 * Errors: FF_ERROR_DATA (no record), FF_ERROR_USAGE (another machine), FF_ERROR_MEMORY. */
FF_NODISCARD ff_status ff_record_read(const char *text, const char *where, struct ff_record *record,
                                      struct ff_error *error);

#endif
