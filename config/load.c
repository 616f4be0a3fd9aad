#include "config/load.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "config/check.h"
#include "config/layers.h"
#include "config/modes.h"
#include "config/walk.h"

/* Every key with a single value in the experiment itself. */
static void load_values(struct ff_loader *loader)
{
	for (int k = 0; k < ff_schema_size; k++) {
		const struct ff_key *key = &ff_schema[k];
		if (key->in_layer || key->type == FF_KEY_WIDTHS || key->type == FF_KEY_EACH ||
		    key->type == FF_KEY_LAYER_SET || key->type == FF_KEY_SWEEP)
			continue;
		char *field = (char *)&loader->experiment + key->offset;
		if (key->size)
			ff_value_default(key, field);
		if (loader->settings[k].node)
			loader->bad[k] = !ff_loader_value(loader, key, key->path, loader->settings[k], field);
	}
}

/* The default name is that of the file, with _ for each letter that a name may not have. */
static void default_name(const char *path, char name[FF_MAX_NAME])
{
	const char *slash = path ? strrchr(path, '/') : NULL;
	const char *file = slash ? slash + 1 : path && *path ? path : "experiment";
	const char *dot = strrchr(file, '.');
	int length = dot && dot > file ? (int)(dot - file) : (int)strlen(file);
	snprintf(name, FF_MAX_NAME, "%.*s", length, file);
	for (char *c = name; *c; c++)
		if (!strchr(c == name ? FF_LETTERS : FF_LETTERS ".-", *c))
			*c = '_';
}

static const char *read_hint(int why)
{
	if (why == ENOENT || why == ENOTDIR)
		return "is the path right?";
	if (why == EACCES || why == EPERM)
		return "you have no permission to read it: chmod a+r, or ask its owner";
	return why == EISDIR ? "name a file in it" : NULL;
}

/* Reads the file into *text, which the caller frees in any case. */
static bool read_file(const char *path, char **text, size_t *length, struct ff_complaints *complaints)
{
	enum { MOST = FF_MAX_YAML_BYTES + 4 }; /* a byte order mark, and one byte more than is allowed */
	int why = 0;
	*text = malloc(MOST);
	if (!*text)
		return ff_complain_status(complaints, FF_ERROR_MEMORY, NULL, "no memory for the experiment file");
	errno = 0;
	FILE *stream = fopen(path, "rb");
	*length = stream ? fread(*text, 1, MOST, stream) : 0;
	if (!stream || ferror(stream))
		why = errno;
	if (stream)
		fclose(stream);
	if (why)
		return ff_complain_status(complaints, FF_ERROR_IO, read_hint(why),
		                          "cannot read the experiment file: %s", strerror(why));
	return true;
}

/* The settings of the file; false if it cannot be read or walked. */
static bool load_file(struct ff_loader *loader)
{
	char *text = NULL;
	size_t length = 0;
	if (!loader->complaints.path)
		return true;
	bool ok = read_file(loader->complaints.path, &text, &length, &loader->complaints) &&
	          ff_tree_parse(&loader->trees[0], text, length, 0, &loader->complaints);
	free(text);
	return ok && ff_walk_file(loader, ff_tree_root(&loader->trees[0]));
}

bool ff_load_settings(struct ff_loader *loader)
{
	bool ok = load_file(loader);
	for (int i = 0; i + 1 < loader->n_trees; i++)
		ok &= ff_walk_override(loader, i);
	return ok;
}

static void load(struct ff_loader *loader)
{
	bool file_ok = load_file(loader), overrides_ok = true;
	for (int i = 0; i + 1 < loader->n_trees; i++)
		overrides_ok &= ff_walk_override(loader, i);
	if (!file_ok)
		return;
	if (ff_loader_sweeps(loader)) {
		if (loader->complaints.count == 0)
			ff_complain(&loader->complaints, loader->sweep_place,
			            "run them with `ffengine sweep`, or leave them out with --set sweep=off",
			            "'sweep' describes several experiments, not one");
		return;
	}
	load_values(loader);
	int name = ff_schema_find("name");
	if (!loader->settings[name].node)
		default_name(loader->complaints.path, loader->experiment.name);
	if (!overrides_ok)
		return; /* what it would have set is not known, so nothing can be called missing */
	ff_load_layers(loader);
	ff_load_layer_sets(loader);
	ff_settle_mode(loader);
	ff_check_relations(loader);
}

/* A failure before there is a loader to complain to. */
static ff_status give_up(ff_status status, struct ff_diagnostics *diagnostics)
{
	if (diagnostics) {
		diagnostics->count = 1;
		ff_fail(&diagnostics->items[0], status, "no memory for the experiment");
	}
	return status;
}

ff_status ff_experiment_load(const char *path, const char *const overrides[], int n_overrides,
                             struct ff_experiment *experiment, struct ff_diagnostics *diagnostics)
{
	struct ff_numeric numeric;
	if (diagnostics)
		diagnostics->count = 0;
	struct ff_loader *loader = ff_loader_create(path, overrides, n_overrides < 0 ? 0 : n_overrides, diagnostics);
	if (!loader)
		return give_up(FF_ERROR_MEMORY, diagnostics);
	if (ff_numeric_begin(&numeric, NULL) != FF_OK) {
		ff_loader_destroy(loader);
		return give_up(FF_ERROR_MEMORY, diagnostics);
	}
	load(loader);
	ff_numeric_end(&numeric);
	ff_status status = loader->complaints.status;
	if (diagnostics)
		diagnostics->count = loader->complaints.count;
	if (status == FF_OK)
		memcpy(experiment, &loader->experiment, sizeof *experiment);
	ff_loader_destroy(loader);
	return status;
}

ff_status ff_load_point(const char *path, const char *const overrides[], int n, struct ff_experiment *experiment,
                        struct ff_complaints *complaints, struct ff_diagnostics *out)
{
	struct ff_loader *loader = ff_loader_create(path, overrides, n, out);
	if (!loader) {
		complaints->out = out;
		ff_complain_status(complaints, FF_ERROR_MEMORY, NULL, "no memory for the experiment");
		return FF_ERROR_MEMORY;
	}
	load(loader);
	*complaints = loader->complaints;
	if (complaints->status == FF_OK)
		memcpy(experiment, &loader->experiment, sizeof *experiment);
	ff_loader_destroy(loader);
	return complaints->status;
}
