#include "adapters/redis/redis_cache_metrics.h"

#include <iterator>
#include <string>

namespace marquee::redis {
namespace {

struct CounterRow {
  const char* name;
  const char* result;
  std::uint64_t RedisCacheCounts::* count;
};

constexpr CounterRow kCounters[] = {
    {"finds", "near_hit", &RedisCacheCounts::near_hits},
    {"finds", "hit", &RedisCacheCounts::hits},
    {"finds", "miss", &RedisCacheCounts::misses},
    {"finds", "unanswered", &RedisCacheCounts::unanswered},
    {"fills", "stored", &RedisCacheCounts::fills},
    {"fills", "dropped", &RedisCacheCounts::fills_dropped},
    {"bumps", "confirmed", &RedisCacheCounts::bumps},
    {"errors", "timeout", &RedisCacheCounts::timeouts},
    {"errors", "no_connection", &RedisCacheCounts::unconnected},
    {"errors", "failure", &RedisCacheCounts::failures},
    {"errors", "damaged_list", &RedisCacheCounts::damaged},
    {"errors", "gap", &RedisCacheCounts::gaps},
    {"near_copies", "kept_out", &RedisCacheCounts::near_kept_out},
    {"near_copies", "invalidated", &RedisCacheCounts::near_invalidations},
    {"errors", "near_feed_lost", &RedisCacheCounts::near_losses},
    {"errors", "breaker_opened", &RedisCacheCounts::breaker_opened},
};

}  // namespace

RedisCacheMetrics::RedisCacheMetrics(telemetry::Metrics& metrics)
    : up_(metrics.gauge("marquee_redis_cache_up",
                        "1 while the cache in Redis is used, 0 while it is left alone")),
      breaker_(metrics.gauge("marquee_redis_cache_breaker_state",
                             "0 closed, 1 open, 2 half open: one call probes Redis")),
      until_probe_(metrics.gauge("marquee_redis_cache_breaker_backoff_seconds",
                                 "Until Redis is probed; 0 unless the breaker is open")),
      kept_bumps_(metrics.gauge("marquee_redis_cache_kept_bumps",
                                "Versions of viewers that Redis has not confirmed yet")),
      connections_(metrics.gauge("marquee_redis_cache_connections_in_use",
                                 "Connections to Redis with a question under way")),
      connections_open_(
          metrics.gauge("marquee_redis_cache_connections_open", "Connections to Redis now")),
      connections_max_(
          metrics.gauge("marquee_redis_cache_connections_max", "Connections to Redis at most")),
      near_up_(metrics.gauge("marquee_redis_cache_near_up",
                             "1 while copies of lists in this process are used, else 0")),
      near_lists_(metrics.gauge("marquee_redis_cache_near_lists",
                                "Copies in this process of lists in Redis")),
      near_bytes_(metrics.gauge("marquee_redis_cache_near_bytes", "What these copies take")),
      counters_{} {
  static_assert(std::size(kCounters) == std::tuple_size_v<decltype(counters_)>);
  for (std::size_t i = 0; i < counters_.size(); ++i) {
    counters_[i] =
        &metrics.counter("marquee_redis_cache_" + std::string(kCounters[i].name) + "_total",
                         std::string("What the cache in Redis did: ") + kCounters[i].name,
                         {{"result", kCounters[i].result}});
  }
}

void RedisCacheMetrics::show(const RedisCacheCounts& now) {
  up_.set(now.breaker == CircuitBreaker::State::kClosed ? 1 : 0);
  breaker_.set(static_cast<double>(now.breaker));
  until_probe_.set(std::chrono::duration<double>(now.until_probe).count());
  kept_bumps_.set(static_cast<double>(now.kept_bumps));
  connections_.set(static_cast<double>(now.connections));
  connections_open_.set(static_cast<double>(now.connections_open));
  connections_max_.set(static_cast<double>(now.connections_max));
  near_up_.set(now.near_up ? 1 : 0);
  near_lists_.set(static_cast<double>(now.near_lists));
  near_bytes_.set(static_cast<double>(now.near_bytes));
  for (std::size_t i = 0; i < counters_.size(); ++i) {
    const auto count = kCounters[i].count;
    counters_[i]->add(static_cast<double>(now.*count - shown_.*count));
  }
  shown_ = now;
}

}  // namespace marquee::redis
