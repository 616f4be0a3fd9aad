#define _GNU_SOURCE /* sched_getaffinity() */

#include "support/harness.h"

#include <math.h>
#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "machine/batch_system.h"
#include "machine/cgroup.h"
#include "machine/team.h"
#include "machine/topology.h"

/* Loads a described machine; a failure is reported, and the topology is then empty. */
static struct ff_topology described(const char *description, bool hyper_threads, int most)
{
	struct ff_topology t;
	struct ff_error error = {0};
	if (!CHECK(ff_topology_init(&t, &(struct ff_topology_options){description, hyper_threads, most}, &error) ==
	           FF_OK))
		fprintf(stderr, "  %s\n", error.what);
	return t;
}

static struct ff_topology here(int most)
{
	struct ff_topology t;
	struct ff_error error = {0};
	if (!CHECK(ff_topology_init(&t, &(struct ff_topology_options){.most = most}, &error) == FF_OK))
		fprintf(stderr, "  %s\n", error.what);
	return t;
}

static int count_parts(const struct ff_topology *t, enum ff_part_kind kind)
{
	int n = 0;
	for (int i = 0; i < t->n_parts; i++)
		n += t->parts[i].kind == kind;
	return n;
}

/* Holds for every topology: numbers count from 0 without gaps, domains and parts cover their places, no processor comes
 * twice. */
static void check_sound(const struct ff_topology *t)
{
	static bool seen[8192];
	memset(seen, 0, sizeof seen);
	int next = 0, core = -1, package = -1, nodes = 0;
	for (int d = 0; d < t->n_domains; d++) {
		CHECK_INT(t->domains[d].first, next);
		CHECK(t->domains[d].n_places > 0);
		next += t->domains[d].n_places;
	}
	CHECK_INT(next, t->n_places);
	for (int i = 0; i < t->n_places; i++) {
		const struct ff_place *p = &t->places[i];
		const struct ff_domain *d = &t->domains[p->domain];
		CHECK(!seen[p->processor]);
		seen[p->processor] = true;
		CHECK(i >= d->first && i < d->first + d->n_places);
		CHECK(p->core == core || p->core == core + 1);
		CHECK(p->package == package || p->package == package + 1);
		CHECK(p->node >= 0 && p->node <= nodes);
		nodes += p->node == nodes;
		core = p->core, package = p->package;
	}
	CHECK_INT(core + 1, t->n_cores);
	CHECK_INT(package + 1, t->n_packages);
	CHECK_INT(nodes, t->n_nodes);
	CHECK_INT(t->parts[0].kind, FF_PART_MACHINE);
	CHECK_INT(t->parts[0].n_places, t->n_places);
	CHECK_INT(count_parts(t, FF_PART_CORE), t->n_cores);
	for (int i = 1; i < t->n_parts; i++) {
		const struct ff_part *part = &t->parts[i], *outer = part - 1;
		while (outer->depth >= part->depth)
			outer--;
		CHECK_INT(outer->depth, part->depth - 1);
		CHECK(part->n_places > 0 && part->first >= outer->first &&
		      part->first + part->n_places <= outer->first + outer->n_places);
	}
}

static const struct wanted {
	const char *description;
	bool hyper_threads;
	int places, cores, domains, nodes, packages, level, unused;
} WANTED[] = {
    {"core:1", false, 1, 1, 1, 1, 1, 0, 0},
    {"core:2", true, 2, 2, 1, 1, 1, 0, 0},
    {"package:1 core:4 pu:2", false, 4, 4, 1, 1, 1, 0, 4},      /* no cache at all */
    {"package:1 l2:8 core:1 pu:1", false, 8, 8, 1, 1, 1, 0, 0}, /* none that is shared */
    {"package:1 l2:4 core:4", false, 16, 16, 4, 1, 1, 2, 0},
    {"package:1 l3:2 l2:8 core:1 pu:2", false, 16, 16, 2, 1, 1, 3, 16},
    {"package:1 l3:2 l2:8 core:1 pu:2", true, 32, 16, 2, 1, 1, 3, 0},
    {"l3:1 l2:2 core:4", false, 8, 8, 2, 1, 1, 2, 0}, /* the innermost cache counts; there is no package */
    {"package:2 numa:4 l3:2 core:4", false, 64, 64, 16, 8, 2, 3, 0},
    {"package:2 numa:4 core:8", false, 64, 64, 8, 8, 2, 0, 0}, /* nodes are smaller than packages */
    {"numa:1 package:2 core:8", false, 16, 16, 2, 1, 2, 0, 0}, /* packages are smaller than the node */
    {"PACKAGE:2  L3:8(size=32MiB) Core:8 pu:2", false, 128, 128, 16, 1, 2, 3, 128},
    {"socket:4 die:2 group:2 l3:4 core:16", false, 1024, 1024, 64, 1, 4, 3, 0},
    {"numa:8(memory=64GiB) l3:8 core:16 pu:4", true, 4096, 1024, 64, 8, 1, 3, 0},
};

