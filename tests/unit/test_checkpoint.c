/* Checkpoints: a run ends in the same bits, whichever checkpoint it was resumed from. */
#include "support/harness.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "support/world.h"

enum { MANY = 20 };

static const struct scenario {
	const char *name;
	int ends; /* epochs that are followed by another one */
	const char *overrides[6];
} SCENARIOS[] = {
    {"together by adam", 2, {"train.epochs=3", "evaluate.test=epoch"}},
    {"together by sgd with peers, cooling down",
     3,
     {"train.epochs=4", "optimizer={kind: sgd, rate: 0.01, decay: 0.001, schedule: cooldown}", "layers.peer=0.06"}},
    {"greedy, full batch, inputs kept", 5, {"train={order: greedy, batch: full, epochs: 2}", "negatives.redraw=once"}},
    {"greedy, shuffled, nothing kept", 5, {"train={order: greedy, batch: 60, epochs: 2}"}},
    {"a head after greedy layers, shifted, dropped out",
     7,
     {"mode=unsupervised", "head={when: after, epochs: 2, layers: all}", "augment.shift=1", "layers.dropout=0.2",
      "train={order: greedy, batch: 60, epochs: 2}"}},
    {"a head after the layers, its inputs kept",
     4,
     {"head={when: after, epochs: 3, optimizer: sgd, rate: 0.1}", "train={batch: full, epochs: 2}",
      "negatives.redraw=once"}},
    {"weights in panels, the last one narrower",
     2,
     {"mode=unsupervised", "head={when: together, layers: all}", "layers.widths=[70, 45]", "train.epochs=3"}},
    {"labels drawn by a head with a lag",
     2,
     {"train.epochs=3", "head.when=together", "negatives={draw: head, lag: 2}"}},
    {"labels drawn by goodness at once, no head", 2, {"train.epochs=3", "negatives={draw: goodness, lag: 0}"}},
    {"stopped early, the best weights kept",
     0, /* unknown: it depends on when training stops */
     {"train={epochs: 12, patience: 2}", "dataset.validation=60", "optimizer.rate=0.01", "head.when=together"}},
};
enum { N_SCENARIOS = sizeof SCENARIOS / sizeof *SCENARIOS };

/* How the runs execute that write a checkpoint and resume from it. */
static const struct way {
	int threads;
	const char *set;
} WAYS[] = {{1, "execution.kind=sequential"}, {0, "execution.threads.per_stage=1"}};

struct trained {
	struct world world;
	struct epochs epochs;
};

static char folder[64], path[96], temporary[104];

static void begin(void)
{
	snprintf(folder, sizeof folder, "/tmp/ff_checkpoint_XXXXXX");
	CHECK(mkdtemp(folder) != NULL);
	snprintf(path, sizeof path, "%s/checkpoint", folder);
	snprintf(temporary, sizeof temporary, "%s.tmp", path);
}

static void end(void)
{
	unlink(path);
	CHECK_INT(rmdir(folder), 0); /* nothing else is in it */
}

static struct trained *open_world(const struct scenario *s, const struct way *way)
{
	const char *all[MANY];
	int n = 0;
	all[n++] = way->set;
	for (int i = 0; i < 6 && s->overrides[i]; i++)
		all[n++] = s->overrides[i];
	struct trained *t = calloc(1, sizeof *t);
	if (t && world_open(&t->world, way->threads, all, n))
		return t;
	free(t);
	return NULL;
}

static void done(struct trained *t)
{
	if (t)
		world_close(&t->world);
	free(t);
}

/* Trains to the end and writes a checkpoint after epoch `at`; 0: none. */
static struct trained *train(const struct scenario *s, const struct way *way, int at)
{
	struct ff_error error = {0};
	static struct ff_checkpoint_writer writer; /* large */
	struct trained *t = open_world(s, way);
	if (!CHECK(t != NULL))
		return NULL;
	CHECK_INT(ff_checkpoint_init(&writer, &t->world.net, path, &error), FF_OK);
	t->world.writer = &writer;
	t->world.at = at;
	CHECK_INT(world_train(&t->world, &t->epochs, &error), FF_OK);
	CHECK_TEXT(error.what, "");
	CHECK_INT(t->epochs.checkpoints, at > 0);
	CHECK(access(temporary, F_OK) != 0);
	return t;
}

