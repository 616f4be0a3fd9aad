/* Whether a measurement had the processors to itself. */
#ifndef TESTS_BENCH_QUIET_H
#define TESTS_BENCH_QUIET_H

/* Seconds that the processors of this process were at work for others; only differences mean anything, to some
 * hundredths. Always 0 if the system does not say what its processors do. */
double bench_others_seconds(void);

#endif
