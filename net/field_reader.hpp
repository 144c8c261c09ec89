/// Takes a JSON object apart, field by field; the first thing that is wrong is kept, and what comes after
/// does nothing.
#pragma once

#include "net/api_error.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/string.hpp>
#include <boost/json/value.hpp>

#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace hawser::net {

/// A field that is absent or null leaves its target as it is. Names are those of the request
/// ("messages[2].content").
class field_reader {
 public:
  /// `where`: the object's own place, or empty for the whole body. The object must outlive the reader.
  explicit field_reader(const boost::json::object& from, std::string where = {})
      : from_(from), where_(std::move(where)) {}

  /// Null when absent or null. Marks the field as known.
  [[nodiscard]] const boost::json::value* find(std::string_view name);

  /// least <= value <= most, else an error. True: the target was set.
  bool number(std::string_view name, double least, double most, float& to);
  bool integer(std::string_view name, std::int64_t least, std::int64_t most, std::int64_t& to);
  bool boolean(std::string_view name, bool& to);
  bool string(std::string_view name, std::string& to);
  [[nodiscard]] const boost::json::array* array(std::string_view name);
  [[nodiscard]] const boost::json::object* object(std::string_view name);

  /// Known, but not for this server: an error unless absent, null, false, or an empty array or object.
  void refuse(std::string_view name, std::string_view why);

  /// A string that is one of `allowed`, which ask for what is done anyway; an error otherwise.
  void only(std::string_view name, std::initializer_list<std::string_view> allowed);

  void fail(std::string_view name, std::string message);
  void fail_at(std::string path, std::string message);
  void fail(api_error e) {
    if (!error_) error_ = std::move(e);
  }
  /// "expected ..., found 3.5 (a number)".
  void expected(std::string_view name, std::string_view what, const boost::json::value& found);

  /// Fields that nobody asked for are errors.
  void refuse_unknown();

  [[nodiscard]] bool good() const noexcept { return !error_; }
  [[nodiscard]] api_error error() const { return *error_; }
  [[nodiscard]] std::string path(std::string_view name) const;

 private:
  const boost::json::object& from_;
  std::string where_;
  std::vector<std::string_view> known_;
  std::optional<api_error> error_;
};

/// 64 and 64.0 are both 64, as in JSON Schema; null for anything else.
[[nodiscard]] std::optional<std::int64_t> whole_number(const boost::json::value& v);

/// For error messages: the value itself when it is short, and its kind.
[[nodiscard]] std::string describe(const boost::json::value& v);

}  // namespace hawser::net
