#include "serving/page_cursor.h"

#include "base/hash.h"

namespace marquee::serving {
namespace {

constexpr std::string_view kPrefix = "c1.";
constexpr std::string_view kAlphabet =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
constexpr std::size_t kCharsPerFilm = 4;
constexpr unsigned kBitsPerChar = 6;

}  // namespace

std::uint32_t page_tag_of(const MovieId& id) {
  return static_cast<std::uint32_t>(stable_hash(id.value()) & 0xFFFFFF);
}

std::string PageCursor::to_string() const {
  std::string text(kPrefix);
  text.reserve(kPrefix.size() + kCharsPerFilm * shown.size());
  for (const std::uint32_t tag : shown) {
    for (unsigned c = 0; c < kCharsPerFilm; ++c) {
      text.push_back(kAlphabet[(tag >> (kBitsPerChar * c)) & 63U]);
    }
  }
  return text;
}

Result<PageCursor> PageCursor::parse(std::string_view text) {
  const Error bad{ErrorCode::kInvalidArgument,
                  "the cursor is not one that a list gave: take next_cursor as it is"};
  if (!text.starts_with(kPrefix)) return bad;
  text.remove_prefix(kPrefix.size());
  if (text.size() % kCharsPerFilm != 0 || text.size() > kCharsPerFilm * kCursorFilmsMax) return bad;
  PageCursor cursor;
  for (; !text.empty(); text.remove_prefix(kCharsPerFilm)) {
    std::uint32_t tag = 0;
    for (unsigned c = 0; c < kCharsPerFilm; ++c) {
      const std::size_t digit = kAlphabet.find(text[c]);
      if (digit == std::string_view::npos) return bad;
      tag |= static_cast<std::uint32_t>(digit) << (kBitsPerChar * c);
    }
    cursor.shown.push_back(tag);
  }
  return cursor;
}

}  // namespace marquee::serving
