#include "machine/topology.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include <hwloc.h>

#include "machine/cgroup.h"
#include "machine/topology_text.h"

/* What binding needs from hwloc. */
struct machine {
	hwloc_topology_t hwloc;
	hwloc_bitmap_t usable;
};

/* A topology that is being built, in the order of hwloc's tree. */
struct build {
	struct ff_topology *t;
	hwloc_bitmap_t usable;
	bool hyper_threads;
	int n;                          /* places to make */
	hwloc_obj_t core, key, package; /* of the last place */
};

const char *ff_topology_library(void)
{
	static char text[48];
	unsigned version = hwloc_get_api_version();
	if (!*text)
		snprintf(text, sizeof text, "hwloc %u.%u.%u", version >> 16, version >> 8 & 0xff, version & 0xff);
	return text;
}

static ff_status no_memory(struct ff_error *error)
{
	return ff_fail(error, FF_ERROR_MEMORY, "no memory for the machine's topology");
}

static bool is_file(const char *description)
{
	size_t n = strlen(description);
	return n > 4 && strcasecmp(description + n - 4, ".xml") == 0;
}

/* With libxml2 hwloc notices this when it opens the file, without libxml2 when it reads it. */
static ff_status not_in_xml(const char *description, struct ff_error *error)
{
	return ff_fail_at(error, FF_ERROR_USAGE, description, "write it with hwloc's `lstopo machine.xml`",
	                  "is not a topology in XML as hwloc writes it");
}

static ff_status describe(hwloc_topology_t hwloc, const char *description, struct ff_error *error)
{
	char words[1024];
	if (is_file(description)) {
		if (access(description, R_OK) != 0)
			return ff_fail_at(error, FF_ERROR_IO, description,
			                  "write one with hwloc's `lstopo machine.xml` on that machine",
			                  "cannot read the topology: %s", strerror(errno));
		if (hwloc_topology_set_xml(hwloc, description) != 0)
			return not_in_xml(description, error);
		return FF_OK;
	}
	FF_TRY(ff_topology_text(description, words, sizeof words, error));
	if (hwloc_topology_set_synthetic(hwloc, words) != 0)
		return ff_fail_at(error, FF_ERROR_USAGE, NULL, "describe it in words, such as " FF_TOPOLOGY_EXAMPLES,
		                  "topology '%.160s': hwloc does not understand it", description);
	return FF_OK;
}

/* Reads machine->hwloc; the caller frees it also after an error. */
static ff_status load(struct machine *machine, const char *description, struct ff_error *error)
{
	if (hwloc_topology_init(&machine->hwloc) != 0) {
		machine->hwloc = NULL;
		return no_memory(error);
	}
	if (description)
		FF_TRY(describe(machine->hwloc, description, error));
	hwloc_topology_set_flags(machine->hwloc, HWLOC_TOPOLOGY_FLAG_INCLUDE_DISALLOWED);
	errno = 0;
	if (hwloc_topology_load(machine->hwloc) == 0)
		return FF_OK;
	if (description && is_file(description))
		return not_in_xml(description, error);
	if (description)
		return ff_fail_at(error, FF_ERROR_USAGE, NULL, "describe it in words, such as " FF_TOPOLOGY_EXAMPLES,
		                  "topology '%.160s': hwloc cannot load it", description);
	return ff_fail(error, FF_ERROR_INTERNAL, "hwloc cannot read this machine's topology: %s", strerror(errno));
}

/* The core of a processor; the processor itself if the machine does not report cores. */
static hwloc_obj_t core_of(hwloc_topology_t hwloc, hwloc_obj_t pu)
{
	hwloc_obj_t core = hwloc_get_ancestor_obj_by_type(hwloc, HWLOC_OBJ_CORE, pu);
	return core ? core : pu;
}

static int count_cores(const struct machine *machine)
{
	int n = 0;
	hwloc_obj_t last = NULL;
	for (hwloc_obj_t pu = NULL; (pu = hwloc_get_next_obj_by_type(machine->hwloc, HWLOC_OBJ_PU, pu));) {
		hwloc_obj_t core = core_of(machine->hwloc, pu);
		if (!hwloc_bitmap_isset(machine->usable, pu->os_index) || core == last)
			continue;
		n++;
		last = core;
	}
	return n;
}

