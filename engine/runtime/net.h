/* The stages of an experiment's net, and the buffers between them.
 *
 * Here every stage runs on the caller's thread, one packet after another through all layers: the sequential order that
 * every faster schedule must equal bit for bit. */
#ifndef ENGINE_RUNTIME_NET_H
#define ENGINE_RUNTIME_NET_H

#include "data/dataset.h"
#include "runtime/source.h"
#include "runtime/stage.h"

struct ff_net {
	int n_layers;            /* L */
	struct ff_stage *stages; /* [L]; owned */
	struct ff_team team;
	size_t max_rows; /* of one packet */
	struct ff_arena arena;
	float *input;       /* [max_rows x I] of the first layer: the source writes here */
	float **activation; /* [L - 1] of [max_rows x O_l]: what stage l hands on */
	float *goodness;    /* [L x max_rows] of the rows inferred last, layer by layer */
};

/* Builds the net for the experiment and the dataset's shape on a team of `threads`.
 * Errors: FF_ERROR_MEMORY (said before anything is allocated). The experiment must outlive the net. */
FF_NODISCARD ff_status ff_net_create(const struct ff_experiment *experiment, const struct ff_dataset *dataset,
                                     int threads, struct ff_net *net, struct ff_error *error);

/* Fine on a zero struct. */
void ff_net_destroy(struct ff_net *net);

/* Fills net->input with the packet's rows from the source and trains all layers on it, each on what the one below hands
 * on. Errors: FF_ERROR_NUMERIC. */
FF_NODISCARD ff_status ff_net_train(struct ff_net *net, const struct ff_source *source, const struct ff_packet *packet,
                                    struct ff_error *error);

/* Infers net->input [rows x I] through the first `layers` layers; returns what the last of these hands on
 * (net->input if layers is 0, NULL behind the net's last layer). Layer l's goodness of row r is left in
 * net->goodness[l * net->max_rows + r]. */
const float *ff_net_infer(struct ff_net *net, size_t rows, int layers);

#endif
