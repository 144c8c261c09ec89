/* libcuda.so.1 of a machine without a device: loading code gives handles and nothing is ever run, so cuDNN can finalise
   a plan for a device that it was told of. Every other entry (entries.inc, from the toolkit's own stub) answers as that
   stub does: CUDA_ERROR_STUB_LIBRARY. */
#include <stddef.h>
#include <stdint.h>

enum { success = 0, stub_library = 34, not_found = 500 };

static void* next_handle(void) {
  static uintptr_t last = 0x1000;
  return (void*)__atomic_add_fetch(&last, 16, __ATOMIC_RELAXED);
}

int cuLibraryLoadData(void** library, const void* code, void* a, void* b, unsigned n, void* c, void* d, unsigned m) {
  (void)code, (void)a, (void)b, (void)n, (void)c, (void)d, (void)m;
  *library = next_handle();
  return success;
}
int cuLibraryUnload(void* library) {
  (void)library;
  return success;
}
int cuLibraryGetModule(void** module, void* library) {
  *module = library;
  return success;
}
int cuLibraryGetKernel(void** kernel, void* library, const char* name) {
  (void)library, (void)name;
  *kernel = next_handle();
  return success;
}
int cuLibraryGetGlobal(void** at, size_t* bytes, void* library, const char* name) {
  (void)at, (void)bytes, (void)library, (void)name;
  return not_found;
}
int cuKernelGetFunction(void** function, void* kernel) {
  *function = kernel;
  return success;
}
int cuKernelSetAttribute(int attribute, int value, void* kernel, int device) {
  (void)attribute, (void)value, (void)kernel, (void)device;
  return success;
}
int cuFuncSetAttribute(void* function, int attribute, int value) {
  (void)function, (void)attribute, (void)value;
  return success;
}
int cuModuleLoadData(void** module, const void* code) {
  (void)code;
  *module = next_handle();
  return success;
}
int cuModuleLoadDataEx(void** module, const void* code, unsigned n, void* options, void* values) {
  (void)code, (void)n, (void)options, (void)values;
  *module = next_handle();
  return success;
}
int cuModuleGetFunction(void** function, void* module, const char* name) {
  (void)module, (void)name;
  *function = next_handle();
  return success;
}
int cuModuleUnload(void* module) {
  (void)module;
  return success;
}
int cuGetErrorName(int error, const char** name) {
  *name = error == success ? "CUDA_SUCCESS" : "CUDA_ERROR_STUB_LIBRARY";
  return success;
}
int cuGetErrorString(int error, const char** text) {
  *text = error == success ? "no error" : "there is no driver";
  return success;
}

#define ENTRY(name) \
  int name(void) { return stub_library; }
#include "entries.inc"
