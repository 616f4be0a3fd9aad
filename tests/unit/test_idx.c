#include "data/idx.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "data/inflate.h"
#include "support/harness.h"
#include "support/samples.h"

static uint8_t pattern(size_t k)
{
	return (uint8_t)(k * 37 + k / 11);
}

static uint8_t zero(size_t k)
{
	(void)k;
	return 0;
}

/* Reads what must fail: the status, the path, and a part of the message. */
static void refuses(const char *path, const char *part)
{
	struct ff_idx idx = {.rank = 9};
	struct ff_error error = {0};
	CHECK_INT(ff_idx_read(path, &idx, &error), FF_ERROR_DATA);
	CHECK_TEXT(error.where, path);
	CHECK_HAS(error.what, part);
	CHECK(idx.data == NULL && idx.rank == 0);
}

static void refuses_bytes(const void *bytes, size_t size, const char *part)
{
	refuses(sample_write("bad", bytes, size), part);
	struct sample gz = sample_gzip(bytes, size, 6);
	refuses(sample_write("bad.gz", gz.bytes, gz.size), part);
	free(gz.bytes);
}

static void reads_as(const char *path, int rank, const uint32_t *sizes)
{
	struct ff_idx idx;
	struct ff_error error = {0};
	if (!CHECK_INT(ff_idx_read(path, &idx, &error), FF_OK))
		return;
	size_t n = 1;
	CHECK_INT(idx.rank, rank);
	for (int i = 0; i < FF_IDX_MAX_RANK; i++) {
		CHECK_INT(idx.size[i], i < rank ? sizes[i] : 1);
		n *= idx.size[i];
	}
	bool same = true;
	for (size_t k = 0; k < n; k++)
		same = same && idx.data[k] == pattern(k);
	CHECK(same);
	CHECK_INT(ff_idx_item(&idx) * idx.size[0], n);
	ff_idx_free(&idx);
	ff_idx_free(&idx);
}

static void every_rank_plain_and_gzip(void)
{
	static const uint32_t SIZES[] = {70, 30, 5, 41};
	for (int rank = 1; rank <= 4; rank++) {
		ff_scenario("rank %d, plain", rank);
		struct sample s = sample_idx(rank, SIZES, pattern);
		reads_as(sample_write("plain.gz", s.bytes, s.size), rank, SIZES); /* the name does not count */
		for (int level = 0; level <= 9; level += 9) {
			ff_scenario("rank %d, gzip level %d", rank, level);
			struct sample gz = sample_gzip(s.bytes, s.size, level);
			reads_as(sample_write("packed", gz.bytes, gz.size), rank, SIZES);
			free(gz.bytes);
		}
		free(s.bytes);
	}
}

static void gzip_of_several_members(void)
{
	static const uint32_t SIZES[] = {500};
	struct sample s = sample_idx(1, SIZES, pattern);
	struct sample a = sample_gzip(s.bytes, 100, 6), b = sample_gzip(s.bytes + 100, s.size - 100, 6);
	struct sample both = {malloc(a.size + b.size + 1), a.size + b.size};
	memcpy(both.bytes, a.bytes, a.size);
	memcpy(both.bytes + a.size, b.bytes, b.size);
	reads_as(sample_write("members", both.bytes, both.size), 1, SIZES);
	both.bytes[both.size] = 0x1f;
	refuses(sample_write("members", both.bytes, both.size + 1), "extra bytes after the gzip data");
	free(s.bytes), free(a.bytes), free(b.bytes), free(both.bytes);
}

/* Whether these bytes are a gzip file of exactly this content. */
static bool inflates_to(const void *bytes, size_t size, const struct sample *content)
{
	uint8_t *to = malloc(content->size + 1);
	int fd = open(sample_write("whole.gz", bytes, size), O_RDONLY);
	bool whole = ff_inflate_whole(fd, to, content->size);
	CHECK(!whole || memcmp(to, content->bytes, content->size) == 0);
	close(fd);
	free(to);
	return whole;
}

