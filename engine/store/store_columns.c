#include "store/store_columns.h"

#include <stddef.h>

#include <sqlite3.h>

#define PERCENT(column) "round(100 * r." column ", 9)"
#define SETTING(key)    "(SELECT value FROM setting WHERE run = r.id AND key = '" key "')"
#define LAST(column)    "(SELECT " column " FROM epoch WHERE run = r.id ORDER BY number DESC LIMIT 1)"

const struct ff_store_column ff_store_columns[] = {
    {"id", "r.id", "the name of the run's folder"},
    {"name", "r.name", "of the experiment"},
    {"status", "status_now(r.status, r.host, r.pid, r.process)",
     "running, done, stopped (early, by a signal), failed, interrupted (killed), or elsewhere (on another host)"},
    {"mode", "r.mode", "supervised or unsupervised"},
    {"seed", "r.seed", "of the experiment"},
    {"widths", SETTING("layers.widths"), "layers.widths, as text"},
    {"epochs", "coalesce(r.epochs, (SELECT max(number) FROM epoch WHERE run = r.id), 0)", "trained, so far"},
    {"best_epoch", "r.best_epoch", "whose weights were kept, with train.patience; else 0"},
    {"test_error", PERCENT("test_error"), "in percent, by the classifier of evaluate.by"},
    {"validation_error", PERCENT("validation_error"), "the same"},
    {"train_error", PERCENT("train_error"), "the same"},
    {"goodness_test_error", PERCENT("goodness_test_error"), "in percent, by goodness"},
    {"head_test_error", PERCENT("head_test_error"), "in percent, by the head"},
    {"samples_per_second", "coalesce(r.samples_per_second, " LAST("samples_per_second") ")",
     "of the training; while it runs, of the last epoch"},
    {"seconds", "r.seconds", "of training"},
    {"total_seconds", "r.total_seconds", "of the whole run"},
    {"started", "r.started", "UTC, 2026-11-23T22:16:06.125Z"},
    {"ended", "r.ended", "the same"},
    {"execution", "r.execution", "pipeline or sequential"},
    {"bottleneck", "r.bottleneck", "source, layer N, readout or collector"},
    {"host", "r.host", "where it ran"},
    {"pid", "r.pid", "its process"},
    {"version", "r.version", "of ffengine"},
    {"cpu", "r.cpu", "the processor"},
    {"matrices", "r.matrices", "what multiplies matrices"},
    {"libc", "r.libc", "the C library"},
    {"compiler", "r.compiler", "of ffengine"},
    {"hash", "r.hash", "of the experiment but for its execution: equal experiments have equal ones"},
    {"error", "r.error", "why it failed"},
};
const int ff_store_n_columns = (int)(sizeof ff_store_columns / sizeof *ff_store_columns);

char *ff_store_listing(void)
{
	sqlite3_str *sql = sqlite3_str_new(NULL);
	for (int i = 0; i < ff_store_n_columns; i++)
		sqlite3_str_appendf(sql, "%s%s AS %s", i ? ", " : "(SELECT ", ff_store_columns[i].sql,
		                    ff_store_columns[i].name);
	sqlite3_str_appendall(sql, " FROM run AS r) AS listed");
	return sqlite3_str_finish(sql);
}
