#include "domain/recommendation.h"

#include <gtest/gtest.h>

namespace marquee {
namespace {

TEST(Source, HasTheNamesOfTheInterface) {
  EXPECT_EQ(to_string(Source::kRedisCache), "redis_cache");
  EXPECT_EQ(to_string(Source::kMemoryCache), "memory_cache");
  EXPECT_EQ(to_string(Source::kHybrid), "hybrid");
  EXPECT_EQ(to_string(Source::kRealtime), "realtime");
  EXPECT_EQ(to_string(Source::kBatch), "batch");
  EXPECT_EQ(to_string(Source::kPopular), "popular");
}

}  // namespace
}  // namespace marquee
