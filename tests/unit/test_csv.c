#include "support/harness.h"

#include <stdlib.h>
#include <string.h>

#include "run/csv.h"

static void check_cell(const char *text, const char *wanted)
{
	char *got = NULL;
	size_t size = 0;
	FILE *stream = open_memstream(&got, &size);
	if (!CHECK(stream != NULL))
		return;
	ff_csv_put_text(text, stream);
	CHECK_INT(fclose(stream), 0);
	CHECK_INT(size, strlen(wanted));
	CHECK_TEXT(got, wanted);
	free(got);
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

FF_TESTS("csv", {"plain text stays as it is", plain_text_stays_as_it_is},
         {"commas and ends of lines are quoted", commas_and_ends_of_lines_are_quoted},
         {"quotes are doubled", quotes_are_doubled})
