#include "datasets/own_records.h"

#include <algorithm>
#include <utility>

#include "datasets/derived_event_id.h"

namespace marquee::datasets {
namespace {

constexpr std::size_t kTitleBytesMax = 2'000;
constexpr std::size_t kGenresMax = 50;
constexpr std::size_t kGenreBytesMax = 100;
constexpr int kOwnYearMin = 1800;
constexpr int kOwnYearMax = 2200;

/// Line breaks and tabs become spaces; those around the text go.
std::string one_line(std::string_view text) {
  std::string out(text);
  std::ranges::replace_if(out, [](char c) { return c == '\n' || c == '\r' || c == '\t'; }, ' ');
  const std::size_t first = out.find_first_not_of(' ');
  if (first == std::string::npos) return {};
  return out.substr(first, out.find_last_not_of(' ') - first + 1);
}

Problem parse_year(std::string_view text, std::optional<int>& out) {
  if (text.empty()) return {};
  int year = 0;
  if (!parse_number(text, year) || year < kOwnYearMin || year > kOwnYearMax) {
    return "year is no whole number from 1800 to 2200";
  }
  out = year;
  return {};
}

Problem check_genres(const std::vector<std::string>& genres) {
  if (genres.size() > kGenresMax) return "more than 50 genres";
  for (const std::string& genre : genres) {
    if (genre.size() > kGenreBytesMax) return "a genre is longer than 100 bytes";
    if (has_control_character(genre)) return "a genre holds a control character";
  }
  return {};
}

Problem parse_value(std::string_view text, EventType type, std::optional<double>& out) {
  double value = 0;
  if (!text.empty()) {
    if (!parse_number(text, value) || !(value >= 0 && value <= 5)) {
      return "value is no number from 0 to 5";
    }
    out = value;
  }
  if (type == EventType::kRating) {
    return out && value >= 0.5 ? Problem() : "a rating's value is no number from 0.5 to 5";
  }
  if (type == EventType::kView) {
    return value <= 1 ? Problem() : "a view's value is no number from 0 to 1";
  }
  return out ? "only a rating and a view have a value" : Problem();
}

Problem parse_type(std::string_view text, bool has_value, EventType& out) {
  if (text.empty()) {
    out = has_value ? EventType::kRating : EventType::kView;
    return {};
  }
  const auto type = parse_event_type(text);
  if (!type) return "event_type is none of those that exist";
  if (*type == EventType::kUndo) return "an undo cannot be imported";
  out = *type;
  return {};
}

}  // namespace

Problem parse_own_movie(const TableRow& row, Movie& out) {
  if (!is_valid_id(row.values[0])) return "movie_id is no id";
  out.id = MovieId(std::string(row.values[0]));
  out.title = one_line(row.values[1]);
  if (out.title.empty()) return "title is empty";
  if (out.title.size() > kTitleBytesMax) return "title is longer than 2000 bytes";
  if (has_control_character(out.title)) return "title holds a control character";
  if (const Problem problem = parse_year(row.values[2], out.year); !problem.empty()) return problem;
  out.genres = split_genres(row.values[3]);
  out.metadata = row.further;
  return check_genres(out.genres);
}

Problem parse_own_interaction(const TableRow& row, Event& out) {
  if (!is_valid_id(row.values[0])) return "user_id is no id";
  if (!is_valid_id(row.values[1])) return "movie_id is no id";
  const std::string_view value = row.values[3];
  if (const Problem problem = parse_type(row.values[2], !value.empty(), out.type);
      !problem.empty()) {
    return problem;
  }
  if (const Problem problem = parse_value(value, out.type, out.value); !problem.empty()) {
    return problem;
  }
  out.ts_ms = static_cast<std::int64_t>(row.line);
  if (!row.values[4].empty()) {
    const auto ms = parse_time(row.values[4]);
    if (!ms) return "timestamp is no time from 1970 to 2100";
    out.ts_ms = *ms;
  }
  out.user_id = UserId(std::string(row.values[0]));
  out.movie_id = MovieId(std::string(row.values[1]));
  out.accepted_at_ms = out.ts_ms;
  out.event_id = derived_event_id(out);
  return {};
}

}  // namespace marquee::datasets
