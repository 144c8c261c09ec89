// All of hawser's kernels, compiled for the devices. The host finds them by name.
#include "gpu/kernels/attention.cuh"
#include "gpu/kernels/draw.cuh"
#include "gpu/kernels/products.cuh"
#include "gpu/kernels/rows.cuh"
