/* Training runs: from an experiment to a run's folder and its result.
 *
 * A program that calls this on a busy machine should be started with GOMP_SPINCOUNT=1000 in its environment, as
 * `ffengine` starts itself: the OpenMP runtime's default makes threads spin for milliseconds.
 *
 * Thread-safety: one run at a time in a process (the training run uses all its processors); the callbacks of an
 * observer are called from the thread that called ff_run(). A pipeline's threads have all signals blocked, and have
 * ended when it returns; sequential execution leaves the OpenMP runtime its threads. */
#ifndef FFENGINE_RUN_H
#define FFENGINE_RUN_H

#include "ffengine/experiment.h"

#ifdef __cplusplus
extern "C" {
#endif

enum { FF_MAX_CLASSES = 256 };

/* What one epoch gave. Errors are fractions in 0..1, NaN where they were not measured. */
struct ff_epoch_metrics {
	int layer; /* the layer that trained, from 1; 0 = all together; n_layers + 1 = the head, after the layers */
	int epoch; /* from 1 */
	int n_layers;
	double rate; /* learning rate factor of this epoch, 0..1, of each layer's own rate */
	double
	    loss[FF_MAX_LAYERS]; /* mean over pairs (over rows with reduce: rows); NaN for layers that did not train */
	double goodness_positive[FF_MAX_LAYERS]; /* mean over the epoch's positives */
	double goodness_negative[FF_MAX_LAYERS];
	double head_loss, head_error; /* of the head on the epoch's rows, before each update; NaN if it did not train */
	double train_error, validation_error, test_error;
	double seconds;            /* wall clock of the epoch's training, without evaluation */
	double samples_per_second; /* pairs a second, or images, if the head trained alone */
};

/* Where a run is, for a progress line; given after every batch or so. */
struct ff_progress {
	const char *phase; /* "training", "evaluating test" and the like */
	int layer;         /* as in ff_epoch_metrics */
	int n_layers;
	int epoch, epochs;
	double done;               /* fraction of the whole run's training, or of this evaluation's images, 0..1 */
	double samples_per_second; /* over the last stretch */
	double seconds_left;       /* an estimate; NaN before there is one */
};

/* Errors of one set of images. Fractions; n = 0 when it was not evaluated. */
struct ff_evaluation {
	int64_t n;
	int classes, n_layers;
	double error;                                      /* by the classifier that evaluate.by names */
	double goodness_error, head_error;                 /* by either; NaN where it does not exist */
	double layer_error[FF_MAX_LAYERS];                 /* by the goodness of that single layer */
	int32_t confusion[FF_MAX_CLASSES][FF_MAX_CLASSES]; /* [true class][predicted class], counts */
};

/* What a stage, or the source, did with its time, in seconds. */
struct ff_work {
	int threads;           /* of its team, itself included */
	double busy;           /* at work */
	double waiting_input;  /* for packets from the part before, which is slower */
	double waiting_output; /* for a free slot towards the next part, which is slower */
	char processors[48];   /* that its threads were bound to, as taskset reads them: "0-3"; empty: none */
};

/* The outcome of a run. Large (three confusion matrices): keep it on the heap. */
struct ff_result {
	char name[FF_MAX_NAME];
	char folder[FF_MAX_PATH];
	uint64_t seed;
	int64_t epochs;            /* trained, summed over greedy layers */
	double seconds;            /* of training, without evaluation */
	double total_seconds;      /* of the whole run */
	double samples_per_second; /* pairs a second over all of the training; images, while the head trains alone */
	bool interrupted;          /* it ended early, because options.stop asked for it */
	bool resumable;            /* it has left a checkpoint from which it can be resumed */
	int64_t best_epoch;        /* whose weights were kept, with a patience; 0: the last ones */
	int layers_trained;        /* the first so many; all, unless a greedy run was interrupted */
	struct ff_evaluation train, validation, test;

	/* How it was executed; of a run that was resumed, since then. */
	struct {
		bool pipeline;
		char unbound[160];        /* why no thread was bound to a processor; empty: those of the stages were */
		int n_layers, n_stations; /* one more than layers with a readout: the head, or what draws negatives */
		int leader[FF_MAX_LAYERS + 1]; /* the leader of each station, from 0 */
		struct ff_work source, collector;
		struct ff_work stages[FF_MAX_LAYERS + 1]; /* those of one leader share its threads and waits */
		/* The busiest station of the busiest leader, from 0; -1: the source is busier; n_stations: the
		 * collector is, which takes the results, calls the observer and writes the files. */
		int bottleneck;
	} execution;
};

struct ff_observer {
	void *user;
	void (*progress)(void *user, const struct ff_progress *progress);  /* may be NULL */
	void (*epoch)(void *user, const struct ff_epoch_metrics *metrics); /* may be NULL */
	void (*message)(void *user, const char *text);                     /* a warning or note; may be NULL */
};

struct ff_run_options {
	const char *folder; /* the run's folder, must not exist or be empty; NULL = runs/NAME-TIME */
	/* Resumes the unfinished run of `folder` from its last checkpoint, to the same bits as if it had never stopped.
	 * The experiment is that of its resolved.yaml; only `execution` and layers' threads may differ from it. */
	bool resume;
	struct ff_observer observer;
	/* True if the run shall end early: it then finishes the mini-batches in progress (a full batch is an epoch, and
	 * a pipeline has one mini-batch in each slot of its rings), evaluates on the validation and test images, and writes
	 * what a finished run writes, marked as interrupted. If it becomes true during the last evaluations, those end
	 * too. Called between batches, from any thread; gets stop_user. May be NULL. */
	bool (*stop)(void *stop_user);
	void *stop_user;
};

/* Trains and evaluates the experiment and writes the run's folder: resolved.yaml, run.json, metrics.jsonl, log.txt,
 * model.safetensors, result.json (whose status is "finished", or "interrupted" after an early end). Files appear under
 * their final names only when complete (metrics.jsonl and log.txt grow line by line; the model comes before the last
 * evaluations). On failure result.json says why, with status "failed", if it can be written.
 * While it trains, checkpoint.bin is written every execution.checkpoint seconds at the end of an epoch; it stays if the
 * run does not finish. If it cannot be written, a message says so, and the one before stays.
 * With options.resume metrics.jsonl is cut back to the checkpoint, and log.txt is continued; FF_ERROR_USAGE if there is
 * nothing to resume, another process is at work on the folder, or the checkpoint is of another experiment or type of
 * machine; FF_ERROR_DATA if it is damaged. Nothing in the folder is changed before the checkpoint is known to fit.
 * The run is also registered in the SQLite database runs.sqlite of the folder's parent; if that fails, a message says
 * so and the run goes on.
 * Errors: any; nothing is left half-written under a final name. */
FF_API FF_NODISCARD ff_status ff_run(const struct ff_experiment *experiment, const struct ff_run_options *options,
                                     struct ff_result *result, struct ff_error *error);

/* The bytes of result.json for a finished run, as a string the caller frees with free(); NULL without memory. */
FF_API char *ff_result_to_json(const struct ff_result *result);

#ifdef __cplusplus
}
#endif
#endif
