// The main function of all test programs; they are linked with Boost.Test's shared library.
#include <boost/test/unit_test.hpp>

int main(int argc, char* argv[]) {
  const auto name_it = [] {
    boost::unit_test::framework::master_test_suite().p_name.value = "hawser";
    return true;
  };
  return boost::unit_test::unit_test_main(name_it, argc, argv);
}
