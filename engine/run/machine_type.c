#include "run/machine_type.h"

#include <stdio.h>
#include <string.h>
#include <sys/utsname.h>

#include <gnu/libc-version.h>

#include "product/gemm.h"

#ifdef __clang__
#define FF_COMPILER __VERSION__
#else
#define FF_COMPILER "GCC " __VERSION__
#endif

/* The value of the first line `model name : value` of /proc/cpuinfo; without one, the architecture. */
static void describe_cpu(char *text, size_t size)
{
	char line[256];
	struct utsname system;
	snprintf(text, size, "%s", uname(&system) == 0 ? system.machine : "unknown");
	FILE *stream = fopen("/proc/cpuinfo", "re");
	while (stream && fgets(line, sizeof line, stream)) {
		char *value = strchr(line, ':');
		if (strncmp(line, "model name", 10) != 0 || !value)
			continue;
		value += 1 + strspn(value + 1, " \t");
		value[strcspn(value, "\n")] = '\0';
		snprintf(text, size, "%s", value);
		break;
	}
	if (stream)
		fclose(stream);
}

void ff_machine_describe(struct ff_machine *machine)
{
	describe_cpu(machine->cpu, sizeof machine->cpu);
	snprintf(machine->matrices, sizeof machine->matrices, "%s", ff_gemm_name());
	snprintf(machine->libc, sizeof machine->libc, "glibc %s", gnu_get_libc_version());
	snprintf(machine->compiler, sizeof machine->compiler, "%s", FF_COMPILER);
}
