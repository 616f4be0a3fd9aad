/* Downloads from servers on loopback that must fail, and what they leave behind. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "data/verify.h"
#include "support/fetch_setting.h"
#include "support/harness.h"

static struct contents has;

static void wrong_content_leaves_nothing(void)
{
	struct sample other = sample_gzip("abc", 3, 9), damaged = has.stored;
	damaged.bytes[damaged.size / 2] ^= 1;
	struct http_route routes[] = {{"/0/big.gz", other.bytes, other.size, HTTP_GOOD, NULL},
	                              {"/1/big.gz", damaged.bytes, damaged.size, HTTP_GOOD, NULL}};
	struct setting s;
	if (!setting_open(&s, routes, 2, 2))
		return;
	CHECK_INT(setting_fetch(&s), FF_ERROR_DATA);
	setting_is_incomplete(&s, -1);
	CHECK_TEXT(s.error.where, s.big);
	CHECK_HAS(s.error.what, "SHA-256");
	CHECK_HAS(s.error.what, s.urls[1]);
	http_server_stop(&s.server);
	damaged.bytes[damaged.size / 2] ^= 1; /* as it was */
	free(other.bytes);
}

static void another_range_is_refused(void)
{
	struct http_route route = {"/0/big.gz", has.stored.bytes, has.stored.size, HTTP_OTHER_RANGE, NULL};
	struct setting s;
	if (!setting_open(&s, &route, 1, 1))
		return;
	setting_part(&s, has.stored.bytes, 1000);
	CHECK_INT(setting_fetch(&s), FF_ERROR_IO);
	CHECK_HAS(s.error.what, "another part of the file");
	setting_is_incomplete(&s, -1);
	http_server_stop(&s.server);
	route.manner = HTTP_REFUSES;
	if (!setting_open(&s, &route, 1, 1))
		return;
	CHECK_INT(setting_fetch(&s), FF_ERROR_IO);
	CHECK_HAS(s.error.what, "HTTP status 416");
	setting_is_incomplete(&s, -1);
	http_server_stop(&s.server);
}

static void a_cut_or_stalled_download_keeps_its_part(void)
{
	for (int stalls = 0; stalls < 2; stalls++) {
		ff_scenario("a download that %s", stalls ? "stalls" : "is cut");
		struct http_route route = {"/0/big.gz", has.stored.bytes, has.stored.size,
		                           stalls ? HTTP_STALLS : HTTP_CUTS, NULL};
		struct setting s;
		if (!setting_open(&s, &route, 1, 1))
			return;
		CHECK_INT(setting_fetch(&s), FF_ERROR_IO);
		CHECK_HAS(s.error.what, s.urls[0]);
		CHECK_HAS(s.error.hint, "continues the download");
		setting_is_incomplete(&s, (long long)has.stored.size / 2);
		http_server_stop(&s.server);
	}
}

static void an_endless_body_is_bounded(void)
{
	struct http_route route = {"/0/big.gz", has.stored.bytes, has.stored.size, HTTP_ENDLESS, NULL};
	struct setting s;
	if (!setting_open(&s, &route, 1, 1))
		return;
	CHECK_INT(setting_fetch(&s), FF_ERROR_IO);
	CHECK_HAS(s.error.what, "the server sent more than 2048576 bytes");
	setting_is_incomplete(&s, -1);
	http_server_stop(&s.server);
}

/* A small .gz that unpacks to far more than the dataset is not unpacked to its end. */
static void a_gzip_bomb_is_bounded(void)
{
	struct sample bomb = {calloc(1, 200 * MILLION), 200 * MILLION};
	struct sample gz = sample_gzip(bomb.bytes, bomb.size, 1);
	bool right = true;
	CHECK_INT(ff_verify(sample_write("bomb.gz", gz.bytes, gz.size), SHA_MILLION, MILLION, &right, NULL), FF_OK);
	CHECK(!right);
	free(bomb.bytes), free(gz.bytes);
}

static void redirects_are_followed_but_not_for_ever(void)
{
	struct http_route routes[] = {{"/0/big.gz", NULL, 0, HTTP_REDIRECTS, "/elsewhere"},
	                              {"/elsewhere", has.stored.bytes, has.stored.size, HTTP_GOOD, NULL}};
	struct setting s;
	if (!setting_open(&s, routes, 2, 1))
		return;
	CHECK_INT(setting_fetch(&s), FF_OK);
	setting_is_complete(&s, has.stored);
	http_server_stop(&s.server);
	static const struct {
		const char *location, *message;
	} CASES[] = {{"/0/big.gz", "redirects"}, {"file:///etc/hostname", "rotocol"}};
	for (int i = 0; i < 2; i++) {
		routes[0].location = CASES[i].location;
		ff_scenario("redirected to %s", CASES[i].location);
		if (!setting_open(&s, routes, 2, 1))
			return;
		CHECK_INT(setting_fetch(&s), FF_ERROR_IO);
		CHECK_HAS(s.error.what, CASES[i].message);
		CHECK(http_server_requests(&s.server) <= 6);
		setting_is_incomplete(&s, -1);
		http_server_stop(&s.server);
	}
}

static void nobody_answers(void)
{
	struct setting s;
	if (!setting_open(&s, NULL, 0, 2))
		return;
	CHECK_INT(setting_fetch(&s), FF_ERROR_IO);
	CHECK_HAS(s.error.what, "HTTP status 404");
	http_server_stop(&s.server);
	CHECK_INT(setting_fetch(&s), FF_ERROR_IO);
	CHECK_HAS(s.error.what, "onnect");
	CHECK_HAS(s.error.what, s.urls[1]);
	setting_is_incomplete(&s, -1);
}

