/* tensors FILE: the tensors of a safetensors file, a line each: name and shape. tensors FILE NAME: the bytes of one.
 * Exit status 1: no such file or tensor. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

static int fail(const char *what)
{
	fprintf(stderr, "tensors: %s\n", what);
	return 1;
}

/* The header's object; *data is where the tensors' bytes begin. */
static json_t *read_header(FILE *file, long *data)
{
	uint64_t size;
	if (fread(&size, sizeof size, 1, file) != 1 || size > 1 << 24)
		return NULL;
	char *text = malloc(size);
	json_t *root = NULL;
	if (text && fread(text, 1, size, file) == size)
		root = json_loadb(text, size, JSON_REJECT_DUPLICATES, NULL);
	free(text);
	*data = (long)(sizeof size + size);
	return root;
}

static int list(json_t *header)
{
	const char *name;
	json_t *tensor;
	json_object_foreach(header, name, tensor)
	{
		if (strcmp(name, "__metadata__") == 0)
			continue;
		printf("%s ", name);
		json_dumpf(json_object_get(tensor, "shape"), stdout, JSON_COMPACT);
		putchar('\n');
	}
	return 0;
}

static int print(const json_t *tensor, FILE *file, long data)
{
	const json_t *offsets = json_object_get(tensor, "data_offsets");
	json_int_t begin = json_integer_value(json_array_get(offsets, 0));
	json_int_t left = json_integer_value(json_array_get(offsets, 1)) - begin;
	char bytes[4096];
	if (left <= 0 || fseek(file, data + (long)begin, SEEK_SET))
		return fail("no such tensor");
	while (left > 0) {
		size_t want = left < (json_int_t)sizeof bytes ? (size_t)left : sizeof bytes;
		if (fread(bytes, 1, want, file) != want || fwrite(bytes, 1, want, stdout) != want)
			return fail("the file is short, or the output full");
		left -= (json_int_t)want;
	}
	return 0;
}

int main(int argc, char *argv[])
{
	long data = 0;
	FILE *file = argc > 1 ? fopen(argv[1], "rb") : NULL;
	if (!file)
		return fail("no file");
	json_t *header = read_header(file, &data);
	int failed = !header    ? fail("not a safetensors file")
	             : argc < 3 ? list(header)
	                        : print(json_object_get(header, argv[2]), file, data);
	json_decref(header);
	fclose(file);
	return failed;
}
