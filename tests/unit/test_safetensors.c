#include "support/harness.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <jansson.h>

#include "product/panels.h"
#include "run/safetensors.h"

static char folder[] = "/tmp/ff_safetensors_XXXXXX";
static char path[64];

/* A file read back by the words of the format. */
struct parsed {
	char *bytes;
	size_t size;
	uint64_t header_size;
	json_t *header;
	const char *data;
	size_t data_size;
};

static struct parsed parse(void)
{
	struct parsed p = {0};
	struct stat st;
	FILE *stream = fopen(path, "rb");
	if (!CHECK(stream && fstat(fileno(stream), &st) == 0 && st.st_size >= 8))
		return p;
	p.size = (size_t)st.st_size;
	p.bytes = malloc(p.size);
	CHECK_INT(fread(p.bytes, 1, p.size, stream), p.size);
	fclose(stream);
	for (int i = 0; i < 8; i++)
		p.header_size |= (uint64_t)(unsigned char)p.bytes[i] << (8 * i);
	CHECK_INT(p.header_size % 8, 0);
	if (!CHECK(p.header_size <= p.size - 8))
		return p;
	p.header = json_loadb(p.bytes + 8, p.header_size, JSON_REJECT_DUPLICATES, NULL);
	CHECK(json_is_object(p.header));
	CHECK(p.bytes[8] == '{');
	p.data = p.bytes + 8 + p.header_size;
	p.data_size = p.size - 8 - p.header_size;
	return p;
}

static void end(struct parsed *p)
{
	json_decref(p->header);
	free(p->bytes);
}

static size_t offset_of(const struct parsed *p, const char *name, size_t i)
{
	json_t *offsets = json_object_get(json_object_get(p->header, name), "data_offsets");
	CHECK_INT(json_array_size(offsets), 2);
	return (size_t)json_integer_value(json_array_get(offsets, i));
}

static void check_shape(const struct parsed *p, const char *name, const size_t *wanted, size_t n)
{
	json_t *shape = json_object_get(json_object_get(p->header, name), "shape");
	CHECK_TEXT(json_string_value(json_object_get(json_object_get(p->header, name), "dtype")), "F32");
	CHECK_INT(json_array_size(shape), n);
	for (size_t i = 0; i < n; i++)
		CHECK_INT(json_integer_value(json_array_get(shape, i)), wanted[i]);
}

static float element(const struct parsed *p, const char *name, size_t i)
{
	float value;
	memcpy(&value, p->data + offset_of(p, name, 0) + i * sizeof value, sizeof value);
	return value;
}

enum { ROWS = 37, COLUMNS = 53 }; /* neither a multiple of a band */

static void tensors_come_back(void)
{
	static float weight[ROWS * COLUMNS], bias[COLUMNS];
	for (size_t i = 0; i < ROWS * COLUMNS; i++)
		weight[i] = (float)i + 0.5F;
	for (size_t i = 0; i < COLUMNS; i++)
		bias[i] = -(float)i;
	const struct ff_tensor tensors[] = {{"layers.0.weight", ROWS, COLUMNS, true, 0, weight},
	                                    {"layers.0.bias", COLUMNS, 0, false, 0, bias},
	                                    {"plain", ROWS, COLUMNS, false, 0, weight}};
	if (!CHECK(ff_safetensors_write(path, tensors, 3, NULL, 0, NULL) == FF_OK))
		return;
	struct parsed p = parse();
	CHECK_INT(json_object_size(p.header), 3);
	check_shape(&p, "layers.0.weight", (size_t[]){COLUMNS, ROWS}, 2);
	check_shape(&p, "layers.0.bias", (size_t[]){COLUMNS}, 1);
	check_shape(&p, "plain", (size_t[]){ROWS, COLUMNS}, 2);
	int wrong = 0;
	for (size_t r = 0; r < ROWS; r++)
		for (size_t c = 0; c < COLUMNS; c++) {
			wrong += element(&p, "layers.0.weight", c * ROWS + r) != weight[r * COLUMNS + c];
			wrong += element(&p, "plain", r * COLUMNS + c) != weight[r * COLUMNS + c];
		}
	for (size_t c = 0; c < COLUMNS; c++)
		wrong += element(&p, "layers.0.bias", c) != bias[c];
	CHECK_INT(wrong, 0);
	end(&p);
}

