#include "cli/load/frame_scan.hpp"

#include <array>
#include <charconv>

namespace hawser::load {

namespace {

/// Where the value behind the key begins whose name, in quotes, was found at `at`; npos: it is no key.
std::size_t value_after(std::string_view json, std::size_t at, std::size_t name) noexcept {
  at = json.find_first_not_of(" \t\r\n", at + name);
  if (at == std::string_view::npos || json[at] != ':') return std::string_view::npos;
  return json.find_first_not_of(" \t\r\n", at + 1);
}

/// The string that begins with the quote at `at`.
std::optional<std::string_view> literal(std::string_view json, std::size_t at) noexcept {
  const std::size_t begin = at + 1;
  for (std::size_t end = json.find_first_of("\"\\", begin); end != std::string_view::npos;
       end = json.find_first_of("\"\\", end + 2)) {
    if (json[end] == '"') return json.substr(begin, end - begin);
  }
  return std::nullopt;
}

}  // namespace

std::optional<std::string_view> find_text(std::string_view json, std::string_view quoted_name) noexcept {
  for (std::size_t at = json.find(quoted_name); at != std::string_view::npos;
       at = json.find(quoted_name, at + 1)) {
    const std::size_t value = value_after(json, at, quoted_name.size());
    if (value != std::string_view::npos && json[value] == '"') return literal(json, value);
  }
  return std::nullopt;
}

frame scan_frame(std::string_view data) noexcept {
  constexpr std::array<std::string_view, 4> names{R"("content")", R"("text")", R"("reasoning_content")",
                                                  R"("reasoning")"};
  if (data.starts_with("[DONE]")) return {frame::sort::done, {}};
  for (const std::string_view name : names) {
    const auto text = find_text(data, name);
    if (text && !text->empty()) return {frame::sort::text, *text};
  }
  if (data.find(R"("tool_calls":[{)") != std::string_view::npos) return {frame::sort::text, {}};
  const std::size_t first = data.find_first_not_of(" \t{");
  if (first != std::string_view::npos && data.substr(first).starts_with(R"("error")"))
    return {frame::sort::error, {}};
  return {};
}

std::optional<std::uint64_t> find_count(std::string_view json, std::string_view quoted_name) noexcept {
  for (std::size_t at = json.rfind(quoted_name); at != std::string_view::npos && at > 0;
       at = json.rfind(quoted_name, at - 1)) {
    const std::size_t value = value_after(json, at, quoted_name.size());
    if (value == std::string_view::npos) continue;
    std::uint64_t number = 0;
    const auto [end, failed] = std::from_chars(json.data() + value, json.data() + json.size(), number);
    if (failed == std::errc()) return number;
  }
  return std::nullopt;
}

}  // namespace hawser::load
