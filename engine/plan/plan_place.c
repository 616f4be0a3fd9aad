/* Which places a plan's leaders get: the shortest way through (leader, its first place), where a leader begins at the
 * end of the one before or at the beginning of a later cache domain. */
#include <stdint.h>
#include <stdlib.h>

#include "plan/plan.h"

/* What it costs a team to lie in one more domain, node or package; and neighbours not to share one. */
enum { TORN_DOMAIN = 1000, TORN_NODE = 1000 * 1000, TORN_PACKAGE = 1000 * 1000 * 1000, APART = 1 };

struct way {
	int64_t cost;
	int before; /* the first place of the leader before */
};

/* Teams in the order of the places: the source if it has a core of its own, then the leaders. */
struct chain {
	const struct ff_topology *topology;
	int n, threads[FF_MAX_STATIONS + 1];
	struct way *ways; /* [n x places] */
};

static int distance(const struct ff_place *a, const struct ff_place *b)
{
	return (a->domain != b->domain) + (a->node != b->node) + (a->package != b->package);
}

static int64_t team_cost(const struct ff_topology *t, int first, int threads)
{
	const struct ff_place *a = &t->places[first], *z = &t->places[first + threads - 1];
	return (int64_t)TORN_DOMAIN * (z->domain - a->domain) + (int64_t)TORN_NODE * (z->node - a->node) +
	       (int64_t)TORN_PACKAGE * (z->package - a->package);
}

static void offer(struct chain *c, int team, int first, int before, int64_t cost)
{
	const struct ff_topology *t = c->topology;
	if (first + c->threads[team] > t->n_places)
		return;
	cost += team_cost(t, first, c->threads[team]);
	if (team > 0)
		cost += APART * distance(&t->places[before + c->threads[team - 1] - 1], &t->places[first]);
	struct way *way = &c->ways[(size_t)team * (size_t)t->n_places + (size_t)first];
	if (way->cost < 0 || cost < way->cost)
		*way = (struct way){cost, before};
}

/* Every place where the team may begin if the one before ends before place `end`. */
static void offer_from(struct chain *c, int team, int end, int before, int64_t cost)
{
	const struct ff_topology *t = c->topology;
	offer(c, team, end, before, cost);
	for (int d = 0; d < t->n_domains; d++)
		if (t->domains[d].first > end)
			offer(c, team, t->domains[d].first, before, cost);
}

static void find_ways(struct chain *c)
{
	int places = c->topology->n_places;
	for (size_t i = 0; i < (size_t)c->n * (size_t)places; i++)
		c->ways[i].cost = -1;
	offer_from(c, 0, 0, 0, 0);
	for (int team = 1; team < c->n; team++)
		for (int first = 0; first < places; first++) {
			const struct way *way = &c->ways[(size_t)(team - 1) * (size_t)places + (size_t)first];
			if (way->cost >= 0)
				offer_from(c, team, first + c->threads[team - 1], first, way->cost);
		}
}

/* On a tie the first place. */
static void read_places(const struct chain *c, int own, struct ff_plan *plan)
{
	size_t places = (size_t)c->topology->n_places;
	const struct way *last = c->ways + (size_t)(c->n - 1) * places;
	int at = -1;
	for (int i = 0; i < (int)places; i++)
		if (last[i].cost >= 0 && (at < 0 || last[i].cost < last[at].cost))
			at = i;
	for (int team = c->n - 1; team >= 0; team--) {
		if (team < own)
			plan->source = at;
		else
			plan->first[team - own] = at;
		at = c->ways[(size_t)team * places + (size_t)at].before;
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
	chain.ways = malloc((size_t)chain.n * (size_t)topology->n_places * sizeof *chain.ways);
	if (!chain.ways)
		return ff_fail(error, FF_ERROR_MEMORY, "no memory to place %d teams", chain.n);
	find_ways(&chain);
	read_places(&chain, own, plan);
	free(chain.ways);
	return FF_OK;
}
