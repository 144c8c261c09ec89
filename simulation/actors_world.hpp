/// Actors of no use to anybody, in virtual time: what the runtime promises, without a server around it.
///
/// Properties: 1. Each ask completes exactly once: with its answer, or with an error that the world
/// explains. 2. Letters of one sender are read in order, none twice. 3. The end of an actor is told once. 4.
/// Who takes two locks in their order gets both in time. 5. In the end nobody and no timer is left.
#pragma once

#include "simulation/scenario.hpp"

namespace hawser::simulation {

[[nodiscard]] run_result run_actors(std::uint64_t seed, std::size_t lines);

}  // namespace hawser::simulation
