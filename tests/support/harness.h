/* One CUnit program a file: a table of named tests, a main that runs it, checks that print both values.
 *
 *     static void ring_wraps(void) { CHECK_INT(ring_count(&r), 3); }
 *     FF_TESTS("ring", {"a full ring refuses", ring_refuses}, {"positions wrap", ring_wraps})
 */
#ifndef TESTS_SUPPORT_HARNESS_H
#define TESTS_SUPPORT_HARNESS_H

#include <stdbool.h>

#include <CUnit/CUnit.h>

struct ff_test_case {
	const char *name;
	void (*run)(void);
};

/* Runs the tests, prints CUnit's summary; the exit status is 0 only if every check held, 77 if all tests skipped. */
int ff_tests_run(const char *suite, const struct ff_test_case *cases, int n);

#define FF_TESTS(suite, ...)                                                                                           \
	int main(void)                                                                                                 \
	{                                                                                                              \
		static const struct ff_test_case CASES[] = {__VA_ARGS__};                                              \
		return ff_tests_run(suite, CASES, (int)(sizeof CASES / sizeof *CASES));                                \
	}

/* Says what the checks that follow are about, such as "greedy, 3 threads": a check that fails prints it first. Holds until
 * the next call or the test's end. The main thread alone calls it. */
void ff_scenario(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* Prints that the running test is skipped and why; the caller returns. */
void ff_test_skip(const char *why);

#define CHECK(condition)                   ff_check(condition, #condition, __FILE__, __LINE__)
#define CHECK_INT(got, wanted)             ff_check_int((long long)(got), (long long)(wanted), #got, __FILE__, __LINE__)
#define CHECK_NEAR(got, wanted, tolerance) ff_check_near(got, wanted, tolerance, #got, __FILE__, __LINE__)
#define CHECK_TEXT(got, wanted)            ff_check_text(got, wanted, #got, __FILE__, __LINE__)
/* `got` contains `part`. */
#define CHECK_HAS(got, part) ff_check_has(got, part, #got, __FILE__, __LINE__)

bool ff_check(bool held, const char *what, const char *file, int line);
bool ff_check_int(long long got, long long wanted, const char *what, const char *file, int line);
bool ff_check_near(double got, double wanted, double tolerance, const char *what, const char *file, int line);
bool ff_check_text(const char *got, const char *wanted, const char *what, const char *file, int line);
bool ff_check_has(const char *got, const char *part, const char *what, const char *file, int line);

#endif
