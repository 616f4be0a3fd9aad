/* The loops of kernels.inc, compiled for avx2 (flags: CMakeLists.txt). */
#define FF_KERNEL_SET  ff_kernels_avx2
#define FF_KERNEL_NAME "avx2"
#include "model/kernels.inc"
