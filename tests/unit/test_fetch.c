/* Downloads from servers on loopback that succeed in the end. */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "data/describe.h"
#include "data/fetch.h"
#include "support/fetch_setting.h"
#include "support/harness.h"

static struct contents has;

struct seen {
	int calls;
	double done, total;
	char file[64];
};

static void look(void *user, const char *file, double done, double total)
{
	struct seen *seen = user;
	seen->calls++;
	CHECK(done >= 0 && (total == 0 || done <= total));
	seen->done = done;
	seen->total = total;
	snprintf(seen->file, sizeof seen->file, "%s", file);
}

static void two_files_once(void)
{
	struct http_route routes[] = {{"/0/big.gz", has.stored.bytes, has.stored.size, HTTP_GOOD, NULL},
	                              {"/0/small.gz", has.abc.bytes, has.abc.size, HTTP_GOOD, NULL}};
	struct setting s;
	struct seen seen = {0};
	if (!setting_open(&s, routes, 2, 1))
		return;
	s.table.n_files = 2;
	s.options.progress = look;
	s.options.user = &seen;
	CHECK_INT(setting_fetch(&s), FF_OK);
	setting_is_complete(&s, has.stored);
	CHECK(seen.calls > 4);
	CHECK_TEXT(seen.file, "small.gz");
	CHECK_INT(seen.done, has.abc.size);
	CHECK_INT(seen.total, has.abc.size);
	CHECK_INT(http_server_requests(&s.server), 2);
	CHECK_TEXT(s.server.log[0].range, "");
	CHECK_INT(setting_fetch(&s), FF_OK); /* again: nothing to download */
	CHECK_INT(http_server_requests(&s.server), 2);
	struct stat st;
	CHECK(stat(s.big, &st) == 0 && (st.st_mode & 0400));
	CHECK_INT(truncate(s.big, 1000), 0); /* damaged: only that one again */
	CHECK_INT(setting_fetch(&s), FF_OK);
	setting_is_complete(&s, has.stored);
	CHECK_INT(http_server_requests(&s.server), 3);
	http_server_stop(&s.server);
}

static void the_second_mirror_after_the_first(void)
{
	static const char BAD[] = "<html>Please log in</html>";
	for (int kind = 0; kind < 3; kind++) {
		ff_scenario("first mirror: %s", kind == 0 ? "404" : kind == 1 ? "wrong content" : "cut");
		struct http_route routes[] = {{"/2/big.gz", has.packed.bytes, has.packed.size, HTTP_GOOD, NULL},
		                              {"/0/big.gz", BAD, sizeof BAD, HTTP_GOOD, NULL},
		                              {"/0/big.gz", has.stored.bytes, has.stored.size, HTTP_CUTS, NULL}};
		struct setting s;
		if (!setting_open(&s, routes + (kind == 2), kind == 2 ? 2 : 1 + kind, 3))
			return;
		if (kind == 2) /* cut, then 404, then another compression, which must not be glued to the cut one */
			routes[1] = routes[0];
		CHECK_INT(setting_fetch(&s), FF_OK);
		setting_is_complete(&s, has.packed);
		http_server_stop(&s.server);
	}
}

static void resume_asks_for_the_rest(void)
{
	struct http_route route = {"/0/big.gz", has.stored.bytes, has.stored.size, HTTP_GOOD, NULL};
	struct setting s;
	struct seen seen = {0};
	if (!setting_open(&s, &route, 1, 1))
		return;
	s.options.progress = look;
	s.options.user = &seen;
	setting_part(&s, has.stored.bytes, 700000);
	CHECK_INT(setting_fetch(&s), FF_OK);
	setting_is_complete(&s, has.stored);
	CHECK_INT(http_server_requests(&s.server), 1);
	CHECK_TEXT(s.server.log[0].range, "bytes=700000-");
	CHECK_INT(seen.total, has.stored.size);
	http_server_stop(&s.server);
}

/* A part that is complete, too long, wrong, or met by a server that cannot resume. */
static void resume_against_all_odds(void)
{
	static const struct {
		enum http_manner manner;
		size_t part;
		bool wrong;
		int requests;
	} CASES[] = {{HTTP_IGNORES_RANGE, 700000, false, 1}, {HTTP_GOOD, 0, false, 1},
	             {HTTP_GOOD, MILLION, true, 2},          {HTTP_GOOD, 5, true, 2},
	             {HTTP_GOOD, 3 * MILLION, true, 1},      {HTTP_IGNORES_RANGE, 3 * MILLION - MILLION / 2, true, 1}};
	char *noise = calloc(1, 3 * MILLION);
	for (size_t i = 0; i < sizeof CASES / sizeof *CASES; i++) {
		ff_scenario("case %zu: a %s part of %zu bytes", i, CASES[i].wrong ? "wrong" : "right", CASES[i].part);
		struct http_route route = {"/0/big.gz", has.stored.bytes, has.stored.size, CASES[i].manner, NULL};
		struct setting s;
		if (!setting_open(&s, &route, 1, 1))
			break;
		setting_part(&s, CASES[i].wrong ? (void *)noise : has.stored.bytes, CASES[i].part);
		CHECK_INT(setting_fetch(&s), FF_OK);
		setting_is_complete(&s, has.stored);
		CHECK_INT(http_server_requests(&s.server), CASES[i].requests);
		http_server_stop(&s.server);
	}
	free(noise);
	struct http_route route = {"/0/big.gz", has.stored.bytes, has.stored.size, HTTP_GOOD, NULL};
	struct setting s;
	if (!setting_open(&s, &route, 1, 1))
		return;
	setting_part(&s, has.stored.bytes, has.stored.size); /* killed just before the rename: the server says 416 */
	CHECK_INT(setting_fetch(&s), FF_OK);
	setting_is_complete(&s, has.stored);
	CHECK_INT(http_server_requests(&s.server), 1);
	http_server_stop(&s.server);
}

