/* The table of commands. Its texts make the help pages and, when ffengine is built, the man page: see help.c and
 * man_page.c, which wrap them. */
#include "cli/commands.h"

#include <stddef.h>
#include <stdio.h>

#include "cli/cmd_runs.h"
#include "data/fetch.h"
#include "machine/team.h"
#include "pipeline/track.h"

#define FIELD(member)  offsetof(struct ff_arguments, member)
#define OPTIONS(table) .options = table, .n_options = (int)(sizeof(table) / sizeof *(table))

_Static_assert(FF_PROFILE_SLICES == 131072, "the default of --slices says another number");
_Static_assert(FF_RUNS_COMPARED == 64, "the help of runs compare says another number");

static void threads_now(char *text, size_t n)
{
	snprintf(text, n, "execution.threads.total of the file; `auto` is %d on this machine", ff_team_available());
}

static void fetch_folder_now(char *text, size_t n)
{
	char folder[FF_MAX_PATH];
	if (ff_fetch_folder(&(struct ff_fetch_options){.name = "NAME"}, folder, NULL) != FF_OK)
		snprintf(folder, sizeof folder, "none, as HOME is not set");
	snprintf(text, n, "%s", folder);
}

/* clang-format off */
#define FLAG(name, member, text)                  {name, NULL, text, FF_OPTION_FLAG, FIELD(member), NULL, NULL}
#define VALUE(name, value, member, initial, text) {name, value, text, FF_OPTION_VALUE, FIELD(member), initial, NULL}

#define HELP  FLAG("help", help, "Show this help (also -h).")
#define QUIET FLAG("quiet", quiet, "Show no progress on standard error. Warnings and errors are still shown.")
#define SET                                                                                                            \
	{"set", "KEY=VALUE",                                                                                           \
	 "Override a key of the file, such as layers.widths='[64,32]'. May be repeated; the last one wins.",           \
	 FF_OPTION_LIST, FIELD(set), NULL, NULL}
#define THREADS                                                                                                        \
	{"threads", "N",                                                                                               \
	 "Use N threads in all, or auto. The same as --set execution.threads.total=N. Never changes the result.",      \
	 FF_OPTION_VALUE, FIELD(threads), "execution.threads.total of the file", threads_now}
#define RUNS VALUE("runs", "DIR", runs, "runs below the current folder", "The folder that holds the run folders.")
#define WHERE                                                                                                          \
	VALUE("where", "EXPR", where, NULL,                                                                            \
	      "Only runs for which this SQLite expression is true, such as 'test_error < 2 and name like \"large%\"'.")
#define SORT                                                                                                           \
	VALUE("sort", "KEY", sort, "started,desc: the newest first", "Sort by this key; KEY,desc for descending order.")
#define LIMIT VALUE("limit", "N", limit, NULL, "Only the first N of them.")
#define RATES(text) VALUE("rates", "FILE", rates, "measured on this machine, in less than a second", text)

static const struct ff_option RUN_OPTIONS[] = {
	SET,
	VALUE("out", "DIR", out, "runs/NAME-DATE-TIME below the current folder",
	      "The run's folder. It must not exist yet, or be empty."),
	VALUE("resume", "DIR", resume, NULL,
	      "Instead of FILE: resume the run of this folder from its last checkpoint."),
	THREADS,
	FLAG("json", json, "Print result.json instead of the table."),
	QUIET,
	HELP,
};

static const struct ff_option CHECK_OPTIONS[] = {
	SET,
	THREADS,
	FLAG("graph", graph, "Draw the stages, their threads and the rings between them instead."),
	FLAG("dot", dot, "The same in Graphviz's language DOT."),
	HELP,
};

static const struct ff_option SWEEP_OPTIONS[] = {
	SET,
	VALUE("out", "DIR", out, "sweeps/FILE, without its ending, below the current folder",
	      "The sweep's folder. An existing sweep folder is resumed; any other folder must be empty."),
	FLAG("print-jobs", print_jobs,
	     "Run nothing. Print one command line per point, to be run as jobs of a batch system."),
	VALUE("point", "NAME", point, NULL,
	      "Run this point only, unless it has finished. This is what the command lines of --print-jobs do."),
	FLAG("json", json, "Print sweep.json instead of a table. Errors in it are fractions."),
	QUIET,
	HELP,
};

