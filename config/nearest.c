#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "config/schema.h"

enum { FAR = 1000 };

static int least(int a, int b)
{
	return a < b ? a : b;
}

static bool same(char a, char b)
{
	return tolower((unsigned char)a) == tolower((unsigned char)b) || (a == '-' && b == '_');
}

/* Edits that turn a into b: a letter added, lost or changed, or two neighbours swapped. FAR if too long. */
static int edit_distance(const char *a, const char *b)
{
	int row[3][FF_MAX_KEY_PATH + 1];
	int n = (int)strlen(a), m = (int)strlen(b);
	if (n >= FF_MAX_KEY_PATH || m >= FF_MAX_KEY_PATH)
		return FAR;
	for (int i = 0; i <= n; i++) {
		int *now = row[i % 3], *above = row[(i + 2) % 3], *above2 = row[(i + 1) % 3];
		for (int j = 0; j <= m; j++) {
			if (i == 0 || j == 0) {
				now[j] = i + j;
				continue;
			}
			now[j] = least(least(above[j], now[j - 1]) + 1, above[j - 1] + !same(a[i - 1], b[j - 1]));
			if (i > 1 && j > 1 && same(a[i - 1], b[j - 2]) && same(a[i - 2], b[j - 1]))
				now[j] = least(now[j], above2[j - 2] + 1);
		}
	}
	return row[n % 3][m];
}

/* Splits "a.b.c" into "a.b" and "c"; parent holds FF_MAX_KEY_PATH bytes. */
static const char *split(const char *path, char *parent)
{
	const char *dot = strrchr(path, '.');
	snprintf(parent, FF_MAX_KEY_PATH, "%.*s", dot ? (int)(dot - path) : 0, path);
	return dot ? dot + 1 : path;
}

/* How far the known path is from the misspelt one: the last name must be near, a near section is better. */
static int path_distance(const char *misspelt, const char *known)
{
	char section[2][FF_MAX_KEY_PATH];
	const char *name = split(misspelt, section[0]);
	int edits = edit_distance(name, split(known, section[1]));
	int limit = (int)strlen(name) / 3;
	if (edits > (limit < 1 ? 1 : least(limit, 3)) || edits >= (int)strlen(name))
		return FAR;
	return 2 * edits + least(3, edit_distance(section[0], section[1]));
}

static void consider(const char *path, const char *known, int *best, char *nearest)
{
	int distance = path_distance(path, known);
	if (distance < *best) {
		*best = distance;
		snprintf(nearest, FF_MAX_KEY_PATH, "%s", known);
	}
}

void ff_schema_nearest(const char *path, bool in_each, char *nearest)
{
	int best = FAR;
	*nearest = '\0';
	for (int i = 0; i < ff_schema_size; i++) {
		const struct ff_key *key = &ff_schema[i];
		char known[FF_MAX_KEY_PATH];
		if (in_each) {
			if (key->each)
				consider(path, key->each, &best, nearest);
			continue;
		}
		if (strchr(key->path, '['))
			continue;
		for (const char *dot = strchr(key->path, '.'); dot; dot = strchr(dot + 1, '.')) {
			snprintf(known, sizeof known, "%.*s", (int)(dot - key->path), key->path);
			consider(path, known, &best, nearest);
		}
		consider(path, key->path, &best, nearest);
	}
}
