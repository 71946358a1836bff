#include "datasets/movielens.h"

#include <algorithm>
#include <charconv>
#include <filesystem>
#include <unordered_map>
#include <utility>

#include <fmt/format.h>

#include "base/json_writer.h"
#include "datasets/csv_reader.h"
#include "datasets/derived_event_id.h"
#include "datasets/movie_title.h"
#include "datasets/skipped_lines.h"

namespace marquee::datasets {
namespace {

constexpr std::string_view kNoGenres = "(no genres listed)";
constexpr std::int64_t kSecondsMax = 4'102'444'800;  // 2100-01-01: later is no time of a rating

const std::vector<std::string_view> kMovieHeader{"movieId", "title", "genres"};
const std::vector<std::string_view> kRatingHeader{"userId", "movieId", "rating", "timestamp"};
const std::vector<std::string_view> kLinkHeader{"movieId", "imdbId", "tmdbId"};

/// What is wrong with a record; empty when nothing is.
using Problem = std::string_view;

template <typename Number>
bool parse_number(std::string_view text, Number& out) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), out);
  return error == std::errc{} && end == text.data() + text.size();
}

void parse_genres(std::string_view text, std::vector<std::string>& out) {
  if (text == kNoGenres) return;
  while (!text.empty()) {
    const std::size_t bar = text.find('|');
    const std::string_view genre = text.substr(0, bar);
    if (!genre.empty() && std::ranges::find(out, genre) == out.end()) out.emplace_back(genre);
    text.remove_prefix(bar == std::string_view::npos ? text.size() : bar + 1);
  }
}

Problem parse_movie(const std::vector<std::string_view>& fields, Movie& out) {
  if (fields.size() != kMovieHeader.size()) return "not 3 fields";
  if (!is_valid_id(fields[0])) return "movieId is no id";
  if (!is_valid_utf8(fields[1]) || !is_valid_utf8(fields[2])) return "not UTF-8";
  if (fields[1].find('\0') != std::string_view::npos) return "title holds a NUL byte";
  if (fields[2].find('\0') != std::string_view::npos) return "genres hold a NUL byte";
  MovieTitle title = parse_movie_title(fields[1]);
  if (title.title.empty()) return "title is empty";
  out.id = MovieId(std::string(fields[0]));
  out.title = std::move(title.title);
  out.year = title.year;
  parse_genres(fields[2], out.genres);
  return {};
}

Problem parse_rating(const std::vector<std::string_view>& fields, Event& out) {
  if (fields.size() != kRatingHeader.size()) return "not 4 fields";
  if (!is_valid_id(fields[0])) return "userId is no id";
  if (!is_valid_id(fields[1])) return "movieId is no id";
  double value = 0;
  // the comparison refuses NaN too
  if (!parse_number(fields[2], value) || !(value >= 0.5 && value <= 5.0)) {
    return "rating is no number from 0.5 to 5";
  }
  std::int64_t seconds = 0;
  if (!parse_number(fields[3], seconds) || seconds < 0 || seconds >= kSecondsMax) {
    return "timestamp is no time from 1970 to 2100";
  }
  out.user_id = UserId(std::string(fields[0]));
  out.movie_id = MovieId(std::string(fields[1]));
  out.type = EventType::kRating;
  out.value = value;
  out.ts_ms = seconds * 1000;
  out.accepted_at_ms = out.ts_ms;
  out.event_id = derived_event_id(out);
  return {};
}

bool is_digits(std::string_view text) {
  return std::ranges::all_of(text, [](char c) { return c >= '0' && c <= '9'; });
}

/// The metadata of a film from its line in links.csv.
Problem parse_links(const std::vector<std::string_view>& fields, std::string& out) {
  if (fields.size() != kLinkHeader.size()) return "not 3 fields";
  if (!is_valid_id(fields[0])) return "movieId is no id";
  if (!is_digits(fields[1]) || fields[1].size() > 12) return "imdbId is no number";
  if (!is_digits(fields[2]) || fields[2].size() > 12) return "tmdbId is no number";
  JsonWriter json;
  json.begin_object();
  if (!fields[1].empty()) json.member("imdb_id", fmt::format("tt{:0>7}", fields[1]));
  if (!fields[2].empty()) json.member("tmdb_id", fields[2]);
  out = json.end_object().take();
  return {};
}

