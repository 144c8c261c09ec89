#include "conf/key_file.hpp"

#include "conf/text_file.hpp"

#include <toml++/toml.h>

#include <algorithm>
#include <optional>
#include <utility>

namespace hawser::conf {

namespace {

constexpr std::size_t shortest_key = 16;
constexpr std::size_t longest_key = 512;
constexpr std::size_t most_keys = 4096;

bool is_name(std::string_view text) noexcept {
  constexpr std::string_view letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-";
  return !text.empty() && text.size() <= 64 && text.find_first_not_of(letters) == std::string_view::npos;
}

bool is_key(std::string_view text) noexcept {
  return text.size() >= shortest_key && text.size() <= longest_key &&
         std::ranges::all_of(text, [](char c) { return c > 0x20 && c < 0x7F; });
}

bool is_sha256(std::string_view text) noexcept {
  return text.size() == 64 && text.find_first_not_of("0123456789abcdef") == std::string_view::npos;
}

bool is_rank(std::string_view text) noexcept {
  return text == "interactive" || text == "standard" || text == "batch";
}

class key_reader {
 public:
  key_reader(const std::string& source, problems& wrong) : source_(source), wrong_(wrong) {}

  void read(const toml::table& table) {
    api_key_entry made;
    const std::size_t before = wrong_.size();
    ranked_ = limited_ = false;
    for (const auto& [name, node] : table) take(made, name.str(), node);
    if (ranked_ && !limited_) made.ceiling = made.rank;
    if (wrong_.size() == before) check(made, table);
    all_.push_back(std::move(made));
  }

  void report(errc cause, const toml::node& at, std::string what) {
    const auto where = at.source().begin;
    wrong_.push_back({cause, source_, where.line, where.column, std::move(what)});
  }

  [[nodiscard]] std::vector<api_key_entry> take_all() noexcept { return std::move(all_); }

 private:
  void take(api_key_entry& into, std::string_view name, const toml::node& node) {
    if (name == "name")
      return take_text(into.name, node, "key.name: expected 1 to 64 letters, digits, '.', '_' or '-'",
                       is_name);
    if (name == "key")
      return take_text(into.key, node, "key.key: expected 16 to 512 visible characters without spaces",
                       is_key);
    if (name == "sha256")
      return take_text(into.sha256, node, "key.sha256: expected 64 hexadecimal digits in lower case",
                       is_sha256);
    if (name == "class" || name == "ceiling") {
      (name == "class" ? ranked_ : limited_) = true;
      return take_text(name == "class" ? into.rank : into.ceiling, node,
                       "key." + std::string(name) + ": expected interactive, standard or batch", is_rank);
    }
    if (name == "weight") return take_weight(into.weight, node);
    if (name == "requests_per_minute") return take_count(into.requests_per_minute, name, node);
    if (name == "tokens_per_minute") return take_count(into.tokens_per_minute, name, node);
    if (name == "concurrency") return take_count(into.concurrency, name, node);
    report(errc::unknown_key, node,
           "unknown key \"key." + std::string(name) +
               "\": a key has name, key or sha256, class, ceiling, weight, requests_per_minute, "
               "tokens_per_minute and concurrency");
  }

  // What a secret was is not said.
  template <class Test>
  void take_text(std::string& into, const toml::node& node, std::string wish, Test test) {
    const auto* const text = node.as_string();
    if (text == nullptr) return report(errc::wrong_type, node, std::move(wish));
    if (!test(text->get())) return report(errc::out_of_range, node, std::move(wish));
    into = text->get();
  }

  void take_weight(double& into, const toml::node& node) {
    const std::optional<double> number = node.value<double>();
    if (!number || node.is_boolean() || !(*number >= 0.01 && *number <= 1000))
      return report(errc::out_of_range, node, "key.weight: expected a number from 0.01 to 1000");
    into = *number;
  }

  void take_count(std::int64_t& into, std::string_view name, const toml::node& node) {
    const auto* const count = node.as_integer();
    constexpr std::int64_t most = 1'000'000'000'000;
    if (count == nullptr || count->get() < 0 || count->get() > most) {
      return report(errc::out_of_range, node,
                    "key." + std::string(name) +
                        ": expected an integer from 1 to 1000000000000, or 0 for no quota");
    }
    into = count->get();
  }

  void check(const api_key_entry& one, const toml::table& table) {
    if (one.name.empty()) return report(errc::out_of_range, table, "key.name: every key has a name");
    if (one.key.empty() == one.sha256.empty())
      return report(errc::out_of_range, table, one.name + ": give either key or sha256");
    const auto level = [](std::string_view rank) {
      return rank == "interactive" ? 0 : rank == "standard" ? 1 : 2;
    };
    if (level(one.rank) < level(one.ceiling))
      return report(errc::out_of_range, table, one.name + ": its class is above its ceiling");
    for (const api_key_entry& other : all_) {
      if (other.name == one.name)
        return report(errc::out_of_range, table, one.name + ": another key has this name");
      if ((!one.key.empty() && other.key == one.key) || (!one.sha256.empty() && other.sha256 == one.sha256))
        return report(errc::out_of_range, table, one.name + ": it is the same key as " + other.name + "'s");
    }
  }

  const std::string& source_;
  problems& wrong_;
  std::vector<api_key_entry> all_;
  bool ranked_ = false;
  bool limited_ = false;
};

}  // namespace

result<std::vector<api_key_entry>> read_keys(std::string_view text, const std::string& source) {
  problems wrong;
  key_reader reader(source, wrong);
  try {
    const toml::table document = toml::parse(text, source);
    for (const auto& [name, node] : document) {
      const toml::array* const array = node.as_array();
      if (name.str() != "key") {
        reader.report(errc::unknown_key, node,
                      "unknown key \"" + std::string(name.str()) +
                          "\": write [[key]] before the keys of each");
      } else if (array == nullptr || !array->is_homogeneous(toml::node_type::table)) {
        reader.report(errc::wrong_type, node, "key: write [[key]] before the keys of each");
      } else {
        for (const toml::node& one : *array) reader.read(*one.as_table());
      }
    }
  } catch (const toml::parse_error& e) {
    const auto at = e.source().begin;
    return problems{{errc::syntax, source, at.line, at.column, std::string(e.description())}};
  }
  std::vector<api_key_entry> all = reader.take_all();
  if (wrong.empty() && all.empty())
    wrong.push_back({errc::out_of_range, source, 0, 0, "the file of keys has no [[key]]"});
  if (all.size() > most_keys)
    wrong.push_back({errc::out_of_range, source, 0, 0, "the file of keys has more than 4096 keys"});
  if (!wrong.empty()) return wrong;
  return all;
}

result<std::vector<api_key_entry>> read_key_file(const std::string& path) {
  const auto text = read_text_file(path, "the file of keys");
  if (!text) return text.error();
  return read_keys(*text, path);
}

}  // namespace hawser::conf
