#include "cli/topology_print.h"

#include <math.h>
#include <string.h>

#include "base/json.h"
#include "plan/bind.h"

enum { LINE = 100 }; /* columns of the order */

/* Bytes in the largest unit of which there is one. */
static const char *size_text(size_t bytes, char *text, size_t size)
{
	static const char *const UNITS[] = {"B", "KiB", "MiB", "GiB", "TiB"};
	double number = (double)bytes;
	int unit = 0;
	for (; number >= 1024 && unit < 4; unit++)
		number /= 1024;
	snprintf(text, size, "%.4g %s", number, UNITS[unit]);
	return text;
}

static void print_label(const struct ff_part *part, FILE *stream)
{
	static const char *const NAMES[] = {
	    [FF_PART_MACHINE] = "machine", [FF_PART_PACKAGE] = "package", [FF_PART_NODE] = "NUMA node",
	    [FF_PART_GROUP] = "group",     [FF_PART_CACHE] = "L",         [FF_PART_CORE] = "core"};
	char text[32];
	fputs(NAMES[part->kind], stream);
	if (part->kind == FF_PART_CACHE)
		fprintf(stream, "%d", part->level);
	if (part->bytes)
		fprintf(stream, " %s", size_text(part->bytes, text, sizeof text));
}

/* Parts of the tree below and with part i. */
static int tree_size(const struct ff_topology *t, int i)
{
	int end = i + 1;
	while (end < t->n_parts && t->parts[end].depth > t->parts[i].depth)
		end++;
	return end - i;
}

/* Whether the trees of n parts at i and j differ in nothing but the system's numbers. */
static bool equal_trees(const struct ff_topology *t, int i, int j, int n)
{
	for (int k = 0; k < n; k++) {
		const struct ff_part *a = &t->parts[i + k], *b = &t->parts[j + k];
		if (a->kind != b->kind || a->level != b->level || a->bytes != b->bytes || a->depth != b->depth ||
		    a->n_places != b->n_places || a->n_cores != b->n_cores)
			return false;
	}
	return true;
}

/* One line for `times` trees like that at part i, then what is inside; parts with only one part inside share its
 * line. */
static void print_trees(const struct ff_topology *t, int i, int times, int indent, FILE *stream)
{
	int end = i + tree_size(t, i);
	const char *each = times > 1 ? " each" : "";
	fprintf(stream, "%*s", indent, "");
	if (times > 1)
		fprintf(stream, "%d x ", times);
	print_label(&t->parts[i], stream);
	while (i + 1 < end && tree_size(t, i + 1) == end - i - 1) {
		fputs(" + ", stream);
		print_label(&t->parts[++i], stream);
	}
	if (t->parts[i].kind != FF_PART_CORE)
		fprintf(stream, ": %d core%s%s", t->parts[i].n_cores, t->parts[i].n_cores == 1 ? "" : "s", each);
	else if (t->parts[i].n_places > 1)
		fprintf(stream, ": %d hyper-threads%s", t->parts[i].n_places, each);
	fputc('\n', stream);
	for (int child = i + 1; child < end;) {
		int n = tree_size(t, child), same = 1;
		while (child + same * n < end && tree_size(t, child + same * n) == n &&
		       equal_trees(t, child, child + same * n, n))
			same++;
		print_trees(t, child, same, indent + 2, stream);
		child += same * n;
	}
}

void ff_topology_print_tree(const struct ff_topology *topology, FILE *stream)
{
	print_trees(topology, 0, 1, 0, stream);
}

/* The OpenMP runtime sets the mask of the first thread before the program begins. */
static void print_mask(const struct ff_topology_limits *l, FILE *stream)
{
	const char *variable = ff_binding_variable();
	fprintf(stream, "  %d of %d processors: the affinity mask allows no more (taskset, a batch system%s%s)\n",
	        l->affinity, l->allowed, variable ? ", or the OpenMP runtime: see " : "", variable ? variable : "");
}

