#include "sim/seed_runner.h"

#include <cstdio>
#include <cstdlib>

#include <fmt/format.h>

namespace marquee::sim {

std::string describe_failure(std::uint64_t seed, std::string_view what) {
  return fmt::format("seed {}: {}; see it again with MARQUEE_SIM_SEED={} ./dev simulate", seed,
                     what, seed);
}

SeedOutcome run_seed(std::uint64_t seed, bool prints_trace) {
  SeedOutcome outcome;
  outcome.seed = seed;
  Simulation simulation(seed, prints_trace);
  try {
    simulation.run();
  } catch (const std::exception& broken) {
    outcome.failure = describe_failure(seed, broken.what());
  }
  for (const std::string& line : simulation.trace().lines) fmt::print("{}\n", line);
  outcome.trace_hash = simulation.trace().hash;
  outcome.tally = simulation.tally();
  return outcome;
}

std::optional<std::uint64_t> seed_to_replay() {
  const char* text = std::getenv("MARQUEE_SIM_SEED");  // NOLINT(concurrency-mt-unsafe)
  if (text == nullptr) return std::nullopt;
  return std::strtoull(text, nullptr, 10);
}

}  // namespace marquee::sim
