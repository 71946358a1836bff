// Whole documents of JsonWriter against a strict reader of RFC 8259.
#include <bit>
#include <charconv>
#include <cmath>
#include <limits>

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "base/json_writer.h"
#include "base/rng.h"
#include "testing/strict_json.h"

namespace marquee {
namespace {

using testing::Json;
using testing::parse_strict_json;

std::string random_text(Rng& rng) {
  static const std::vector<std::string> pieces{"a", "\"", "\\", "/",  "\n", "\t", "\x01", "\x7F",
                                               "é", "愛", "🎬", "</", "{}", ",",  ":"};
  std::string text;
  for (std::uint64_t i = rng.below(6); i > 0; --i) text += pieces[rng.below(pieces.size())];
  return text;
}

/// Writes a random value and returns what a reader should find.
Json write_random(JsonWriter& json, Rng& rng, int depth) {
  Json wanted;
  switch (rng.below(depth > 0 ? 6 : 4)) {
    case 0:
      json.null();
      break;
    case 1: {
      const bool flag = rng.below(2) == 0;
      wanted.kind = flag ? Json::Kind::kTrue : Json::Kind::kFalse;
      json.value(flag);
      break;
    }
    case 2: {
      const auto number = static_cast<std::int64_t>(rng.next());
      wanted.kind = Json::Kind::kNumber;
      wanted.text = std::to_string(number);
      json.value(number);
      break;
    }
    case 3:
      wanted.kind = Json::Kind::kString;
      wanted.text = random_text(rng);
      json.value(wanted.text);
      break;
    case 4:
      wanted.kind = Json::Kind::kArray;
      json.begin_array();
      for (std::uint64_t i = rng.below(5); i > 0; --i) {
        wanted.items.push_back(write_random(json, rng, depth - 1));
      }
      json.end_array();
      break;
    default:
      wanted.kind = Json::Kind::kObject;
      json.begin_object();
      for (std::uint64_t i = rng.below(5); i > 0; --i) {
        json.key(wanted.names.emplace_back(random_text(rng)));
        wanted.items.push_back(write_random(json, rng, depth - 1));
      }
      json.end_object();
  }
  return wanted;
}

RC_GTEST_PROP(JsonWriterDocument, IsReadBackAsItWasMeant, (std::uint64_t seed)) {
  Rng rng(seed);
  JsonWriter json;
  const Json wanted = write_random(json, rng, 5);
  const auto read = parse_strict_json(json.text());
  RC_ASSERT(read.has_value());
  RC_ASSERT(*read == wanted);
}

RC_GTEST_PROP(JsonWriterDocument, IsStrictJsonWhateverBytesAreItsTexts,
              (const std::vector<std::string>& texts)) {
  JsonWriter json;
  json.begin_object();
  for (const std::string& text : texts) json.member(text, text);
  json.end_object();
  const auto read = parse_strict_json(json.text());
  RC_ASSERT(read.has_value());
  RC_ASSERT(read->items.size() == texts.size());
  for (std::size_t i = 0; i < texts.size(); ++i) {
    if (is_valid_utf8(texts[i])) RC_ASSERT(read->items[i].text == texts[i]);
    RC_ASSERT(read->names[i] == read->items[i].text);
  }
}

template <typename Number>
Number read_number(const std::string& text) {
  Number number{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  return error == std::errc{} && end == text.data() + text.size()
             ? number
             : std::numeric_limits<Number>::quiet_NaN();
}

template <typename Number>
std::string written(Number number) {
  JsonWriter json;
  json.value(number);
  return json.take();
}

RC_GTEST_PROP(JsonWriterNumbers, EveryFiniteDoubleComesBackBitForBit, (std::uint64_t bits)) {
  const auto number = std::bit_cast<double>(bits);
  const auto json = parse_strict_json(written(number));
  RC_ASSERT(json.has_value());
  if (!std::isfinite(number)) {
    RC_ASSERT(json->kind == Json::Kind::kNull);
  } else {
    RC_ASSERT(std::bit_cast<std::uint64_t>(read_number<double>(json->text)) == bits);
  }
}

RC_GTEST_PROP(JsonWriterNumbers, EveryFiniteFloatComesBackBitForBit, (std::uint32_t bits)) {
  const auto number = std::bit_cast<float>(bits);
  const auto json = parse_strict_json(written(number));
  RC_ASSERT(json.has_value());
  if (!std::isfinite(number)) {
    RC_ASSERT(json->kind == Json::Kind::kNull);
  } else {
    RC_ASSERT(std::bit_cast<std::uint32_t>(read_number<float>(json->text)) == bits);
  }
}

TEST(JsonWriterNumbers, TheEdgesOfEveryTypeAreStrictJson) {
  using Double = std::numeric_limits<double>;
  using Float = std::numeric_limits<float>;
  for (const double number :
       {0.0, -0.0, Double::min(), Double::max(), Double::lowest(), Double::denorm_min(),
        Double::epsilon(), 1e21, 1e-7, 0.1, 1.0 / 3, 9'007'199'254'740'993.0}) {
    const auto json = parse_strict_json(written(number));
    ASSERT_TRUE(json.has_value()) << written(number);
    EXPECT_EQ(read_number<double>(json->text), number);
  }
  for (const float number : {Float::min(), Float::max(), Float::lowest(), Float::denorm_min()}) {
    const auto json = parse_strict_json(written(number));
    ASSERT_TRUE(json.has_value()) << written(number);
    EXPECT_EQ(read_number<float>(json->text), number);
  }
  EXPECT_EQ(written(std::numeric_limits<std::int64_t>::min()), "-9223372036854775808");
  EXPECT_EQ(written(std::numeric_limits<std::int64_t>::max()), "9223372036854775807");
}

TEST(JsonWriterNumbers, AFloatIsNotWrittenWithTheDigitsOfADouble) {
  EXPECT_EQ(written(0.7F), "0.7");
  EXPECT_EQ(written(static_cast<double>(0.7F)), "0.699999988079071");
}

/// The reference itself must refuse what a lenient reader would let through.
TEST(StrictJson, RefusesWhatIsNearlyJson) {
  for (const char* text :
       {"",          " ",   "[1,]", "{\"a\":1,}", "{a:1}",  "['a']",   "01",     "+1",
        "1.",        ".5",  "1e",   "nul",        "\"\t\"", "\"\\x\"", "\"open", "[1 2]",
        "{\"a\" 1}", "1 2", "NaN",  "-",          "[",      "{\"a\":}"}) {
    EXPECT_FALSE(parse_strict_json(text).has_value()) << text;
  }
  for (const char* text : {"0", "-0", "1e9", "1E-9", "[]", " { } ", "\"\\u001f\\/\"", "[[],{}]"}) {
    EXPECT_TRUE(parse_strict_json(text).has_value()) << text;
  }
}

/// Table 3-7 of Unicode 15 in its plainest form: decode, then say what is wrong.
bool is_utf8_by_decoding(const std::string& text) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  for (std::size_t i = 0; i < text.size();) {
    const int length = byte(i) < 0x80             ? 1
                       : (byte(i) & 0xE0) == 0xC0 ? 2
                       : (byte(i) & 0xF0) == 0xE0 ? 3
                       : (byte(i) & 0xF8) == 0xF0 ? 4
                                                  : 0;
    if (length == 0 || i + static_cast<std::size_t>(length) > text.size()) return false;
    std::uint32_t code = length == 1 ? byte(i) : byte(i) & (0x7FU >> length);
    for (int k = 1; k < length; ++k) {
      const unsigned char next = byte(i + static_cast<std::size_t>(k));
      if ((next & 0xC0) != 0x80) return false;
      code = (code << 6) | (next & 0x3FU);
    }
    constexpr std::uint32_t kShortest[] = {0, 0, 0x80, 0x800, 0x10000};
    if (code < kShortest[length] || code > 0x10FFFF) return false;
    if (code >= 0xD800 && code <= 0xDFFF) return false;
    i += static_cast<std::size_t>(length);
  }
  return true;
}

TEST(Utf8, AgreesWithDecodingOnEveryTwoBytesAndManyLongerTexts) {
  for (unsigned pair = 0; pair < 65'536; ++pair) {
    const std::string text{static_cast<char>(pair >> 8), static_cast<char>(pair & 0xFF)};
    ASSERT_EQ(is_valid_utf8(text), is_utf8_by_decoding(text)) << pair;
  }
  Rng rng(1);
  const std::string bytes("\xE0\xED\xEF\xF0\xF1\xF4\xF5\x80\x8F\x90\x9F\xA0\xBF\xC2\x61", 15);
  for (int i = 0; i < 50'000; ++i) {
    std::string text;
    for (int k = 0; k < 4; ++k) text += bytes[rng.below(bytes.size())];
    ASSERT_EQ(is_valid_utf8(text), is_utf8_by_decoding(text)) << json_quote(text);
  }
}

}  // namespace
}  // namespace marquee