static const struct ff_option DATA_OPTIONS[] = {FLAG("json", json, "Print JSON instead of a table."), HELP};

static const struct ff_option FETCH_OPTIONS[] = {
	{"to", "DIR", "Put the files into DIR/NAME.", FF_OPTION_VALUE, FIELD(to),
	 "the user's cache folder", fetch_folder_now},
	VALUE("mirror", "URL", mirror, "the known mirrors, one after the other", "Download from this folder only."),
	QUIET,
	HELP,
};

static const struct ff_option RUNS_LIST_OPTIONS[] = {
	WHERE, SORT, LIMIT, FLAG("json", json, "Print every column as JSON."), RUNS, HELP,
};
static const struct ff_option RUNS_SHOW_OPTIONS[] = {FLAG("json", json, "Print JSON instead of tables."), RUNS, HELP};
static const struct ff_option RUNS_EXPORT_OPTIONS[] = {
	WHERE, SORT, LIMIT,
	VALUE("out", "FILE", out, "standard output", "Write to this file. It appears complete or not at all."),
	RUNS,
	HELP,
};
static const struct ff_option RUNS_REBUILD_OPTIONS[] = {RUNS, HELP};

static const struct ff_option TOPOLOGY_OPTIONS[] = {
	VALUE("topology", "STRING", topology, "this machine, as far as this process may use it",
	      "Another machine: words LEVEL:COUNT from the outside in, or FILE.xml, written by hwloc's lstopo."),
	FLAG("smt", smt, "Use every hyper-thread of a core. Without this option one per core is used."),
	FLAG("json", json, "Print JSON instead of a drawing."),
	HELP,
};

static const struct ff_option PLAN_OPTIONS[] = {
	SET,
	VALUE("cores", "N", cores, "all of the machine",
	      "Plan for at most N cores, the first in the order of `ffengine topology`."),
	VALUE("topology", "STRING", topology, "this machine, as far as this process may use it",
	      "Another machine, described as for `ffengine topology`."),
	VALUE("rate", "GFLOPS", rate, NULL,
	      "The speed of one core in a large matrix product. If given, nothing is measured; other rates are a table's."),
	VALUE("bandwidth", "GB/S", bandwidth, NULL,
	      "The memory bandwidth of one core. If given, nothing is measured; other rates are a table's."),
	RATES("All rates, from a JSON file that --json printed, or that holds its object `rates`."),
	FLAG("json", json, "Print JSON instead of a table."),
	HELP,
};

static const struct ff_option PROFILE_OPTIONS[] = {
	SET,
	VALUE("seconds", "S", seconds, "10",
	      "Train for S seconds. Training stops after the mini-batches in progress, or when the experiment ends."),
	VALUE("trace", "FILE", trace, "NAME.trace.json in the current folder",
	      "Write the trace to FILE, which is replaced."),
	VALUE("report", "FILE", report, "NAME.profile.json in the current folder",
	      "Write the report to FILE as JSON; FILE is replaced."),
	VALUE("slices", "N", slices, "131072", "Keep the first N steps of each thread in the trace."),
	RATES("The rates of this machine, from a JSON file that `ffengine plan --json` printed."),
	THREADS,
	FLAG("json", json, "Print the report as JSON instead of tables."),
	QUIET,
	HELP,
};

static const struct ff_option HELP_ONLY[] = {HELP};