/* A matrix in panels is written as if it were row-major; the last panel has columns left over, bands too. */
static void panels_come_back(void)
{
	static float weight[ROWS * COLUMNS];
	const struct ff_panels panels = {ROWS, COLUMNS, 20};
	for (size_t r = 0; r < ROWS; r++)
		for (size_t c = 0; c < COLUMNS; c++)
			weight[ff_panel_at(panels, r, c)] = (float)(r * COLUMNS + c);
	const struct ff_tensor tensor = {"w", ROWS, COLUMNS, true, panels.panel, weight};
	if (!CHECK(ff_safetensors_write(path, &tensor, 1, NULL, 0, NULL) == FF_OK))
		return;
	struct parsed p = parse();
	int wrong = 0;
	for (size_t r = 0; r < ROWS; r++)
		for (size_t c = 0; c < COLUMNS; c++)
			wrong += element(&p, "w", c * ROWS + r) != (float)(r * COLUMNS + c);
	CHECK_INT(wrong, 0);
	end(&p);
}

static void data_has_no_holes(void)
{
	static const float VALUES[12] = {0};
	static const struct ff_tensor TENSORS[] = {{"a", 3, 4, false, 0, VALUES},
	                                           {"empty", 0, 4, true, 0, VALUES},
	                                           {"b", 5, 0, false, 0, VALUES},
	                                           {"c", 2, 3, true, 0, VALUES}};
	CHECK_INT(ff_safetensors_write(path, TENSORS, 4, NULL, 0, NULL), FF_OK);
	struct parsed p = parse();
	size_t expected = 0;
	for (size_t i = 0; i < 4; i++) {
		ff_scenario("tensor %s", TENSORS[i].name);
		CHECK_INT(offset_of(&p, TENSORS[i].name, 0), expected);
		expected = offset_of(&p, TENSORS[i].name, 1);
	}
	CHECK_INT(expected, (12 + 0 + 5 + 6) * 4);
	CHECK_INT(p.data_size, expected);
	end(&p);
}

static void metadata_are_strings(void)
{
	static const float ONE = 1;
	const char *const pairs[] = {"name", "a \"quoted\" name", "odd", "caf\xc3\xa9", "broken", "caf\xe9"};
	CHECK_INT(ff_safetensors_write(path, &(struct ff_tensor){"x", 1, 0, false, 0, &ONE}, 1, pairs, 3, NULL), FF_OK);
	struct parsed p = parse();
	json_t *metadata = json_object_get(p.header, "__metadata__");
	CHECK_TEXT(json_string_value(json_object_get(metadata, "name")), "a \"quoted\" name");
	CHECK_TEXT(json_string_value(json_object_get(metadata, "odd")), "caf\xc3\xa9");
	CHECK_TEXT(json_string_value(json_object_get(metadata, "broken")), "caf?");
	CHECK_NEAR(element(&p, "x", 0), 1, 0);
	end(&p);
}

static void the_same_tensors_give_the_same_bytes(void)
{
	static const float VALUES[6] = {1, 2, 3, 4, 5, 6};
	const struct ff_tensor tensor = {"w", 2, 3, true, 0, VALUES};
	const char *const pairs[] = {"b", "2", "a", "1"};
	CHECK_INT(ff_safetensors_write(path, &tensor, 1, pairs, 2, NULL), FF_OK);
	struct parsed first = parse();
	CHECK_INT(ff_safetensors_write(path, &tensor, 1, pairs, 2, NULL), FF_OK);
	struct parsed second = parse();
	CHECK_INT(first.size, second.size);
	CHECK(first.size == second.size && memcmp(first.bytes, second.bytes, first.size) == 0);
	end(&first);
	end(&second);
}

static void faults_leave_the_old_file(void)
{
	static const float ONE = 1;
	const struct ff_tensor twice[] = {{"w", 1, 0, false, 0, &ONE}, {"w", 1, 0, false, 0, &ONE}};
	struct ff_error error;
	CHECK_INT(ff_safetensors_write(path, twice, 1, NULL, 0, &error), FF_OK);
	CHECK_INT(ff_safetensors_write(path, twice, 2, NULL, 0, &error), FF_ERROR_INTERNAL);
	CHECK_HAS(error.what, "w is named twice");
	CHECK_INT(ff_safetensors_write("/dev/null/x", twice, 1, NULL, 0, &error), FF_ERROR_IO);
	CHECK_TEXT(error.where, "/dev/null/x");
	struct parsed p = parse();
	CHECK_INT(json_object_size(p.header), 1);
	end(&p);
}

static void clean_up(void)
{
	unlink(path);
	CHECK_INT(rmdir(folder), 0); /* nothing else was left there */
}

static void make_folder(void)
{
	CHECK(mkdtemp(folder) != NULL);
	snprintf(path, sizeof path, "%s/model.safetensors", folder);
}

FF_TESTS("safetensors", {"a folder to write in", make_folder}, {"tensors come back", tensors_come_back},
         {"panels come back", panels_come_back}, {"data has no holes", data_has_no_holes},
         {"metadata are strings", metadata_are_strings},
         {"the same tensors give the same bytes", the_same_tensors_give_the_same_bytes},
         {"faults leave the old file", faults_leave_the_old_file}, {"nothing is left over", clean_up})