static void folders_that_cannot_be_written(void)
{
	struct http_route route = {"/0/big.gz", has.stored.bytes, has.stored.size, HTTP_GOOD, NULL};
	struct setting s;
	if (!setting_open(&s, &route, 1, 1))
		return;
	const char *file = sample_write("file", "x", 1);
	snprintf(s.folder, sizeof s.folder, "%s/below", file);
	CHECK_INT(setting_fetch(&s), FF_ERROR_IO);
	CHECK_TEXT(s.error.where, file);
	snprintf(s.folder, sizeof s.folder, "%s", sample_path("fetched"));
	mkdir(s.folder, 0777);
	mkdir(s.part, 0777); /* a folder has the part file's name */
	CHECK_INT(setting_fetch(&s), FF_ERROR_IO);
	CHECK_TEXT(s.error.where, s.part);
	CHECK_INT(rmdir(s.part), 0);
	mkdir(s.big, 0777); /* a folder has the final name: the download is kept */
	CHECK_INT(setting_fetch(&s), FF_ERROR_IO);
	CHECK_HAS(s.error.what, "cannot rename");
	http_server_stop(&s.server);
}

static void a_full_disk_stops_at_once(void)
{
	struct http_route route = {"/0/big.gz", has.stored.bytes, has.stored.size, HTTP_GOOD, NULL};
	struct setting s;
	if (access("/dev/full", W_OK) != 0) {
		ff_test_skip("no /dev/full");
		return;
	}
	if (!setting_open(&s, &route, 1, 2))
		return;
	mkdir(s.folder, 0777);
	CHECK_INT(symlink("/dev/full", s.part), 0);
	CHECK_INT(setting_fetch(&s), FF_ERROR_IO);
	CHECK_TEXT(s.error.where, s.part);
	CHECK_HAS(s.error.what, "No space left");
	CHECK_HAS(s.error.hint, "free some space");
	CHECK_INT(access(s.big, F_OK), -1);
	CHECK(http_server_requests(&s.server) <= 1); /* the second mirror is of no use */
	http_server_stop(&s.server);
}

/* The search prefers an unpacked file, so a fetch must not call the dataset complete while that one is damaged. */
static void an_unpacked_file_counts(void)
{
	struct http_route route = {"/0/big.gz", has.stored.bytes, has.stored.size, HTTP_GOOD, NULL};
	struct setting s;
	char plain[FF_MAX_PATH + 16];
	if (!setting_open(&s, &route, 1, 1))
		return;
	CHECK_INT(setting_fetch(&s), FF_OK);
	snprintf(plain, sizeof plain, "%s/big", s.folder);
	FILE *stream = fopen(plain, "wb");
	CHECK(stream && fputs("damaged", stream) >= 0 && fclose(stream) == 0);
	CHECK_INT(setting_fetch(&s), FF_ERROR_DATA);
	CHECK_TEXT(s.error.where, plain);
	CHECK_HAS(s.error.hint, "remove it");
	stream = fopen(plain, "wb");
	for (int i = 0; stream && i < MILLION; i++)
		fputc('a', stream);
	CHECK(stream && fclose(stream) == 0);
	unlink(s.big);
	int requests = http_server_requests(&s.server);
	CHECK_INT(setting_fetch(&s), FF_OK);
	CHECK_INT(http_server_requests(&s.server), requests);
	CHECK_INT(access(s.big, F_OK), -1);
	http_server_stop(&s.server);
}

static void folders_of_a_failed_fetch_are_removed(void)
{
	struct setting s;
	if (!setting_open(&s, NULL, 0, 1))
		return;
	mkdir(s.folder, 0777);
	snprintf(s.folder, sizeof s.folder, "%s", sample_path("fetched/a/b"));
	CHECK_INT(setting_fetch(&s), FF_ERROR_IO);
	CHECK_INT(access(s.folder, F_OK), -1);
	CHECK_INT(access(sample_path("fetched/a"), F_OK), -1);
	CHECK_INT(access(sample_path("fetched"), F_OK), 0);
	http_server_stop(&s.server);
}

int main(void)
{
	static const struct ff_test_case CASES[] = {
	    {"wrong content leaves nothing", wrong_content_leaves_nothing},
	    {"another range is refused", another_range_is_refused},
	    {"a cut or stalled download keeps its part", a_cut_or_stalled_download_keeps_its_part},
	    {"an endless body is bounded", an_endless_body_is_bounded},
	    {"a gzip bomb is bounded", a_gzip_bomb_is_bounded},
	    {"redirects are followed, but not for ever", redirects_are_followed_but_not_for_ever},
	    {"nobody answers", nobody_answers},
	    {"folders that cannot be written", folders_that_cannot_be_written},
	    {"a full disk stops at once", a_full_disk_stops_at_once},
	    {"an unpacked file counts", an_unpacked_file_counts},
	    {"folders of a failed fetch are removed", folders_of_a_failed_fetch_are_removed},
	};
	setenv("no_proxy", "*", 1);
	has = contents_make();
	int status = ff_tests_run("fetch faults", CASES, (int)(sizeof CASES / sizeof *CASES));
	contents_free(&has);
	return status;
}
