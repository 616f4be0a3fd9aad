#include "store/store_schema.h"

#include <stdio.h>
#include <string.h>
#include <sys/vfs.h>

/* No table has row numbers; each is ordered by its key, so that a rebuilt store has the same rows in the same order.
 * Column `run` is always the name of a run's folder. */
static const char TABLES[] =
    "CREATE TABLE run ("
    "  id TEXT PRIMARY KEY NOT NULL, name TEXT, mode TEXT, seed," /* beyond 2^63 - 1 as text */
    "  status TEXT NOT NULL CHECK (status IN ('running', 'done', 'failed', 'stopped')), error TEXT,"
    "  host TEXT, pid INTEGER, process TEXT, started TEXT, ended TEXT," /* UTC */
    "  hash TEXT, experiment TEXT,"                                     /* resolved.yaml */
    "  epochs INTEGER, layers_trained INTEGER, best_epoch INTEGER,"
    "  seconds REAL, total_seconds REAL, samples_per_second REAL,"
    "  train_error REAL, validation_error REAL, test_error REAL," /* fractions, by evaluate.by */
    "  goodness_test_error REAL, head_test_error REAL,"
    "  execution TEXT, bottleneck TEXT,"
    "  version TEXT, cpu TEXT, matrices TEXT, libc TEXT, compiler TEXT) WITHOUT ROWID;"
    "CREATE TABLE setting (" /* the experiment, key by key */
    "  run TEXT NOT NULL REFERENCES run, key TEXT NOT NULL, place INTEGER NOT NULL, value,"
    "  PRIMARY KEY (run, key)) WITHOUT ROWID;"
    "CREATE TABLE layer (" /* errors of each layer alone, from 1 */
    "  run TEXT NOT NULL REFERENCES run, layer INTEGER NOT NULL,"
    "  train_error REAL, validation_error REAL, test_error REAL,"
    "  PRIMARY KEY (run, layer)) WITHOUT ROWID;"
    "CREATE TABLE stage (" /* in the packets' order, the source is 0 */
    "  run TEXT NOT NULL REFERENCES run, place INTEGER NOT NULL, name TEXT, layer INTEGER, leader INTEGER,"
    "  threads INTEGER, busy REAL, waiting_input REAL, waiting_output REAL,"
    "  PRIMARY KEY (run, place)) WITHOUT ROWID;"
    "CREATE TABLE epoch (" /* a line of metrics.jsonl, from 1 */
    "  run TEXT NOT NULL REFERENCES run, number INTEGER NOT NULL, layer INTEGER, epoch INTEGER, rate REAL,"
    "  head_loss REAL, head_error REAL, train_error REAL, validation_error REAL, test_error REAL,"
    "  seconds REAL, samples_per_second REAL,"
    "  PRIMARY KEY (run, number)) WITHOUT ROWID;"
    "CREATE TABLE epoch_layer (" /* of the layers that trained in it */
    "  run TEXT NOT NULL REFERENCES run, number INTEGER NOT NULL, layer INTEGER NOT NULL,"
    "  loss REAL, goodness_positive REAL, goodness_negative REAL,"
    "  PRIMARY KEY (run, number, layer)) WITHOUT ROWID;";

static ff_status read_integer(const struct ff_store *store, const char *sql, int64_t *value, struct ff_error *error)
{
	sqlite3_stmt *statement = NULL;
	int code = sqlite3_prepare_v2(store->db, sql, -1, &statement, NULL);
	if (code == SQLITE_OK)
		code = sqlite3_step(statement);
	if (code == SQLITE_ROW)
		*value = sqlite3_column_int64(statement, 0);
	ff_status status = code == SQLITE_ROW ? FF_OK : ff_store_fail(store, code, error);
	sqlite3_finalize(statement);
	return status;
}

ff_status ff_store_schema_check(const struct ff_store *store, bool *empty, struct ff_error *error)
{
	int64_t tables = 0, application = 0, version = 0;
	FF_TRY(read_integer(store, "SELECT count(*) FROM sqlite_master", &tables, error));
	FF_TRY(read_integer(store, "PRAGMA application_id", &application, error));
	FF_TRY(read_integer(store, "PRAGMA user_version", &version, error));
	*empty = tables == 0 && application == 0 && version == 0;
	if (!*empty && (application != FF_STORE_APPLICATION || version < 1))
		return ff_fail_at(error, FF_ERROR_DATA, store->path,
		                  "move it away, since ffengine needs this file name for its run store",
		                  "this SQLite database is not a run store");
	if (version <= FF_STORE_VERSION)
		return FF_OK;
	return ff_fail_at(
	    error, FF_ERROR_DATA, store->path,
	    "use that version, or move the file away: `ffengine runs rebuild` then builds a store of this version",
	    "the run store has schema %lld, of a newer ffengine; this one knows up to %d", (long long)version,
	    FF_STORE_VERSION);
}

/* Whether the folder is on a network file system, where WAL's shared memory does not reach other hosts. */
static bool is_network(const char *folder)
{
	static const unsigned MAGIC[] = {
	    0x6969,     /* NFS */
	    0x517B,     /* SMB */
	    0xFF534D42, /* CIFS */
	    0xFE534D42, /* SMB 2 */
	    0x5346414F, /* AFS */
	    0x0BD00BD0, /* Lustre */
	    0x47504653, /* GPFS */
	    0x00C36400, /* Ceph */
	    0x19830326, /* BeeGFS */
	    0x01021997, /* 9P */
	};
	struct statfs system;
	if (statfs(folder, &system) != 0)
		return false;
	for (size_t i = 0; i < sizeof MAGIC / sizeof *MAGIC; i++)
		if ((unsigned)system.f_type == MAGIC[i])
			return true;
	return false;
}

ff_status ff_store_schema_create(const struct ff_store *store, struct ff_error *error)
{
	char sql[160];
	FF_TRY(ff_store_execute(
	    store, is_network(store->folder) ? "PRAGMA journal_mode = DELETE" : "PRAGMA journal_mode = WAL", error));
	FF_TRY(ff_store_execute(store, "BEGIN IMMEDIATE", error));
	ff_status status = ff_store_execute(store, TABLES, error);
	snprintf(sql, sizeof sql, "PRAGMA application_id = %d; PRAGMA user_version = %d; COMMIT", FF_STORE_APPLICATION,
	         FF_STORE_VERSION);
	if (status == FF_OK)
		status = ff_store_execute(store, sql, error);
	if (status != FF_OK)
		(void)!ff_store_execute(store, "ROLLBACK", NULL);
	return status;
}