static void described_machines_are_counted(void)
{
	for (size_t i = 0; i < sizeof WANTED / sizeof *WANTED; i++) {
		const struct wanted *w = &WANTED[i];
		ff_scenario("%s%s", w->description, w->hyper_threads ? ", with hyper-threads" : "");
		struct ff_topology t = described(w->description, w->hyper_threads, 0);
		if (!t.places)
			continue;
		CHECK_INT(t.n_places, w->places);
		CHECK_INT(t.n_cores, w->cores);
		CHECK_INT(t.n_domains, w->domains);
		CHECK_INT(t.n_nodes, w->nodes);
		CHECK_INT(t.n_packages, w->packages);
		CHECK_INT(t.domains[0].level, w->level);
		CHECK_INT(t.limits.unused, w->unused);
		CHECK_INT(t.limits.affinity, t.limits.machine);
		CHECK(isinf(t.limits.quota) && !t.limits.quota_cut && !t.here);
		check_sound(&t);
		ff_topology_fini(&t);
	}
}

static void places_name_processor_cache_node_and_package(void)
{
	struct ff_topology t = described("package:2 numa:2(memory=8GiB) l3:2(size=32MiB) core:2 pu:2", false, 0);
	for (int i = 0; i < t.n_places; i++) {
		CHECK_INT(t.places[i].processor, 2 * i); /* the first hyper-thread of each core */
		CHECK_INT(t.places[i].core, i);
		CHECK_INT(t.places[i].domain, i / 2);
		CHECK_INT(t.places[i].node, i / 4);
		CHECK_INT(t.places[i].package, i / 8);
	}
	CHECK_INT(t.domains[7].bytes, 32 << 20);
	ff_topology_fini(&t);
	t = described("l3:2 core:2 pu:2", true, 0);
	for (int i = 0; i < t.n_places; i++) /* hyper-threads of a core are neighbours */
		CHECK_INT(t.places[i].core, i / 2);
	ff_topology_fini(&t);
}

/* tests/support/uneven.xml: two packages. The first has two cores of two hyper-threads, with an L2 each, and between
 * them four cores that share one; all share an L3. The second has three cores and no cache; its last processor, 10, is
 * not allowed. (Not said there, as hwloc's own parser, without libxml2, knows no comments.) */
static void uneven_caches_keep_domains_together(void)
{
	static const struct ff_place PLACES[] = {{0, 0, 0, 0, 0}, {6, 1, 0, 0, 0}, {2, 2, 1, 0, 0}, {3, 3, 1, 0, 0},
	                                         {4, 4, 1, 0, 0}, {5, 5, 1, 0, 0}, {8, 6, 2, 1, 1}, {9, 7, 2, 1, 1}};
	static const struct ff_domain DOMAINS[] = {{3, 32 << 20, 0, 2}, {2, 2 << 20, 2, 4}, {0, 0, 6, 2}};
	struct ff_topology t = described("tests/support/uneven.xml", false, 0);
	CHECK_INT(t.n_places, 8);
	CHECK_INT(t.n_domains, 3);
	for (int i = 0; i < 8 && t.n_places == 8; i++)
		if (!CHECK(memcmp(&t.places[i], &PLACES[i], sizeof *PLACES) == 0))
			fprintf(stderr, "  place %d is on processor %d\n", i, t.places[i].processor);
	for (int d = 0; d < 3 && t.n_domains == 3; d++) {
		ff_scenario("domain %d", d);
		CHECK_INT(t.domains[d].level, DOMAINS[d].level);
		CHECK_INT(t.domains[d].bytes, DOMAINS[d].bytes);
		CHECK_INT(t.domains[d].first, DOMAINS[d].first);
		CHECK_INT(t.domains[d].n_places, DOMAINS[d].n_places);
	}
	CHECK_INT(t.limits.machine, 11);
	CHECK_INT(t.limits.allowed, 10);
	CHECK_INT(t.limits.unused, 2);
	check_sound(&t);
	ff_topology_fini(&t);
}

