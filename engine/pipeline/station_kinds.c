#include "pipeline/station_kinds.h"

#include "pipeline/readout.h"
#include "pipeline/stage.h"

int ff_station_count(const struct ff_experiment *experiment)
{
	return experiment->n_layers + (ff_has_head(experiment) || ff_is_adaptive(experiment));
}

const struct ff_station_kind *ff_station_kind_of(const struct ff_experiment *experiment, int number)
{
	return number < experiment->n_layers ? &ff_stage_kind : &ff_readout_kind;
}
