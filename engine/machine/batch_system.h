/* What batch systems and the OpenMP runtime's variables leave this process of the machine: numbers in the environment,
 * which nobody enforces. Thread-safe as long as nobody changes the environment. */
#ifndef ENGINE_MACHINE_BATCH_SYSTEM_H
#define ENGINE_MACHINE_BATCH_SYSTEM_H

#include <stdbool.h>

struct ff_batch_system_limit {
	int processors;         /* the smallest of the numbers; 0: there is none */
	const char *variable;   /* whose it is; NULL */
	const char *unreadable; /* a variable that is set and holds no number above 0, or NULL; it does not count */
};

/* Reads SLURM_CPUS_PER_TASK, SLURM_CPUS_ON_NODE, PBS_NP, NCPUS, OMP_NUM_THREADS and OMP_THREAD_LIMIT. Of a list, such
 * as OMP_NUM_THREADS=4,2, the first number counts. */
struct ff_batch_system_limit ff_batch_system_limit(void);

/* Whether this process belongs to a job of SLURM or PBS. */
bool ff_batch_system_is_job(void);

#endif
