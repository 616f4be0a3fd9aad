/* A training run's line to the store. It may fail in any way: then it warns once, and the run goes on with its files.
 *
 * The collector's thread calls it, which no stage waits for unless its ring is full; a transaction is made at most
 * twice a second. A store that is locked costs FF_STORE_WAIT milliseconds at its first failure, and nothing until the
 * run's end; what was missed is read from the run's files as soon as it works again. */
#ifndef ENGINE_STORE_STORE_WRITER_H
#define ENGINE_STORE_STORE_WRITER_H

#include "store/store.h"

struct ff_store_writer {
	struct ff_store store;
	struct ff_store_place place;
	struct ff_store_watch watch;
	char id[256]; /* the folder's name; "" while there is no run */
	double last;  /* when it was last brought up to date */
	bool warned;  /* so it works no more, or not now */
	bool lost;    /* there is no point in trying again */
};

/* Registers the run of this folder with the store of its parent. `watch` is told what fails, once. */
void ff_store_writer_begin(struct ff_store_writer *writer, const char *folder, const struct ff_store_watch *watch);

/* A line of metrics.jsonl was written. */
void ff_store_writer_epoch(struct ff_store_writer *writer);

/* result.json was written, if it could be: brings the store up to date and closes it. Fine on a zero struct. */
void ff_store_writer_end(struct ff_store_writer *writer);

#endif
