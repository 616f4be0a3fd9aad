/* Running a sweep: each point a process of its own, on processors of its own.
 *
 *     SWEEP/sweep.json          what there is to know of all points; at most a second old while the sweep runs
 *     SWEEP/results.csv         the same as a table, and
 *     SWEEP/sweep.svg           as a picture; when it ends
 *     SWEEP/points/NAME/        the run's folder of a point; runs.sqlite beside them registers them all
 *     SWEEP/logs/NAME.txt       what its process said
 *     SWEEP/sweep.lock          the first file, by which a sweep's folder is known; held by the sweep alone, or shared
 *                               by jobs, each of which runs one point for a batch system
 *     SWEEP/running             a byte for each point, held by whoever runs it; all of them by a sweep and its points
 *
 * A point's name is the hash of its experiment, so a sweep that has been changed finds what it has in common with the
 * one before. A point is done when the result.json of its folder says "finished"; a sweep started again leaves it
 * alone. In any other folder of a point of this sweep its run goes on from its checkpoint; without one that fits, the
 * folder is removed and the run begun anew. Folders of other points stay as they are, and are counted. One thread,
 * which is the process's only one. */
#ifndef ENGINE_SWEEP_SWEEP_H
#define ENGINE_SWEEP_SWEEP_H

#include <limits.h>
#include <sys/types.h>

#include "base/error.h"
#include "ffengine/sweep.h"
#include "machine/topology.h"

enum ff_point_state { FF_POINT_WAITING, FF_POINT_RUNNING, FF_POINT_DONE, FF_POINT_FAILED, FF_POINT_REFUSED };

struct ff_point_result {
	enum ff_point_state state;
	bool kept; /* it was done before this sweep began */
	/* Of memory, by estimate; SIZE_MAX: too many to count; 0: its data's sizes cannot be read, so its run will say
	 * why, or the sweep was stopped. */
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
	const char *const *overrides; /* of it, as ff_sweep_load() got them */
	int n_overrides;
	const char *folder;                                                   /* of the sweep */
	bool (*stop)(void *unused);                                           /* true: end the points and return */
	void (*event)(void *user, const struct ff_sweep_run *run, int point); /* its state has changed; may be NULL */
	void (*tick)(void *user, const struct ff_sweep_run *run);             /* some 20 times a second; may be NULL */
	void *user;
};

/* A sweep under way; borrowed but for results, slots and topology. */
struct ff_sweep_run {
	const struct ff_sweep *sweep;
	const struct ff_sweep_options *options;
	struct ff_point_result *results; /* [n_points] */
	int others;                      /* folders in points/ that are of no point of this sweep */
	int *slots;                      /* [n_slots] the point that runs there, or -1 */
	int n_slots;
	size_t memory, reserved; /* bytes available when it began; of the points that run */
	struct ff_topology topology;
	int locks[2];
	double started, written;
	bool stopped;
};

/* Runs all points that are not done. A point that fails, or needs more memory than there is, is recorded and the others
 * go on. End it with ff_sweep_run_fini() in any case.
 * Errors, before a point has started: FF_ERROR_USAGE (the folder is in use, or holds something else), FF_ERROR_CONFIG
 * (more points at once than processors), FF_ERROR_IO, FF_ERROR_MEMORY; later: FF_ERROR_IO for the sweep's own files. */
FF_NODISCARD ff_status ff_sweep_run(const struct ff_sweep *sweep, const struct ff_sweep_options *options,
                                    struct ff_sweep_run *run, struct ff_error *error);
void ff_sweep_run_fini(struct ff_sweep_run *run);

/* The words of the command line that runs a point, "ffengine" "run" ..., on so many threads (0: as the file says), for
 * the caller to free with ff_sweep_command_free(); NULL without memory. */
char **ff_sweep_command(const struct ff_sweep *sweep, const struct ff_sweep_options *options, int point, int threads);

/* The same of a point that goes on from its checkpoint: "ffengine" "run" "--resume=..." ... */
char **ff_sweep_resume_command(const struct ff_sweep *sweep, const struct ff_sweep_options *options, int point,
                               int threads);
void ff_sweep_command_free(char **words);

/* The same of a job: "ffengine" "sweep" ... "--point=NAME". */
char **ff_sweep_job_command(const struct ff_sweep *sweep, const struct ff_sweep_options *options, int point);

