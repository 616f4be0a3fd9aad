/* model.safetensors: the final weights of a net. Layers count from 0, as users of the format expect.
 *
 *     layers.N.weight       [O x I]
 *     layers.N.bias         [O]
 *     head.layers.N.weight  [C x O] for each layer that the head reads
 *     head.bias             [C] */
#ifndef ENGINE_RUN_MODEL_FILE_H
#define ENGINE_RUN_MODEL_FILE_H

#include "pipeline/net.h"
#include "run/folder.h"
#include "run/safetensors.h"

/* Whether a model file can hold the net's layers: FF_ERROR_CONFIG if not. Before training, so that none is lost. */
FF_NODISCARD ff_status ff_model_file_check(const struct ff_net *net, struct ff_error *error);

/* Writes the net's weights into the folder. No other thread may change them meanwhile.
 * Errors: FF_ERROR_IO, FF_ERROR_MEMORY. */
FF_NODISCARD ff_status ff_model_file_write(const struct ff_run_folder *folder, const struct ff_experiment *experiment,
                                           const struct ff_net *net, struct ff_error *error);

/* Writes these tensors, with the experiment's name, its seed and the version of ffengine as metadata. Errors: as above. */
FF_NODISCARD ff_status ff_model_file_write_tensors(const struct ff_run_folder *folder,
                                                   const struct ff_experiment *experiment,
                                                   const struct ff_tensor *tensors, size_t n_tensors,
                                                   struct ff_error *error);

#endif
