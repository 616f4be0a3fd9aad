/* Limits that batch systems and the OpenMP runtime's variables set for this process: numbers in the environment, which
 * nobody enforces. Thread-safe as long as nobody changes the environment. */
#ifndef ENGINE_MACHINE_BATCH_SYSTEM_H
#define ENGINE_MACHINE_BATCH_SYSTEM_H

#include <stdbool.h>

struct ff_batch_system_limit {
	int processors;         /* the smallest of the numbers; 0: none is set */
	const char *variable;   /* that holds it; NULL if none is set */
	const char *unreadable; /* a variable that is set without a number above 0, or NULL; its value is ignored */
};

/* Reads SLURM_CPUS_PER_TASK, SLURM_CPUS_ON_NODE, PBS_NP, NCPUS, OMP_NUM_THREADS and OMP_THREAD_LIMIT. Of a
 * comma-separated value such as OMP_NUM_THREADS=4,2 the first number counts. */
struct ff_batch_system_limit ff_batch_system_limit(void);

/* Whether this process belongs to a job of SLURM or PBS. */
bool ff_batch_system_is_job(void);

#endif
