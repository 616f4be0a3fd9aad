#include "sweep/sweep_estimate.h"

#include <string.h>

#include "data/dataset.h"
#include "machine/memory.h"
#include "pipeline/input_cache.h"
#include "pipeline/net.h"
#include "pipeline/source.h"

enum { PROCESS_BYTES = 48 << 20 }; /* the program, its libraries and BLIS's buffers */

/* The section `dataset` of a point, with its sizes. */
struct section {
	const struct ff_experiment *of; /* NULL: none yet */
	bool known;
	struct ff_dataset dataset; /* sizes alone */
	size_t bytes;
};

/* The sections measured last, which points that alternate between a few of them share. */
enum { N_SECTIONS = 8 };
struct sections {
	struct section items[N_SECTIONS];
	int next;
};

static const struct section *section_of(struct sections *sections, const struct ff_experiment *e)
{
	for (int i = 0; i < N_SECTIONS; i++) {
		const struct section *section = &sections->items[i];
		if (section->of && memcmp(&section->of->dataset, &e->dataset, sizeof e->dataset) == 0)
			return section; /* a seed changes the content of synthetic images, not their size */
	}
	struct section *section = &sections->items[sections->next];
	sections->next = (sections->next + 1) % N_SECTIONS;
	section->of = e;
	section->known = ff_dataset_measure(e, &section->dataset, &section->bytes, NULL) == FF_OK;
	return section;
}

static size_t sum(size_t a, size_t b)
{
	size_t total;
	return __builtin_add_overflow(a, b, &total) ? SIZE_MAX : total;
}

/* Bytes of data and net, with images as CSR rows or as pixels. CSR rows are made from the pixels, which are
 * freed before the net is created. */
static size_t fixed_bytes(const struct ff_experiment *e, const struct section *section, bool csr)
{
	struct ff_dataset dataset = section->dataset;
	dataset.filled = csr ? dataset.filled : 1;
	const struct ff_data_shape shape = ff_source_shape(e, &dataset);
	size_t source = ff_source_bytes(e, &dataset), net = ff_net_bytes(e, &shape), pixels = section->bytes;
	if (shape.csr)
		return sum(source, pixels > net ? pixels : net);
	return sum(sum(source, pixels), net);
}

/* Whether images become CSR rows depends on how black they are, which only reading them tells: takes the larger of the
 * two. */
static size_t estimate(const struct ff_experiment *e, const struct section *section, size_t memory)
{
	size_t sparse = fixed_bytes(e, section, true), dense = fixed_bytes(e, section, false);
	size_t fixed = sum(sparse > dense ? sparse : dense, PROCESS_BYTES);
	/* as in ff_input_cache_init(): a run keeps inputs in at most half of the memory that is left */
	size_t kept = ff_input_cache_bytes(e, section->dataset.train.n),
	       most = fixed < memory ? (memory - fixed) / 2 : 0;
	return sum(fixed, kept < most ? kept : most);
}

void ff_sweep_estimate(struct ff_sweep_run *run)
{
	struct sections sections = {0};
	run->memory = ff_memory_available();
	for (int p = 0; p < run->sweep->n_points && !run->stopped; p++) {
		const struct ff_experiment *e = &run->sweep->points[p].experiment;
		const struct section *section = section_of(&sections, e);
		run->results[p].bytes = section->known ? estimate(e, section, run->memory) : 0;
		run->stopped = run->options->stop && run->options->stop(NULL);
	}
}
