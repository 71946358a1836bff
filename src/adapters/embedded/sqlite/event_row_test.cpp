#include "adapters/embedded/sqlite/event_row.h"

#include <algorithm>
#include <string>

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "adapters/embedded/sqlite/database_for_test.h"
#include "base/rng.h"
#include "testing/event_builder.h"
#include "testing/temporary_directory.h"

namespace marquee::embedded {
namespace {

using testing::EventBuilder;

/// An event in which each optional field is there or not by a bit of `present`.
Event random_event(Rng& rng, std::uint64_t present) {
  const auto has = [&](unsigned bit) { return ((present >> bit) & 1) != 0; };
  Event event;
  event.event_id =
      Uuid::v7_from(static_cast<std::int64_t>(rng.below(1ULL << 47)), rng.next(), rng.next());
  event.user_id = UserId("u" + std::to_string(rng.below(1'000)));
  event.movie_id = MovieId("m" + std::to_string(rng.below(1'000)));
  event.type = static_cast<EventType>(rng.below(11));
  if (has(0)) event.value = rng.normal();
  if (has(1)) event.session_id = SessionId(rng.below(3) == 0 ? "" : "s");
  if (has(2)) event.list_id = ListId("l" + std::to_string(rng.next()));
  if (has(3)) event.position = static_cast<std::int32_t>(rng.next());
  if (has(4)) event.undoes = Uuid::v7_from(5, rng.next(), rng.next());
  event.ts_ms = static_cast<std::int64_t>(rng.next());
  event.accepted_at_ms = static_cast<std::int64_t>(rng.next());
  return event;
}

class SqliteEventRowTest : public ::testing::Test {
 protected:
  SqliteEventRowTest() {
    execute(*db_,
            "CREATE TABLE t(before TEXT, event_id BLOB, movie_id TEXT, event_type INTEGER, "
            "value REAL, session_id TEXT, list_id TEXT, position INTEGER, undoes BLOB, "
            "ts INTEGER, accepted_at INTEGER)");
  }
  void store(const Event& event) {
    execute(*db_, "DELETE FROM t");
    auto insert = db_->prepare("INSERT INTO t VALUES('x', ?,?,?,?,?,?,?,?,?,?)").value();
    bind_event(insert, event);
    EXPECT_TRUE(insert.run().ok());
  }
  Result<Event> load(const UserId& user) {
    auto query = db_->prepare("SELECT * FROM t").value();
    EXPECT_TRUE(query.step().value());
    return read_event(query, 1, user);
  }
  /// What is read after `sql` damaged the row of an event with every field.
  Result<Event> damaged_by(const std::string& sql) {
    Rng rng(1);
    store(random_event(rng, 0b11111));
    execute(*db_, sql);
    return load(UserId("u77"));
  }

  testing::TemporaryDirectory directory_;
  std::unique_ptr<SqliteConnection> db_ = connect(directory_.path() / "marquee.db");
};

RC_GTEST_FIXTURE_PROP(SqliteEventRowTest, IsReadBackAsItWasBound, (std::uint64_t seed)) {
  Rng rng(seed);
  const Event event = random_event(rng, rng.next());
  store(event);
  const auto back = load(event.user_id);
  RC_ASSERT(back.ok());
  RC_ASSERT(*back == event);
}

TEST_F(SqliteEventRowTest, KeepsEveryCombinationOfWhatMayBeMissing) {
  Rng rng(2);
  for (std::uint64_t present = 0; present < 32; ++present) {
    const Event event = random_event(rng, present);
    store(event);
    ASSERT_EQ(*load(event.user_id), event) << present;
  }
}

TEST_F(SqliteEventRowTest, BindsAsManyColumnsAsItNames) {
  const std::string names = kEventColumns;
  EXPECT_EQ(std::count(names.begin(), names.end(), ',') + 1, kEventColumnCount);
  EXPECT_EQ(column(*db_, "SELECT name FROM pragma_table_info('t') WHERE cid > 0 LIMIT 1").at(0),
            names.substr(0, names.find(',')));
}

TEST_F(SqliteEventRowTest, StoresTypesByTheirNumbersAndIdsAsSixteenBytes) {
  store(EventBuilder("u", "m", EventType::kRating).id(7).value(4.5).build());
  EXPECT_EQ(number(*db_, "SELECT event_type FROM t"), 3);
  EXPECT_EQ(number(*db_, "SELECT length(event_id) FROM t"), 16);
  EXPECT_EQ(column(*db_, "SELECT typeof(value) FROM t").at(0), "real");
}

TEST_F(SqliteEventRowTest, RefusesARowThatHoldsNoEventAndNamesTheViewer) {
  for (const char* sql :
       {"UPDATE t SET event_type = 11", "UPDATE t SET event_type = -1",
        "UPDATE t SET event_type = 4294967296 + 1", "UPDATE t SET event_id = zeroblob(15)",
        "UPDATE t SET event_id = zeroblob(17)", "UPDATE t SET event_id = NULL",
        "UPDATE t SET undoes = zeroblob(1)", "UPDATE t SET undoes = x''"}) {
    const auto event = damaged_by(sql);
    ASSERT_FALSE(event.ok()) << sql;
    EXPECT_EQ(event.error().code, ErrorCode::kDataLoss) << sql;
    EXPECT_NE(event.error().message.find("'u77'"), std::string::npos) << event.error().message;
    EXPECT_NE(event.error().message.find("marquee rebuild"), std::string::npos);
  }
  EXPECT_TRUE(damaged_by("UPDATE t SET undoes = NULL").ok());
}

}  // namespace
}  // namespace marquee::embedded
