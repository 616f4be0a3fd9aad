/* The table of commands and what their help texts say. */
#include "cli/cli.h"

#include <stddef.h>
#include <stdio.h>

#include "data/fetch.h"
#include "machine/team.h"
#include "pipeline/track.h"

#define FIELD(name)    offsetof(struct ff_arguments, name)
#define OPTIONS(table) table, (int)(sizeof(table) / sizeof *(table))

static void fallback_threads(char *text, size_t n)
{
	snprintf(text, n, "execution.threads.total of the file; `auto` is %d on this machine", ff_team_available());
}

static void fallback_out(char *text, size_t n)
{
	snprintf(text, n, "runs/NAME-DATE-TIME below the current folder");
}

static void fallback_to(char *text, size_t n)
{
	char folder[FF_MAX_PATH];
	if (ff_fetch_folder(&(struct ff_fetch_options){.name = "NAME"}, folder, NULL) != FF_OK)
		snprintf(folder, sizeof folder, "none, as HOME is not set");
	snprintf(text, n, "%s", folder);
}

static void fallback_runs(char *text, size_t n)
{
	snprintf(text, n, "runs below the current folder");
}

static void fallback_sort(char *text, size_t n)
{
	snprintf(text, n, "started,desc: the newest first");
}

static void fallback_cores(char *text, size_t n)
{
	snprintf(text, n, "all of the machine");
}

static void fallback_rates(char *text, size_t n)
{
	snprintf(text, n, "measured on this machine, in less than a second");
}

static void fallback_topology(char *text, size_t n)
{
	snprintf(text, n, "this machine, as far as this process may use it");
}

static void fallback_seconds(char *text, size_t n)
{
	snprintf(text, n, "10");
}

static void fallback_slices(char *text, size_t n)
{
	snprintf(text, n, "%d", FF_PROFILE_SLICES);
}

static void fallback_trace(char *text, size_t n)
{
	snprintf(text, n, "NAME.trace.json in the current folder");
}

static void fallback_report(char *text, size_t n)
{
	snprintf(text, n, "NAME.profile.json in the current folder");
}

#define OPTION_SET                                                                                                     \
	{                                                                                                              \
		"set", "KEY=VALUE",                                                                                    \
		    "override a key of the file, such as layers.widths='[64,32]';\nmay be given again, the last one "  \
		    "wins",                                                                                            \
		    FF_OPTION_LIST, FIELD(set), NULL                                                                   \
	}
#define OPTION_THREADS                                                                                                 \
	{                                                                                                              \
		"threads", "N",                                                                                        \
		    "threads in all, or auto; never changes the result.\nThe same as --set execution.threads.total=N", \
		    FF_OPTION_VALUE, FIELD(threads), fallback_threads                                                  \
	}
#define OPTION_JSON(what)                                                                                              \
	{                                                                                                              \
		"json", NULL, what, FF_OPTION_FLAG, FIELD(json), NULL                                                  \
	}
#define OPTION_HELP                                                                                                    \
	{                                                                                                              \
		"help", NULL, "show this help (also -h)", FF_OPTION_FLAG, FIELD(help), NULL                            \
	}

#define OPTION_RUNS                                                                                                    \
	{                                                                                                              \
		"runs", "DIR", "the folder that holds the run folders", FF_OPTION_VALUE, FIELD(runs), fallback_runs    \
	}
#define OPTIONS_QUERY                                                                                                  \
	{"where",                                                                                                      \
	 "EXPR",                                                                                                       \
	 "only runs that the SQLite expression holds for,\nsuch as 'test_error < 2 and name like \"large%\"'",         \
	 FF_OPTION_VALUE,                                                                                              \
	 FIELD(where),                                                                                                 \
	 NULL},                                                                                                        \
	    {"sort", "KEY", "in this order; KEY,desc from the greatest", FF_OPTION_VALUE, FIELD(sort), fallback_sort}, \
	{                                                                                                              \
		"limit", "N", "the first N of them", FF_OPTION_VALUE, FIELD(limit), NULL                               \
	}