class MovieLens final : public Dataset {
 public:
  MovieLens(std::string directory, const ReadOptions& options)
      : directory_(std::move(directory)), skipped_(options) {}

  std::string name() const override {
    std::error_code failure;
    const auto path = std::filesystem::canonical(directory_, failure);
    return "MovieLens " + (failure ? std::filesystem::path(directory_) : path).filename().string();
  }

  Result<std::vector<Movie>> movies() override {
    std::vector<Movie> movies;
    std::unordered_map<std::string, std::size_t> place_of;
    MARQUEE_CHECK(read("movies.csv", kMovieHeader, [&](const auto& fields) -> Result<Problem> {
      Movie movie;
      if (const Problem problem = parse_movie(fields, movie); !problem.empty()) return problem;
      const bool fresh = place_of.emplace(movie.id.value(), movies.size()).second;
      if (!fresh) return Problem("movieId is repeated");
      movies.push_back(std::move(movie));
      return Problem();
    }));
    if (std::filesystem::exists(path("links.csv"))) MARQUEE_CHECK(read_links(movies, place_of));
    return movies;
  }

  Result<void> interactions(const std::function<Result<void>(Event)>& event) override {
    return read("ratings.csv", kRatingHeader, [&](const auto& fields) -> Result<Problem> {
      Event rating;
      if (const Problem problem = parse_rating(fields, rating); !problem.empty()) return problem;
      MARQUEE_CHECK(event(std::move(rating)));
      return Problem();
    });
  }

  const std::vector<SkippedLine>& skipped() const override { return skipped_.lines(); }
  std::uint64_t skipped_count() const override { return skipped_.count(); }

 private:
  std::string path(const char* file) const {
    return (std::filesystem::path(directory_) / file).string();
  }

  Result<void> read_links(std::vector<Movie>& movies,
                          const std::unordered_map<std::string, std::size_t>& place_of) {
    return read("links.csv", kLinkHeader, [&](const auto& fields) -> Result<Problem> {
      std::string metadata;
      if (const Problem problem = parse_links(fields, metadata); !problem.empty()) return problem;
      const auto place = place_of.find(std::string(fields[0]));
      if (place != place_of.end()) movies[place->second].metadata = std::move(metadata);
      return Problem();
    });
  }

  /// Hands the fields of every record of `file` to `take`, which says what is wrong with them.
  template <typename Take>
  Result<void> read(const char* file, const std::vector<std::string_view>& header,
                    const Take& take) {
    MARQUEE_TRY(CsvReader reader, CsvReader::open(path(file)));
    skipped_.begin(file);
    CsvRecord record;
    MARQUEE_TRY(bool more, reader.next(record));
    if (!more || record.fields != header) {
      return Error{ErrorCode::kInvalidArgument,
                   fmt::format("'{}' does not begin with the header {}", path(file),
                               fmt::join(header, ","))};
    }
    for (;;) {
      MARQUEE_TRY(more, reader.next(record));
      if (!more) return skipped_.finish(reader);
      Problem problem = record.problem;
      if (problem.empty()) {
        MARQUEE_TRY(problem, take(record.fields));
      }
      if (!problem.empty()) MARQUEE_CHECK(skipped_.add(record.line, problem, reader));
    }
  }

  std::string directory_;
  SkippedLines skipped_;
};

bool begins_with_header(const std::string& path, const std::vector<std::string_view>& header) {
  auto reader = CsvReader::open(path);
  CsvRecord record;
  if (!reader.ok()) return false;
  const auto more = reader->next(record);
  return more.ok() && *more && record.fields == header;
}

}  // namespace

bool is_movielens(const std::string& directory) {
  const std::filesystem::path base(directory);
  return begins_with_header((base / "movies.csv").string(), kMovieHeader) &&
         begins_with_header((base / "ratings.csv").string(), kRatingHeader);
}

std::unique_ptr<Dataset> open_movielens(const std::string& directory, const ReadOptions& options) {
  return std::make_unique<MovieLens>(directory, options);
}

}  // namespace marquee::datasets
