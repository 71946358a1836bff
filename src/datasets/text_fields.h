#pragma once

#include <charconv>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "domain/event.h"

namespace marquee::datasets {

/// What is wrong with a record; empty when nothing is.
using Problem = std::string_view;

/// True when all of `text` is a number of this type.
template <typename Number>
bool parse_number(std::string_view text, Number& out) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), out);
  return error == std::errc{} && end == text.data() + text.size();
}

/// Milliseconds since the Unix epoch of a time as data sets write it, from 1970 to 2100:
///   1112484727        whole seconds, below 10^11
///   1112484727000     whole milliseconds, from 10^11 on (March 1973)
///   2005-04-02T23:32:07.5+02:00, 2005-04-02 23:32:07, 2005-04-02
///                     RFC 3339; without a zone UTC, without a time of day midnight
std::optional<std::int64_t> parse_time(std::string_view text);

/// `text` itself when it is well-formed UTF-8, else read as ISO 8859-1 (Latin-1), whose every byte
/// is a character. No name in Latin-1 is by chance well-formed UTF-8 with an accent in it.
std::string to_utf8(std::string_view text);

/// True when `text` (UTF-8) holds a character of Unicode's class Cc: U+0000–1F, 7F–9F.
bool has_control_character(std::string_view text);

/// `text` without the spaces around it.
std::string_view trimmed(std::string_view text);

/// The genres between "|", trimmed of spaces, each once, in their order; none for MovieLens'
/// "(no genres listed)".
std::vector<std::string> split_genres(std::string_view text);

/// A rating of 0.5 to 5 stars from its four fields in the order of every MovieLens; `out` is whole,
/// with its id, when there is no problem.
Problem parse_rating(std::string_view user, std::string_view movie, std::string_view stars,
                     std::string_view time, Event& out);

}  // namespace marquee::datasets