static const struct ff_option RUN_OPTIONS[] = {
    OPTION_SET,
    {"out", "DIR", "the run's folder; it must be new or empty", FF_OPTION_VALUE, FIELD(out), fallback_out},
    {"resume", "DIR", "instead of FILE: go on with the run of this folder\nfrom its last checkpoint", FF_OPTION_VALUE,
     FIELD(resume), NULL},
    OPTION_THREADS,
    OPTION_JSON("print result.json instead of a table"),
    {"quiet", NULL, "no progress on standard error", FF_OPTION_FLAG, FIELD(quiet), NULL},
    OPTION_HELP,
};

static const struct ff_option CHECK_OPTIONS[] = {
    OPTION_SET,
    OPTION_THREADS,
    {"graph", NULL, "draw the stages, their threads and the rings\nbetween them instead", FF_OPTION_FLAG, FIELD(graph),
     NULL},
    {"dot", NULL, "the same in Graphviz's language DOT", FF_OPTION_FLAG, FIELD(dot), NULL},
    OPTION_HELP,
};

static void fallback_sweep(char *text, size_t n)
{
	snprintf(text, n, "sweeps/FILE, without its ending, below the current folder");
}

static const struct ff_option SWEEP_OPTIONS[] = {
    OPTION_SET,
    {"out", "DIR", "the sweep's folder; one that a sweep has begun\nis gone on with", FF_OPTION_VALUE, FIELD(out),
     fallback_sweep},
    {"print-jobs", NULL, "run nothing: print a command line for each point,\nthat of a job of a batch system",
     FF_OPTION_FLAG, FIELD(print_jobs), NULL},
    {"point", "NAME", "run this point alone, here and now, unless it has\nfinished: what such a job does",
     FF_OPTION_VALUE, FIELD(point), NULL},
    OPTION_JSON("print sweep.json instead of a table"),
    {"quiet", NULL, "no progress on standard error", FF_OPTION_FLAG, FIELD(quiet), NULL},
    OPTION_HELP,
};

static const struct ff_option JSON_OPTIONS[] = {OPTION_JSON("print JSON instead of a table"), OPTION_HELP};

static const struct ff_option FETCH_OPTIONS[] = {
    {"to", "DIR", "put the files into DIR/NAME", FF_OPTION_VALUE, FIELD(to), fallback_to},
    {"mirror", "URL", "download from this folder only, instead of\nthe known mirrors in turn", FF_OPTION_VALUE,
     FIELD(mirror), NULL},
    {"quiet", NULL, "no progress on standard error", FF_OPTION_FLAG, FIELD(quiet), NULL},
    OPTION_HELP,
};

static const struct ff_option RUNS_LIST_OPTIONS[] = {OPTIONS_QUERY, OPTION_JSON("print every column as JSON"),
                                                     OPTION_RUNS, OPTION_HELP};
static const struct ff_option RUNS_SHOW_OPTIONS[] = {OPTION_JSON("print JSON instead of tables"), OPTION_RUNS,
                                                     OPTION_HELP};
static const struct ff_option RUNS_EXPORT_OPTIONS[] = {
    OPTIONS_QUERY,
    {"out", "FILE", "write to this file, all of it or nothing,\ninstead of standard output", FF_OPTION_VALUE,
     FIELD(out), NULL},
    OPTION_RUNS,
    OPTION_HELP,
};
static const struct ff_option RUNS_REBUILD_OPTIONS[] = {OPTION_RUNS, OPTION_HELP};
static const struct ff_option TOPOLOGY_OPTIONS[] = {
    {"topology", "STRING",
     "another machine: words LEVEL:COUNT from the outside\nin, or a file that lstopo wrote, FILE.xml", FF_OPTION_VALUE,
     FIELD(topology), fallback_topology},
    {"smt", NULL, "use every hyper-thread of a core, not just one", FF_OPTION_FLAG, FIELD(smt), NULL},
    OPTION_JSON("print JSON instead of a drawing"),
    OPTION_HELP,
};

