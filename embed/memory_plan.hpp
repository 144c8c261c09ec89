/// Whether a model fits, before it is loaded, and how much memory its keys and values may have.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

namespace hawser::embed {

/// Bytes that this process may still take: the system's MemAvailable, or less where a control group (version
/// 2) of the process, or one above it, has less left. Nothing when the system does not say.
[[nodiscard]] std::optional<std::uint64_t> available_memory();

/// What the control group of the process, or one above it, has left; nothing where none has a limit.
[[nodiscard]] std::optional<std::uint64_t> group_memory_left();
/// The same below `root`, of the group that a text such as /proc/self/cgroup names.
[[nodiscard]] std::optional<std::uint64_t> group_memory_left(const std::filesystem::path& root,
                                                             std::string_view self);

/// MemAvailable of a text such as /proc/meminfo, in bytes.
[[nodiscard]] std::optional<std::uint64_t> read_available(std::string_view meminfo);

/// What a control group has left: `limit` is its memory.max or memory.high ("max" or a number), `used` its
/// memory.current, `stat` its memory.stat, whose file cache does not count as used.
[[nodiscard]] std::optional<std::uint64_t> group_left(std::string_view limit, std::string_view used,
                                                      std::string_view stat);

struct memory_request {
  std::uint64_t weights = 0;  ///< of the model file
  std::uint64_t scratch = 0;  ///< working memory of a step, estimated
  std::uint64_t wanted_kv = 0;
  std::uint64_t least_kv = 0;  ///< one sequence of a useful length
  std::uint64_t limit = 0;     ///< configured; 0: nine tenths of what is available
  std::optional<std::uint64_t> available;
  std::uint64_t caches = 0;  ///< what caches and buffers would take; they get a quarter of the rest at most
  std::uint64_t useful_kv = 0;  ///< all seats with the longest context; 0: as much as is wanted
};

/// What the process may hold: the configured limit, or less where the system has less; 0: not known.
[[nodiscard]] std::uint64_t memory_room(std::uint64_t limit, std::optional<std::uint64_t> available);

/// Bytes for keys and values: as wanted, or what is left, but at least least_kv. Throws failure
/// (errc::memory), with the numbers, when even that does not fit.
[[nodiscard]] std::uint64_t plan_kv(const memory_request& ask);

/// One sentence with the numbers, when plan_kv gave `kv` and that is less than what was wanted and is of use;
/// otherwise empty.
[[nodiscard]] std::string kv_warning(const memory_request& ask, std::uint64_t kv);

}  // namespace hawser::embed
