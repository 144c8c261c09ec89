// Ids that nobody can foretell.
#include "net/chance.hpp"
#include "runtime/dice.hpp"

#include <boost/test/unit_test.hpp>

#include <cstdint>
#include <set>
#include <string>

namespace hawser::net::test {
namespace {

std::uint64_t unshifted(std::uint64_t z, unsigned by) {
  std::uint64_t out = z;
  for (unsigned i = by; i < 64; i += by) out = z ^ (out >> by);
  return out;
}

/// The factor that undoes an odd one, modulo 2^64.
std::uint64_t inverse(std::uint64_t odd) {
  std::uint64_t out = odd;
  for (int i = 0; i < 6; ++i) out *= 2 - odd * out;
  return out;
}

/// What an eavesdropper would make of one throw if throws were dice: the one behind it.
std::uint64_t foretold(std::uint64_t seen) {
  std::uint64_t z = unshifted(seen, 31) * inverse(0x94D049BB133111EBu);
  z = unshifted(z, 27) * inverse(0xBF58476D1CE4E5B9u);
  return runtime::dice(unshifted(z, 30)).draw();
}

BOOST_AUTO_TEST_SUITE(chances)

BOOST_AUTO_TEST_CASE(the_keyed_function_is_siphash) {
  // Of its authors' test vectors, the one of eight bytes.
  BOOST_TEST(sip_hash({0x0706050403020100u, 0x0f0e0d0c0b0a0908u}, 0x0706050403020100u) ==
             0x93f5f5799a932462u);
}

BOOST_AUTO_TEST_CASE(who_has_seen_one_cannot_say_the_next) {
  runtime::dice thrown(7);
  const std::uint64_t first = thrown.draw();
  BOOST_TEST(foretold(first) == thrown.draw());  // dice can be foretold
  chance luck(7);
  const std::uint64_t seen = luck.draw();
  BOOST_TEST(foretold(seen) != luck.draw());
}

BOOST_AUTO_TEST_CASE(a_seed_gives_the_same_again_and_the_system_gives_others) {
  chance one(7);
  chance other(7);
  BOOST_TEST(one.id() == other.id());
  chance fresh(0);
  chance another(0);
  BOOST_TEST(fresh.id() != another.id());
  std::set<std::string> ids;
  for (int i = 0; i < 10'000; ++i) ids.insert(one.id());
  BOOST_TEST(ids.size() == 10'000u);
  BOOST_TEST(ids.begin()->size() == 16u);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace hawser::net::test
