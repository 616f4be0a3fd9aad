/* Shows that the thread sanitizer's build sees races and does not report a team's own synchronisation as one.
 * Without an argument nothing races; with one, all threads add to one number. */
#include <stdio.h>

#include "machine/team.h"

enum { ITEMS = 64, ROUNDS = 100 };

static int first[ITEMS], second[ITEMS], total;

static void fill(void *round, size_t begin, size_t end)
{
	for (size_t i = begin; i < end; i++)
		first[i] = *(int *)round;
}

/* Reads what other threads wrote in the region before. */
static void mirror(void *round, size_t begin, size_t end)
{
	for (size_t i = begin; i < end; i++)
		second[i] = first[ITEMS - 1 - i] + *(int *)round;
}

static void add(void *round, size_t begin, size_t end)
{
	total += *(int *)round + (int)(end - begin);
}

int main(int n_arguments, char *arguments[])
{
	(void)arguments;
	struct ff_team team = {4};
	for (int round = 0; round < ROUNDS; round++) {
		ff_team_for(&team, ITEMS, 1, fill, &round);
		ff_team_for(&team, ITEMS, 1, mirror, &round);
		if (n_arguments > 1)
			ff_team_for(&team, ITEMS, 1, add, &round);
	}
	printf("%d %d\n", second[0], total);
	return second[0] != 2 * (ROUNDS - 1);
}
