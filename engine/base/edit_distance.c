#include "base/edit_distance.h"

#include <ctype.h>
#include <stdbool.h>
#include <string.h>

static int least(int a, int b)
{
	return a < b ? a : b;
}

static int plain(char c)
{
	return c == '-' ? '_' : tolower((unsigned char)c);
}

static bool same(char a, char b)
{
	return plain(a) == plain(b);
}

int ff_edit_distance(const char *a, const char *b)
{
	int table[3][FF_EDIT_DISTANCE_LETTERS + 1]; /* a swap looks two rows back */
	size_t n = strnlen(a, FF_EDIT_DISTANCE_LETTERS), m = strnlen(b, FF_EDIT_DISTANCE_LETTERS);
	for (size_t i = 0; i <= n; i++) {
		int *row = table[i % 3], *above = table[(i + 2) % 3], *above2 = table[(i + 1) % 3];
		for (size_t j = 0; j <= m; j++) {
			if (i == 0 || j == 0) {
				row[j] = (int)(i + j);
				continue;
			}
			row[j] = least(least(above[j], row[j - 1]) + 1, above[j - 1] + !same(a[i - 1], b[j - 1]));
			if (i > 1 && j > 1 && same(a[i - 1], b[j - 2]) && same(a[i - 2], b[j - 1]))
				row[j] = least(row[j], above2[j - 2] + 1);
		}
	}
	return table[n % 3][m];
}
