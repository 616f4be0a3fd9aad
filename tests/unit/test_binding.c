#define _GNU_SOURCE /* sched_getaffinity(), mincore() */

#include "support/harness.h"

#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "plan/bind.h"
#include "support/world.h"

/* A described machine that claims to be this one. Nothing is really bound to it. */
static struct ff_topology machine(const char *description)
{
	struct ff_topology t;
	struct ff_error error = {0};
	if (!CHECK_INT(ff_topology_init(&t, &(struct ff_topology_options){.description = description}, &error), FF_OK))
		printf("  %s\n", error.what);
	t.here = true;
	return t;
}

/* A pipeline of leaders with these threads. */
static struct ff_graph pipeline(int n, const int *threads, int processors)
{
	struct ff_graph graph = {.pipeline = true, .n_leaders = n, .n_stations = n, .processors = processors};
	for (int i = 0; i < n; i++) {
		graph.leaders[i] = (struct ff_leader){i, i + 1, threads[i]};
		graph.threads += threads[i];
	}
	return graph;
}

/* An experiment that asks for this kind of binding, with as many threads as there are cores. */
static const struct ff_experiment *asking(enum ff_bind bind)
{
	static struct ff_experiment experiment; /* large */
	experiment.execution.bind = bind;
	experiment.execution.threads = FF_AUTO;
	return &experiment;
}

static struct ff_binding choose(const struct ff_topology *t, int n, const int *threads, enum ff_bind asked)
{
	struct ff_binding binding = {.source = 99};
	struct ff_error error = {0};
	struct ff_graph graph = pipeline(n, threads, t->n_places);
	CHECK_INT(ff_binding_choose(&binding, t, &graph, asking(asked), &error), FF_OK);
	return binding;
}

/* ---- places ---- */

static void check_places(const char *description, int n, const int *threads, int source, const int *first)
{
	struct ff_topology t = machine(description);
	struct ff_binding binding = choose(&t, n, threads, FF_BIND_ALWAYS);
	CHECK_TEXT(binding.why_not, "");
	CHECK_INT(binding.source, source);
	for (int i = 0; i < n; i++)
		CHECK_INT(binding.first[i], first[i]);
	ff_topology_fini(&t);
}

static void stages_are_neighbours_in_their_cache(void)
{
	check_places("core:2", 2, (int[]){1, 1}, FF_BOUND_NOWHERE, (int[]){0, 1});
	check_places("core:3", 2, (int[]){1, 1}, 0, (int[]){1, 2});
	check_places("l3:2 core:4 pu:2", 3, (int[]){3, 3, 2}, FF_BOUND_NOWHERE, (int[]){0, 3, 6});
	check_places("l3:2 core:4", 2, (int[]){3, 4}, 0, (int[]){1, 4});
	check_places("l3:4 core:4", 4, (int[]){3, 3, 3, 3}, 0, (int[]){1, 4, 8, 12});
	check_places("package:2 l3:8 core:8 pu:2", 2, (int[]){7, 64}, 0, (int[]){1, 64});
}

/* Every thread has a place, and no two the same; with hyper-threads unused, a core too. */
static void no_two_threads_share_a_core(void)
{
	static const char *const MACHINES[] = {"core:5", "l3:4 core:4 pu:2", "package:2 numa:2 l3:2 core:6 pu:2",
	                                       "tests/support/uneven.xml"};
	static const int TEAMS[][4] = {{1, 0}, {1, 1, 0}, {2, 2, 1, 0}, {5, 0}, {1, 1, 1, 1}, {3, 1, 1, 0}};
	for (size_t m = 0; m < sizeof MACHINES / sizeof *MACHINES; m++)
		for (size_t k = 0; k < sizeof TEAMS / sizeof *TEAMS; k++) {
			struct ff_topology t = machine(MACHINES[m]);
			ff_scenario("%s, teams %zu", MACHINES[m], k);
			bool taken[128] = {false};
			int n = 0;
			while (n < 4 && TEAMS[k][n])
				n++;
			struct ff_binding binding = choose(&t, n, TEAMS[k], FF_BIND_ALWAYS);
			CHECK_TEXT(binding.why_not, "");
			for (int i = -1; i < n; i++) {
				int first = i < 0 ? binding.source : binding.first[i];
				for (int j = 0; first >= 0 && j < (i < 0 ? 1 : TEAMS[k][i]); j++) {
					CHECK(first + j < t.n_places);
					CHECK(!taken[t.places[first + j].core]);
					taken[t.places[first + j].core] = true;
				}
			}
			ff_topology_fini(&t);
		}
}

