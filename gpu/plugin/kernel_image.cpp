#include "gpu/plugin/kernel_image.hpp"

#ifdef HAWSER_KERNEL_IMAGE
// A file's bytes are in the language from C++26 on only.
asm(".section .rodata\n"
    ".balign 64\n"
    "hawser_kernel_image: .incbin \"" HAWSER_KERNEL_IMAGE "\"\n"
    "hawser_kernel_image_end: .byte 0\n"
    ".previous\n");

extern "C" const std::byte hawser_kernel_image[], hawser_kernel_image_end[];

std::span<const std::byte> hawser::gpu::kernel_image() noexcept {
  return {hawser_kernel_image, hawser_kernel_image_end};
}
#else
std::span<const std::byte> hawser::gpu::kernel_image() noexcept {
  return {};
}
#endif
