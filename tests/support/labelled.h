/* Full rows of images with their labels, from which the first layer would compute without sharing images. */
#ifndef TESTS_SUPPORT_LABELLED_H
#define TESTS_SUPPORT_LABELLED_H

#include "model/labelled.h"

/* rows [R x inputs] of the images [n + m x inputs - C], in the order of struct ff_labels. */
void labelled_rows(const struct ff_labels *labels, const float *images, size_t inputs, float *rows);

#endif
