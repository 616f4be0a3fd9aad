/* A range of bytes that somebody else owns. */
#ifndef ENGINE_BASE_SPAN_H
#define ENGINE_BASE_SPAN_H

#include <stddef.h>

struct ff_span {
	void *data;
	size_t bytes;
};

#endif
