/* A training run, from the experiment to its folder and its result: ff_run() of ffengine/run.h without the run store.
 * The store, which lies above this folder, follows the run through hooks (store/store_run.c). */
#ifndef ENGINE_RUN_RUN_H
#define ENGINE_RUN_RUN_H

#include "base/error.h"
#include "ffengine/run.h"

/* Called by the thread that called ff_run_hooked(). None may be NULL. */
struct ff_run_hooks {
	void *user;
	/* The folder holds resolved.yaml, run.json and an open metrics.jsonl; training begins. Until `ended` returns,
	 * warn(run, text) passes a warning to the run's observer and its log. */
	void (*begun)(void *user, const char *folder, void (*warn)(void *run, const char *text), void *run);
	void (*epoch)(void *user); /* metrics.jsonl has another line; before the observer's `epoch` */
	void (*ended)(void *user); /* result.json is written, if it could be; also called without `begun` */
};

/* ff_run() with these hooks. Errors: those of ff_run(). */
FF_NODISCARD ff_status ff_run_hooked(const struct ff_experiment *experiment, const struct ff_run_options *options,
                                     const struct ff_run_hooks *hooks, struct ff_result *result,
                                     struct ff_error *error);

#endif