static const struct ff_option PLAN_OPTIONS[] = {
    OPTION_SET,
    {"cores", "N", "plan for at most N cores, the first ones", FF_OPTION_VALUE, FIELD(cores), fallback_cores},
    {"topology", "STRING", "another machine, as `ffengine topology` takes it", FF_OPTION_VALUE, FIELD(topology),
     fallback_topology},
    {"rate", "GFLOPS", "of one core in a large matrix product; nothing\nis measured then, other rates are a table's",
     FF_OPTION_VALUE, FIELD(rate), NULL},
    {"bandwidth", "GB/S", "of one core from memory; likewise", FF_OPTION_VALUE, FIELD(bandwidth), NULL},
    {"rates", "FILE", "all rates from a JSON file, such as what\n--json printed", FF_OPTION_VALUE, FIELD(rates),
     fallback_rates},
    OPTION_JSON("print JSON instead of a table"),
    OPTION_HELP,
};

static const struct ff_option PROFILE_OPTIONS[] = {
    OPTION_SET,
    {"seconds", "S", "of training; it ends behind the batches under way,\nor with the experiment", FF_OPTION_VALUE,
     FIELD(seconds), fallback_seconds},
    {"trace", "FILE", "the trace; a file of that name is replaced", FF_OPTION_VALUE, FIELD(trace), fallback_trace},
    {"report", "FILE", "the report as JSON; likewise", FF_OPTION_VALUE, FIELD(report), fallback_report},
    {"slices", "N", "steps of each thread that the trace has room for,\nthe first ones", FF_OPTION_VALUE, FIELD(slices),
     fallback_slices},
    {"rates", "FILE", "this machine's rates from a JSON file, such as what\n`ffengine plan --json` printed",
     FF_OPTION_VALUE, FIELD(rates), fallback_rates},
    OPTION_THREADS,
    OPTION_JSON("print the report as JSON instead of tables"),
    {"quiet", NULL, "no progress on standard error", FF_OPTION_FLAG, FIELD(quiet), NULL},
    OPTION_HELP,
};

static const struct ff_option HELP_ONLY[] = {OPTION_HELP};

