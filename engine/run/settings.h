/* An experiment's text as a flat list of keys and values, to compare experiments and to search in them.
 *
 *     train: {batch: 50}                  train.batch = 50
 *     layers: {widths: [64, 32]}          layers.widths = "[64, 32]"
 *     layers: {each: [{}, {rate: 0.1}]}   layers.each[2].rate = 0.1
 *
 * Unlike ff_experiment_load(), this also reads experiments of other versions with other keys. */
#ifndef ENGINE_RUN_SETTINGS_H
#define ENGINE_RUN_SETTINGS_H

#include <stddef.h>

#include <jansson.h>

#include "base/error.h"
#include "ffengine/experiment.h"

/* Reads YAML into an object in the order of the text, with integers and reals as numbers and everything else as strings.
 * The caller owns *settings. Errors: FF_ERROR_DATA (not a map, not YAML, too deep or too large), FF_ERROR_MEMORY.
 * Thread-safe. */
FF_NODISCARD ff_status ff_settings_read(const char *text, size_t size, json_t **settings, struct ff_error *error);

enum { FF_SETTINGS_HASH = 17 };

/* Fills hash with 16 hexadecimal digits, the 64-bit FNV-1a hash of all that decides the result: every setting except
 * `execution` and the layers' threads. */
void ff_settings_hash(const json_t *settings, char hash[FF_SETTINGS_HASH]);

/* The same of an experiment. Errors: FF_ERROR_MEMORY. */
FF_NODISCARD ff_status ff_settings_hash_of(const struct ff_experiment *experiment, char hash[FF_SETTINGS_HASH],
                                           struct ff_error *error);

#endif
