/* Execution as a pipeline. ff_execute() calls it where the graph is a pipeline. */
#ifndef ENGINE_PIPELINE_EXECUTE_PIPELINE_H
#define ENGINE_PIPELINE_EXECUTE_PIPELINE_H

#include "pipeline/execution.h"

/* The contract is that of ff_execute(). */
FF_NODISCARD ff_status ff_execute_pipeline(const struct ff_execution *execution, struct ff_error *error);

#endif
