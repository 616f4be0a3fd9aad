/* What bounds the speed of a profiled run, and what to try. */
#ifndef ENGINE_TRACE_PROFILE_ADVICE_H
#define ENGINE_TRACE_PROFILE_ADVICE_H

#include "trace/profile_report.h"

/* Fills report->advice from the rest of the report: the bottleneck, why it is one, and a change to try. */
void ff_profile_advise(struct ff_profile_report *report);

#endif
