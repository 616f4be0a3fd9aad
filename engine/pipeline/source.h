/* The source: makes the rows of the schedule's packets from the dataset's bytes: shuffles, gathers, writes labels and
 * wrong labels, normalises for the first layer.
 *
 * What a packet holds depends on (seed, epoch, position) alone, and on the wrong labels that the net draws if negatives
 * are adaptive. Every sample of an epoch is one training image, with as many rows as the objective has sides. Supervised,
 * its positive row carries its true label, its negative row a wrong one; unsupervised, the positive is the image and the
 * negative a hybrid of it and another one. One thread. */
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

/* The images of a set as CSR rows, and what makes rows of the first layer of each of them. */
struct ff_csr_images {
	struct ff_csr csr;
	struct ff_overlay_factors *factors; /* [n] */
	float *factor;                      /* [n] what times an image's CSR row it is */
	struct ff_csr_parts parts;          /* in which they were made */
};

struct ff_source {
	const struct ff_experiment *experiment; /* borrowed */
	const struct ff_dataset *dataset;       /* borrowed */
	struct ff_overlay overlay;
	struct ff_hybrid hybrid;              /* unsupervised */
	struct ff_csr_images sets[FF_N_SETS]; /* where images are CSR rows */
	struct ff_arena arena;
	uint32_t *order; /* [n] training images in the epoch's order */
	size_t n;        /* samples of an epoch */
	size_t sides;    /* S, rows of a sample */
	bool csr;        /* images are CSR rows */
	char *scratch;   /* of each worker, scratch_bytes */
	size_t scratch_bytes;
	double seconds;              /* at work so far */
	struct ff_station_data data; /* what stations read of the datasets */
};

/* What a schedule has to know of the dataset. Images become CSR rows if they never change and most of
 * their pixels are black. */
struct ff_data_shape ff_source_shape(const struct ff_experiment *experiment, const struct ff_dataset *dataset);

/* Bytes that a source takes besides the dataset's, at most: of the dataset only sizes and `filled` are looked at
 * (ff_dataset_measure()). SIZE_MAX if they cannot be counted. */
size_t ff_source_bytes(const struct ff_experiment *experiment, const struct ff_dataset *dataset);

/* Where images are CSR rows, the source has no more use for the dataset's pixels, and lets go of them.
 * Errors: FF_ERROR_MEMORY. The experiment and the dataset must outlive the source. */
FF_NODISCARD ff_status ff_source_init(struct ff_source *source, const struct ff_experiment *experiment,
                                      struct ff_dataset *dataset, struct ff_error *error);

/* Fine on a zero struct. */
void ff_source_fini(struct ff_source *source);

/* Copies the packet into the slot and makes its rows there, or its images and labels (of CSR rows the numbers alone;
 * nothing if the packet's first layer has kept its input), and the numbers of its images. wrong [n]: the labels of the
 * negatives, NULL to draw them uniformly. Packets come in the schedule's order. */
void ff_source_fill(struct ff_source *source, const struct ff_team *team, const struct ff_packet *packet,
                    const uint8_t *wrong, const struct ff_slot *slot);

/* Its work on a packet; `workload` is all 0. */
void ff_source_workload(const struct ff_experiment *experiment, const struct ff_data_shape *shape,
                        const struct ff_packet *packet, struct ff_workload *workload);

#endif
