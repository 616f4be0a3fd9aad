/* make_images FOLDER [HEIGHT WIDTH]: 300 training and 100 test images as IDX files: train, test, train-labels and
 * test-labels; and train-others and test-others, the same labels on other images: shuffled, so that each class is as
 * frequent as before. An image is the pattern of its class, with noise. HEIGHT 0: files of rank 2, without lines. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

enum { CLASSES = 10, MOST = 300 };

static uint32_t state = 1;

/* 0 to 255, by Knuth's linear congruence. */
static unsigned noise(void)
{
	state = state * 1664525U + 1013904223U;
	return state >> 24;
}

static FILE *open_idx(const char *folder, const char *name, int rank, const int sizes[])
{
	char path[4096];
	snprintf(path, sizeof path, "%s/%s", folder, name);
	FILE *file = fopen(path, "wb");
	if (!file) {
		perror(path);
		exit(1);
	}
	fprintf(file, "%c%c%c%c", 0, 0, 8, rank);
	for (int i = 0; i < rank; i++)
		fprintf(file, "%c%c%c%c", 0, 0, sizes[i] >> 8, sizes[i] & 255);
	return file;
}

static void close_idx(FILE *file)
{
	if (ferror(file) | fclose(file)) {
		perror("make_images");
		exit(1);
	}
}

static void write_images(const char *folder, const char *name, int n, int height, int width)
{
	const int lines[] = {n, height, width}, rows[] = {n, width};
	FILE *file = open_idx(folder, name, height ? 3 : 2, height ? lines : rows);
	int pixels = height ? height * width : width;
	for (int i = 0; i < n; i++)
		for (int p = 0; p < pixels; p++)
			putc((int)((p * 7 + i % CLASSES * 3) % CLASSES < 3 ? 128 + noise() / 2 : noise() / 4), file);
	close_idx(file);
}

static void write_labels(const char *folder, const char *name, int n, int shuffled)
{
	FILE *file = open_idx(folder, name, 1, &n);
	int labels[MOST];
	for (int i = 0; i < n; i++) {
		int other = shuffled ? (int)((noise() << 8 | noise()) % (unsigned)(i + 1)) : i;
		labels[i] = labels[other];
		labels[other] = i % CLASSES;
	}
	for (int i = 0; i < n; i++)
		putc(labels[i], file);
	close_idx(file);
}

int main(int argc, char *argv[])
{
	if (argc != 2 && argc != 4)
		return 1;
	int height = argc == 4 ? atoi(argv[2]) : 8, width = argc == 4 ? atoi(argv[3]) : 8;
	for (int part = 0; part < 2; part++) {
		int n = part ? 100 : MOST;
		write_images(argv[1], part ? "test" : "train", n, height, width);
		write_labels(argv[1], part ? "test-labels" : "train-labels", n, 0);
		write_labels(argv[1], part ? "test-others" : "train-others", n, 1);
	}
	return 0;
}
