#include "embed/revision.hpp"

namespace hawser::embed {

std::string_view revision() noexcept {
  return HAWSER_REVISION;
}

}  // namespace hawser::embed
