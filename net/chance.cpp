#include "net/chance.hpp"

#include "runtime/dice.hpp"

#include <random>

namespace hawser::net {
namespace {

std::uint64_t from_the_system() {
  std::random_device source;
  return (std::uint64_t{source()} << 32u) | source();
}

}  // namespace

chance::chance(std::uint64_t seed) {
  if (seed == 0) {
    secret_ = {from_the_system(), from_the_system()};
  } else {
    runtime::dice thrown(seed);
    secret_ = {thrown.draw(), thrown.draw()};
  }
}

std::string chance::id() {
  constexpr char digits[] = "0123456789abcdef";
  std::uint64_t bits = draw();
  std::string out(16, '0');
  for (char& c : out) {
    c = digits[bits & 15u];
    bits >>= 4u;
  }
  return out;
}

}  // namespace hawser::net
