/* Sweeps: which points a grid, a list and random draws give, and the place of each fault. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "ffengine/sweep.h"
#include "support/config_support.h"
#include "support/harness.h"

static struct ff_sweep sweep;
static struct ff_diagnostics diagnostics;
static char path[64];

static ff_status sweep_of(const char *text, const char *const overrides[], int n)
{
	ff_sweep_free(&sweep);
	strcpy(path, "/tmp/ff_sweep_XXXXXX");
	int fd = mkstemp(path);
	CHECK(fd >= 0 && write(fd, text, strlen(text)) == (ssize_t)strlen(text));
	close(fd);
	ff_status status = ff_sweep_load(path, overrides, n, &sweep, &diagnostics);
	unlink(path);
	return status;
}

static const char *value(int p, int k)
{
	const char *text = ff_sweep_value(&sweep, &sweep.points[p], k);
	return text ? text : "-";
}

static void a_grid_is_every_combination(void)
{
	CHECK_INT(sweep_of("layers: {widths: [9]}\nsweep:\n  grid:\n    layers.widths: [[4], [8, 2]]\n"
	                   "    train.batch: [10, 20, full]\n  seeds: [7, 18446744073709551615]\n  parallel: 3\n",
	                   NULL, 0),
	          FF_OK);
	if (!CHECK_INT(sweep.n_points, 12))
		return;
	CHECK_INT(sweep.n_keys, 3);
	CHECK_INT(sweep.parallel, 3);
	CHECK_TEXT(sweep.keys[0], "layers.widths");
	CHECK_TEXT(sweep.keys[2], "seed");
	CHECK_TEXT(sweep.points[0].settings[0], "layers.widths=[4]");
	CHECK_TEXT(value(11, 0), "[8, 2]");
	CHECK_TEXT(value(11, 1), "full");
	CHECK_INT(sweep.points[11].experiment.n_layers, 2);
	CHECK_INT(sweep.points[11].experiment.train.batch, FF_AUTO);
	CHECK(sweep.points[11].experiment.seed == UINT64_MAX);
	CHECK_INT(sweep.points[1].experiment.seed == UINT64_MAX, 1); /* seeds change first, then the last key */
	CHECK_INT(sweep.points[2].experiment.train.batch, 20);
	CHECK_INT(sweep.points[5].experiment.n_layers, 1);
	CHECK_INT(sweep.points[6].experiment.n_layers, 2);
	CHECK_INT(strlen(sweep.points[11].name), 17);
	CHECK_INT(sweep.points[11].name[0], 'p');
	CHECK_INT(strspn(sweep.points[11].name + 1, "0123456789abcdef"), 16);
}

/* A point is found again by its name in a sweep that has been changed. */
static void names_are_of_experiments_alone(void)
{
	char names[4][FF_POINT_NAME];
	const char *other = "train.epochs=77";
	CHECK_INT(
	    sweep_of("name: n\nlayers: {widths: [9]}\nsweep: {grid: {train.batch: [10, 20]}, seeds: [7, 8]}", NULL, 0),
	    FF_OK);
	if (!CHECK_INT(sweep.n_points, 4))
		return;
	for (int p = 0; p < 4; p++)
		strcpy(names[p], sweep.points[p].name);
	CHECK_INT(sweep_of("sweep: {seeds: [1, 7, 8], parallel: 2, grid: {train.batch: [5, 10, 20]}}\n"
	                   "layers: {widths: [9]}\nname: n",
	                   NULL, 0),
	          FF_OK);
	if (!CHECK_INT(sweep.n_points, 9))
		return;
	for (int p = 0; p < 4; p++) {
		int found = -1;
		for (int q = 0; q < 9; q++)
			if (strcmp(sweep.points[q].name, names[p]) == 0)
				found = q;
		CHECK(found >= 0 && sweep.points[found].experiment.seed == (uint64_t)(7 + p % 2));
		CHECK(found >= 0 && sweep.points[found].experiment.train.batch == 10 * (1 + p / 2));
	}
	CHECK_INT(sweep_of("name: n\nlayers: {widths: [9]}\nsweep: {grid: {train.batch: [10, 20]}, seeds: [7, 8]}",
	                   &other, 1),
	          FF_OK);
	for (int p = 0; p < 4; p++)
		CHECK(strcmp(sweep.points[p].name, names[p]) != 0);
}

