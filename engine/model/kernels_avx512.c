/* The loops of kernels.inc, compiled for avx512 (flags: CMakeLists.txt). */
#define FF_KERNEL_SET  ff_kernels_avx512
#define FF_KERNEL_NAME "avx512"
#include "model/kernels.inc"