void ff_topology_print_limits(const struct ff_topology *topology, FILE *stream)
{
	const struct ff_topology_limits *l = &topology->limits;
	if (l->allowed < l->machine)
		fprintf(stream, "  %d of %d processors: the control group's list (cpuset) allows no more\n", l->allowed,
		        l->machine);
	if (l->affinity < l->allowed)
		print_mask(l, stream);
	if (l->unused)
		fprintf(stream,
		        "  %d of %d processors: one per core, its other hyper-threads stay unused (--smt uses them)\n",
		        l->affinity - l->unused, l->affinity);
	if (isfinite(l->quota))
		fprintf(stream, "  cgroup quota: %.4g processors%s\n", l->quota,
		        l->quota_cut ? ", so only the first places count, and no thread is bound" : "");
	if (l->batch.processors)
		fprintf(stream, "  %s is %d%s\n", l->batch.variable, l->batch.processors,
		        l->batch_cut ? ", so only the first places count" : ", which limits nothing");
	if (l->batch.unreadable)
		fprintf(stream, "  %s is not a number of processors and is ignored\n", l->batch.unreadable);
	if (l->affinity - l->unused == l->machine && !isfinite(l->quota) && !l->batch.processors)
		fprintf(stream, "  none: all %d processor%s\n", l->machine, l->machine == 1 ? "" : "s");
}

void ff_topology_print_order(const struct ff_topology *topology, FILE *stream)
{
	int column = 0;
	for (int d = 0; d < topology->n_domains; d++) {
		int i = topology->domains[d].first, end = i + topology->domains[d].n_places;
		while (i < end) {
			char text[48], word[56];
			bool begins = d > 0 && i == topology->domains[d].first;
			i = ff_topology_run_text(topology, i, end, text, sizeof text);
			int n = snprintf(word, sizeof word, "%s%s", begins ? "| " : "", text);
			if (column + 1 + n > LINE) {
				fputc('\n', stream);
				column = 0;
			}
			column += fprintf(stream, column ? " %s" : "  %s", word);
		}
	}
	fputc('\n', stream);
}

static json_t *limits_to_json(const struct ff_topology_limits *l)
{
	return json_pack("{si si si si so sb so ss? sb sb ss?}", "machine", l->machine, "cpuset", l->allowed,
	                 "affinity", l->affinity, "hyper_threads_unused", l->unused, "quota", ff_json_real(l->quota),
	                 "quota_cut", l->quota_cut, "environment",
	                 l->batch.processors ? json_integer(l->batch.processors) : json_null(), "variable",
	                 l->batch.variable, "environment_cut", l->batch_cut, "narrowed", l->narrowed, "openmp_binding",
	                 ff_binding_variable());
}

/* [n], each made by `make` from the topology and its index; NULL without memory. */
static json_t *list(const struct ff_topology *t, int n, json_t *(*make)(const struct ff_topology *t, int i))
{
	json_t *array = json_array();
	for (int i = 0; i < n; i++)
		if (json_array_append_new(array, make(t, i)) != 0) {
			json_decref(array);
			return NULL;
		}
	return array;
}

static json_t *place_to_json(const struct ff_topology *t, int i)
{
	const struct ff_place *p = &t->places[i];
	return json_pack("{si si si si si}", "processor", p->processor, "core", p->core, "domain", p->domain, "node",
	                 p->node, "package", p->package);
}

static json_t *domain_to_json(const struct ff_topology *t, int i)
{
	const struct ff_domain *d = &t->domains[i];
	return json_pack("{si sI si si}", "level", d->level, "bytes", (json_int_t)d->bytes, "first", d->first, "places",
	                 d->n_places);
}

static json_t *part_to_json(const struct ff_topology *t, int i)
{
	static const char *const KINDS[] = {"machine", "package", "node", "group", "cache", "core"};
	const struct ff_part *p = &t->parts[i];
	return json_pack("{ss si si si sI si si si}", "kind", KINDS[p->kind], "depth", p->depth, "level", p->level,
	                 "number", p->number, "bytes", (json_int_t)p->bytes, "first", p->first, "places", p->n_places,
	                 "cores", p->n_cores);
}

json_t *ff_topology_to_json(const struct ff_topology *topology, const char *name)
{
	return json_pack("{so sb si si si so so so so}", "machine", ff_json_text(name), "here", topology->here, "cores",
	                 topology->n_cores, "nodes", topology->n_nodes, "packages", topology->n_packages, "limits",
	                 limits_to_json(&topology->limits), "domains",
	                 list(topology, topology->n_domains, domain_to_json), "places",
	                 list(topology, topology->n_places, place_to_json), "parts",
	                 list(topology, topology->n_parts, part_to_json));
}
