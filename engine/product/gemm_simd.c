#include "product/gemm_simd.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

static pthread_once_t once = PTHREAD_ONCE_INIT;
static pthread_key_t key; /* frees a thread's workspace at its end */
static _Thread_local struct ff_simd_workspace *workspace;

static void make_key(void)
{
	if (pthread_key_create(&key, free) != 0)
		abort();
}

struct ff_simd_workspace *ff_simd_workspace(void)
{
	if (workspace)
		return workspace;
	(void)pthread_once(&once, make_key);
	workspace = aligned_alloc(_Alignof(struct ff_simd_workspace), sizeof *workspace);
	if (!workspace || pthread_setspecific(key, workspace) != 0) {
		fprintf(stderr, "ffengine: no memory for a matrix product\n");
		abort();
	}
	return workspace;
}
