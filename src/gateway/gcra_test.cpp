// The limit against its definition, counted slowly: in every span of time that ends now, at most
// burst + span / interval requests.

#include "gateway/gcra.h"

#include <vector>

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

namespace marquee::gateway {
namespace {

constexpr std::int64_t kSecond = 1'000'000'000;

/// Keeps every request that has passed.
class SlowLimit {
 public:
  explicit SlowLimit(const Gcra& limit) : limit_(limit) {}

  bool ask(std::int64_t now) {
    if (count_at(now) <= 0) return false;
    passed_.push_back(now);
    return true;
  }
  /// How many more would pass at once.
  std::int64_t count_at(std::int64_t now) const {
    std::int64_t least = limit_.burst;
    for (std::size_t i = 0; i < passed_.size(); ++i) {
      const auto since = static_cast<std::int64_t>(passed_.size() - i);
      least = std::min(least, limit_.burst + (now - passed_[i]) / limit_.interval - since);
    }
    return least;
  }

 private:
  const Gcra limit_;
  std::vector<std::int64_t> passed_;
};

TEST(Gcra, LetsTheBurstThroughAtOnceAndNoMore) {
  const Gcra limit = Gcra::per_minute(100);
  std::int64_t tat = 0;
  for (int i = 0; i < 100; ++i) {
    const auto decision = limit.ask(tat, kSecond);
    ASSERT_TRUE(decision.passes) << i;
    EXPECT_EQ(decision.remaining, 99 - i);
    tat = decision.tat;
  }
  const auto refused = limit.ask(tat, kSecond);
  EXPECT_FALSE(refused.passes);
  EXPECT_EQ(refused.tat, tat) << "a refusal costs nothing";
  EXPECT_EQ(refused.wait, 600'000'000);
  EXPECT_EQ(refused.full, 60 * kSecond);
}

TEST(Gcra, HasNoWindowWhoseEdgeGivesTwice) {
  const Gcra limit = Gcra::per_minute(100);
  std::int64_t tat = 0;
  int passed = 0;
  for (int i = 0; i < 1'000; ++i) {  // a hundred at 59.9 s, the rest at 60.1 s
    const auto decision = limit.ask(tat, i < 100 ? 59'900'000'000 : 60'100'000'000);
    tat = decision.tat;
    passed += decision.passes ? 1 : 0;
  }
  EXPECT_EQ(passed, 100);
}

RC_GTEST_PROP(Gcra, AgreesWithTheDefinition, ()) {
  const Gcra limit{*rc::gen::inRange<std::int64_t>(1, 20), *rc::gen::inRange<std::int64_t>(1, 6)};
  const auto gaps = *rc::gen::container<std::vector<int>>(rc::gen::inRange(0, 40));
  SlowLimit slow(limit);
  std::int64_t tat = 0;
  std::int64_t now = 1'000;
  for (const int gap : gaps) {
    now += gap % 3 == 0 ? 0 : gap;
    const auto decision = limit.ask(tat, now);
    RC_ASSERT(decision.passes == slow.ask(now));
    RC_ASSERT(decision.remaining == slow.count_at(now));
    tat = decision.tat;
  }
}

RC_GTEST_PROP(Gcra, TellsExactlyWhenTheNextPasses, ()) {
  const Gcra limit{*rc::gen::inRange<std::int64_t>(2, 50), *rc::gen::inRange<std::int64_t>(1, 9)};
  std::int64_t tat = 0;
  std::int64_t now = 1'000;
  for (const int gap : *rc::gen::container<std::vector<int>>(rc::gen::inRange(0, 30))) {
    const auto decision = limit.ask(tat, now += gap);
    tat = decision.tat;
    RC_ASSERT(limit.ask(tat, now + decision.wait).passes);
    RC_ASSERT(decision.wait == 0 || !limit.ask(tat, now + decision.wait - 1).passes);
    RC_ASSERT(limit.ask(tat, now + decision.full).remaining == limit.burst - 1);
  }
}

}  // namespace
}  // namespace marquee::gateway
