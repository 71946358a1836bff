#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "sim/simulation.h"

namespace marquee::sim {

struct SeedOutcome {
  std::uint64_t seed = 0;
  std::uint64_t trace_hash = 0;
  Tally tally;
  std::optional<std::string> failure;  ///< what was broken, and how to see it again
};

/// What to tell of a seed that broke a promise.
std::string describe_failure(std::uint64_t seed, std::string_view what);

/// Runs one seed. `prints_trace` prints every step as it happened, to stdout.
SeedOutcome run_seed(std::uint64_t seed, bool prints_trace = false);

/// The seed of $MARQUEE_SIM_SEED; none when it is not set.
std::optional<std::uint64_t> seed_to_replay();

}  // namespace marquee::sim
