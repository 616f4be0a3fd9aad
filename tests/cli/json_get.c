/* json_get FILE [KEY|INDEX]...: prints the value below the path, as compact JSON; a test's strict reader. Exit status
 * 1: not JSON, or no such value. */
#include <stdio.h>
#include <stdlib.h>

#include <jansson.h>

int main(int argc, char *argv[])
{
	json_error_t error;
	json_t *root = argc > 1 ? json_load_file(argv[1], JSON_REJECT_DUPLICATES, &error) : NULL;
	if (!root) {
		fprintf(stderr, "json_get: %s\n", argc > 1 ? error.text : "no file");
		return 1;
	}
	const json_t *value = root;
	for (int i = 2; i < argc && value; i++)
		value = json_is_array(value) ? json_array_get(value, (size_t)strtoul(argv[i], NULL, 10))
		                             : json_object_get(value, argv[i]);
	int failed = !value || json_dumpf(value, stdout, JSON_COMPACT | JSON_ENCODE_ANY | JSON_REAL_PRECISION(12)) != 0;
	putchar('\n');
	json_decref(root);
	return failed;
}