static void a_list_sets_what_it_says(void)
{
	CHECK_INT(sweep_of("layers: {widths: [9]}\nsweep:\n  list:\n    - {train.batch: 10}\n"
	                   "    - {optimizer: {kind: sgd, momentum: 0.5}, name: \"a-b\"}\n",
	                   NULL, 0),
	          FF_OK);
	if (!CHECK_INT(sweep.n_points, 2))
		return;
	CHECK_TEXT(value(0, 1), "-");
	CHECK_TEXT(value(1, 1), "{kind: sgd, momentum: 0.5}");
	CHECK_TEXT(value(1, 2), "\"a-b\"");
	CHECK_INT(sweep.points[1].experiment.optimizer.kind, FF_SGD);
	CHECK_TEXT(sweep.points[1].experiment.name, "a-b");
	CHECK_INT(sweep.points[0].experiment.optimizer.kind, FF_ADAM);
}

static const char RANDOM[] =
    "name: r\nseed: 3\nlayers: {widths: [9]}\nsweep: {random: {points: 40, train.batch: [10, 20], "
    "train.epochs: {min: 1, max: 3}, optimizer.rate: {min: 1e-4, max: 1e-1, scale: log}}}";

static void draws_come_from_the_seed(void)
{
	char first[40][FF_POINT_NAME];
	int small = 0, epochs[4] = {0}, other = 0;
	const char *seed = "seed=4";
	CHECK_INT(sweep_of(RANDOM, NULL, 0), FF_OK);
	if (!CHECK_INT(sweep.n_points, 40))
		return;
	for (int p = 0; p < 40; p++) {
		const struct ff_experiment *e = &sweep.points[p].experiment;
		CHECK(e->layers[0].rate >= 1e-4 && e->layers[0].rate <= 1e-1);
		CHECK(e->train.batch == 10 || e->train.batch == 20);
		CHECK(e->train.epochs >= 1 && e->train.epochs <= 3);
		small += e->layers[0].rate < 3.16e-3;
		epochs[e->train.epochs & 3]++;
		strcpy(first[p], sweep.points[p].name);
	}
	CHECK(small > 10 && small < 30); /* half of a logarithmic range */
	CHECK(epochs[1] && epochs[2] && epochs[3]);
	CHECK_INT(sweep_of(RANDOM, NULL, 0), FF_OK);
	for (int p = 0; p < 40; p++)
		CHECK_TEXT(sweep.points[p].name, first[p]);
	CHECK_INT(sweep_of(RANDOM, &seed, 1), FF_OK);
	for (int p = 0; p < sweep.n_points; p++)
		other += sweep.points[p].experiment.train.batch == 10 && strcmp(sweep.points[p].name, first[p]) != 0;
	CHECK(other > 5);
}

static void a_sweep_can_be_off_and_overridden(void)
{
	static const char TEXT[] = "layers: {widths: [9]}\nsweep: {grid: {train.batch: [10, 20]}}";
	const char *off = "sweep=off", *seeds = "sweep.seeds=[1, 2, 3]", *widths = "layers.widths=[5, 5]";
	CHECK_INT(sweep_of(TEXT, &off, 1), FF_OK);
	CHECK_INT(sweep.n_points, 0);
	CHECK_INT(sweep_of("layers: {widths: [9]}", NULL, 0), FF_OK);
	CHECK_INT(sweep.n_points, 0);
	CHECK_INT(sweep_of(TEXT, &seeds, 1), FF_OK);
	CHECK_INT(sweep.n_points, 6);
	CHECK_INT(sweep_of(TEXT, &widths, 1), FF_OK);
	CHECK_INT(sweep.n_points, 2);
	CHECK_INT(sweep.points[0].experiment.n_layers, 2);
	CHECK_INT(load_set(TEXT, off)->status, FF_OK);
	CHECK_INT(load(TEXT)->status, FF_ERROR_CONFIG);
	CHECK_INT(sweep_of("sweep: {grid: {layers.widths: [[5]]}}", NULL, 0),
	          FF_OK); /* the rest alone is no experiment */
}

