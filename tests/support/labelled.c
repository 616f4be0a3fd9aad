#include "support/labelled.h"

#include <string.h>

/* row [inputs] = ratio * (image + offset with the label inputs [C] value * label). */
static void write_row(const struct ff_labels *labels, size_t inputs, size_t i, const float *images, float ratio,
                      int label, float *row)
{
	size_t classes = labels->classes;
	const float *image = images + i * (inputs - classes);
	float value = labels->value[i];
	for (size_t c = 0; c < classes; c++)
		row[c] = label < 0 ? ratio * value / (float)classes : (int)c == label ? ratio * value : 0.0F;
	for (size_t j = classes; j < inputs; j++)
		row[j] = ratio * (image[j - classes] + labels->offset[i]);
}

void labelled_rows(const struct ff_labels *labels, const float *images, size_t inputs, float *rows)
{
	size_t n = labels->samples, m = labels->queries, classes = labels->classes;
	float *row = rows;
	for (size_t r = 0; r < labels->sides * n; r++, row += inputs)
		write_row(labels, inputs, r % n, images, 1, (int)labels->label[r], row);
	for (size_t i = 0; labels->scored && i < m; i++)
		for (size_t c = 0; c < classes; c++, row += inputs)
			write_row(labels, inputs, n + i, images, 1, (int)c, row);
	for (size_t i = 0; labels->neutral && i < m; i++, row += inputs)
		write_row(labels, inputs, n + i, images, labels->ratio[i], -1, row);
}
