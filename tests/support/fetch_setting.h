/* A table of two files to download from a server on loopback into an empty folder: big.gz, a million times the letter
 * a, and small.gz, "abc", whose SHA-256 are published (FIPS 180-2, appendix B). */
#ifndef TESTS_SUPPORT_FETCH_SETTING_H
#define TESTS_SUPPORT_FETCH_SETTING_H

#include "data/fetch_table.h"
#include "support/http_server.h"
#include "support/samples.h"

enum { MILLION = 1000000 };
extern const char SHA_MILLION[];

/* What mirrors can serve: big.gz plain inside (gzip level 0), the same compressed, and small.gz. */
struct contents {
	struct sample stored, packed, abc;
};

struct setting {
	struct http_server server;
	char folder[FF_MAX_PATH], big[FF_MAX_PATH + 16], part[FF_MAX_PATH + 16];
	char urls[3][128];
	const char *mirrors[3];
	struct ff_fetch_table table; /* big.gz only, until n_files is set to 2 */
	struct ff_fetch_options options;
	struct ff_error error;
};

struct contents contents_make(void);
void contents_free(struct contents *contents);

/* Empties the folder and starts a server; mirrors are its folders /0, /1, /2. */
bool setting_open(struct setting *s, const struct http_route *routes, int n_routes, int n_mirrors);

ff_status setting_fetch(struct setting *s);

/* Writes what an earlier try would have left. */
void setting_part(struct setting *s, const void *bytes, size_t size);

/* Checks that big.gz is there, exactly these bytes, and no part file. */
void setting_is_complete(struct setting *s, struct sample wanted);

/* Checks that nothing has the final name and the part file holds `size` bytes (-1: there is none). */
void setting_is_incomplete(struct setting *s, long long size);

#endif
