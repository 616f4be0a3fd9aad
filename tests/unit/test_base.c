#include "support/harness.h"

#include <dirent.h>
#include <float.h>
#include <math.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/error.h"
#include "base/file.h"
#include "base/rng.h"
#include "machine/team.h"
#include "machine/threads.h"
#include "product/gemm.h"

/* Known answers published with Random123 (kat_vectors, philox4x32 10). The generator's counter is (index, epoch, layer,
 * purpose), its key the seed's low and high words. */
static void philox_known_answers(void)
{
	struct ff_random zero = ff_random_at(0, (enum ff_purpose)0, 0, 0, 0);
	CHECK_INT(zero.word[0], 0x6627e8d5);
	CHECK_INT(zero.word[1], 0xe169c58d);
	CHECK_INT(zero.word[2], 0xbc57ac4c);
	CHECK_INT(zero.word[3], 0x9b00dbd8);
	struct ff_random pi =
	    ff_random_at(0x299f31d0a4093822ULL, (enum ff_purpose)0x03707344, 0x13198a2e, 0x85a308d3, 0x243f6a88);
	CHECK_INT(pi.word[0], 0xd16cfe09);
	CHECK_INT(pi.word[1], 0x94fdcceb);
	CHECK_INT(pi.word[2], 0x5001e420);
	CHECK_INT(pi.word[3], 0x24126ea1);
}

static void bounded_draws_are_uniform(void)
{
	enum { N = 9, DRAWS = 90000 };
	int count[N] = {0};
	for (uint32_t i = 0; i < DRAWS; i++)
		count[ff_random_below(ff_random_at(7, FF_PURPOSE_NEGATIVE, 0, 0, i), N)]++;
	double chi2 = 0;
	for (int i = 0; i < N; i++)
		chi2 += pow(count[i] - DRAWS / (double)N, 2) / (DRAWS / (double)N);
	CHECK(chi2 < 26.1); /* 0.999 quantile for 8 degrees of freedom */
}

static void normal_draws_have_their_moments(void)
{
	enum { DRAWS = 100000 };
	double sum = 0, sum2 = 0, sum4 = 0;
	for (uint32_t i = 0; i < DRAWS; i++) {
		double x = ff_random_normal(ff_random_at(3, FF_PURPOSE_WEIGHT, 1, 0, i));
		sum += x;
		sum2 += x * x;
		sum4 += x * x * x * x;
	}
	CHECK_NEAR(sum / DRAWS, 0, 0.015);
	CHECK_NEAR(sum2 / DRAWS, 1, 0.02);
	CHECK_NEAR(sum4 / DRAWS, 3, 0.2);
}

static void count_visits(void *context, size_t begin, size_t end)
{
	for (size_t i = begin; i < end; i++)
		((int *)context)[i]++;
}

static void team_visits_each_item_once(void)
{
	for (int threads = 1; threads <= 10; threads += 3)
		for (size_t n = 0; n < 70; n += 23)
			for (size_t grain = 1; grain < 40; grain += 15) {
				int visits[70] = {0};
				struct ff_team team = {threads};
				ff_scenario("%d threads, %zu items, grain %zu", threads, n, grain);
				ff_team_for(&team, n, grain, count_visits, visits);
				for (size_t i = 0; i < 70; i++)
					CHECK_INT(visits[i], i < n);
			}
}

static float *random_matrix(size_t n, uint32_t stream)
{
	float *a = malloc(n * sizeof *a);
	for (size_t i = 0; i < n; i++)
		a[i] = (float)ff_random_normal(ff_random_at(11, FF_PURPOSE_WEIGHT, stream, 0, (uint32_t)i));
	return a;
}

static void halve(void *context, size_t begin, size_t end)
{
	for (size_t i = begin; i < end; i++)
		((volatile float *)context)[i] *= 0.5F;
}

/* Denormals are flushed on every thread of a team, but only inside its work: the leader keeps its own setting. */
static void work_flushes_denormals(void)
{
	float values[30];
	for (int threads = 1; threads <= 3; threads++) {
		ff_scenario("%d threads", threads);
		for (size_t i = 0; i < 30; i++)
			values[i] = FLT_MIN;
		ff_team_for(&(struct ff_team){threads}, 30, 1, halve, values);
		for (size_t i = 0; i < 30; i++)
			CHECK(values[i] == 0);
	}
	halve((values[0] = FLT_MIN, values), 0, 1);
	CHECK(values[0] > 0);
}

/* Fills in the ids of this process's threads, ascending as the system lists them; returns how many there are. */
static int list_threads(long ids[64])
{
	int n = 0;
	DIR *folder = opendir("/proc/self/task");
	for (struct dirent *entry; folder && (entry = readdir(folder));)
		if (entry->d_name[0] != '.' && n < 64)
			ids[n++] = strtol(entry->d_name, NULL, 10);
	if (folder)
		closedir(folder);
	return n;
}

