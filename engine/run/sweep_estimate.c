/* How much memory the points of a sweep need. */
#include <string.h>

#include "base/memory.h"
#include "data/dataset.h"
#include "run/sweep.h"
#include "runtime/net.h"
#include "runtime/source.h"

enum { PROCESS_BYTES = 48 << 20 }; /* the program, its libraries and BLIS's buffers */

/* Shape and bytes of the point's data; false if it cannot be opened. */
static bool shape_of(const struct ff_experiment *experiment, struct ff_data_shape *shape, size_t *bytes)
{
	struct ff_dataset dataset;
	if (ff_dataset_open(experiment, &dataset, NULL) != FF_OK)
		return false;
	*shape = ff_source_shape(experiment, &dataset);
	*bytes = (dataset.train.n + dataset.validation.n + dataset.test.n) * (dataset.features + 1);
	*bytes += shape->listed ? *bytes : 0; /* lists take 3 bytes a number, of less than a third of the pixels */
	ff_dataset_close(&dataset);
	return true;
}

void ff_sweep_estimate(struct ff_sweep_run *run)
{
	struct ff_data_shape shape = {0};
	size_t data = 0;
	bool open = false;
	for (int p = 0; p < run->sweep->n_points; p++) {
		const struct ff_experiment *e = &run->sweep->points[p].experiment;
		/* the seed changes what is in synthetic images, not their size */
		if (p == 0 ||
		    memcmp(&e->dataset, &run->sweep->points[p - 1].experiment.dataset, sizeof e->dataset) != 0 ||
		    e->train.batch != run->sweep->points[p - 1].experiment.train.batch)
			open = shape_of(e, &shape, &data);
		size_t net = open ? ff_net_bytes(e, &shape) : 0, all = 0;
		bool over = __builtin_add_overflow(net, data + PROCESS_BYTES, &all);
		run->results[p].bytes = !open ? 0 : over ? SIZE_MAX : all;
	}
	run->memory = ff_memory_available();
}
