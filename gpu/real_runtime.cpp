#include "gpu/real_runtime.hpp"

#include <dlfcn.h>

namespace hawser::gpu {

shared_library::shared_library(const std::vector<std::string>& names) {
  for (const std::string& name : names) {
    handle_.reset(dlopen(name.c_str(), RTLD_NOW | RTLD_LOCAL | RTLD_NODELETE));
    if (handle_ != nullptr) {
      error_.clear();
      return;
    }
    const char* const why = dlerror();
    error_ = why != nullptr ? why : name + ": cannot be loaded";
  }
}

void* shared_library::symbol(const char* name) const noexcept {
  return handle_ != nullptr ? dlsym(handle_.get(), name) : nullptr;
}

void shared_library::close::operator()(void* handle) const noexcept {
  dlclose(handle);
}

namespace {

template <class Call>
void take(const shared_library& from, const char* name, Call*& to, std::string& missing) {
  to = reinterpret_cast<Call*>(from.symbol(name));
  if (to == nullptr && missing.empty()) missing = std::string(name) + " is not in it";
}

}  // namespace

found_runtime find_runtime(const std::vector<std::string>& names) {
  found_runtime found;
  found.library = shared_library(names);
  found.driver_file = static_cast<bool>(shared_library({"libcuda.so.1"}));
  if (!found.library) {
    found.missing = found.library.error();
    return found;
  }
#define HAWSER_CUDA_CALL(member, symbol, arguments)                                                          \
  take(found.library, #symbol, found.calls.member, found.missing);
  HAWSER_CUDA_CALLS(HAWSER_CUDA_CALL)
#undef HAWSER_CUDA_CALL
  take(found.library, "cudaGetErrorString", found.calls.describe, found.missing);
  return found;
}

}  // namespace hawser::gpu