static void whole_members_are_inflated_at_once(void)
{
	static const uint32_t SIZES[] = {300, 20};
	struct sample s = sample_idx(2, SIZES, pattern), longer = {calloc(s.size + 1, 1), s.size + 1};
	struct sample shorter = {s.bytes, s.size - 1};
	for (int level = 0; level <= 9; level += 3) {
		ff_scenario("gzip level %d", level);
		struct sample gz = sample_gzip(s.bytes, s.size, level);
		struct sample twice = {malloc(2 * gz.size), 2 * gz.size};
		memcpy(twice.bytes, gz.bytes, gz.size);
		memcpy(twice.bytes + gz.size, gz.bytes, gz.size);
		CHECK(inflates_to(gz.bytes, gz.size, &s));
		CHECK(!inflates_to(gz.bytes, gz.size, &longer));
		CHECK(!inflates_to(gz.bytes, gz.size, &shorter));
		CHECK(!inflates_to(twice.bytes, twice.size, &s)); /* nor the first of several */
		CHECK(!inflates_to(twice.bytes, gz.size + 1, &s));
		for (size_t n = 0; n < gz.size; n += 1 + n / 8)
			CHECK(!inflates_to(gz.bytes, n, &s));
		gz.bytes[gz.size - 8] ^= 1; /* its CRC */
		CHECK(!inflates_to(gz.bytes, gz.size, &s));
		free(gz.bytes), free(twice.bytes);
	}
	CHECK(!inflates_to(s.bytes, s.size, &s));
	free(s.bytes), free(longer.bytes);
}

static void what_is_no_file(void)
{
	refuses(sample_path("missing"), "No such file");
	refuses(sample_folder(), "is a folder");
	refuses(sample_write("empty", "", 0), "is empty");
	char below[FF_MAX_PATH + 8];
	snprintf(below, sizeof below, "%s/x", sample_path("empty"));
	refuses(below, "Not a directory");
	CHECK_INT(mkfifo(sample_path("pipe"), 0600), 0);
	refuses(sample_path("pipe"), "is not a regular file");
	const char *path = sample_write("secret", "x", 1);
	CHECK_INT(chmod(path, 0), 0);
	CHECK_INT(chmod(sample_folder(), 0755), 0);
	bool root = geteuid() == 0;
	if (root && !CHECK_INT(seteuid(65534), 0))
		return;
	refuses(path, "Permission denied");
	if (root)
		CHECK_INT(seteuid(0), 0);
}

static void what_is_no_idx(void)
{
	refuses_bytes("hello", 5, "is not an IDX file: it starts with the bytes 68 65 6c 6c");
	refuses_bytes("\0\0\x07\1\0\0\0\1x", 9, "is not an IDX file");
	refuses_bytes("\0\1\x08\1\0\0\0\1x", 9, "is not an IDX file");
	refuses_bytes("\0\0\x0d\1\0\0\0\1xxxx", 12, "32-bit floats (type 0x0d)");
	refuses_bytes("\0\0\x09\1\0\0\0\1x", 9, "signed bytes");
	refuses_bytes("\0\0\x08\0x", 5, "of 0 dimensions");
	refuses_bytes("\0\0\x08\5\0\0\0\1\0\0\0\1\0\0\0\1\0\0\0\1\0\0\0\1x", 25, "of 5 dimensions");
	refuses_bytes("\0\0\x08\3\0\0\0\2\0\0\0\0\0\0\0\2", 16, "dimension 2 has size 0");
	refuses_bytes("\0\0\x08", 3, "too short for the header");
	refuses_bytes("\0\0\x08\3\0\0\0\2\0\0\0", 11, "too short for the header");
}

static void headers_that_lie(void)
{
	refuses_bytes("\0\0\x08\1\0\0\0\2xyz", 11, "has bytes after the 2 it promises");
	refuses(sample_write("lie", "\0\0\x08\1\0\0\0\4xyz", 11), "promises 4 bytes but cannot hold more than 3");
	struct sample gz = sample_gzip("\0\0\x08\1\0\0\0\4xyz", 11, 6);
	refuses(sample_write("lie.gz", gz.bytes, gz.size), "is truncated: 3 bytes of the 4 it promises");
	free(gz.bytes);
	/* 2^32 - 1 images of 784; products that do not fit into 64 bits */
	refuses_bytes("\0\0\x08\3\xff\xff\xff\xff\0\0\0\x1c\0\0\0\x1cx", 17, "promises 4294967295 x 28 x 28 bytes");
	refuses_bytes("\0\0\x08\3\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xffx", 17, "cannot hold more than");
	refuses_bytes("\0\0\x08\4\x80\0\0\0\x80\0\0\0\x80\0\0\0\x80\0\0\0x", 21, "cannot hold more than");
	refuses_bytes("\0\0\x08\2\x80\0\0\0\x80\0\0\0x", 13, "cannot hold more than");
}