/* ---- when threads are bound ---- */

static void check_why(const struct ff_topology *t, int n, const int *threads, enum ff_bind asked, const char *why)
{
	struct ff_binding binding = choose(t, n, threads, asked);
	if (*why)
		CHECK_HAS(binding.why_not, why);
	else
		CHECK_TEXT(binding.why_not, "");
	CHECK(!*why || binding.source == FF_BOUND_NOWHERE);
}

static void auto_takes_all_cores_or_cores_of_its_own(void)
{
	struct ff_topology t = machine("l3:2 core:4");
	check_why(&t, 2, (int[]){4, 4}, FF_BIND_AUTO, "");
	check_why(&t, 2, (int[]){3, 4}, FF_BIND_AUTO, ""); /* and the source */
	check_why(&t, 2, (int[]){3, 3}, FF_BIND_AUTO, "uses 7 of 8 cores, and other runs may use the same");
	check_why(&t, 2, (int[]){3, 3}, FF_BIND_ALWAYS, "");
	check_why(&t, 2, (int[]){4, 4}, FF_BIND_NONE, "execution.bind is none");
	t.limits.narrowed = true;
	check_why(&t, 2, (int[]){3, 3}, FF_BIND_AUTO, "");
	check_why(&t, 2, (int[]){4, 5}, FF_BIND_AUTO, "9 threads would share 8 processors");
	ff_topology_fini(&t);
	t = machine("core:1 pu:2");
	check_why(&t, 1, (int[]){1}, FF_BIND_ALWAYS, "there is only processor 0");
	ff_topology_fini(&t);
}

/* Two runs of one thread each on two cores: each also has a source, so each would seem to need both cores. */
static void auto_leaves_cores_to_others_if_told_to_use_few(void)
{
	struct ff_topology t = machine("core:2");
	struct ff_graph graph = pipeline(1, (int[]){1}, 2);
	struct ff_experiment few = *asking(FF_BIND_AUTO);
	struct ff_binding binding = {0};
	few.execution.threads = 1;
	CHECK_INT(ff_binding_choose(&binding, &t, &graph, &few, NULL), FF_OK);
	CHECK_HAS(binding.why_not, "execution.threads allows 1 of 2 cores, and other runs may use the others");
	few.execution.threads = 2;
	CHECK_INT(ff_binding_choose(&binding, &t, &graph, &few, NULL), FF_OK);
	CHECK_TEXT(binding.why_not, "");
	few.execution.threads = 1;
	few.execution.bind = FF_BIND_ALWAYS;
	CHECK_INT(ff_binding_choose(&binding, &t, &graph, &few, NULL), FF_OK);
	CHECK_TEXT(binding.why_not, "");
	few.execution.bind = FF_BIND_AUTO;
	t.limits.narrowed = true;
	CHECK_INT(ff_binding_choose(&binding, &t, &graph, &few, NULL), FF_OK);
	CHECK_TEXT(binding.why_not, "");
	ff_topology_fini(&t);
}

static void limits_forbid_it(void)
{
	struct ff_topology t = machine("core:4");
	t.limits.quota = 2.5;
	t.limits.quota_cut = true;
	for (enum ff_bind asked = FF_BIND_AUTO; asked <= FF_BIND_ALWAYS; asked++)
		check_why(&t, 2, (int[]){1, 1}, asked, "the control group has a quota of 2.5 processors");
	t.limits.quota_cut = false;
	t.n_places = 2; /* by an environment variable: another run with the same limit would choose the same two */
	t.limits.batch_cut = true;
	check_why(&t, 2, (int[]){1, 1}, FF_BIND_AUTO, "uses 2 of 4 cores");
	t.limits.narrowed = true;
	check_why(&t, 2, (int[]){1, 1}, FF_BIND_AUTO, "");
	t.here = false;
	check_why(&t, 2, (int[]){1, 1}, FF_BIND_ALWAYS, "hwloc does not know this machine");
	ff_topology_fini(&t);
}

