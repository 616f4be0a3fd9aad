#include "machine/topology.h"

#include "cli/cli.h"
#include "cli/print.h"
#include "cli/topology_print.h"

static const char *plural(int n)
{
	return n == 1 ? "" : "s";
}

static void print_topology(const struct ff_topology *t, const char *name)
{
	printf("%s: %d core%s in %d package%s, %d NUMA node%s, %d cache domain%s; at most %d thread%s\n\n", name,
	       t->n_cores, plural(t->n_cores), t->n_packages, plural(t->n_packages), t->n_nodes, plural(t->n_nodes),
	       t->n_domains, plural(t->n_domains), t->n_places, plural(t->n_places));
	ff_topology_print_tree(t, stdout);
	puts("\nlimits");
	ff_topology_print_limits(t, stdout);
	puts("\nstages take processors in this order (| separates cache domains)");
	ff_topology_print_order(t, stdout);
}

ff_status ff_command_topology(const struct ff_arguments *arguments, struct ff_error *error)
{
	struct ff_topology topology;
	const struct ff_topology_options options = {arguments->topology, arguments->smt, 0};
	FF_TRY(ff_topology_init(&topology, &options, error));
	const char *name = arguments->topology ? arguments->topology
	                   : topology.here     ? "this machine"
	                                       : "the machine that hwloc's environment variables name";
	ff_status status = FF_OK;
	if (arguments->json)
		status = ff_print_json(ff_topology_to_json(&topology, name), error);
	else
		print_topology(&topology, name);
	ff_topology_fini(&topology);
	return status;
}
