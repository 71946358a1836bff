// The texts that come from strangers (ids, offsets, event types) against their grammar spelt out.
#include <charconv>
#include <regex>
#include <string>
#include <string_view>

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "base/rng.h"
#include "domain/event.h"
#include "domain/ids.h"
#include "domain/offset.h"

namespace marquee {
namespace {

constexpr std::string_view kIdCharacters =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_.:@-";

TEST(IdGrammar, DecidesOnEveryByteAlone) {
  for (int byte = 0; byte < 256; ++byte) {
    const std::string text(1, static_cast<char>(byte));
    EXPECT_EQ(is_valid_id(text), kIdCharacters.find(text) != std::string_view::npos) << byte;
  }
}

RC_GTEST_PROP(IdGrammar, OneForbiddenByteAnywhereSpoilsAnId,
              (std::uint64_t seed, std::uint8_t byte)) {
  Rng rng(seed);
  std::string id;
  for (std::uint64_t i = 1 + rng.below(kIdLengthMax); i > 0; --i) {
    id += kIdCharacters[rng.below(kIdCharacters.size())];
  }
  RC_ASSERT(is_valid_id(id));
  const char c = static_cast<char>(byte);
  id[rng.below(id.size())] = c;
  RC_ASSERT(is_valid_id(id) == (kIdCharacters.find(c) != std::string_view::npos));
}

TEST(IdGrammar, TakesOneTo128CharactersAndNoOtherLength) {
  for (std::size_t length = 0; length < 200; ++length) {
    EXPECT_EQ(is_valid_id(std::string(length, 'x')), length >= 1 && length <= 128) << length;
  }
}

/// The grammar of Offset::parse, in the words of std::regex, for sequences of 19 digits at most.
bool is_offset(const std::string& text) {
  static const std::regex grammar("e:[0-9]{1,19}|k:[0-9]{1,9}:[0-9]{1,19}");
  return std::regex_match(text, grammar);
}

RC_GTEST_PROP(OffsetGrammar, AgreesWithARegularExpression, (std::uint64_t seed)) {
  Rng rng(seed);
  constexpr std::string_view kPieces = "ek::0123456789-+ .";
  std::string text(rng.below(2) == 0 ? "e:" : "k:");
  for (std::uint64_t i = rng.below(7); i > 0; --i) text += kPieces[rng.below(kPieces.size())];
  RC_ASSERT(Offset::parse(text).has_value() == is_offset(text));
}

RC_GTEST_PROP(OffsetGrammar, NeverTakesNoise, (const std::string& noise)) {
  RC_ASSERT(Offset::parse(noise).has_value() == is_offset(noise));
}

TEST(OffsetGrammar, APartitionIsNeverNegativeNotEvenZero) {
  EXPECT_FALSE(Offset::parse("k:-1:5").has_value());
  EXPECT_FALSE(Offset::parse("k:-0:5").has_value());
}

TEST(OffsetGrammar, TakesTheLargestNumbersAndNoneBeyond) {
  EXPECT_EQ(Offset::parse("e:18446744073709551615")->sequence, UINT64_MAX);
  EXPECT_FALSE(Offset::parse("e:18446744073709551616").has_value());
  EXPECT_EQ(Offset::parse("k:2147483647:0")->partition, INT32_MAX);
  EXPECT_FALSE(Offset::parse("k:2147483648:0").has_value());
}

RC_GTEST_PROP(EventTypeGrammar, OnlyItsElevenNamesAreTaken, (const std::string& noise)) {
  const auto type = parse_event_type(noise);
  if (type) RC_ASSERT(to_string(*type) == noise);
  for (int number = 0; number <= static_cast<int>(EventType::kUndo); ++number) {
    const std::string name(to_string(static_cast<EventType>(number)));
    RC_ASSERT(!parse_event_type(name + "x").has_value());
    RC_ASSERT(!parse_event_type(name.substr(1)).has_value());
    RC_ASSERT(!parse_event_type(std::string(1, static_cast<char>(name[0] - 32)) + name.substr(1)));
  }
}

}  // namespace
}  // namespace marquee
