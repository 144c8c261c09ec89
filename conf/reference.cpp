#include "conf/reference.hpp"

#include "conf/extension_reader.hpp"
#include "conf/value.hpp"

#include <string_view>

namespace hawser::conf {

namespace {

constexpr std::size_t line_width = 100;

/// Adds `text` as comment lines of at most line_width characters, broken at spaces.
void add_comment(std::string& to, std::string_view text) {
  while (!text.empty()) {
    std::size_t cut = text.size();
    if (cut > line_width) {
      cut = text.rfind(' ', line_width);
      if (cut == std::string_view::npos) cut = text.size();
    }
    to += "# " + std::string(text.substr(0, cut)) + "\n";
    text = cut < text.size() ? text.substr(cut + 1) : std::string_view{};
  }
}

/// "integer, 0 .. 65535, tokens".
std::string facts(const key& which) {
  std::string line(which.kind());
  const std::string range = print_range(which);
  if (which.kind() == "string" && !range.empty())
    line = "one of " + range;
  else if (which.kind() != "boolean" && !range.empty())
    line += ", " + range;
  // Durations and sizes say their unit in the range already; a bare number's unit is only news for those that
  // scale.
  if (which.kind() == "integer" && !which.unit.empty()) line += " " + std::string(which.unit);
  if (which.scale != 1) line += "; a bare number counts " + std::string(which.unit);
  return line;
}

template <class Visit>
void walk(const Visit& visit) {
  std::string_view section;
  for (const key& which : keys()) {
    const bool opens = which.section() != section;
    section = which.section();
    visit(which, opens);
  }
}

}  // namespace

std::string reference_file() {
  std::string out =
      "# hawser's configuration: every key with its default. A key that is left out keeps its default.\n"
      "# Environment variables (HAWSER_SERVER_PORT for server.port) win over this file, flags over both.\n"
      "# Sizes: \"16 KB\", \"4 MB\", \"1 GB\" or bytes. Durations: \"500 ms\", \"10 s\", \"5 min\" or "
      "seconds.\n";
  walk([&](const key& which, bool opens) {
    if (opens) {
      out += "\n[" + std::string(which.section()) + "]\n";
      add_comment(out, about_section(which.section()));
    }
    out += "\n";
    add_comment(out, which.doc);
    add_comment(out, "(" + facts(which) + (which.hot ? "; hot)" : ")"));
    out += std::string(which.leaf()) + " = " + print_value(settings{}, which) + "\n";
  });
  return out;
}

std::string reference_page() {
  std::string out = "# Configuration\n\n"
                    "`hawser serve --config FILE` reads TOML. Later sources win: built-in defaults, the "
                    "file, environment variables, flags\n"
                    "(`--port 8001`, or `--set limits.body=\"8 MB\"` for any key). `hawser check FILE` says "
                    "what is wrong, with line and column,\n"
                    "and prints the settings that would take effect; `hawser check --print-defaults` prints "
                    "a commented file to start from.\n\n"
                    "Sizes are text such as `\"16 KB\"`, `\"4 MB\"`, `\"1 GB\"` (powers of 1024) or a bare "
                    "number of bytes; durations text such as\n"
                    "`\"500 ms\"`, `\"10 s\"`, `\"5 min\"` or a bare number of seconds. An unknown key is an "
                    "error. `HAWSER_MODEL` names the model to\n"
                    "serve when none is given, `HAWSER_CONFIG` the configuration file.\n\n"
                    "`hawser serve` takes the keys that say so anew on SIGHUP (`systemctl reload`), all or "
                    "none of them: a file "
                    "with a mistake\nchanges nothing, and the log has its line. The others are named in the "
                    "log and wait for the "
                    "next start.\n\n"
                    "This page is made by `hawser check --print-page` from the table in "
                    "`conf/key_table.cpp`; a test compares the two.\n\n"
                    "## Top level\n";
  walk([&](const key& which, bool opens) {
    if (opens) {
      out += "\n## [" + std::string(which.section()) + "]\n\n" + std::string(about_section(which.section())) +
             "\n";
    }
    out += "\n### `" + std::string(which.name) + "`\n\n" + std::string(which.doc) + "\n\n- default: `" +
           print_value(settings{}, which) + "`\n- type: " + facts(which) + "\n- environment: `" +
           which.variable() + "`\n- takes effect: " + (which.hot ? "on a reload" : "at start") + "\n";
  });
  out += "\n## [[extension]]\n\n"
         "A shared library that sees requests and answers, or adds routes ([extensions](extensions.md)); any "
         "number "
         "of them, asked in the\n"
         "order of the file. Only the file can name them.\n\n"
         "- `path`: the library; required\n"
         "- `name`: of its actor, for logs and metrics; default: its file's name\n"
         "- `deadline_ms`: for its verdict on a request; default: 200\n"
         "- `required`: a request without its verdict is refused with 503, not passed; default: false\n"
         "- `options`: a table of strings for the extension itself\n";
  return out;
}

std::string print_settings(const configuration& what) {
  std::string out;
  walk([&](const key& which, bool opens) {
    if (opens) out += "\n[" + std::string(which.section()) + "]\n";
    out += std::string(which.leaf()) + " = " + print_value(what.values, which);
    const origin from = what.origin_of(which);
    std::string note = from == origin::built_in ? "" : std::string(name_of(from));
    if (which.hot) note += note.empty() ? "hot" : ", hot";
    if (!note.empty()) out += "  # " + note;
    out += "\n";
  });
  return out + print_extensions(what.values.extensions);
}

}  // namespace hawser::conf
