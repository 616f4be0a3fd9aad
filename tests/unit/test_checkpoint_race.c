/* Checkpoints in quick succession: the source begins the next one as soon as the writer is idle, even while the
 * collector is still finishing the last. */
#include "support/harness.h"

#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "run/checkpointing.h"
#include "run/folder_open.h"
#include "support/world.h"

enum { CHECKPOINTS = 100 };

static struct race {
	struct world world;
	struct ff_run_folder folder;
	struct ff_checkpointing checkpoints;
	atomic_int handed_on; /* the packet that the collector may take, as a ring would give it: never two at once */
	atomic_int begun;     /* by the source */
	atomic_bool ended;    /* the collector has */
} race;

/* ---- free(), which delays the collector's commit until the source has begun the next checkpoint ---- */

void __real_free(void *memory);
void __wrap_free(void *memory);

static _Thread_local int committing; /* the packet, in the collector; 0: none */

void __wrap_free(void *memory)
{
	/* relaxed: only the number itself is read. If the writer is not idle yet, the source never gets here. */
	for (int i = 0;
	     i < 100 && committing && atomic_load_explicit(&race.begun, memory_order_relaxed) == committing &&
	     committing < CHECKPOINTS;
	     i++)
		nanosleep(&(struct timespec){.tv_nsec = 100000}, NULL);
	__real_free(memory);
}

/* ---- the two threads ---- */

/* Sets all weights of a station to the packet's number. */
static void learn(int station, int packet)
{
	struct ff_layer *layer = ff_net_layer(&race.world.net, station);
	for (size_t i = 0; i < layer->parameters.n; i++)
		layer->parameters.value[i] = (float)packet;
	ff_checkpoint_save(&race.checkpoints.writer, (uint64_t)packet, &race.world.net, station);
}

/* The source and all stations but the last. */
static void *begin_many(void *unused)
{
	for (int packet = 1; packet <= CHECKPOINTS; packet++) {
		while (!ff_checkpointing_due(&race.checkpoints)) {
			/* relaxed: nothing is read by it */
			if (atomic_load_explicit(&race.ended, memory_order_relaxed))
				return unused;
			sched_yield();
		}
		ff_checkpoint_begin(&race.checkpoints.writer, (uint64_t)packet);
		atomic_store_explicit(&race.begun, packet, memory_order_relaxed);
		learn(0, packet);
		learn(1, packet);
		/* release: with the acquire in await_packet() */
		atomic_store_explicit(&race.handed_on, packet, memory_order_release);
	}
	return unused;
}

static void await_packet(int packet)
{
	/* acquire: with the release in begin_many() */
	while (atomic_load_explicit(&race.handed_on, memory_order_acquire) != packet)
		sched_yield();
}

/* All parts of the file belong to this packet. Nobody else replaces it. */
static void check_file(int packet)
{
	static struct ff_checkpoint checkpoint; /* large */
	struct ff_error error = {0};
	struct ff_record record;
	CHECK_INT(ff_checkpoint_open(race.checkpoints.writer.path, &checkpoint, &error), FF_OK);
	CHECK_TEXT(error.what, "");
	CHECK_INT(ff_record_read(checkpoint.record, "file", &record, &error), FF_OK);
	CHECK_INT(record.training.epoch, packet);
	for (int s = 0; s < 3; s++) {
		struct ff_layer *layer = ff_net_layer(&race.world.net, s);
		size_t n = layer->parameters.n, same = 0, bytes = n * sizeof(float);
		float *got = malloc(checkpoint.parts[s].bytes);
		CHECK_INT(pread(checkpoint.fd, got, checkpoint.parts[s].bytes, (off_t)checkpoint.parts[s].at),
		          checkpoint.parts[s].bytes);
		for (size_t i = 0; i < checkpoint.parts[s].bytes / sizeof *got; i++)
			same += got[i] == (float)packet;
		CHECK(same >= n);
		CHECK(checkpoint.parts[s].bytes >= bytes);
		free(got);
	}
	ff_checkpoint_close(&checkpoint);
}

static void commit_many(void)
{
	for (int packet = 1; packet <= CHECKPOINTS && CU_get_number_of_failures() == 0; packet++) {
		const struct ff_training_state state = {.alone = -1, .epoch = packet};
		struct ff_error error = {0};
		ff_scenario("checkpoint %d", packet);
		await_packet(packet);
		learn(2, packet);
		committing = packet;
		ff_status status =
		    ff_checkpointing_commit(&race.checkpoints, (uint64_t)packet, &state, &race.folder, &error);
		committing = 0;
		CHECK_INT(status, FF_OK);
		CHECK_TEXT(error.what, "");
		check_file(packet);
	}
}

static void remove_folder(const char *path)
{
	static const char *const NAMES[] = {"checkpoint.bin", "resolved.yaml", "metrics.jsonl", "log.txt"};
	char file[128];
	for (size_t i = 0; i < sizeof NAMES / sizeof *NAMES; i++) {
		snprintf(file, sizeof file, "%s/%s", path, NAMES[i]);
		CHECK_INT(unlink(file), 0);
	}
	CHECK_INT(rmdir(path), 0); /* no unfinished checkpoint is left */
}

static void each_file_is_of_one_epoch(void)
{
	static const struct ff_fingerprint DATA = {.summed = true};
	char path[] = "/tmp/ff_race_XXXXXX";
	struct ff_error error = {0};
	pthread_t source;
	CHECK(mkdtemp(path) != NULL);
	if (!CHECK(world_open(&race.world, 1, (const char *const[]){"execution.checkpoint=1e-9"}, 1)))
		return;
	CHECK_INT(ff_run_folder_open(path, &race.world.experiment, &race.folder, &error), FF_OK);
	CHECK_INT(ff_checkpointing_begin(&race.checkpoints, &race.world.experiment, &race.world.net,
	                                 &race.world.dataset, &DATA, &race.folder, 0, &error),
	          FF_OK);
	CHECK_INT(pthread_create(&source, NULL, begin_many, NULL), 0);
	commit_many();
	atomic_store_explicit(&race.ended, true, memory_order_relaxed);
	pthread_join(source, NULL);
	ff_checkpointing_end(&race.checkpoints);
	CHECK_INT(ff_run_folder_close(&race.folder, &error), FF_OK);
	world_close(&race.world);
	remove_folder(path);
}

FF_TESTS("checkpoint_race", {"each file is of one epoch", each_file_is_of_one_epoch})
