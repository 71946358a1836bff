// How indices are dealt out, for any shape of work.
#include <algorithm>
#include <atomic>
#include <mutex>
#include <numeric>
#include <set>
#include <thread>
#include <vector>

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "base/parallel_for.h"

namespace marquee {
namespace {

struct Visit {
  std::size_t worker;
  std::size_t index;
};

/// Every visit, in the order in which the workers reported them.
std::vector<Visit> visits(std::size_t workers, std::size_t count, std::size_t grain) {
  std::mutex mutex;
  std::vector<Visit> all;
  parallel_for(workers, count, grain, [&](std::size_t worker, std::size_t index) {
    const std::lock_guard lock(mutex);
    all.push_back({worker, index});
  });
  return all;
}

RC_GTEST_PROP(ParallelForProperty, EveryIndexIsVisitedOnceByAWorkerThatExists,
              (std::uint8_t workers, std::uint16_t count, std::uint8_t grain)) {
  const std::size_t w = 1 + workers % 5, n = count % 300, g = 1 + grain % 40;
  std::vector<int> seen(n);
  for (const Visit& visit : visits(w, n, g)) {
    RC_ASSERT(visit.worker < w);
    ++seen[visit.index];
  }
  RC_ASSERT(std::all_of(seen.begin(), seen.end(), [](int times) { return times == 1; }));
}

RC_GTEST_PROP(ParallelForProperty, AWorkerGetsItsBlocksInAscendingOrder,
              (std::uint8_t workers, std::uint8_t count, std::uint8_t grain)) {
  const std::size_t w = 1 + workers % 4;
  std::vector<std::size_t> last(w);
  std::vector<bool> began(w);
  for (const Visit& visit : visits(w, count, 1 + grain % 9)) {
    RC_ASSERT(!began[visit.worker] || last[visit.worker] < visit.index);
    began[visit.worker] = true;
    last[visit.worker] = visit.index;
  }
}

TEST(ParallelForShape, TheLongestWorkMayComeFirstSinceTheFirstBlockIsDealtFirst) {
  const auto all = visits(1, 10, 3);
  for (std::size_t i = 0; i < all.size(); ++i) EXPECT_EQ(all[i].index, i);
}

TEST(ParallelForShape, ABlockIsNeverSplitBetweenWorkers) {
  constexpr std::size_t kGrain = 7;
  std::vector<std::set<std::size_t>> workers_of_block(100 / kGrain + 1);
  for (const Visit& visit : visits(4, 100, kGrain)) {
    workers_of_block[visit.index / kGrain].insert(visit.worker);
  }
  for (const auto& workers : workers_of_block) EXPECT_EQ(workers.size(), 1U);
}

TEST(ParallelForShape, OneBlockOfWorkStaysOnTheCallersThread) {
  std::set<std::thread::id> threads;
  parallel_for(8, 5, 100,
               [&](std::size_t, std::size_t) { threads.insert(std::this_thread::get_id()); });
  EXPECT_EQ(threads, std::set{std::this_thread::get_id()});
}

TEST(ParallelForShape, NoMoreWorkersThanBlocksAreStarted) {
  for (const Visit& visit : visits(64, 10, 4)) EXPECT_LT(visit.worker, 3U);
}

TEST(ParallelForShape, NoWorkNeverCallsTheBody) {
  parallel_for(4, 0, 1, [](std::size_t, std::size_t) { FAIL(); });
}

/// Without a lock or an atomic: TSan would see it if the end of the workers were not waited for.
TEST(ParallelForShape, WhatTheWorkersWroteIsThereWhenItReturns) {
  std::vector<std::uint64_t> squares(10'000);
  parallel_for(4, squares.size(), 16,
               [&](std::size_t, std::size_t index) { squares[index] = index * index; });
  for (std::size_t i = 0; i < squares.size(); ++i) ASSERT_EQ(squares[i], i * i);
}

/// The documented use: each worker sums in a place of its own.
TEST(ParallelForShape, AWorkerMayKeepWhatIsItsOwn) {
  std::vector<std::uint64_t> sums(3);
  parallel_for(3, 1'000, 10, [&](std::size_t worker, std::size_t index) { sums[worker] += index; });
  EXPECT_EQ(std::accumulate(sums.begin(), sums.end(), std::uint64_t{0}), 499'500U);
}

TEST(ParallelForShape, MayBeUsedInsideItsOwnBody) {
  std::atomic<int> visits = 0;
  parallel_for(2, 4, 1, [&](std::size_t, std::size_t) {
    parallel_for(2, 5, 1, [&](std::size_t, std::size_t) { ++visits; });
  });
  EXPECT_EQ(visits, 20);
}

}  // namespace
}  // namespace marquee
