/// The command line: what each command takes, and what was given. CLI11 does the work behind this seam, in
/// one file alone: it is header-only and would cost every command seconds of compilation.
#pragma once

#include "cli/failure.hpp"

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

// Forward declarations only, so that a handle is a pointer and nothing more.
namespace CLI {
class App;
class Option;
}  // namespace CLI

namespace hawser::cli {

/// What to do once the command line is read. May throw failure.
using action = std::function<exit_code()>;

/// One flag or argument of a command; a handle that may be copied. Each modifier answers the same argument,
/// so that they can be written one after the other.
class argument {
 public:
  explicit argument(CLI::Option& it) noexcept : it_(&it) {}

  /// How the value is called in the help: FILE, TEXT.
  argument type_name(const std::string& name) const;
  /// Both ends included. Number: int, unsigned, std::int64_t, std::uint64_t or double.
  template <class Number>
  argument within(Number least, Number most) const;
  argument one_of(const std::vector<std::string>& choices) const;
  /// The help names the value that it has without the flag.
  argument default_shown() const;
  argument required() const;
  /// May be given several times, one value each; a vector takes them all.
  argument repeatable() const;
  /// Several values in one, with this character between them.
  argument separated_by(char delimiter) const;
  /// Left out, it is the value of this environment variable.
  argument or_environment(const std::string& name) const;
  argument excludes(const argument& other) const;
  argument needs(const argument& other) const;

  [[nodiscard]] bool given() const;

 private:
  CLI::Option* it_;
};

/// What one command takes; a handle that may be copied. Values are written when the command line is read, so
/// they must stay where they are until then.
class command_parser {
 public:
  command_parser(CLI::App& it, action& chosen) noexcept : it_(&it), chosen_(&chosen) {}

  [[nodiscard]] command_parser add_command(const std::string& name, const std::string& help) const;

  /// `names`: "-p,--port", or "MODEL" for one that stands without a flag. Value: std::string, a number, an
  /// optional number, or a vector of strings or numbers; others do not link.
  template <class Value>
  argument add_option(const std::string& names, Value& to, const std::string& help) const;
  argument add_flag(const std::string& names, bool& to, const std::string& help) const;
  /// Printed below the help.
  void footer(const std::string& text) const;

  /// What to do when this command was named, and none below it.
  void run(action what) const;

 private:
  CLI::App* it_;
  action* chosen_;
};

class command_line {
 public:
  command_line(const std::string& name, const std::string& about, const std::string& version);
  ~command_line();
  command_line(const command_line&) = delete;
  command_line& operator=(const command_line&) = delete;

  /// The program itself, to which commands are added. Lives as long as this object, as do all below it.
  [[nodiscard]] command_parser root();
  [[nodiscard]] std::vector<std::string> commands() const;

  struct outcome {
    action chosen;                     ///< what is to be done, unless one of the others is set
    std::optional<int> over;           ///< help or version was printed: the exit code of the process
    std::optional<std::string> wrong;  ///< a sentence: what cannot be read, and where to look
  };
  [[nodiscard]] outcome read(int argc, const char* const* argv);

 private:
  std::unique_ptr<CLI::App> app_;
  action chosen_;
};

}  // namespace hawser::cli
