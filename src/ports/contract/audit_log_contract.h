#pragma once

#include <string>

#include <gtest/gtest.h>

#include "ports/audit_log.h"

namespace marquee::testing {

/// What every AuditLog must do. `Harness` is default-constructible with an empty log and has
///   AuditLog& store();
template <typename Harness>
class AuditLogContract : public ::testing::Test {
 protected:
  static AuditEntry entry(std::int64_t at_ms) {
    AuditEntry made;
    made.at_ms = at_ms;
    made.actor = "key:0123456789abcdef";
    made.role = "operator";
    made.action = "DELETE /api/movies/{id}";
    made.target = "/api/movies/é '\";";
    return made;
  }
  AuditLog& log() { return harness_.store(); }

  Harness harness_;
};
TYPED_TEST_SUITE_P(AuditLogContract);

TYPED_TEST_P(AuditLogContract, GivesBackEveryEntryNewestFirst) {
  EXPECT_TRUE(this->log().list(std::nullopt, 10)->entries.empty());
  auto asked = this->entry(2'000);
  asked.seq = this->log().append(asked).value();
  auto done = this->entry(1'000);  // a clock that was set back changes no order
  done.of = asked.seq;
  done.status = 204;
  done.seq = this->log().append(done).value();
  EXPECT_GT(done.seq, asked.seq);
  const auto page = this->log().list(std::nullopt, 10);
  ASSERT_TRUE(page.ok()) << page.error().message;
  EXPECT_EQ(page->entries, (std::vector<AuditEntry>{done, asked}));
  EXPECT_FALSE(page->next_before);
}

TYPED_TEST_P(AuditLogContract, TurnsItsPages) {
  for (int i = 0; i < 5; ++i) ASSERT_TRUE(this->log().append(this->entry(i)).ok());
  std::vector<std::int64_t> met;
  std::optional<std::uint64_t> before;
  do {
    const auto page = this->log().list(before, 2);
    ASSERT_TRUE(page.ok()) << page.error().message;
    EXPECT_LE(page->entries.size(), 2U);
    for (const AuditEntry& entry : page->entries) met.push_back(entry.at_ms);
    before = page->next_before;
  } while (before);
  EXPECT_EQ(met, (std::vector<std::int64_t>{4, 3, 2, 1, 0}));
}

REGISTER_TYPED_TEST_SUITE_P(AuditLogContract, GivesBackEveryEntryNewestFirst, TurnsItsPages);

}  // namespace marquee::testing
