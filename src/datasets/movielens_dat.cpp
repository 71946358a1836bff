#include <unordered_set>
#include <utility>

#include "base/hash.h"
#include "datasets/file_dataset.h"
#include "datasets/line_reader.h"
#include "datasets/movie_title.h"
#include "datasets/movielens.h"

namespace marquee::datasets {
namespace {

constexpr const char* kMoviesDat = "movies.dat";
constexpr const char* kRatingsDat = "ratings.dat";
constexpr const char* kSeparator = "::";

Problem parse_dat_movie(const std::vector<std::string_view>& fields, Movie& out) {
  if (fields.size() < 3) return "not 3 fields";
  if (!is_valid_id(fields[0])) return "movieId is no id";
  const std::string_view last_of_title = fields[fields.size() - 2];
  const std::string_view raw(
      fields[1].data(),
      static_cast<std::size_t>(last_of_title.data() + last_of_title.size() - fields[1].data()));
  MovieTitle title = parse_movie_title(to_utf8(raw));
  if (title.title.empty()) return "title is empty";
  const std::string genres = to_utf8(fields.back());
  if (has_control_character(title.title)) return "title holds a control character";
  if (has_control_character(genres)) return "genres hold a control character";
  out.id = MovieId(std::string(fields[0]));
  out.title = std::move(title.title);
  out.year = title.year;
  out.genres = split_genres(genres);
  return {};
}

class MovieLensDat final : public FileDataset {
 public:
  MovieLensDat(std::string directory, const ReadOptions& options)
      : FileDataset("MovieLens ", std::move(directory), options) {}

  Result<std::vector<Movie>> movies() override {
    MARQUEE_TRY(SeparatedReader reader, SeparatedReader::open(path(kMoviesDat), kSeparator));
    std::vector<Movie> movies;
    std::unordered_set<std::string, KeyedStringHash> ids;
    MARQUEE_CHECK(for_each_record(reader, kMoviesDat, [&](const auto& fields) -> Result<Problem> {
      Movie movie;
      if (const Problem problem = parse_dat_movie(fields, movie); !problem.empty()) return problem;
      if (!ids.insert(movie.id.value()).second) return kRepeated;
      movies.push_back(std::move(movie));
      return Problem();
    }));
    return movies;
  }

  Result<void> interactions(const std::function<Result<void>(Event)>& event) override {
    MARQUEE_TRY(SeparatedReader reader, SeparatedReader::open(path(kRatingsDat), kSeparator));
    return for_each_record(reader, kRatingsDat, [&](const auto& fields) -> Result<Problem> {
      if (fields.size() != 4) return Problem("not 4 fields");
      Event rating;
      const Problem problem = parse_rating(fields[0], fields[1], fields[2], fields[3], rating);
      if (!problem.empty()) return problem;
      MARQUEE_CHECK(event(std::move(rating)));
      return Problem();
    });
  }
};

}  // namespace

bool is_movielens_dat(const std::string& directory) {
  const std::filesystem::path base(directory);
  std::error_code ignored;
  return std::filesystem::exists(base / kMoviesDat, ignored) &&
         std::filesystem::exists(base / kRatingsDat, ignored);
}

Result<std::unique_ptr<Dataset>> open_movielens_dat(const std::string& directory,
                                                    const ReadOptions& options) {
  return std::unique_ptr<Dataset>(std::make_unique<MovieLensDat>(directory, options));
}

}  // namespace marquee::datasets
