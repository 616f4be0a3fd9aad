/* A program outside the engine, compiled as C and as C++ against an installed libffengine. */
#include <ffengine/ffengine.h>

#include <stdio.h>

/* Never called: makes the static library bring all of the engine, and so all it depends on. */
ff_status (*volatile run)(const struct ff_experiment *, const struct ff_run_options *, struct ff_result *,
                          struct ff_error *) = ff_run;

int main(void)
{
	puts(ff_version());
	return run == NULL;
}
