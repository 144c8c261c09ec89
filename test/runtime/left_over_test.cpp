// An actor that outlives its test is a leak that no sanitizer sees: the registry still knows it. (Two actors
// that hold each other's addresses, or one that holds its own, live until they are asked to stop.)
#include "runtime/registry.hpp"

#include <boost/test/unit_test.hpp>

namespace hawser::runtime {
namespace {

struct nobody_is_left {
  ~nobody_is_left() {
    const auto left = registry::snapshot();
    BOOST_TEST(left.empty(), "actors outlived their tests:\n" << draw(left));
  }
};

BOOST_TEST_GLOBAL_FIXTURE(nobody_is_left);

}  // namespace
}  // namespace hawser::runtime
