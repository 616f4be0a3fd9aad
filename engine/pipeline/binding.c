#include "pipeline/binding.h"

static void keep_failure(struct ff_binding *binding, const struct ff_error *error)
{
	if (!atomic_exchange_explicit(&binding->failed, true,
	                              memory_order_relaxed)) /* the rings order the write below for its reader */
		binding->failure = *error;
}

void ff_binding_enter(struct ff_binding *binding, int leader, const struct ff_team *team)
{
	struct ff_error error = {0};
	if (!binding || *binding->why_not)
		return;
	if (ff_team_bind(team, binding->topology, binding->first[leader], &error) != FF_OK)
		keep_failure(binding, &error);
}

void ff_binding_enter_source(struct ff_binding *binding)
{
	struct ff_error error = {0};
	if (!binding || *binding->why_not || binding->source == FF_BOUND_NOWHERE)
		return;
	if (ff_topology_bind(binding->topology, &binding->source, 1, &error) != FF_OK)
		keep_failure(binding, &error);
}
