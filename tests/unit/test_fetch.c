/* Downloads from servers on loopback. The content is a million times the letter a, and "abc", whose SHA-256 are
 * published (FIPS 180-2, appendix B). */
#include "data/fetch_table.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "data/catalog.h"
#include "data/verify.h"
#include "support/harness.h"
#include "support/http_server.h"
#include "support/samples.h"

enum { MILLION = 1000000 };

static const char SHA_MILLION[] = "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0";
static const char SHA_ABC[] = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";

static struct sample million, stored, packed, abc; /* plain, gzip level 0, gzip level 9, gzip */
static const struct ff_fetch_file FILES[] = {{"big.gz", SHA_MILLION, MILLION}, {"small.gz", SHA_ABC, 3}};

/* A download of big.gz (n_files 1) or both into an empty folder. */
struct setting {
	struct http_server server;
	char folder[FF_MAX_PATH], big[FF_MAX_PATH + 16], part[FF_MAX_PATH + 16];
	char urls[3][128];
	const char *mirrors[3];
	struct ff_fetch_table table;
	struct ff_fetch_options options;
	struct ff_error error;
};

/* Mirrors are the folders /0, /1, /2 of the server. */
static bool setup(struct setting *s, const struct http_route *routes, int n_routes, int n_mirrors)
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

static ff_status fetch(struct setting *s)
{
	return ff_fetch_files(&s->table, s->folder, &s->options, &s->error);
}

static void write_part(struct setting *s, const void *bytes, size_t size)
{
	mkdir(s->folder, 0777);
	FILE *stream = fopen(s->part, "wb");
	if (CHECK(stream != NULL)) {
		CHECK_INT(fwrite(bytes, 1, size, stream), size);
		fclose(stream);
	}
}

/* The file is there, whole and exactly these bytes, and no part file is left. */
static void is_complete(struct setting *s, struct sample wanted)
{
	struct stat st;
	bool right = false;
	CHECK_TEXT(s->error.what, "");
	CHECK_INT(ff_verify(s->big, SHA_MILLION, MILLION, &right, NULL), FF_OK);
	CHECK(right);
	CHECK(stat(s->big, &st) == 0 && (size_t)st.st_size == wanted.size);
	CHECK_INT(access(s->part, F_OK), -1);
}

/* Nothing has the final name, and the part file holds `size` bytes (-1: there is none). */
static void is_incomplete(struct setting *s, long long size)
{
	struct stat st;
	CHECK_INT(access(s->big, F_OK), -1);
	CHECK_INT(stat(s->part, &st) == 0 ? (long long)st.st_size : -1, size);
}

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
	struct http_route routes[] = {{"/0/big.gz", stored.bytes, stored.size, HTTP_GOOD, NULL},
	                              {"/0/small.gz", abc.bytes, abc.size, HTTP_GOOD, NULL}};
	struct setting s;
	struct seen seen = {0};
	if (!setup(&s, routes, 2, 1))
		return;
	s.table.n_files = 2;
	s.options.progress = look;
	s.options.user = &seen;
	CHECK_INT(fetch(&s), FF_OK);
	is_complete(&s, stored);
	CHECK(seen.calls > 4);
	CHECK_TEXT(seen.file, "small.gz");
	CHECK_INT(seen.done, abc.size);
	CHECK_INT(seen.total, abc.size);
	CHECK_INT(http_server_requests(&s.server), 2);
	CHECK_TEXT(s.server.log[0].range, "");
	CHECK_INT(fetch(&s), FF_OK); /* again: nothing to download */
	CHECK_INT(http_server_requests(&s.server), 2);
	struct stat st;
	CHECK(stat(s.big, &st) == 0 && (st.st_mode & 0400));
	CHECK_INT(truncate(s.big, 1000), 0); /* damaged: only that one again */
	CHECK_INT(fetch(&s), FF_OK);
	is_complete(&s, stored);
	CHECK_INT(http_server_requests(&s.server), 3);
	http_server_stop(&s.server);
}

