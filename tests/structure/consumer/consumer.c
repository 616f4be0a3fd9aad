/* A program outside the engine, compiled as C and as C++ against an installed libffengine. */
#include <ffengine/ffengine.h>

#include <stdio.h>
#include <string.h>

int main(void)
{
	puts(ff_status_name(FF_ERROR_CONFIG));
	return strcmp(ff_status_name(FF_ERROR_CONFIG), "config") != 0;
}
