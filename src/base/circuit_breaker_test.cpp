#include "base/circuit_breaker.h"

#include <atomic>
#include <thread>
#include <vector>

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "testing/manual_clock.h"

namespace marquee {
namespace {

using std::chrono::milliseconds;
using testing::ManualClock;
using State = CircuitBreaker::State;

CircuitBreaker::Options options() {
  CircuitBreaker::Options options;
  options.failures_to_open = 3;
  options.backoff_min = milliseconds(100);
  options.backoff_max = milliseconds(1'000);
  return options;
}

class Breaker : public ::testing::Test {
 protected:
  void fail(int times) {
    for (int i = 0; i < times; ++i) breaker_.acquire()->failed();
  }
  /// The probe that is due, after the longest back-off there is.
  CircuitBreaker::Permit probe() {
    clock_.advance(options().backoff_max);
    return std::move(breaker_.acquire()).value();
  }

  ManualClock clock_;
  CircuitBreaker breaker_{clock_, options()};
};

TEST_F(Breaker, OpensAfterSoManyFailuresInARow) {
  fail(2);
  EXPECT_EQ(breaker_.state(), State::kClosed);
  breaker_.acquire()->succeeded();
  fail(2);
  EXPECT_EQ(breaker_.state(), State::kClosed) << "a success begins the count anew";
  fail(1);
  EXPECT_EQ(breaker_.state(), State::kOpen);
  EXPECT_FALSE(breaker_.acquire());
  EXPECT_FALSE(breaker_.acquire_unless_open());
  EXPECT_EQ(breaker_.opened(), 1U);
}

TEST_F(Breaker, OpensAtOnceWhenTheDependencyRefuses) {
  breaker_.acquire()->refused();
  EXPECT_EQ(breaker_.state(), State::kOpen);
}

TEST_F(Breaker, LetsOneProbeThroughAndClosesWhenItSucceeds) {
  fail(3);
  clock_.advance(milliseconds(49));
  EXPECT_FALSE(breaker_.acquire()) << "not before half of the back-off";
  clock_.advance(milliseconds(51));
  EXPECT_FALSE(breaker_.acquire_unless_open()) << "who does not probe waits for the close";
  auto probe = breaker_.acquire();
  ASSERT_TRUE(probe);
  EXPECT_EQ(breaker_.state(), State::kHalfOpen);
  EXPECT_FALSE(breaker_.acquire()) << "one at a time";
  probe->succeeded();
  EXPECT_EQ(breaker_.state(), State::kClosed);
  EXPECT_TRUE(breaker_.acquire_unless_open());
}

TEST_F(Breaker, WaitsTwiceAsLongAfterEveryFailedProbeUpToTheBound) {
  fail(3);
  for (const int backoff_ms : {100, 200, 400, 800, 1'000, 1'000}) {
    const auto wait = breaker_.until_probe();
    EXPECT_GE(wait, milliseconds(backoff_ms / 2));
    EXPECT_LE(wait, milliseconds(backoff_ms));
    clock_.advance(wait);
    EXPECT_EQ(breaker_.until_probe(), milliseconds(0));
    breaker_.acquire()->failed();
  }
  probe().succeeded();
  fail(3);
  EXPECT_LE(breaker_.until_probe(), milliseconds(100)) << "a success forgets the past";
}

TEST_F(Breaker, LetsTheNextProbeWhenOneWasNotMade) {
  fail(3);
  {
    const auto unused = probe();
  }
  EXPECT_EQ(breaker_.state(), State::kOpen);
  EXPECT_TRUE(breaker_.acquire()) << "at once: nothing was learnt";
}

TEST_F(Breaker, DoesNotListenToCallsFromBeforeAChange) {
  auto slow_success = breaker_.acquire();
  auto slow_failure = breaker_.acquire();
  fail(3);
  slow_success->succeeded();
  EXPECT_EQ(breaker_.state(), State::kOpen) << "an old success does not close";
  auto current = probe();
  slow_failure->failed();
  EXPECT_EQ(breaker_.state(), State::kHalfOpen) << "an old failure is not the probe's";
  current.succeeded();
  EXPECT_EQ(breaker_.state(), State::kClosed);
}

TEST_F(Breaker, CountsAPermitOnceHoweverOftenItIsToldAndMoved) {
  auto permit = breaker_.acquire();
  permit->failed();
  permit->failed();
  permit->failed();
  EXPECT_EQ(breaker_.state(), State::kClosed);
  auto first = breaker_.acquire();
  CircuitBreaker::Permit second(std::move(*first));
  first->refused();  // NOLINT(bugprone-use-after-move): that it says nothing is the point
  EXPECT_EQ(breaker_.state(), State::kClosed);
  second.refused();
  EXPECT_EQ(breaker_.state(), State::kOpen);
}

TEST_F(Breaker, TellsSinceWhen) {
  clock_.advance(milliseconds(700));
  fail(3);
  const auto opened = clock_.steady();
  clock_.advance(milliseconds(10));
  EXPECT_EQ(breaker_.since(), opened);
  EXPECT_EQ(to_string(breaker_.state()), "open");
}

/// Against a model in the words of the header, under any order of what can happen.
RC_GTEST_PROP(CircuitBreakerProperty, BehavesAsItsCommentSays,
              (const std::vector<std::uint8_t>& steps)) {
  ManualClock clock;
  CircuitBreaker breaker(clock, options());
  State expected = State::kClosed;
  int failures = 0;
  for (const std::uint8_t step : steps) {
    if (step % 5 == 4) {
      clock.advance(milliseconds(step * 10));
      continue;
    }
    const bool due = breaker.until_probe() == milliseconds(0);
    auto permit = breaker.acquire();
    RC_ASSERT(permit.has_value() == (expected == State::kClosed || due));
    if (!permit) continue;
    const bool probing = expected == State::kOpen;
    RC_ASSERT(breaker.state() == (probing ? State::kHalfOpen : State::kClosed));
    switch (step % 5) {
      case 0:
        permit->succeeded();
        failures = 0;
        expected = State::kClosed;
        break;
      case 1:
        permit->failed();
        if (probing || ++failures >= 3) expected = State::kOpen;
        break;
      case 2:
        permit->refused();
        expected = State::kOpen;
        break;
      default:
        permit.reset();
    }
    if (expected == State::kOpen) failures = 0;
    RC_ASSERT(breaker.state() == expected);
  }
}

TEST(CircuitBreakerThreads, GiveOneProbeAtATime) {
  ManualClock clock;
  CircuitBreaker breaker(clock, options());
  breaker.acquire()->refused();
  std::atomic<int> probing = 0;
  std::atomic<int> probes = 0;
  std::atomic<bool> overlapped = false;
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&] {
      for (int i = 0; i < 2'000; ++i) {
        clock.advance(milliseconds(50));
        auto permit = breaker.acquire();
        if (!permit) continue;
        if (++probing > 1) overlapped = true;
        ++probes;
        --probing;
        permit->failed();
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_FALSE(overlapped);
  EXPECT_GT(probes, 0);
}

}  // namespace
}  // namespace marquee
