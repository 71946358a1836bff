// Goal: the bit-parallel distance is the slow table's, for whole words and for their beginnings.

#include "serving/word_distance.h"

#include <algorithm>
#include <string>
#include <vector>

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

namespace marquee::serving {
namespace {

/// The last row of the textbook's table: slips from `typed` to each beginning of `word`.
std::vector<std::size_t> slow_slips(const std::string& typed, const std::string& word) {
  std::vector<std::vector<std::size_t>> table(typed.size() + 1,
                                              std::vector<std::size_t>(word.size() + 1));
  for (std::size_t i = 0; i <= typed.size(); ++i) {
    for (std::size_t j = 0; j <= word.size(); ++j) {
      if (i == 0 || j == 0) {
        table[i][j] = i + j;
        continue;
      }
      const bool same = typed[i - 1] == word[j - 1];
      table[i][j] = std::min(
          {table[i - 1][j] + 1, table[i][j - 1] + 1, table[i - 1][j - 1] + (same ? 0U : 1U)});
      if (i > 1 && j > 1 && typed[i - 1] == word[j - 2] && typed[i - 2] == word[j - 1]) {
        table[i][j] = std::min(table[i][j], table[i - 2][j - 2] + 1);
      }
    }
  }
  return table.back();
}

std::size_t whole(const std::string& typed, const std::string& word) {
  return WordDistance(typed).to(word).whole;
}

TEST(WordDistanceTest, EachKindOfSlipCountsOne) {
  EXPECT_EQ(whole("godfather", "godfather"), 0U);
  EXPECT_EQ(whole("godfahter", "godfather"), 1U);   // neighbours swapped
  EXPECT_EQ(whole("godfater", "godfather"), 1U);    // left out
  EXPECT_EQ(whole("goodfather", "godfather"), 1U);  // put in
  EXPECT_EQ(whole("gosfather", "godfather"), 1U);   // taken for another
  EXPECT_EQ(whole("ogdfahter", "godfather"), 2U);
}

TEST(WordDistanceTest, AWordHalfTypedIsNearItsBeginning) {
  EXPECT_EQ(WordDistance("godfa").to("godfather").beginning, 0U);
  EXPECT_EQ(WordDistance("gofda").to("godfather").beginning, 1U);
  EXPECT_EQ(WordDistance("gofda").to("godfather").whole, 5U);
  EXPECT_EQ(WordDistance("abc").to("").beginning, 3U);
}

TEST(WordDistanceTest, ABytePerBitUpToTheLongestWord) {
  const std::string longest(WordDistance::kBytesMax, 'x');
  EXPECT_EQ(whole(longest, longest), 0U);
  EXPECT_EQ(whole(longest, longest + "y"), 1U);
  EXPECT_EQ(whole(longest, longest.substr(2)), 2U);
  EXPECT_EQ(whole("\xC3\xA9", "\xC3\xA8"), 1U);  // bytes above 127 are bytes
}

RC_GTEST_PROP(WordDistanceTest, IsTheSlowTablesLastRow, ()) {
  const auto words = [](std::size_t shortest) {
    return rc::gen::suchThat(rc::gen::container<std::string>(rc::gen::element('a', 'b', 'c')),
                             [shortest](const std::string& text) {
                               return text.size() >= shortest &&
                                      text.size() <= WordDistance::kBytesMax;
                             });
  };
  const std::string typed = *words(1);
  const std::string word = *words(0);
  const auto slow = slow_slips(typed, word);
  const WordDistance::Slips fast = WordDistance(typed).to(word);
  RC_ASSERT(fast.whole == slow.back());
  RC_ASSERT(fast.beginning == *std::min_element(slow.begin(), slow.end()));
}

}  // namespace
}  // namespace marquee::serving