/* Resumes from the checkpoint and trains to the end. */
static struct trained *resume(const struct scenario *s, const struct way *way, const struct ff_training_state *state)
{
	struct ff_error error = {0};
	static struct ff_checkpoint checkpoint; /* large */
	struct trained *t = open_world(s, way);
	if (!CHECK(t != NULL))
		return NULL;
	CHECK_INT(ff_checkpoint_open(path, &checkpoint, &error), FF_OK);
	CHECK_TEXT(error.what, "");
	CHECK_TEXT(checkpoint.record, "record");
	CHECK(ff_checkpoint_fits(&checkpoint, &t->world.net));
	t->world.resume = &checkpoint;
	t->world.state = state;
	CHECK_INT(world_train(&t->world, &t->epochs, &error), FF_OK);
	CHECK_TEXT(error.what, "");
	ff_checkpoint_close(&checkpoint);
	return t;
}

/* The resumed run has metrics only of the epochs after the checkpoint. */
static void check_rest(const struct trained *whole, const struct trained *rest, int before)
{
	static struct epochs last; /* large */
	last = whole->epochs;
	last.n -= before;
	memmove(last.metrics, last.metrics + before, (size_t)last.n * sizeof *last.metrics);
	CHECK_INT(rest->epochs.n, last.n);
	epochs_check_same(&last, &rest->epochs);
	world_check_same(&whole->world, &rest->world);
}

/* A checkpoint after every epoch, written by one kind of execution and resumed by the other or the same. */
static void resumed_runs_end_in_the_same_bits(void)
{
	for (int k = 0; k < N_SCENARIOS; k++) {
		const struct scenario *s = &SCENARIOS[k];
		begin();
		ff_scenario("%s; no checkpoint", s->name);
		struct trained *whole = train(s, &WAYS[0], 0);
		int ends = whole->epochs.ends;
		CHECK(s->ends ? ends == s->ends : ends >= 3);
		for (int at = 1; at <= ends; at++) {
			const struct way *written = &WAYS[(k + at) % 2], *resumed = &WAYS[at / 2 % 2];
			ff_scenario("%s; checkpoint %d of %d, written with %s, resumed with %s", s->name, at, ends,
			            written->set, resumed->set);
			struct trained *a = train(s, written, at);
			struct trained *b = resume(s, resumed, &a->epochs.state);
			check_rest(whole, a, 0);
			check_rest(whole, b, at);
			done(a);
			done(b);
		}
		done(whole);
		end();
	}
}

static void the_last_epoch_has_none(void)
{
	begin();
	struct trained *t = train(&SCENARIOS[0], &WAYS[0], 0);
	CHECK_INT(t->epochs.ends, SCENARIOS[0].ends);
	done(t);
	t = train(&SCENARIOS[2], &WAYS[1], 0); /* greedy: only the last layer's last one */
	CHECK_INT(t->epochs.ends, SCENARIOS[2].ends);
	done(t);
	end();
}

/* ---- faults ---- */

/* Bytes [at, at + size) of the file become `byte`. */
static void overwrite(long at, size_t size, char byte)
{
	int fd = open(path, O_WRONLY);
	for (size_t i = 0; i < size; i++)
		CHECK_INT(pwrite(fd, &byte, 1, at + (long)i), 1);
	close(fd);
}

static void flip(long at)
{
	char byte = 0;
	int fd = open(path, O_RDWR);
	CHECK_INT(pread(fd, &byte, 1, at), 1);
	byte ^= 1;
	CHECK_INT(pwrite(fd, &byte, 1, at), 1);
	close(fd);
}

static void check_refused(ff_status status, const char *what)
{
	static struct ff_checkpoint checkpoint; /* large */
	struct ff_error error = {0};
	CHECK_INT(ff_checkpoint_open(path, &checkpoint, &error), status);
	CHECK_HAS(error.what, what);
	CHECK_TEXT(error.where, path);
	CHECK_INT(checkpoint.fd, -1);
}

