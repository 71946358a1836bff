// Servers that do not behave: what a caller waits for is bounded all the same. The real one is met
// in tests/platform.
#include "adapters/postgres/connection.h"

#include <atomic>
#include <functional>
#include <thread>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include "adapters/postgres/database.h"
#include "testing/local_listener.h"

namespace marquee::postgres {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

/// Listens on a port of its own and treats every client as it is told, on one thread.
class Impostor {
 public:
  using Treatment = std::function<void(int client, const std::atomic<bool>& ended)>;

  explicit Impostor(Treatment treat)
      : treat_(std::move(treat)), thread_(std::jthread([this] { serve(); })) {}
  ~Impostor() {
    ended_ = true;
    thread_.join();
  }

  PostgresOptions options() const {
    auto options = PostgresOptions::parse(
        fmt::format("postgresql://u:s3cret@{}/db?connect_timeout_ms=200&sslmode=disable",
                    listener_.endpoint()));
    EXPECT_TRUE(options.ok());
    return *options;
  }
  int clients() const { return clients_; }

 private:
  void serve() {
    while (!ended_) {
      const int client = listener_.accept(milliseconds(20));
      if (client < 0) continue;
      ++clients_;
      treat_(client, ended_);
      ::close(client);
    }
  }

  const Treatment treat_;
  const testing::LocalListener listener_;
  std::atomic<bool> ended_ = false;
  std::atomic<int> clients_ = 0;
  std::jthread thread_;
};

void say_nothing(int /*client*/, const std::atomic<bool>& ended) {
  for (int i = 0; i < 100 && !ended; ++i) std::this_thread::sleep_for(milliseconds(20));
}

/// An authentication request of 4,096 bytes, one at a time.
void trickle(int client, const std::atomic<bool>& ended) {
  const std::string bytes = std::string("R\0\0\x10\0\0\0\0\x05", 9) + std::string(4'088, 'x');
  for (std::size_t i = 0; i < bytes.size() && !ended; ++i) {
    if (::send(client, bytes.data() + i, 1, MSG_NOSIGNAL) != 1) return;
    std::this_thread::sleep_for(milliseconds(20));
  }
}

void talk_nonsense(int client, const std::atomic<bool>& /*ended*/) {
  constexpr std::string_view kText = "HTTP/1.1 400 Bad Request\r\n\r\n";
  ::send(client, kText.data(), kText.size(), MSG_NOSIGNAL);
}

Error failure_of(const PostgresOptions& options) {
  const auto begun = steady_clock::now();
  const auto connection = PostgresConnection::open(options);
  EXPECT_LT(steady_clock::now() - begun, 20 * options.connect_timeout);
  EXPECT_FALSE(connection.ok());
  return connection.ok() ? Error{} : connection.error();
}

TEST(PostgresConnection, GivesUpOnAServerThatSaysNothing) {
  const Impostor server(say_nothing);
  EXPECT_EQ(failure_of(server.options()).code, ErrorCode::kUnavailable);
}

TEST(PostgresConnection, GivesUpOnAServerThatSaysItByteByByte) {
  const Impostor server(trickle);
  EXPECT_EQ(failure_of(server.options()).code, ErrorCode::kUnavailable);
}

TEST(PostgresConnection, GivesUpOnAServerThatHangsUpOrIsAnother) {
  const Impostor closing([](int, const std::atomic<bool>&) {});
  EXPECT_EQ(failure_of(closing.options()).code, ErrorCode::kUnavailable);
  const Impostor other(talk_nonsense);
  EXPECT_EQ(failure_of(other.options()).code, ErrorCode::kUnavailable);
}

TEST(PostgresConnection, NamesTheServerAndNotThePassword) {
  const Impostor server(talk_nonsense);
  const Error error = failure_of(server.options());
  EXPECT_NE(error.message.find("postgresql://u@127.0.0.1:"), std::string::npos) << error.message;
  EXPECT_EQ(error.message.find("s3cret"), std::string::npos) << error.message;
}

TEST(PostgresDatabase, AsksNoMoreOnceTheServerWasAwayForSomeCalls) {
  const SystemClock clock;
  const Impostor server([](int, const std::atomic<bool>&) {});
  auto options = server.options();
  options.breaker.failures_to_open = 3;
  options.breaker.backoff_min = options.breaker.backoff_max = std::chrono::minutes(10);
  PostgresDatabase database(options, clock);
  EXPECT_TRUE(database.health().ok());
  for (int i = 0; i < 10; ++i) {
    const auto answer = database.query({"SELECT 1", {}});
    ASSERT_FALSE(answer.ok());
    EXPECT_EQ(answer.error().code, ErrorCode::kUnavailable);
  }
  EXPECT_LE(server.clients(), 6) << "libpq may try an encrypted and a plain one each time";
  EXPECT_FALSE(database.health().ok());
}

TEST(PostgresDatabase, ARequestNeitherConnectsNorProbes) {
  const SystemClock clock;
  const Impostor silent([](int, const std::atomic<bool>& ended) {
    while (!ended) std::this_thread::sleep_for(milliseconds(5));
  });
  auto options = silent.options();
  options.connect_timeout = milliseconds(5'000);
  options.pool_wait = milliseconds(1);
  PostgresDatabase database(options, clock);
  const auto begun = steady_clock::now();
  for (int i = 0; i < 50; ++i) {
    const auto answer = database.query_now({"SELECT 1", {}});
    ASSERT_FALSE(answer.ok());
    EXPECT_EQ(answer.error().code, ErrorCode::kUnavailable);
  }
  EXPECT_LT(steady_clock::now() - begun, milliseconds(5'000)) << "a single attempt takes longer";
  while (silent.clients() == 0 && steady_clock::now() - begun < std::chrono::minutes(1)) {
    std::this_thread::sleep_for(milliseconds(5));
  }
  EXPECT_GT(silent.clients(), 0) << "the thread in the background tries to connect";
}

TEST(PostgresDatabase, NobodyWaitsForAConnectionThatMustBeOpenedFirst) {
  const SystemClock clock;
  const Impostor silent(say_nothing);
  auto options = silent.options();
  options.connect_timeout = milliseconds(2'000);
  options.pool_wait = milliseconds(1'000);
  PostgresDatabase database(options, clock);
  const auto begun = steady_clock::now();
  for (int i = 0; i < 20; ++i) EXPECT_FALSE(database.query_now({"SELECT 1", {}}).ok());
  EXPECT_LT(steady_clock::now() - begun, milliseconds(5'000)) << "20 s, each waiting its time";
}

TEST(PostgresDatabase, CountsTheWaitsThatReachedTheirDeadline) {
  telemetry::Metrics metrics;
  const SystemClock clock;
  const Impostor silent(say_nothing);
  PostgresDatabase database(silent.options(), clock);
  database.report_to(metrics);
  EXPECT_FALSE(database.query({"SELECT 1", {}}).ok());
  EXPECT_GE(database.counts().missed_deadlines, 1U);
  const auto until = steady_clock::now() + std::chrono::minutes(1);
  while (metrics.samples("marquee_postgres_deadlines_missed_total").at(0).value < 1) {
    ASSERT_LT(steady_clock::now(), until) << metrics.exposition();
    std::this_thread::sleep_for(milliseconds(5));
  }
}

TEST(PostgresDatabase, TellsHowItsPoolIs) {
  using ::testing::HasSubstr;
  telemetry::Metrics metrics;
  const SystemClock clock;
  const Impostor closing([](int, const std::atomic<bool>&) {});
  auto options = closing.options();
  options.breaker.backoff_min = options.breaker.backoff_max = std::chrono::minutes(10);
  PostgresDatabase database(options, clock);
  database.report_to(metrics);
  EXPECT_FALSE(database.query_now({"SELECT 1", {}}).ok());
  EXPECT_EQ(database.counts().none_free, 1U);
  while (database.health().ok()) static_cast<void>(database.query({"SELECT 1", {}}));
  EXPECT_FALSE(database.query_now({"SELECT 1", {}}).ok());
  const auto until = steady_clock::now() + std::chrono::minutes(1);
  while (metrics.exposition().find("marquee_postgres_up 0") == std::string::npos) {
    ASSERT_LT(steady_clock::now(), until) << metrics.exposition();
    std::this_thread::sleep_for(milliseconds(5));
  }
  EXPECT_EQ(database.counts().left_alone, 1U);
  const std::string shown = metrics.exposition();
  EXPECT_THAT(shown, HasSubstr("marquee_postgres_pool_size 16"));
  EXPECT_THAT(shown, HasSubstr("marquee_postgres_pool_open 0"));
  EXPECT_THAT(shown, HasSubstr("marquee_postgres_pool_in_use 0"));
  EXPECT_THAT(shown, HasSubstr("marquee_postgres_pool_waiting 0"));
  EXPECT_THAT(shown, HasSubstr("marquee_postgres_pool_refused_total{reason=\"no_connection\"} 1"));
  EXPECT_THAT(shown, HasSubstr("marquee_postgres_breaker_opened_total 1"));
  EXPECT_THAT(shown, HasSubstr("marquee_postgres_breaker_state 1"));
  EXPECT_THAT(shown, HasSubstr("marquee_postgres_deadlines_missed_total 0")) << "it was refused";
  EXPECT_GT(metrics.samples("marquee_postgres_breaker_backoff_seconds").at(0).value, 60);
}

}  // namespace
}  // namespace marquee::postgres
