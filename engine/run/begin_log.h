/* What a run says before it trains: the first lines of its log, and warnings. */
#ifndef ENGINE_RUN_BEGIN_LOG_H
#define ENGINE_RUN_BEGIN_LOG_H

#include "data/dataset.h"
#include "pipeline/binding.h"
#include "pipeline/net.h"
#include "run/folder.h"

/* A run that is about to train; all borrowed. */
struct ff_run_begin {
	const struct ff_experiment *experiment;
	const struct ff_dataset *dataset;
	const struct ff_net *net;
	const struct ff_rates *rates; /* that the plan was made with */
	const struct ff_binding *binding;
};

/* Writes the sizes of the sets, the threads, the rates, the kept inputs and the bound processors into the log. */
void ff_begin_log(const struct ff_run_begin *begin, struct ff_run_folder *folder);

/* Warns of settings and surroundings that make the run slower than it could be. */
void ff_begin_warn(const struct ff_run_begin *begin, void (*warn)(void *user, const char *text), void *user);

/* Warns if a thread could not be bound to its processors; once all threads have begun. */
void ff_begin_warn_unbound(const struct ff_binding *binding, void (*warn)(void *user, const char *text), void *user);

#endif
