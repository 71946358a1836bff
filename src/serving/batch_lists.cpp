#include "serving/batch_lists.h"

#include <utility>

namespace marquee::serving {
namespace {

telemetry::Counter& answers(telemetry::Metrics& metrics, const char* from) {
  return metrics.counter("marquee_batch_lists_total",
                         "Lists of the batch layer that a blend took in, kept here or read",
                         {{"from", from}});
}

}  // namespace

BatchLists::BatchLists(const FeedStore& feed, const MovieTable& movies, const Clock& clock,
                       telemetry::Metrics& metrics, std::size_t kept_max)
    : feed_(feed),
      movies_(movies),
      clock_(clock),
      half_max_((kept_max + 2 * kShards - 1) / (2 * kShards)),
      kept_(answers(metrics, "kept")),
      read_(answers(metrics, "store")) {}

Result<BatchLists::List> BatchLists::find(const ModelVersion& generation,
                                          const UserId& user) const {
  if (List list = kept(generation, user)) {
    kept_.add();
    return list;
  }
  const auto read_at = clock_.steady();
  MARQUEE_TRY(const auto stored, feed_.find(generation, user));
  read_.add();
  std::vector<Candidate> films;
  films.reserve(stored.size());
  for (const ScoredMovie& film : stored) {
    const auto key = movies_.find(film.movie_id.value());
    if (key) films.push_back({*key, film.score});
  }
  const bool is_whole = films.size() == stored.size();  // else a film may become known
  auto list = std::make_shared<const std::vector<Candidate>>(std::move(films));
  if (is_whole && half_max_ > 0) keep(user, {generation, list, read_at});
  return List(std::move(list));
}

BatchLists::Shard& BatchLists::shard_of(const UserId& user) const {
  return shards_[std::hash<UserId>{}(user) / 7 % kShards];  // not the bits the maps inside use
}

/// Null when there is none, or none that does.
BatchLists::List BatchLists::kept(const ModelVersion& generation, const UserId& user) const {
  if (half_max_ == 0) return nullptr;
  Shard& shard = shard_of(user);
  const std::lock_guard lock(shard.mutex);
  auto found = shard.recent.find(user);
  if (found == shard.recent.end()) {
    auto earlier = shard.earlier.extract(user);
    if (earlier.empty()) return nullptr;
    if (shard.recent.size() >= half_max_) shard.earlier = std::exchange(shard.recent, {});
    found = shard.recent.insert(std::move(earlier)).position;
  }
  const Kept& there = found->second;
  const bool does = there.generation == generation && clock_.steady() - there.read_at < kLife;
  return does ? there.list : nullptr;
}

void BatchLists::keep(const UserId& user, Kept list) const {
  Shard& shard = shard_of(user);
  const std::lock_guard lock(shard.mutex);
  const bool is_full = shard.recent.size() >= half_max_ && !shard.recent.contains(user);
  if (is_full) shard.earlier = std::exchange(shard.recent, {});
  shard.recent.insert_or_assign(user, std::move(list));
}

}  // namespace marquee::serving
