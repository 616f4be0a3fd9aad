/* Executes a schedule: its packets go from the source through the net to the collector.
 *
 *     sequential   one packet after another through all nodes, on the caller's thread: the reference that every other
 *                  execution must equal bit for bit
 *     pipeline     the source and every leader of the graph on a thread of its own, the collector on the caller's; each
 *                  takes packets from a ring and puts them into the next, so all layers work at once
 *
 * Both give the same bits: every node processes the same packets in the same order, and the state that a packet meets
 * (weights, sums, cached inputs) belongs to that node alone. */
#ifndef ENGINE_PIPELINE_EXECUTE_H
#define ENGINE_PIPELINE_EXECUTE_H

#include "pipeline/execution.h"

/* Draws the net's initial weights, or restores those of a checkpoint, and executes the schedule to its end,
 * sequentially or as a pipeline as the net's graph says. All threads it started have ended when it returns. Errors:
 * FF_ERROR_IO or FF_ERROR_DATA of the checkpoint; what a stage, the collector or the test probe returned;
 * FF_ERROR_MEMORY if no more threads can be started. Of several failures it reports the one that sequential execution
 * would meet first. */
FF_NODISCARD ff_status ff_execute(const struct ff_execution *execution, struct ff_error *error);

#endif
