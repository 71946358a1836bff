#include "datasets/text_fields.h"

#include <algorithm>

#include "base/json_writer.h"
#include "base/time_text.h"
#include "datasets/derived_event_id.h"

namespace marquee::datasets {
namespace {

constexpr std::string_view kNoGenres = "(no genres listed)";
constexpr std::int64_t kMillisecondsFrom = 100'000'000'000;  // smaller numbers are seconds
constexpr std::int64_t kTimeEndMs = 4'102'444'800'000;       // 2100-01-01
constexpr std::size_t kDateSize = 10;                        // "2005-04-02"
constexpr std::size_t kDateTimeSize = 19;                    // "2005-04-02 23:32:07"

std::optional<std::int64_t> in_range(std::int64_t ms) {
  if (ms < 0 || ms >= kTimeEndMs) return std::nullopt;
  return ms;
}

}  // namespace

std::string_view trimmed(std::string_view text) {
  while (text.starts_with(' ')) text.remove_prefix(1);
  while (text.ends_with(' ')) text.remove_suffix(1);
  return text;
}

std::optional<std::int64_t> parse_time(std::string_view text) {
  std::int64_t number = 0;
  if (parse_number(text, number)) {
    if (number < 0) return std::nullopt;
    return in_range(number < kMillisecondsFrom ? number * 1'000 : number);
  }
  std::string whole(text);
  if (whole.size() == kDateSize) whole += "T00:00:00Z";
  if (whole.size() < kDateTimeSize) return std::nullopt;
  if (whole[kDateSize] == ' ') whole[kDateSize] = 'T';
  // what follows the seconds: a fraction, then the zone
  if (whole.find_first_not_of(".0123456789", kDateTimeSize) == std::string::npos) whole += 'Z';
  const auto ms = parse_rfc3339(whole);
  return ms.ok() ? in_range(*ms) : std::nullopt;
}

std::string to_utf8(std::string_view text) {
  if (is_valid_utf8(text)) return std::string(text);
  std::string out;
  out.reserve(text.size() + text.size() / 4);
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte < 0x80) {
      out.push_back(c);
    } else {
      out.push_back(static_cast<char>(0xC0 | (byte >> 6)));
      out.push_back(static_cast<char>(0x80 | (byte & 0x3F)));
    }
  }
  return out;
}

bool has_control_character(std::string_view text) {
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto byte = static_cast<unsigned char>(text[i]);
    if (byte < 0x20 || byte == 0x7F) return true;
    const bool c1 = byte == 0xC2 && i + 1 < text.size() &&
                    static_cast<unsigned char>(text[i + 1]) < 0xA0;  // U+0080–9F
    if (c1) return true;
  }
  return false;
}

std::vector<std::string> split_genres(std::string_view text) {
  std::vector<std::string> genres;
  if (text == kNoGenres) return genres;
  while (!text.empty()) {
    const std::size_t bar = text.find('|');
    const std::string_view genre = trimmed(text.substr(0, bar));
    if (!genre.empty() && std::ranges::find(genres, genre) == genres.end()) {
      genres.emplace_back(genre);
    }
    text.remove_prefix(bar == std::string_view::npos ? text.size() : bar + 1);
  }
  return genres;
}

Problem parse_rating(std::string_view user, std::string_view movie, std::string_view stars,
                     std::string_view time, Event& out) {
  if (!is_valid_id(user)) return "userId is no id";
  if (!is_valid_id(movie)) return "movieId is no id";
  double value = 0;
  // the comparison refuses NaN too
  if (!parse_number(stars, value) || !(value >= 0.5 && value <= 5.0)) {
    return "rating is no number from 0.5 to 5";
  }
  const auto ms = parse_time(time);
  if (!ms) return "timestamp is no time from 1970 to 2100";
  out.user_id = UserId(std::string(user));
  out.movie_id = MovieId(std::string(movie));
  out.type = EventType::kRating;
  out.value = value;
  out.ts_ms = *ms;
  out.accepted_at_ms = *ms;
  out.event_id = derived_event_id(out);
  return {};
}

}  // namespace marquee::datasets