static void the_second_mirror_after_the_first(void)
{
	static const char BAD[] = "<html>Please log in</html>";
	for (int kind = 0; kind < 3; kind++) {
		struct http_route routes[] = {{"/2/big.gz", packed.bytes, packed.size, HTTP_GOOD, NULL},
		                              {"/0/big.gz", BAD, sizeof BAD, HTTP_GOOD, NULL},
		                              {"/0/big.gz", stored.bytes, stored.size, HTTP_CUTS, NULL}};
		struct setting s;
		if (!setup(&s, routes + (kind == 2), kind == 2 ? 2 : 1 + kind, 3))
			return;
		if (kind == 2) /* cut, then 404, then another compression, which must not be glued to the cut one */
			routes[1] = routes[0];
		CHECK_INT(fetch(&s), FF_OK);
		is_complete(&s, packed);
		http_server_stop(&s.server);
	}
}

static void wrong_content_leaves_nothing(void)
{
	struct sample other = sample_gzip("abc", 3, 9), damaged = sample_gzip(million.bytes, million.size, 0);
	damaged.bytes[damaged.size / 2] ^= 1;
	struct http_route routes[] = {{"/0/big.gz", other.bytes, other.size, HTTP_GOOD, NULL},
	                              {"/1/big.gz", damaged.bytes, damaged.size, HTTP_GOOD, NULL}};
	struct setting s;
	if (!setup(&s, routes, 2, 2))
		return;
	CHECK_INT(fetch(&s), FF_ERROR_DATA);
	is_incomplete(&s, -1);
	CHECK_TEXT(s.error.where, s.big);
	CHECK_HAS(s.error.what, "SHA-256");
	CHECK_HAS(s.error.what, s.urls[1]);
	http_server_stop(&s.server);
	free(other.bytes), free(damaged.bytes);
}

static void resume_asks_for_the_rest(void)
{
	struct http_route route = {"/0/big.gz", stored.bytes, stored.size, HTTP_GOOD, NULL};
	struct setting s;
	struct seen seen = {0};
	if (!setup(&s, &route, 1, 1))
		return;
	s.options.progress = look;
	s.options.user = &seen;
	write_part(&s, stored.bytes, 700000);
	CHECK_INT(fetch(&s), FF_OK);
	is_complete(&s, stored);
	CHECK_INT(http_server_requests(&s.server), 1);
	CHECK_TEXT(s.server.log[0].range, "bytes=700000-");
	CHECK_INT(seen.total, stored.size);
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
		struct http_route route = {"/0/big.gz", stored.bytes, stored.size, CASES[i].manner, NULL};
		struct setting s;
		if (!setup(&s, &route, 1, 1))
			break;
		write_part(&s, CASES[i].wrong ? (void *)noise : stored.bytes, CASES[i].part);
		CHECK_INT(fetch(&s), FF_OK);
		is_complete(&s, stored);
		CHECK_INT(http_server_requests(&s.server), CASES[i].requests);
		http_server_stop(&s.server);
	}
	free(noise);
	struct http_route route = {"/0/big.gz", stored.bytes, stored.size, HTTP_GOOD, NULL};
	struct setting s;
	if (!setup(&s, &route, 1, 1))
		return;
	write_part(&s, stored.bytes, stored.size); /* killed just before the rename: the server says 416 */
	CHECK_INT(fetch(&s), FF_OK);
	is_complete(&s, stored);
	CHECK_INT(http_server_requests(&s.server), 1);
	http_server_stop(&s.server);
}

static void another_range_is_refused(void)
{
	struct http_route route = {"/0/big.gz", stored.bytes, stored.size, HTTP_OTHER_RANGE, NULL};
	struct setting s;
	if (!setup(&s, &route, 1, 1))
		return;
	write_part(&s, stored.bytes, 1000);
	CHECK_INT(fetch(&s), FF_ERROR_IO);
	CHECK_HAS(s.error.what, "another part of the file");
	is_incomplete(&s, -1);
	http_server_stop(&s.server);
	route.manner = HTTP_REFUSES;
	if (!setup(&s, &route, 1, 1))
		return;
	CHECK_INT(fetch(&s), FF_ERROR_IO);
	CHECK_HAS(s.error.what, "HTTP status 416");
	is_incomplete(&s, -1);
	http_server_stop(&s.server);
}