/* A job: makes the sweep's folder if need be, and becomes `ffengine run`, which goes on from the checkpoint of an
 * attempt at the point that did not finish; else what that left is removed. Returns only if the point has finished
 * before (*done), or fails. Errors: FF_ERROR_USAGE (the folder is in use by a sweep, the point by another job, or the
 * folder holds something else), FF_ERROR_IO, FF_ERROR_MEMORY. */
FF_NODISCARD ff_status ff_sweep_job(const struct ff_sweep *sweep, const struct ff_sweep_options *options, int point,
                                    bool *done, struct ff_error *error);

int ff_sweep_count(const struct ff_sweep_run *run, enum ff_point_state state);
const char *ff_point_state_name(enum ff_point_state state);

/* The error that points are compared by: on the validation images if it was measured there, else on the test images. */
double ff_point_error(const struct ff_point_result *result);

/* The point with the least error; -1: none is done. */
int ff_sweep_best(const struct ff_sweep_run *run);

/* Points that give a key the same value. */
struct ff_sweep_group {
	const char *text;    /* the value */
	double x;            /* as a number; its rank if not all values are numbers */
	int n;               /* points that are done */
	double error, speed; /* means */
};

/* The groups of key k with points that are done, by x or in the order of the file; n_points have room. *numeric: x are
 * numbers, of a list whose entries are equal that of an entry. */
int ff_sweep_groups(const struct ff_sweep_run *run, int k, struct ff_sweep_group *groups, bool *numeric);

/* The index of the group that a point of key k is in; -1: none. */
int ff_sweep_group_of(const struct ff_sweep_run *run, int k, int point, const struct ff_sweep_group *groups, int n);

/* sweep.json as text, for the caller to free; NULL without memory. */
char *ff_sweep_format(const struct ff_sweep_run *run);

/* Write SWEEP/results.csv and SWEEP/sweep.svg. Errors: FF_ERROR_IO, FF_ERROR_MEMORY. */
FF_NODISCARD ff_status ff_sweep_write_table(const struct ff_sweep_run *run, struct ff_error *error);
FF_NODISCARD ff_status ff_sweep_write_picture(const struct ff_sweep_run *run, struct ff_error *error);

/* ---- for the other files of a sweep ---- */

/* SWEEP/FOLDER/NAME; false if that is too long. */
bool ff_sweep_path(const struct ff_sweep_options *options, const char *folder, const char *name, const char *suffix,
                   char path[FF_MAX_PATH]);

/* Makes and locks the sweep's folder, for a sweep or for a job of one point; the locks end with their descriptors. */
FF_NODISCARD ff_status ff_sweep_folder_open(struct ff_sweep_run *run, struct ff_error *error);
FF_NODISCARD ff_status ff_sweep_folder_join(struct ff_sweep_run *run, int point, struct ff_error *error);

/* Counts the folders of points that are not this sweep's. */
int ff_sweep_others(const struct ff_sweep_run *run);

/* The file of this program. Errors: FF_ERROR_IO. */
FF_NODISCARD ff_status ff_sweep_program(char program[PATH_MAX], struct ff_error *error);

/* Takes the point's result from its folder; false if it is not done. */
bool ff_sweep_read_result(const struct ff_sweep_run *run, int point);

/* Makes the folder ready for the run of a point that is not done: *resume if that goes on from a checkpoint, else
 * there is none any more. Errors: FF_ERROR_IO, FF_ERROR_USAGE (a process is at work in it). */
FF_NODISCARD ff_status ff_sweep_make_ready(const struct ff_sweep_run *run, int point, bool *resume,
                                           struct ff_error *error);

/* Removes the folder of a point that is not done. Errors: FF_ERROR_IO, FF_ERROR_USAGE (a process is at work in it). */
FF_NODISCARD ff_status ff_sweep_clear(const struct ff_sweep_run *run, int point, struct ff_error *error);

/* Starts the process of a point on the places of its slot. Errors: FF_ERROR_IO, FF_ERROR_MEMORY. */
FF_NODISCARD ff_status ff_sweep_start(struct ff_sweep_run *run, int point, struct ff_error *error);

/* Looks after a running point; true once it has ended, and its result then says how. */
bool ff_sweep_reap(struct ff_sweep_run *run, int point);

/* Fills the estimates of all points, unless it is stopped. Data is not read. */
void ff_sweep_estimate(struct ff_sweep_run *run);

#endif
