/* Cells of CSV as RFC 4180 has them. */
#ifndef ENGINE_BASE_CSV_H
#define ENGINE_BASE_CSV_H

#include <stdio.h>

/* Writes text as one cell: in double quotes, with its own ones doubled, if it holds a comma, a double quote or an end
 * of line; else as it is, and nothing for an empty text. Commas and line ends between cells are the caller's. Errors:
 * a failed write shows in ferror(stream). Any thread that may use the stream; both stay the caller's. */
void ff_csv_put_text(const char *text, FILE *stream);

/* Writes a number with the digits that the JSON files have, and a point whatever the locale; nothing for NaN and
 * infinities. The same errors and threads. */
void ff_csv_put_real(double number, FILE *stream);

#endif