/* Fills machine->usable and the limits; *n is the number of places. */
static ff_status restrict_to_ours(struct machine *machine, const struct ff_topology_options *options,
                                  struct ff_topology *t, int *n, struct ff_error *error)
{
	hwloc_bitmap_t mask = hwloc_bitmap_alloc();
	machine->usable = hwloc_bitmap_dup(hwloc_topology_get_allowed_cpuset(machine->hwloc));
	if (!mask || !machine->usable) {
		hwloc_bitmap_free(mask);
		return no_memory(error);
	}
	struct ff_topology_limits *limits = &t->limits;
	limits->machine = hwloc_get_nbobjs_by_type(machine->hwloc, HWLOC_OBJ_PU);
	limits->allowed = hwloc_bitmap_weight(machine->usable);
	if (t->here && hwloc_get_cpubind(machine->hwloc, mask, HWLOC_CPUBIND_THREAD) == 0)
		hwloc_bitmap_and(machine->usable, machine->usable, mask);
	hwloc_bitmap_free(mask);
	limits->affinity = hwloc_bitmap_weight(machine->usable);
	limits->unused = options->hyper_threads ? 0 : limits->affinity - count_cores(machine);
	limits->most = options->most;
	limits->narrowed = t->here && (limits->affinity < limits->allowed ||
	                               (limits->allowed < limits->machine && ff_batch_system_is_job()));
	limits->batch = t->here ? ff_batch_system_limit() : (struct ff_batch_system_limit){0};
	limits->quota = t->here ? ff_cgroup_quota() : INFINITY;
	*n = ff_topology_open_places(t);
	if (*n <= 0)
		return ff_fail(error, FF_ERROR_INTERNAL, "this process may use none of the machine's %d processors",
		               limits->machine);
	limits->quota_cut = limits->quota <= *n - 1;
	if (limits->quota_cut)
		*n = limits->quota > 1 ? (int)ceil(limits->quota) : 1;
	limits->batch_cut = limits->batch.processors > 0 && limits->batch.processors < *n;
	if (limits->batch_cut)
		*n = limits->batch.processors;
	*n = options->most > 0 && options->most < *n ? options->most : *n;
	return FF_OK;
}

/* Whether obj is a core or inside one. */
static bool is_of_one_core(hwloc_topology_t hwloc, hwloc_obj_t obj)
{
	hwloc_obj_t pu = obj;
	while (pu->arity)
		pu = pu->children[0];
	return hwloc_bitmap_isincluded(obj->cpuset, core_of(hwloc, pu)->cpuset);
}

/* The NUMA node nearest to a processor. Of several, such as DRAM and HBM, the one that the system counts first. NULL if
 * there is none. */
static hwloc_obj_t node_of(hwloc_topology_t hwloc, hwloc_const_nodeset_t set)
{
	int number = set ? hwloc_bitmap_first(set) : -1;
	return number < 0 ? NULL : hwloc_get_numanode_obj_by_os_index(hwloc, (unsigned)number);
}

/* The object whose cores form the cache domain of a processor. */
static hwloc_obj_t domain_of(hwloc_topology_t hwloc, hwloc_obj_t pu, hwloc_obj_t package, hwloc_obj_t node)
{
	for (hwloc_obj_t obj = pu; obj; obj = obj->parent)
		if (hwloc_obj_type_is_dcache(obj->type) && !is_of_one_core(hwloc, obj))
			return obj;
	if (package && node)
		return hwloc_bitmap_isincluded(node->cpuset, package->cpuset) ? node : package;
	return package ? package : node ? node : hwloc_get_root_obj(hwloc);
}

static int number_node(struct ff_topology *t, hwloc_obj_t node)
{
	if (!node)
		return 0;
	if (!node->userdata)
		node->userdata = t->places + t->n_nodes++; /* an address for each number */
	return (int)((struct ff_place *)node->userdata - t->places);
}

