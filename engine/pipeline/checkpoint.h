/* Checkpoints: the state of all stations between two epochs, in one file.
 *
 *     head    FF_CHECKPOINT_HEAD bytes: magic, version, the parts' places, the caller's record, and CRC-32 sums of all
 *     parts   one a station, one after another: updates done, parameters, optimizer state, peers' means, best
 *             parameters
 *
 * Every part has its place before the first is written, so each station of a pipeline writes its own when the packet
 * CHECKPOINT comes to it, and none waits for another. The collector, to which the packet comes last, adds the head and
 * gives the file its name. Numbers are as this type of machine has them, and stand as this version of the program has
 * them: a change of where (product/panels.h, and which layers use it) is a new version of the format. */
#ifndef ENGINE_PIPELINE_CHECKPOINT_H
#define ENGINE_PIPELINE_CHECKPOINT_H

#include <stdatomic.h>

#include "pipeline/net.h"

enum {
	FF_CHECKPOINT_HEAD = 8192, /* bytes */
	FF_CHECKPOINT_RECORD = 4096,
	FF_CHECKPOINT_PATH = FF_MAX_PATH + 8,
};

/* The part of a station in a file. */
struct ff_checkpoint_part {
	uint64_t at, bytes;
	uint64_t sum;
};

/* Writes the checkpoints of an execution, one at a time. */
struct ff_checkpoint_writer {
	char path[FF_MAX_PATH], temporary[FF_CHECKPOINT_PATH];
	int n_parts;
	atomic_bool under_way; /* set by the source, cleared by the collector; the source begins none meanwhile */
	int fd;                /* opened by the source, for the stations; closed by the collector; -1: none */
	int failure;           /* errno of opening it; from the source to the collector */
	uint64_t number;       /* of the one under way: its packet's; from the source */
	/* Of each station: by its leader, for the collector. */
	struct ff_checkpoint_part parts[FF_MAX_LAYERS + 1];
	int failures[FF_MAX_LAYERS + 1];     /* errno of its part, or -1: not of the one under way; 0: none */
	uint64_t numbers[FF_MAX_LAYERS + 1]; /* of the checkpoint that its part is of */
};

/* For checkpoints of the net with the name `path`. Errors: FF_ERROR_IO if the path is too long. */
FF_NODISCARD ff_status ff_checkpoint_init(struct ff_checkpoint_writer *writer, struct ff_net *net, const char *path,
                                          struct ff_error *error);

/* Whether none is under way. By the source. */
static inline bool ff_checkpoint_is_idle(const struct ff_checkpoint_writer *writer)
{
	/* acquire: with the release in ff_checkpoint_abandon(), with which ff_checkpoint_commit() ends: it is done with
	 * the fields then */
	return !atomic_load_explicit(&writer->under_way, memory_order_acquire);
}

/* Opens a file under a temporary name; the writer is idle. `number` is that of the packet (its sequence), by which
 * those below know that they are at work on one checkpoint. By the source, before the packet goes on. */
void ff_checkpoint_begin(struct ff_checkpoint_writer *writer, uint64_t number);

/* Writes the part of a station. By its leader, before the packet goes on. */
void ff_checkpoint_save(struct ff_checkpoint_writer *writer, uint64_t number, struct ff_net *net, int station);

/* Adds the head with the caller's record [size, at most FF_CHECKPOINT_RECORD], waits for the disk, and replaces the
 * checkpoint before. By the collector, which leaves the writer alone afterwards: whatever this returns, the source
 * may have begun the next one. Errors: FF_ERROR_IO of any of the writers: the checkpoint before is then as it was. */
FF_NODISCARD ff_status ff_checkpoint_commit(struct ff_checkpoint_writer *writer, uint64_t number, const void *record,
                                            size_t size, struct ff_error *error);

/* Removes what is under way. By the collector instead of the commit, or by anybody when the execution has ended. Fine
 * on a zero struct. */
void ff_checkpoint_abandon(struct ff_checkpoint_writer *writer);

/* A checkpoint to resume from. */
struct ff_checkpoint {
	char path[FF_MAX_PATH];
	int fd; /* -1: none */
	int n_parts;
	struct ff_checkpoint_part parts[FF_MAX_LAYERS + 1];
	size_t record_bytes;
	char record[FF_CHECKPOINT_RECORD + 1]; /* with a 0 behind it */
};

/* Opens the file and checks all of it. Errors: FF_ERROR_IO, FF_ERROR_DATA (truncated, damaged, of another version). */
FF_NODISCARD ff_status ff_checkpoint_open(const char *path, struct ff_checkpoint *checkpoint, struct ff_error *error);

/* Whether it is of a net of this shape. */
FF_NODISCARD bool ff_checkpoint_fits(const struct ff_checkpoint *checkpoint, struct ff_net *net);

/* Fills a station with its state; it has begun. By its leader. Errors: FF_ERROR_IO, FF_ERROR_DATA. */
FF_NODISCARD ff_status ff_checkpoint_restore(const struct ff_checkpoint *checkpoint, struct ff_net *net, int station,
                                             struct ff_error *error);

/* Fine on one that is closed. */
void ff_checkpoint_close(struct ff_checkpoint *checkpoint);

#endif
