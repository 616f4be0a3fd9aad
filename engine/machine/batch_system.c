#include "machine/batch_system.h"

#include <errno.h>
#include <limits.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

/* The number that text begins with, followed by nothing or a comma; 0 if there is none. */
static int number_in(const char *text)
{
	char *end;
	text += strspn(text, " \t");
	errno = 0;
	long number = strtol(text, &end, 10);
	end += strspn(end, " \t");
	if (*text < '0' || *text > '9' || (*end && *end != ',') || errno || number > INT_MAX)
		return 0;
	return (int)number;
}

struct ff_batch_system_limit ff_batch_system_limit(void)
{
	static const char *const VARIABLES[] = {"SLURM_CPUS_PER_TASK", "SLURM_CPUS_ON_NODE", "PBS_NP", "NCPUS",
	                                        "OMP_NUM_THREADS",     "OMP_THREAD_LIMIT"};
	struct ff_batch_system_limit limit = {0};
	for (size_t i = 0; i < sizeof VARIABLES / sizeof *VARIABLES; i++) {
		const char *text = getenv(VARIABLES[i]);
		int number = text ? number_in(text) : 0;
		if (text && *text && number == 0 && !limit.unreadable)
			limit.unreadable = VARIABLES[i];
		if (number > 0 && (limit.processors == 0 || number < limit.processors)) {
			limit.processors = number;
			limit.variable = VARIABLES[i];
		}
	}
	return limit;
}

bool ff_batch_system_is_job(void)
{
	return getenv("SLURM_JOB_ID") || getenv("PBS_JOBID");
}