static void sequential_execution_binds_nothing(void)
{
	struct ff_topology t = machine("core:4");
	struct ff_binding binding = {0};
	struct ff_graph graph = pipeline(1, (int[]){4}, 4);
	graph.pipeline = false;
	CHECK_INT(ff_binding_choose(&binding, &t, &graph, asking(FF_BIND_AUTO), NULL), FF_OK);
	CHECK_TEXT(binding.why_not, "execution is sequential");
	ff_topology_fini(&t);
}

static void variables_of_openmp_are_respected(void)
{
	static const char *const VARIABLES[] = {"OMP_PROC_BIND", "OMP_PLACES", "GOMP_CPU_AFFINITY", "KMP_AFFINITY"};
	struct ff_topology t = machine("core:4");
	CHECK(!ff_binding_variable());
	for (int i = 0; i < 4; i++) {
		char why[64];
		ff_scenario("%s", VARIABLES[i]);
		snprintf(why, sizeof why, "%s is set", VARIABLES[i]);
		setenv(VARIABLES[i], "false", 1);
		CHECK_TEXT(ff_binding_variable(), VARIABLES[i]);
		check_why(&t, 2, (int[]){2, 2}, FF_BIND_ALWAYS, why);
		unsetenv(VARIABLES[i]);
	}
	check_why(&t, 2, (int[]){2, 2}, FF_BIND_AUTO, "");
	ff_topology_fini(&t);
}

/* ---- binding on this machine ---- */

static struct ff_topology here(void)
{
	struct ff_topology t = {0};
	struct ff_error error = {0};
	if (ff_topology_init(&t, &(struct ff_topology_options){0}, &error) != FF_OK)
		printf("  %s\n", error.what);
	return t;
}

struct watch {
	const struct ff_topology *topology;
	int processor[8]; /* of each node's thread; -1: it may use several; -2: the node saw no packet */
};

static ff_status watch_thread(void *user, int node, const struct ff_packet *packet, struct ff_error *error)
{
	struct watch *watch = user;
	cpu_set_t mask;
	(void)packet, (void)error;
	sched_getaffinity(0, sizeof mask, &mask);
	watch->processor[node] = CPU_COUNT(&mask) == 1 ? sched_getcpu() : -1;
	return FF_OK;
}

/* Pages of an arena that are in memory, after those of its first `behind` bytes. */
static size_t resident(const struct ff_arena *arena, size_t behind)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE), n = 0, first = (behind + page - 1) / page;
	size_t pages = (arena->size + page - 1) / page;
	unsigned char *in = calloc(pages, 1);
	CHECK_INT(mincore(arena->base, arena->size, in), 0);
	for (size_t i = first; i < pages; i++)
		n += in[i] & 1;
	free(in);
	return n;
}

static void memory_waits_for_the_team_that_uses_it(void)
{
	static struct epochs epochs; /* large */
	static const char *const WIDE[] = {"layers.widths=[1500, 1200]", "execution.threads.per_stage=1",
	                                   "train.epochs=1"};
	struct world w;
	struct ff_error error = {0};
	if (!world_open(&w, 0, WIDE, 3))
		return;
	size_t rings = (size_t)w.net.graph.n_edges * sizeof *w.net.rings;
	for (int l = 0; l < 2; l++)
		CHECK(w.net.stations[l]->arena.size > (size_t)2 << 20); /* smaller ones may share a huge page */
	CHECK(w.net.arena.size > (size_t)2 << 20);
	CHECK_INT(resident(&w.net.arena, rings > (size_t)2 << 20 ? rings : (size_t)2 << 20), 0); /* the slots */
	for (int l = 0; l < 2; l++)
		CHECK_INT(resident(&w.net.stations[l]->arena, 0), 0);
	CHECK_INT(world_train(&w, &epochs, &error), FF_OK);
	for (int l = 0; l < 2; l++)
		CHECK(resident(&w.net.stations[l]->arena, 0) > 0);
	world_close(&w);
}

/* Two leaders of one thread each. */
static const char *const TWO[] = {"layers.widths=[24, 20]", "execution.threads.per_stage=1"};

