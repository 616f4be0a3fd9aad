/* A failing check says where it stands, in which scenario, what it got and what it wanted. The failing checks run in a
 * second process of this program, whose output is read. */
#define _GNU_SOURCE /* popen */
#include "support/harness.h"

#include <stdio.h>
#include <sys/wait.h>

static const char *program;

static void fails_in_scenarios(void)
{
	CHECK_INT(1 + 1, 3);
	for (int threads = 1; threads <= 3; threads++) {
		ff_scenario("%s, %d threads", "greedy", threads);
		CHECK_INT(threads, threads == 2 ? 7 : threads);
		CHECK_NEAR(0.5 * threads, 0.5 * threads, 0);
	}
	CHECK_TEXT("last", "first");
}

static void fails_without(void)
{
	CHECK(2 < 1);
}

static void failures_are_reported(void)
{
	char command[512], text[8192];
	snprintf(command, sizeof command, "'%s' fail", program);
	FILE *stream = popen(command, "r");
	if (!CHECK(stream != NULL))
		return;
	text[fread(text, 1, sizeof text - 1, stream)] = '\0';
	int status = pclose(stream);
	CHECK(WIFEXITED(status) && WEXITSTATUS(status) == 1);
	CHECK_HAS(text, "- 1 + 1 is 2, not 3");
	CHECK_HAS(text, "- [greedy, 2 threads] threads is 2, not 7");
	CHECK_HAS(text, "- [greedy, 3 threads] \"last\" is \"last\", not \"first\"");
	CHECK_HAS(text, "- 2 < 1");
	CHECK_HAS(text, "test_harness.c:");
}

int main(int argc, char **argv)
{
	static const struct ff_test_case FAILING[] = {{"fails in scenarios", fails_in_scenarios},
	                                              {"fails without", fails_without}};
	static const struct ff_test_case CASES[] = {{"failures are reported", failures_are_reported}};
	program = argv[0];
	return argc > 1 ? ff_tests_run("failing", FAILING, 2) : ff_tests_run("harness", CASES, 1);
}