#define W "layers: {widths: [1]}\n"
static const struct fault FAULTS[] = {
    {W "sweep: {grid: {train.bach: [1]}}", "2:16: unknown key 'train.bach'", "'train.batch'?"},
    {W "sweep: {grid: {train.batch: [1, 0]}}", "2:33: train.batch is out of range: '0'", "or full"},
    {W "sweep: {grid: {train.batch: [1, x], train.epochs: [1, 2]}}", "2:33: train.batch needs a whole number", "full"},
    {W "sweep: {grid: {layers.widths: [[1], [1, 0]]}}", "2:37: width of layer 2 is out of range", "1 to"},
    {W "sweep: {grid: {}}", "2:15: sweep.grid is empty", "such as"},
    {W "sweep: {grid: {train.batch: []}}", "2:29: train.batch has no values", "leave the key out"},
    {W "sweep: {grid: {train.batch: 5}}", "2:29: a key of a grid takes a list of values, not '5'", "such as"},
    {W "sweep: {grid: [1]}", "2:15: sweep.grid is a map", "such as"},
    {W "sweep: {list: []}", "2:15: sweep.list is empty", "such as"},
    {W "sweep: {list: {a: 1}}", "2:15: sweep.list is a list of points", "such as"},
    {W "sweep: {list: [3]}", "2:16: a point of sweep.list is a map of keys, not '3'", "such as"},
    {W "sweep: {list: [{seed: 1}, {seed: 1}]}", "2:34: points 1 and 2 are the same experiment", "another"},
    {W "sweep: {grid: {train.batch: [50, 50]}}", "2:34: points 1 and 2 are the same experiment", "another"},
    {W "sweep: {seeds: [1, 2, 1]}", "2:23: points 1 and 3 are the same experiment", "another"},
    {W "sweep: {seeds: []}", "2:16: sweep.seeds is empty", "such as"},
    {W "sweep: {seeds: 3}", "2:16: sweep.seeds is a list of seeds", "such as"},
    {W "sweep: {seeds: [-1]}", "2:17: seed is out of range", "to 1844"},
    {W "sweep: {grid: {seed: [1]}, seeds: [2]}", "2:35: sweep.seeds, and the points set seed too", "keep one"},
    {W "sweep: {grid: {sweep: [1]}}", "2:16: a point of a sweep cannot have a sweep", "leave it out"},
    {W "sweep: {list: [{sweep.seeds: [1]}]}", "2:17: a point of a sweep cannot have a sweep", "leave it out"},
    {W "sweep: {grid: {optimizer: [{rate: 1}], optimizer.rate: [1]}}", "2:40: optimizer.rate is part of optimizer",
     "one"},
    {W "sweep: {grid: {seed: [1]}, list: [{seed: 2}]}", "2:34: a sweep has one of grid, list and random", "keep one"},
    {W "sweep: {parallel: 2}", "2:1: the sweep has no points", "such as"},
    {W "sweep: {parallel: 0, seeds: [1]}", "2:19: sweep.parallel is out of range: '0'", "or auto"},
    {W "sweep: {random: {points: 0, seed: [1]}}", "2:26: sweep.random.points is out of range", "1 to 4096"},
    {W "sweep: {random: {seed: [1]}}", "2:17: sweep.random.points is missing", "such as"},
    {W "sweep: {random: {points: 3}}", "2:17: sweep.random names no key", "such as"},
    {W "sweep: {random: {points: 3, seed: [1, 2]}}", "2:17: there are fewer different points than that", "fewer"},
    {W "sweep: {random: {points: 1, seed: []}}", "2:35: there are no choices", "leave the key out"},
    {W "sweep: {random: {points: 1, seed: 5}}", "2:35: a key of sweep.random takes a list", "such as"},
    {W "sweep: {random: {points: 1, seed: {min: 1}}}", "2:35: a range needs min and max", "such as"},
    {W "sweep: {random: {points: 1, seed: {min: 3, max: 1}}}", "2:35: min is greater than max", "such as"},
    {W "sweep: {random: {points: 1, layers.peer: {min: 0, max: 1, scale: log}}}", "2:42: a logarithmic range", "such"},
    {W "sweep: {random: {points: 1, seed: {min: 1, max: 1.5}}}", "2:35: the key takes whole numbers", "such as"},
    {W "sweep: {random: {points: 1, seed: {min: 1, max: 2, scale: cube}}}", "2:59: unknown scale", "linear, log"},
    {W "sweep: {random: {points: 1, seed: {min: 1, most: 2}}}", "2:44: unknown key of a range", "min, max, scale"},
    {W "sweep: {random: {points: 1, seed: {min: a, max: 2}}}", "2:41: min and max are numbers", "such as"},
    {W "sweep: {random: {points: 1, layers.widths: {min: 1, max: 2}}}", "2:44: only a key that takes a number", "list"},
    {W "sweep: {random: {points: 1, dataset.name: [cifar]}}", "2:44: dataset.name cannot be 'cifar'", "mnist"},
    {W "sweep: 5", "2:8: 'sweep' is a section with keys, not '5'", "grid"},
    {W "sweep: {gird: {seed: [1]}}", "2:9: unknown key 'sweep.gird'", "'sweep.grid'?"},
    {W "train: {batch: x}\nsweep: {seeds: [1, 2]}", "2:16: train.batch needs a whole number", "in point 1"},
    {"layers: {widths: [1]\nsweep: {seeds: [1]}", "2:1: not YAML", "','"},
    {W "dataset: {train: 99}\nsweep: {grid: {train.batch: [50, 100]}}", "3:34: a batch of 100 is larger than the 99",
     "lower train.batch"},
};

