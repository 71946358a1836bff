// Fails the first, the second, the third … allocation of an append, of a step of the fold and of
// the threads that do them: nothing crashes, nothing is half stored, nothing is lost silently, and
// the program goes on or says that it does not.
#include <chrono>
#include <filesystem>
#include <functional>
#include <future>
#include <memory>
#include <new>
#include <string>
#include <thread>

#include <gtest/gtest.h>

#include "adapters/embedded/event_log/segment_log.h"
#include "adapters/embedded/files/simulated_disk.h"
#include "adapters/embedded/sqlite/fold_reference_for_test.h"
#include "http/raw_client_for_test.h"
#include "http/router.h"
#include "http/server.h"
#include "nth_failure/failing_allocations.h"
#include "speed/fold_processor.h"
#include "testing/manual_clock.h"
#include "testing/temporary_directory.h"

namespace marquee::embedded {
namespace {

using marquee::testing::EventBuilder;
using marquee::testing::FailingAllocation;
using Where = FailingAllocation::Where;
using Outcome = Result<std::vector<AppendOutcome>>;

/// Runs `work`, during which the n-th allocation fails, for n = 1, 2, 3 … until none did. `work`
/// answers to std::bad_alloc itself.
void for_every_allocation(const std::function<void(std::uint64_t n)>& work,
                          std::uint64_t allocations_min) {
  bool reached = true;
  std::uint64_t n = 1;
  for (; reached; ++n) {
    SCOPED_TRACE(::testing::Message() << "allocation " << n);
    work(n);
    reached = FailingAllocation::reached();
    if (::testing::Test::HasFailure()) return;
  }
  EXPECT_GT(n, allocations_min) << "else nothing was tested";
}

SegmentLog::Options log_options() {
  SegmentLog::Options options;
  options.writer.directory = "events";
  options.queue_events_max = 4;
  return options;
}

/// Appends and waits for the answer.
Outcome append(SegmentLog& log, std::uint64_t number) {
  std::promise<Outcome> answer;
  log.append({EventBuilder("u", "m").id(number).pending()}, [&](const Outcome& outcome) {
    try {
      answer.set_value(outcome);
    } catch (const std::bad_alloc&) {
      answer.set_value(Error{ErrorCode::kUnavailable, "out of memory"});
    }
  });
  return answer.get_future().get();
}

std::uint64_t stored(SegmentLog& log) { return log.end().next(Offset::kEmbedded); }

TEST(NthAllocation, AnAppendThatThrowsStoresNothingAndTakesNoPlaceInTheQueue) {
  const auto work = [](std::uint64_t n) {
    marquee::testing::ManualClock clock;
    SimulatedDisk disk(1);
    const auto log = SegmentLog::open(log_options(), nullptr, clock, disk).value();
    std::promise<void> answered;
    bool accepted = true;
    std::vector<PendingEvent> events{EventBuilder("u", "m").id(1).pending()};
    {
      const FailingAllocation failing(n, Where::kThisThread);
      try {
        log->append(std::move(events), [&](const Outcome&) { answered.set_value(); });
      } catch (const std::bad_alloc&) {
        accepted = false;
      }
    }
    if (accepted) answered.get_future().get();
    EXPECT_EQ(stored(*log), accepted ? 1U : 0U);
    for (std::uint64_t i = 2; i < 8; ++i)
      EXPECT_TRUE(append(*log, i).ok()) << "more than the queue";
  };
  for_every_allocation(work, 1);
}

TEST(NthAllocation, TheWriterAnswersWhatItCannotWriteAndKeepsWhatItAcknowledged) {
  const auto work = [](std::uint64_t n) {
    marquee::testing::ManualClock clock;
    SimulatedDisk disk(1);
    std::uint64_t acknowledged = 0;
    {
      const auto log = SegmentLog::open(log_options(), nullptr, clock, disk).value();
      const FailingAllocation failing(n, Where::kOtherThreads);
      for (std::uint64_t i = 1; i <= 3; ++i) {
        const Outcome outcome = append(*log, i);
        acknowledged += outcome.ok() ? 1 : 0;
        if (outcome.ok()) continue;
        EXPECT_EQ(outcome.error().code, ErrorCode::kUnavailable);
        EXPECT_NE(outcome.error().message.find("out of memory"), std::string::npos)
            << outcome.error().message;
      }
    }
    const auto log = SegmentLog::open(log_options(), nullptr, clock, disk);
    ASSERT_TRUE(log.ok()) << log.error().message;
    EXPECT_GE(stored(**log), acknowledged);
    EXPECT_TRUE(append(**log, 9).ok());
  };
  for_every_allocation(work, 10);
}

TEST(NthAllocation, AStepOfTheFoldThatThrowsIsStoredWholeOrNotAtAllAndCanBeTriedAgain) {
  const marquee::testing::TemporaryDirectory directory;
  MovieTable movies;
  const auto stores =
      SqliteStores::open(directory.path() / "marquee.db", movies, SqliteDatabase::Mode::kReadWrite)
          .value();
  FoldStream stream(5);
  FoldReference state;
  const auto work = [&](std::uint64_t n) {
    const FoldReference before = state;
    const FoldBatch step = stream.step(state, 7, movies);
    bool thrown = false;
    {
      const FailingAllocation failing(n, Where::kThisThread);
      try {
        thrown = !stores->profiles.apply(step).ok();
      } catch (const std::bad_alloc&) {
        thrown = true;
      }
    }
    const std::uint64_t next = stores->profiles.totals()->cursor.next(Offset::kEmbedded);
    ASSERT_TRUE(next == state.next || (thrown && next == before.next)) << next;
    EXPECT_EQ(difference(*stores, movies, next == state.next ? state : before), "");
    if (next == before.next) {
      ASSERT_TRUE(stores->profiles.apply(step).ok());
    }
    EXPECT_EQ(difference(*stores, movies, state), "");
  };
  for_every_allocation(work, 10);
}

TEST(NthAllocation, AReadThatThrowsCostsNoReader) {
  const marquee::testing::TemporaryDirectory directory;
  MovieTable movies;
  const auto stores =
      SqliteStores::open(directory.path() / "marquee.db", movies, SqliteDatabase::Mode::kReadWrite)
          .value();
  FoldStream stream(5);
  FoldReference state;
  ASSERT_TRUE(stores->profiles.apply(stream.step(state, 50, movies)).ok());
  const auto work = [&](std::uint64_t n) {
    {
      const FailingAllocation failing(n, Where::kThisThread);
      try {
        (void)stores->profiles.history(UserId("u1"), std::nullopt, 10);
        (void)stores->profiles.load([](const UserId&, const UserProfile&) {},
                                    [](const CountDelta&) {});
      } catch (const std::bad_alloc&) {  // the caller's to answer
      }
    }
    EXPECT_EQ(difference(*stores, movies, state), "") << "or it waits for a reader for ever";
  };
  for_every_allocation(work, 20);
}

/// Waits for what another thread is about to do; false after half a minute.
bool eventually(const std::function<bool()>& done) {
  for (int i = 0; i < 30'000; ++i) {
    if (done()) return true;
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
  return false;
}

TEST(NthAllocation, TheFoldGoesOnOrSaysThatItStandsStillAndTheNextStartIsWhole) {
  const marquee::testing::TemporaryDirectory above;
  const auto made = above.path() / "marquee.db";
  ASSERT_TRUE(SqliteDatabase::open(made, SqliteDatabase::Mode::kReadWrite).ok());
  const auto work = [&made](std::uint64_t n) {
    const marquee::testing::TemporaryDirectory directory;
    std::filesystem::copy_file(made, directory.path() / "marquee.db");
    marquee::testing::ManualClock clock;
    SimulatedDisk disk(1);
    MovieTable movies;
    telemetry::Metrics metrics;
    const auto stores = SqliteStores::open(directory.path() / "marquee.db", movies,
                                           SqliteDatabase::Mode::kReadWrite)
                            .value();
    const auto log = SegmentLog::open(log_options(), nullptr, clock, disk).value();
    const auto start = [&] {
      return speed::FoldProcessor::start(*log, stores->profiles, movies, clock, metrics, {},
                                         {.backoff_min = std::chrono::milliseconds(1)});
    };
    auto fold = start().value();
    {
      const FailingAllocation failing(n, Where::kOtherThreads);  // the writer's or the fold's
      for (std::uint64_t i = 1; i <= 3; ++i) (void)append(*log, i);
      std::string last = "no word of it";
      ASSERT_TRUE(eventually([&] {
        const auto health = fold->health();  // once: the fold may go on between two looks
        if (!health.ok()) last = health.error().message;
        return fold->totals().applied == stored(*log) ||
               (!health.ok() && last.find("restart") != std::string::npos);
      })) << last;
    }
    fold.reset();
    fold = start().value();
    EXPECT_EQ(fold->totals().applied, stored(*log));
    fold->stop();
    const auto profile = stores->profiles.find_profile(UserId("u")).value();
    EXPECT_EQ(profile == nullptr ? 0 : profile->version, stored(*log));
  };
  for_every_allocation(work, 50);
}

TEST(NthAllocation, ARequestThatFindsNoMemoryIsAnsweredOrItsConnectionClosedAndTheServerGoesOn) {
  http::Router router;
  router.add(http::Method::kGet, "/", [](const http::Request&, const http::Reply& reply) {
    http::Response response;
    response.body = std::string(100, 'x');
    reply(std::move(response));
  });
  telemetry::Metrics metrics;
  http::Server::Options options;
  options.port = 0;
  options.threads = 1;
  options.idle_timeout = options.request_timeout = std::chrono::milliseconds(100);
  options.handler_timeout = options.write_timeout = std::chrono::milliseconds(100);
  options.connections_max = 3;  // one that is not given back shows after three
  const auto server = http::Server::start(options, router, metrics).value();
  const auto ask = [&] {
    http::RawClient client(server->port());
    return client.ask("GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n").status;
  };
  const auto work = [&](std::uint64_t n) {
    {
      const FailingAllocation failing(n, Where::kOtherThreads);
      const int status = ask();
      EXPECT_TRUE(status == 200 || status == 500 || status == 503 || status == 408 || status == 0)
          << status;
    }
    EXPECT_TRUE(eventually([&] { return ask() == 200; }));
  };
  for_every_allocation(work, 10);
  server->drain(std::chrono::seconds(5));
}

}  // namespace
}  // namespace marquee::embedded
