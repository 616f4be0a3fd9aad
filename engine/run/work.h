/* What an execution says of itself: how long each stage worked, and what it waited for. */
#ifndef ENGINE_RUN_WORK_H
#define ENGINE_RUN_WORK_H

#include "ffengine/run.h"
#include "pipeline/net.h"
#include "pipeline/source.h"

/* Fills result->execution after the net's execution, or after none. */
void ff_work_report(const struct ff_net *net, const struct ff_source *source, struct ff_result *result);

#endif
