/* Whether a measurement had the processors to itself. */
#ifndef TESTS_BENCH_QUIET_H
#define TESTS_BENCH_QUIET_H

#include <stdbool.h>

/* Whether each round had the processors to itself. A round in which other programs took more than a twentieth of a
 * processor should be repeated; in all, at most three times as many rounds as count. */
struct bench_watch {
	int repeats; /* that are left */
	double started, others_before;
	double others; /* processors that others took in the last round; 0 if the system does not say */
};

void bench_watch_init(struct bench_watch *watch, int rounds);

/* A round begins; and ends: false if it should be repeated. */
void bench_watch_begin(struct bench_watch *watch);
bool bench_watch_end(struct bench_watch *watch);

#endif
