#include "support/harness.h"

#include <stdlib.h>

#include "pipeline/schedule.h"

/* Everything a schedule gives, as text: T pairs (l greedy turn, k keep, c comes from the cache), P queries ahead of
 * any pairs, p queries beside them, E epoch end, V R S validation, train and test images, K keep, C checkpoint, !
 * stop; a dot behind a packet that closes its epoch. */
struct script {
	char text[512];
	int n;
	int pairs[8]; /* trained in each epoch or greedy turn */
	int queries;
	int images[FF_N_SETS];
};

static void describe(struct script *script, const struct ff_packet *p, bool greedy)
{
	char *at = script->text + script->n;
	const char *const kinds = "TEIKC!";
	CHECK(script->n < 500);
	*at++ = p->kind == FF_PACKET_INFER ? "RVS"[p->set] : kinds[p->kind];
	if (p->kind == FF_PACKET_TRAIN && p->n == 0)
		at[-1] = 'P';
	else if (p->kind == FF_PACKET_TRAIN && p->queries)
		*at++ = 'p';
	if (p->kind == FF_PACKET_TRAIN && greedy)
		*at++ = (char)('1' + p->alone);
	if (p->keep)
		*at++ = 'k';
	if (p->from > 0)
		*at++ = 'c';
	if (p->closes_epoch)
		*at++ = '.';
	*at = '\0';
	script->n = (int)(at - script->text);
}

static struct ff_experiment plain(void)
{
	struct ff_experiment e = {.n_layers = 3, .layers = {{.width = FF_NARROW + 1}}};
	e.train.batch = 100;
	e.train.epochs = 2;
	e.evaluate.every = 1;
	e.evaluate.test = FF_WHEN_END;
	e.evaluate.train_split = FF_WHEN_NEVER;
	return e;
}

static const struct ff_data_shape SHAPE = {
    .features = 36, .classes = 10, .n = {[FF_SET_TRAIN] = 250, [FF_SET_VALIDATION] = 150, [FF_SET_TEST] = 103}};

static const size_t NONE[FF_MAX_LAYERS + 1];

/* Runs the schedule to its end; every packet's fields that must hold in any schedule are checked. */
static void run(struct ff_schedule *schedule, struct script *script)
{
	struct ff_packet p;
	size_t max_rows = ff_schedule_max_rows(schedule->experiment, &schedule->shape);
	bool greedy = schedule->experiment->train.order == FF_GREEDY;
	uint64_t sequence = 0;
	*script = (struct script){.n = 0};
	while (ff_schedule_next(schedule, &p)) {
		CHECK_INT(p.sequence, sequence++);
		CHECK(p.rows <= max_rows);
		CHECK(p.rows == 0 || p.end > p.from || p.from == p.alone); /* the head alone */
		if (p.kind == FF_PACKET_TRAIN)
			script->queries += (int)p.queries;
		if (p.kind == FF_PACKET_TRAIN && p.n)
			script->pairs[((p.alone < 0 ? 0 : p.alone * 2) + p.epoch - 1) % 8] += (int)p.n;
		if (p.kind == FF_PACKET_INFER)
			script->images[p.set] += (int)p.queries;
		describe(script, &p, greedy);
	}
	CHECK(!ff_schedule_next(schedule, &p));
}

static void check(const struct ff_experiment *e, const size_t *kept, const char *wanted)
{
	struct ff_schedule schedule;
	struct script script;
	ff_schedule_init(&schedule, e, &SHAPE, kept ? kept : NONE, NULL, NULL);
	run(&schedule, &script);
	CHECK_TEXT(script.text, wanted);
	CHECK(!schedule.interrupted);
	for (int i = 0; i < (e->train.order == FF_GREEDY ? 6 : 2); i++)
		CHECK_INT(script.pairs[i], 250);
}

