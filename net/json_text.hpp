/// JSON written straight into a string: for the frames of a stream, where building a document would cost more
/// than the token.
#pragma once

#include <string>
#include <string_view>

namespace hawser::net {

/// "text" with its quotes. Bytes that are not UTF-8 become U+FFFD.
void append_quoted(std::string& out, std::string_view text);
/// The inside of append_quoted().
void append_escaped(std::string& out, std::string_view text);
/// The shortest text that reads back as the same number; what JSON cannot write (infinities, NaN) becomes
/// -9999.
void append_number(std::string& out, float value);
void append_number(std::string& out, double value);
template <class Integer>
void append_integer(std::string& out, Integer value) {
  out += std::to_string(value);
}
/// [1,2,3]: the bytes of `text` as numbers.
void append_bytes(std::string& out, std::string_view text);

}  // namespace hawser::net
