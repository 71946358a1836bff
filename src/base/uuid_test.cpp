#include "base/uuid.h"

#include <set>

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

namespace marquee {
namespace {

TEST(Uuid, ReadsAndWritesTheExampleOfRfc9562) {
  const auto id = Uuid::parse("017F22E2-79B0-7CC3-98C4-DC0C0C07398F");
  ASSERT_TRUE(id.has_value());
  EXPECT_TRUE(id->is_v7());
  EXPECT_EQ(id->v7_ms(), 1'645'557'742'000);
  EXPECT_EQ(id->to_string(), "017f22e2-79b0-7cc3-98c4-dc0c0c07398f");
}

TEST(Uuid, RefusesEverythingButThe36CharacterForm) {
  for (const char* text :
       {"", "017f22e2", "017f22e279b07cc398c4dc0c0c07398f", "017f22e2-79b0-7cc3-98c4-dc0c0c07398",
        "017f22e2-79b0-7cc3-98c4-dc0c0c07398fa", "017f22e2_79b0-7cc3-98c4-dc0c0c07398f",
        "g17f22e2-79b0-7cc3-98c4-dc0c0c07398f", "{17f22e2-79b0-7cc3-98c4-dc0c0c07398}"}) {
    EXPECT_FALSE(Uuid::parse(text).has_value()) << text;
  }
}

TEST(Uuid, TellsVersionSevenFromOthers) {
  EXPECT_FALSE(Uuid::parse("f81d4fae-7dec-11d0-a765-00a0c91e6bf6")->is_v7());
  EXPECT_EQ(Uuid::parse("f81d4fae-7dec-11d0-a765-00a0c91e6bf6")->version(), 1);
  EXPECT_FALSE(Uuid::parse("017f22e2-79b0-7cc3-18c4-dc0c0c07398f")->is_v7()) << "wrong variant";
  EXPECT_FALSE(Uuid().is_v7());
}

TEST(Uuid, FreshOnesDifferAndCarryTheirTime) {
  std::set<Uuid> ids;
  for (int i = 0; i < 1'000; ++i) {
    const Uuid id = Uuid::v7(1'700'000'000'123);
    EXPECT_TRUE(id.is_v7());
    EXPECT_EQ(id.v7_ms(), 1'700'000'000'123);
    ids.insert(id);
  }
  EXPECT_EQ(ids.size(), 1'000U);
}

RC_GTEST_PROP(Uuid, TextFormReadsBack, (std::uint64_t high, std::uint64_t low)) {
  const auto ms = static_cast<std::int64_t>(high & 0xFFFF'FFFF'FFFF);
  const Uuid id = Uuid::v7_from(ms, low, high);
  RC_ASSERT(id.is_v7());
  RC_ASSERT(id.v7_ms() == ms);
  RC_ASSERT(Uuid::parse(id.to_string()) == id);
}

RC_GTEST_PROP(Uuid, OrderIsTimeOrder, (std::uint32_t earlier, std::uint32_t later)) {
  RC_PRE(earlier < later);
  RC_ASSERT(Uuid::v7_from(earlier, ~0ULL, ~0ULL) < Uuid::v7_from(later, 0, 0));
}

TEST(Uuid, SameEntropyGivesTheSameId) {
  EXPECT_EQ(Uuid::v7_from(5, 6, 7), Uuid::v7_from(5, 6, 7));
  EXPECT_NE(Uuid::v7_from(5, 6, 7), Uuid::v7_from(5, 6, 8));
  EXPECT_EQ(std::hash<Uuid>{}(Uuid::v7_from(5, 6, 7)), std::hash<Uuid>{}(Uuid::v7_from(5, 6, 7)));
}

}  // namespace
}  // namespace marquee
