#include "datasets/layouts.h"

#include <array>
#include <filesystem>
#include <system_error>

#include <fmt/format.h>

#include "datasets/movielens.h"

namespace marquee::datasets {
namespace {

constexpr std::array<Layout, 1> kLayouts{{
    {"MovieLens CSV",
     "movies.csv (movieId,title,genres) and ratings.csv (userId,movieId,rating,"
     "timestamp)",
     is_movielens, open_movielens},
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
