#include "support/harness.h"

#include <dirent.h>
#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/error.h"
#include "base/file.h"
#include "base/gemm.h"
#include "base/rng.h"
#include "base/team.h"

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
				ff_team_for(&team, n, grain, count_visits, visits);
				for (size_t i = 0; i < 70; i++)
					CHECK_INT(visits[i], i < n);
			}
}

/* Plain reference for ff_gemm, in double. */
static void gemm_reference(bool transpose, size_t m, size_t n, size_t k, const float *a, const float *b, float beta,
                           float *c)
{
	for (size_t i = 0; i < m; i++)
		for (size_t j = 0; j < n; j++) {
			double sum = (double)beta * (double)c[i * n + j];
			for (size_t p = 0; p < k; p++)
				sum += (double)a[transpose ? p * m + i : i * k + p] * (double)b[p * n + j];
			c[i * n + j] = (float)sum;
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

/* On every thread of a team, the leader's own setting aside. */
static void work_flushes_denormals(void)
{
	float values[30];
	for (int threads = 1; threads <= 3; threads++) {
		for (size_t i = 0; i < 30; i++)
			values[i] = FLT_MIN;
		ff_team_for(&(struct ff_team){threads}, 30, 1, halve, values);
		for (size_t i = 0; i < 30; i++)
			CHECK(values[i] == 0);
	}
	halve((values[0] = FLT_MIN, values), 0, 1);
	CHECK(values[0] > 0);
}

/* Thread numbers of this process, in ascending order as the system lists them; how many. */
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

/* The same once those that an earlier, larger team let go have ended, which they do in their own time. */
static int list_lasting_threads(long ids[64])
{
	enum { PAUSE = 50000000 }; /* nanoseconds */
	long later[64] = {0};
	int n, after = list_threads(later);
	do {
		n = after;
		memcpy(ids, later, sizeof later);
		nanosleep(&(struct timespec){.tv_nsec = PAUSE}, NULL);
		after = list_threads(later);
	} while (after != n);
	return n;
}

static void threads_are_created_once(void)
{
	long before[64] = {0}, after[64] = {0};
	struct ff_team team = {5};
	int visits[50] = {0};
	ff_team_for(&team, 50, 1, count_visits, visits);
	int n = list_lasting_threads(before);
	for (int i = 0; i < 20; i++) {
		float *a = random_matrix(100 * 100, 1), *c = calloc(100 * 100, 4);
		ff_team_for(&team, 50, i % 2 ? 1 : 50, count_visits, visits);
		ff_gemm(&team, false, 100, 100, 100, a, a, 0, c);
		free(a), free(c);
	}
	CHECK_INT(list_threads(after), n);
	CHECK(memcmp(before, after, (size_t)n * sizeof *before) == 0);
}

static const size_t SHAPES[][3] = {{1, 1, 1},      {97, 77, 31},    {200, 64, 784},  {33, 500, 100},
                                   {128, 96, 300}, {300, 1000, 40}, {1000, 300, 40}, {200, 500, 784}};

static void gemm_equals_the_plain_product(void)
{
	struct ff_team team = {2};
	for (size_t s = 0; s < sizeof SHAPES / sizeof *SHAPES; s++)
		for (int variant = 0; variant < 4; variant++) {
			size_t m = SHAPES[s][0], n = SHAPES[s][1], k = SHAPES[s][2];
			bool transpose = variant & 1;
			float beta = variant & 2 ? 1.0F : 0.0F;
			float *a = random_matrix(m * k, 1), *b = random_matrix(k * n, 2);
			float *c = random_matrix(m * n, 3), *wanted = random_matrix(m * n, 3);
			ff_gemm(&team, transpose, m, n, k, a, b, beta, c);
			gemm_reference(transpose, m, n, k, a, b, beta, wanted);
			double worst = 0;
			for (size_t i = 0; i < m * n; i++)
				worst = fmax(worst, fabs((double)c[i] - (double)wanted[i]));
			CHECK_NEAR(worst, 0, 2e-6 * (double)k + 1e-6);
			free(a), free(b), free(c), free(wanted);
		}
}

static void gemm_bits_do_not_depend_on_threads_or_rows(void)
{
	for (size_t s = 0; s < sizeof SHAPES / sizeof *SHAPES; s++)
		for (int transpose = 0; transpose < 2; transpose++) {
			size_t m = SHAPES[s][0], n = SHAPES[s][1], k = SHAPES[s][2];
			float *a = random_matrix(m * k, 1), *b = random_matrix(k * n, 2);
			float *one = calloc(m * n, 4), *many = calloc(m * n, 4);
			ff_gemm(&(struct ff_team){1}, transpose, m, n, k, a, b, 0, one);
			for (int threads = 2; threads <= 3; threads++) {
				ff_gemm(&(struct ff_team){threads}, transpose, m, n, k, a, b, 0, many);
				CHECK(memcmp(one, many, m * n * 4) == 0);
			}
			for (size_t i = 0; !transpose && ff_gemm_rows_alone() && i < m; i += 13) { /* a row alone */
				ff_gemm(&(struct ff_team){1}, false, 1, n, k, a + i * k, b, 0, many);
				CHECK(memcmp(one + i * n, many, n * 4) == 0);
			}
			free(a), free(b), free(one), free(many);
		}
}

/* What each() does to a tile: checks where it is, counts it, doubles it. */
struct tile_visits {
	const struct ff_product *product;
	size_t tile_rows;
	int visits[1000]; /* of each row */
	bool misplaced[1000];
};

static void double_tile(void *context, size_t row, size_t rows, size_t column, size_t columns)
{
	struct tile_visits *v = context;
	const struct ff_product *p = v->product;
	v->misplaced[row] =
	    row % v->tile_rows != 0 || (rows != v->tile_rows && row + rows != p->m) || column != 0 || columns != p->n;
	for (size_t i = row; i < row + rows; i++) {
		v->visits[i]++;
		for (size_t j = column; j < column + columns; j++)
			p->c[i * p->c_stride + j] *= 2;
	}
}

/* Each tile is handed over once, complete; C may have a stride, and what lies between its rows is left alone. */
static void gemm_by_tiles_equals_gemm(void)
{
	static struct tile_visits v;
	for (size_t s = 0; s < sizeof SHAPES / sizeof *SHAPES; s++)
		for (int variant = 0; variant < 6; variant++) {
			size_t m = SHAPES[s][0], n = SHAPES[s][1], k = SHAPES[s][2], stride = n + 5;
			bool transpose = variant & 1;
			float *a = random_matrix(m * k, 1), *b = random_matrix(k * n, 2);
			float *wanted = calloc(m * n, 4), *c = random_matrix(m * stride, 3);
			struct ff_product p = {transpose, m, n, k, a, b, 0, c, stride};
			v = (struct tile_visits){.product = &p, .tile_rows = (size_t[]){48, 240, 36}[variant / 2]};
			ff_gemm(&(struct ff_team){1}, transpose, m, n, k, a, b, 0, wanted);
			ff_gemm_each(&(struct ff_team){1 + variant % 3}, &p, v.tile_rows, double_tile, &v);
			double worst = 0;
			for (size_t i = 0; i < m; i++) {
				CHECK_INT(v.visits[i], 1);
				CHECK(!v.misplaced[i]);
				for (size_t j = 0; j < n; j++)
					worst = fmax(worst,
					             fabs((double)c[i * stride + j] - 2 * (double)wanted[i * n + j]));
			}
			if (ff_gemm_rows_alone())
				CHECK(worst == 0);
			CHECK_NEAR(worst, 0, 4e-6 * (double)k + 2e-6);
			float *untouched = random_matrix(m * stride, 3);
			for (size_t i = 0; i < m; i++)
				CHECK(memcmp(c + i * stride + n, untouched + i * stride + n, 5 * 4) == 0);
			free(a), free(b), free(c), free(wanted), free(untouched);
		}
	for (size_t n = 1; n < 100000; n = n * 3 + 1)
		CHECK(ff_gemm_tile_rows(n) >= 240 && ff_gemm_tile_rows(n) % 48 == 0);
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
         {"gemm equals the plain product", gemm_equals_the_plain_product},
         {"gemm's bits do not depend on threads or rows", gemm_bits_do_not_depend_on_threads_or_rows},
         {"gemm by tiles equals gemm", gemm_by_tiles_equals_gemm},
         {"an arena measures, then hands out", arena_measures_then_hands_out},
         {"an arena refuses what cannot be", arena_refuses_what_cannot_be},
         {"files appear whole or not at all", files_appear_whole_or_not_at_all},
         {"a full disk leaves nothing", a_full_disk_leaves_nothing},
         {"errors format in one line", errors_format_in_one_line})
