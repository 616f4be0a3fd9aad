/* Execution: a schedule's packets from the source through a net to the collector.
 *
 *     sequential   one packet after another through everything, on the caller's thread: the order that every other must
 *                  equal bit for bit
 *     pipeline     the source and every leader of the graph on a thread of its own, the collector on the caller's; each
 *                  takes its packets from a ring and puts them into the next, so all layers work at once
 *
 * Both give the same bits: every node does the same to the same packets in the same order, and what a packet finds
 * (weights, sums, kept inputs) belongs to the node alone. */
#ifndef ENGINE_PIPELINE_EXECUTE_H
#define ENGINE_PIPELINE_EXECUTE_H

#include "pipeline/execution.h"

/* Draws the net's initial weights, or takes those of a checkpoint, and executes the schedule to its end, in the way
 * the net's graph says. Errors: FF_ERROR_IO or FF_ERROR_DATA of the checkpoint; what a stage, the collector or the
 * probe returned. Of several failures, the one that the sequential order meets first is reported. All threads it
 * started have ended, whatever it returns. FF_ERROR_MEMORY: no more threads. */
FF_NODISCARD ff_status ff_execute(const struct ff_execution *execution, struct ff_error *error);

#endif
