/* The two ways of execution; ff_execute() chooses. Their contract is its. */
#ifndef ENGINE_RUNTIME_WAYS_H
#define ENGINE_RUNTIME_WAYS_H

#include "runtime/execute.h"

FF_NODISCARD ff_status ff_execute_sequential(const struct ff_execution *execution, struct ff_error *error);
FF_NODISCARD ff_status ff_execute_pipeline(const struct ff_execution *execution, struct ff_error *error);

#endif
