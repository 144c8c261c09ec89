#include "conf/text_file.hpp"

#include <cerrno>
#include <cstring>
#include <fstream>

namespace hawser::conf {

result<std::string> read_text_file(const std::string& path, std::string_view what) {
  const std::string name(what);
  const auto failed = [&path](std::string why) { return problems{{errc::io, path, 0, 0, std::move(why)}}; };
  std::ifstream file(path, std::ios::binary);
  if (!file) return failed(name + " cannot be read: " + std::strerror(errno));
  constexpr std::size_t largest = 1 << 20;
  std::string text(largest + 1, '\0');
  file.read(text.data(), static_cast<std::streamsize>(text.size()));
  if (file.bad()) return failed(name + " cannot be read: is it a directory?");
  text.resize(static_cast<std::size_t>(file.gcount()));
  if (text.size() > largest) return failed(name + " is larger than 1 MB");
  return text;
}

}  // namespace hawser::conf
