/* Checkpoints: the state of all stations between two epochs, in one file.
 *
 *     header   FF_CHECKPOINT_HEADER bytes: magic, version, the parts' offsets, the caller's record, CRC-32 sums of all
 *     parts    one per station, in order: number of updates, parameters, optimizer state, peers' means, best parameters
 *
 * The offsets of all parts are fixed before the first is written. So each station of a pipeline writes its own part
 * when the packet CHECKPOINT reaches it, and none waits for another. The collector, which gets the packet last, adds
 * the header and renames the file. Numbers are in the machine's format and in the order in which this version of the
 * program keeps them: a change of that order (product/panels.h, and which layers use it) requires a new version
 * number. */
#ifndef ENGINE_PIPELINE_CHECKPOINT_H
#define ENGINE_PIPELINE_CHECKPOINT_H

#include <stdatomic.h>

#include "pipeline/net.h"

enum {
	FF_CHECKPOINT_HEADER = 8192, /* bytes */
	FF_CHECKPOINT_RECORD = 4096,
	FF_CHECKPOINT_PATH = FF_MAX_PATH + 8,
};

/* Where the part of a station is in the file. */
struct ff_checkpoint_part {
	uint64_t at, bytes;
	uint64_t sum;
};

/* Writes the checkpoints of an execution, one at a time. */
struct ff_checkpoint_writer {
	char path[FF_MAX_PATH], temporary[FF_CHECKPOINT_PATH];
	int n_parts;
	atomic_bool under_way; /* set by the source, cleared by the collector; the source starts none while it is set */
	int fd;                /* opened by the source, used by the stations, closed by the collector; -1: not open */
	int failure;           /* errno of opening the file; written by the source, read by the collector */
	uint64_t number;       /* of the current checkpoint: its packet's sequence number; written by the source */
	/* One per station: written by its leader, read by the collector. */
	struct ff_checkpoint_part parts[FF_MAX_STATIONS];
	int failures
	    [FF_MAX_STATIONS]; /* errno of writing the part; 0: none; -1: the part belongs to another checkpoint */
	uint64_t numbers[FF_MAX_STATIONS]; /* of the checkpoint that the part belongs to */
};

/* Prepares checkpoints of the net under the name `path`. Errors: FF_ERROR_IO if the path is too long. */
FF_NODISCARD ff_status ff_checkpoint_init(struct ff_checkpoint_writer *writer, struct ff_net *net, const char *path,
                                          struct ff_error *error);

/* Whether no checkpoint is being written. Called by the source. */
static inline bool ff_checkpoint_is_idle(const struct ff_checkpoint_writer *writer)
{
	/* Acquire: pairs with the release-store in ff_checkpoint_abandon(), the last step of ff_checkpoint_commit(), so
	 * that the collector is done with the fields. */
	return !atomic_load_explicit(&writer->under_way, memory_order_acquire);
}

/* Opens a file under a temporary name; the writer must be idle. `number` is the packet's sequence number, by which the
 * functions below check that they work on the same checkpoint. Called by the source before the packet goes on. */
void ff_checkpoint_begin(struct ff_checkpoint_writer *writer, uint64_t number);

/* Writes a station's part. Called by its leader before the packet goes on. */
void ff_checkpoint_save(struct ff_checkpoint_writer *writer, uint64_t number, struct ff_net *net, int station);

/* Writes the header with the caller's record [size, at most FF_CHECKPOINT_RECORD], syncs the file to disk, and replaces
 * the previous checkpoint. Called by the collector, which must not use the writer afterwards: whatever this returns,
 * the source may have begun the next checkpoint. Errors: FF_ERROR_IO from any of the writers; the previous checkpoint
 * is then unchanged. */
FF_NODISCARD ff_status ff_checkpoint_commit(struct ff_checkpoint_writer *writer, uint64_t number, const void *record,
                                            size_t size, struct ff_error *error);

/* Removes an unfinished checkpoint. Called by the collector instead of the commit, or by any thread once the execution
 * has ended. A zero struct is fine. */
void ff_checkpoint_abandon(struct ff_checkpoint_writer *writer);

/* A checkpoint to resume from. */
struct ff_checkpoint {
	char path[FF_MAX_PATH];
	int fd; /* -1: none */
	int n_parts;
	struct ff_checkpoint_part parts[FF_MAX_STATIONS];
	size_t record_bytes;
	char record[FF_CHECKPOINT_RECORD + 1]; /* 0-terminated */
};

/* Opens the file and verifies all of it. Errors: FF_ERROR_IO, FF_ERROR_DATA (truncated, damaged, or of another
 * version). */
FF_NODISCARD ff_status ff_checkpoint_open(const char *path, struct ff_checkpoint *checkpoint, struct ff_error *error);

/* Whether the checkpoint belongs to a net of this shape. */
FF_NODISCARD bool ff_checkpoint_fits(const struct ff_checkpoint *checkpoint, struct ff_net *net);

/* Restores the state of a station that has begun. Called by its leader. Errors: FF_ERROR_IO, FF_ERROR_DATA. */
FF_NODISCARD ff_status ff_checkpoint_restore(const struct ff_checkpoint *checkpoint, struct ff_net *net, int station,
                                             struct ff_error *error);

/* Closing a closed checkpoint is fine. */
void ff_checkpoint_close(struct ff_checkpoint *checkpoint);

#endif
