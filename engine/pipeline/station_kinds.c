#include "pipeline/station_kinds.h"

#include "pipeline/readout.h"
#include "pipeline/stage.h"

const struct ff_station_kind *ff_station_kind_of(const struct ff_experiment *experiment, int l)
{
	(void)experiment, (void)l;
	return &ff_stage_kind;
}

int ff_station_kinds_of(const struct ff_experiment *experiment, const struct ff_station_kind *kinds[])
{
	int n = 0;
	for (int l = 0; l < experiment->n_layers; l++)
		kinds[n++] = ff_station_kind_of(experiment, l);
	if (ff_has_head(experiment) || ff_is_adaptive(experiment))
		kinds[n++] = &ff_readout_kind;
	return n;
}
