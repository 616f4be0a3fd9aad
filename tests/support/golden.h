/* Reads the files of tests/golden/data: named matrices of numbers, as make_golden.py wrote them.
 *
 *     # comment
 *     array NAME ROWS COLUMNS        then ROWS lines of COLUMNS numbers
 *     end COUNT                      the last line, the number of arrays
 *
 * Anything else, and any name twice, is an error: a damaged file must never pass for a small one. A vector is one
 * row, a number is 1 x 1. */
#ifndef TESTS_SUPPORT_GOLDEN_H
#define TESTS_SUPPORT_GOLDEN_H

#include <stdbool.h>
#include <stddef.h>

enum { GOLDEN_MOST = 128, GOLDEN_NAME = 64 };

struct golden_array {
	char name[GOLDEN_NAME];
	size_t rows, columns;
	double *values;
};

struct golden {
	int n;
	struct golden_array arrays[GOLDEN_MOST];
};

/* Fills *golden from the file at path. On failure it is empty and `why` (of 256 bytes) says what is wrong in which
 * line. The owner calls golden_close(). */
bool golden_read(struct golden *golden, const char *path, char *why);

/* golden_read() on tests/golden/data/NAME.txt below the working folder; a failure is a failed check. */
bool golden_open(struct golden *golden, const char *name);

void golden_close(struct golden *golden);

/* The values of the array whose name is formatted, if its shape is [rows x columns]. Otherwise a failed check and
 * zeros, so that the test can go on. Owned by *golden. */
const double *golden_values(struct golden *golden, size_t rows, size_t columns, const char *format, ...)
    __attribute__((format(printf, 4, 5)));

/* The same for a number. */
double golden_number(struct golden *golden, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* out [n] = values as floats. */
void golden_floats(float *out, const double *values, size_t n);

/* The largest |got - wanted| over the largest |wanted|; NaN counts as infinite. */
double golden_distance(const float *got, const double *wanted, size_t n);

/* Checks that golden_distance() is within the tolerance; the formatted text names the case when it is not. */
void golden_near(const float *got, const double *wanted, size_t n, double tolerance, const char *format, ...)
    __attribute__((format(printf, 5, 6)));

#endif