static void epochs_end_with_their_evaluations(void)
{
	struct ff_experiment e = plain();
	check(&e, NULL, "TTTEVV.TTTEVV.!SS");
	e.evaluate.test = FF_WHEN_EPOCH;
	e.evaluate.train_split = FF_WHEN_EPOCH;
	check(&e, NULL, "TTTERRRVVSS.TTTERRRVVSS.!");
	e.evaluate.train_split = FF_WHEN_END;
	e.evaluate.every = 5; /* the last epoch always is one */
	check(&e, NULL, "TTTE.TTTEVVSS.!RRR");
}

static void a_batch_is_cut_into_tiles(void)
{
	struct ff_experiment e = plain();
	struct ff_data_shape shape = SHAPE;
	struct ff_schedule schedule;
	struct ff_packet p;
	shape.n[FF_SET_TRAIN] = 2500;
	e.train.batch = 1500;
	ff_schedule_init(&schedule, &e, &shape, NONE, NULL, NULL);
	static const size_t N[] = {1024, 476, 1000}, BATCH[] = {1500, 1500, 1000};
	for (int i = 0; i < 3; i++) {
		ff_scenario("tile %d", i);
		CHECK(ff_schedule_next(&schedule, &p));
		CHECK_INT(p.n, N[i]);
		CHECK_INT(p.batch, BATCH[i]);
		CHECK_INT(p.first, i != 1);
		CHECK_INT(p.last, i != 0);
		CHECK_INT(p.number, i / 2);
		CHECK_INT(p.rows, 2 * N[i]);
	}
}

/* Tiles are four times as large if every row is narrow: not with a wide layer, nor with dense images. */
static void narrow_nets_have_larger_tiles(void)
{
	struct ff_experiment e = plain();
	struct ff_data_shape shape = SHAPE;
	shape.n[FF_SET_TRAIN] = 5000;
	e.train.batch = FF_AUTO;
	CHECK_INT(ff_schedule_tile_size(&e, &shape), 1024);
	e.layers[0].width = FF_NARROW;
	CHECK_INT(ff_schedule_tile_size(&e, &shape), 4096);
	struct ff_schedule schedule;
	struct ff_packet p;
	ff_schedule_init(&schedule, &e, &shape, NONE, NULL, NULL);
	CHECK(ff_schedule_next(&schedule, &p));
	CHECK_INT(p.n, 4096);
	CHECK(ff_schedule_next(&schedule, &p));
	CHECK_INT(p.n, 5000 - 4096);
	e.mode = FF_UNSUPERVISED;
	CHECK_INT(ff_schedule_tile_size(&e, &shape), 1024);
}

static void greedy_layers_take_turns(void)
{
	struct ff_experiment e = plain();
	size_t kept[FF_MAX_LAYERS + 1] = {0, 250, 200};
	e.train.order = FF_GREEDY;
	e.evaluate.every = 2;
	check(&e, NULL, "T1T1T1E.T1T1T1EVV.T2T2T2E.T2T2T2EVV.T3T3T3E.T3T3T3EVV.!SS");
	check(&e, kept, "T1T1T1E.T1T1T1EVV.T2kT2kT2kE.T2cT2cT2cEVV.T3kT3kT3E.T3cT3cT3EVV.!SS");
	e.head.when = FF_HEAD_AFTER;
	e.head.epochs = 2;
	kept[3] = 200;
	check(&e, kept, "T1T1T1E.T1T1T1EVV.T2kT2kT2kE.T2cT2cT2cEVV.T3kT3kT3E.T3cT3cT3EVV.P4kP4kP4E.P4cP4cP4EVV.!SS");
}

static void greedy_layers_are_evaluated_so_far(void)
{
	struct ff_experiment e = plain();
	struct ff_schedule schedule;
	struct ff_packet p;
	int turn = 0;
	e.train.order = FF_GREEDY;
	ff_schedule_init(&schedule, &e, &SHAPE, NONE, NULL, NULL);
	while (ff_schedule_next(&schedule, &p)) {
		if (p.rows == 0)
			continue;
		turn = p.alone > turn ? p.alone : turn;
		CHECK_INT(p.end, turn + 1);
		for (int l = 0; l < 3; l++) {
			CHECK_INT(ff_packet_works(&p, l), l <= turn);
			CHECK_INT(ff_packet_learns(&p, l), p.kind == FF_PACKET_TRAIN && l == turn);
		}
	}
}

