#define BOOST_TEST_MODULE hawser
#include <boost/test/unit_test.hpp>
