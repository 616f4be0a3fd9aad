#include "cli/print.h"

#include <stdio.h>

#include "run/json.h"

ff_status ff_print_json(json_t *root, struct ff_error *error)
{
	if (!root)
		return ff_fail(error, FF_ERROR_MEMORY, "no memory for the JSON text");
	json_dumpf(root, stdout, JSON_INDENT(2) | FF_JSON_DIGITS); /* a failed write shows when stdout is closed */
	putchar('\n');
	json_decref(root);
	return FF_OK;
}
