#include "embed/memory_plan.hpp"

#include "embed/byte_text.hpp"
#include "embed/failure.hpp"

#include <algorithm>
#include <charconv>
#include <filesystem>
#include <fstream>
#include <iterator>

namespace hawser::embed {

namespace {

std::string file_text(const std::filesystem::path& path) {
  std::ifstream file(path);
  return {std::istreambuf_iterator<char>(file), {}};
}

std::optional<std::uint64_t> leading_number(std::string_view text) {
  text.remove_prefix(std::min(text.find_first_not_of(' '), text.size()));
  std::uint64_t value = 0;
  const auto [end, failed] = std::from_chars(text.data(), text.data() + text.size(), value);
  return failed == std::errc{} ? std::optional(value) : std::nullopt;
}

/// The number behind `name` at the start of a line.
std::optional<std::uint64_t> field(std::string_view text, std::string_view name) {
  while (!text.empty()) {
    if (text.starts_with(name)) return leading_number(text.substr(name.size()));
    const auto end = text.find('\n');
    text = end == std::string_view::npos ? std::string_view{} : text.substr(end + 1);
  }
  return std::nullopt;
}

std::optional<std::uint64_t> lesser(std::optional<std::uint64_t> a, std::optional<std::uint64_t> b) {
  if (!a || !b) return a ? a : b;
  return std::min(*a, *b);
}

}  // namespace

std::optional<std::uint64_t> read_available(std::string_view meminfo) {
  const auto kilobytes = field(meminfo, "MemAvailable:");
  return kilobytes ? std::optional(*kilobytes * 1024) : std::nullopt;
}

std::optional<std::uint64_t> group_left(std::string_view limit, std::string_view used,
                                        std::string_view stat) {
  const auto most = leading_number(limit);
  const auto taken = leading_number(used);
  if (!most || !taken) return std::nullopt;
  const std::uint64_t cache = field(stat, "inactive_file ").value_or(0);
  const std::uint64_t held = *taken - std::min(*taken, cache);
  return *most - std::min(*most, held);
}

std::optional<std::uint64_t> available_memory() {
  return lesser(read_available(file_text("/proc/meminfo")), group_memory_left());
}

std::optional<std::uint64_t> group_memory_left() {
  return group_memory_left("/sys/fs/cgroup", file_text("/proc/self/cgroup"));
}

std::optional<std::uint64_t> group_memory_left(const std::filesystem::path& root, std::string_view self) {
  std::optional<std::uint64_t> least;
  // Version 2 has one line, "0::/path".
  if (!self.starts_with("0::/")) return least;
  std::filesystem::path group = root / self.substr(4, self.find('\n') - 4);
  for (;;) {
    // Above memory.high the group is slowed down until it is unusable, so that is a limit as well.
    for (const char* const limit : {"memory.max", "memory.high"}) {
      const auto left = group_left(file_text(group / limit), file_text(group / "memory.current"),
                                   file_text(group / "memory.stat"));
      least = lesser(least, left);
    }
    if (group == root || !group.has_relative_path()) return least;
    group = group.has_filename() ? group.parent_path() : group.parent_path().parent_path();
    if (group.native().size() < root.native().size()) return least;
  }
}

std::uint64_t memory_room(std::uint64_t limit, std::optional<std::uint64_t> available) {
  if (limit == 0) return available.value_or(0) / 10 * 9;
  // A limit that the machine cannot keep would only move the failure to a worse moment.
  return std::min(limit, available.value_or(limit));
}

std::uint64_t plan_kv(const memory_request& ask) {
  const bool configured = ask.limit != 0;
  if (!configured && !ask.available) return ask.wanted_kv;
  const std::uint64_t room = memory_room(ask.limit, ask.available);
  const bool machine_has_less = configured && room < ask.limit;
  const std::uint64_t fixed = ask.weights + ask.scratch;
  if (room >= fixed + ask.least_kv) {
    const std::uint64_t left = room - fixed;
    return std::clamp(left - std::min(ask.caches, left / 4), ask.least_kv,
                      std::max(ask.wanted_kv, ask.least_kv));
  }
  const std::string source = configured && !machine_has_less ? "memory_limit allows " : "this machine has ";
  throw failure(errc::memory,
                "not enough memory: the model needs " + print_bytes(fixed + ask.least_kv) + " (weights " +
                    print_bytes(ask.weights) + ", working memory " + print_bytes(ask.scratch) +
                    ", keys and values " + print_bytes(ask.least_kv) + "), " + source + print_bytes(room) +
                    (configured && !machine_has_less ? "" : " to give") + ": " +
                    (configured && !machine_has_less ? "raise memory_limit" : "stop other programs") +
                    ", take a smaller model, or lower scheduling.step_tokens");
}

std::string kv_warning(const memory_request& ask, std::uint64_t kv) {
  const std::uint64_t wanted = ask.useful_kv == 0 ? ask.wanted_kv : std::min(ask.wanted_kv, ask.useful_kv);
  if (kv >= wanted) return {};
  const std::uint64_t room = memory_room(ask.limit, ask.available);
  const bool ours = ask.limit != 0 && room == ask.limit;
  return std::string(ours ? "memory_limit allows " : "this machine has ") + print_bytes(room) +
         (ours ? "" : " to give") + ": beside weights (" + print_bytes(ask.weights) + "), working memory (" +
         print_bytes(ask.scratch) + ") and caches, keys and values get " + print_bytes(kv) + " instead of " +
         print_bytes(wanted) + ", so fewer or shorter requests run at once: " +
         (ours ? "raise memory_limit" : "stop other programs") + " or lower model.kv_memory";
}

}  // namespace hawser::embed
