// Goal: whatever the seed does to process, store, clock and clients, what is shown, stored and
// recommended is what the events say; and a seed that fails can be seen again.
#include "sim/simulation.h"

#include <gtest/gtest.h>

#include "sim/seed_runner.h"

namespace marquee::sim {
namespace {

constexpr std::uint64_t kSeeds = 150;  // ./dev simulate runs more

TEST(Simulation, KeepsEveryPromiseForEverySeed) {
  Tally sum;
  for (std::uint64_t seed = 1; seed <= kSeeds; ++seed) {
    const SeedOutcome outcome = run_seed(seed_to_replay().value_or(seed));
    ASSERT_FALSE(outcome.failure) << *outcome.failure;
    sum.crashes += outcome.tally.crashes;
    sum.stale_processes += outcome.tally.stale_processes;
    sum.hits += outcome.tally.hits;
    if (seed_to_replay()) return;
  }
  EXPECT_GT(sum.crashes, kSeeds) << "the simulation is tamer than it should be";
  EXPECT_GT(sum.stale_processes, kSeeds / 20);
  EXPECT_GT(sum.hits, kSeeds);
}

TEST(Simulation, SameSeedGivesTheSameTrace) {
  std::set<std::uint64_t> different;
  for (std::uint64_t seed = 1; seed <= 40; ++seed) {
    const SeedOutcome first = run_seed(seed);
    ASSERT_EQ(first.trace_hash, run_seed(seed).trace_hash) << "seed " << seed;
    different.insert(first.trace_hash);
  }
  EXPECT_EQ(different.size(), 40);
}

TEST(Simulation, FailureNamesTheSeedAndTheCommandThatShowsItAgain) {
  const std::string told = describe_failure(17, "a promise");
  EXPECT_NE(told.find("a promise"), std::string::npos) << told;
  EXPECT_NE(told.find("MARQUEE_SIM_SEED=17 ./dev simulate"), std::string::npos) << told;
}

}  // namespace
}  // namespace marquee::sim
