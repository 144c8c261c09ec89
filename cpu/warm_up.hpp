/// Touches what the first requests would otherwise find cold.
#pragma once

#include "cpu/step_runner.hpp"
#include "cpu/team.hpp"
#include "model/backend.hpp"

namespace hawser::cpu {

/// A prompt's chunk, one token, and one token for every seat. Uses seats and pages as if they were free.
void run_warm_up(step_runner& runner, const model::backend_capacity& capacity, team& workers);

}  // namespace hawser::cpu
