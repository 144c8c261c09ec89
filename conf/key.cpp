#include "conf/key.hpp"

#include <algorithm>
#include <array>

namespace hawser::conf {

namespace {

constexpr std::array<std::string_view, 7> kind_names{"boolean",  "integer", "number", "string",
                                                     "duration", "size",    "list"};

}  // namespace

std::string_view key::section() const noexcept {
  const auto dot = name.find('.');
  return dot == std::string_view::npos ? std::string_view{} : name.substr(0, dot);
}

std::string_view key::leaf() const noexcept {
  const auto dot = name.find('.');
  return dot == std::string_view::npos ? name : name.substr(dot + 1);
}

std::string key::variable() const {
  std::string made = "HAWSER_";
  for (const char c : name) {
    if (c == '.')
      made += '_';
    else
      made += c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
  }
  return made;
}

std::string_view key::kind() const {
  settings any;
  return kind_names.at(at(any).index());
}

const key* find_key(std::string_view name) noexcept {
  const auto all = keys();
  const auto found = std::find_if(all.begin(), all.end(), [&](const key& k) { return k.name == name; });
  return found == all.end() ? nullptr : &*found;
}

std::size_t edit_distance(std::string_view a, std::string_view b) {
  // Three rows of the table: the one being filled, the one above, and the one above that for swaps.
  std::vector<std::size_t> before(b.size() + 1), above(b.size() + 1), row(b.size() + 1);
  for (std::size_t j = 0; j <= b.size(); ++j) above[j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t replaced = above[j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1);
      row[j] = std::min({above[j] + 1, row[j - 1] + 1, replaced});
      const bool swapped = i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1];
      if (swapped) row[j] = std::min(row[j], before[j - 2] + 1);
    }
    std::swap(before, above);
    std::swap(above, row);
  }
  return above[b.size()];
}

const key* nearest_key(std::string_view name) {
  // Names longer than any key with its typing errors cannot be near; comparing them would only cost time.
  constexpr std::size_t longest = 64;
  if (name.size() > longest) return nullptr;
  const auto dot = name.rfind('.');
  const std::string_view leaf = dot == std::string_view::npos ? name : name.substr(dot + 1);
  const key* best = nullptr;
  std::size_t best_distance = 0;
  for (const key& k : keys()) {
    // The right word in the wrong section is as near as one wrong letter.
    const std::size_t misplaced = edit_distance(leaf, k.leaf()) + 1;
    const std::size_t distance = std::min(edit_distance(name, k.name), misplaced);
    if (best != nullptr && distance >= best_distance) continue;
    best = &k;
    best_distance = distance;
  }
  const std::size_t near = std::max<std::size_t>(2, leaf.size() / 3);
  return best_distance <= near ? best : nullptr;
}

}  // namespace hawser::conf
