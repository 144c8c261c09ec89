#include "conf/source.hpp"

#include "conf/extension_reader.hpp"
#include "conf/text_file.hpp"
#include "conf/value.hpp"

#include <toml++/toml.h>

#include <algorithm>
#include <array>
#include <iterator>

namespace hawser::conf {

namespace {

void remember(configuration& into, const key& which, origin from) {
  into.origins[static_cast<std::size_t>(&which - keys().data())] = from;
}

std::string unknown_key(std::string_view name) {
  std::string what = "unknown key \"" + std::string(name) + "\"";
  if (const key* near = nearest_key(name)) {
    what += ": did you mean \"" + std::string(near->name) + "\"";
    what += near->section().empty() ? " (at the top level, before any [section])?" : "?";
  } else {
    what += ": `hawser check --print-defaults` lists all keys";
  }
  return what;
}

/// An array of strings and nothing else.
std::optional<text_list> strings_in(const toml::node& node) {
  const toml::array* const array = node.as_array();
  if (array == nullptr) return std::nullopt;
  text_list list;
  for (const toml::node& one : *array) {
    const auto* text = one.as_string();
    if (text == nullptr) return std::nullopt;
    list.push_back(text->get());
  }
  return list;
}

bool is_section(std::string_view name) {
  return !about_section(name).empty();
}

std::string kind_in_words(const key& which) {
  return which.kind() == "list" ? "a list of strings" : "one value (" + std::string(which.kind()) + ")";
}

/// Walks one parsed document and keeps every problem.
class document_reader {
 public:
  document_reader(configuration& into, const std::string& source) : into_(into), source_(source) {}

  void read(const toml::table& table, const std::string& prefix) {
    for (const auto& [name, node] : table) {
      const std::string full = prefix + std::string(name.str());
      const key* which = find_key(full);
      if (which != nullptr)
        take(*which, node);
      else if (full == "extension")
        read_extensions(into_.values.extensions, node, source_, problems_);
      else if (node.is_table() && prefix.empty() && is_section(full))
        read(*node.as_table(), full + ".");
      else
        report(errc::unknown_key, name.source().begin, unknown_key(full));
    }
  }

  [[nodiscard]] problems take_problems() noexcept { return std::move(problems_); }

 private:
  void report(errc cause, const toml::source_position& at, std::string what) {
    problems_.push_back({cause, source_, at.line, at.column, std::move(what)});
  }

  void take(const key& which, const toml::node& node) {
    raw_value value;
    if (const auto* b = node.as_boolean())
      value = b->get();
    else if (const auto* i = node.as_integer())
      value = i->get();
    else if (const auto* d = node.as_floating_point())
      value = d->get();
    else if (const auto* s = node.as_string())
      value = s->get();
    else if (auto list = strings_in(node))
      value = std::move(*list);
    else {
      const std::string_view found = node.is_table()   ? "a table"
                                     : node.is_array() ? "an array of other things"
                                                       : "a date or time";
      return report(errc::wrong_type, node.source().begin,
                    std::string(which.name) + ": expected " + kind_in_words(which) + ", found " +
                        std::string(found));
    }
    if (auto wrong = assign(into_.values, which, value)) {
      return report(wrong->first, node.source().begin, std::move(wrong->second));
    }
    remember(into_, which, origin::file);
  }

  configuration& into_;
  const std::string& source_;
  problems problems_;
};

}  // namespace

std::string_view name_of(origin o) noexcept {
  constexpr std::array<std::string_view, 4> names{"default", "file", "environment", "flag"};
  return names[static_cast<std::size_t>(o)];
}

configuration::configuration() : origins(keys().size(), origin::built_in) {}

origin configuration::origin_of(const key& which) const noexcept {
  return origins[static_cast<std::size_t>(&which - keys().data())];
}

result<void> read_toml(configuration& into, std::string_view text, const std::string& source) {
  try {
    const toml::table document = toml::parse(text, source);
    configuration next = into;
    document_reader reader(next, source);
    reader.read(document, "");
    if (auto wrong = reader.take_problems(); !wrong.empty()) return wrong;
    into = std::move(next);
    return {};
  } catch (const toml::parse_error& e) {
    const auto at = e.source().begin;
    return problems{{errc::syntax, source, at.line, at.column, std::string(e.description())}};
  }
}

result<void> read_file(configuration& into, const std::string& path) {
  const auto text = read_text_file(path, "the configuration file");
  if (!text) return text.error();
  return read_toml(into, *text, path);
}

result<std::vector<std::string>> read_environment(configuration& into,
                                                  std::span<const char* const> environment) {
  // They are read elsewhere: which model and which configuration file.
  constexpr std::array<std::string_view, 4> ours{"HAWSER_MODEL", "HAWSER_MODELS", "HAWSER_CONFIG",
                                                 "HAWSER_GPU_LIBRARY"};
  configuration next = into;
  problems wrong;
  std::vector<std::string> unknown;
  for (const std::string_view entry : environment) {
    const auto equals = entry.find('=');
    const std::string_view name = entry.substr(0, equals);
    if (!name.starts_with("HAWSER_") || equals == std::string_view::npos) continue;
    const key* which = nullptr;
    for (const key& k : keys()) {
      if (k.variable() == name) which = &k;
    }
    if (which == nullptr) {
      if (std::find(ours.begin(), ours.end(), name) == ours.end()) unknown.emplace_back(name);
      continue;
    }
    if (auto objected = assign_text(next.values, *which, entry.substr(equals + 1))) {
      wrong.push_back(
          {objected->first, "environment variable " + std::string(name), 0, 0, std::move(objected->second)});
      continue;
    }
    remember(next, *which, origin::environment);
  }
  if (!wrong.empty()) return wrong;
  into = std::move(next);
  return unknown;
}

result<void> read_flag(configuration& into, std::string_view name, std::string_view text,
                       const std::string& source) {
  const key* which = find_key(name);
  if (which == nullptr) return problems{{errc::unknown_key, source, 0, 0, unknown_key(name)}};
  if (auto objected = assign_text(into.values, *which, text)) {
    return problems{{objected->first, source, 0, 0, std::move(objected->second)}};
  }
  remember(into, *which, origin::flag);
  return {};
}

}  // namespace hawser::conf
