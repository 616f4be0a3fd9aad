/* A sweep under way: each point is a process on processors of its own.
 *
 *     SWEEP/sweep.json          the state of all points; at most a second old while the sweep runs
 *     SWEEP/results.csv         the same as a table, and
 *     SWEEP/sweep.svg           as a picture; both written at the end
 *     SWEEP/points/NAME/        the run's folder of a point; runs.sqlite beside them registers them all
 *     SWEEP/logs/NAME.txt       what its process printed
 *     SWEEP/sweep.lock          the first file, which marks a sweep's folder; locked by a sweep, or shared by jobs that
 *                               run one point each for a batch system
 *     SWEEP/running             a lock with one byte for each point, held by whoever runs it; a sweep and its points
 *                               hold all bytes
 *
 * A point is named after the hash of its experiment, so a changed sweep recognises the points it shares with the earlier
 * one. A point is done when its result.json says "finished", and a sweep that is started again skips it. Any other
 * folder of a point is resumed from its checkpoint, or removed if it has no checkpoint that fits. Folders of other
 * points are counted and left alone. Only the process's only thread uses this. */
#ifndef ENGINE_SWEEP_SWEEP_STATE_H
#define ENGINE_SWEEP_SWEEP_STATE_H

#include <sys/types.h>

#include "base/error.h"
#include "ffengine/sweep.h"
#include "machine/topology.h"

enum ff_point_state { FF_POINT_WAITING, FF_POINT_RUNNING, FF_POINT_DONE, FF_POINT_FAILED, FF_POINT_REFUSED };

struct ff_point_result {
	enum ff_point_state state;
	bool kept; /* it was done before this sweep began */
	/* Estimated memory. SIZE_MAX: more than can be counted. 0: unknown, because the sizes of its data cannot be
	 * read (its run will say why) or the sweep was stopped. */
	size_t bytes;
	double test_error, validation_error, train_error; /* fractions; NaN: not measured */
	double samples_per_second, seconds;
	ff_status failure;
	char message[FF_ERROR_TEXT]; /* why it failed or was refused */
	pid_t process;               /* while it runs */
	int slot;
	double started;
};

struct ff_sweep_run;

struct ff_sweep_options {
	const char *file;             /* the experiment file */
	const char *const *overrides; /* as ff_sweep_load() got them */
	int n_overrides;
	const char *folder;                                                   /* of the sweep */
	bool (*stop)(void *unused);                                           /* true: end the points and return */
	void (*event)(void *user, const struct ff_sweep_run *run, int point); /* its state changed; may be NULL */
	void (*tick)(void *user, const struct ff_sweep_run *run);             /* about 20 times a second; may be NULL */
	void *user;
};

/* Owns results, slots, topology and locks; borrows the rest. */
struct ff_sweep_run {
	const struct ff_sweep *sweep;
	const struct ff_sweep_options *options;
	struct ff_point_result *results; /* [n_points] */
	int others;                      /* folders in points/ that do not belong to this sweep */
	int *slots;                      /* [n_slots] the point that runs there, or -1 */
	int n_slots;
	size_t memory, reserved; /* bytes available at the start; bytes of the points that run */
	struct ff_topology topology;
	int locks[2]; /* descriptors of sweep.lock and running, or -1 */
	double started, written;
	bool stopped;
};

/* Releases what the run owns. */
void ff_sweep_run_fini(struct ff_sweep_run *run);

int ff_sweep_count(const struct ff_sweep_run *run, enum ff_point_state state);
const char *ff_point_state_name(enum ff_point_state state);

/* The error by which points are compared: on the validation images if measured, else on the test images. */
double ff_point_error(const struct ff_point_result *result);

/* The point with the smallest error; -1: none is done. */
int ff_sweep_best(const struct ff_sweep_run *run);

/* Fills path with SWEEP/FOLDER/NAMESUFFIX. Returns false if that is too long. */
bool ff_sweep_path(const struct ff_sweep_options *options, const char *folder, const char *name, const char *suffix,
                   char path[FF_MAX_PATH]);

#endif
