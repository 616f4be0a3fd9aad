/* Text wrapped between words, for help pages. One thread a stream. */
#ifndef ENGINE_BASE_WRAP_H
#define ENGINE_BASE_WRAP_H

#include <stdio.h>

/* Prints the words of text in lines that begin at column `indent` and end before column `end`, if no word is longer.
 * `at` is the column that the stream has reached: the first line begins on it, or on the next line if it is beyond
 * `indent`. A line break in the text is kept. Ends with a line break. */
void ff_wrap_print(FILE *stream, int at, int indent, int end, const char *text);

#endif