const struct ff_command ff_commands[] = {
	{.name = "run", .summary = "train and evaluate an experiment", .operands = "FILE",
	 .instead = "--resume DIR [--set execution.KEY=VALUE]... [--threads N] [--json] [--quiet]",
	 .min_operands = 1, .max_operands = 1,
	 .about =
	 "Trains the network that FILE describes, evaluates it, and prints a table of its errors. The run's folder "
	 "gets resolved.yaml (the experiment with every key spelt out), run.json, metrics.jsonl (one line per epoch), "
	 "log.txt, model.safetensors (the final weights) and result.json.\n\n"
	 "Ctrl-C, SIGTERM or SIGHUP ends a run early but in order: it finishes the mini-batches in progress, "
	 "evaluates, writes all of these files with the status interrupted, and exits with 130, 143 or 129. A second "
	 "signal ends it at once.\n\n"
	 "A checkpoint is written at the end of an epoch, every five minutes by default (execution.checkpoint). If a "
	 "run is interrupted or killed, or fails, --resume DIR continues it in the same folder from its last "
	 "checkpoint. The result is the same, bit for bit, as if it had never stopped. When a run is resumed, --set "
	 "and --threads may change keys of the section execution only.",
	 .examples =
	 "ffengine run experiments/quickstart.yaml\n"
	 "ffengine run experiments/small_sup.yaml --set layers.widths='[128,64]' --out runs/wide\n"
	 "ffengine run experiments/quickstart.yaml --json --quiet > result.json\n"
	 "ffengine run --resume runs/wide\n",
	 .next = "`ffengine check FILE` shows what would run; `ffengine help experiment` lists every key.",
	 OPTIONS(RUN_OPTIONS), .run = ff_command_run},

	{.name = "check", .summary = "check an experiment file, and print it with every key spelt out",
	 .operands = "FILE", .min_operands = 1, .max_operands = 1,
	 .about =
	 "Reads FILE and reports all of its faults at once, each as file:line:column. If there are none, it prints "
	 "the experiment as YAML with every key spelt out: the keys of FILE and --set, and the defaults of all "
	 "others. The output is itself an experiment file. If FILE describes a sweep, its points are checked and "
	 "listed instead.\n\n"
	 "If the data is on this machine, its sizes are compared with the mini-batch size, the lag, shifts and "
	 "hybrids. No image is read. --graph and --dot show how this machine would execute the experiment.",
	 .examples =
	 "ffengine check experiments/quickstart.yaml\n"
	 "ffengine check experiments/quickstart.yaml --set seed=2 > mine.yaml\n"
	 "ffengine check experiments/large_sup.yaml --threads 4 --graph\n"
	 "ffengine check experiments/large_sup.yaml --dot | dot -Tsvg > graph.svg\n",
	 .next = "`ffengine help experiment` lists every key; `ffengine run FILE` runs the experiment.",
	 OPTIONS(CHECK_OPTIONS), .run = ff_command_check},

	{.name = "sweep", .summary = "run every point of a sweep, several at once", .operands = "FILE",
	 .min_operands = 1, .max_operands = 1,
	 .about =
	 "Runs one experiment, a point, for each configuration in the section sweep of FILE: every combination of a "
	 "grid, a list, or random draws, each with every seed. Each point is a process on cores of its own. As many "
	 "run at once as the cores and the memory allow. A point that needs more memory than there is, is "
	 "refused. If a point fails, the failure is recorded and the others go on; the exit status is that of the "
	 "first point that failed or was refused.\n\n"
	 "The sweep's folder gets sweep.json, results.csv, sweep.svg and, in points/, a run's folder for each point "
	 "(`ffengine runs list --runs DIR/points` lists them). You may stop a sweep at any time, even with SIGKILL. "
	 "The same command resumes it: points that have finished are not run again, and an unfinished point continues "
	 "from its checkpoint, if it has one. You may change FILE in between: a point is identified by its "
	 "experiment, so points that are still in the sweep keep their results. The folders of points that are no "
	 "longer in it stay on disk but are not reported.",
	 .examples =
	 "ffengine check experiments/sweeps/width.yaml\n"
	 "ffengine sweep experiments/sweeps/width.yaml --out sweeps/width\n"
	 "ffengine sweep mine.yaml --set sweep.seeds='[1,2,3]' --set sweep.parallel=4\n"
	 "ffengine sweep mine.yaml --out sweeps/mine --print-jobs > jobs.txt\n",
	 .next = "experiments/sweeps/slurm.sbatch runs the command lines of --print-jobs as a SLURM job array.",
	 OPTIONS(SWEEP_OPTIONS), .run = ff_command_sweep},

	{.name = "data list", .summary = "list the known datasets, and where their files are", .operands = "",
	 .about =
	 "Datasets are searched for in $FFENGINE_DATA, then in the user's cache folder, then in /usr/share/datasets.",
	 .examples = "ffengine data list\n",
	 .next = "`ffengine data info NAME` describes a dataset; `ffengine data fetch NAME` downloads one.",
	 OPTIONS(DATA_OPTIONS), .run = ff_command_data_list},

	{.name = "data info", .summary = "describe a dataset: sizes, classes, mean and deviation", .operands = "NAME",
	 .min_operands = 1, .max_operands = 1,
	 .about =
	 "Reads all of the dataset NAME, reports a damaged file, and prints its sizes, its classes with the images of "
	 "each, and the mean and the standard deviation of its pixels.",
	 .examples =
	 "ffengine data info mnist\n"
	 "ffengine data info mnist --json\n",
	 .next = "`ffengine data list` lists the datasets.",
	 OPTIONS(DATA_OPTIONS), .run = ff_command_data_info},

	{.name = "data fetch", .summary = "download a dataset", .operands = "NAME",
	 .min_operands = 1, .max_operands = 1,
	 .about =
	 "Downloads the files of the dataset NAME that are missing or damaged, and checks them against their SHA-256. "
	 "If a download is interrupted, the next one resumes it.",
	 .examples =
	 "ffengine data fetch mnist\n"
	 "ffengine data fetch mnist --to data --mirror http://localhost:8000/mnist\n",
	 .next = "`ffengine data info NAME` describes what has been downloaded.",
	 OPTIONS(FETCH_OPTIONS), .run = ff_command_data_fetch},

	{.name = "runs list", .summary = "list the runs of a folder, filtered and sorted", .operands = "",
	 .about =
	 "Lists the runs that the run store knows, runs.sqlite in the folder that holds the run folders. `ffengine "
	 "run` keeps it up to date. --where and --sort take any column of the store and any key of the experiment, "
	 "such as train.batch. Runs without a value are sorted last. Errors are in percent, and times are in UTC, "
	 "such as '2026-11-23T22:16'.\n\n"
	 "The column status is running (its process is alive), done, stopped (ended early by a signal), failed, "
	 "interrupted (its process is gone and left no result) or elsewhere (no result yet, and on another host, "
	 "which cannot be asked).",
	 .rest = ff_runs_describe_columns,
	 .examples =
	 "ffengine runs list\n"
	 "ffengine runs list --where 'test_error < 2 and name like \"large%\"' --sort test_error\n"
	 "ffengine runs list --where 'train.batch = 100' --sort seconds,desc --limit 5 --json\n",
	 .next = "`ffengine runs show ID` shows all of a run.",
	 OPTIONS(RUNS_LIST_OPTIONS), .run = ff_command_runs_list},

	{.name = "runs show", .summary = "show all that is known about a run", .operands = "ID",
	 .min_operands = 1, .max_operands = 1,
	 .about =
	 "Prints the run's columns, the errors of each layer, the stages, the epochs and the experiment. ID is the "
	 "name of the run's folder, or its beginning if no other name begins the same. Errors are in percent.",
	 .examples =
	 "ffengine runs show large_sup-20261123-221606\n"
	 "ffengine runs show large_sup --json\n",
	 .next = "`ffengine runs list` lists the runs.",
	 OPTIONS(RUNS_SHOW_OPTIONS), .run = ff_command_runs_show},

	{.name = "runs compare", .summary = "compare runs: where the experiments differ, and the results",
	 .operands = "ID ID...", .min_operands = 2, .max_operands = FF_RUNS_COMPARED,
	 .about =
	 "Prints up to 64 runs side by side, one per column: the keys in which their experiments differ, and their "
	 "results.",
	 .examples = "ffengine runs compare large_sup-20261123-221606 large_sup-20261123-230100\n",
	 .next = "`ffengine runs list` lists the runs.",
	 OPTIONS(RUNS_SHOW_OPTIONS), .run = ff_command_runs_compare},

	{.name = "runs export", .summary = "export a table of runs for other programs", .operands = "csv",
	 .min_operands = 1, .max_operands = 1,
	 .about =
	 "Prints the runs as CSV (RFC 4180) with a header: every column of `ffengine runs list`. Errors are in "
	 "percent; what was not measured is empty.",
	 .examples =
	 "ffengine runs export csv > runs.csv\n"
	 "ffengine runs export csv --where 'status = \"done\"' --sort started --out runs.csv\n",
	 .next = "`ffengine help runs list` explains the columns.",
	 OPTIONS(RUNS_EXPORT_OPTIONS), .run = ff_command_runs_export},

	{.name = "runs rebuild", .summary = "rebuild the run store from the run folders", .operands = "",
	 .about =
	 "Reads every run folder and writes a new run store, in place of one that is damaged, missing or out of date. "
	 "Runs in progress continue, and write into the new store. If a file is missing or cannot be read completely, "
	 "you get a warning, and the store takes what can be read of the run.",
	 .examples =
	 "ffengine runs rebuild\n"
	 "ffengine runs rebuild --runs /data/runs\n",
	 OPTIONS(RUNS_REBUILD_OPTIONS), .run = ff_command_runs_rebuild},

	{.name = "topology", .summary = "show the cores and caches, and the order in which stages get cores",
	 .operands = "",
	 .about =
	 "Draws the machine as ffengine counts it: packages, NUMA nodes, caches and cores, with equal parts on one "
	 "line; what keeps this process from using more of it (affinity mask, control group, environment variables); "
	 "and the order in which the stages of a pipeline take processors, so that neighbours share a cache. One "
	 "processor per core counts, since the hyper-threads of a core share its arithmetic units. execution.bind "
	 "decides whether a run binds its threads.\n\n"
	 "--topology STRING describes another machine in full: words LEVEL:COUNT from the outside in, each COUNT per "
	 "part of the level before. Levels are package, die, group, numa, l5 to l1 (caches), core (required) and pu "
	 "(the hyper-threads of a core). A size follows in parentheses, such as l3:8(size=32MiB) or "
	 "numa:2(memory=64GiB), in bytes or with the unit KiB, MiB, GiB, TiB, kB, MB, GB or TB. Sizes that are not "
	 "given are made up. If STRING ends in .xml, it is a file that lstopo, a program of hwloc, wrote on that "
	 "machine.",
	 .examples =
	 "ffengine topology\n"
	 "ffengine topology --topology 'package:2 l3:8(size=32MiB) core:8 pu:2'\n"
	 "taskset -c 0-3 ffengine topology --json\n"
	 "lstopo server.xml                          (on the server; then, anywhere:)\n"
	 "ffengine topology --topology server.xml\n",
	 .next = "`ffengine check FILE --graph` shows how the stages of an experiment share the processors.",
	 OPTIONS(TOPOLOGY_OPTIONS), .run = ff_command_topology},

	{.name = "plan", .summary = "plan which cores work on which layers, and predict the speed", .operands = "FILE",
	 .min_operands = 1, .max_operands = 1,
	 .about =
	 "Shares the cores out among the stages of the pipeline so that the slowest stage is as fast as possible. It "
	 "uses a model of what each stage costs: flops at the speed of a core, weights at its memory bandwidth, and a "
	 "cost for each hand-off. If there are fewer cores than stages, consecutive layers share cores. Cores that "
	 "would not help stay idle, and so do cores that the memory could not feed; the caches of idle cores do not "
	 "count. The plan is then simulated, mini-batch by mini-batch, with its rings.\n\n"
	 "The output has, for each stage, the share of time that it is at work: a stage near 100 % is the bottleneck, "
	 "and only more cores for it, or less work, make training faster. Then come the bottleneck, and what more "
	 "cores would bring. No result depends on a plan.\n\n"
	 "When a run begins, it makes such a plan from rates that it measures, unless execution.threads.per_stage or "
	 "a layer's threads are given. The line `as it runs` predicts the speed of such a run.\n\n"
	 "The rates are measured here, unless --rate, --bandwidth or --rates gives them. That includes --topology: to "
	 "plan for another machine, measure there with --json, and bring the file.",
	 .examples =
	 "ffengine plan experiments/large_sup.yaml\n"
	 "ffengine plan mine.yaml --topology 'package:2 l3:8 core:8' --cores 32\n"
	 "ffengine plan experiments/quickstart.yaml --json > here.json\n"
	 "ffengine plan experiments/quickstart.yaml --topology 'l3:4 core:8' --rates here.json\n",
	 .next = "`ffengine topology` shows the cores; `ffengine check FILE --graph` shows how a run shares them out.",
	 OPTIONS(PLAN_OPTIONS), .run = ff_command_plan},

	{.name = "profile", .summary = "train for some seconds, and report where the time goes", .operands = "FILE",
	 .min_operands = 1, .max_operands = 1,
	 .about =
	 "Trains the experiment for some seconds as `ffengine run` would, evaluations between epochs included, and "
	 "records what every thread does. The training steps are those of a run, bit for bit; no model is kept.\n\n"
	 "For each stage it prints samples/s (what the stage could do alone), GFLOP/s, the share of the peak of its "
	 "threads as measured here, and GB/s moved (by the cost model), all while the stage is at work. `load` is the "
	 "work of its leader relative to the mean of all leaders. Then follow the share of time of each step and "
	 "wait, and how full each ring is when its reader looks; then the bottleneck, and a fix to try. Hardware "
	 "counters (cycles, instructions, misses of the last cache) follow where the kernel allows them.\n\n"
	 "samples/s are pairs trained on (images, for a head that trains after the layers) divided by the time of the "
	 "work on them; evaluation counts in neither. GFLOP/s and the share of peak count flops as of dense products: "
	 "zeros that are skipped can make it more than 100 %. If a mini-batch is one tile, `gradient + update` is one "
	 "step, since each block of weights is updated while it is in cache. Waits below a microsecond count towards "
	 "the step that follows.\n\n"
	 "The trace opens in https://ui.perfetto.dev and chrome://tracing: a track per thread, a slice per step, a "
	 "counter per ring. If a thread has more steps than the trace can hold, the trace is cut and the report says "
	 "so; its sums are complete. Ctrl-C ends a profile early, with its report, and exits with 130.",
	 .examples =
	 "ffengine profile experiments/large_sup.yaml\n"
	 "ffengine profile mine.yaml --seconds 3 --set execution.depth=4 --trace deep.json\n"
	 "ffengine profile mine.yaml --quiet --json | jq .bottleneck\n",
	 .next = "`ffengine plan FILE` predicts what this measures; `ffengine check FILE --graph` draws the stages.",
	 OPTIONS(PROFILE_OPTIONS), .run = ff_command_profile},

	{.name = "version", .summary = "print the version, and what was built in", .operands = "",
	 .about =
	 "Prints the version, and the processor, compiler and libraries that decide the bits of a result. Also "
	 "`ffengine --version`.",
	 .examples = "ffengine version\n",
	 OPTIONS(HELP_ONLY), .run = ff_command_version},

	{.name = "help", .summary = "explain a command, the keys of an experiment file, or the terms",
	 .operands = "[COMMAND | experiment | glossary]", .max_operands = 2,
	 .about =
	 "Without an argument, lists the commands. `ffengine help experiment` explains every key of an experiment "
	 "file: its type, range, default and meaning. `ffengine help glossary` explains the terms. Also `ffengine "
	 "--help`, `ffengine -h`, and --help after any command.",
	 .examples =
	 "ffengine help run\n"
	 "ffengine help data fetch\n"
	 "ffengine help experiment\n",
	 OPTIONS(HELP_ONLY), .run = NULL},
};
/* clang-format on */

const int ff_n_commands = (int)(sizeof ff_commands / sizeof *ff_commands);
