#include "base/wrap.h"

#include <stdbool.h>
#include <string.h>

/* Moves from column `at` to column `indent`, by way of the next line if that lies behind. */
static void start_line(FILE *stream, int at, int indent)
{
	if (at > indent) {
		fputc('\n', stream);
		at = 0;
	}
	fprintf(stream, "%*s", indent - at, "");
}

void ff_wrap_print(FILE *stream, int at, int indent, int end, const char *text)
{
	int column = at;
	bool fresh = true; /* no word is on the line yet */
	while (*text) {
		if (*text == '\n') {
			fputc('\n', stream);
			column = 0;
			fresh = true;
			text++;
			continue;
		}
		int length = (int)strcspn(text, " \n");
		if (fresh || column + 1 + length > end) {
			start_line(stream, fresh ? column : indent + 1, indent);
			column = indent;
		} else {
			fputc(' ', stream);
			column++;
		}
		fprintf(stream, "%.*s", length, text);
		column += length;
		fresh = false;
		text += length;
		text += strspn(text, " ");
	}
	fputc('\n', stream);
}
