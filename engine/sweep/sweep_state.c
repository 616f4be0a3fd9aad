#include "sweep/sweep_state.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

bool ff_sweep_path(const struct ff_sweep_options *options, const char *folder, const char *name, const char *suffix,
                   char path[FF_MAX_PATH])
{
	return snprintf(path, FF_MAX_PATH, "%s/%s%s%s%s", options->folder, folder, *folder && *name ? "/" : "", name,
	                suffix) < FF_MAX_PATH;
}

const char *ff_point_state_name(enum ff_point_state state)
{
	static const char *const NAMES[] = {"waiting", "running", "done", "failed", "refused"};
	return NAMES[state];
}

int ff_sweep_count(const struct ff_sweep_run *run, enum ff_point_state state)
{
	int n = 0;
	for (int p = 0; p < run->sweep->n_points; p++)
		n += run->results[p].state == state;
	return n;
}

double ff_point_error(const struct ff_point_result *result)
{
	return isnan(result->validation_error) ? result->test_error : result->validation_error;
}

int ff_sweep_best(const struct ff_sweep_run *run)
{
	int best = -1;
	for (int p = 0; p < run->sweep->n_points; p++) {
		double error = ff_point_error(&run->results[p]);
		if (run->results[p].state == FF_POINT_DONE && !isnan(error) &&
		    (best < 0 || error < ff_point_error(&run->results[best])))
			best = p;
	}
	return best;
}

void ff_sweep_run_fini(struct ff_sweep_run *run)
{
	for (int i = 0; i < 2; i++)
		if (run->sweep && run->locks[i] >= 0)
			close(run->locks[i]);
	ff_topology_fini(&run->topology);
	free(run->results);
	free(run->slots);
	*run = (struct ff_sweep_run){.locks = {-1, -1}};
}
