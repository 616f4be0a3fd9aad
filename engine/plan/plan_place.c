/* Places a plan's leaders by dynamic programming: the cheapest path through states (leader, its first place), where a
 * leader begins at the end of the previous one or at the start of a later cache domain. */
#include <stdint.h>
#include <stdlib.h>

#include "plan/plan.h"

/* The cost of splitting a team across one more domain, node or package, and of neighbours that do not share one. */
enum { SPLIT_DOMAIN = 1000, SPLIT_NODE = 1000 * 1000, SPLIT_PACKAGE = 1000 * 1000 * 1000, APART = 1 };

struct path {
	int64_t cost;
	int before; /* the first place of the previous leader */
};

/* Teams in the order of the places: the source, if it has a core of its own, then the leaders. */
struct chain {
	const struct ff_topology *topology;
	int n, threads[FF_MAX_STATIONS + 1];
	struct path *paths; /* [n x places] */
};

static int distance(const struct ff_place *a, const struct ff_place *b)
{
	return (a->domain != b->domain) + (a->node != b->node) + (a->package != b->package);
}

static int64_t team_cost(const struct ff_topology *t, int first, int threads)
{
	const struct ff_place *a = &t->places[first], *z = &t->places[first + threads - 1];
	return (int64_t)SPLIT_DOMAIN * (z->domain - a->domain) + (int64_t)SPLIT_NODE * (z->node - a->node) +
	       (int64_t)SPLIT_PACKAGE * (z->package - a->package);
}

static void offer(struct chain *c, int team, int first, int before, int64_t cost)
{
	const struct ff_topology *t = c->topology;
	if (first + c->threads[team] > t->n_places)
		return;
	cost += team_cost(t, first, c->threads[team]);
	if (team > 0)
		cost += APART * distance(&t->places[before + c->threads[team - 1] - 1], &t->places[first]);
	struct path *path = &c->paths[(size_t)team * (size_t)t->n_places + (size_t)first];
	if (path->cost < 0 || cost < path->cost)
		*path = (struct path){cost, before};
}

/* Offers every place where the team may begin if the previous one ends before place `end`. */
static void offer_from(struct chain *c, int team, int end, int before, int64_t cost)
{
	const struct ff_topology *t = c->topology;
	offer(c, team, end, before, cost);
	for (int d = 0; d < t->n_domains; d++)
		if (t->domains[d].first > end)
			offer(c, team, t->domains[d].first, before, cost);
}

static void find_paths(struct chain *c)
{
	int places = c->topology->n_places;
	for (size_t i = 0; i < (size_t)c->n * (size_t)places; i++)
		c->paths[i].cost = -1;
	offer_from(c, 0, 0, 0, 0);
	for (int team = 1; team < c->n; team++)
		for (int first = 0; first < places; first++) {
			const struct path *path = &c->paths[(size_t)(team - 1) * (size_t)places + (size_t)first];
			if (path->cost >= 0)
				offer_from(c, team, first + c->threads[team - 1], first, path->cost);
		}
}

/* Follows the cheapest path back; of several it takes the one with the first place. */
static void read_places(const struct chain *c, int own, struct ff_plan *plan)
{
	size_t places = (size_t)c->topology->n_places;
	const struct path *last = c->paths + (size_t)(c->n - 1) * places;
	int at = -1;
	for (int i = 0; i < (int)places; i++)
		if (last[i].cost >= 0 && (at < 0 || last[i].cost < last[at].cost))
			at = i;
	for (int team = c->n - 1; team >= 0; team--) {
		if (team < own)
			plan->source = at;
		else
			plan->first[team - own] = at;
		at = c->paths[(size_t)team * places + (size_t)at].before;
	}
	if (!own)
		plan->source = plan->first[plan->host];
}

ff_status ff_plan_place(const struct ff_topology *topology, struct ff_plan *plan, struct ff_error *error)
{
	int own = plan->host == FF_PLAN_OWN;
	struct chain chain = {.topology = topology, .n = own + plan->n_leaders};
	if (plan->cores > topology->n_places)
		return ff_fail(error, FF_ERROR_USAGE, "a plan for %d cores does not fit on %d", plan->cores,
		               topology->n_places);
	chain.threads[0] = 1;
	for (int i = 0; i < plan->n_leaders; i++)
		chain.threads[own + i] = plan->leaders[i].threads;
	chain.paths = malloc((size_t)chain.n * (size_t)topology->n_places * sizeof *chain.paths);
	if (!chain.paths)
		return ff_fail(error, FF_ERROR_MEMORY, "no memory to place %d teams", chain.n);
	find_paths(&chain);
	read_places(&chain, own, plan);
	free(chain.paths);
	return FF_OK;
}
