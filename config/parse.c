#include <stdio.h>
#include <string.h>

#include "config/tree.h"

/* One text on its way through libyaml. */
struct source {
	const char *text;
	size_t length;
	int index; /* as in struct ff_place */
	struct ff_complaints *complaints;
};

static struct ff_place place_at(const struct source *source, yaml_mark_t mark)
{
	return (struct ff_place){source->index, mark.line + 1, mark.column + 1};
}

/* The place of a byte, where libyaml gives no more than its offset. */
static struct ff_place place_of_offset(const struct source *source, size_t offset)
{
	struct ff_place place = {source->index, 1, 1};
	for (size_t i = 0; i < offset && i < source->length; i++) {
		if (source->text[i] == '\n') {
			place.line++;
			place.column = 1;
		} else if (((unsigned char)source->text[i] & 0xC0) != 0x80) {
			place.column++;
		}
	}
	return place;
}

/* The line of the text that holds the place: its start, and its length without the line's end. */
static const char *line_at(const struct source *source, size_t line, size_t *length)
{
	const char *start = source->text, *end = source->text + source->length;
	for (; line > 1 && start < end; line--) {
		const char *next = memchr(start, '\n', (size_t)(end - start));
		start = next ? next + 1 : end;
	}
	const char *stop = memchr(start, '\n', (size_t)(end - start));
	*length = (size_t)((stop ? stop : end) - start);
	return start;
}

/* Bytes of white space that the line starts with. */
static size_t indentation(const char *line, size_t length)
{
	size_t n = 0;
	while (n < length && (line[n] == ' ' || line[n] == '\t'))
		n++;
	return n;
}

static bool syntax_fault(const struct source *source, const yaml_parser_t *parser)
{
	char quote[FF_MAX_QUOTE];
	if (parser->error == YAML_MEMORY_ERROR)
		return ff_complain_status(source->complaints, FF_ERROR_MEMORY, NULL,
		                          "no memory for the experiment file");
	const char *problem = parser->problem ? parser->problem : "cannot be parsed";
	if (parser->error == YAML_READER_ERROR)
		return ff_complain(source->complaints, place_of_offset(source, parser->problem_offset),
		                   "save the file as UTF-8 text", "not UTF-8 text: %s (0x%X)", problem,
		                   (unsigned)parser->problem_value);
	const char *context = parser->context ? parser->context : "", *hint = NULL;
	size_t length;
	const char *line = line_at(source, parser->problem_mark.line + 1, &length);
	if (memchr(line, '\t', indentation(line, length)))
		hint = "YAML takes no tabs for indentation: use spaces";
	if (length == 0) {
		hint = "is a bracket or a quotation mark left open?";
		line = line_at(source, parser->context_mark.line + 1, &length);
	}
	return ff_complain(source->complaints, place_at(source, parser->problem_mark), hint,
	                   "not YAML: %s%s%s, in the line %s", problem, *context ? " " : "", context,
	                   ff_quote(quote, line, length));
}

/* What the first pass counts. */
struct tally {
	int documents, depth, nodes;
};

/* Counts one node; complains about a tag, and about too many nodes or levels (then false). */
static bool count_node(const struct source *source, struct tally *tally, const yaml_event_t *event,
                       const yaml_char_t *tag)
{
	char quote[FF_MAX_QUOTE];
	struct ff_place place = place_at(source, event->start_mark);
	if (tag)
		ff_complain(source->complaints, place, "leave it out", "tags are not supported: %s",
		            ff_quote(quote, (const char *)tag, strlen((const char *)tag)));
	if (++tally->nodes > FF_MAX_YAML_NODES)
		return ff_complain(source->complaints, place, NULL, "more than %d values", FF_MAX_YAML_NODES);
	if (tally->depth > FF_MAX_YAML_DEPTH)
		return ff_complain(source->complaints, place, NULL, "nested deeper than %d levels", FF_MAX_YAML_DEPTH);
	return true;
}

static bool count_event(const struct source *source, struct tally *tally, const yaml_event_t *event)
{
	switch (event->type) {
	case YAML_DOCUMENT_START_EVENT:
		if (++tally->documents == 1)
			return true;
		return ff_complain(source->complaints, place_at(source, event->start_mark),
		                   "a file holds one experiment: remove the line '---'", "a second YAML document");
	case YAML_ALIAS_EVENT:
		return count_node(source, tally, event, NULL);
	case YAML_SCALAR_EVENT:
		return count_node(source, tally, event, event->data.scalar.tag);
	case YAML_SEQUENCE_START_EVENT:
		tally->depth++;
		return count_node(source, tally, event, event->data.sequence_start.tag);
	case YAML_MAPPING_START_EVENT:
		tally->depth++;
		return count_node(source, tally, event, event->data.mapping_start.tag);
	case YAML_SEQUENCE_END_EVENT:
	case YAML_MAPPING_END_EVENT:
		tally->depth--;
		return true;
	default:
		return true;
	}
}

static bool parser_begin(const struct source *source, yaml_parser_t *parser)
{
	if (!yaml_parser_initialize(parser))
		return ff_complain_status(source->complaints, FF_ERROR_MEMORY, NULL,
		                          "no memory for the experiment file");
	yaml_parser_set_encoding(parser, YAML_UTF8_ENCODING);
	yaml_parser_set_input_string(parser, (const unsigned char *)source->text, source->length);
	return true;
}

/* First pass, over events: it builds nothing, so that a hostile file meets the limits before it costs memory. */
static bool measure(const struct source *source)
{
	yaml_parser_t parser;
	struct tally tally = {0};
	if (!parser_begin(source, &parser))
		return false;
	bool ok = true;
	for (bool ended = false; ok && !ended;) {
		yaml_event_t event;
		if (!yaml_parser_parse(&parser, &event)) {
			ok = syntax_fault(source, &parser);
			break;
		}
		ended = event.type == YAML_STREAM_END_EVENT;
		ok = count_event(source, &tally, &event);
		yaml_event_delete(&event);
	}
	yaml_parser_delete(&parser);
	return ok;
}

bool ff_tree_parse(struct ff_tree *tree, const char *text, size_t length, int source_index,
                   struct ff_complaints *complaints)
{
	bool mark = length >= 3 && memcmp(text, "\xEF\xBB\xBF", 3) == 0;
	struct source source = {text + (mark ? 3 : 0), length - (mark ? 3 : 0), source_index, complaints};
	*tree = (struct ff_tree){.source = source_index};
	if (source.length > FF_MAX_YAML_BYTES)
		return ff_complain(complaints, (struct ff_place){source_index, 0, 0}, NULL, "longer than %d bytes",
		                   FF_MAX_YAML_BYTES);
	yaml_parser_t parser;
	if (!measure(&source) || !parser_begin(&source, &parser))
		return false;
	tree->loaded = yaml_parser_load(&parser, &tree->document);
	if (!tree->loaded)
		syntax_fault(&source, &parser);
	yaml_parser_delete(&parser);
	return tree->loaded && ff_tree_inspect(tree, complaints);
}
