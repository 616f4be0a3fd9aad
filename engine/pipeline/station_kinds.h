/* Which kinds of stations an experiment's net is made of. */
#ifndef ENGINE_PIPELINE_STATION_KINDS_H
#define ENGINE_PIPELINE_STATION_KINDS_H

#include "ffengine/experiment.h"

struct ff_station_kind;

/* The kind of layer l's station (from 0). */
const struct ff_station_kind *ff_station_kind_of(const struct ff_experiment *experiment, int l);

/* The kinds of all stations along the way, [FF_MAX_STATIONS]: the layers, and behind them the readout if there is a
 * head or negatives are adaptive. Returns how many. */
int ff_station_kinds_of(const struct ff_experiment *experiment, const struct ff_station_kind *kinds[]);

#endif
