#include "runtime/error.hpp"

#include <string>

namespace hawser::runtime {
namespace {

class category final : public boost::system::error_category {
 public:
  [[nodiscard]] const char* name() const noexcept override { return "hawser.runtime"; }

  [[nodiscard]] std::string message(int value) const override {
    switch (static_cast<errc>(value)) {
    case errc::late:
      return "no answer before the deadline";
    case errc::full:
      return "the mailbox is full";
    case errc::closed:
      return "the actor has stopped";
    case errc::failed:
      return "the actor failed before it answered";
    }
    return "unknown";
  }
};

}  // namespace

const boost::system::error_category& runtime_category() noexcept {
  static const category instance;
  return instance;
}

}  // namespace hawser::runtime
