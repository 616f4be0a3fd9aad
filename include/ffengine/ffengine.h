/* Everything the library offers. */
#ifndef FFENGINE_FFENGINE_H
#define FFENGINE_FFENGINE_H

#include "ffengine/error.h"      /* IWYU pragma: export */
#include "ffengine/experiment.h" /* IWYU pragma: export */
#include "ffengine/run.h"        /* IWYU pragma: export */
#include "ffengine/sweep.h"      /* IWYU pragma: export */
#include "ffengine/version.h"    /* IWYU pragma: export */

#endif
