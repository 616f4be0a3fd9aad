/* run.json of a run's folder: when and where the run began, so that others can tell whether it goes on.
 *
 *     started   UTC, "2026-11-23T22:16:06.125Z"
 *     host      the machine's name in the network
 *     pid       the process, and in `process` what no later process of that number shares: "BOOT/START", the kernel's
 *               boot identifier and the process's start in clock ticks since then
 *     machine   as in result.json
 *     resumed   if it has been: when it went on last, in the process above; and in seconds_before what it took until
 *               the checkpoint that it went on from */
#ifndef ENGINE_RUN_ORIGIN_H
#define ENGINE_RUN_ORIGIN_H

#include <stddef.h>

#include "base/error.h"

/* Writes folder/run.json of this process, which began the run `elapsed` seconds ago.
 * Errors: FF_ERROR_IO, FF_ERROR_MEMORY. */
FF_NODISCARD ff_status ff_origin_write(const char *folder, double elapsed, struct ff_error *error);

/* Writes it anew of this process, which went on with the run `elapsed` seconds ago; `seconds_before` as above.
 * Errors: likewise. */
FF_NODISCARD ff_status ff_origin_resume(const char *folder, double elapsed, double seconds_before,
                                        struct ff_error *error);

enum ff_liveness {
	FF_ALIVE,
	FF_DEAD,
	FF_UNKNOWN, /* of another host, which we cannot ask */
};

/* Whether the process of a run.json is still there; host and process may be NULL. Thread-safe. */
enum ff_liveness ff_origin_alive(const char *host, long pid, const char *process);

/* Moves a time of the form of `started` by so many seconds; "" if it has another form. */
void ff_origin_later(const char *started, double seconds, char *text, size_t size);

#endif
