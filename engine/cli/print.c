#include "cli/print.h"

#include <string.h>

#include "base/json.h"

ff_status ff_print_json(json_t *root, struct ff_error *error)
{
	if (!root)
		return ff_fail(error, FF_ERROR_MEMORY, "no memory for the JSON text");
	json_dumpf(root, stdout, JSON_INDENT(2) | FF_JSON_DIGITS); /* a failed write shows when stdout is closed */
	putchar('\n');
	json_decref(root);
	return FF_OK;
}

void ff_print_word(FILE *stream, const char *word)
{
	static const char SAFE[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-./=:,+@%";
	if (*word && word[strspn(word, SAFE)] == '\0') {
		fputs(word, stream);
		return;
	}
	fputc('\'', stream);
	for (; *word; word++) {
		if (*word == '\'')
			fputs("'\\''", stream);
		else
			fputc(*word, stream);
	}
	fputc('\'', stream);
}

void ff_error_print(const struct ff_error *error)
{
	fprintf(stderr, "ffengine: %s%s%s\n", error->where, *error->where ? ": " : "", error->what);
	if (*error->hint)
		fprintf(stderr, "  %s\n", error->hint);
}