static void a_set_without_images_is_left_out(void)
{
	struct ff_experiment e = plain();
	struct ff_schedule schedule;
	struct script script;
	struct ff_data_shape shape = SHAPE;
	shape.n[FF_SET_VALIDATION] = 0;
	ff_schedule_init(&schedule, &e, &shape, NONE, NULL, NULL);
	run(&schedule, &script);
	CHECK_TEXT(script.text, "TTTE.TTTE.!SS");
	CHECK_INT(script.images[FF_SET_TEST], 103);
}

/* ---- queries ---- */

static void probed(const struct ff_experiment *e, const char *wanted, int queries)
{
	struct ff_schedule schedule;
	struct script script;
	ff_schedule_init(&schedule, e, &SHAPE, NONE, NULL, NULL);
	run(&schedule, &script);
	CHECK_TEXT(script.text, wanted);
	CHECK_INT(script.queries, queries);
}

static struct ff_experiment one_epoch(void)
{
	struct ff_experiment e = plain();
	e.train.epochs = 1;
	e.evaluate.every = 1;
	e.head.when = FF_HEAD_TOGETHER;
	return e;
}

static void a_head_reads_along_or_comes_after(void)
{
	struct ff_experiment e = one_epoch();
	probed(&e, "TpTpTpEVV.!SS", 250);
	e.head.when = FF_HEAD_AFTER;
	e.head.epochs = 2;
	probed(&e, "TTTEVV.PPPEVV.PPPEVV.!SS", 500);
	e.negatives.draw = FF_DRAW_GOODNESS; /* for the layers alone */
	e.negatives.lag = 0;
	probed(&e, "PTPTPTEVV.PPPEVV.PPPEVV.!S", 750);
	e.negatives.draw = FF_DRAW_UNIFORM;
	e.train.order = FF_GREEDY;
	e.head.epochs = 1;
	probed(&e, "T1T1T1EVV.T2T2T2EVV.T3T3T3EVV.P4P4P4EVV.!SS", 250);
	e.mode = FF_UNSUPERVISED; /* nothing classifies before the head has begun; an image has one row now */
	probed(&e, "T1T1T1E.T2T2T2E.T3T3T3E.P4P4P4EV.!S", 250);
}

/* There are no draws by a head that has not begun to train. */
static void a_head_answers_once_it_trains(void)
{
	struct ff_experiment e = one_epoch();
	struct ff_schedule schedule;
	struct ff_packet p;
	e.head.when = FF_HEAD_AFTER;
	e.head.epochs = 1;
	ff_schedule_init(&schedule, &e, &SHAPE, NONE, NULL, NULL);
	while (ff_schedule_next(&schedule, &p))
		if (p.kind == FF_PACKET_INFER) {
			CHECK_INT(p.plain, p.alone == 3 ? p.queries : 0);
			CHECK_INT(p.scored, 10 * p.queries);
		}
}

/* 250 pairs in batches of 50: the queries of batch t travel with the pairs of batch t - lag. */
static void queries_go_a_lag_ahead(void)
{
	struct ff_experiment e = one_epoch();
	e.train.batch = 50;
	e.negatives.draw = FF_DRAW_HEAD;
	e.negatives.lag = 0;
	probed(&e, "PTPTPTPTPTEVV.!SS", 250);
	e.negatives.lag = 1;
	probed(&e, "PTpTpTpTpTEVV.!SS", 250);
	e.negatives.lag = 3;
	probed(&e, "PPPTpTpTTTEVV.!SS", 250);
	e.negatives.lag = FF_AUTO; /* L + 2 = 5 of 5 batches is too much: 4 */
	probed(&e, "PPPPTpTTTTEVV.!SS", 250);
	CHECK_INT(ff_schedule_lag(&e, &SHAPE), 4);
}

