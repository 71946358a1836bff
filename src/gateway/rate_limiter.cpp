#include "gateway/rate_limiter.h"

#include <algorithm>
#include <span>

#include "base/hash.h"

namespace marquee::gateway {

RateLimiter::RateLimiter(const Gcra& limit, std::size_t sets)
    : limit_(limit), set_mask_(sets - 1), sets_(std::make_unique<Set[]>(sets)) {}

Gcra::Decision RateLimiter::ask(std::uint64_t client, std::int64_t now) {
  const std::uint64_t hash = keyed_hash(std::as_bytes(std::span(&client, 1)));
  const std::size_t index = hash & set_mask_;
  Set& set = sets_[index];
  const std::lock_guard lock(shards_[index % kShards].mutex);
  auto place = std::find_if(set.begin(), set.end(),
                            [client](const Place& each) { return each.client == client; });
  if (place == set.end()) {
    // Free places have the smallest time of all.
    place = std::min_element(set.begin(), set.end(),
                             [](const Place& a, const Place& b) { return a.tat < b.tat; });
    *place = {client, now};
  }
  const Gcra::Decision decision = limit_.ask(place->tat, now);
  place->tat = decision.tat;
  return decision;
}

}  // namespace marquee::gateway
