#define _GNU_SOURCE /* processor affinity */
#include "bench/quiet.h"

#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"

enum { REPEATS = 3 };             /* for each round that counts */
static const double QUIET = 0.05; /* processors that others may take */

/* Ticks at work that a line of /proc/stat tells of one of our processors; 0 for any other line. */
static double ticks_at_work(const char *line, const cpu_set_t *ours)
{
	unsigned processor;
	double user, nice, system, irq, soft;
	if (strncmp(line, "cpu ", 4) == 0 || /* the sum of all */
	    sscanf(line, "cpu%u %lf %lf %lf %*s %*s %lf %lf", &processor, &user, &nice, &system, &irq, &soft) != 6)
		return 0;
	return processor < CPU_SETSIZE && CPU_ISSET(processor, ours) ? user + nice + system + irq + soft : 0;
}

/* Seconds that the processors of this process were at work for others; only differences mean anything, to some
 * hundredths. */
static double others_seconds(void)
{
	char line[512];
	cpu_set_t ours;
	double ticks = 0;
	FILE *stat = fopen("/proc/stat", "r");
	if (!stat)
		return 0;
	if (sched_getaffinity(0, sizeof ours, &ours) != 0)
		CPU_ZERO(&ours);
	while (fgets(line, sizeof line, stat))
		ticks += ticks_at_work(line, &ours);
	fclose(stat);
	if (ticks == 0)
		return 0;
	return ticks / (double)sysconf(_SC_CLK_TCK) - (double)clock() / CLOCKS_PER_SEC;
}

void bench_watch_init(struct bench_watch *watch, int rounds)
{
	*watch = (struct bench_watch){.repeats = REPEATS * rounds};
}

void bench_watch_begin(struct bench_watch *watch)
{
	watch->started = ff_clock();
	watch->others_before = others_seconds();
}

bool bench_watch_end(struct bench_watch *watch)
{
	watch->others = (others_seconds() - watch->others_before) / (ff_clock() - watch->started);
	return watch->others <= QUIET || watch->repeats-- <= 0;
}
