/* Machines described in words: what is wrong with them, and their sizes. */
#include "support/harness.h"

#include <stdint.h>
#include <string.h>

#include "machine/topology.h"

static void bad_descriptions_are_named(void)
{
	static const struct {
		const char *description, *what;
	} BAD[] = {
	    {"", "is empty"},
	    {" ", "is empty"},
	    {"core:0", "'core:0': the count is not"},
	    {"core:-1", "'core:-1': the count is not"},
	    {"core:+1", "'core:+1': the count is not"},
	    {"core:4x", "'core:4x': the count is not"},
	    {"core:", "'core:': the count is not"},
	    {"core:99999999999999999999", "the count is not a whole number from 1 to 4096"},
	    {"core:4097", "the count is not a whole number from 1 to 4096"},
	    {"package:64 core:65", "'core:65': this makes more than 4096"},
	    {"core:4096 pu:2", "'pu:2': this makes more than 4096"},
	    {"banana:3", "'banana:3': no such level"},
	    {"package:2 banana:3 core:1", "'banana:3': no such level"},
	    {":3", "':3': no such level"},
	    {"4", "'4': is not LEVEL:COUNT"},
	    {"core 4", "'core': is not LEVEL:COUNT"},
	    {"package:2 l3:8", "it has no cores"},
	    {"numa:2", "it has no cores"},
	    {"package:2 pu:4", "'pu:4': the level before pu must be core"},
	    {"core:4 package:2", "'package:2': this level cannot be inside"},
	    {"core:4 numa:2", "'numa:2': this level cannot be inside"},
	    {"core:4 core:4", "'core:4': this level is given twice"},
	    {"socket:4 package:2 core:1", "'package:2': this level is given twice"},
	    {"l3:2(size=3MiB core:1", "'l3:2(size=3MiB': only (size=32MiB)"},
	    {"l3:2(size=) core:1", "the size is not a whole number"},
	    {"l3:2(banana=3) core:1", "only (size=32MiB)"},
	    {"core:2 pu:2(indexes=0,0,0,0)", "only (size=32MiB)"},
	    {"l3:2(size=3x) core:1", "'l3:2(size=3x)': the size is not a whole number with KiB"},
	    {"l3:2(size=MiB) core:1", "the size is not a whole number"},
	    {"l3:2(size=-3MiB) core:1", "the size is not a whole number"},
	    {"l3:2(size=0x3MiB) core:1", "the size is not a whole number"},
	    {"l3:2(size=99999999999999999999GiB) core:2",
	     "'l3:2(size=99999999999999999999GiB)': the size is 2^64 bytes or more"},
	    {"l3:2(size=17179869184GiB) core:2", "the size is 2^64 bytes or more"},
	    {"numa:2(memory=18446744073709551616) core:2", "the size is 2^64 bytes or more"},
	    {"core:1(size=3MiB)", "'core:1(size=3MiB)': only (size=32MiB) for a cache"},
	    {"numa:1(size=3MiB) core:1", "only (size=32MiB) for a cache or (memory=64GiB) for numa"},
	};
	for (size_t i = 0; i < sizeof BAD / sizeof *BAD; i++) {
		struct ff_topology t;
		struct ff_error error = {0};
		ff_scenario("%s", BAD[i].description);
		CHECK_INT(ff_topology_init(&t, &(struct ff_topology_options){BAD[i].description, false, 0}, &error),
		          FF_ERROR_USAGE);
		CHECK_HAS(error.what, BAD[i].what);
		CHECK_HAS(error.what, BAD[i].description);
		CHECK(*error.hint);
		CHECK(!t.places && !t.machine);
		ff_topology_fini(&t);
	}
	struct ff_topology t;
	struct ff_error error = {0};
	char many[1200] = "";
	for (size_t i = 0; i + 9 < sizeof many; i += 8)
		memcpy(many + i, "group:1 ", 9);
	CHECK_INT(ff_topology_init(&t, &(struct ff_topology_options){.description = many}, &error), FF_ERROR_USAGE);
	CHECK_HAS(error.what, "too long");
	CHECK_INT(ff_topology_init(&t, &(struct ff_topology_options){.description = "no/such.xml"}, &error),
	          FF_ERROR_IO);
	CHECK_TEXT(error.where, "no/such.xml");
}

static void sizes_have_units(void)
{
	static const char *const SAME[] = {"l3:2(size=64MiB) core:2", "l3:2(size=65536KiB) core:2",
	                                   "l3:2(Size=67108864) core:2", "l3:2(size=00064mib) core:2"};
	for (size_t i = 0; i < sizeof SAME / sizeof *SAME; i++) {
		ff_scenario("%s", SAME[i]);
		struct ff_topology t;
		if (!CHECK_INT(ff_topology_init(&t, &(struct ff_topology_options){.description = SAME[i]}, NULL),
		               FF_OK))
			continue;
		CHECK_INT(t.domains[0].bytes, 64 << 20);
		ff_topology_fini(&t);
	}
	struct ff_topology t;
	const struct ff_topology_options most = {.description = "l3:2(size=17179869183GiB) core:2"};
	if (CHECK_INT(ff_topology_init(&t, &most, NULL), FF_OK))
		CHECK(t.domains[1].bytes == UINT64_C(17179869183) << 30);
	ff_topology_fini(&t);
}

FF_TESTS("topology text", {"bad descriptions are named", bad_descriptions_are_named},
         {"sizes have units", sizes_have_units})
