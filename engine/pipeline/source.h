/* The source makes the rows of the schedule's packets from the dataset's bytes: it shuffles, gathers, adds right and
 * wrong labels, and normalises for the first layer.
 *
 * The content of a packet depends on (seed, epoch, position) alone, and with adaptive negatives on the labels that the
 * net drew. Every sample of an epoch is one training image with as many rows as the objective has sides. Supervised:
 * the positive row carries the true label, the negative row a wrong one. Unsupervised: the positive is the image, the
 * negative a hybrid of it and another image. Not thread-safe. */
#ifndef ENGINE_PIPELINE_SOURCE_H
#define ENGINE_PIPELINE_SOURCE_H

#include "base/arena.h"
#include "data/dataset.h"
#include "ffengine/experiment.h"
#include "machine/team.h"
#include "model/hybrid.h"
#include "model/overlay.h"
#include "model/workload.h"
#include "pipeline/schedule.h"
#include "pipeline/station.h"
#include "product/csr.h"

/* The images of a set as CSR rows, with the factors that turn them into rows of the first layer. */
struct ff_csr_images {
	struct ff_csr csr;
	struct ff_overlay_factors *factors; /* [n] */
	float *factor;                      /* [n] factor on each image's CSR row */
	struct ff_csr_parts parts;          /* in which threads made the rows */
};

struct ff_source {
	const struct ff_experiment *experiment; /* borrowed */
	const struct ff_dataset *dataset;       /* borrowed */
	struct ff_overlay overlay;
	struct ff_hybrid hybrid;              /* unsupervised, with negatives */
	struct ff_csr_images sets[FF_N_SETS]; /* where images are CSR rows */
	struct ff_arena arena;
	uint32_t *order; /* [n] training images in the epoch's order */
	size_t n;        /* samples of an epoch */
	size_t sides;    /* S, rows of a sample */
	bool labelled;   /* the first layer takes images with labels */
	bool csr;        /* images are CSR rows */
	char *scratch;   /* of each worker, scratch_bytes */
	size_t scratch_bytes;
	double seconds;              /* seconds that it has worked */
	struct ff_station_data data; /* what stations read of the datasets */
};

/* The shape of the dataset for the schedule. Images are kept as CSR rows if they never change and most of their pixels
 * are black. */
struct ff_data_shape ff_source_shape(const struct ff_experiment *experiment, const struct ff_dataset *dataset);

/* Upper limit of the bytes of a source, without the dataset's. Reads only the dataset's sizes and `filled`
 * (ff_dataset_measure()). SIZE_MAX on overflow. */
size_t ff_source_bytes(const struct ff_experiment *experiment, const struct ff_dataset *dataset);

/* Prepares a source. The experiment and the dataset must outlive it. Where images are kept as CSR rows it frees the
 * dataset's pixels, which it no longer needs. Errors: FF_ERROR_MEMORY. */
FF_NODISCARD ff_status ff_source_init(struct ff_source *source, const struct ff_experiment *experiment,
                                      struct ff_dataset *dataset, struct ff_error *error);

/* Fine on a zero struct. */
void ff_source_fini(struct ff_source *source);

/* Copies the packet into the slot and makes its rows there: images and labels, or for CSR rows only the images'
 * indices; no rows if the packet's first layer has cached its input. wrong [n]: labels of the negatives, or NULL to
 * draw them uniformly. Packets must come in the schedule's order. */
void ff_source_fill(struct ff_source *source, const struct ff_team *team, const struct ff_packet *packet,
                    const uint8_t *wrong, const struct ff_slot *slot);

/* The source's work on a packet; `workload` must be all 0. */
void ff_source_workload(const struct ff_experiment *experiment, const struct ff_data_shape *shape,
                        const struct ff_packet *packet, struct ff_workload *workload);

#endif
