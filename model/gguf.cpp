#include "model/gguf.hpp"

#include "model/gguf_reader.hpp"
#include "model/wording.hpp"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>

namespace hawser::model {
namespace {

using wording::failed;

/// An open file, closed at the end of the scope: a mapping lives on without it.
class descriptor {
 public:
  explicit descriptor(const std::string& path) noexcept
      : number_(::open(path.c_str(), O_RDONLY | O_CLOEXEC)) {}

  ~descriptor() {
    if (number_ >= 0) ::close(number_);
  }

  descriptor(const descriptor&) = delete;
  descriptor& operator=(const descriptor&) = delete;

  [[nodiscard]] int number() const noexcept { return number_; }

 private:
  int number_;
};

/// Read-only pages of a file. Empty files map to nothing.
class mapping {
 public:
  mapping() = default;

  mapping(void* start, std::size_t size) noexcept : start_(start), size_(size) {}

  mapping(mapping&& other) noexcept
      : start_(std::exchange(other.start_, nullptr)), size_(std::exchange(other.size_, 0)) {}

  mapping& operator=(mapping&& other) noexcept {
    std::swap(start_, other.start_);
    std::swap(size_, other.size_);
    return *this;
  }

  ~mapping() {
    if (start_ != nullptr) ::munmap(start_, size_);
  }

  [[nodiscard]] std::span<const std::byte> bytes() const noexcept {
    return {static_cast<const std::byte*>(start_), size_};
  }

  /// From byte `from` on; what is read again comes from the file again.
  void release(std::uint64_t from) const noexcept {
    const auto page = static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE));
    const std::uint64_t start = (from + page - 1) / page * page;
    if (start < size_) ::madvise(static_cast<std::byte*>(start_) + start, size_ - start, MADV_DONTNEED);
  }

 private:
  void* start_ = nullptr;
  std::size_t size_ = 0;
};

result<mapping> map_file(const std::string& path) {
  const descriptor file(path);
  if (file.number() < 0) return failed(errc::io, path, ": cannot open the file: ", std::strerror(errno), ".");
  struct stat facts{};
  if (::fstat(file.number(), &facts) != 0)
    return failed(errc::io, path, ": cannot read its size: ", std::strerror(errno), ".");
  if (!S_ISREG(facts.st_mode)) {
    return failed(errc::io, path, ": not a regular file", S_ISDIR(facts.st_mode) ? " but a folder" : "",
                  ", expected a GGUF model.");
  }
  const auto size = static_cast<std::size_t>(facts.st_size);
  if (size == 0) return mapping{};
  void* start = ::mmap(nullptr, size, PROT_READ, MAP_PRIVATE, file.number(), 0);
  if (start == MAP_FAILED) {
    return failed(errc::io, path, ": cannot map its ", size, " bytes: ", std::strerror(errno), ".");
  }
  return mapping(start, size);
}

/// A file whose bytes somebody else owns.
class parsed_gguf : public gguf_file {
 public:
  parsed_gguf(gguf_contents&& contents, std::string name, std::uint64_t size) {
    path_ = std::move(name);
    version_ = contents.version;
    size_ = size;
    alignment_ = contents.alignment;
    tensors_ = std::move(contents.tensors);
    metadata_ = std::move(contents.metadata);
    tensors_by_name_ = std::move(contents.tensors_by_name);
    keys_by_name_ = std::move(contents.keys_by_name);
  }
};

class mapped_gguf final : public parsed_gguf {
 public:
  mapped_gguf(gguf_contents&& contents, std::uint64_t data_start, std::string name, mapping&& pages)
      : parsed_gguf(std::move(contents), std::move(name), pages.bytes().size()), data_start_(data_start),
        pages_(std::move(pages)) {}

  void release_pages() const noexcept override { pages_.release(data_start_); }

 private:
  std::uint64_t data_start_;
  mapping pages_;
};

/// The element of `items` that has the name, through the sorted indices `order`.
template <class Items, class NameOf>
auto find_by_name(const Items& items, const std::vector<std::uint32_t>& order, std::string_view name,
                  NameOf name_at) -> decltype(items.data()) {
  const auto at =
      std::lower_bound(order.begin(), order.end(), name, [&](std::uint32_t index, std::string_view wanted) {
        return name_at(items[index]) < wanted;
      });
  return at == order.end() || name_at(items[*at]) != name ? nullptr : &items[*at];
}

}  // namespace

const tensor_view* gguf_file::find_tensor(std::string_view name) const noexcept {
  return find_by_name(tensors_, tensors_by_name_, name,
                      [](const tensor_view& tensor) { return tensor.name; });
}

const metadata_value* gguf_file::find(std::string_view key) const noexcept {
  const auto* found =
      find_by_name(metadata_, keys_by_name_, key, [](const auto& entry) { return entry.first; });
  return found == nullptr ? nullptr : &found->second;
}

result<std::shared_ptr<const gguf_file>> gguf_file::parse(std::span<const std::byte> bytes,
                                                          std::string name) {
  auto contents = gguf_reader(bytes, name).read();
  if (!contents) return contents.error();
  return std::make_shared<const parsed_gguf>(std::move(*contents), std::move(name), bytes.size());
}

result<std::shared_ptr<const gguf_file>> gguf_file::open(const std::string& path) {
  auto pages = map_file(path);
  if (!pages) return pages.error();
  auto contents = gguf_reader(pages->bytes(), path).read();
  if (!contents) return contents.error();
  const std::uint64_t data_start = contents->data_start;
  return std::make_shared<const mapped_gguf>(std::move(*contents), data_start, path, std::move(*pages));
}

}  // namespace hawser::model