/* Trains, bound as asked; the caller closes the world. */
static bool train(struct world *w, struct epochs *epochs, const struct ff_topology *t, enum ff_bind asked,
                  struct ff_binding *binding, struct watch *watch)
{
	struct ff_error error = {0};
	const struct ff_probe probe = {watch_thread, watch};
	if (!world_open(w, 0, TWO, 2))
		return false;
	for (int i = 0; i < 8; i++)
		watch->processor[i] = -2;
	CHECK_INT(ff_binding_choose(binding, t, &w->net.graph, asking(asked), &error), FF_OK);
	w->binding = binding;
	w->probe = &probe;
	CHECK_INT(world_train(w, epochs, &error), FF_OK);
	CHECK_INT(epochs->begun, 1);
	w->probe = NULL;
	return true;
}

static void leaders_run_where_they_are_bound(void)
{
	static struct epochs bound_epochs, free_epochs; /* large */
	struct ff_topology t = here();
	struct world bound, unbound;
	struct ff_binding binding = {0}, none = {0};
	struct watch watch = {&t, {0}}, no_watch = {&t, {0}};
	cpu_set_t before, after;
	sched_getaffinity(0, sizeof before, &before);
	if (!t.here || t.limits.quota_cut || t.n_places < 2)
		ff_test_skip("no two processors to bind to");
	else if (train(&bound, &bound_epochs, &t, FF_BIND_ALWAYS, &binding, &watch)) {
		CHECK_TEXT(binding.why_not, "");
		CHECK(!atomic_load(&binding.failed));
		for (int i = 0; i < 2; i++)
			CHECK_INT(watch.processor[i + 1], t.places[binding.first[i]].processor);
		CHECK_INT(watch.processor[0], binding.source < 0 ? -1 : t.places[binding.source].processor);
		CHECK_INT(watch.processor[3], -1); /* the collector is the caller's thread */
		sched_getaffinity(0, sizeof after, &after);
		CHECK(CPU_EQUAL(&before, &after));
		if (train(&unbound, &free_epochs, &t, FF_BIND_NONE, &none, &no_watch)) {
			for (int node = 0; node < 4; node++)
				CHECK_INT(no_watch.processor[node], -1);
			world_check_same(&bound, &unbound);
			epochs_check_same(&bound_epochs, &free_epochs);
			world_close(&unbound);
		}
		world_close(&bound);
	}
	ff_topology_fini(&t);
}

/* The places name processors that do not exist, as when a process loses some. Training continues and the failure is
 * reported once. */
static void who_cannot_be_bound_runs_on(void)
{
	static struct epochs epochs; /* large */
	struct ff_topology t = here();
	struct world w;
	struct ff_binding binding = {0};
	struct watch watch = {&t, {0}};
	if (!t.here || t.limits.quota_cut || t.n_places < 2) {
		ff_test_skip("no two processors to bind to");
		ff_topology_fini(&t);
		return;
	}
	for (int i = 0; i < t.n_places; i++)
		t.places[i].processor += 4000;
	if (train(&w, &epochs, &t, FF_BIND_ALWAYS, &binding, &watch)) {
		CHECK(atomic_load(&binding.failed));
		CHECK_HAS(binding.failure.what, "cannot bind a thread to 1 processor: ");
		CHECK_INT(watch.processor[1], -1);
		CHECK_INT(epochs.n, 2);
		world_close(&w);
	}
	ff_topology_fini(&t);
}

FF_TESTS("binding", {"stages are neighbours in their cache", stages_are_neighbours_in_their_cache},
         {"no two threads share a core", no_two_threads_share_a_core},
         {"auto takes all cores, or cores of its own", auto_takes_all_cores_or_cores_of_its_own},
         {"auto leaves cores to others if told to use few", auto_leaves_cores_to_others_if_told_to_use_few},
         {"limits forbid it", limits_forbid_it},
         {"sequential execution binds nothing", sequential_execution_binds_nothing},
         {"variables of OpenMP are respected", variables_of_openmp_are_respected},
         {"leaders run where they are bound", leaders_run_where_they_are_bound},
         {"memory waits for the team that uses it", memory_waits_for_the_team_that_uses_it},
         {"who cannot be bound runs on", who_cannot_be_bound_runs_on})
