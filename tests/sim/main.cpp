// marquee_simulate [--seeds N] [--from S]: runs seeds until one breaks a promise.
// With MARQUEE_SIM_SEED=S: that one alone, step by step.
#include <chrono>
#include <cstdlib>
#include <string_view>

#include <fmt/format.h>

#include "sim/seed_runner.h"

namespace marquee::sim {
namespace {

constexpr std::uint64_t kSeeds = 20'000;

void add(Tally& sum, const Tally& one) {
  sum.events += one.events;
  sum.steps += one.steps;
  sum.crashes += one.crashes;
  sum.stale_processes += one.stale_processes;
  sum.lists += one.lists;
  sum.hits += one.hits;
}

int replay(std::uint64_t seed) {
  const SeedOutcome outcome = run_seed(seed, true);
  fmt::print("{}\ntrace {:016x}\n", outcome.failure.value_or("nothing was broken"),
             outcome.trace_hash);
  return outcome.failure ? 1 : 0;
}

int run_many(std::uint64_t from, std::uint64_t seeds) {
  const auto begin = std::chrono::steady_clock::now();
  Tally sum;
  std::uint64_t traces = 0;
  for (std::uint64_t seed = from; seed < from + seeds; ++seed) {
    const SeedOutcome outcome = run_seed(seed);
    add(sum, outcome.tally);
    traces = Rng(traces ^ outcome.trace_hash).next();
    if (!outcome.failure) continue;
    fmt::print("{}\n", *outcome.failure);
    return 1;
  }
  const std::chrono::duration<double> took = std::chrono::steady_clock::now() - begin;
  fmt::print(
      "seeds {} to {} in {:.1f} s: {} events, {} steps, {} crashes, {} stale processes, {} lists "
      "({} from L1); nothing was broken\ntraces {:016x}\n",
      from, from + seeds - 1, took.count(), sum.events, sum.steps, sum.crashes, sum.stale_processes,
      sum.lists, sum.hits, traces);
  return 0;
}

}  // namespace
}  // namespace marquee::sim

int main(int argc, char** argv) {
  std::uint64_t from = 1;
  std::uint64_t seeds = marquee::sim::kSeeds;
  for (int i = 1; i < argc; ++i) {
    const std::string_view option = argv[i];
    if (i + 1 < argc && option == "--seeds") {
      seeds = std::strtoull(argv[++i], nullptr, 10);
    } else if (i + 1 < argc && option == "--from") {
      from = std::strtoull(argv[++i], nullptr, 10);
    } else {
      fmt::print(stderr, "usage: marquee_simulate [--seeds N] [--from S]\n");
      return 2;
    }
  }
  if (const auto seed = marquee::sim::seed_to_replay()) return marquee::sim::replay(*seed);
  return marquee::sim::run_many(from, seeds);
}