static void each_fault_has_its_place(void)
{
	char text[2000];
	for (size_t i = 0; i < sizeof FAULTS / sizeof *FAULTS; i++) {
		CHECK_INT(sweep_of(FAULTS[i].text, NULL, 0), FF_ERROR_CONFIG);
		if (!CHECK_INT(diagnostics.count, 1))
			printf("    %s\n", FAULTS[i].text);
		CHECK_INT(sweep.n_points, 0);
		ff_error_format(&diagnostics.items[0], text, sizeof text);
		if (!CHECK(begins(text, path) && begins(text + strlen(path) + 1, FAULTS[i].wanted)))
			printf("    %s\n    not %s\n", text, FAULTS[i].wanted);
		CHECK_HAS(text, FAULTS[i].hint);
	}
	const char *batch = "train.batch=5";
	CHECK_INT(sweep_of(W "sweep: {grid: {train.batch: [50, 100]}}", &batch, 1), FF_ERROR_CONFIG);
	CHECK_HAS(diagnostics.items[0].where, "--set train.batch=5");
	CHECK_INT(sweep_of(W "sweep: {grid: {train.batch: [1], train.epochs: [0], seed: [x]}}", NULL, 0),
	          FF_ERROR_CONFIG);
	CHECK_INT(diagnostics.count, 2); /* all at once */
	CHECK_INT(ff_sweep_load("/nowhere", NULL, 0, &sweep, &diagnostics), FF_ERROR_IO);
}

FF_TESTS("config sweep", {"a grid is every combination", a_grid_is_every_combination},
         {"names are of experiments alone", names_are_of_experiments_alone},
         {"a list sets what it says", a_list_sets_what_it_says}, {"draws come from the seed", draws_come_from_the_seed},
         {"a sweep can be off and overridden", a_sweep_can_be_off_and_overridden},
         {"each fault has its place", each_fault_has_its_place})
