// Goal: however a title is written, it is found: folding forgets case, accents and punctuation and
// nothing else.

#include "serving/fold_text.h"

#include <algorithm>
#include <array>

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

namespace marquee::serving {
namespace {

/// Whole characters of many kinds: letters, digits, signs, accents, ligatures, other scripts.
constexpr std::array<const char*, 34> kCharacters{
    "a", "Z", "m", "0", "9", " ", "\t", "-", ":", "'", "’", "‘",  "!", "&", "é", "É",      "ñ",
    "ø", "Ł", "ß", "æ", "Œ", "ĳ", "ž",  "×", "÷", "·", "Þ", "愛", "д", "Ω", "𝄞", "\u0301", "ÿ"};

std::string random_text() {
  std::string text;
  for (const int index : *rc::gen::container<std::vector<int>>(
           rc::gen::inRange(0, static_cast<int>(kCharacters.size())))) {
    text += kCharacters[static_cast<std::size_t>(index)];
  }
  return text;
}

std::string joined(const std::vector<std::string_view>& words) {
  std::string text;
  for (const std::string_view word : words) text += (text.empty() ? "" : " ") + std::string(word);
  return text;
}

RC_GTEST_PROP(FoldText, FoldingAgainChangesNothing, ()) {
  const std::string folded = fold_text(random_text());
  RC_ASSERT(fold_text(folded) == folded);
}

RC_GTEST_PROP(FoldText, GivesWordsWithOneSpaceBetweenTwoAndNoCapitals, ()) {
  const std::string folded = fold_text(random_text());
  RC_ASSERT(joined(words_of(folded)) == folded);
  RC_ASSERT(folded.find("  ") == std::string::npos);
  RC_ASSERT(!folded.starts_with(' '));
  RC_ASSERT(!folded.ends_with(' '));
  RC_ASSERT(std::all_of(folded.begin(), folded.end(), [](char c) {
    const bool ascii = static_cast<unsigned char>(c) < 0x80;
    return !ascii || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == ' ';
  }));
  for (const std::string_view word : words_of(folded)) RC_ASSERT(!word.empty());
}

RC_GTEST_PROP(FoldText, ASpaceSeparatesWhateverStandsAroundIt, ()) {
  const std::string left = random_text();
  const std::string right = random_text();
  std::string wanted = fold_text(left);
  const std::string rest = fold_text(right);
  if (!wanted.empty() && !rest.empty()) wanted += ' ';
  RC_ASSERT(fold_text(left + " " + right) == wanted + rest);
}

RC_GTEST_PROP(FoldText, TakesAnyBytesWithoutHarm, (const std::string& bytes)) {
  const std::string folded = fold_text(bytes);
  RC_ASSERT(folded.size() <= 2 * bytes.size());
  RC_ASSERT(joined(words_of(folded)) == folded);
}

struct Spelling {
  const char* written;
  const char* folded;
};

class Spellings : public ::testing::TestWithParam<Spelling> {};

TEST_P(Spellings, FoldAlike) {
  EXPECT_EQ(fold_text(GetParam().written), GetParam().folded) << GetParam().written;
}

INSTANTIATE_TEST_SUITE_P(
    FoldText, Spellings,
    ::testing::Values(Spelling{"AMÉLIE", "amelie"}, Spelling{"Ame\u0301lie", "amelie"},
                      Spelling{"Łódź", "lodz"}, Spelling{"Straße", "strasse"},
                      Spelling{"Œuvre", "oeuvre"}, Spelling{"Ægir", "aegir"},
                      Spelling{"IJsland ĳs", "ijsland ijs"}, Spelling{"Schindler’s", "schindlers"},
                      Spelling{"Ocean's Eleven", "oceans eleven"}, Spelling{"Se7en", "se7en"},
                      Spelling{"(500) Days", "500 days"}, Spelling{"M*A*S*H", "m a s h"},
                      Spelling{"a×b", "a b"}, Spelling{"Şahane Ğ", "sahane g"}, Spelling{"...", ""},
                      Spelling{"", ""}, Spelling{"Война", "Война"}, Spelling{"\xC3", "\xC3"},
                      Spelling{"x\xE2\x80", "x\xE2\x80"}));

TEST(FoldText, EveryLetterOfLatinOneAndExtendedAFoldsToAsciiAndInBothCasesAlike) {
  const auto utf8 = [](unsigned code) {
    return std::string{static_cast<char>(0xC0U | (code >> 6U)),
                       static_cast<char>(0x80U | (code & 0x3FU))};
  };
  for (unsigned code = 0xC0; code < 0x180; ++code) {
    if (code == 0xD7 || code == 0xF7) continue;  // × and ÷ separate
    const std::string folded = fold_text(utf8(code));
    EXPECT_FALSE(folded.empty()) << std::hex << code;
    EXPECT_TRUE(
        std::all_of(folded.begin(), folded.end(), [](char c) { return c >= 'a' && c <= 'z'; }))
        << std::hex << code << " gives " << folded;
  }
  for (unsigned code = 0xC0; code < 0xDF; ++code) {
    if (code == 0xD7) continue;
    EXPECT_EQ(fold_text(utf8(code)), fold_text(utf8(code + 0x20))) << std::hex << code;
  }
}

}  // namespace
}  // namespace marquee::serving