/* The same, after the threads of an earlier test's larger team have ended, which takes a moment. */
static int list_settled_threads(long ids[64])
{
	int n = list_threads(ids), still = 0;
	for (int tries = 0; still < 20 && tries < 2000; tries++) {
		int before = n;
		nanosleep(&(struct timespec){.tv_nsec = 1000000}, NULL);
		n = list_threads(ids);
		still = n == before ? still + 1 : 0;
	}
	return n;
}

static void threads_are_created_once(void)
{
	long before[64], after[64];
	struct ff_team team = {5};
	int visits[50] = {0};
	ff_team_for(&team, 50, 1, count_visits, visits);
	int n = list_settled_threads(before);
	for (int i = 0; i < 20; i++) {
		float *a = random_matrix(100 * 100, 1), *c = calloc(100 * 100, 4);
		ff_team_for(&team, 50, i % 2 ? 1 : 50, count_visits, visits);
		ff_gemm(&team, false, 100, 100, 100, a, a, 0, c);
		free(a), free(c);
	}
	CHECK_INT(list_threads(after), n);
	CHECK(memcmp(before, after, (size_t)n * sizeof *before) == 0);
}

/* ---- jobs ---- */

struct jobs_seen {
	int seen[FF_MOST_JOBS];
	pthread_t by[FF_MOST_JOBS];
	int open[FF_MOST_JOBS]; /* its thread does not block signals */
};

static void see(void *context, size_t i)
{
	struct jobs_seen *jobs = context;
	sigset_t mask;
	pthread_sigmask(SIG_SETMASK, NULL, &mask);
	jobs->seen[i]++;
	jobs->by[i] = pthread_self();
	jobs->open[i] = !sigismember(&mask, SIGINT);
}

static void jobs_are_done_once_each(void)
{
	for (size_t n = 0; n <= FF_MOST_JOBS; n++) {
		struct jobs_seen jobs = {0};
		ff_scenario("%zu jobs", n);
		ff_jobs_do(n, see, &jobs);
		for (size_t i = 0; i < FF_MOST_JOBS; i++)
			CHECK_INT(jobs.seen[i], i < n);
		if (n)
			CHECK(pthread_equal(jobs.by[n - 1], pthread_self()));
		for (size_t i = 0; i < n; i++)
			CHECK_INT(jobs.open[i], pthread_equal(jobs.by[i], pthread_self()) != 0);
	}
	CHECK_INT(ff_jobs_of(0, 10), 1);
	CHECK_INT(ff_jobs_of(19, 10), 1);
	CHECK(ff_jobs_of(SIZE_MAX, 1) <= FF_MOST_JOBS);
	CHECK((int)ff_jobs_of(SIZE_MAX, 1) <= ff_team_processors());
}

static void arena_measures_then_hands_out(void)
{
	struct ff_arena arena = {0};
	CHECK(ff_arena_take(&arena, 3, 4) == NULL);
	CHECK(ff_arena_take(&arena, 100, 8) == NULL);
	CHECK_INT(arena.used, 64 + 832);
	if (!CHECK(ff_arena_init(&arena, NULL) == FF_OK))
		return;
	char *first = ff_arena_take(&arena, 3, 4), *second = ff_arena_take(&arena, 100, 8);
	CHECK_INT((uintptr_t)first % FF_ALIGN, 0);
	CHECK_INT(second - first, 64);
	memset(second, 1, 800);
	ff_arena_fini(&arena);
	ff_arena_fini(&arena);
}

/* No two arenas share a huge page, and all of the memory is zero. */
static void large_arenas_have_whole_huge_pages(void)
{
	const size_t huge = 2 << 20, sizes[] = {huge - 64, huge, huge + 64, 5 * huge - 64};
	struct ff_arena arenas[4] = {{0}};
	for (int i = 0; i < 4; i++) {
		(void)ff_arena_take(&arenas[i], sizes[i], 1);
		ff_scenario("%zu bytes", sizes[i]);
		if (!CHECK(ff_arena_init(&arenas[i], NULL) == FF_OK))
			return;
		char *taken = ff_arena_take(&arenas[i], sizes[i], 1);
		CHECK(arenas[i].size >= sizes[i]);
		CHECK(i == 0 || ((uintptr_t)arenas[i].base % huge == 0 && arenas[i].size % huge == 0));
		CHECK_INT(taken[sizes[i] - 1], 0);
		memset(taken, i + 1, sizes[i]);
	}
	for (int i = 0; i < 4; i++) {
		ff_scenario("%zu bytes", sizes[i]);
		CHECK_INT(arenas[i].base[0], i + 1);
		CHECK_INT(arenas[i].base[sizes[i] - 1], i + 1);
		ff_arena_fini(&arenas[i]);
	}
}

