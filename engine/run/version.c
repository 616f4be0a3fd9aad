#include "ffengine/version.h"

#include <stdio.h>

#include <jansson.h>
#include <libdeflate.h>
#include <sqlite3.h>
#include <yaml.h>
#include <zlib.h>
#ifdef FF_HAVE_FETCH
#include <curl/curl.h>
#endif

#include "machine/topology.h"
#include "model/kernel_sets.h"
#include "run/machine_type.h"

const char *ff_version(void)
{
	return FF_VERSION;
}

static const char *fetch_support(void)
{
#ifdef FF_HAVE_FETCH
	return curl_version();
#else
	return "no (built without libcurl)";
#endif
}

const char *ff_version_details(void)
{
	static char text[2048];
	struct ff_machine machine;
	if (*text)
		return text;
	ff_machine_describe(&machine);
	snprintf(text, sizeof text,
	         "processor   %s\n"
	         "matrices    %s\n"
	         "kernels     %s\n"
	         "compiler    %s\n"
	         "flags       %s\n"
	         "C library   %s\n"
	         "YAML        libyaml %s\n"
	         "JSON        jansson %s\n"
	         "gzip        zlib %s, libdeflate %s\n"
	         "run store   SQLite %s\n"
	         "topology    %s\n"
	         "data fetch  %s\n",
	         machine.cpu, machine.matrices, ff_kernels_best()->name, machine.compiler, FF_C_FLAGS, machine.libc,
	         yaml_get_version_string(), jansson_version_str(), zlibVersion(), LIBDEFLATE_VERSION_STRING,
	         sqlite3_libversion(), ff_topology_library(), fetch_support());
	return text;
}
