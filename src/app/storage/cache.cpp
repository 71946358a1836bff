#include "app/storage/cache.h"

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
  Cache cache;
  cache.lists = std::make_unique<embedded::TtlCache>(clock, options);
  cache.health = [] { return Result<void>(); };
  return cache;
}

}  // namespace

Result<Cache> Cache::open(const Settings& settings, MovieTable& movies, const Clock& clock,
                          telemetry::Metrics& metrics) {
  if (!settings.cache.starts_with("redis")) return in_process(settings, clock);
  MARQUEE_TRY(const ServiceUri uri, ServiceUri::parse(settings.cache));
  MARQUEE_TRY(auto address, redis::RedisAddress::from(uri));
  redis::RedisCache::Options options;
  options.ttl = std::chrono::seconds(settings.serving_cache_ttl_s);
  options.near_bytes_max = static_cast<std::size_t>(settings.serving_near_cache_bytes_max);
  auto lists = std::make_unique<redis::RedisCache>(std::move(address), movies, clock, options);
  lists->report_to(metrics);
  Cache cache;
  cache.health = [redis = lists.get()] { return redis->health(); };
  cache.near_health = [redis = lists.get()] { return redis->near_health(); };
  cache.lists = std::move(lists);
  cache.is_shared = true;
  return cache;
}

}  // namespace marquee::app