static void the_first_places_are_taken(void)
{
	struct ff_topology t = described("package:2 l3:2 core:4", false, 6);
	CHECK_INT(t.n_places, 6);
	CHECK_INT(t.n_domains, 2);
	CHECK_INT(t.domains[1].n_places, 2);
	CHECK_INT(t.n_packages, 1);
	CHECK_INT(count_parts(&t, FF_PART_PACKAGE), 1);
	CHECK_INT(t.limits.machine, 16);
	check_sound(&t);
	ff_topology_fini(&t);
	t = described("core:2", false, 100);
	CHECK_INT(t.n_places, 2);
	ff_topology_fini(&t);
}

static void this_machine_is_what_the_mask_allows(void)
{
	cpu_set_t mask;
	CHECK_INT(sched_getaffinity(0, sizeof mask, &mask), 0);
	struct ff_topology t = here(0);
	if (!t.here) {
		ff_test_skip("hwloc's environment variables name another machine");
		ff_topology_fini(&t);
		return;
	}
	CHECK_INT(t.limits.affinity, CPU_COUNT(&mask));
	CHECK(t.limits.machine >= t.limits.allowed && t.limits.allowed >= t.limits.affinity);
	int most = t.limits.affinity - t.limits.unused, quota = ff_cgroup_processors();
	int given = ff_batch_system_limit().processors;
	most = quota < most ? quota : most;
	CHECK_INT(t.n_places, given && given < most ? given : most);
	CHECK_INT(ff_team_available(), t.n_places);
	for (int i = 0; i < t.n_places; i++)
		CHECK(CPU_ISSET(t.places[i].processor, &mask));
	check_sound(&t);
	ff_topology_fini(&t);
}

static const char *const VARIABLES[] = {"SLURM_CPUS_PER_TASK", "SLURM_CPUS_ON_NODE", "PBS_NP", "NCPUS",
                                        "OMP_NUM_THREADS",     "OMP_THREAD_LIMIT"};
enum { N_VARIABLES = sizeof VARIABLES / sizeof *VARIABLES };

static void clear_variables(void)
{
	for (int i = 0; i < N_VARIABLES; i++)
		unsetenv(VARIABLES[i]);
}

static void the_smallest_variable_wins(void)
{
	clear_variables();
	CHECK_INT(ff_batch_system_limit().processors, 0);
	for (int i = 0; i < N_VARIABLES; i++) {
		setenv(VARIABLES[i], i % 2 ? " 12 " : "12,3", 1);
		ff_scenario("%s", VARIABLES[i]);
		CHECK_INT(ff_batch_system_limit().processors, 12);
		CHECK_TEXT(ff_batch_system_limit().variable, VARIABLES[0]);
	}
	for (int i = 0; i < N_VARIABLES; i++) {
		char number[16];
		snprintf(number, sizeof number, "%d", 11 - i);
		setenv(VARIABLES[i], number, 1);
		ff_scenario("%s=%s", VARIABLES[i], number);
		CHECK_INT(ff_batch_system_limit().processors, 11 - i);
		CHECK_TEXT(ff_batch_system_limit().variable, VARIABLES[i]);
	}
	CHECK(!ff_batch_system_limit().unreadable);
	static const char *const BAD[] = {"0", "-3", "x", "4x", "99999999999999999999", "4(x2)", ",3"};
	for (size_t b = 0; b < sizeof BAD / sizeof *BAD; b++) {
		clear_variables();
		setenv("PBS_NP", BAD[b], 1);
		ff_scenario("PBS_NP=%s", BAD[b]);
		CHECK_INT(ff_batch_system_limit().processors, 0);
		CHECK_TEXT(ff_batch_system_limit().unreadable, "PBS_NP");
	}
	clear_variables();
	setenv("NCPUS", "", 1);
	CHECK(ff_batch_system_limit().processors == 0 && !ff_batch_system_limit().unreadable);
	clear_variables();
}