static void a_cut_or_stalled_download_keeps_its_part(void)
{
	for (int stalls = 0; stalls < 2; stalls++) {
		struct http_route route = {"/0/big.gz", stored.bytes, stored.size, stalls ? HTTP_STALLS : HTTP_CUTS,
		                           NULL};
		struct setting s;
		if (!setup(&s, &route, 1, 1))
			return;
		CHECK_INT(fetch(&s), FF_ERROR_IO);
		CHECK_HAS(s.error.what, s.urls[0]);
		CHECK_HAS(s.error.hint, "goes on where this one stopped");
		is_incomplete(&s, (long long)stored.size / 2);
		http_server_stop(&s.server);
	}
}

static void killed_half_way_then_resumed(void)
{
	struct http_route route = {"/0/big.gz", stored.bytes, stored.size, HTTP_STALLS, NULL};
	struct setting s;
	if (!setup(&s, &route, 1, 1))
		return;
	s.table.stall_seconds = 60;
	fflush(stdout);
	pid_t child = fork();
	if (child == 0)
		_exit(fetch(&s) == FF_OK ? 0 : 1);
	struct stat st = {0};
	for (int i = 0; i < 500 && !(stat(s.part, &st) == 0 && (size_t)st.st_size == stored.size / 2); i++)
		usleep(10000);
	CHECK_INT(fetch(&s), FF_ERROR_IO); /* a second process keeps away */
	CHECK_HAS(s.error.what, "another process");
	int status;
	CHECK_INT(kill(child, SIGKILL), 0);
	CHECK_INT(waitpid(child, &status, 0), child);
	is_incomplete(&s, (long long)stored.size / 2);
	http_server_stop(&s.server);
	route.manner = HTTP_GOOD;
	s.error = (struct ff_error){0};
	if (!CHECK(http_server_start(&s.server, &route, 1)))
		return;
	snprintf(s.urls[0], sizeof s.urls[0], "%s/0", s.server.url);
	CHECK_INT(fetch(&s), FF_OK);
	is_complete(&s, stored);
	CHECK_INT(http_server_requests(&s.server), 1);
	CHECK_HAS(s.server.log[0].range, "bytes=5000");
	http_server_stop(&s.server);
}

static void an_endless_body_is_bounded(void)
{
	struct http_route route = {"/0/big.gz", stored.bytes, stored.size, HTTP_ENDLESS, NULL};
	struct setting s;
	if (!setup(&s, &route, 1, 1))
		return;
	CHECK_INT(fetch(&s), FF_ERROR_IO);
	CHECK_HAS(s.error.what, "sends more than 2048576 bytes");
	is_incomplete(&s, -1);
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
	                              {"/elsewhere", stored.bytes, stored.size, HTTP_GOOD, NULL}};
	struct setting s;
	if (!setup(&s, routes, 2, 1))
		return;
	CHECK_INT(fetch(&s), FF_OK);
	is_complete(&s, stored);
	http_server_stop(&s.server);
	static const struct {
		const char *location, *message;
	} CASES[] = {{"/0/big.gz", "redirects"}, {"file:///etc/hostname", "rotocol"}};
	for (int i = 0; i < 2; i++) {
		routes[0].location = CASES[i].location;
		if (!setup(&s, routes, 2, 1))
			return;
		CHECK_INT(fetch(&s), FF_ERROR_IO);
		CHECK_HAS(s.error.what, CASES[i].message);
		CHECK(http_server_requests(&s.server) <= 6);
		is_incomplete(&s, -1);
		http_server_stop(&s.server);
	}
}

