#include "conf/extension_reader.hpp"

#include <sstream>
#include <string_view>
#include <utility>

namespace hawser::conf {

namespace {

class table_reader {
 public:
  table_reader(const std::string& source, problems& wrong) : source_(source), wrong_(wrong) {}

  extension_settings read(const toml::table& table) {
    extension_settings made;
    for (const auto& [name, node] : table) take(made, name.str(), node);
    if (made.path.empty())
      report(errc::out_of_range, table, "extension.path: say which shared library to load");
    return made;
  }

  void report(errc cause, const toml::node& at, std::string what) {
    const auto where = at.source().begin;
    wrong_.push_back({cause, source_, where.line, where.column, std::move(what)});
  }

 private:
  void take(extension_settings& into, std::string_view name, const toml::node& node) {
    if (name == "path" || name == "name")
      return take_text(name == "path" ? into.path : into.name, name, node);
    if (name == "required") {
      const auto* const flag = node.as_boolean();
      if (flag == nullptr)
        return report(errc::wrong_type, node, "extension.required: expected true or false");
      into.required = flag->get();
    } else if (name == "deadline_ms") {
      const auto* const count = node.as_integer();
      if (count == nullptr)
        return report(errc::wrong_type, node, "extension.deadline_ms: expected an integer");
      if (count->get() < 1 || count->get() > 60'000)
        return report(errc::out_of_range, node, "extension.deadline_ms: expected 1 .. 60000");
      into.deadline = seconds_count(count->get());
    } else if (name == "options") {
      take_options(into, node);
    } else {
      report(errc::unknown_key, node,
             "unknown key \"extension." + std::string(name) +
                 "\": an extension has path, name, deadline_ms, required and options");
    }
  }

  void take_text(std::string& into, std::string_view name, const toml::node& node) {
    const auto* const text = node.as_string();
    if (text == nullptr)
      return report(errc::wrong_type, node, "extension." + std::string(name) + ": expected a string");
    into = text->get();
  }

  void take_options(extension_settings& into, const toml::node& node) {
    const toml::table* const table = node.as_table();
    if (table == nullptr) return report(errc::wrong_type, node, "extension.options: expected a table");
    for (const auto& [name, value] : *table) {
      if (const auto* const text = value.as_string()) {
        into.options.emplace_back(std::string(name.str()), text->get());
      } else {
        report(errc::wrong_type, value,
               "extension.options." + std::string(name.str()) +
                   ": expected a string, which the extension reads");
      }
    }
  }

  const std::string& source_;
  problems& wrong_;
};

}  // namespace

void read_extensions(std::vector<extension_settings>& into, const toml::node& node, const std::string& source,
                     problems& wrong) {
  table_reader reader(source, wrong);
  const toml::array* const array = node.as_array();
  if (array == nullptr || !array->is_homogeneous(toml::node_type::table)) {
    return reader.report(errc::wrong_type, node, "extension: write [[extension]] before the keys of each");
  }
  into.clear();
  for (const toml::node& one : *array) into.push_back(reader.read(*one.as_table()));
}

std::string print_extensions(const std::vector<extension_settings>& all) {
  std::ostringstream out;
  for (const extension_settings& one : all) {
    toml::table table{{"path", one.path}, {"deadline_ms", one.deadline.count()}, {"required", one.required}};
    if (!one.name.empty()) table.insert("name", one.name);
    toml::table options;
    for (const auto& [name, value] : one.options) options.insert(name, value);
    options.is_inline(true);
    if (!options.empty()) table.insert("options", std::move(options));
    out << "\n[[extension]]\n" << table << "\n";
  }
  return out.str();
}

}  // namespace hawser::conf
