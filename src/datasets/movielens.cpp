#include "datasets/movielens.h"

#include <algorithm>
#include <array>
#include <unordered_map>
#include <utility>

#include <fmt/format.h>

#include "base/hash.h"
#include "base/json_writer.h"
#include "datasets/csv_reader.h"
#include "datasets/file_dataset.h"
#include "datasets/movie_title.h"

namespace marquee::datasets {
namespace {

const std::vector<std::string_view> kMovieHeader{"movieId", "title", "genres"};
const std::vector<std::string_view> kRatingHeader{"userId", "movieId", "rating", "timestamp"};
const std::vector<std::string_view> kLinkHeader{"movieId", "imdbId", "tmdbId"};

/// What the files are called.
struct FileNames {
  const char* movies;
  const char* ratings;
  const char* links;
};
constexpr std::array<FileNames, 2> kNames{{
    {"movies.csv", "ratings.csv", "links.csv"},
    {"movie.csv", "rating.csv", "link.csv"},
}};

Problem parse_movie(const std::vector<std::string_view>& fields, Movie& out) {
  if (fields.size() != kMovieHeader.size()) return "not 3 fields";
  if (!is_valid_id(fields[0])) return "movieId is no id";
  if (!is_valid_utf8(fields[1]) || !is_valid_utf8(fields[2])) return "not UTF-8";
  if (has_control_character(fields[1])) return "title holds a control character";
  if (has_control_character(fields[2])) return "genres hold a control character";
  MovieTitle title = parse_movie_title(fields[1]);
  if (title.title.empty()) return "title is empty";
  out.id = MovieId(std::string(fields[0]));
  out.title = std::move(title.title);
  out.year = title.year;
  out.genres = split_genres(fields[2]);
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

/// The place of each film in the catalogue.
using PlaceOf = std::unordered_map<std::string, std::size_t, KeyedStringHash>;

class MovieLens final : public FileDataset {
 public:
  MovieLens(std::string directory, const FileNames& names, const ReadOptions& options)
      : FileDataset("MovieLens ", std::move(directory), options), names_(names) {}

  Result<std::vector<Movie>> movies() override {
    std::vector<Movie> movies;
    PlaceOf place_of;
    MARQUEE_CHECK(read(names_.movies, kMovieHeader, [&](const auto& fields) -> Result<Problem> {
      Movie movie;
      if (const Problem problem = parse_movie(fields, movie); !problem.empty()) return problem;
      const bool fresh = place_of.emplace(movie.id.value(), movies.size()).second;
      if (!fresh) return kRepeated;
      movies.push_back(std::move(movie));
      return Problem();
    }));
    if (has(names_.links)) MARQUEE_CHECK(read_links(movies, place_of));
    return movies;
  }

  Result<void> interactions(const std::function<Result<void>(Event)>& event) override {
    return read(names_.ratings, kRatingHeader, [&](const auto& fields) -> Result<Problem> {
      if (fields.size() != kRatingHeader.size()) return Problem("not 4 fields");
      Event rating;
      const Problem problem = parse_rating(fields[0], fields[1], fields[2], fields[3], rating);
      if (!problem.empty()) return problem;
      MARQUEE_CHECK(event(std::move(rating)));
      return Problem();
    });
  }

 private:
  Result<void> read_links(std::vector<Movie>& movies, const PlaceOf& place_of) {
    return read(names_.links, kLinkHeader, [&](const auto& fields) -> Result<Problem> {
      std::string metadata;
      if (const Problem problem = parse_links(fields, metadata); !problem.empty()) return problem;
      const auto place = place_of.find(std::string(fields[0]));
      if (place != place_of.end()) movies[place->second].metadata = std::move(metadata);
      return Problem();
    });
  }

  template <typename Take>
  Result<void> read(const char* file, const std::vector<std::string_view>& header,
                    const Take& take) {
    MARQUEE_TRY(CsvReader reader, CsvReader::open(path(file)));
    Record record;
    MARQUEE_TRY(const bool more, reader.next(record));
    if (!more || record.fields != header) return wrong_header(file, header);
    return for_each_record(reader, file, take);
  }

  const FileNames& names_;
};

bool begins_with_header(const std::string& path, const std::vector<std::string_view>& header) {
  auto reader = CsvReader::open(path);
  Record record;
  if (!reader.ok()) return false;
  const auto more = reader->next(record);
  return more.ok() && *more && record.fields == header;
}

const FileNames* names_in(const std::string& directory) {
  const std::filesystem::path base(directory);
  const auto is_there = [&base](const FileNames& names) {
    return begins_with_header((base / names.movies).string(), kMovieHeader) &&
           begins_with_header((base / names.ratings).string(), kRatingHeader);
  };
  const auto found = std::ranges::find_if(kNames, is_there);
  return found == kNames.end() ? nullptr : &*found;
}

}  // namespace

bool is_movielens(const std::string& directory) { return names_in(directory) != nullptr; }

Result<std::unique_ptr<Dataset>> open_movielens(const std::string& directory,
                                                const ReadOptions& options) {
  const FileNames* names = names_in(directory);
  if (names == nullptr) {
    return Error{ErrorCode::kInvalidArgument,
                 fmt::format("'{}' holds no MovieLens CSV files", directory)};
  }
  return std::unique_ptr<Dataset>(std::make_unique<MovieLens>(directory, *names, options));
}

}  // namespace marquee::datasets
