/* The machine type: what, besides the experiment, decides the bits of a result. */
#ifndef ENGINE_RUN_MACHINE_TYPE_H
#define ENGINE_RUN_MACHINE_TYPE_H

/* Texts to read and to compare; "unknown" if the system does not say. */
struct ff_machine {
	char cpu[128];      /* "AMD EPYC 9254 24-Core Processor" */
	char matrices[128]; /* "ffengine (avx2), BLIS 0.9.0 (zen3)" */
	char libc[48];      /* "glibc 2.36" */
	char compiler[128]; /* "GCC 12.2.0" */
};

/* Fills *machine. Not thread-safe on the first call (see ff_gemm_name()). */
void ff_machine_describe(struct ff_machine *machine);

#endif
