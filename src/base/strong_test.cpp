#include "base/strong.h"

#include <map>
#include <string>
#include <type_traits>
#include <unordered_map>
#include <unordered_set>

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

namespace marquee {
namespace {

using Name = Strong<struct NameTag, std::string>;
using Place = Strong<struct PlaceTag, std::string>;
using Number = Strong<struct NumberTag, int>;

TEST(Strong, NeitherConvertsNorComparesAcrossTags) {
  static_assert(!std::is_convertible_v<Name, Place>);
  static_assert(!std::is_convertible_v<std::string, Name>);
  static_assert(!std::is_convertible_v<Name, std::string>);
  static_assert(!std::is_constructible_v<Name, Place>);
  static_assert(!std::equality_comparable_with<Name, Place>);
}

TEST(Strong, IsEmptyOrZeroUnlessSaid) {
  EXPECT_EQ(Name().value(), "");
  EXPECT_EQ(Number().value(), 0);
}

RC_GTEST_PROP(Strong, ComparesAsItsValueDoes, (const std::string& a, const std::string& b)) {
  RC_ASSERT((Name(a) == Name(b)) == (a == b));
  RC_ASSERT((Name(a) < Name(b)) == (a < b));
  RC_ASSERT((Name(a) >= Name(b)) == (a >= b));
}

RC_GTEST_PROP(Strong, EqualValuesHashEqually, (const std::string& text)) {
  RC_ASSERT(std::hash<Name>{}(Name(text)) == std::hash<Name>{}(Name(std::string(text))));
}

TEST(Strong, HashesTextsWithTheKeyOfTheProcessSinceStrangersChooseThem) {
  EXPECT_EQ(std::hash<Name>{}(Name("u1")), static_cast<std::size_t>(keyed_hash("u1")));
}

RC_GTEST_PROP(Strong, WorksAsAKeyOfBothKindsOfMap,
              (const std::vector<std::pair<std::string, int>>& entries)) {
  std::map<std::string, int> wanted;
  std::map<Name, int> ordered;
  std::unordered_map<Name, int> hashed;
  for (const auto& [key, value] : entries) {
    wanted[key] = ordered[Name(key)] = hashed[Name(key)] = value;
  }
  RC_ASSERT(ordered.size() == wanted.size());
  RC_ASSERT(hashed.size() == wanted.size());
  auto at = ordered.begin();
  for (const auto& [key, value] : wanted) {
    RC_ASSERT(at->first.value() == key);
    RC_ASSERT((at++)->second == value);
    RC_ASSERT(hashed.at(Name(key)) == value);
  }
}

}  // namespace
}  // namespace marquee
