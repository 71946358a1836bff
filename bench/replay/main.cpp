// How much real time is worth: real ratings replayed event by event through the product's own fold
// and cascade, each predicted just before it happens.
//
//     marquee_bench_replay DATASET      DATASET as for marquee import, or $MARQUEE_DATASET

#include <cstdlib>
#include <string>
#include <thread>
#include <vector>

#include <fmt/format.h>

#include "bench/replay/live_weights.h"
#include "bench/replay/world.h"

namespace marquee::bench {
namespace {

using Variant = World::Variant;

Variant with_weights(std::string name, serving::LiveWeights weights, double batch_weight,
                     bool nightly_lists = true) {
  Variant variant;
  variant.name = std::move(name);
  variant.options.live = weights;
  variant.options.batch_weight = batch_weight;
  variant.nightly_lists = nightly_lists;
  return variant;
}

Variant late(Variant variant, std::string name, std::int64_t lag_ms) {
  variant.name = std::move(name);
  variant.lag_ms = lag_ms;
  return variant;
}

std::vector<Variant> variants(const serving::LiveWeights& shipped, double batch_weight) {
  Variant popular = with_weights("popular, as it stands", shipped, 1);
  popular.model = false;
  Variant slow = popular;
  slow.name = "popular, half-life 20,000 ev.";
  slow.options.popularity = {3'300, 0};
  Variant nightly = with_weights("nightly lists only", shipped, 1);
  nightly.lag_ms.reset();
  Variant refreshed = with_weights("nightly, every midnight", {1, 0, 0}, 0, false);
  refreshed.every_midnight = true;
  refreshed.options.history.decay = 1;  // as training would
  Variant live = with_weights("live tier alone", shipped, 0, false);
  const Variant blend = with_weights("70 % nightly, 30 % live", shipped, batch_weight);
  return {nightly,
          popular,
          refreshed,
          slow,
          with_weights("live: factors", {1, 0, 0}, 0, false),
          with_weights("live: neighbours", {0, 1, 0}, 0, false),
          with_weights("live: transitions", {0, 0, 1}, 0, false),
          live,
          blend,
          late(live, "live tier, 5 s late", 5'000),
          late(live, "live tier, 60 s late", 60'000),
          late(live, "live tier, 1 h late", 3'600'000)};
}

void print(const Variant& variant, const Quality& quality, double nightly) {
  const double ratio = nightly > 0 ? quality.ndcg_at_10 / nightly : 0;
  fmt::print("{:<28} {:>8.4f} {:>8.4f} {:>8.4f}  {:>5.2f}\n", variant.name, quality.ndcg_at_10,
             quality.hit_at_10, quality.hit_at_50, ratio);
}

Result<void> run(const std::string& directory) {
  MARQUEE_TRY(const Replay replay, read_replay(directory));
  MARQUEE_TRY(const auto world, World::make(replay, std::thread::hardware_concurrency()));
  fmt::print(
      "{} events of {} films; model of the first {}; weights from the next {}; measured on "
      "the last {}\n\n",
      replay.events.size(), replay.movies.size(), replay.tune_begin,
      replay.test_begin - replay.tune_begin, replay.events.size() - replay.test_begin);
  const serving::RecommendationService::Options shipped;
  fmt::print("{:<28} {:>8} {:>8} {:>8}  {:>5}\n", "test window", "NDCG@10", "HR@10", "HR@50",
             "ratio");
  double nightly = 0;
  for (const Variant& variant : variants(shipped.live, shipped.batch_weight)) {
    const Quality quality =
        world->replay(variant, replay.tune_begin, replay.test_begin, replay.events.size());
    if (nightly == 0) nightly = quality.ndcg_at_10;
    print(variant, quality, nightly);
  }
  fmt::print(
      "\nwanted (design, section 8): 70/30 at least 1.6 times nightly, the learnt blend "
      "1.75; ratio is to the nightly lists\n");
  print_best_weights(*world);
  return {};
}

}  // namespace
}  // namespace marquee::bench

int main(int count, char** arguments) {
  const char* dataset = count > 1 ? arguments[1] : std::getenv("MARQUEE_DATASET");
  if (dataset == nullptr) {
    fmt::print(stderr, "usage: marquee_bench_replay DATASET\n");
    return 2;
  }
  const auto done = marquee::bench::run(dataset);
  if (!done.ok()) fmt::print(stderr, "{}\n", done.error().message);
  return done.ok() ? 0 : 1;
}