static void queries_of_a_batch_come_before_its_pairs(void)
{
	struct ff_experiment e = one_epoch();
	struct ff_schedule schedule;
	struct ff_packet p;
	e.train.batch = 20;
	e.negatives.draw = FF_DRAW_GOODNESS;
	for (e.negatives.lag = 0; e.negatives.lag < 12; e.negatives.lag++) {
		size_t seen = 0;
		struct ff_packet before = {0};
		ff_scenario("lag %d", (int)e.negatives.lag);
		ff_schedule_init(&schedule, &e, &SHAPE, NONE, NULL, NULL);
		for (; ff_schedule_next(&schedule, &p) && p.kind == FF_PACKET_TRAIN; before = p) {
			if (p.n)
				CHECK(p.at + p.n <= seen);
			/* the image part of the packet before may serve again: the same images, no update since */
			CHECK_INT(p.known, p.n && !before.n && before.queries == p.n && before.queries_at == p.at &&
			                       e.negatives.lag == 0);
			CHECK(e.negatives.lag > 0 || p.known == (p.n > 0));
			seen += p.queries;
			if (p.n && p.queries)
				CHECK_INT(p.queries_at, p.at + 20 * (size_t)e.negatives.lag);
			CHECK_INT(p.scored, 10 * p.queries);
			CHECK_INT(p.plain, p.queries);
			CHECK_INT(p.rows, 2 * p.n + 11 * p.queries);
		}
		CHECK_INT(seen, 250);
	}
}

/* ---- verdicts ---- */

static enum ff_verdict next_word(void *user)
{
	const char **words = user;
	char word = *(*words)++;
	return word == 'k' ? FF_VERDICT_KEEP : word == 's' ? FF_VERDICT_STOP : FF_VERDICT_GO_ON;
}

static void judged(const char *words, const char *wanted, bool restore)
{
	struct ff_experiment e = plain();
	struct ff_schedule schedule;
	struct script script;
	e.train.epochs = 4;
	e.train.patience = 2;
	e.evaluate.every = 2;
	ff_schedule_init(&schedule, &e, &SHAPE, NONE, NULL, NULL);
	schedule.verdict = next_word;
	schedule.verdict_user = &words;
	run(&schedule, &script);
	CHECK_TEXT(script.text, wanted);
	CHECK_INT(schedule.restorable, restore);
	CHECK(*words == '\0'); /* asked once for each evaluation */
}

static void a_verdict_keeps_or_stops(void)
{
	judged("kg", "TTTE.TTTEVV.KTTTE.TTTEVV.!VVSS", true);
	judged("kk", "TTTE.TTTEVV.KTTTE.TTTEVV.K!VVSS", true);
	judged("s", "TTTE.TTTEVV.!SS", false);
	judged("gs", "TTTE.TTTEVV.TTTE.TTTEVV.!SS", false);
}

/* ---- an early end ---- */

static bool countdown(void *user)
{
	int *left = user;
	return (*left)-- <= 0;
}

static void stop_after(int asked, const char *wanted)
{
	struct ff_experiment e = plain();
	struct ff_schedule schedule;
	struct script script;
	ff_schedule_init(&schedule, &e, &SHAPE, NULL, countdown, &asked);
	run(&schedule, &script);
	CHECK_TEXT(script.text, wanted);
	CHECK(schedule.interrupted);
}

static void a_stop_ends_training_between_batches(void)
{
	stop_after(0, "!VVSS");      /* before anything */
	stop_after(1, "T!VVSS");     /* after a batch */
	stop_after(3, "TTTE!VVSS");  /* before the validation images */
	stop_after(4, "TTTEV!VVSS"); /* among them */
	stop_after(5, "TTTEVV.!SS"); /* after them: the weights are the same */
}

static void a_stop_among_the_last_images_ends_them(void)
{
	stop_after(10, "TTTEVV.TTTEVV.!");
	stop_after(11, "TTTEVV.TTTEVV.!S");
}

