/* run.json: when and where a run began, so that other processes can tell whether it is still running.
 *
 *     started         UTC, "2026-11-23T22:16:06.125Z"
 *     host            the machine's name in the network
 *     pid             the process
 *     process         what no later process of the same pid has: "BOOT/START", the kernel's boot identifier and the
 *                     process's start in clock ticks since the boot
 *     machine         as in result.json
 *     resumed         only of a resumed run: when it was last resumed, by the process above
 *     seconds_before  only of a resumed run: the time it took up to its checkpoint */
#ifndef ENGINE_RUN_ORIGIN_H
#define ENGINE_RUN_ORIGIN_H

#include <stddef.h>

#include "base/error.h"

/* Writes run.json for this process, which began the run `elapsed` seconds ago. Errors: FF_ERROR_IO, FF_ERROR_MEMORY. */
FF_NODISCARD ff_status ff_origin_write(const char *folder, double elapsed, struct ff_error *error);

/* Updates run.json for this process, which resumed the run `elapsed` seconds ago. Errors: as above. */
FF_NODISCARD ff_status ff_origin_resume(const char *folder, double elapsed, double seconds_before,
                                        struct ff_error *error);

enum ff_liveness {
	FF_ALIVE,
	FF_DEAD,
	FF_UNKNOWN, /* on another host, where we cannot look */
};

/* Whether the process of a run.json is still alive. host and process may be NULL. Thread-safe. */
enum ff_liveness ff_origin_alive(const char *host, long pid, const char *process);

/* Adds seconds to a time like `started` above. text is "" if `started` has another form. */
void ff_origin_later(const char *started, double seconds, char *text, size_t size);

#endif
