/* ff_run(): a training run that the run store follows. */
#include "ffengine/run.h"

#include "run/run.h"
#include "store/store_writer.h"

static void begin(void *user, const char *folder, void (*warn)(void *run, const char *text), void *run)
{
	ff_store_writer_begin(user, folder, &(struct ff_store_watch){warn, run});
}

static void add_epoch(void *user)
{
	ff_store_writer_epoch(user);
}

static void end(void *user)
{
	ff_store_writer_end(user);
}

ff_status ff_run(const struct ff_experiment *experiment, const struct ff_run_options *options, struct ff_result *result,
                 struct ff_error *error)
{
	struct ff_store_writer writer = {0};
	const struct ff_run_hooks hooks = {.user = &writer, .begun = begin, .epoch = add_epoch, .ended = end};
	return ff_run_hooked(experiment, options, &hooks, result, error);
}
