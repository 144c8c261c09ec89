#include "gpu/library.hpp"

#include <cstdlib>
#include <filesystem>
#include <string_view>
#include <system_error>
#include <vector>

namespace hawser::gpu {
namespace {

constexpr const char* file_name = "libhawser_gpu.so";
constexpr const char* what_to_do =
    ": put the one of this build beside hawser, or name it in HAWSER_GPU_LIBRARY; "
    "until then the CPU serves";

std::vector<std::string> candidates(const std::string& file) {
  if (!file.empty()) return {file};
  if (const char* const named = std::getenv("HAWSER_GPU_LIBRARY"); named != nullptr && *named != '\0')
    return {named};
  std::error_code none;
  const std::filesystem::path self = std::filesystem::read_symlink("/proc/self/exe", none);
  if (none) return {file_name};
  const std::filesystem::path folder = self.parent_path();
  return {(folder / file_name).string(), (folder.parent_path() / "lib" / "hawser" / file_name).string()};
}

}  // namespace

const char* own_build() noexcept {
  return HAWSER_GPU_BUILD;
}

library library::load(const std::string& file) {
  library made;
  for (const std::string& each : candidates(file)) {
    made.file_ = each;
    made.loaded_ = shared_library({each});
    if (made.loaded_) break;
  }
  if (!made.loaded_) {
    made.problem_ = "hawser's GPU library cannot be loaded (" + made.loaded_.error() +
                    "), and devices are used through it alone" + what_to_do;
    return made;
  }
  const auto ask = reinterpret_cast<border_function>(made.loaded_.symbol(border_symbol));
  const border* const table = ask != nullptr ? ask() : nullptr;
  if (table == nullptr) {
    made.problem_ = made.file_ + " is no GPU library of hawser's (it lacks " + border_symbol +
                    "), and one of this build is needed" + what_to_do;
  } else if (table->abi != border_abi) {
    made.problem_ = made.file_ + " speaks version " + std::to_string(table->abi) +
                    " of the border to the program, and version " + std::to_string(border_abi) +
                    " is needed" + what_to_do;
  } else if (std::string_view(table->build) != own_build()) {
    made.problem_ = made.file_ + " is of another build (" + table->build + "), and " + own_build() +
                    " is needed" + what_to_do;
  } else {
    made.table_ = table;
  }
  return made;
}

device_report library::find() const {
  if (table_ != nullptr) return table_->find();
  device_report report;
  report.why = obstacle::no_library;
  report.sentence = problem_;
  return report;
}

}  // namespace hawser::gpu
