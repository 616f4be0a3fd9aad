#include "ffengine/version.h"

#include "cli/cli.h"

ff_status ff_command_version(const struct ff_arguments *arguments, struct ff_error *error)
{
	(void)arguments;
	(void)error;
	printf("ffengine %s\n%s", ff_version(), ff_version_details());
	return FF_OK;
}
