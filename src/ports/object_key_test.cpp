// The grammar of object keys and prefixes against the words of object_store.h.
#include <regex>
#include <string>
#include <vector>

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "base/rng.h"
#include "ports/object_store.h"

namespace marquee {
namespace {

bool is_key(const std::string& text) {
  static const std::regex grammar("[A-Za-z0-9_.=-]+(/[A-Za-z0-9_.=-]+)*");
  static const std::regex dots("(^|.*/)\\.\\.?(/.*|$)");
  return std::regex_match(text, grammar) && !std::regex_match(text, dots);
}

std::string random_path(Rng& rng) {
  static const std::vector<std::string> pieces{"a",   "Z9", ".", "..",  "/",   "//",
                                               "x=1", "-",  "_", "a/b", "/..", "../",
                                               " ",   "\\", "~", "%2e", "é"};
  std::string text;
  for (std::uint64_t i = rng.below(7); i > 0; --i) {
    // Mostly what may stand in a key, so that many come out good.
    text += pieces[rng.below(rng.below(3) == 0 ? pieces.size() : 10)];
  }
  return text;
}

RC_GTEST_PROP(ObjectKey, FollowsItsGrammar, (std::uint64_t seed)) {
  Rng rng(seed);
  const std::string text = random_path(rng);
  RC_ASSERT(check_object_key(text).ok() == is_key(text));
}

RC_GTEST_PROP(ObjectKey, IsRefusedWhenItIsNoise, (const std::string& noise)) {
  const auto outcome = check_object_key(noise);
  RC_ASSERT(outcome.ok() == is_key(noise));
  if (!outcome.ok()) RC_ASSERT(outcome.error().code == ErrorCode::kInvalidArgument);
}

TEST(ObjectKey, CannotLeaveTheStore) {
  for (const char* text : {"..", "../x", "a/../b", "a/..", "/etc/passwd", "a//b", "a/", "/", ".",
                           "./a", "a/./b", "", "a\\..\\b", "a b", "a\nb"}) {
    EXPECT_EQ(check_object_key(text).error().code, ErrorCode::kInvalidArgument) << text;
  }
  EXPECT_FALSE(check_object_key(std::string_view("a\0b", 3)).ok());
}

TEST(ObjectKey, TakesTheKeysOfTheLakehouse) {
  for (const char* text :
       {"models/als_20250103_0200/manifest.json", "archived-events/2025/01/03/events.parquet",
        "batch-recs-history/2025-01-03/part=0.parquet", "...", "a..b", ".hidden", "x"}) {
    EXPECT_TRUE(check_object_key(text).ok()) << text;
  }
}

RC_GTEST_PROP(ObjectPrefix, EveryStartOfAKeyIsOne, (std::uint64_t seed)) {
  Rng rng(seed);
  const std::string text = random_path(rng);
  RC_PRE(is_key(text));
  for (std::size_t size = 0; size <= text.size(); ++size) {
    RC_ASSERT(check_object_prefix(text.substr(0, size)).ok());
  }
}

RC_GTEST_PROP(ObjectPrefix, IsRefusedExactlyWhenNoKeyCanStartSo, (std::uint64_t seed)) {
  Rng rng(seed);
  const std::string text = random_path(rng);
  RC_ASSERT(check_object_prefix(text).ok() == is_key(text + "x"));
}

TEST(ObjectPrefix, NamesWhatItRefuses) {
  const auto outcome = check_object_prefix("models/../secret");
  ASSERT_FALSE(outcome.ok());
  EXPECT_NE(outcome.error().message.find("models/.."), std::string::npos);
}

}  // namespace
}  // namespace marquee
