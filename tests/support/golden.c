#include "support/golden.h"

#include <errno.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "support/harness.h"

enum { MOST_NUMBERS = 1 << 20 };

struct reader {
	FILE *file;
	char *line;
	size_t room;
	int number; /* of the line, from 1 */
	char *why;
};

static bool refuse(struct reader *reader, const char *what)
{
	snprintf(reader->why, 256, "line %d: %s", reader->number, what);
	return false;
}

/* The next line that is no comment, without its newline. */
static bool next_line(struct reader *reader)
{
	do {
		reader->number++;
		ssize_t length = getline(&reader->line, &reader->room, reader->file);
		if (length < 0)
			return refuse(reader, "the file ends without `end`");
		if ((size_t)length != strlen(reader->line) || reader->line[length - 1] != '\n')
			return refuse(reader, "cut short");
		reader->line[length - 1] = '\0';
	} while (reader->line[0] == '#');
	return true;
}

static bool read_row(struct reader *reader, double *row, size_t columns)
{
	if (!next_line(reader))
		return false;
	char *at = reader->line;
	for (size_t j = 0; j < columns; j++) {
		char *end;
		errno = 0;
		row[j] = strtod(at, &end);
		bool ends_well = *end == (j + 1 < columns ? ' ' : '\0');
		if (end == at || !ends_well || !isfinite(row[j]) || (errno == ERANGE && fabs(row[j]) > 1))
			return refuse(reader, "not the finite numbers of a row");
		at = end + 1;
	}
	return true;
}

static struct golden_array *find(struct golden *golden, const char *name)
{
	for (int i = 0; i < golden->n; i++)
		if (strcmp(golden->arrays[i].name, name) == 0)
			return &golden->arrays[i];
	return NULL;
}

static bool read_array(struct reader *reader, struct golden *golden)
{
	struct golden_array array = {0};
	char rest;
	if (sscanf(reader->line, "array %63s %zu %zu%c", array.name, &array.rows, &array.columns, &rest) != 3)
		return refuse(reader, "neither `array NAME ROWS COLUMNS` nor `end COUNT`");
	if (find(golden, array.name))
		return refuse(reader, "a name twice");
	if (golden->n == GOLDEN_MOST || array.rows - 1 >= MOST_NUMBERS || array.columns - 1 >= MOST_NUMBERS ||
	    array.rows * array.columns > MOST_NUMBERS)
		return refuse(reader, "too many arrays or numbers, or none");
	array.values = calloc(array.rows * array.columns, sizeof *array.values);
	if (!array.values)
		return refuse(reader, "no memory");
	golden->arrays[golden->n++] = array;
	for (size_t i = 0; i < array.rows; i++)
		if (!read_row(reader, array.values + i * array.columns, array.columns))
			return false;
	return true;
}

static bool read_all(struct reader *reader, struct golden *golden)
{
	while (next_line(reader)) {
		int count;
		char rest;
		if (sscanf(reader->line, "end %d%c", &count, &rest) == 1) {
			if (count != golden->n)
				return refuse(reader, "`end` counts other arrays than there are");
			return getc(reader->file) == EOF || refuse(reader, "more after `end`");
		}
		if (!read_array(reader, golden))
			return false;
	}
	return false;
}

bool golden_read(struct golden *golden, const char *path, char *why)
{
	*golden = (struct golden){0};
	struct reader reader = {.file = fopen(path, "r"), .why = why};
	if (!reader.file) {
		snprintf(why, 256, "cannot open %.200s", path);
		return false;
	}
	bool read = read_all(&reader, golden);
	free(reader.line);
	fclose(reader.file);
	if (!read)
		golden_close(golden);
	return read;
}

bool golden_open(struct golden *golden, const char *name)
{
	char path[128], why[256], text[512];
	snprintf(path, sizeof path, "tests/golden/data/%s.txt", name);
	bool read = golden_read(golden, path, why);
	snprintf(text, sizeof text, "%s is read: %s", path, read ? "" : why);
	return ff_check(read, text, __FILE__, __LINE__);
}

void golden_close(struct golden *golden)
{
	for (int i = 0; i < golden->n; i++)
		free(golden->arrays[i].values);
	*golden = (struct golden){0};
}

static const double *values_of(struct golden *golden, size_t rows, size_t columns, const char *name)
{
	static const double ZEROS[4096];
	struct golden_array *array = find(golden, name);
	char text[256];
	snprintf(text, sizeof text, "the golden file has %s [%zu x %zu]", name, rows, columns);
	if (ff_check(array && array->rows == rows && array->columns == columns, text, __FILE__, __LINE__))
		return array->values;
	if (rows * columns > sizeof ZEROS / sizeof *ZEROS)
		abort();
	return ZEROS;
}

const double *golden_values(struct golden *golden, size_t rows, size_t columns, const char *format, ...)
{
	char name[GOLDEN_NAME];
	va_list list;
	va_start(list, format);
	vsnprintf(name, sizeof name, format, list);
	va_end(list);
	return values_of(golden, rows, columns, name);
}

double golden_number(struct golden *golden, const char *format, ...)
{
	char name[GOLDEN_NAME];
	va_list list;
	va_start(list, format);
	vsnprintf(name, sizeof name, format, list);
	va_end(list);
	return *values_of(golden, 1, 1, name);
}

void golden_floats(float *out, const double *values, size_t n)
{
	for (size_t i = 0; i < n; i++)
		out[i] = (float)values[i];
}

double golden_distance(const float *got, const double *wanted, size_t n)
{
	double worst = 0, largest = 0;
	for (size_t i = 0; i < n; i++) {
		double apart = fabs((double)got[i] - wanted[i]);
		worst = apart <= worst ? worst : isnan(apart) ? INFINITY : apart;
		largest = fmax(largest, fabs(wanted[i]));
	}
	return largest > 0 ? worst / largest : worst;
}

void golden_near(const float *got, const double *wanted, size_t n, double tolerance, const char *format, ...)
{
	char what[128], text[256];
	va_list list;
	va_start(list, format);
	vsnprintf(what, sizeof what, format, list);
	va_end(list);
	double apart = golden_distance(got, wanted, n);
	snprintf(text, sizeof text, "%s is %.3g of its largest value away, not within %.3g", what, apart, tolerance);
	ff_check(apart <= tolerance, text, __FILE__, __LINE__);
}
