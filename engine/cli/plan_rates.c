#include "cli/plan_rates.h"

#include <errno.h>
#include <math.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "machine/topology.h"
#include "plan/calibrate.h"

#define LEAST 1e-3
#define MOST  1e6

/* Every rate has a name, a unit and bounds in files: those of any machine that a plan could be for. */
static const struct {
	const char *name;
	size_t offset;
	double unit, least, most;
} RATES[] = {
    {"gflops", offsetof(struct ff_rates, flops), 1e9, LEAST, MOST},
    {"packing_rows", offsetof(struct ff_rates, packing), 1, 0, MOST},
    {"cache_gigabytes", offsetof(struct ff_rates, cache_bandwidth), 1e9, LEAST, MOST},
    {"core_gigabytes", offsetof(struct ff_rates, bandwidth), 1e9, LEAST, MOST},
    {"node_gigabytes", offsetof(struct ff_rates, node_bandwidth), 1e9, LEAST, MOST},
    {"region_microseconds", offsetof(struct ff_rates, region), 1e-6, 0, MOST},
    {"hand_off_microseconds", offsetof(struct ff_rates, hand_off), 1e-6, 0, MOST},
};

enum { N_RATES = sizeof RATES / sizeof *RATES };

static double *rate_of(struct ff_rates *rates, int i)
{
	return (double *)(void *)((char *)rates + RATES[i].offset);
}

json_t *ff_rates_to_json(const struct ff_rates *rates)
{
	struct ff_rates copy = *rates;
	json_t *object = json_object();
	for (int i = 0; i < N_RATES; i++)
		if (json_object_set_new(object, RATES[i].name, ff_json_real(*rate_of(&copy, i) / RATES[i].unit)) != 0) {
			json_decref(object);
			return NULL;
		}
	return object;
}

static ff_status read_rate(const json_t *object, const char *path, int i, struct ff_rates *rates,
                           struct ff_error *error)
{
	const json_t *value = json_object_get(object, RATES[i].name);
	double number = json_number_value(value);
	if (!value)
		return ff_fail_at(error, FF_ERROR_DATA, path, "see what `ffengine plan FILE --json` prints as rates",
		                  "there is no rate '%s'", RATES[i].name);
	if (!json_is_number(value) || !(number >= RATES[i].least && number <= RATES[i].most))
		return ff_fail_at(error, FF_ERROR_DATA, path, NULL, "'%s' is not a number from %g to %.0f",
		                  RATES[i].name, RATES[i].least, RATES[i].most);
	*rate_of(rates, i) = number * RATES[i].unit;
	return FF_OK;
}

static ff_status read_file(const char *path, struct ff_rates *rates, struct ff_error *error)
{
	json_error_t fault;
	errno = 0;
	FILE *file = fopen(path, "re");
	if (!file)
		return ff_fail_at(error, FF_ERROR_IO, path, NULL, "cannot read the rates: %s", strerror(errno));
	json_t *root = json_loadf(file, 0, &fault);
	(void)fclose(file);
	if (!root)
		return ff_fail_at(error, FF_ERROR_DATA, path, NULL, "is not JSON: line %d: %s", fault.line, fault.text);
	const json_t *inner = json_object_get(root, "rates"), *object = inner ? inner : root;
	ff_status status = FF_OK;
	for (int i = 0; i < N_RATES && status == FF_OK; i++)
		status = read_rate(object, path, i, rates, error);
	json_decref(root);
	return status;
}

/* A number of the command line, in units of 1e9. */
static ff_status read_option(const char *option, const char *word, double *rate, struct ff_error *error)
{
	char *end;
	errno = 0;
	double number = strtod(word, &end);
	if (strspn(word, "0123456789.eE+-") != strlen(word) || *end || errno || !(number >= LEAST && number <= MOST))
		return ff_fail_at(error, FF_ERROR_USAGE, option, "give a number from 0.001 to 1000000, such as 95.5",
		                  "'%s' is not a rate", word);
	*rate = 1e9 * number;
	return FF_OK;
}

static ff_status measure(struct ff_rates *rates, struct ff_error *error)
{
	struct ff_topology here;
	FF_TRY(ff_topology_init(&here, &(struct ff_topology_options){0}, error));
	const struct ff_machine_model machine = ff_machine_model_of(&here, &ff_rates_table);
	ff_status status = ff_calibrate(&machine, rates, error);
	ff_topology_fini(&here);
	return status;
}

ff_status ff_rates_get(const struct ff_arguments *arguments, struct ff_rates *rates, enum ff_rates_from *from,
                       struct ff_error *error)
{
	*rates = ff_rates_table;
	*from = FF_RATES_GIVEN;
	if (arguments->rates && (arguments->rate || arguments->bandwidth))
		return ff_fail(error, FF_ERROR_USAGE, "--rates gives all rates: leave out --rate and --bandwidth");
	if (arguments->rates)
		return read_file(arguments->rates, rates, error);
	if (arguments->rate)
		FF_TRY(read_option("--rate", arguments->rate, &rates->flops, error));
	if (arguments->bandwidth)
		FF_TRY(read_option("--bandwidth", arguments->bandwidth, &rates->bandwidth, error));
	rates->node_bandwidth = fmax(rates->node_bandwidth, rates->bandwidth);
	rates->cache_bandwidth = fmax(rates->cache_bandwidth, rates->bandwidth);
	if (arguments->rate || arguments->bandwidth)
		return FF_OK;
	*from = FF_RATES_MEASURED;
	return measure(rates, error);
}
