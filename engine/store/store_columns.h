/* The columns of `runs list`: what the commands of `runs` print, sort by and search in. */
#ifndef ENGINE_STORE_STORE_COLUMNS_H
#define ENGINE_STORE_STORE_COLUMNS_H

/* A column; sql is an expression over the table `run AS r`. */
struct ff_store_column {
	const char *name, *sql, *meaning;
};

extern const struct ff_store_column ff_store_columns[];
extern const int ff_store_n_columns;

/* All runs with these columns as a table expression, "(SELECT ... FROM run AS r) AS listed". The caller frees it with
 * sqlite3_free(); NULL without memory. */
char *ff_store_listing(void);

#endif
