/* What to fetch and where to, for all files of a fetch. */
#ifndef ENGINE_DATA_FETCH_OPTIONS_H
#define ENGINE_DATA_FETCH_OPTIONS_H

struct ff_fetch_options {
	const char *name;   /* a fetchable entry of the catalog: mnist */
	const char *folder; /* the files go to folder/name; NULL = the user's cache folder */
	const char *mirror; /* http(s) URL of the folder that holds the files; NULL = the known mirrors */
	/* Called as bytes arrive and once at the end of each file, also of one that exists already. total is 0 while
	 * it is unknown. May be NULL. */
	void (*progress)(void *user, const char *file, double done, double total);
	void *user;
};

#endif
