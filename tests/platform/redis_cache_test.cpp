// The cache in Redis passes the contract of its port on a real server.
#include "adapters/redis/redis_cache.h"

#include "adapters/redis/redis_address.h"
#include "base/service_uri.h"
#include "platform/environment.h"
#include "ports/contract/recommendation_cache_contract.h"

namespace marquee::testing {
namespace {

redis::RedisAddress shared_redis() {
  const auto uri = ServiceUri::parse(stack_variable("STACK_REDIS_URL"));
  if (!uri.ok()) return {};
  return redis::RedisAddress::from(*uri).value();
}

/// What a loaded machine needs; how quickly a cache gives up is not what these tests are about.
redis::RedisCache::Options options_with(const std::string& prefix) {
  redis::RedisCache::Options options;
  options.prefix = "recs:" + prefix + ":";
  options.call_budget = std::chrono::milliseconds(5'000);
  options.background_budget = std::chrono::milliseconds(5'000);
  options.slow_fill_max = std::chrono::milliseconds(0);
  return options;
}

class Redis {
 public:
  Redis() {
    for (int i = 0; i < 200; ++i) movies_.intern(MovieId("m" + std::to_string(i)));
  }
  RecommendationCache& store() { return cache_; }

 private:
  SystemClock clock_;
  MovieTable movies_;
  redis::RedisCache cache_{shared_redis(), movies_, clock_, options_with(unique_name())};
};

}  // namespace

INSTANTIATE_TYPED_TEST_SUITE_P(Redis, RecommendationCacheContract, Redis);

}  // namespace marquee::testing