const struct ff_command ff_commands[] = {
    {"run", "train and evaluate an experiment", "FILE",
     "--resume DIR [--set execution.KEY=VALUE]... [--threads N] [--json] [--quiet]", 1, 1,
     "Trains the network that FILE describes, evaluates it, and leaves in the run's folder: resolved.yaml (the\n"
     "experiment with every key spelt out), run.json, metrics.jsonl (a line an epoch), log.txt, model.safetensors (the "
     "final\n"
     "weights) and result.json. A short table of the result goes to standard output.\n"
     "An interrupt (Ctrl-C), SIGTERM or SIGHUP ends it early but in order: it finishes the batch, evaluates, writes "
     "all\n"
     "of the above, marked as interrupted, and exits with 130, 143 or 129; a second one ends it at once.\n"
     "Every five minutes (execution.checkpoint), at the end of an epoch, a checkpoint is written. --resume DIR goes "
     "on\n"
     "from it in the same folder, when the run was interrupted, killed or failed, and ends in the same bits as if it\n"
     "never had been. Of the experiment only `execution` may be changed then, by --set and --threads.\n",
     "  ffengine run experiments/quickstart.yaml\n"
     "  ffengine run experiments/small_sup.yaml --set seed=2 --set layers.widths='[128,64]' --out runs/wide\n"
     "  ffengine run experiments/quickstart.yaml --json --quiet > result.json\n"
     "  ffengine run --resume runs/wide\n",
     "`ffengine check FILE` shows what would run; `ffengine help experiment` lists every key.\n", OPTIONS(RUN_OPTIONS),
     ff_command_run},
    {"check", "check an experiment file and print it with every key spelt out", "FILE", NULL, 1, 1,
     "Reads FILE, reports all its faults at once, each as file:line:column, or prints the resolved experiment as\n"
     "YAML: what FILE and --set say, and the default of every other key. Of data that is on this machine the sizes "
     "are\n"
     "compared too. --graph and --dot tell how this machine would execute the experiment.\n",
     "  ffengine check experiments/quickstart.yaml\n"
     "  ffengine check experiments/quickstart.yaml --set seed=2 > mine.yaml\n"
     "  ffengine check experiments/large_sup.yaml --threads 4 --graph\n"
     "  ffengine check experiments/large_sup.yaml --dot | dot -Tsvg > graph.svg\n",
     "`ffengine help experiment` lists every key; `ffengine run FILE` runs it.\n", OPTIONS(CHECK_OPTIONS),
     ff_command_check},
    {"sweep", "run every point of a sweep, several at once", "FILE", NULL, 1, 1,
     "Runs the experiments that the section `sweep` of FILE describes: every combination of a grid, a list, or random\n"
     "draws, each with every seed. Each point is a process of its own on processors of its own, as many at once as\n"
     "processors and memory allow; what needs more memory than there is, is refused. A point that fails is recorded,\n"
     "and the others go on; the exit status is then that of the first that failed.\n"
     "The sweep's folder has sweep.json, results.csv, sweep.svg, and in points/ a run's folder for each point\n"
     "(`ffengine runs list --runs DIR/points` lists them). Ctrl-C, SIGTERM or SIGKILL end it at any time: the same\n"
     "command goes on, and runs no point again that has finished; one that has not goes on from its checkpoint, if it\n"
     "has one. FILE may have changed: points are known by their experiments, and folders of those that it has no more\n"
     "are kept, but left out of the table.\n",
     "  ffengine check experiments/sweeps/width.yaml\n"
     "  ffengine sweep experiments/sweeps/width.yaml --out sweeps/width\n"
     "  ffengine sweep mine.yaml --set sweep.seeds='[1,2,3]' --set sweep.parallel=4\n"
     "  ffengine sweep mine.yaml --out sweeps/mine --print-jobs > jobs.txt\n",
     "experiments/sweeps/slurm.sbatch runs the command lines of --print-jobs as a SLURM job array.\n",
     OPTIONS(SWEEP_OPTIONS), ff_command_sweep},
    {"data list", "list the datasets ffengine knows, and where they lie", "", NULL, 0, 0,
     "Datasets are looked for in $FFENGINE_DATA, then in the user's cache folder, then in /usr/share/datasets.\n",
     "  ffengine data list\n",
     "`ffengine data info NAME` looks inside one; `ffengine data fetch NAME` downloads one.\n", OPTIONS(JSON_OPTIONS),
     ff_command_data_list},
    {"data info", "describe a dataset: sizes, classes, mean and deviation", "NAME", NULL, 1, 1,
     "Reads the whole dataset NAME and describes it; a damaged file is reported.\n",
     "  ffengine data info mnist\n"
     "  ffengine data info mnist --json\n",
     "`ffengine data list` names the datasets.\n", OPTIONS(JSON_OPTIONS), ff_command_data_info},
    {"data fetch", "download a dataset", "NAME", NULL, 1, 1,
     "Downloads the files of dataset NAME that are missing or damaged, and checks them against their SHA-256. An\n"
     "interrupted download is resumed by the next one.\n",
     "  ffengine data fetch mnist\n"
     "  ffengine data fetch mnist --to data --mirror http://localhost:8000/mnist\n",
     "`ffengine data info NAME` shows what has been downloaded.\n", OPTIONS(FETCH_OPTIONS), ff_command_data_fetch},
    {"runs list", "list the runs of a folder, filtered and sorted", "", NULL, 0, 0,
     "Reads the run store, runs.sqlite in the folder that holds the run folders, which `ffengine run` keeps.\n"
     "Columns, for --where and --sort: id (the run folder's name), name, status, mode, seed, widths, epochs, "
     "best_epoch,\n"
     "test_error, validation_error, train_error, goodness_test_error, head_test_error (in percent), "
     "samples_per_second,\n"
     "seconds, total_seconds, started, ended (UTC, such as '2026-11-23T22:16'), execution, bottleneck, host, pid,\n"
     "version, cpu, matrices, libc, compiler, hash, error; and any key of the experiment, such as train.batch.\n"
     "status is running, done, stopped (early, by a signal), failed, interrupted (its process is gone without a "
     "result)\n"
     "or elsewhere (without a result, on another host).\n",
     "  ffengine runs list\n"
     "  ffengine runs list --where 'test_error < 2 and name like \"large%\"' --sort test_error\n"
     "  ffengine runs list --where 'train.batch = 100' --sort samples_per_second,desc --limit 5 --json\n",
     "`ffengine runs show ID` tells all of a run.\n", OPTIONS(RUNS_LIST_OPTIONS), ff_command_runs_list},
    {"runs show", "show all that is known of a run", "ID", NULL, 1, 1,
     "ID is the name of the run's folder, or the beginning of it, if only one begins so. Errors are in percent.\n",
     "  ffengine runs show large_sup-20261123-221606\n"
     "  ffengine runs show large_sup --json\n",
     "`ffengine runs list` names the runs.\n", OPTIONS(RUNS_SHOW_OPTIONS), ff_command_runs_show},
    {"runs compare", "compare runs: where the experiments differ, and the results", "ID ID...", NULL, 2,
     FF_RUNS_COMPARED,
     "Prints a column a run: the keys of the experiments that are not the same in all, and the results.\n",
     "  ffengine runs compare large_sup-20261123-221606 large_sup-20261123-230100\n",
     "`ffengine runs list` names the runs.\n", OPTIONS(RUNS_SHOW_OPTIONS), ff_command_runs_compare},
    {"runs export", "export a table of runs for other programs", "csv", NULL, 1, 1,
     "Prints the runs as CSV (RFC 4180) with a header: every column of `ffengine runs list`; errors are in percent, "
     "and\n"
     "what was not measured is empty.\n",
     "  ffengine runs export csv > runs.csv\n"
     "  ffengine runs export csv --where 'status = \"done\"' --sort started --out runs.csv\n",
     "`ffengine help runs list` explains the columns.\n", OPTIONS(RUNS_EXPORT_OPTIONS), ff_command_runs_export},
    {"runs rebuild", "make the run store anew from the run folders", "", NULL, 0, 0,
     "Reads every run folder below the folder of runs and puts a new store in the place of one that is damaged, lost "
     "or\n"
     "behind. Runs that are under way go on, and write into the new one.\n",
     "  ffengine runs rebuild\n"
     "  ffengine runs rebuild --runs /data/runs\n",
     NULL, OPTIONS(RUNS_REBUILD_OPTIONS), ff_command_runs_rebuild},
    {"topology", "show the cores and caches, and the order in which stages take them", "", NULL, 0, 0,
     "Draws the machine as ffengine counts it: packages, NUMA nodes, caches and cores, equal parts in one line; what\n"
     "keeps this process from using more (affinity mask, control group); and the order in which the stages of a\n"
     "pipeline take processors, so that neighbours share a cache. Of each core one processor counts, since its\n"
     "hyper-threads share the arithmetic units. execution.bind says whether a run binds its threads.\n"
     "\n"
     "--topology STRING describes a machine that is not at hand: words LEVEL:COUNT from the outside in, each COUNT\n"
     "for one of the level before. Levels: package, die, group, numa, l5 .. l1 (caches), core, pu (hyper-threads of\n"
     "a core). Sizes follow in parentheses, l3:8(size=32MiB), numa:2(memory=64GiB); those not given are made up.\n",
     "  ffengine topology\n"
     "  ffengine topology --topology 'package:2 l3:8(size=32MiB) core:8 pu:2'\n"
     "  taskset -c 0-3 ffengine topology --json\n"
     "  lstopo server.xml                            on the server, by hwloc's lstopo; then, anywhere:\n"
     "  ffengine topology --topology server.xml\n",
     "`ffengine check FILE --graph` shows how an experiment's stages share the processors.\n",
     OPTIONS(TOPOLOGY_OPTIONS), ff_command_topology},
    {"plan", "plan which cores work on which layers, and predict the speed", "FILE", NULL, 1, 1,
     "Shares the cores out among the stages of FILE's pipeline so that the slowest is as fast as possible, by a model "
     "of\n"
     "what each costs: flops at the rate of a core, weights at its bandwidth, and what each hand-off takes. Layers in "
     "a\n"
     "row share cores where there are fewer cores than stages; cores that would not help are left idle. The plan is\n"
     "then simulated, batch by batch, with its rings. at work: share of the time; a stage near 100 % is what the\n"
     "others wait for, and only more cores for it, or less work, make training faster. No result depends on a plan.\n"
     "A run here plans likewise, at rates that it measures when it begins, unless execution.threads.per_stage or a\n"
     "layer's threads are given; 'as it runs' is the prediction for what it does.\n"
     "\n"
     "The rates are measured here, unless --rate, --bandwidth or --rates gives them, also for --topology: measure on\n"
     "the other machine with --json, and bring the file.\n",
     "  ffengine plan experiments/large_sup.yaml\n"
     "  ffengine plan experiments/hinton_sup_4x2000.yaml --topology 'package:2 l3:8 core:8' --cores 32\n"
     "  ffengine plan experiments/quickstart.yaml --set layers.widths='[500,500,500]' --json > here.json\n"
     "  ffengine plan experiments/quickstart.yaml --topology 'l3:4 core:8' --rates here.json\n",
     "`ffengine topology` shows the cores; `ffengine check FILE --graph` how training shares them out.\n",
     OPTIONS(PLAN_OPTIONS), ff_command_plan},
    {"profile", "train for some seconds and report where the time goes", "FILE", NULL, 1, 1,
     "Trains the experiment of FILE for some seconds as `ffengine run` would, evaluations between epochs included, "
     "and\n"
     "records what every thread does. Keeps no model; the steps are those of a run, bit for bit. Standard output "
     "gets,\n"
     "for each stage: samples/s (what it alone could do), GFLOP/s and the share of its threads' measured peak, GB/s "
     "it\n"
     "moves by the cost model, all while at work; load (its leader's work, the mean of all leaders being 1); the share "
     "of\n"
     "time of each step; how full its rings are, as their readers find them; then the bottleneck and the fix to try.\n"
     "samples/s are pairs trained on over the time of the work on them (of a head that trains after the layers, "
     "images);\n"
     "evaluation counts in neither. GFLOP/s and share of peak count flops as of dense products; zeros that are left\n"
     "out make more than 100 % possible.\n"
     "Hardware counters (cycles, instructions, misses of the last cache) follow where the kernel allows them.\n"
     "gradient + update is one step where a batch is one tile: blocks of weights are updated while in cache.\n"
     "\n"
     "The trace opens in https://ui.perfetto.dev and chrome://tracing: a slice a step, a counter a ring. Where the "
     "room\n"
     "for slices ends the trace is cut, which the report says; its sums are whole. Waits below a microsecond count to\n"
     "the step behind them. An interrupt (Ctrl-C) ends it early with a report, and exits with 130.\n",
     "  ffengine profile experiments/large_sup.yaml\n"
     "  ffengine profile mine.yaml --seconds 3 --set execution.depth=4 --trace deep.json\n"
     "  ffengine profile mine.yaml --quiet --json | jq .bottleneck\n",
     "`ffengine plan FILE` predicts what this measures; `ffengine check FILE --graph` draws the stages.\n",
     OPTIONS(PROFILE_OPTIONS), ff_command_profile},
    {"version", "print the version and what was built in", "", NULL, 0, 0,
     "Prints the version, and the processor, compiler and libraries that decide the bits of a result.\n",
     "  ffengine version\n", NULL, OPTIONS(HELP_ONLY), ff_command_version},
    {"help", "show help for a command, or every key of an experiment file", "[COMMAND | experiment]", NULL, 0, 2,
     "Without an argument: the commands. `ffengine help experiment` prints every key of an experiment file with its\n"
     "type, default, range and meaning.\n",
     "  ffengine help run\n"
     "  ffengine help data fetch\n"
     "  ffengine help experiment\n",
     NULL, OPTIONS(HELP_ONLY), ff_command_help},
};

const int ff_n_commands = (int)(sizeof ff_commands / sizeof *ff_commands);