static void add_place(struct build *b, hwloc_topology_t hwloc, hwloc_obj_t pu)
{
	struct ff_topology *t = b->t;
	hwloc_obj_t core = core_of(hwloc, pu), package = hwloc_get_ancestor_obj_by_type(hwloc, HWLOC_OBJ_PACKAGE, pu);
	hwloc_obj_t node = node_of(hwloc, pu->nodeset), key = domain_of(hwloc, pu, package, node);
	if (key != b->key) {
		bool cache = hwloc_obj_type_is_dcache(key->type);
		t->domains[t->n_domains++] = (struct ff_domain){cache ? (int)key->attr->cache.depth : 0,
		                                                cache ? key->attr->cache.size : 0, t->n_places, 0};
	}
	t->n_cores += core != b->core;
	t->n_packages += t->n_packages == 0 || package != b->package;
	int number = number_node(t, node);
	t->n_nodes += t->n_nodes == 0;
	t->domains[t->n_domains - 1].n_places++;
	t->places[t->n_places++] =
	    (struct ff_place){(int)pu->os_index, t->n_cores - 1, t->n_domains - 1, number, t->n_packages - 1};
	b->core = core, b->key = key, b->package = package;
}

/* Describes an object at this depth as a part; false if it is not one. */
static bool part_from(hwloc_topology_t hwloc, hwloc_obj_t obj, int depth, struct ff_part *part)
{
	*part =
	    (struct ff_part){.number = obj->os_index == HWLOC_UNKNOWN_INDEX ? -1 : (int)obj->os_index, .depth = depth};
	if (obj->type == HWLOC_OBJ_MACHINE) {
		part->kind = FF_PART_MACHINE;
	} else if (obj->type == HWLOC_OBJ_PACKAGE) {
		part->kind = FF_PART_PACKAGE;
	} else if (obj->type == HWLOC_OBJ_GROUP || obj->type == HWLOC_OBJ_DIE) {
		part->kind = FF_PART_GROUP;
	} else if (hwloc_obj_type_is_dcache(obj->type)) {
		part->kind = FF_PART_CACHE;
		part->level = (int)obj->attr->cache.depth;
		part->bytes = obj->attr->cache.size;
	} else if (obj->type == HWLOC_OBJ_NUMANODE) {
		part->kind = FF_PART_NODE;
		part->bytes = obj->attr->numanode.local_memory;
	} else if (obj->type == HWLOC_OBJ_CORE || (obj->type == HWLOC_OBJ_PU && core_of(hwloc, obj) == obj)) {
		part->kind = FF_PART_CORE;
	} else {
		return false;
	}
	return true;
}

static void visit(struct build *b, hwloc_topology_t hwloc, hwloc_obj_t obj, int depth);

/* Visits the cores that share no cache inside obj first, then objects with several cores, so that the places of a cache
 * domain stay together. */
static void visit_children(struct build *b, hwloc_topology_t hwloc, hwloc_obj_t obj, int depth)
{
	for (int several = 0; several <= 1; several++)
		for (unsigned i = 0; i < obj->arity; i++)
			if (is_of_one_core(hwloc, obj->children[i]) != several)
				visit(b, hwloc, obj->children[i], depth);
}

/* Adds the parts and places of obj; a part without places is removed again. */
static void visit(struct build *b, hwloc_topology_t hwloc, hwloc_obj_t obj, int depth)
{
	struct ff_topology *t = b->t;
	struct ff_part found[2]; /* the object and the memory beside it */
	int first = t->n_places, cores = t->n_cores, begin = t->n_parts, n = part_from(hwloc, obj, depth, &found[0]);
	hwloc_obj_t node = obj->memory_arity ? node_of(hwloc, obj->nodeset) : NULL;
	if (node)
		n += part_from(hwloc, node, depth + n, &found[n]);
	t->n_parts += n;
	if (obj->type == HWLOC_OBJ_PU && t->n_places < b->n && hwloc_bitmap_isset(b->usable, obj->os_index) &&
	    (b->hyper_threads || core_of(hwloc, obj) != b->core))
		add_place(b, hwloc, obj);
	visit_children(b, hwloc, obj, depth + n);
	for (int i = 0; i < n; i++) {
		found[i].first = first;
		found[i].n_places = t->n_places - first;
		found[i].n_cores = t->n_cores - cores;
		t->parts[begin + i] = found[i];
	}
	if (t->n_places == first)
		t->n_parts = begin;
}

