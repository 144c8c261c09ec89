// The second half of gguf_reader: the list of tensors, and the places of their bytes.
#include "model/gguf_reader.hpp"

#include <algorithm>
#include <limits>

namespace hawser::model {
namespace {

using wording::quoted;

constexpr std::uint64_t max_tensor_name = 64;
constexpr std::uint64_t no_limit = std::numeric_limits<std::uint64_t>::max();

}  // namespace

result<void> gguf_reader::read_tensors() {
  contents_.tensors.reserve(tensor_count_);
  places_.reserve(tensor_count_);
  for (std::uint64_t i = 0; i < tensor_count_; ++i) {
    if (auto done = read_tensor(); !done) return done;
  }
  const std::uint64_t end = cursor_.offset();
  contents_.data_start = (end + contents_.alignment - 1) / contents_.alignment * contents_.alignment;
  return {};
}

result<void> gguf_reader::read_tensor() {
  const std::uint64_t at = cursor_.offset();
  const auto name = read_string("a tensor's name");
  if (!name) return name.error();
  if (name->empty()) return failed(errc::malformed, "the tensor name at byte ", at, " is empty");
  if (name->size() > max_tensor_name) {
    return failed(errc::over_limit, "the tensor name at byte ", at, " has ", name->size(),
                  " bytes, expected at most ", max_tensor_name);
  }
  const std::string what = "tensor " + quoted(*name);
  tensor_view tensor;
  tensor.name = *name;
  const auto elements = read_shape(tensor);
  if (!elements) return elements.error();

  const std::uint64_t type_at = cursor_.offset();
  const auto number = read<std::uint32_t>("the type of " + what);
  if (!number) return number.error();
  const auto type = tensor_type_from(*number);
  if (!type) return failed(errc::unsupported, what, " at byte ", type_at, ": ", type.error().what);
  tensor.type = *type;
  const block_shape block = shape_of(*type);
  if (tensor.columns() % block.values != 0) {
    return failed(errc::malformed, what, " has rows of ", tensor.columns(),
                  " values, expected a multiple of ", block.values, " for type ", name_of(*type));
  }
  const std::uint64_t blocks = *elements / block.values;
  if (blocks > no_limit / block.bytes) {
    return failed(errc::malformed, what, " has ", *elements, " values of type ", name_of(*type),
                  ", more bytes than 64 bits can count");
  }
  const std::uint64_t offset_at = cursor_.offset();
  const auto offset = read<std::uint64_t>("the offset of " + what);
  if (!offset) return offset.error();
  if (*offset % contents_.alignment != 0) {
    return failed(errc::malformed, "the offset of ", what, " at byte ", offset_at, " is ", *offset,
                  ", expected a multiple of ", contents_.alignment);
  }
  places_.push_back({*offset, blocks * block.bytes, static_cast<std::uint32_t>(contents_.tensors.size())});
  contents_.tensors.push_back(tensor);
  return {};
}

result<std::uint64_t> gguf_reader::read_shape(tensor_view& tensor) {
  const std::string what = "tensor " + quoted(tensor.name);
  const std::uint64_t at = cursor_.offset();
  const auto rank = read<std::uint32_t>("the number of dimensions of " + what);
  if (!rank) return rank.error();
  if (*rank < 1 || *rank > tensor.dims.size()) {
    return failed(errc::malformed, "the number of dimensions of ", what, " at byte ", at, " is ", *rank,
                  ", expected 1 to ", tensor.dims.size());
  }
  tensor.rank = *rank;
  std::uint64_t elements = 1;
  for (std::uint32_t d = 0; d < *rank; ++d) {
    const std::uint64_t dim_at = cursor_.offset();
    const auto dim = read<std::uint64_t>("dimension " + std::to_string(d) + " of " + what);
    if (!dim) return dim.error();
    if (*dim == 0)
      return failed(errc::malformed, "dimension ", d, " of ", what, " at byte ", dim_at,
                    " is 0, expected at least 1");
    if (elements > no_limit / *dim) {
      return failed(errc::malformed, "dimension ", d, " of ", what, " at byte ", dim_at, " is ", *dim,
                    ": the tensor has more values than 64 bits can count");
    }
    elements *= *dim;
    tensor.dims[d] = *dim;
  }
  return elements;
}

result<void> gguf_reader::place_tensors() {
  for (tensor_place& place : places_) {
    tensor_view& tensor = contents_.tensors[place.tensor];
    const std::uint64_t room = bytes_.size() - std::min<std::uint64_t>(contents_.data_start, bytes_.size());
    if (place.offset > room || place.size > room - place.offset) {
      return failed(errc::malformed, "tensor ", quoted(tensor.name), " (", name_of(tensor.type), ", ",
                    place.size, " bytes at offset ", place.offset,
                    " of the tensor data, which starts at byte ", contents_.data_start,
                    ") ends behind the file's end at byte ", bytes_.size(),
                    ": the file is truncated or damaged");
    }
    place.offset += contents_.data_start;
    tensor.data =
        bytes_.subspan(static_cast<std::size_t>(place.offset), static_cast<std::size_t>(place.size));
  }
  return {};
}

result<void> gguf_reader::check_overlap() {
  std::sort(places_.begin(), places_.end(),
            [](const tensor_place& a, const tensor_place& b) { return a.offset < b.offset; });
  for (std::size_t i = 1; i < places_.size(); ++i) {
    const tensor_place& before = places_[i - 1];
    if (before.offset + before.size > places_[i].offset) {
      return failed(errc::malformed, "tensor ", quoted(contents_.tensors[places_[i].tensor].name),
                    " starts at byte ", places_[i].offset, ", inside tensor ",
                    quoted(contents_.tensors[before.tensor].name), " that ends at byte ",
                    before.offset + before.size);
    }
  }
  return {};
}

}  // namespace hawser::model
