/* Keeps the store up to date while a run trains. A failure of the store never stops the run: it gives one warning.
 *
 * The collector's thread calls this; stages wait for that thread only when its ring is full. There are at most two
 * transactions a second. A locked store costs FF_STORE_WAIT milliseconds at the first failure and at the run's end. Once
 * the store works again, the writer adds from the run's files whatever is missing. */
#ifndef ENGINE_STORE_STORE_WRITER_H
#define ENGINE_STORE_STORE_WRITER_H

#include "store/store_db.h"
#include "store/store_import.h"

struct ff_store_writer {
	struct ff_store store;
	struct ff_store_position position;
	struct ff_store_watch watch;
	char id[256]; /* the name of the run's folder; "": no run */
	double last;  /* time of the last update */
	bool warned;  /* an update failed */
	bool lost;    /* further attempts are pointless */
};

/* Registers the run in this folder with the store of the parent folder. `watch` receives the warning. */
void ff_store_writer_begin(struct ff_store_writer *writer, const char *folder, const struct ff_store_watch *watch);

/* To be called when metrics.jsonl has another line. */
void ff_store_writer_epoch(struct ff_store_writer *writer);

/* Brings the store up to date, with result.json if it was written, and closes it. A zero struct is fine. */
void ff_store_writer_end(struct ff_store_writer *writer);

#endif
