/* The loops of kernels.inc, compiled for baseline (flags: CMakeLists.txt). */
#define FF_KERNEL_SET  ff_kernels_baseline
#define FF_KERNEL_NAME "baseline"
#include "model/kernels.inc"