static void a_damaged_file_is_refused(void)
{
	struct stat st;
	static struct ff_checkpoint checkpoint; /* large */
	begin();
	check_refused(FF_ERROR_IO, "No such file");
	done(train(&SCENARIOS[0], &WAYS[0], 1));
	CHECK_INT(stat(path, &st), 0);
	for (int i = 0; i <= 200; i++) { /* from the first byte to the last */
		long at = i * (st.st_size - 1) / 200;
		ff_scenario("a bit of byte %ld flipped", at);
		flip(at);
		check_refused(FF_ERROR_DATA, at < 8                      ? "it does not start with the magic bytes"
		                             : at < 12                   ? "the checkpoint has format"
		                             : at < FF_CHECKPOINT_HEADER ? "the CRC-32 of its header is wrong"
		                                                         : "the CRC-32 of a part is wrong");
		flip(at);
	}
	ff_scenario("mended");
	CHECK_INT(ff_checkpoint_open(path, &checkpoint, NULL), FF_OK);
	ff_checkpoint_close(&checkpoint);
	ff_scenario("a byte longer");
	overwrite(st.st_size, 1, 0);
	check_refused(FF_ERROR_DATA, "longer");
	static const long SIZES[] = {-1, FF_CHECKPOINT_HEADER, FF_CHECKPOINT_HEADER - 1, 8, 7, 0};
	for (size_t i = 0; i < sizeof SIZES / sizeof *SIZES; i++) {
		ff_scenario("cut to %ld bytes", SIZES[i]);
		CHECK_INT(truncate(path, SIZES[i] < 0 ? st.st_size - 1 : SIZES[i]), 0);
		check_refused(FF_ERROR_DATA, SIZES[i] > 7 || SIZES[i] < 0 ? "truncated" : "does not start");
	}
	end();
}

/* The file changes between the check and the restoring. */
static void a_change_meanwhile_is_noticed(void)
{
	for (int w = 0; w < 2; w++) {
		static struct ff_checkpoint checkpoint; /* large */
		struct ff_error error = {0};
		begin();
		ff_scenario("resumed with %s", WAYS[w].set);
		struct trained *a = train(&SCENARIOS[0], &WAYS[0], 1), *b = open_world(&SCENARIOS[0], &WAYS[w]);
		CHECK_INT(ff_checkpoint_open(path, &checkpoint, NULL), FF_OK);
		flip((long)checkpoint.parts[1].at + 100);
		b->world.resume = &checkpoint;
		b->world.state = &a->epochs.state;
		CHECK_INT(world_train(&b->world, &b->epochs, &error), FF_ERROR_DATA);
		CHECK_HAS(error.what, "changed while it was read");
		ff_checkpoint_close(&checkpoint);
		done(a);
		done(b);
		end();
	}
}

static void another_net_does_not_fit(void)
{
	static const struct scenario OTHERS[] = {{"wider", 0, {"layers.widths=[24, 21, 12]"}},
	                                         {"fewer", 0, {"layers.widths=[24, 20]"}},
	                                         {"one state", 0, {"optimizer.kind=sgd"}},
	                                         {"with a head", 0, {"head.when=together"}},
	                                         {"with peers", 0, {"layers.peer=0.1"}}};
	static struct ff_checkpoint checkpoint; /* large */
	begin();
	done(train(&SCENARIOS[0], &WAYS[0], 1));
	CHECK_INT(ff_checkpoint_open(path, &checkpoint, NULL), FF_OK);
	for (size_t i = 0; i < sizeof OTHERS / sizeof *OTHERS; i++) {
		ff_scenario("%s", OTHERS[i].name);
		struct trained *t = open_world(&OTHERS[i], &WAYS[0]);
		CHECK(!ff_checkpoint_fits(&checkpoint, &t->world.net));
		done(t);
	}
	ff_checkpoint_close(&checkpoint);
	end();
}

