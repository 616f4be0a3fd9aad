/* Reports how long each stage of an execution worked, and what it waited for. */
#ifndef ENGINE_RUN_WORK_H
#define ENGINE_RUN_WORK_H

#include "ffengine/run.h"
#include "pipeline/net.h"
#include "pipeline/source.h"

/* Fills result->execution, also if the net was not executed. */
void ff_work_report(const struct ff_net *net, const struct ff_source *source, struct ff_result *result);

#endif
