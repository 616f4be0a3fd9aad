#include <stdio.h>
#include <string.h>

#include "base/edit_distance.h"
#include "config/schema.h"

enum { FAR = 1000 };

static int least(int a, int b)
{
	return a < b ? a : b;
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
	int edits = ff_edit_distance(name, split(known, section[1]));
	/* A section has few names, so in the right one a name may be further off; the top level has sections, which are
	 * all unlike each other. */
	bool same = strcmp(section[0], section[1]) == 0;
	int limit = same && *section[0] ? least((int)strlen(name) / 3, 3) + 1 : least((int)strlen(name) / 4 + same, 2);
	if (edits > (limit < 1 ? 1 : limit) || edits >= (int)strlen(name))
		return FAR;
	return 2 * edits + least(3, ff_edit_distance(section[0], section[1]));
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

const char *ff_schema_other_name(const char *path)
{
	static const struct {
		const char *name, *hint;
	} OTHERS[] = {
	    {"schedule", "see train.order, train.batch, train.epochs and execution.kind"},
	    {"schedule.kind", "see train.order and execution.kind"},
	    {"schedule.batch", "did you mean 'train.batch'?"},
	    {"schedule.epochs", "did you mean 'train.epochs'?"},
	    {"classify", "did you mean 'evaluate'?"},
	    {"classify.by", "did you mean 'evaluate.by'?"},
	    {"classify.layers", "did you mean 'evaluate.layers'?"},
	    {"threads", "did you mean 'execution.threads'?"},
	    {"memory", "did you mean 'execution.memory'?"},
	};
	for (size_t i = 0; i < sizeof OTHERS / sizeof *OTHERS; i++)
		if (strcmp(OTHERS[i].name, path) == 0)
			return OTHERS[i].hint;
	return NULL;
}

void ff_schema_names(const char *section, bool in_each, char *text, size_t size)
{
	char last[FF_MAX_KEY_PATH] = "", name[FF_MAX_KEY_PATH];
	size_t n = strlen(section), used = 0;
	*text = '\0';
	for (int i = 0; i < ff_schema_size && used < size; i++) {
		const struct ff_key *key = &ff_schema[i];
		const char *rest = in_each ? key->each : strchr(key->path, '[') ? NULL : key->path;
		if (!rest || (!in_each && n && (strncmp(rest, section, n) != 0 || rest[n] != '.')))
			continue;
		rest += !in_each && n ? n + 1 : 0;
		snprintf(name, sizeof name, "%.*s", (int)strcspn(rest, "."), rest);
		if (strcmp(name, last) == 0)
			continue; /* a section's keys stand together */
		used += (size_t)snprintf(text + used, size - used, "%s%s", *text ? ", " : "", name);
		snprintf(last, sizeof last, "%s", name);
	}
}
