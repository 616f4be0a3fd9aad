/* The version of the library, and what was built in. */
#ifndef FFENGINE_VERSION_H
#define FFENGINE_VERSION_H

#include "ffengine/error.h"

#ifdef __cplusplus
extern "C" {
#endif

/* "0.1.0". */
FF_API const char *ff_version(void);

/* One line for each part that decides the bits of a result or what the program can do: compiler, BLIS, C library,
 * processor, kernels' instruction set, optional features. Never NULL; static storage, filled on the first call.
 * Not thread-safe on that first call. */
FF_API const char *ff_version_details(void);

#ifdef __cplusplus
}
#endif
#endif
