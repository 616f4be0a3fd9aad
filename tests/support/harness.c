#include "support/harness.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <CUnit/Basic.h>

static int skipped;
static char scenario[256];
static CU_pTest scenario_of; /* the test that set it */

void ff_scenario(const char *format, ...)
{
	va_list list;
	va_start(list, format);
	vsnprintf(scenario, sizeof scenario, format, list);
	va_end(list);
	scenario_of = CU_get_current_test();
}

bool ff_check(bool held, const char *what, const char *file, int line)
{
	char text[2400];
	if (!held && scenario_of == CU_get_current_test()) {
		snprintf(text, sizeof text, "[%s] %s", scenario, what);
		what = text;
	}
	CU_assertImplementation(held, (unsigned)line, what, file, "", CU_FALSE);
	return held;
}

bool ff_check_int(long long got, long long wanted, const char *what, const char *file, int line)
{
	char text[256];
	snprintf(text, sizeof text, "%s is %lld, not %lld", what, got, wanted);
	return ff_check(got == wanted, text, file, line);
}

bool ff_check_near(double got, double wanted, double tolerance, const char *what, const char *file, int line)
{
	char text[256];
	snprintf(text, sizeof text, "%s is %.9g, not %.9g +- %.3g", what, got, wanted, tolerance);
	return ff_check(fabs(got - wanted) <= tolerance, text, file, line);
}

bool ff_check_text(const char *got, const char *wanted, const char *what, const char *file, int line)
{
	char text[2048];
	snprintf(text, sizeof text, "%s is \"%.900s\", not \"%.900s\"", what, got ? got : "(null)", wanted);
	return ff_check(got && strcmp(got, wanted) == 0, text, file, line);
}

bool ff_check_has(const char *got, const char *part, const char *what, const char *file, int line)
{
	char text[2048];
	snprintf(text, sizeof text, "%s is \"%.1200s\", without \"%.500s\"", what, got ? got : "(null)", part);
	return ff_check(got && strstr(got, part), text, file, line);
}

void ff_test_skip(const char *why)
{
	printf(" skipped: %s ...", why);
	skipped++;
}

int ff_tests_run(const char *suite, const struct ff_test_case *cases, int n)
{
	if (CU_initialize_registry() != CUE_SUCCESS)
		return 1;
	CU_pSuite s = CU_add_suite(suite, NULL, NULL);
	for (int i = 0; i < n; i++)
		if (!s || !CU_add_test(s, cases[i].name, cases[i].run))
			return 1;
	CU_basic_set_mode(CU_BRM_VERBOSE);
	CU_ErrorCode ran = CU_basic_run_tests();
	unsigned failed = CU_get_number_of_failures();
	CU_cleanup_registry();
	if (ran != CUE_SUCCESS || failed)
		return 1;
	return skipped == n ? 77 : 0;
}