static void arena_refuses_what_cannot_be(void)
{
	struct ff_arena arena = {0};
	struct ff_error error;
	(void)ff_arena_take(&arena, SIZE_MAX / 2, 8);
	CHECK_INT(ff_arena_init(&arena, &error), FF_ERROR_MEMORY);
	CHECK_HAS(error.what, "cannot allocate");
}

static void files_appear_whole_or_not_at_all(void)
{
	char folder[] = "/tmp/ff_base_XXXXXX", path[64], deep[80];
	if (!CHECK(mkdtemp(folder) != NULL))
		return;
	snprintf(path, sizeof path, "%s/out", folder);
	struct ff_error error;
	CHECK_INT(ff_file_write(path, "abc", 3, &error), FF_OK);
	struct ff_file_writer writer;
	CHECK_INT(ff_file_create(&writer, path, &error), FF_OK);
	fputs("half", writer.stream);
	ff_file_abandon(&writer);
	struct stat st;
	CHECK_INT(stat(path, &st), 0);
	CHECK_INT(st.st_size, 3);
	CHECK_INT(st.st_mode & 0400, 0400);
	CHECK_INT(access(writer.temporary, F_OK), -1);
	snprintf(deep, sizeof deep, "%s/out/below", folder);
	CHECK_INT(ff_file_write(deep, "x", 1, &error), FF_ERROR_IO);
	CHECK_TEXT(error.where, deep);
	CHECK_INT(ff_folder_create(deep, &error), FF_ERROR_IO);
	snprintf(deep, sizeof deep, "%s/a/b/c", folder);
	CHECK_INT(ff_folder_create(deep, &error), FF_OK);
	CHECK_INT(ff_folder_create(deep, &error), FF_OK);
	static const char *const LEFT[] = {"/a/b/c", "/a/b", "/a", "/out", ""};
	for (size_t i = 0; i < sizeof LEFT / sizeof *LEFT; i++) { /* and nothing else */
		snprintf(deep, sizeof deep, "%s%s", folder, LEFT[i]);
		CHECK_INT(remove(deep), 0);
	}
}

static void a_full_disk_leaves_nothing(void)
{
	struct ff_file_writer writer;
	struct ff_error error;
	char path[] = "/tmp/ff_full_XXXXXX";
	int fd = mkstemp(path);
	if (!CHECK(fd >= 0) || !CHECK(ff_file_create(&writer, path, &error) == FF_OK))
		return;
	close(fd);
	if (!freopen("/dev/full", "wb", writer.stream)) {
		ff_test_skip("no /dev/full");
		return;
	}
	for (int i = 0; i < 10000; i++)
		fputs("0123456789", writer.stream);
	CHECK_INT(ff_file_commit(&writer, &error), FF_ERROR_IO);
	CHECK_HAS(error.hint, "space");
	CHECK_INT(access(writer.temporary, F_OK), -1);
	unlink(path);
}

static void errors_format_in_one_line(void)
{
	struct ff_error error;
	char text[2000];
	ff_fail_at(&error, FF_ERROR_DATA, "a.gz", "fetch it again", "truncated after %d bytes", 7);
	CHECK_TEXT(ff_error_format(&error, text, sizeof text), "a.gz: truncated after 7 bytes; fetch it again");
	CHECK_TEXT(ff_status_name(error.status), "data");
	ff_fail(&error, FF_ERROR_IO, "plain");
	CHECK_TEXT(ff_error_format(&error, text, sizeof text), "plain");
	CHECK_INT(ff_fail(NULL, FF_ERROR_IO, "nobody listens"), FF_ERROR_IO);
}

FF_TESTS("base", {"Philox gives the published answers", philox_known_answers},
         {"bounded draws are uniform", bounded_draws_are_uniform},
         {"normal draws have their moments", normal_draws_have_their_moments},
         {"a team visits each item once", team_visits_each_item_once},
         {"work flushes denormals", work_flushes_denormals}, {"threads are created once", threads_are_created_once},
         {"jobs are done once each", jobs_are_done_once_each},
         {"an arena measures, then hands out", arena_measures_then_hands_out},
         {"large arenas have whole huge pages", large_arenas_have_whole_huge_pages},
         {"an arena refuses what cannot be", arena_refuses_what_cannot_be},
         {"files appear whole or not at all", files_appear_whole_or_not_at_all},
         {"a full disk leaves nothing", a_full_disk_leaves_nothing},
         {"errors format in one line", errors_format_in_one_line})
