/* The command lines of a sweep's points. All are NULL-terminated lists of words that the caller frees with
 * ff_sweep_command_free(); NULL without memory. */
#ifndef ENGINE_SWEEP_SWEEP_COMMAND_H
#define ENGINE_SWEEP_SWEEP_COMMAND_H

#include <limits.h>

#include "sweep/sweep_state.h"

/* Runs a point from its beginning: "ffengine" "run" ..., with so many threads (0: as the file says). */
char **ff_sweep_command(const struct ff_sweep *sweep, const struct ff_sweep_options *options, int point, int threads);

/* Resumes a point from its checkpoint: "ffengine" "run" "--resume=..." ... */
char **ff_sweep_resume_command(const struct ff_sweep *sweep, const struct ff_sweep_options *options, int point,
                               int threads);

/* Runs a point as a job of a batch system: "ffengine" "sweep" ... "--point=NAME". */
char **ff_sweep_job_command(const struct ff_sweep *sweep, const struct ff_sweep_options *options, int point);

void ff_sweep_command_free(char **words);

/* The file of this program. Errors: FF_ERROR_IO. */
FF_NODISCARD ff_status ff_sweep_program(char program[PATH_MAX], struct ff_error *error);

#endif
