/* The words that ffengine uses in a sense of its own, for the help and the man page. Constant data. */
#ifndef ENGINE_CLI_GLOSSARY_H
#define ENGINE_CLI_GLOSSARY_H

struct ff_term {
	const char *term, *meaning;
};

extern const struct ff_term ff_glossary[];
extern const int ff_n_terms;

#endif
