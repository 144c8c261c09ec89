#include "cli/command_line.hpp"

#include <CLI/CLI.hpp>

#include <cstdint>
#include <utility>

namespace hawser::cli {

argument argument::type_name(const std::string& name) const {
  it_->type_name(name);
  return *this;
}

template <class Number>
argument argument::within(Number least, Number most) const {
  it_->check(CLI::Range(least, most));
  return *this;
}

template argument argument::within(int, int) const;
template argument argument::within(unsigned, unsigned) const;
template argument argument::within(std::int64_t, std::int64_t) const;
template argument argument::within(std::uint64_t, std::uint64_t) const;
template argument argument::within(double, double) const;

argument argument::one_of(const std::vector<std::string>& choices) const {
  it_->check(CLI::IsMember(choices));
  return *this;
}

argument argument::default_shown() const {
  it_->capture_default_str();
  return *this;
}

argument argument::required() const {
  it_->required();
  return *this;
}

argument argument::repeatable() const {
  it_->expected(1)->take_all();
  return *this;
}

argument argument::separated_by(char delimiter) const {
  it_->delimiter(delimiter);
  return *this;
}

argument argument::or_environment(const std::string& name) const {
  it_->envname(name);
  return *this;
}

argument argument::excludes(const argument& other) const {
  it_->excludes(other.it_);
  return *this;
}

argument argument::needs(const argument& other) const {
  it_->needs(other.it_);
  return *this;
}

bool argument::given() const {
  return it_->count() > 0;
}

command_parser command_parser::add_command(const std::string& name, const std::string& help) const {
  return {*it_->add_subcommand(name, help), *chosen_};
}

template <class Value>
argument command_parser::add_option(const std::string& names, Value& to, const std::string& help) const {
  return argument(*it_->add_option(names, to, help));
}

template argument command_parser::add_option(const std::string&, std::string&, const std::string&) const;
template argument command_parser::add_option(const std::string&, std::int32_t&, const std::string&) const;
template argument command_parser::add_option(const std::string&, std::uint32_t&, const std::string&) const;
template argument command_parser::add_option(const std::string&, std::int64_t&, const std::string&) const;
template argument command_parser::add_option(const std::string&, std::uint64_t&, const std::string&) const;
template argument command_parser::add_option(const std::string&, float&, const std::string&) const;
template argument command_parser::add_option(const std::string&, double&, const std::string&) const;
template argument command_parser::add_option(const std::string&, std::optional<std::uint64_t>&,
                                             const std::string&) const;
template argument command_parser::add_option(const std::string&, std::vector<std::string>&,
                                             const std::string&) const;
template argument command_parser::add_option(const std::string&, std::vector<std::uint32_t>&,
                                             const std::string&) const;

argument command_parser::add_flag(const std::string& names, bool& to, const std::string& help) const {
  return argument(*it_->add_flag(names, to, help));
}

void command_parser::footer(const std::string& text) const {
  it_->footer(text);
}

void command_parser::run(action what) const {
  it_->callback([it = it_, chosen = chosen_, what = std::move(what)] {
    if (it->get_subcommands().empty()) *chosen = what;
  });
}

command_line::command_line(const std::string& name, const std::string& about, const std::string& version)
    : app_(std::make_unique<CLI::App>(about, name)) {
  app_->require_subcommand(1);
  app_->get_formatter()->column_width(34);
  app_->set_version_flag("--version", version);
}

command_line::~command_line() = default;

command_parser command_line::root() {
  return {*app_, chosen_};
}

std::vector<std::string> command_line::commands() const {
  std::vector<std::string> names;
  for (const CLI::App* sub : std::as_const(*app_).get_subcommands([](const CLI::App*) { return true; }))
    names.push_back(sub->get_name());
  return names;
}

command_line::outcome command_line::read(int argc, const char* const* argv) {
  try {
    app_->parse(argc, argv);
  } catch (const CLI::Success& e) {
    return {.chosen = {}, .over = app_->exit(e), .wrong = {}};
  } catch (const CLI::ParseError& e) {
    std::string command = app_->get_name();
    for (const CLI::App* sub : app_->get_subcommands()) command += " " + sub->get_name();
    return {.chosen = {},
            .over = {},
            .wrong = std::string(e.what()) + "; `" + command + " --help` shows what it takes"};
  }
  return {.chosen = std::move(chosen_), .over = {}, .wrong = {}};
}

}  // namespace hawser::cli
