/* Loading an experiment in steps, for a sweep, which loads one a point. One thread. */
#ifndef CONFIG_LOAD_H
#define CONFIG_LOAD_H

#include "config/loader.h"

/* Notes the settings of the file and the overrides; false if some cannot be read. */
FF_NODISCARD bool ff_load_settings(struct ff_loader *loader);

/* ff_experiment_load(), with the complaints and their places; between ff_numeric_begin() and ff_numeric_end(). */
FF_NODISCARD ff_status ff_load_point(const char *path, const char *const overrides[], int n,
                                     struct ff_experiment *experiment, struct ff_complaints *complaints,
                                     struct ff_diagnostics *out);

#endif
