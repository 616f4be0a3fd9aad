/* What the commands of the group `runs` share. */
#ifndef ENGINE_CLI_CMD_RUNS_H
#define ENGINE_CLI_CMD_RUNS_H

#include "cli/cli.h"
#include "store/store_columns.h"
#include "store/store_list.h"
#include "store/store_open.h"
#include "store/store_rebuild.h"
#include "store/store_show.h"

/* Opens the store of --runs. Errors: those of ff_store_open_to_read(). */
FF_NODISCARD ff_status ff_runs_open(const struct ff_arguments *arguments, struct ff_store *store,
                                    struct ff_error *error);

/* The runs that --where, --sort and --limit ask for; the caller owns the array. Errors: those of ff_store_list(),
 * FF_ERROR_USAGE for a limit that is none. */
FF_NODISCARD ff_status ff_runs_select(const struct ff_arguments *arguments, json_t **runs, struct ff_error *error);

enum { FF_RUNS_CELL = 128 };

/* A value as a cell of a table: "-" for null, numbers with so many decimals, cut to the cell's size. */
const char *ff_runs_cell(const json_t *value, int decimals, char cell[FF_RUNS_CELL]);

/* "2026-11-23 23:16" in the user's time zone. */
const char *ff_runs_time(const json_t *value, char cell[FF_RUNS_CELL]);

/* Writes the names of the store's columns as a sentence. */
void ff_runs_describe_columns(char *text, size_t size);

#endif
