#include "support/labelled.h"

#include <string.h>

/* row [inputs] = ratio * (image with the label inputs [C] value * label). */
static void write_row(size_t inputs, size_t classes, const float *image, float value, float ratio, int label,
                      float *row)
{
	for (size_t c = 0; c < classes; c++)
		row[c] = label < 0 ? ratio * value / (float)classes : (int)c == label ? ratio * value : 0.0F;
	for (size_t i = classes; i < inputs; i++)
		row[i] = ratio * image[i - classes];
}

void labelled_rows(const struct ff_labels *labels, const float *images, size_t inputs, float *rows)
{
	size_t n = labels->pairs, m = labels->probes, classes = labels->classes, width = inputs - classes;
	float *row = rows;
	for (size_t r = 0; r < 2 * n; r++, row += inputs)
		write_row(inputs, classes, images + r % n * width, labels->value[r % n], 1, (int)labels->label[r], row);
	for (size_t i = 0; labels->scored && i < m; i++)
		for (size_t c = 0; c < classes; c++, row += inputs)
			write_row(inputs, classes, images + (n + i) * width, labels->value[n + i], 1, (int)c, row);
	for (size_t i = 0; labels->neutral && i < m; i++, row += inputs)
		write_row(inputs, classes, images + (n + i) * width, labels->value[n + i], labels->ratio[i], -1, row);
}
