// What a finding means; that findings are found is shown by flipped_bit_test.cpp.
#include "adapters/embedded/sqlite/integrity.h"

#include <gtest/gtest.h>
#include <sqlite3.h>

#include "adapters/embedded/sqlite/database_for_test.h"
#include "testing/temporary_directory.h"

namespace marquee::embedded {
namespace {

TEST(Integrity, AWholeDatabaseHasNoDamage) {
  const testing::TemporaryDirectory directory;
  const auto db = migrated(directory.path() / "marquee.db");
  const auto damage = find_damage(*db);
  ASSERT_TRUE(damage.ok());
  EXPECT_FALSE(damage->has_value());
}

TEST(Integrity, NamesTheTableOfAnIndexThatLacksARow) {
  const testing::TemporaryDirectory directory;
  const auto db = migrated(directory.path() / "marquee.db");
  execute(*db, "INSERT INTO deduplicated VALUES(-1, 7, 'u', x'00', 0, 1, 2)");
  sqlite3_db_config(db->handle(), SQLITE_DBCONFIG_DEFENSIVE, 0, nullptr);
  execute(*db,
          "PRAGMA writable_schema=ON; UPDATE sqlite_schema SET sql = 'CREATE INDEX "
          "deduplicated_event ON deduplicated(user_id, event_id)' WHERE name = "
          "'deduplicated_event'");
  const auto changed = connect(directory.path() / "marquee.db", true);
  const auto damage = find_damage(*changed);
  ASSERT_TRUE(damage.ok() && damage->has_value());
  EXPECT_EQ((*damage)->tables, std::vector<std::string>{"deduplicated"});
  EXPECT_TRUE((*damage)->folded_only());
}

TEST(Integrity, FoldsAgainOnlyWhatCanBeFolded) {
  EXPECT_TRUE((Damage{"x", {"cursors", "interactions"}}).folded_only());
  EXPECT_FALSE((Damage{"x", {"cursors", "movies"}}).folded_only());
  EXPECT_FALSE((Damage{"x", {"click_totals"}}).folded_only())
      << "it counts lists, which are truths";
  EXPECT_FALSE((Damage{"x", {}}).folded_only()) << "who knows what is hit";
}

TEST(Integrity, TheErrorSaysWhereAndWhatToDo) {
  const Error folded = damage_error("/d/marquee.db", {"Page 7: bad", {"cursors"}});
  EXPECT_EQ(folded.code, ErrorCode::kDataLoss);
  EXPECT_EQ(folded.message,
            "/d/marquee.db is damaged (Page 7: bad, in cursors): stop the server and run 'marquee "
            "rebuild', which folds it again");
  EXPECT_EQ(damage_error("/d/marquee.db", {"Page 1: bad", {}}).message,
            "/d/marquee.db is damaged (Page 1: bad): stop the server and restore a backup");
}

}  // namespace
}  // namespace marquee::embedded
