#include "domain/recommendation.h"

namespace marquee {

std::string_view to_string(Source source) {
  switch (source) {
    case Source::kRedisCache:
      return "redis_cache";
    case Source::kMemoryCache:
      return "memory_cache";
    case Source::kHybrid:
      return "hybrid";
    case Source::kRealtime:
      return "realtime";
    case Source::kBatch:
      return "batch";
    case Source::kPopular:
      return "popular";
  }
  return "popular";
}

}  // namespace marquee