static void variables_leave_fewer_places(void)
{
	clear_variables();
	struct ff_topology all = here(0);
	setenv("SLURM_CPUS_ON_NODE", "1", 1);
	struct ff_topology one = here(0), there = described("core:4", false, 0);
	if (all.here) {
		CHECK(!all.limits.batch_cut);
		CHECK_INT(one.n_places, 1);
		CHECK_INT(one.limits.batch_cut, all.n_places > 1);
		CHECK_INT(one.places[0].processor, all.places[0].processor);
		CHECK_INT(ff_topology_open_places(&one), ff_topology_open_places(&all));
		CHECK_INT(ff_team_available(), 1);
	}
	CHECK_INT(there.n_places, 4); /* of another machine, all of it */
	CHECK_INT(there.limits.batch.processors, 0);
	setenv("SLURM_CPUS_ON_NODE", "5000", 1);
	CHECK_INT(ff_team_available(), all.here ? all.n_places : ff_team_available());
	clear_variables();
	ff_topology_fini(&all), ff_topology_fini(&one), ff_topology_fini(&there);
}

/* ---- parts for several processes ---- */

static void parts_end_where_a_domain_does(void)
{
	static const struct {
		const char *description;
		int parts, sizes[8];
	} WANTED_PARTS[] = {
	    {"core:1", 1, {1}},
	    {"core:7", 3, {2, 2, 3}},
	    {"l3:2 core:4", 2, {4, 4}},
	    {"l3:2 core:4", 3, {2, 2, 4}}, /* three cores each would split the second part between caches */
	    {"l3:2 core:4", 5, {1, 1, 2, 2, 2}},
	    {"l3:2 core:4", 8, {1, 1, 1, 1, 1, 1, 1, 1}},
	    {"package:2 l3:4 core:8", 3, {24, 16, 24}},
	    {"package:2 l3:4 core:8", 4, {16, 16, 16, 16}},
	    {"tests/support/uneven.xml", 3, {2, 4, 2}},
	    {"tests/support/uneven.xml", 2, {4, 4}}, /* two and six would be too unlike */
	};
	for (size_t i = 0; i < sizeof WANTED_PARTS / sizeof *WANTED_PARTS; i++) {
		struct ff_topology t = described(WANTED_PARTS[i].description, false, 0);
		int next = 0;
		for (int part = 0; part < WANTED_PARTS[i].parts; part++) {
			int first = -1, n = -1;
			ff_scenario("%s, part %d of %d", WANTED_PARTS[i].description, part, WANTED_PARTS[i].parts);
			ff_topology_part(&t, WANTED_PARTS[i].parts, part, &first, &n);
			CHECK_INT(first, next);
			CHECK_INT(n, WANTED_PARTS[i].sizes[part]);
			next += n;
		}
		CHECK_INT(next, t.n_places);
		ff_topology_fini(&t);
	}
}

/* For any number of parts: all places, each part at least one, none more than twice what an equal part would be. */
static void parts_cover_all_places(void)
{
	static const char *const MACHINES[] = {"core:13", "package:2 numa:2 l3:3 core:5", "tests/support/uneven.xml"};
	for (size_t m = 0; m < sizeof MACHINES / sizeof *MACHINES; m++) {
		struct ff_topology t = described(MACHINES[m], false, 0);
		for (int parts = 1; parts <= t.n_places; parts++) {
			int next = 0, first = 0, n = 0;
			for (int part = 0; part < parts; part++, next += n) {
				ff_scenario("%s, part %d of %d", MACHINES[m], part, parts);
				ff_topology_part(&t, parts, part, &first, &n);
				CHECK_INT(first, next);
				CHECK(n >= 1 && n <= 2 * ((t.n_places + parts - 1) / parts));
			}
			CHECK_INT(next, t.n_places);
		}
		ff_topology_fini(&t);
	}
}

/* ---- binding ---- */