/* Upper limit of the tree's parts. */
static size_t count_objects(hwloc_topology_t hwloc)
{
	size_t n = (size_t)hwloc_get_nbobjs_by_type(hwloc, HWLOC_OBJ_NUMANODE);
	for (int depth = 0; depth < hwloc_topology_get_depth(hwloc); depth++)
		n += hwloc_get_nbobjs_by_depth(hwloc, depth);
	return n;
}

static ff_status build(struct ff_topology *t, struct machine *machine, const struct ff_topology_options *options,
                       struct ff_error *error)
{
	int n = 0;
	FF_TRY(restrict_to_ours(machine, options, t, &n, error));
	t->places = calloc((size_t)n, sizeof *t->places);
	t->domains = calloc((size_t)n, sizeof *t->domains);
	t->parts = calloc(count_objects(machine->hwloc), sizeof *t->parts);
	if (!t->places || !t->domains || !t->parts)
		return no_memory(error);
	struct build b = {.t = t, .usable = machine->usable, .hyper_threads = options->hyper_threads, .n = n};
	visit(&b, machine->hwloc, hwloc_get_root_obj(machine->hwloc), 0);
	return FF_OK;
}

ff_status ff_topology_init(struct ff_topology *topology, const struct ff_topology_options *options,
                           struct ff_error *error)
{
	struct machine *machine = calloc(1, sizeof *machine);
	*topology = (struct ff_topology){.machine = machine};
	if (!machine)
		return no_memory(error);
	ff_status status = load(machine, options->description, error);
	topology->here = status == FF_OK && hwloc_topology_is_thissystem(machine->hwloc);
	if (status == FF_OK)
		status = build(topology, machine, options, error);
	if (status != FF_OK)
		ff_topology_fini(topology);
	return status;
}

void ff_topology_fini(struct ff_topology *topology)
{
	struct machine *machine = topology->machine;
	if (machine && machine->hwloc)
		hwloc_topology_destroy(machine->hwloc);
	if (machine)
		hwloc_bitmap_free(machine->usable);
	free(machine);
	free(topology->places);
	free(topology->domains);
	free(topology->parts);
	*topology = (struct ff_topology){0};
}

/* Fills the set with the processors of the places; the caller frees it also after an error. */
static ff_status set_of(const struct ff_topology *t, const int *places, int n, hwloc_bitmap_t set,
                        struct ff_error *error)
{
	for (int i = 0; i < n; i++) {
		if (places[i] < 0 || places[i] >= t->n_places)
			return ff_fail(error, FF_ERROR_USAGE, "there is no place %d of %d", places[i], t->n_places);
		if (hwloc_bitmap_set(set, (unsigned)t->places[places[i]].processor) != 0)
			return no_memory(error);
	}
	return FF_OK;
}

ff_status ff_topology_bind(const struct ff_topology *topology, const int *places, int n, struct ff_error *error)
{
	const struct machine *machine = topology->machine;
	if (!topology->here)
		return ff_fail(error, FF_ERROR_USAGE, "a described topology has no processors to bind a thread to");
	hwloc_bitmap_t set = n > 0 ? hwloc_bitmap_alloc() : hwloc_bitmap_dup(machine->usable);
	if (!set)
		return no_memory(error);
	ff_status status = set_of(topology, places, n, set, error);
	if (status == FF_OK && hwloc_set_cpubind(machine->hwloc, set, HWLOC_CPUBIND_THREAD) != 0)
		status = ff_fail(error, FF_ERROR_IO, "cannot bind a thread to %d processor%s: %s",
		                 hwloc_bitmap_weight(set), hwloc_bitmap_weight(set) == 1 ? "" : "s", strerror(errno));
	hwloc_bitmap_free(set);
	return status;
}