static void killed_half_way_then_resumed(void)
{
	struct http_route route = {"/0/big.gz", has.stored.bytes, has.stored.size, HTTP_STALLS, NULL};
	struct setting s;
	if (!setting_open(&s, &route, 1, 1))
		return;
	s.table.stall_seconds = 60;
	fflush(stdout);
	pid_t child = fork();
	if (child == 0)
		_exit(setting_fetch(&s) == FF_OK ? 0 : 1);
	struct stat st = {0};
	for (int i = 0; i < 500 && !(stat(s.part, &st) == 0 && (size_t)st.st_size == has.stored.size / 2); i++)
		usleep(10000);
	CHECK_INT(setting_fetch(&s), FF_ERROR_IO); /* a second process keeps away */
	CHECK_HAS(s.error.what, "another process");
	int status;
	CHECK_INT(kill(child, SIGKILL), 0);
	CHECK_INT(waitpid(child, &status, 0), child);
	setting_is_incomplete(&s, (long long)has.stored.size / 2);
	http_server_stop(&s.server);
	route.manner = HTTP_GOOD;
	s.error = (struct ff_error){0};
	if (!CHECK(http_server_start(&s.server, &route, 1)))
		return;
	snprintf(s.urls[0], sizeof s.urls[0], "%s/0", s.server.url);
	CHECK_INT(setting_fetch(&s), FF_OK);
	setting_is_complete(&s, has.stored);
	CHECK_INT(http_server_requests(&s.server), 1);
	CHECK_HAS(s.server.log[0].range, "bytes=5000");
	http_server_stop(&s.server);
}

static void arguments_of_fetch(void)
{
	struct ff_error error;
	char folder[FF_MAX_PATH];
	struct ff_fetch_options options = {.name = "fashion-mnist", .folder = "/nonexistent"};
	CHECK_INT(ff_fetch(&options, &error), FF_ERROR_USAGE);
	CHECK_HAS(error.hint, "dataset-fashion-mnist");
	options.name = "synthetic";
	CHECK_INT(ff_fetch(&options, &error), FF_ERROR_USAGE);
	options.name = "nope";
	CHECK_INT(ff_fetch(&options, &error), FF_ERROR_USAGE);
	CHECK_HAS(error.what, "not a known dataset");
	options.name = "mnist";
	options.mirror = "ftp://example.org/";
	CHECK_INT(ff_fetch(&options, &error), FF_ERROR_USAGE);
	CHECK_TEXT(error.where, "ftp://example.org/");
	CHECK_INT(ff_fetch_folder(&options, folder, &error), FF_OK);
	CHECK_TEXT(folder, "/nonexistent/mnist");
	options.folder = NULL;
	setenv("XDG_CACHE_HOME", "/some/cache", 1);
	CHECK_INT(ff_fetch_folder(&options, folder, &error), FF_OK);
	CHECK_TEXT(folder, "/some/cache/ffengine/mnist");
}

/* The checksums in the program are those of the real files. */
static void real_mnist_from_loopback(void)
{
	static const char *const ROUTES[] = {"/train-images-idx3-ubyte.gz", "/train-labels-idx1-ubyte.gz",
	                                     "/t10k-images-idx3-ubyte.gz", "/t10k-labels-idx1-ubyte.gz"};
	char paths[4][FF_MAX_PATH];
	struct http_route routes[4] = {0};
	struct ff_error error = {0};
	if (ff_dataset_locate("mnist", paths, NULL) != FF_OK) {
		ff_test_skip("no mnist in FFENGINE_DATA");
		return;
	}
	for (int i = 0; i < 4; i++) {
		FILE *stream = fopen(paths[i], "rb");
		void *body = malloc(50 * MILLION);
		routes[i] = (struct http_route){ROUTES[i], body, 0, HTTP_GOOD, NULL};
		if (CHECK(stream && body)) {
			routes[i].size = fread(body, 1, 50 * MILLION, stream);
			fclose(stream);
		}
	}
	struct http_server server;
	if (CHECK(http_server_start(&server, routes, 4))) {
		struct ff_fetch_options options = {
		    .name = "mnist", .folder = sample_path("real"), .mirror = server.url};
		CHECK_INT(ff_fetch(&options, &error), FF_OK);
		CHECK_TEXT(error.what, "");
		CHECK_INT(http_server_requests(&server), 4);
		CHECK_INT(access(sample_path("real/mnist/t10k-labels-idx1-ubyte.gz"), R_OK), 0);
		http_server_stop(&server);
	}
	for (int i = 0; i < 4; i++)
		free((void *)(uintptr_t)routes[i].body);
}

int main(void)
{
	static const struct ff_test_case CASES[] = {
	    {"two files, once", two_files_once},
	    {"the second mirror after the first", the_second_mirror_after_the_first},
	    {"resume asks for the rest", resume_asks_for_the_rest},
	    {"resume against all odds", resume_against_all_odds},
	    {"killed half-way, then resumed", killed_half_way_then_resumed},
	    {"arguments of fetch", arguments_of_fetch},
	    {"MNIST from loopback", real_mnist_from_loopback},
	};
	setenv("no_proxy", "*", 1);
	has = contents_make();
	int status = ff_tests_run("fetch", CASES, (int)(sizeof CASES / sizeof *CASES));
	contents_free(&has);
	return status;
}
