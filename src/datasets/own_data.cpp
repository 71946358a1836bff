#include "datasets/own_data.h"

#include <array>
#include <filesystem>
#include <optional>
#include <span>
#include <unordered_map>
#include <utility>

#include <fmt/format.h>

#include "base/hash.h"
#include "datasets/file_dataset.h"
#include "datasets/own_records.h"
#include "datasets/table_reader.h"

namespace marquee::datasets {
namespace {

constexpr std::array<const char*, 2> kEndings{".csv", ".jsonl"};

/// "movies.csv" or "movies.jsonl", whichever is there; none when neither is. kInvalidArgument when
/// both are.
Result<std::optional<std::string>> find_table(const std::string& directory, const char* name) {
  std::optional<std::string> found;
  for (const char* ending : kEndings) {
    std::string file = std::string(name) + ending;
    std::error_code ignored;
    if (!std::filesystem::exists(std::filesystem::path(directory) / file, ignored)) continue;
    if (found) {
      return Error{
          ErrorCode::kInvalidArgument,
          fmt::format("'{}' holds both {} and {}: take one away", directory, *found, file)};
    }
    found = std::move(file);
  }
  return found;
}

struct Files {
  std::optional<std::string> movies;
  std::optional<std::string> interactions;
};

class OwnData final : public FileDataset {
 public:
  OwnData(const std::string& directory, Files files, const ReadOptions& options)
      : FileDataset("", directory, options), files_(std::move(files)) {}

  Result<std::vector<Movie>> movies() override {
    std::vector<Movie> movies;
    std::unordered_map<std::string, std::size_t, KeyedStringHash> place_of;
    repeated_movies_ = 0;
    if (!files_.movies) return movies;
    const auto take = [&](const TableRow& row) -> Result<Problem> {
      Movie movie;
      if (const Problem problem = parse_own_movie(row, movie); !problem.empty()) return problem;
      const auto [place, fresh] = place_of.emplace(movie.id.value(), movies.size());
      if (fresh) {
        movies.push_back(std::move(movie));
      } else {
        ++repeated_movies_;
        movies[place->second] = std::move(movie);
      }
      return Problem();
    };
    MARQUEE_CHECK(read(*files_.movies, kMovieColumns, take, further_of_movies_));
    return movies;
  }

  Result<void> interactions(const std::function<Result<void>(Event)>& event) override {
    if (!files_.interactions) return {};
    const auto take = [&](const TableRow& row) -> Result<Problem> {
      Event interaction;
      const Problem problem = parse_own_interaction(row, interaction);
      if (!problem.empty()) return problem;
      MARQUEE_CHECK(event(std::move(interaction)));
      return Problem();
    };
    return read(*files_.interactions, kInteractionColumns, take, further_of_interactions_);
  }

  std::vector<std::string> notes() const override {
    std::vector<std::string> notes;
    if (!files_.movies) {
      notes.emplace_back(
          "there is no movies.csv or movies.jsonl: nothing can be shown until films are added");
    }
    if (!files_.interactions) {
      notes.emplace_back("there is no interactions.csv or interactions.jsonl: films only");
    }
    if (repeated_movies_ > 0) {
      notes.push_back(fmt::format("{}: {} lines repeat a movie_id: the last line counts",
                                  *files_.movies, repeated_movies_));
    }
    if (!further_of_movies_.empty()) {
      notes.push_back(fmt::format("{}: kept as metadata: {}", *files_.movies,
                                  fmt::join(further_of_movies_, ", ")));
    }
    if (!further_of_interactions_.empty()) {
      notes.push_back(fmt::format("{}: columns that are not read: {}", *files_.interactions,
                                  fmt::join(further_of_interactions_, ", ")));
    }
    return notes;
  }

 private:
  /// Hands every row of `file` to `take`, which answers Result<Problem>; `further` gets the names
  /// of columns nobody asked for.
  template <typename Take>
  Result<void> read(const std::string& file, std::span<const Column> columns, const Take& take,
                    std::vector<std::string>& further) {
    MARQUEE_TRY(const auto table, TableReader::open(path(file), columns));
    skipped_lines().begin(file);
    TableRow row;
    for (;;) {
      set_position(table->position());
      MARQUEE_TRY(const bool more, table->next(row));
      if (!more) break;
      if (row.problem.empty()) {
        MARQUEE_TRY(row.problem, take(row));
      }
      if (!row.problem.empty()) {
        MARQUEE_CHECK(skipped_lines().add(row.line, row.problem, table->position()));
      }
    }
    further = table->further_names();
    return skipped_lines().finish(table->position());
  }

  Files files_;
  std::uint64_t repeated_movies_ = 0;
  std::vector<std::string> further_of_movies_;
  std::vector<std::string> further_of_interactions_;
};

/// Says at once what is wrong with a table's header.
Result<void> check_header(const std::string& directory, const std::optional<std::string>& file,
                          std::span<const Column> columns) {
  if (!file) return {};
  const auto table =
      TableReader::open((std::filesystem::path(directory) / *file).string(), columns);
  if (!table.ok()) return table.error();
  return {};
}

}  // namespace

bool is_own_data(const std::string& directory) {
  for (const char* name : {"movies", "interactions"}) {
    const auto found = find_table(directory, name);
    if (!found.ok() || *found) return true;
  }
  return false;
}

Result<std::unique_ptr<Dataset>> open_own_data(const std::string& directory,
                                               const ReadOptions& options) {
  Files files;
  MARQUEE_TRY(files.movies, find_table(directory, "movies"));
  MARQUEE_TRY(files.interactions, find_table(directory, "interactions"));
  MARQUEE_CHECK(check_header(directory, files.movies, kMovieColumns));
  MARQUEE_CHECK(check_header(directory, files.interactions, kInteractionColumns));
  return std::unique_ptr<Dataset>(std::make_unique<OwnData>(directory, std::move(files), options));
}

}  // namespace marquee::datasets
