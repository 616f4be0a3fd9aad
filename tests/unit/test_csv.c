#include "support/harness.h"

#include <locale.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/csv.h"

/* Of a text; NULL: of a number. */
static void check_either(const char *text, double number, const char *wanted)
{
	char *got = NULL;
	size_t size = 0;
	FILE *stream = open_memstream(&got, &size);
	if (!CHECK(stream != NULL))
		return;
	if (text)
		ff_csv_put_text(text, stream);
	else
		ff_csv_put_real(number, stream);
	CHECK_INT(fclose(stream), 0);
	CHECK_INT(size, strlen(wanted));
	CHECK_TEXT(got, wanted);
	free(got);
}

static void check_cell(const char *text, const char *wanted)
{
	check_either(text, 0, wanted);
}

static void plain_text_stays_as_it_is(void)
{
	check_cell("", "");
	check_cell("wide", "wide");
	check_cell(" two  words ", " two  words ");
	check_cell("it's; a\ttab\\", "it's; a\ttab\\");
	check_cell("\xc3\xbc", "\xc3\xbc");
}

static void commas_and_ends_of_lines_are_quoted(void)
{
	check_cell(",", "\",\"");
	check_cell("[128,64]", "\"[128,64]\"");
	check_cell("\n", "\"\n\"");
	check_cell("one\ntwo", "\"one\ntwo\"");
	check_cell("one\r\ntwo", "\"one\r\ntwo\"");
	check_cell("end\r", "\"end\r\"");
}

static void quotes_are_doubled(void)
{
	check_cell("\"", "\"\"\"\"");
	check_cell("\"\"", "\"\"\"\"\"\"");
	check_cell("a \"b\" c", "\"a \"\"b\"\" c\"");
	check_cell("\"a\",\nb", "\"\"\"a\"\",\nb\"");
}

static void numbers_have_a_point_and_twelve_digits(void)
{
	static const struct {
		double number;
		const char *wanted;
	} CASES[] = {{1.59, "1.59"},   {12, "12.0"}, {-0.25, "-0.25"}, {100.0 / 3, "33.3333333333"},
	             {1e300, "1e300"}, {NAN, ""},    {INFINITY, ""},   {-INFINITY, ""}};
	static const char *const LOCALES[] = {"C", "de_DE.UTF-8", "de_DE"}; /* those that are there */
	for (size_t l = 0; l < sizeof LOCALES / sizeof *LOCALES; l++) {
		if (!setlocale(LC_ALL, LOCALES[l]))
			continue;
		for (size_t i = 0; i < sizeof CASES / sizeof *CASES; i++) {
			ff_scenario("locale %s, number %g", LOCALES[l], CASES[i].number);
			check_either(NULL, CASES[i].number, CASES[i].wanted);
		}
	}
	setlocale(LC_ALL, "C");
}

FF_TESTS("csv", {"plain text stays as it is", plain_text_stays_as_it_is},
         {"commas and ends of lines are quoted", commas_and_ends_of_lines_are_quoted},
         {"quotes are doubled", quotes_are_doubled},
         {"numbers have a point and twelve digits", numbers_have_a_point_and_twelve_digits})
