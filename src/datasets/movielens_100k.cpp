#include <unordered_set>
#include <utility>

#include "base/hash.h"
#include "datasets/file_dataset.h"
#include "datasets/line_reader.h"
#include "datasets/movie_title.h"
#include "datasets/movielens.h"

namespace marquee::datasets {
namespace {

constexpr const char* kRatings = "u.data";
constexpr const char* kItems = "u.item";
constexpr const char* kGenres = "u.genre";
constexpr std::size_t kFirstFlag = 5;  // id, title, release date, video release date, IMDb URL
constexpr std::string_view kNoGenre = "unknown";
constexpr std::size_t kYearDigits = 4;

/// The flags of u.item in their order, where there is no u.genre (README of ml-100k).
const std::vector<std::string> kGenresOfReadme{
    "unknown",     "Action", "Adventure", "Animation", "Children's", "Comedy",  "Crime",
    "Documentary", "Drama",  "Fantasy",   "Film-Noir", "Horror",     "Musical", "Mystery",
    "Romance",     "Sci-Fi", "Thriller",  "War",       "Western"};

/// The year of "01-Jan-1995"; none for anything else.
std::optional<int> year_of_date(std::string_view date) {
  int year = 0;
  if (date.size() < kYearDigits + 1 || date[date.size() - kYearDigits - 1] != '-') return {};
  if (!parse_number(date.substr(date.size() - kYearDigits), year)) return {};
  return year;
}

Problem parse_item(const std::vector<std::string_view>& fields,
                   const std::vector<std::string>& genres, Movie& out) {
  if (fields.size() != kFirstFlag + genres.size()) return "not one flag for each genre";
  if (!is_valid_id(fields[0])) return "movie id is no id";
  MovieTitle title = parse_movie_title(to_utf8(fields[1]));
  if (title.title.empty()) return "title is empty";
  if (has_control_character(title.title)) return "title holds a control character";
  for (std::size_t i = 0; i < genres.size(); ++i) {
    const std::string_view flag = fields[kFirstFlag + i];
    if (flag != "0" && flag != "1") return "a genre's flag is not 0 or 1";
    if (flag == "1" && genres[i] != kNoGenre) out.genres.push_back(genres[i]);
  }
  out.id = MovieId(std::string(fields[0]));
  out.title = std::move(title.title);
  out.year = title.year ? title.year : year_of_date(fields[2]);
  return {};
}

class MovieLens100k final : public FileDataset {
 public:
  MovieLens100k(std::string directory, const ReadOptions& options)
      : FileDataset("MovieLens ", std::move(directory), options) {}

  Result<std::vector<Movie>> movies() override {
    std::vector<std::string> genres = kGenresOfReadme;
    if (has(kGenres)) {
      MARQUEE_TRY(genres, read_genres());
    }
    MARQUEE_TRY(SeparatedReader reader, SeparatedReader::open(path(kItems), "|"));
    std::vector<Movie> movies;
    std::unordered_set<std::string, KeyedStringHash> ids;
    MARQUEE_CHECK(for_each_record(reader, kItems, [&](const auto& fields) -> Result<Problem> {
      Movie movie;
      const Problem problem = parse_item(fields, genres, movie);
      if (!problem.empty()) return problem;
      if (!ids.insert(movie.id.value()).second) return kRepeated;
      movies.push_back(std::move(movie));
      return Problem();
    }));
    return movies;
  }

  Result<void> interactions(const std::function<Result<void>(Event)>& event) override {
    MARQUEE_TRY(SeparatedReader reader, SeparatedReader::open(path(kRatings), "\t"));
    return for_each_record(reader, kRatings, [&](const auto& fields) -> Result<Problem> {
      if (fields.size() != 4) return Problem("not 4 fields");
      Event rating;
      const Problem problem = parse_rating(fields[0], fields[1], fields[2], fields[3], rating);
      if (!problem.empty()) return problem;
      MARQUEE_CHECK(event(std::move(rating)));
      return Problem();
    });
  }

 private:
  /// u.genre: "Action|1", the name of each flag and its place.
  Result<std::vector<std::string>> read_genres() {
    MARQUEE_TRY(SeparatedReader reader, SeparatedReader::open(path(kGenres), "|"));
    std::vector<std::string> genres;
    MARQUEE_CHECK(for_each_record(reader, kGenres, [&](const auto& fields) -> Result<Problem> {
      std::size_t place = 0;
      const bool in_order = fields.size() == 2 && parse_number(fields[1], place) &&
                            place == genres.size() && !fields[0].empty();
      if (!in_order) return Problem("not a genre and its place");
      genres.push_back(to_utf8(fields[0]));
      return Problem();
    }));
    return genres;
  }
};

}  // namespace

bool is_movielens_100k(const std::string& directory) {
  const std::filesystem::path base(directory);
  std::error_code ignored;
  return std::filesystem::exists(base / kItems, ignored) &&
         std::filesystem::exists(base / kRatings, ignored);
}

Result<std::unique_ptr<Dataset>> open_movielens_100k(const std::string& directory,
                                                     const ReadOptions& options) {
  return std::unique_ptr<Dataset>(std::make_unique<MovieLens100k>(directory, options));
}

}  // namespace marquee::datasets