/* Runs in a thread of its own, so that the binding ends with it. */
static void *bind_in_turn(void *topology)
{
	const struct ff_topology *t = topology;
	struct ff_error error = {0};
	cpu_set_t before, mask;
	sched_getaffinity(0, sizeof before, &before);
	for (int i = 0; i < t->n_places; i++) {
		CHECK_INT(ff_topology_bind(t, &i, 1, &error), FF_OK);
		sched_getaffinity(0, sizeof mask, &mask);
		CHECK_INT(CPU_COUNT(&mask), 1);
		CHECK(CPU_ISSET(t->places[i].processor, &mask));
		CHECK_INT(sched_getcpu(), t->places[i].processor);
	}
	struct ff_topology one = here(0); /* as one sees the machine from there */
	CHECK_INT(one.n_places, 1);
	CHECK_INT(one.places[0].processor, t->places[t->n_places - 1].processor);
	CHECK_INT(one.limits.affinity, 1);
	ff_topology_fini(&one);
	const int both[] = {0, t->n_places - 1};
	CHECK_INT(ff_topology_bind(t, both, 2, &error), FF_OK);
	sched_getaffinity(0, sizeof mask, &mask);
	CHECK_INT(CPU_COUNT(&mask), t->n_places == 1 ? 1 : 2);
	CHECK_INT(ff_topology_bind(t, &t->n_places, 1, &error), FF_ERROR_USAGE);
	CHECK_HAS(error.what, "there is no place");
	CHECK_INT(ff_topology_bind(t, NULL, 0, &error), FF_OK);
	sched_getaffinity(0, sizeof mask, &mask);
	CHECK(CPU_EQUAL(&mask, &before));
	return NULL;
}

static void threads_are_bound_to_places(void)
{
	pthread_t thread;
	struct ff_topology t = here(0);
	if (!t.here)
		ff_test_skip("hwloc's environment variables name another machine");
	else if (CHECK_INT(pthread_create(&thread, NULL, bind_in_turn, &t), 0))
		pthread_join(thread, NULL);
	ff_topology_fini(&t);
}

struct seen {
	const struct ff_topology *topology;
	int processor[64]; /* that each item was worked on, or -1 if its thread may run on several */
};

/* One item for each thread of a team; the split is the same in every region. */
static void look(void *context, size_t begin, size_t end)
{
	struct seen *seen = context;
	cpu_set_t mask;
	sched_getaffinity(0, sizeof mask, &mask);
	for (size_t i = begin; i < end; i++)
		seen->processor[i] = CPU_COUNT(&mask) == 1 ? sched_getcpu() : -1;
}

static void *bind_team(void *context)
{
	struct seen *seen = context;
	struct ff_error error = {0};
	const struct ff_team team = {seen->topology->n_places < 64 ? seen->topology->n_places : 64};
	CHECK_INT(ff_team_bind(&team, seen->topology, 0, &error), FF_OK);
	ff_team_for(&team, (size_t)team.threads, 1, look, seen);
	for (int i = 0; i < team.threads && team.threads > 1; i++)
		CHECK_INT(seen->processor[i], seen->topology->places[i].processor);
	CHECK_INT(ff_team_bind(&team, seen->topology, 1, &error), FF_ERROR_USAGE); /* the last has no place */
	CHECK_HAS(error.what, "there is no place");
	return NULL;
}

static void a_team_is_bound_a_place_each(void)
{
	pthread_t thread;
	struct ff_topology t = here(0);
	struct seen seen = {.topology = &t};
	if (!t.here)
		ff_test_skip("hwloc's environment variables name another machine");
	else if (CHECK_INT(pthread_create(&thread, NULL, bind_team, &seen), 0))
		pthread_join(thread, NULL);
	ff_topology_fini(&t);
}

static void described_machines_bind_nothing(void)
{
	struct ff_topology t = described("core:1", false, 0);
	struct ff_error error = {0};
	cpu_set_t before, after;
	sched_getaffinity(0, sizeof before, &before);
	CHECK_INT(ff_topology_bind(&t, &(int){0}, 1, &error), FF_ERROR_USAGE);
	CHECK_HAS(error.what, "described");
	sched_getaffinity(0, sizeof after, &after);
	CHECK(CPU_EQUAL(&before, &after));
	ff_topology_fini(&t);
	ff_topology_fini(&t);
}

FF_TESTS("topology", {"described machines are counted", described_machines_are_counted},
         {"places name processor, cache, node and package", places_name_processor_cache_node_and_package},
         {"uneven caches keep domains together", uneven_caches_keep_domains_together},
         {"the first places are taken", the_first_places_are_taken},
         {"this machine is what the mask allows", this_machine_is_what_the_mask_allows},
         {"the smallest variable wins", the_smallest_variable_wins},
         {"variables leave fewer places", variables_leave_fewer_places},
         {"parts end where a domain does", parts_end_where_a_domain_does},
         {"parts cover all places", parts_cover_all_places},
         {"a team is bound, a place each", a_team_is_bound_a_place_each},
         {"threads are bound to places", threads_are_bound_to_places},
         {"described machines bind nothing", described_machines_bind_nothing})
