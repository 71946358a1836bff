#include "app/cache.h"

#include <chrono>
#include <utility>

#include "adapters/embedded/ttl_cache.h"
#include "adapters/redis/redis_cache.h"
#include "base/service_uri.h"

namespace marquee::app {
namespace {

Cache in_process(const Settings& settings, const Clock& clock) {
  embedded::TtlCache::Options options;
  options.bytes_max = static_cast<std::size_t>(settings.serving_cache_bytes_max);
  options.ttl = std::chrono::seconds(settings.serving_cache_ttl_s);
  return {std::make_unique<embedded::TtlCache>(clock, options), [] { return Result<void>(); },
          false};
}

}  // namespace

Result<Cache> Cache::open(const Settings& settings, MovieTable& movies, const Clock& clock,
                          telemetry::Metrics& metrics) {
  if (!settings.cache.starts_with("redis:")) return in_process(settings, clock);
  MARQUEE_TRY(const ServiceUri uri, ServiceUri::parse(settings.cache));
  MARQUEE_TRY(auto address, redis::RedisAddress::from(uri));
  redis::RedisCache::Options options;
  options.ttl = std::chrono::seconds(settings.serving_cache_ttl_s);
  auto lists = std::make_unique<redis::RedisCache>(std::move(address), movies, clock, options);
  lists->report_to(metrics);
  auto health = [redis = lists.get()] { return redis->health(); };
  return Cache{std::move(lists), std::move(health), true};
}

}  // namespace marquee::app
