/* A recorded profile in the Trace Event Format ("JSON Object Format"), which Perfetto and Chrome open: a slice for each
 * step, a track for each thread, a counter for each ring. */
#ifndef ENGINE_TRACE_TRACE_H
#define ENGINE_TRACE_TRACE_H

#include <stdio.h>

#include "pipeline/track.h"

/* Writes the trace of an experiment of this name. The caller checks the stream for errors when closing it. */
void ff_trace_write(const struct ff_profile *profile, const char *name, FILE *stream);

#endif
