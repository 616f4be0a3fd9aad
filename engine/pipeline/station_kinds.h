/* The kinds of stations in an experiment's net. */
#ifndef ENGINE_PIPELINE_STATION_KINDS_H
#define ENGINE_PIPELINE_STATION_KINDS_H

#include "ffengine/experiment.h"

struct ff_station_kind;

/* Number of stations between source and collector: the layers, plus the readout if there is a head or negatives are
 * adaptive. */
int ff_station_count(const struct ff_experiment *experiment);

/* The kind of station `number`, from 0. */
const struct ff_station_kind *ff_station_kind_of(const struct ff_experiment *experiment, int number);

#endif