static void nobody_answers(void)
{
	struct setting s;
	if (!setup(&s, NULL, 0, 2))
		return;
	CHECK_INT(fetch(&s), FF_ERROR_IO);
	CHECK_HAS(s.error.what, "HTTP status 404");
	http_server_stop(&s.server);
	CHECK_INT(fetch(&s), FF_ERROR_IO);
	CHECK_HAS(s.error.what, "onnect");
	CHECK_HAS(s.error.what, s.urls[1]);
	is_incomplete(&s, -1);
}

static void folders_that_cannot_be_written(void)
{
	struct http_route route = {"/0/big.gz", stored.bytes, stored.size, HTTP_GOOD, NULL};
	struct setting s;
	if (!setup(&s, &route, 1, 1))
		return;
	const char *file = sample_write("file", "x", 1);
	snprintf(s.folder, sizeof s.folder, "%s/below", file);
	CHECK_INT(fetch(&s), FF_ERROR_IO);
	CHECK_TEXT(s.error.where, file);
	snprintf(s.folder, sizeof s.folder, "%s", sample_path("fetched"));
	mkdir(s.folder, 0777);
	mkdir(s.part, 0777); /* a folder has the part file's name */
	CHECK_INT(fetch(&s), FF_ERROR_IO);
	CHECK_TEXT(s.error.where, s.part);
	CHECK_INT(rmdir(s.part), 0);
	mkdir(s.big, 0777); /* a folder has the final name: the download is kept */
	CHECK_INT(fetch(&s), FF_ERROR_IO);
	CHECK_HAS(s.error.what, "cannot rename");
	http_server_stop(&s.server);
}

static void a_full_disk_stops_at_once(void)
{
	struct http_route route = {"/0/big.gz", stored.bytes, stored.size, HTTP_GOOD, NULL};
	struct setting s;
	if (access("/dev/full", W_OK) != 0) {
		ff_test_skip("no /dev/full");
		return;
	}
	if (!setup(&s, &route, 1, 2))
		return;
	mkdir(s.folder, 0777);
	CHECK_INT(symlink("/dev/full", s.part), 0);
	CHECK_INT(fetch(&s), FF_ERROR_IO);
	CHECK_TEXT(s.error.where, s.part);
	CHECK_HAS(s.error.what, "No space left");
	CHECK_HAS(s.error.hint, "free some space");
	CHECK_INT(access(s.big, F_OK), -1);
	CHECK(http_server_requests(&s.server) <= 1); /* the second mirror is of no use */
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
	    {"wrong content leaves nothing", wrong_content_leaves_nothing},
	    {"resume asks for the rest", resume_asks_for_the_rest},
	    {"resume against all odds", resume_against_all_odds},
	    {"another range is refused", another_range_is_refused},
	    {"a cut or stalled download keeps its part", a_cut_or_stalled_download_keeps_its_part},
	    {"killed half-way, then resumed", killed_half_way_then_resumed},
	    {"an endless body is bounded", an_endless_body_is_bounded},
	    {"a gzip bomb is bounded", a_gzip_bomb_is_bounded},
	    {"redirects are followed, but not for ever", redirects_are_followed_but_not_for_ever},
	    {"nobody answers", nobody_answers},
	    {"folders that cannot be written", folders_that_cannot_be_written},
	    {"a full disk stops at once", a_full_disk_stops_at_once},
	    {"MNIST from loopback", real_mnist_from_loopback},
	    {"arguments of fetch", arguments_of_fetch},
	};
	setenv("no_proxy", "*", 1);
	million = (struct sample){malloc(MILLION), MILLION};
	memset(million.bytes, 'a', MILLION);
	stored = sample_gzip(million.bytes, MILLION, 0);
	packed = sample_gzip(million.bytes, MILLION, 9);
	abc = sample_gzip("abc", 3, 6);
	int status = ff_tests_run("fetch", CASES, (int)(sizeof CASES / sizeof *CASES));
	free(million.bytes), free(stored.bytes), free(packed.bytes), free(abc.bytes);
	return status;
}