static void a_stop_waits_for_the_batch(void)
{
	struct ff_experiment e = plain();
	struct ff_data_shape shape = SHAPE;
	struct ff_schedule schedule;
	struct ff_packet p;
	int asked = 1;
	shape.n[FF_SET_TRAIN] = 5000;
	e.train.batch = FF_AUTO;
	ff_schedule_init(&schedule, &e, &shape, NULL, countdown, &asked);
	for (int tiles = 0; ff_schedule_next(&schedule, &p) && p.kind == FF_PACKET_TRAIN; tiles++)
		CHECK_INT(p.last, tiles == 4);
	CHECK_INT(p.kind, FF_PACKET_EPOCH_END); /* the full batch was the epoch */
}

static bool always(void *user)
{
	(void)user;
	return true;
}

/* A checkpoint comes after the verdict on an epoch and before the next one; none after the last. The schedule resumed
 * from there equals the rest of the first. */
static void checkpoints_lie_between_epochs(void)
{
	struct ff_experiment e = plain();
	struct ff_schedule schedule;
	struct script script;
	ff_schedule_init(&schedule, &e, &SHAPE, NONE, NULL, NULL);
	schedule.due = always;
	run(&schedule, &script);
	CHECK_TEXT(script.text, "TTTEVV.CTTTEVV.!SS");
	ff_schedule_init(&schedule, &e, &SHAPE, NONE, NULL, NULL);
	CHECK(ff_schedule_resume(&schedule, -1, 2, false));
	run(&schedule, &script);
	CHECK_TEXT(script.text, "TTTEVV.!SS");
	CHECK(!ff_schedule_resume(&schedule, -1, 2, true)); /* without a patience nothing is kept */
	CHECK(!ff_schedule_resume(&schedule, -1, 3, false));
	CHECK(!ff_schedule_resume(&schedule, 0, 1, false));
}

/* A process keeps a layer's inputs in the first epoch in which it trains that layer. */
static void a_resumed_turn_keeps_its_inputs_anew(void)
{
	static const size_t KEPT[FF_MAX_LAYERS + 1] = {0, 250, 250};
	struct ff_experiment e = plain();
	struct ff_schedule schedule;
	struct script script;
	e.train.order = FF_GREEDY;
	e.train.epochs = 3;
	e.evaluate.every = 3;
	ff_schedule_init(&schedule, &e, &SHAPE, KEPT, NULL, NULL);
	CHECK(ff_schedule_resume(&schedule, 2, 2, false));
	run(&schedule, &script);
	CHECK_TEXT(script.text, "T3kT3kT3kE.T3cT3cT3cEVV.!SS");
}

FF_TESTS("schedule", {"epochs end with their evaluations", epochs_end_with_their_evaluations},
         {"a batch is cut into tiles", a_batch_is_cut_into_tiles},
         {"narrow nets have larger tiles", narrow_nets_have_larger_tiles},
         {"greedy layers take turns", greedy_layers_take_turns},
         {"greedy layers are evaluated so far", greedy_layers_are_evaluated_so_far},
         {"a set without images is left out", a_set_without_images_is_left_out},
         {"a head reads along or comes after", a_head_reads_along_or_comes_after},
         {"a head answers once it trains", a_head_answers_once_it_trains},
         {"queries go a lag ahead", queries_go_a_lag_ahead},
         {"queries of a batch come before its pairs", queries_of_a_batch_come_before_its_pairs},
         {"a verdict keeps or stops", a_verdict_keeps_or_stops},
         {"a stop ends training between batches", a_stop_ends_training_between_batches},
         {"a stop among the last images ends them", a_stop_among_the_last_images_ends_them},
         {"a stop waits for the batch", a_stop_waits_for_the_batch},
         {"checkpoints lie between epochs", checkpoints_lie_between_epochs},
         {"a resumed turn keeps its inputs anew", a_resumed_turn_keeps_its_inputs_anew})