static void truncation_at_every_byte(void)
{
	static const uint32_t SIZES[] = {9, 5, 3};
	struct sample s = sample_idx(3, SIZES, pattern), gz = sample_gzip(s.bytes, s.size, 6);
	for (size_t n = 1; n < s.size; n++) {
		ff_scenario("plain file cut to %zu of %zu bytes", n, s.size);
		refuses(sample_write("cut", s.bytes, n), n < 16 ? "too short for the header" : "promises 9 x 5 x 3");
	}
	for (size_t n = 2; n < gz.size; n++) {
		ff_scenario("gzip file cut to %zu of %zu bytes", n, gz.size);
		refuses(sample_write("cut.gz", gz.bytes, n), "truncated gzip data");
	}
	free(s.bytes), free(gz.bytes);
}

/* A flipped bit is an error or, among the few that say nothing of the content (time and system in gzip's header, the
 * padding of the last byte before the CRC), without effect; never other content. */
static void no_flipped_bit_goes_unseen(void)
{
	static const uint32_t SIZES[] = {9, 5, 3};
	struct sample s = sample_idx(3, SIZES, pattern), gz = sample_gzip(s.bytes, s.size, 6);
	int accepted = 0;
	for (size_t bit = 0; bit < 8 * gz.size; bit++) {
		ff_scenario("bit %zu flipped", bit);
		gz.bytes[bit / 8] ^= (uint8_t)(1 << bit % 8);
		const char *path = sample_write("flip.gz", gz.bytes, gz.size);
		gz.bytes[bit / 8] ^= (uint8_t)(1 << bit % 8);
		struct ff_idx idx;
		struct ff_error error = {0};
		ff_status status = ff_idx_read(path, &idx, &error);
		CHECK(status == FF_OK || (status == FF_ERROR_DATA && *error.what && strcmp(error.where, path) == 0));
		if (status != FF_OK)
			continue;
		CHECK(bit / 8 < 10 || bit / 8 == gz.size - 9);
		CHECK(memcmp(idx.data, s.bytes + 16, s.size - 16) == 0);
		ff_idx_free(&idx);
		accepted++;
	}
	CHECK(accepted <= 6 * 8 + 1 + 7);
	free(s.bytes), free(gz.bytes);
}

/* 300 MB of zeros in 300 KB, behind a header that promises little: they are not decompressed. */
static void a_gzip_bomb_costs_nothing(void)
{
	static const uint32_t SIZES[] = {300000000};
	struct sample s = sample_idx(1, SIZES, zero);
	memcpy(s.bytes + 4, "\0\0\0\x10", 4);
	struct sample gz = sample_gzip(s.bytes, s.size, 1);
	free(s.bytes);
	struct rusage before, after;
	getrusage(RUSAGE_SELF, &before);
	refuses(sample_write("bomb.gz", gz.bytes, gz.size), "has bytes after the 16 it promises");
	getrusage(RUSAGE_SELF, &after);
	double seconds = (double)(after.ru_utime.tv_sec - before.ru_utime.tv_sec) +
	                 1e-6 * (double)(after.ru_utime.tv_usec - before.ru_utime.tv_usec);
	CHECK(seconds < 0.1);
	free(gz.bytes);
}

static void more_than_the_memory_is_refused(void)
{
	struct ff_idx idx = {.rank = 3, .size = {1U << 31, 1U << 20, 1, 1}};
	struct ff_error error;
	CHECK_INT(ff_idx_allocate(&idx, "somewhere", &error), FF_ERROR_MEMORY);
	CHECK_TEXT(error.where, "somewhere");
	CHECK_HAS(error.what, "are available");
	idx.size[2] = 1U << 31;
	CHECK_INT(ff_idx_allocate(&idx, "somewhere", &error), FF_ERROR_MEMORY);
	CHECK_HAS(error.what, "2^64");
}

FF_TESTS("idx", {"every rank, plain and gzip", every_rank_plain_and_gzip},
         {"whole members are inflated at once", whole_members_are_inflated_at_once},
         {"gzip of several members", gzip_of_several_members}, {"what is no file is refused", what_is_no_file},
         {"what is no IDX is refused", what_is_no_idx}, {"headers that lie are refused", headers_that_lie},
         {"truncation is seen at every byte", truncation_at_every_byte},
         {"no flipped bit goes unseen", no_flipped_bit_goes_unseen},
         {"a gzip bomb costs nothing", a_gzip_bomb_costs_nothing},
         {"more than the memory is refused", more_than_the_memory_is_refused})
