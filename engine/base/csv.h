/* Cells of CSV files (RFC 4180). The caller writes the commas and line ends between them and checks ferror(stream). */
#ifndef ENGINE_BASE_CSV_H
#define ENGINE_BASE_CSV_H

#include <stdio.h>

/* Writes text as one cell. Text with a comma, a double quote or a line end is put in double quotes, and its own double
 * quotes are doubled. */
void ff_csv_put_text(const char *text, FILE *stream);

/* Writes a number with as many digits as the JSON files, and a decimal point in every locale. NaN and infinities give an
 * empty cell. */
void ff_csv_put_real(double number, FILE *stream);

#endif
