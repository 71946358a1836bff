#include "datasets/layouts.h"

#include <array>
#include <filesystem>
#include <system_error>

#include <fmt/format.h>

#include "datasets/movielens.h"
#include "datasets/own_data.h"

namespace marquee::datasets {
namespace {

constexpr std::array<Layout, 4> kLayouts{{
    {"MovieLens CSV (latest, 20M, 25M, 32M)",
     "movies.csv (movieId,title,genres) and ratings.csv (userId,movieId,rating,timestamp)",
     is_movielens, open_movielens},
    {"MovieLens 1M, 10M", "movies.dat and ratings.dat", is_movielens_dat, open_movielens_dat},
    {"MovieLens 100K", "u.item and u.data", is_movielens_100k, open_movielens_100k},
    {"your own",
     "movies.csv or .jsonl (movie_id,title,year,genres) and interactions.csv or .jsonl "
     "(user_id,movie_id,event_type,value,timestamp)",
     is_own_data, open_own_data},
}};

}  // namespace

std::span<const Layout> known_layouts() { return kLayouts; }

Result<std::unique_ptr<Dataset>> open_directory(const std::string& directory,
                                                const ReadOptions& options) {
  std::error_code failure;
  if (!std::filesystem::exists(directory, failure)) {
    return Error{ErrorCode::kNotFound,
                 fmt::format("there is no data set directory '{}'{}", directory,
                             failure ? ": " + failure.message() : "")};
  }
  if (!std::filesystem::is_directory(directory, failure)) {
    return Error{ErrorCode::kInvalidArgument,
                 fmt::format("'{}' is no directory; name the one that holds the data set's files",
                             directory)};
  }
  std::string wanted;
  for (const Layout& layout : known_layouts()) {
    if (layout.matches(directory)) return layout.open(directory, options);
    wanted += fmt::format("{}{}: {}", wanted.empty() ? "" : "; ", layout.name, layout.files);
  }
  return Error{
      ErrorCode::kInvalidArgument,
      fmt::format("'{}' holds no data set that is known here (looked for {})", directory, wanted)};
}

}  // namespace marquee::datasets
