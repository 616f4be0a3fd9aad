#include "runtime/execute.h"

#include "runtime/ways.h"

ff_status ff_execute(const struct ff_execution *execution, struct ff_error *error)
{
	return execution->net->graph.pipeline ? ff_execute_pipeline(execution, error)
	                                      : ff_execute_sequential(execution, error);
}
