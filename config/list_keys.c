/* A program of the build: writes every key of an experiment into the file FILE, one per line, as
 *     PATH tab TYPE, RANGE AND DEFAULT tab MEANING
 * for the man page (engine/cli/man_page.c), which may not read the schema itself. usage: ff_list_keys FILE */
#include <stdio.h>
#include <stdlib.h>

#include "config/key_help.h"

int main(int argc, char *argv[])
{
	if (argc != 2 || !freopen(argv[1], "w", stdout)) {
		fputs("usage: ff_list_keys FILE, which can be written\n", stderr);
		return EXIT_FAILURE;
	}
	char line[FF_MAX_KEY_LINE];
	for (int k = 0; k < ff_schema_size; k++) {
		ff_key_describe(&ff_schema[k], line);
		printf("%s\t%s\t%s\n", ff_schema[k].path, line, ff_schema[k].doc);
	}
	return fclose(stdout) == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