static void a_place_that_is_none_is_refused(void)
{
	static const struct ff_training_state STATES[] = {{.alone = -1, .epoch = 4},
	                                                  {.alone = -1, .epoch = 0},
	                                                  {.alone = 0, .epoch = 1},
	                                                  {.alone = 3, .epoch = 1},
	                                                  {.alone = -1, .epoch = 2, .restorable = true},
	                                                  {.alone = -2, .epoch = 1}};
	for (size_t i = 0; i < sizeof STATES / sizeof *STATES; i++) {
		ff_scenario("turn %d, epoch %d", STATES[i].alone, (int)STATES[i].epoch);
		struct trained *t = open_world(&SCENARIOS[0], &WAYS[0]);
		t->world.state = &STATES[i];
		CHECK_INT(world_train(&t->world, &t->epochs, NULL), FF_ERROR_DATA);
		done(t);
	}
}

/* ---- writing ---- */

/* A commit that fails leaves the earlier checkpoint in place. */
static void a_failed_commit_keeps_the_checkpoint_before(void)
{
	static struct ff_checkpoint_writer writer; /* large */
	static struct ff_checkpoint checkpoint;
	static char large[FF_CHECKPOINT_RECORD + 1];
	struct ff_error error = {0};
	begin();
	struct trained *t = train(&SCENARIOS[0], &WAYS[0], 1);
	struct ff_net *net = &t->world.net;
	CHECK_INT(ff_checkpoint_init(&writer, net, path, NULL), FF_OK);
	static const char *const WHY[] = {"No space left", "File too large", "", "different epochs",
	                                  "different epochs"};
	for (int k = 0; k < 5; k++) {
		ff_scenario("fault %d: %s", k, WHY[k]);
		CHECK(ff_checkpoint_is_idle(&writer));
		ff_checkpoint_begin(&writer, 7);
		CHECK(!ff_checkpoint_is_idle(&writer));
		CHECK_INT(access(temporary, F_OK), 0);
		for (int s = 0; s < 3; s++) {
			if (k == 0 && s == 1) /* a part that cannot be written */
				CHECK_INT(dup2(open("/dev/full", O_WRONLY | O_CLOEXEC), writer.fd), writer.fd);
			ff_checkpoint_save(&writer, k == 3 && s == 1 ? 6 : 7, net, s); /* 6: of another checkpoint */
		}
		if (k == 2)
			ff_checkpoint_abandon(&writer);
		else
			CHECK_INT(
			    ff_checkpoint_commit(&writer, k == 4 ? 8 : 7, large, k == 1 ? sizeof large : 6, &error),
			    FF_ERROR_IO);
		CHECK(access(temporary, F_OK) != 0);
		CHECK_INT(ff_checkpoint_open(path, &checkpoint, NULL), FF_OK);
		CHECK_TEXT(checkpoint.record, "record");
		ff_checkpoint_close(&checkpoint);
		CHECK_HAS(error.what, WHY[k]);
	}
	ff_scenario("a folder in the way of the temporary file");
	CHECK_INT(mkdir(temporary, 0777), 0);
	ff_checkpoint_begin(&writer, 9);
	for (int s = 0; s < 3; s++)
		ff_checkpoint_save(&writer, 9, net, s);
	CHECK_INT(ff_checkpoint_commit(&writer, 9, "other", 5, &error), FF_ERROR_IO);
	CHECK_HAS(error.what, "cannot write the checkpoint: Is a directory");
	CHECK(ff_checkpoint_is_idle(&writer));
	CHECK_INT(rmdir(temporary), 0);
	done(t);
	end();
}

FF_TESTS("checkpoint", {"resumed runs end in the same bits", resumed_runs_end_in_the_same_bits},
         {"the last epoch has none", the_last_epoch_has_none}, {"a damaged file is refused", a_damaged_file_is_refused},
         {"a change meanwhile is noticed", a_change_meanwhile_is_noticed},
         {"another net does not fit", another_net_does_not_fit},
         {"a place that is none is refused", a_place_that_is_none_is_refused},
         {"a failed commit keeps the checkpoint before", a_failed_commit_keeps_the_checkpoint_before})
