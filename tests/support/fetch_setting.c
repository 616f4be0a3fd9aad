#include "support/fetch_setting.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "data/verify.h"
#include "support/harness.h"

const char SHA_MILLION[] = "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0";
static const char SHA_ABC[] = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
static const struct ff_fetch_file FILES[] = {{"big.gz", SHA_MILLION, MILLION}, {"small.gz", SHA_ABC, 3}};

struct contents contents_make(void)
{
	char *million = malloc(MILLION);
	if (!million)
		abort();
	memset(million, 'a', MILLION);
	struct contents made = {sample_gzip(million, MILLION, 0), sample_gzip(million, MILLION, 9),
	                        sample_gzip("abc", 3, 6)};
	free(million);
	return made;
}

void contents_free(struct contents *contents)
{
	free(contents->stored.bytes);
	free(contents->packed.bytes);
	free(contents->abc.bytes);
}

bool setting_open(struct setting *s, const struct http_route *routes, int n_routes, int n_mirrors)
{
	memset(s, 0, sizeof *s);
	snprintf(s->folder, sizeof s->folder, "%s", sample_path("fetched"));
	sample_remove(s->folder);
	snprintf(s->big, sizeof s->big, "%s/big.gz", s->folder);
	snprintf(s->part, sizeof s->part, "%s/big.gz.part", s->folder);
	if (!CHECK(http_server_start(&s->server, routes, n_routes)))
		return false;
	for (int i = 0; i < n_mirrors; i++) {
		snprintf(s->urls[i], sizeof s->urls[i], "%s/%d%s", s->server.url, i, i % 2 ? "" : "/");
		s->mirrors[i] = s->urls[i];
	}
	s->table = (struct ff_fetch_table){FILES, 1, s->mirrors, n_mirrors, 5, 1};
	return true;
}

ff_status setting_fetch(struct setting *s)
{
	return ff_fetch_files(&s->table, s->folder, &s->options, &s->error);
}

void setting_part(struct setting *s, const void *bytes, size_t size)
{
	mkdir(s->folder, 0777);
	FILE *stream = fopen(s->part, "wb");
	if (CHECK(stream != NULL)) {
		CHECK_INT(fwrite(bytes, 1, size, stream), size);
		fclose(stream);
	}
}

void setting_is_complete(struct setting *s, struct sample wanted)
{
	struct stat st;
	bool right = false;
	CHECK_TEXT(s->error.what, "");
	CHECK_INT(ff_verify(s->big, SHA_MILLION, MILLION, &right, NULL), FF_OK);
	CHECK(right);
	CHECK(stat(s->big, &st) == 0 && (size_t)st.st_size == wanted.size);
	CHECK_INT(access(s->part, F_OK), -1);
}

void setting_is_incomplete(struct setting *s, long long size)
{
	struct stat st;
	CHECK_INT(access(s->big, F_OK), -1);
	CHECK_INT(stat(s->part, &st) == 0 ? (long long)st.st_size : -1, size);
}
