#include "config/walk.h"

#include <stdio.h>
#include <string.h>

static void assign(struct ff_loader *loader, struct ff_place place, const char *path, struct ff_node value);

/* The deepest section that path begins with; "" for the whole experiment. */
static void known_section(const char *path, char *section)
{
	snprintf(section, FF_MAX_KEY_PATH, "%s", path);
	for (char *dot = strrchr(section, '.'); dot; dot = strrchr(section, '.')) {
		*dot = '\0';
		if (ff_schema_is_section(section))
			return;
	}
	*section = '\0';
}

void ff_complain_unknown(struct ff_loader *loader, struct ff_place place, const char *path, bool in_each)
{
	char near[FF_MAX_KEY_PATH], section[FF_MAX_KEY_PATH], names[FF_ERROR_TEXT], hint[FF_ERROR_TEXT + 80];
	char quote[FF_MAX_QUOTE];
	ff_schema_nearest(path, in_each, near);
	known_section(path, section);
	if (!in_each && (strncmp(near, "layers", 6) == 0 || strcmp(section, "layers") == 0))
		loader->layers_at_fault = true;
	ff_schema_names(section, in_each, names, sizeof names);
	const char *other = in_each ? NULL : ff_schema_other_name(path);
	if (other)
		snprintf(hint, sizeof hint, "%s", other);
	else if (*near)
		snprintf(hint, sizeof hint, "did you mean '%s'?", near);
	else
		snprintf(hint, sizeof hint, "the keys are %s", names);
	ff_complain(&loader->complaints, place, hint, "unknown key %s", ff_quote(quote, path, strlen(path)));
}

static void complain_no_section(struct ff_loader *loader, const char *path, struct ff_node value)
{
	char names[FF_ERROR_TEXT], hint[FF_ERROR_TEXT + 16], quote[FF_MAX_QUOTE];
	ff_schema_names(path, false, names, sizeof names);
	snprintf(hint, sizeof hint, "its keys: %s", names);
	if (strcmp(path, "layers") == 0)
		loader->layers_at_fault = true;
	if (ff_node_is_null(value))
		ff_complain(&loader->complaints, ff_node_place(value), hint, "section '%s' is empty", path);
	else
		ff_complain(&loader->complaints, ff_node_place(value), hint, "'%s' is a section with keys, not %s",
		            path, ff_node_quote(value, quote));
}

/* A key with a dot (or a zero byte) in its own name: --set takes such paths, a file does not. */
static void complain_dotted(struct ff_loader *loader, struct ff_place place, const char *path)
{
	char hint[FF_MAX_KEY_PATH + 32], quote[FF_MAX_QUOTE];
	const char *dot = strrchr(path, '.');
	if (!dot || ff_schema_find(path) < 0) {
		ff_complain_unknown(loader, place, path, false);
		return;
	}
	snprintf(hint, sizeof hint, "write %.*s: {%s: ...}", (int)(dot - path), path, dot + 1);
	ff_complain(&loader->complaints, place, hint, "unknown key %s", ff_quote(quote, path, strlen(path)));
}

static void walk_map(struct ff_loader *loader, const char *section, struct ff_node map)
{
	for (int i = 0; i < ff_node_count(map); i++) {
		struct ff_node key, value = ff_node_pair(map, i, &key);
		struct ff_scalar name = ff_node_scalar(key);
		char path[FF_ERROR_TEXT];
		if (!name.text || (name.plain && strcmp(name.text, "<<") == 0))
			continue; /* complained about with the tree */
		snprintf(path, sizeof path, "%s%s%s", section, *section ? "." : "", name.text);
		if (strchr(name.text, '.') || strlen(name.text) != name.length)
			complain_dotted(loader, ff_node_place(key), path);
		else
			assign(loader, ff_node_place(key), path, value);
	}
}

/* An override of a whole section replaces all that was set in it before. */
static void forget_section(struct ff_loader *loader, const char *path)
{
	size_t n = strlen(path);
	for (int k = 0; k < ff_schema_size; k++)
		if (strncmp(ff_schema[k].path, path, n) == 0 && ff_schema[k].path[n] == '.')
			loader->settings[k].node = NULL;
}

/* `sweep: off`, which turns a sweep off. */
static bool is_sweep_off(const char *path, struct ff_node value)
{
	struct ff_scalar scalar = ff_node_scalar(value);
	return strcmp(path, "sweep") == 0 && scalar.text && scalar.plain && strcmp(scalar.text, "off") == 0;
}

static void assign(struct ff_loader *loader, struct ff_place place, const char *path, struct ff_node value)
{
	int index = ff_schema_find(path);
	if (strcmp(path, "layers") == 0)
		loader->layers_place = place;
	if (is_sweep_off(path, value)) {
		forget_section(loader, path);
		loader->sweep_place = (struct ff_place){0};
		return;
	}
	bool part = strncmp(path, "sweep.", 6) == 0 &&
	            (loader->sweep_place.source != place.source || (!place.source && !loader->sweep_place.line));
	if (strcmp(path, "sweep") == 0 || part)
		loader->sweep_place = place;
	if (index >= 0)
		loader->settings[index] = value;
	else if (!ff_schema_is_section(path))
		ff_complain_unknown(loader, place, path, false);
	else if (!ff_node_is_map(value))
		complain_no_section(loader, path, value);
	else
		walk_map(loader, path, value);
}

bool ff_walk_file(struct ff_loader *loader, struct ff_node root)
{
	static const char LEAST[] = "the shortest experiment is layers: {widths: [500, 500]}";
	char quote[FF_MAX_QUOTE];
	if (!root.node || ff_node_is_null(root))
		return ff_complain(&loader->complaints, (struct ff_place){root.tree->source, 1, 1}, LEAST,
		                   "the file is empty");
	if (!ff_node_is_map(root))
		return ff_complain(&loader->complaints, ff_node_place(root), LEAST,
		                   "an experiment is a map of keys, not %s", ff_node_quote(root, quote));
	walk_map(loader, "", root);
	return true;
}

bool ff_walk_override(struct ff_loader *loader, int i)
{
	static const char FORM[] = "write KEY=VALUE, such as train.epochs=5";
	const char *text = loader->complaints.overrides[i], *equals = strchr(text, '=');
	struct ff_complaints *complaints = &loader->complaints;
	struct ff_place place = {1 + i, 0, 0};
	struct ff_tree *tree = loader->trees + 1 + i;
	char path[FF_ERROR_TEXT], quote[FF_MAX_QUOTE];
	if (!equals)
		return ff_complain(complaints, place, FORM, "%s has no '='", ff_quote(quote, text, strlen(text)));
	int length = equals - text < FF_ERROR_TEXT ? (int)(equals - text) : FF_ERROR_TEXT - 1;
	snprintf(path, sizeof path, "%.*s", length, text);
	ff_quote(quote, path, strlen(path));
	if (strchr(path, '['))
		return ff_complain(complaints, place, "give the whole list, such as layers.each='[{rate: 0.1}, {}]'",
		                   "%s: an entry of a list cannot be set alone", quote);
	if (!ff_tree_parse(tree, equals + 1, strlen(equals + 1), 1 + i, complaints))
		return false;
	struct ff_node root = ff_tree_root(tree);
	if (!root.node)
		return ff_complain(complaints, place, FORM, "%s has no value", quote);
	if (ff_schema_is_section(path) && ff_node_is_map(root))
		forget_section(loader, path);
	assign(loader, place, path, root);
	return true;
}
